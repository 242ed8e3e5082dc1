/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "pn-approval-dialog.h"

#include <glib/gi18n.h>

#include "pn-approval-text.h"
#include "pn-error.h"
#include "pn-format.h"
#include "pn-spinner.h"
#include "pn-window.h"

struct _PnApprovalDialog
{
  PnDialog parent_instance;
  PnClient *client;
  PnClientApproval *approval;
  GCancellable *cancellable;
  guint timer;
  gboolean asking; /* an answer is under way; somebody may type a password */
  GtkLabel *heading, *left, *problem, *advice;
  GtkWidget *spinner, *reason_part;
  GtkListBox *values;
  AdwEntryRow *reason;
  GtkWidget *answers;
  GtkButton *withdraw, *approve, *refuse;
};

G_DEFINE_FINAL_TYPE (PnApprovalDialog, pn_approval_dialog, PN_TYPE_DIALOG)

/* ---- what is shown ---- */

static void
add_value (PnApprovalDialog *self, const PnSecondPersonValue *value)
{
  g_autofree char *text =
      pn_approval_value_to_text (pn_client_approval_get_values (self->approval), value->name);
  GtkWidget *row;
  GtkWidget *label;
  GtkWidget *title;

  if (text[0] == '\0')
    return;
  row = gtk_box_new (GTK_ORIENTATION_VERTICAL, 2);
  title = gtk_label_new (_ (value->label));
  label = gtk_label_new (text);
  gtk_label_set_xalign (GTK_LABEL (title), 0);
  gtk_label_set_xalign (GTK_LABEL (label), 0);
  gtk_label_set_wrap (GTK_LABEL (label), TRUE);
  gtk_label_set_wrap_mode (GTK_LABEL (label), PANGO_WRAP_WORD_CHAR);
  gtk_label_set_selectable (GTK_LABEL (label), TRUE);
  gtk_widget_set_can_focus (label, FALSE);
  gtk_widget_add_css_class (title, "dim-label");
  gtk_widget_add_css_class (title, "caption");
  gtk_widget_add_css_class (row, "approval-value");
  if (g_str_equal (value->name, "fingerprint") || g_str_equal (value->name, "bundle"))
    gtk_widget_add_css_class (label, "monospace");
  gtk_box_append (GTK_BOX (row), title);
  gtk_box_append (GTK_BOX (row), label);
  gtk_accessible_update_relation (GTK_ACCESSIBLE (label), GTK_ACCESSIBLE_RELATION_LABELLED_BY,
                                  title, NULL, -1);
  gtk_list_box_append (self->values, row);
  row = gtk_widget_get_parent (row);
  gtk_list_box_row_set_activatable (GTK_LIST_BOX_ROW (row), FALSE);
  gtk_widget_set_focusable (row, FALSE);
}

static void
show_left (PnApprovalDialog *self)
{
  guint seconds = pn_client_approval_get_seconds (self->approval);
  g_autofree char *time = pn_format_elapsed (seconds * (gint64) G_USEC_PER_SEC);
  g_autofree char *text = pn_client_approval_is_own (self->approval)
                              /* Translators: how long it waits at most, “1:43”. */
                              ? g_strdup_printf (_ ("Waiting for a second person… (%s)"), time)
                              /* Translators: how long it waits at most, “1:43”. */
                              : g_strdup_printf (_ ("Waits for %s"), time);

  gtk_label_set_label (self->left, text);
}

static gboolean
tick_cb (gpointer user_data)
{
  show_left (user_data);
  return G_SOURCE_CONTINUE;
}

static void
show_problem (PnApprovalDialog *self, const char *text)
{
  gtk_label_set_label (self->problem, text);
  gtk_widget_set_visible (GTK_WIDGET (self->problem), TRUE);
}

static void
set_asking (PnApprovalDialog *self, gboolean asking)
{
  self->asking = asking;
  gtk_widget_set_sensitive (GTK_WIDGET (self->approve), !asking);
  gtk_widget_set_sensitive (GTK_WIDGET (self->refuse), !asking);
  gtk_widget_set_sensitive (GTK_WIDGET (self->withdraw), !asking);
}

static void
fill (PnApprovalDialog *self)
{
  gboolean own = pn_client_approval_is_own (self->approval);
  PnSecondPerson kind = pn_client_approval_get_kind (self->approval);
  const char *what = kind != 0 ? _ (pn_second_person_to_label (kind)) : "–";
  g_autofree char *heading =
      own ? g_strdup (what)
          /* Translators: a user’s name, and what he wants: “ann asks: Change devices for ever”. */
          : g_strdup_printf (_ ("%s asks: %s"), pn_client_approval_get_user (self->approval), what);

  gtk_label_set_label (self->heading, heading);
  gtk_label_set_label (
      self->advice,
      own ? _ ("Another user of this station has to approve exactly this: in a window of their "
               "own, or with “punnetctl approvals”.")
          : _ ("Approve it only if you have checked these values yourself. It counts for this one "
               "request, and the audit says that it was you."));
  for (const PnSecondPersonValue *one = pn_second_person_values (); one->name != NULL; one++)
    add_value (self, one);
  gtk_widget_set_visible (self->spinner, own);
  gtk_widget_set_visible (GTK_WIDGET (self->withdraw), own);
  gtk_widget_set_visible (self->answers, !own);
  gtk_widget_set_visible (self->reason_part, !own);
  show_left (self);
}

/* ---- answers ---- */

static void
answered_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (PnApprovalDialog) self = user_data;
  g_autoptr (GError) error = NULL;

  if (pn_client_approval_call_finish (PN_CLIENT_APPROVAL (source), result, &error))
    {
      gtk_window_close (GTK_WINDOW (self));
      return;
    }
  if (g_cancellable_is_cancelled (self->cancellable))
    return;
  set_asking (self, FALSE);
  show_problem (self, pn_error_text (error));
}

