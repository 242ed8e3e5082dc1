/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "pn-approval-watch.h"

#include <glib/gi18n.h>

#include "pn-approval-dialog.h"

struct _PnApprovalWatch
{
  GObject parent_instance;
  PnWindow *window; /* not held: it holds this */
  PnClient *client;
  GListModel *approvals;
};

G_DEFINE_FINAL_TYPE (PnApprovalWatch, pn_approval_watch, G_TYPE_OBJECT)

/* A dialog of it is there; else NULL. */
static PnApprovalDialog *
find_dialog (PnClientApproval *approval)
{
  GListModel *windows = gtk_window_get_toplevels ();

  for (guint i = 0; i < g_list_model_get_n_items (windows); i++)
    {
      g_autoptr (GtkWidget) one = g_list_model_get_item (windows, i);

      if (PN_IS_APPROVAL_DIALOG (one) &&
          pn_approval_dialog_get_approval (PN_APPROVAL_DIALOG (one)) == approval)
        return PN_APPROVAL_DIALOG (one);
    }
  return NULL;
}

/* Over what is over the window: what was asked for may have been asked for in a dialog. */
static GtkWidget *
find_top (PnApprovalWatch *self)
{
  GListModel *windows = gtk_window_get_toplevels ();

  for (guint i = 0; i < g_list_model_get_n_items (windows); i++)
    {
      g_autoptr (GtkWidget) one = g_list_model_get_item (windows, i);

      if (PN_IS_DIALOG (one) && !PN_IS_APPROVAL_DIALOG (one) && gtk_widget_get_mapped (one) &&
          gtk_window_get_transient_for (GTK_WINDOW (one)) == GTK_WINDOW (self->window))
        return one; /* it is shown */
    }
  return GTK_WIDGET (self->window);
}

static void
show (PnApprovalWatch *self, PnClientApproval *approval)
{
  PnApprovalDialog *there = find_dialog (approval);

  if (there != NULL)
    gtk_window_present (GTK_WINDOW (there));
  else
    pn_dialog_present (pn_approval_dialog_new (self->client, approval), find_top (self));
}

/* What others ask for comes before what this user has asked for. (transfer full) or NULL */
static PnClientApproval *
find_first (PnApprovalWatch *self)
{
  guint n = self->approvals != NULL ? g_list_model_get_n_items (self->approvals) : 0;
  PnClientApproval *own = NULL;

  for (guint i = 0; i < n; i++)
    {
      PnClientApproval *one = g_list_model_get_item (self->approvals, i);

      if (!pn_client_approval_is_own (one))
        {
          g_clear_object (&own);
          return one;
        }
      if (own == NULL)
        own = one;
      else
        g_object_unref (one);
    }
  return own;
}

static PnBanner *
make_banner (PnApprovalWatch *self)
{
  g_autoptr (PnClientApproval) first = find_first (self);
  g_autofree char *text = NULL;
  PnSecondPerson kind;

  if (first == NULL)
    return NULL;
  kind = pn_client_approval_get_kind (first);
  text = pn_client_approval_is_own (first)
             ? g_strdup (_ ("You wait for a second person."))
             /* Translators: a user’s name, and what he wants: “ann asks for a second person: Change
                devices for ever”. */
             : g_strdup_printf (_ ("%s asks for a second person: %s"),
                                pn_client_approval_get_user (first),
                                kind != 0 ? _ (pn_second_person_to_label (kind)) : "–");
  return pn_banner_new (PN_BANNER_APPROVAL, text, _ ("Look at it…"), "win.look-at-approval");
}

static void
changed_cb (PnApprovalWatch *self, guint position, guint removed, guint added)
{
  for (guint i = position; i < position + added; i++)
    {
      g_autoptr (PnClientApproval) one = g_list_model_get_item (self->approvals, i);

      if (pn_client_approval_is_from_here (one))
        show (self, one);
    }
  pn_window_set_banner (self->window, PN_BANNER_APPROVAL, make_banner (self));
}

static void
pn_approval_watch_dispose (GObject *object)
{
  PnApprovalWatch *self = PN_APPROVAL_WATCH (object);

  if (self->approvals != NULL)
    g_signal_handlers_disconnect_by_data (self->approvals, self);
  g_clear_object (&self->approvals);
  g_clear_object (&self->client);
  G_OBJECT_CLASS (pn_approval_watch_parent_class)->dispose (object);
}

static void
pn_approval_watch_class_init (PnApprovalWatchClass *klass)
{
  G_OBJECT_CLASS (klass)->dispose = pn_approval_watch_dispose;
}

static void
pn_approval_watch_init (PnApprovalWatch *self)
{
}

PnApprovalWatch *
pn_approval_watch_new (PnWindow *window)
{
  PnApprovalWatch *self = g_object_new (PN_TYPE_APPROVAL_WATCH, NULL);

  self->window = window;
  return self;
}

void
pn_approval_watch_set_client (PnApprovalWatch *self, PnClient *client)
{
  if (self->approvals != NULL)
    g_signal_handlers_disconnect_by_data (self->approvals, self);
  g_set_object (&self->client, client);
  g_clear_object (&self->approvals);
  if (client != NULL)
    self->approvals = g_object_ref (pn_client_get_approvals (client));
  if (self->approvals != NULL)
    g_signal_connect_swapped (self->approvals, "items-changed", G_CALLBACK (changed_cb), self);
  changed_cb (self, 0, 0, 0);
}

void
pn_approval_watch_show (PnApprovalWatch *self)
{
  g_autoptr (PnClientApproval) first = find_first (self);

  if (first != NULL)
    show (self, first);
}
