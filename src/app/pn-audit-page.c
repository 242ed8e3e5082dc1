/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "pn-audit-page.h"

#include <glib/gi18n.h>

#include "pn-app.h"
#include "pn-audit-line.h"
#include "pn-audit-look.h"
#include "pn-client-audit.h"
#include "pn-drop-down.h"
#include "pn-error.h"
#include "pn-format.h"
#include "pn-spinner.h"
#include "pn-window.h"

#define REST_MS 300 /* after the last key until the search is asked for */
#define AHEAD 2     /* windows of entries that are there before they are looked at */

struct _PnAuditPage
{
  PnPage parent_instance;
  GtkStack *stack;
  GtkDropDown *what;
  AdwStatusPage *problem;
  GtkListView *view;
  GtkScrolledWindow *scrolled;
  GtkImage *proof_mark;
  GtkLabel *proof;
  GtkWidget *verify, *verifying;

  PnClient *client;
  PnAuditList *list;
  const char **kinds; /* of the choice, the first is any */
  guint rest;         /* timer of the search */
  GCancellable *cancellable;
  GtkFileChooserNative *chooser;
  PnAuditSave saving; /* what the chooser is for */
};

G_DEFINE_FINAL_TYPE (PnAuditPage, pn_audit_page, PN_TYPE_PAGE)

/* ---- what is shown ---- */

static const char *
choose_shown (PnAuditPage *self)
{
  PnClientState state = pn_client_get_state (self->client);

  if (state == PN_CLIENT_ABSENT)
    return "gone";
  if (pn_audit_list_get_error (self->list) != NULL)
    return "problem";
  if (g_list_model_get_n_items (G_LIST_MODEL (self->list)) > 0)
    return "list";
  return state == PN_CLIENT_READY && pn_audit_list_is_complete (self->list) ? "none" : "connecting";
}

static void
show (PnAuditPage *self)
{
  gtk_stack_set_visible_child_name (self->stack, choose_shown (self));
  adw_status_page_set_description (self->problem, pn_audit_list_get_error (self->list));
  gtk_widget_set_sensitive (self->verify, pn_client_get_state (self->client) == PN_CLIENT_READY);
}

/* The next page is asked for before it is seen. */
static void
scrolled_cb (PnAuditPage *self)
{
  GtkAdjustment *adjustment = gtk_scrolled_window_get_vadjustment (self->scrolled);
  double page = gtk_adjustment_get_page_size (adjustment);

  if (gtk_adjustment_get_value (adjustment) + (1 + AHEAD) * page >=
      gtk_adjustment_get_upper (adjustment))
    pn_audit_list_load_more (self->list);
}

/* ---- which entries ---- */

static void
ask (PnAuditPage *self)
{
  guint chosen = gtk_drop_down_get_selected (self->what);

  pn_audit_list_set_query (
      self->list, pn_page_get_search_text (PN_PAGE (self)),
      chosen > 0 && chosen != GTK_INVALID_LIST_POSITION ? self->kinds[chosen - 1] : NULL);
}

static gboolean
rested_cb (gpointer user_data)
{
  PnAuditPage *self = user_data;

  self->rest = 0;
  ask (self);
  return G_SOURCE_REMOVE;
}

static void
search_cb (PnAuditPage *self)
{
  g_clear_handle_id (&self->rest, g_source_remove);
  self->rest = g_timeout_add (REST_MS, rested_cb, self);
}

static void
clear_action (GtkWidget *widget, const char *action, GVariant *parameter)
{
  PnAuditPage *self = PN_AUDIT_PAGE (widget);

  g_object_set (self, "search-text", "", "searching", FALSE, NULL);
  gtk_drop_down_set_selected (self->what, 0);
  g_clear_handle_id (&self->rest, g_source_remove);
  ask (self);
}

/* ---- whether it is whole ---- */

static void
show_proof (PnAuditPage *self, const char *icon, const char *style, const char *text)
{
  const char *const styles[] = { "dim-label", "success", "error" };

  for (guint i = 0; i < G_N_ELEMENTS (styles); i++)
    gtk_widget_remove_css_class (GTK_WIDGET (self->proof_mark), styles[i]);
  gtk_widget_add_css_class (GTK_WIDGET (self->proof_mark), style);
  gtk_image_set_from_icon_name (self->proof_mark, icon);
  gtk_label_set_label (self->proof, text);
}

static void
show_whole (PnAuditPage *self, const PnAuditProof *proof)
{
  guint count = (guint) MIN (proof->count, G_MAXUINT);
  g_autofree char *time = pn_format_time (proof->last_time);
  g_autofree char *text =
      /* Translators: %s is when the newest one was signed. */
      g_strdup_printf (ngettext ("Intact: %'u entry, last signed %s",
                                 "Intact: %'u entries, last signed %s", count),
                       count, time);

  show_proof (self, "pn-passed-symbolic", "success", text);
}

