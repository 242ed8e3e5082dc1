/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "pn-settings-page.h"

#include <glib/gi18n.h>

#include "pn-alerts.h"
#include "pn-app.h"
#include "pn-backup-group.h"
#include "pn-choice-row.h"
#include "pn-error.h"
#include "pn-helper-group.h"
#include "pn-identify-dialog.h"
#include "pn-migrate-dialog.h"
#include "pn-second-person-group.h"
#include "pn-slot-row.h"
#include "pn-trust-group.h"
#include "pn-window.h"

struct _PnSettingsPage
{
  PnPage parent_instance;
  GtkListBox *slots, *no_slots;
  AdwActionRow *no_slot;
  GtkButton *identify;
  AdwActionRow *rest_row;
  GtkSpinButton *rest_after;
  gboolean showing; /* what is set now comes from the helper, not from a person */
  GtkSwitch *sound_passed, *sound_failed, *sound_repeat;
  AdwComboRow *color_scheme, *palette, *density;
  AdwActionRow *firmware, *images;
  GtkFileChooserNative *chooser;
};

G_DEFINE_FINAL_TYPE (PnSettingsPage, pn_settings_page, PN_TYPE_PAGE)

static GSettings *
get_settings (void)
{
  return pn_app_get_settings (pn_app_get_default ());
}

/* ---- slots ---- */

static GtkWidget *
make_slot_row (gpointer slot, gpointer user_data)
{
  return pn_slot_row_new (slot);
}

static void
slots_changed_cb (PnSettingsPage *self)
{
  PnClient *client = pn_app_get_client (pn_app_get_default ());
  gboolean ready = pn_client_get_state (client) == PN_CLIENT_READY;
  guint n = g_list_model_get_n_items (pn_client_get_slots (client));

  gtk_widget_set_visible (GTK_WIDGET (self->slots), n > 0);
  gtk_widget_set_visible (GTK_WIDGET (self->no_slots), n == 0);
  adw_action_row_set_subtitle (self->no_slot,
                               ready ? _ ("Plug a device in, or find a socket with the button.")
                                     : _ ("The background service is not running."));
  gtk_widget_set_sensitive (GTK_WIDGET (self->identify),
                            ready && !pn_app_get_practice (pn_app_get_default ()));
}

static void
show_rest_after (PnSettingsPage *self)
{
  PnClient *client = pn_app_get_client (pn_app_get_default ());

  self->showing = TRUE;
  gtk_spin_button_set_value (self->rest_after, pn_client_get_rest_after (client));
  self->showing = FALSE;
  gtk_widget_set_sensitive (GTK_WIDGET (self->rest_row),
                            pn_client_get_state (client) == PN_CLIENT_READY);
}

static void
rest_after_set_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (PnSettingsPage) self = user_data;
  g_autoptr (GError) error = NULL;
  PnWindow *window = pn_window_of (GTK_WIDGET (self));

  if (pn_client_set_rest_after_finish (PN_CLIENT (source), result, &error))
    return;
  if (window != NULL)
    pn_window_toast (window, pn_error_text (error));
  show_rest_after (self);
}

static void
rest_after_cb (PnSettingsPage *self)
{
  if (!self->showing)
    pn_client_set_rest_after_async (pn_app_get_client (pn_app_get_default ()),
                                    (guint) gtk_spin_button_get_value_as_int (self->rest_after),
                                    NULL, rest_after_set_cb, g_object_ref (self));
}

