/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "pn-slot-actions.h"

#include <glib/gi18n.h>

#include "pn-again-dialog.h"
#include "pn-app.h"
#include "pn-card-look.h"
#include "pn-device-page.h"
#include "pn-evidence.h"
#include "pn-override-dialog.h"
#include "pn-window.h"

#define MAX_LABEL 60 /* characters: Slot.Configure */

static PnClientSlot *
get_slot (GtkWidget *widget)
{
  PnClientSlot *slot = NULL;

  g_object_get (widget, "slot", &slot, NULL);
  /* The widget holds it. */
  if (slot != NULL)
    g_object_unref (slot);
  return slot;
}

static void
slot_done_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GtkWidget) widget = user_data;
  g_autoptr (GError) error = NULL;

  (void) pn_client_slot_call_finish (PN_CLIENT_SLOT (source), result, &error);
  pn_window_toast_error (widget, error);
}

static void
cancelled_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GtkWidget) widget = user_data;
  g_autoptr (GError) error = NULL;

  (void) pn_client_run_cancel_finish (PN_CLIENT_RUN (source), result, &error);
  pn_window_toast_error (widget, error);
}

static void
start_action (GtkWidget *widget, const char *action, GVariant *parameter)
{
  pn_client_slot_start_async (get_slot (widget), NULL, slot_done_cb, g_object_ref (widget));
}

static void
stop_action (GtkWidget *widget, const char *action, GVariant *parameter)
{
  PnClientRun *run = pn_client_slot_get_run (get_slot (widget));

  if (run != NULL)
    pn_client_run_cancel_async (run, NULL, cancelled_cb, g_object_ref (widget));
}

static void
details_action (GtkWidget *widget, const char *action, GVariant *parameter)
{
  PnWindow *window = pn_window_of (widget);

  if (window != NULL)
    pn_window_push (window, PN_PAGE (pn_device_page_new_for_slot (get_slot (widget))));
}

static void
use_action (GtkWidget *widget, const char *action, GVariant *parameter)
{
  pn_client_slot_configure_async (get_slot (widget), NULL, g_str_equal (action, "slot.use"), NULL,
                                  slot_done_cb, g_object_ref (widget));
}

static void
use_again_action (GtkWidget *widget, const char *action, GVariant *parameter)
{
  pn_client_slot_use_again_async (get_slot (widget), NULL, slot_done_cb, g_object_ref (widget));
}

static void
again_action (GtkWidget *widget, const char *action, GVariant *parameter)
{
  pn_again_dialog_start (widget, pn_app_get_client (pn_app_get_default ()), get_slot (widget));
}

static void
override_action (GtkWidget *widget, const char *action, GVariant *parameter)
{
  PnClient *client = pn_app_get_client (pn_app_get_default ());

  pn_dialog_present (pn_override_dialog_new (client, get_slot (widget)), widget);
}

static void
copy_serial_action (GtkWidget *widget, const char *action, GVariant *parameter)
{
  PnClientRun *run = pn_client_slot_get_run (get_slot (widget));
  PnWindow *window = pn_window_of (widget);

  if (run == NULL)
    return;
  gdk_clipboard_set_text (gtk_widget_get_clipboard (widget), pn_client_run_get_serial (run));
  if (window != NULL)
    pn_window_toast (window, _ ("The serial number is copied."));
}

/* ---- renaming ---- */

typedef struct
{
  GtkWidget *widget;
  PnClientSlot *slot;
  AdwMessageDialog *dialog; /* not held: it holds this */
  GtkEditable *entry;
} Renaming;

static void
renaming_free (gpointer data, GClosure *closure)
{
  Renaming *self = data;

  g_object_unref (self->widget);
  g_object_unref (self->slot);
  g_free (self);
}

static void
rename_response_cb (AdwMessageDialog *dialog, const char *response, Renaming *self)
{
  g_autofree char *label = g_strstrip (g_strdup (gtk_editable_get_text (self->entry)));

  if (g_str_equal (response, "rename"))
    pn_client_slot_configure_async (self->slot, label, pn_client_slot_get_used (self->slot), NULL,
                                    slot_done_cb, g_object_ref (self->widget));
}

static void
name_changed_cb (GtkEditable *entry, Renaming *self)
{
  glong length = g_utf8_strlen (gtk_editable_get_text (entry), -1);

  adw_message_dialog_set_response_enabled (self->dialog, "rename", length <= MAX_LABEL);
}

