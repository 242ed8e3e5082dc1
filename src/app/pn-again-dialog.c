/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "pn-again-dialog.h"

#include <adwaita.h>
#include <glib/gi18n.h>

#include "pn-error.h"
#include "pn-override-row.h"
#include "pn-window.h"

typedef struct
{
  GtkWidget *widget;
  PnClient *client;
  PnClientSlot *slot;
  AdwMessageDialog *dialog; /* not held: it holds this */
  GtkEditable *entry;       /* likewise */
} Asking;

static void
clear (gpointer data)
{
  Asking *self = data;

  g_object_unref (self->widget);
  g_object_unref (self->client);
  g_object_unref (self->slot);
}

static void
release_cb (gpointer data, GClosure *closure)
{
  g_rc_box_release_full (data, clear);
}

static void
started_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GtkWidget) widget = user_data;
  g_autoptr (GError) error = NULL;

  (void) pn_client_slot_call_finish (PN_CLIENT_SLOT (source), result, &error);
  pn_window_toast_error (widget, error);
}

static void
start (GtkWidget *widget, PnClientSlot *slot)
{
  pn_client_slot_start_async (slot, NULL, started_cb, g_object_ref (widget));
}

static void
added_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  Asking *self = user_data;
  g_autoptr (GError) error = NULL;

  /* Somebody else may have said so meanwhile. */
  if (pn_client_override_finish (self->client, result, &error) ||
      g_error_matches (error, PN_ERROR, PN_ERROR_EXISTS))
    start (self->widget, self->slot);
  else
    pn_window_toast_error (self->widget, error);
  g_rc_box_release_full (self, clear);
}

static char *
get_reason (Asking *self)
{
  return g_strstrip (g_strdup (gtk_editable_get_text (self->entry)));
}

static void
response_cb (AdwMessageDialog *dialog, const char *response, Asking *self)
{
  PnClientRun *run = pn_client_slot_get_run (self->slot);
  g_autoptr (PnOverride) again = NULL;

  if (!g_str_equal (response, "again") || run == NULL)
    return;
  again = g_rc_box_new0 (PnOverride);
  again->kind = PN_OVERRIDE_AGAIN;
  again->serial = pn_serial_normalise (pn_client_run_get_serial (run));
  if (again->serial == NULL)
    again->slot = g_strdup (pn_client_slot_get_name (self->slot));
  again->once = TRUE;
  again->reason = get_reason (self);
  pn_client_add_override_async (self->client, again, NULL, added_cb, g_rc_box_acquire (self));
}

static void
reason_changed_cb (GtkEditable *entry, Asking *self)
{
  g_autofree char *reason = get_reason (self);

  adw_message_dialog_set_response_enabled (self->dialog, "again",
                                           pn_override_check_reason (reason, NULL));
}

static GtkWidget *
make_entry (AdwMessageDialog *dialog)
{
  GtkWidget *entry = adw_entry_row_new ();
  GtkWidget *list = gtk_list_box_new ();

  adw_preferences_row_set_title (ADW_PREFERENCES_ROW (entry), _ ("Reason"));
  adw_entry_row_set_activates_default (ADW_ENTRY_ROW (entry), TRUE);
  gtk_list_box_set_selection_mode (GTK_LIST_BOX (list), GTK_SELECTION_NONE);
  gtk_widget_add_css_class (list, "boxed-list");
  gtk_accessible_update_property (GTK_ACCESSIBLE (list), GTK_ACCESSIBLE_PROPERTY_LABEL,
                                  _ ("Reason"), -1);
  gtk_list_box_append (GTK_LIST_BOX (list), entry);
  adw_message_dialog_set_extra_child (dialog, list);
  return entry;
}

static void
ask (GtkWidget *widget, PnClient *client, PnClientSlot *slot)
{
  GtkWidget *dialog = adw_message_dialog_new (GTK_WINDOW (pn_window_of (widget)),
                                              _ ("Provision this device again?"), NULL);
  Asking *asking = g_rc_box_new0 (Asking);

  *asking = (Asking){ g_object_ref (widget), g_object_ref (client), g_object_ref (slot),
                      ADW_MESSAGE_DIALOG (dialog) };
  adw_message_dialog_set_body (asking->dialog,
                               _ ("It has passed with this bundle before. What is on its storage "
                                  "now is lost. Who does it again, and why, stays in its record."));
  asking->entry = GTK_EDITABLE (make_entry (asking->dialog));
  adw_message_dialog_add_responses (asking->dialog, "cancel", _ ("_Cancel"), "again",
                                    _ ("_Provision again"), NULL);
  adw_message_dialog_set_response_appearance (asking->dialog, "again", ADW_RESPONSE_SUGGESTED);
  adw_message_dialog_set_response_enabled (asking->dialog, "again", FALSE);
  adw_message_dialog_set_default_response (asking->dialog, "again");
  adw_message_dialog_set_close_response (asking->dialog, "cancel");
  g_signal_connect (asking->entry, "changed", G_CALLBACK (reason_changed_cb), asking);
  g_signal_connect_data (dialog, "response", G_CALLBACK (response_cb), asking, release_cb, 0);
  gtk_window_present (GTK_WINDOW (dialog));
}

void
pn_again_dialog_start (GtkWidget *widget, PnClient *client, PnClientSlot *slot)
{
  g_autoptr (GListModel) overrides = pn_override_rows_for (client, slot);

  for (guint i = 0; i < g_list_model_get_n_items (overrides); i++)
    {
      g_autoptr (PnClientOverride) one = g_list_model_get_item (overrides, i);

      if (pn_client_override_get (one)->kind == PN_OVERRIDE_AGAIN)
        {
          start (widget, slot);
          return;
        }
    }
  ask (widget, client, slot);
}