static void
show_broken (PnAuditPage *self, const PnAuditProof *proof)
{
  g_autofree char *text =
      /* Translators: the number of an entry. */
      g_strdup_printf (_ ("Changed or missing from entry %'u on. Keep the file, and tell whoever "
                          "is responsible for security."),
                       (guint) MIN (proof->first_bad, G_MAXUINT));

  show_proof (self, "pn-failed-symbolic", "error", text);
}

static void
verified_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (PnAuditPage) self = user_data;
  g_autoptr (GError) error = NULL;
  PnAuditProof proof = { 0 };
  gboolean whole = pn_client_verify_audit_finish (PN_CLIENT (source), result, &proof, &error);

  if (pn_error_is_cancelled (error))
    return;
  gtk_widget_set_visible (self->verifying, FALSE);
  gtk_widget_set_visible (self->verify, TRUE);
  if (whole)
    show_whole (self, &proof);
  else if (proof.first_bad > 0)
    show_broken (self, &proof);
  else
    show_proof (self, "pn-failed-symbolic", "error", pn_error_text (error));
}

static void
verify_action (GtkWidget *widget, const char *action, GVariant *parameter)
{
  PnAuditPage *self = PN_AUDIT_PAGE (widget);

  if (!gtk_widget_get_visible (self->verify))
    return;
  gtk_widget_set_visible (self->verify, FALSE);
  gtk_widget_set_visible (self->verifying, TRUE);
  show_proof (self, "pn-verifying-symbolic", "dim-label", _ ("Verifying each entry…"));
  pn_client_verify_audit_async (self->client, self->cancellable, verified_cb, g_object_ref (self));
}

/* ---- taking it elsewhere ---- */

static const struct
{
  const char *action, *title, *name;
} saves[] = {
  [PN_AUDIT_SAVE_ENTRIES] = { "audit.export", N_ ("Save the audit"), "audit.tsv" },
  [PN_AUDIT_SAVE_HEAD] = { "audit.save-head", N_ ("Save the newest signature"), "audit-head.json" },
  [PN_AUDIT_SAVE_KEY] = { "audit.save-key", N_ ("Save the station’s public key"),
                          "station-key.pub" },
};

static void
saved_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (PnAuditPage) self = user_data;
  g_autoptr (GError) error = NULL;
  PnWindow *window = pn_window_of (GTK_WIDGET (self));

  if (!pn_client_save_audit_finish (PN_CLIENT (source), result, &error))
    pn_window_toast_error (GTK_WIDGET (self), error);
  else if (window != NULL)
    pn_window_toast (window, _ ("Saved."));
}

static void
save_to (PnAuditPage *self, PnAuditSave what, const char *path)
{
  pn_client_save_audit_async (self->client, what, path, NULL, saved_cb, g_object_ref (self));
}

void
pn_audit_page_save (PnAuditPage *self, const char *path)
{
  save_to (self, PN_AUDIT_SAVE_ENTRIES, path);
}

static void
chosen_cb (PnAuditPage *self, int response)
{
  g_autoptr (GFile) file = gtk_file_chooser_get_file (GTK_FILE_CHOOSER (self->chooser));
  g_autofree char *path = file != NULL ? g_file_get_path (file) : NULL;

  g_clear_object (&self->chooser);
  if (response == GTK_RESPONSE_ACCEPT && path != NULL)
    save_to (self, self->saving, path);
}

static void
save_action (GtkWidget *widget, const char *action, GVariant *parameter)
{
  PnAuditPage *self = PN_AUDIT_PAGE (widget);

  for (guint i = 0; i < G_N_ELEMENTS (saves); i++)
    if (g_str_equal (saves[i].action, action))
      self->saving = (PnAuditSave) i;
  g_clear_object (&self->chooser);
  self->chooser = gtk_file_chooser_native_new (
      _ (saves[self->saving].title), GTK_WINDOW (gtk_widget_get_root (widget)),
      GTK_FILE_CHOOSER_ACTION_SAVE, _ ("_Save"), _ ("_Cancel"));
  gtk_file_chooser_set_current_name (GTK_FILE_CHOOSER (self->chooser), saves[self->saving].name);
  gtk_native_dialog_set_modal (GTK_NATIVE_DIALOG (self->chooser), TRUE);
  g_signal_connect_object (self->chooser, "response", G_CALLBACK (chosen_cb), self,
                           G_CONNECT_SWAPPED);
  gtk_native_dialog_show (GTK_NATIVE_DIALOG (self->chooser));
}

/* ---- the object ---- */

static void
forget_client (PnAuditPage *self)
{
  if (self->client != NULL)
    g_signal_handlers_disconnect_by_data (self->client, self);
  if (self->list != NULL)
    g_signal_handlers_disconnect_by_data (self->list, self);
  g_clear_object (&self->list);
  g_clear_object (&self->client);
}