static void
begin (PnApprovalDialog *self)
{
  gtk_widget_set_visible (GTK_WIDGET (self->problem), FALSE);
  set_asking (self, TRUE);
}

static void
approve_cb (PnApprovalDialog *self)
{
  begin (self);
  pn_client_approval_approve_async (self->approval, self->cancellable, answered_cb,
                                    g_object_ref (self));
}

static void
refuse_cb (PnApprovalDialog *self)
{
  g_autofree char *reason = g_strdup (gtk_editable_get_text (GTK_EDITABLE (self->reason)));

  begin (self);
  pn_client_approval_refuse_async (self->approval, g_strstrip (reason), self->cancellable,
                                   answered_cb, g_object_ref (self));
}

static void
withdraw_cb (PnApprovalDialog *self)
{
  begin (self);
  pn_client_approval_withdraw_async (self->approval, self->cancellable, answered_cb,
                                     g_object_ref (self));
}

/* ---- it is over ---- */

static gboolean
is_pending (PnApprovalDialog *self)
{
  GListModel *all = pn_client_get_approvals (self->client);

  for (guint i = 0; i < g_list_model_get_n_items (all); i++)
    {
      g_autoptr (PnClientApproval) one = g_list_model_get_item (all, i);

      if (one == self->approval)
        return TRUE;
    }
  return FALSE;
}

/* Who asked hears of it where he asked. Who is about to answer must not lose what he looks at. */
static void
approvals_changed_cb (PnApprovalDialog *self)
{
  if (is_pending (self))
    return;
  g_clear_handle_id (&self->timer, g_source_remove);
  if (pn_client_approval_is_own (self->approval))
    {
      gtk_window_close (GTK_WINDOW (self));
      return;
    }
  gtk_label_set_label (self->left, _ ("This is over"));
  gtk_widget_set_visible (self->answers, FALSE);
  gtk_widget_set_visible (self->reason_part, FALSE);
  if (!self->asking)
    show_problem (self, _ ("Nothing waits any more: somebody has answered it, it was withdrawn, or "
                           "two minutes are over."));
}

/* ---- the object ---- */

static gboolean
close_request_cb (PnApprovalDialog *self)
{
  g_cancellable_cancel (self->cancellable);
  return FALSE;
}

static void
pn_approval_dialog_dispose (GObject *object)
{
  PnApprovalDialog *self = PN_APPROVAL_DIALOG (object);

  g_clear_handle_id (&self->timer, g_source_remove);
  gtk_widget_dispose_template (GTK_WIDGET (self), PN_TYPE_APPROVAL_DIALOG);
  g_clear_object (&self->cancellable);
  g_clear_object (&self->approval);
  g_clear_object (&self->client);
  G_OBJECT_CLASS (pn_approval_dialog_parent_class)->dispose (object);
}

static void
pn_approval_dialog_class_init (PnApprovalDialogClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = pn_approval_dialog_dispose;
  g_type_ensure (PN_TYPE_SPINNER);
  gtk_widget_class_set_template_from_resource (widget_class,
                                               "/org/punnet/Punnet/ui/pn-approval-dialog.ui");
  gtk_widget_class_bind_template_child (widget_class, PnApprovalDialog, heading);
  gtk_widget_class_bind_template_child (widget_class, PnApprovalDialog, left);
  gtk_widget_class_bind_template_child (widget_class, PnApprovalDialog, problem);
  gtk_widget_class_bind_template_child (widget_class, PnApprovalDialog, advice);
  gtk_widget_class_bind_template_child (widget_class, PnApprovalDialog, spinner);
  gtk_widget_class_bind_template_child (widget_class, PnApprovalDialog, values);
  gtk_widget_class_bind_template_child (widget_class, PnApprovalDialog, reason);
  gtk_widget_class_bind_template_child (widget_class, PnApprovalDialog, reason_part);
  gtk_widget_class_bind_template_child (widget_class, PnApprovalDialog, answers);
  gtk_widget_class_bind_template_child (widget_class, PnApprovalDialog, withdraw);
  gtk_widget_class_bind_template_child (widget_class, PnApprovalDialog, approve);
  gtk_widget_class_bind_template_child (widget_class, PnApprovalDialog, refuse);
  gtk_widget_class_bind_template_callback (widget_class, approve_cb);
  gtk_widget_class_bind_template_callback (widget_class, refuse_cb);
  gtk_widget_class_bind_template_callback (widget_class, withdraw_cb);
  gtk_widget_class_bind_template_callback (widget_class, close_request_cb);
}

static void
pn_approval_dialog_init (PnApprovalDialog *self)
{
  self->cancellable = g_cancellable_new ();
  gtk_widget_init_template (GTK_WIDGET (self));
}

PnDialog *
pn_approval_dialog_new (PnClient *client, PnClientApproval *approval)
{
  PnApprovalDialog *self = g_object_new (PN_TYPE_APPROVAL_DIALOG, NULL);

  self->client = g_object_ref (client);
  self->approval = g_object_ref (approval);
  g_signal_connect_object (pn_client_get_approvals (client), "items-changed",
                           G_CALLBACK (approvals_changed_cb), self, G_CONNECT_SWAPPED);
  self->timer = g_timeout_add_seconds (1, tick_cb, self);
  fill (self);
  /* Nothing is answered by a key that was meant for something else. */
  gtk_window_set_focus (
      GTK_WINDOW (self),
      GTK_WIDGET (pn_client_approval_is_own (approval) ? self->withdraw : self->refuse));
  return PN_DIALOG (self);
}

PnClientApproval *
pn_approval_dialog_get_approval (PnApprovalDialog *self)
{
  return self->approval;
}