static void
follow_client (PnSettingsPage *self)
{
  PnClient *client = pn_app_get_client (pn_app_get_default ());
  GListModel *slots = pn_client_get_slots (client);

  gtk_list_box_bind_model (self->slots, slots, make_slot_row, NULL, NULL);
  g_signal_connect_object (slots, "items-changed", G_CALLBACK (slots_changed_cb), self,
                           G_CONNECT_SWAPPED);
  g_signal_connect_object (client, "notify::state", G_CALLBACK (slots_changed_cb), self,
                           G_CONNECT_SWAPPED);
  g_signal_connect_object (client, "notify::state", G_CALLBACK (show_rest_after), self,
                           G_CONNECT_SWAPPED);
  g_signal_connect_object (client, "notify::rest-after", G_CALLBACK (show_rest_after), self,
                           G_CONNECT_SWAPPED);
  slots_changed_cb (self);
  show_rest_after (self);
}

static void
identify_cb (PnSettingsPage *self)
{
  pn_dialog_present (pn_identify_dialog_new (pn_app_get_client (pn_app_get_default ())),
                     GTK_WIDGET (self));
}

/* ---- sounds ---- */

static void
try_passed_cb (PnSettingsPage *self)
{
  pn_alerts_try (pn_app_get_alerts (pn_app_get_default ()), PN_SOUND_PASSED);
}

static void
try_failed_cb (PnSettingsPage *self)
{
  pn_alerts_try (pn_app_get_alerts (pn_app_get_default ()), PN_SOUND_FAILED);
}

/* ---- storage ---- */

static void
show_folders (PnSettingsPage *self)
{
  g_autofree char *firmware = g_settings_get_string (get_settings (), "firmware-folder");
  g_autofree char *images = g_build_filename (g_get_user_data_dir (), "punnet", "images", NULL);

  adw_action_row_set_subtitle (
      self->firmware, firmware[0] != '\0' ? firmware : _ ("As the system’s packages have it"));
  adw_action_row_set_subtitle (self->images, images);
}

static void
folder_chosen_cb (PnSettingsPage *self, int response)
{
  g_autoptr (GFile) file = gtk_file_chooser_get_file (GTK_FILE_CHOOSER (self->chooser));
  g_autofree char *path = file != NULL ? g_file_get_path (file) : NULL;

  if (response == GTK_RESPONSE_ACCEPT && path != NULL)
    g_settings_set_string (get_settings (), "firmware-folder", path);
  g_clear_object (&self->chooser);
}

static void
choose_firmware_cb (PnSettingsPage *self)
{
  g_clear_object (&self->chooser);
  self->chooser = gtk_file_chooser_native_new (
      _ ("Choose the firmware folder"), GTK_WINDOW (gtk_widget_get_root (GTK_WIDGET (self))),
      GTK_FILE_CHOOSER_ACTION_SELECT_FOLDER, _ ("_Choose"), _ ("_Cancel"));
  g_signal_connect_swapped (self->chooser, "response", G_CALLBACK (folder_chosen_cb), self);
  gtk_native_dialog_set_modal (GTK_NATIVE_DIALOG (self->chooser), TRUE);
  gtk_native_dialog_show (GTK_NATIVE_DIALOG (self->chooser));
}

static void
reset_firmware_cb (PnSettingsPage *self)
{
  g_settings_reset (get_settings (), "firmware-folder");
}

static void
open_images_cb (PnSettingsPage *self)
{
  g_autofree char *path = g_build_filename (g_get_user_data_dir (), "punnet", "images", NULL);
  g_autoptr (GFile) file = g_file_new_for_path (path);
  g_autofree char *uri = g_file_get_uri (file);

  (void) g_mkdir_with_parents (path, 0700);
  gtk_show_uri (GTK_WINDOW (gtk_widget_get_root (GTK_WIDGET (self))), uri, GDK_CURRENT_TIME);
}

static void
migrate_cb (PnSettingsPage *self)
{
  pn_dialog_present (pn_migrate_dialog_new (pn_app_get_client (pn_app_get_default ()), "/"),
                     GTK_WIDGET (self));
}

static void
pn_settings_page_dispose (GObject *object)
{
  g_clear_object (&PN_SETTINGS_PAGE (object)->chooser);
  G_OBJECT_CLASS (pn_settings_page_parent_class)->dispose (object);
}