static void
rename_action (GtkWidget *widget, const char *action, GVariant *parameter)
{
  PnClientSlot *slot = get_slot (widget);
  GtkWidget *entry = adw_entry_row_new ();
  GtkWidget *list = gtk_list_box_new ();
  GtkWidget *dialog =
      adw_message_dialog_new (GTK_WINDOW (pn_window_of (widget)), _ ("Rename slot"), NULL);
  Renaming *renaming = g_new0 (Renaming, 1);

  *renaming = (Renaming){ g_object_ref (widget), g_object_ref (slot), ADW_MESSAGE_DIALOG (dialog),
                          GTK_EDITABLE (entry) };
  adw_message_dialog_format_body (ADW_MESSAGE_DIALOG (dialog),
                                  _ ("The name of the socket %s. Without a name it is called so."),
                                  pn_client_slot_get_name (slot));
  adw_preferences_row_set_title (ADW_PREFERENCES_ROW (entry), _ ("Name"));
  gtk_editable_set_text (GTK_EDITABLE (entry), pn_client_slot_get_label (slot));
  adw_entry_row_set_activates_default (ADW_ENTRY_ROW (entry), TRUE);
  gtk_list_box_set_selection_mode (GTK_LIST_BOX (list), GTK_SELECTION_NONE);
  gtk_widget_add_css_class (list, "boxed-list");
  gtk_list_box_append (GTK_LIST_BOX (list), entry);
  adw_message_dialog_set_extra_child (ADW_MESSAGE_DIALOG (dialog), list);
  adw_message_dialog_add_responses (ADW_MESSAGE_DIALOG (dialog), "cancel", _ ("_Cancel"), "rename",
                                    _ ("_Rename"), NULL);
  adw_message_dialog_set_response_appearance (ADW_MESSAGE_DIALOG (dialog), "rename",
                                              ADW_RESPONSE_SUGGESTED);
  adw_message_dialog_set_default_response (ADW_MESSAGE_DIALOG (dialog), "rename");
  adw_message_dialog_set_close_response (ADW_MESSAGE_DIALOG (dialog), "cancel");
  g_signal_connect (entry, "changed", G_CALLBACK (name_changed_cb), renaming);
  g_signal_connect_data (dialog, "response", G_CALLBACK (rename_response_cb), renaming,
                         renaming_free, 0);
  gtk_window_present (GTK_WINDOW (dialog));
}

/* ---- which can be done ---- */

static gboolean
may_start (PnClientSlot *slot)
{
  PnCardState state = pn_client_slot_get_state (slot);
  const PnCardLook *look = pn_card_look (state);

  return state == PN_CARD_READY || look->main == PN_CARD_BUTTON_TRY_AGAIN ||
         look->second == PN_CARD_BUTTON_TRY_AGAIN || look->second == PN_CARD_BUTTON_INSPECT_AGAIN;
}

static gboolean
may_stop (PnClientSlot *slot)
{
  const PnCardLook *look = pn_card_look (pn_client_slot_get_state (slot));

  return look->main == PN_CARD_BUTTON_STOP || look->second == PN_CARD_BUTTON_STOP;
}

void
pn_slot_actions_update (GtkWidget *widget)
{
  PnClientSlot *slot = get_slot (widget);
  PnClientRun *run = slot != NULL ? pn_client_slot_get_run (slot) : NULL;

  gtk_widget_action_set_enabled (widget, "slot.start", slot != NULL && may_start (slot));
  gtk_widget_action_set_enabled (widget, "slot.stop", slot != NULL && may_stop (slot));
  gtk_widget_action_set_enabled (
      widget, "slot.use-again", slot != NULL && pn_client_slot_get_state (slot) == PN_CARD_RESTING);
  gtk_widget_action_set_enabled (
      widget, "slot.again", slot != NULL && pn_client_slot_get_state (slot) == PN_CARD_DONE_BEFORE);
  gtk_widget_action_set_enabled (widget, "slot.details", run != NULL);
  gtk_widget_action_set_enabled (widget, "slot.override", slot != NULL);
  gtk_widget_action_set_enabled (widget, "slot.copy-serial",
                                 run != NULL && pn_client_run_get_serial (run)[0] != '\0');
}

void
pn_slot_actions_install (GtkWidgetClass *widget_class)
{
  gtk_widget_class_install_action (widget_class, "slot.start", NULL, start_action);
  gtk_widget_class_install_action (widget_class, "slot.stop", NULL, stop_action);
  gtk_widget_class_install_action (widget_class, "slot.details", NULL, details_action);
  gtk_widget_class_install_action (widget_class, "slot.use", NULL, use_action);
  gtk_widget_class_install_action (widget_class, "slot.disuse", NULL, use_action);
  gtk_widget_class_install_action (widget_class, "slot.use-again", NULL, use_again_action);
  gtk_widget_class_install_action (widget_class, "slot.again", NULL, again_action);
  gtk_widget_class_install_action (widget_class, "slot.rename", NULL, rename_action);
  gtk_widget_class_install_action (widget_class, "slot.override", NULL, override_action);
  gtk_widget_class_install_action (widget_class, "slot.copy-serial", NULL, copy_serial_action);
}