static void
follow_client (PnAuditPage *self)
{
  gtk_list_view_set_model (self->view, NULL);
  forget_client (self);
  self->client = g_object_ref (pn_app_get_client (pn_app_get_default ()));
  self->list = pn_audit_list_new (self->client);
  g_signal_connect_swapped (self->client, "notify::state", G_CALLBACK (show), self);
  g_signal_connect_swapped (self->list, "items-changed", G_CALLBACK (show), self);
  g_signal_connect_swapped (self->list, "notify", G_CALLBACK (show), self);
  gtk_list_view_set_model (self->view, GTK_SELECTION_MODEL (gtk_no_selection_new (
                                           g_object_ref (G_LIST_MODEL (self->list)))));
  show_proof (self, "pn-key-symbolic", "dim-label",
              _ ("Each entry is signed, and says which one was before it."));
  ask (self);
  show (self);
}

static void
fill_kinds (PnAuditPage *self)
{
  g_autoptr (GtkStringList) words = gtk_string_list_new (NULL);

  self->kinds = pn_audit_look_list ();
  gtk_string_list_append (words, C_ ("audit", "Everything"));
  for (guint i = 0; self->kinds[i] != NULL; i++)
    gtk_string_list_append (words, pn_audit_look_what (self->kinds[i]));
  gtk_drop_down_set_model (self->what, G_LIST_MODEL (words));
}

static void
pn_audit_page_dispose (GObject *object)
{
  PnAuditPage *self = PN_AUDIT_PAGE (object);

  g_cancellable_cancel (self->cancellable);
  g_clear_handle_id (&self->rest, g_source_remove);
  gtk_widget_dispose_template (GTK_WIDGET (self), PN_TYPE_AUDIT_PAGE);
  forget_client (self);
  g_clear_object (&self->chooser);
  g_clear_object (&self->cancellable);
  g_clear_pointer (&self->kinds, g_free);
  G_OBJECT_CLASS (pn_audit_page_parent_class)->dispose (object);
}

static void
pn_audit_page_class_init (PnAuditPageClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = pn_audit_page_dispose;
  g_type_ensure (PN_TYPE_AUDIT_ITEM);
  g_type_ensure (PN_TYPE_AUDIT_LINE);
  g_type_ensure (PN_TYPE_SPINNER);
  gtk_widget_class_set_template_from_resource (widget_class,
                                               "/org/punnet/Punnet/ui/pn-audit-page.ui");
  gtk_widget_class_bind_template_child (widget_class, PnAuditPage, stack);
  gtk_widget_class_bind_template_child (widget_class, PnAuditPage, what);
  gtk_widget_class_bind_template_child (widget_class, PnAuditPage, problem);
  gtk_widget_class_bind_template_child (widget_class, PnAuditPage, view);
  gtk_widget_class_bind_template_child (widget_class, PnAuditPage, scrolled);
  gtk_widget_class_bind_template_child (widget_class, PnAuditPage, proof_mark);
  gtk_widget_class_bind_template_child (widget_class, PnAuditPage, proof);
  gtk_widget_class_bind_template_child (widget_class, PnAuditPage, verify);
  gtk_widget_class_bind_template_child (widget_class, PnAuditPage, verifying);
  gtk_widget_class_install_action (widget_class, "audit.verify", NULL, verify_action);
  gtk_widget_class_install_action (widget_class, "audit.clear", NULL, clear_action);
  for (guint i = 0; i < G_N_ELEMENTS (saves); i++)
    gtk_widget_class_install_action (widget_class, saves[i].action, NULL, save_action);
  gtk_widget_class_add_binding_action (widget_class, GDK_KEY_e, GDK_CONTROL_MASK, "audit.export",
                                       NULL);
}

static void
pn_audit_page_init (PnAuditPage *self)
{
  GtkAdjustment *adjustment;

  self->cancellable = g_cancellable_new ();
  gtk_widget_init_template (GTK_WIDGET (self));
  fill_kinds (self);
  pn_drop_down_set_name (self->what, _ ("Which entries"));
  g_signal_connect (self, "notify::search-text", G_CALLBACK (search_cb), NULL);
  g_signal_connect_object (pn_app_get_default (), "notify::client", G_CALLBACK (follow_client),
                           self, G_CONNECT_SWAPPED);
  follow_client (self);
  g_signal_connect_object (self->what, "notify::selected", G_CALLBACK (ask), self,
                           G_CONNECT_SWAPPED);
  adjustment = gtk_scrolled_window_get_vadjustment (self->scrolled);
  g_signal_connect_object (adjustment, "value-changed", G_CALLBACK (scrolled_cb), self,
                           G_CONNECT_SWAPPED);
  g_signal_connect_object (adjustment, "changed", G_CALLBACK (scrolled_cb), self,
                           G_CONNECT_SWAPPED);
}

PnPage *
pn_audit_page_new (void)
{
  return g_object_new (PN_TYPE_AUDIT_PAGE, NULL);
}

PnAuditList *
pn_audit_page_get_list (PnAuditPage *self)
{
  return self->list;
}

const char *
pn_audit_page_get_shown (PnAuditPage *self)
{
  return gtk_stack_get_visible_child_name (self->stack);
}