static void
pn_settings_page_class_init (PnSettingsPageClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = pn_settings_page_dispose;
  g_type_ensure (PN_TYPE_SECOND_PERSON_GROUP);
  g_type_ensure (PN_TYPE_BACKUP_GROUP);
  g_type_ensure (PN_TYPE_HELPER_GROUP);
  g_type_ensure (PN_TYPE_TRUST_GROUP);
  gtk_widget_class_set_template_from_resource (widget_class,
                                               "/org/punnet/Punnet/ui/pn-settings-page.ui");
  gtk_widget_class_bind_template_child (widget_class, PnSettingsPage, slots);
  gtk_widget_class_bind_template_child (widget_class, PnSettingsPage, no_slots);
  gtk_widget_class_bind_template_child (widget_class, PnSettingsPage, no_slot);
  gtk_widget_class_bind_template_child (widget_class, PnSettingsPage, identify);
  gtk_widget_class_bind_template_child (widget_class, PnSettingsPage, rest_row);
  gtk_widget_class_bind_template_child (widget_class, PnSettingsPage, rest_after);
  gtk_widget_class_bind_template_child (widget_class, PnSettingsPage, sound_passed);
  gtk_widget_class_bind_template_child (widget_class, PnSettingsPage, sound_failed);
  gtk_widget_class_bind_template_child (widget_class, PnSettingsPage, sound_repeat);
  gtk_widget_class_bind_template_child (widget_class, PnSettingsPage, color_scheme);
  gtk_widget_class_bind_template_child (widget_class, PnSettingsPage, palette);
  gtk_widget_class_bind_template_child (widget_class, PnSettingsPage, density);
  gtk_widget_class_bind_template_child (widget_class, PnSettingsPage, firmware);
  gtk_widget_class_bind_template_child (widget_class, PnSettingsPage, images);
  gtk_widget_class_bind_template_callback (widget_class, identify_cb);
  gtk_widget_class_bind_template_callback (widget_class, rest_after_cb);
  gtk_widget_class_bind_template_callback (widget_class, try_passed_cb);
  gtk_widget_class_bind_template_callback (widget_class, try_failed_cb);
  gtk_widget_class_bind_template_callback (widget_class, choose_firmware_cb);
  gtk_widget_class_bind_template_callback (widget_class, reset_firmware_cb);
  gtk_widget_class_bind_template_callback (widget_class, open_images_cb);
  gtk_widget_class_bind_template_callback (widget_class, migrate_cb);
}

static void
pn_settings_page_init (PnSettingsPage *self)
{
  static const char *const schemes[] = { "system", "light", "dark", NULL };
  static const char *const palettes[] = { "green-red", "blue-orange", NULL };
  static const char *const densities[] = { "compact", "normal", "large", NULL };
  GSettings *settings = get_settings ();

  gtk_widget_init_template (GTK_WIDGET (self));
  pn_choice_row_bind (self->color_scheme, settings, "color-scheme", schemes);
  pn_choice_row_bind (self->palette, settings, "palette", palettes);
  pn_choice_row_bind (self->density, settings, "density", densities);
  g_settings_bind (settings, "sound-passed", self->sound_passed, "active", G_SETTINGS_BIND_DEFAULT);
  g_settings_bind (settings, "sound-failed", self->sound_failed, "active", G_SETTINGS_BIND_DEFAULT);
  g_settings_bind (settings, "sound-repeat", self->sound_repeat, "active", G_SETTINGS_BIND_DEFAULT);
  g_signal_connect_object (settings, "changed::firmware-folder", G_CALLBACK (show_folders), self,
                           G_CONNECT_SWAPPED);
  g_signal_connect_object (pn_app_get_default (), "notify::client", G_CALLBACK (follow_client),
                           self, G_CONNECT_SWAPPED);
  show_folders (self);
  follow_client (self);
}
