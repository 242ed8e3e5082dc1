/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What surrounds the pages: the sidebar, menus, banners, toasts, and the settings. */
#include "config.h"

#include <glib/gi18n.h>

#include "pn-full-station.h"
#include "pn-identify-dialog.h"
#include "pn-migrate-dialog.h"
#include "pn-scene.h"
#include "pn-sentence.h"

static PnFullStation *station;

static PnClient *
get_client (void)
{
  return pn_app_get_client (pn_app_get_default ());
}

static gboolean
is_shown (GtkWidget *widget, gpointer data)
{
  return gtk_widget_get_mapped (widget);
}

/* ---- the sidebar and its menu ---- */

static void
open_sidebar (PnWindow *window)
{
  pn_window_show_page (window, "devices");
  gtk_widget_activate_action (GTK_WIDGET (window), "win.show-sidebar", NULL);
}

static void
open_menu (PnWindow *window)
{
  open_sidebar (window);
  gtk_widget_activate_action (GTK_WIDGET (window), "win.menu", NULL);
}

static gboolean
is_menu_shown (PnWindow *window)
{
  pn_scene_over = pn_test_find (GTK_WIDGET (window), GTK_TYPE_POPOVER_MENU, is_shown, NULL);
  return pn_scene_over != NULL;
}

static void
open_about (PnWindow *window)
{
  g_action_group_activate_action (G_ACTION_GROUP (pn_app_get_default ()), "about", NULL);
  pn_scene_over = pn_scene_find_window (ADW_TYPE_ABOUT_WINDOW);
}

static void
open_shortcuts (PnWindow *window)
{
  gtk_widget_activate_action (GTK_WIDGET (window), "win.show-shortcuts", NULL);
  pn_scene_over = pn_scene_find_window (GTK_TYPE_SHORTCUTS_WINDOW);
}

/* ---- the service ---- */

static void
open_gone (PnWindow *window)
{
  pn_window_show_page (window, "settings");
}

static gboolean
is_gone (PnWindow *window)
{
  return pn_client_get_state (get_client ()) == PN_CLIENT_ABSENT;
}

/* It never takes its name. */
static void
open_starting (PnWindow *window)
{
  static const char *const command[] = { "sleep", "4", NULL };

  pn_window_show_page (window, "devices");
  pn_client_start (get_client (), command);
}

static void
close_starting (PnWindow *window)
{
  while (!is_gone (window))
    g_main_context_iteration (NULL, TRUE);
}

static void
open_failed (PnWindow *window)
{
  static const char *const command[] = { "false", NULL };

  pn_window_show_page (window, "devices");
  pn_client_start (get_client (), command);
}

/* ---- with slots ---- */

static void
open_paused (PnWindow *window)
{
  station = pn_full_station_new (3);
  for (guint i = 0; i < station->n_slots; i++)
    pn_full_station_show (station, i, PN_CARD_EMPTY);
  pn_dbus_manager_set_paused (station->helper->manager, TRUE);
  pn_window_show_page (window, "devices");
  pn_window_toast_action (window, _ ("Image imported."), _ ("Inspect"), "win.show-page::images");
}

static gboolean
is_paused (PnWindow *window)
{
  return pn_client_get_paused (get_client ()) &&
         g_list_model_get_n_items (pn_client_get_slots (get_client ())) == station->n_slots;
}

static void
close_station (PnWindow *window)
{
  pn_full_station_free (station);
  station = NULL;
  close_starting (window);
}

/* It has paused by itself: device after device failed in the same way. */
static void
open_not_the_devices (PnWindow *window)
{
  g_autofree char *last = pn_sentence_part ("The device stopped answering while it was written to");
  g_autofree char *reason =
      pn_sentence_format ("This is not the devices: three slots failed in the same way within ten "
                          "minutes. Check power, hub and cables. The last one said: %s",
                          last);

  station = pn_full_station_new (4);
  for (guint i = 0; i < station->n_slots; i++)
    pn_full_station_show (station, i, i < 3 ? PN_CARD_FAILED_RETRY : PN_CARD_HELD);
  pn_dbus_manager_set_pause_reason (station->helper->manager, reason);
  pn_dbus_manager_set_paused (station->helper->manager, TRUE);
  pn_window_show_page (window, "devices");
}

static void
open_resting (PnWindow *window)
{
  station = pn_full_station_new (4);
  for (guint i = 0; i < station->n_slots; i++)
    pn_full_station_show (station, i, i == 3 ? PN_CARD_RESTING : PN_CARD_EMPTY);
  pn_window_show_page (window, "devices");
}

static gboolean
is_resting (PnWindow *window)
{
  g_autoptr (PnClientSlot) last = g_list_model_get_item (pn_client_get_slots (get_client ()), 3);

  return last != NULL && pn_client_slot_get_state (last) == PN_CARD_RESTING;
}

static void
open_settings (PnWindow *window)
{
  station = pn_full_station_new (3);
  pn_full_station_show (station, 2, PN_CARD_UNUSED);
  pn_window_show_page (window, "settings");
}

static gboolean
has_slots (PnWindow *window)
{
  return g_list_model_get_n_items (pn_client_get_slots (get_client ())) == station->n_slots;
}

static gboolean
show_identify (PnWindow *window)
{
  if (!has_slots (window))
    return FALSE;
  if (pn_scene_over == NULL)
    {
      pn_scene_over = GTK_WIDGET (pn_identify_dialog_new (get_client ()));
      pn_dialog_present (PN_DIALOG (pn_scene_over), GTK_WIDGET (window));
    }
  return TRUE;
}

/* An installation of rpi-sb-provisioner in a folder. */
static char *
make_old_station (void)
{
  static const struct
  {
    const char *path, *text;
  } files[] = {
    { "etc/rpi-sb-provisioner/config",
      "PROVISIONING_STYLE=secure-boot\nRPI_DEVICE_FAMILY=4\nRPI_DEVICE_STORAGE_TYPE=emmc\n"
      "GOLD_MASTER_OS_FILE=/srv/rpi-sb-provisioner/images/gate.img\nRPI_DEVICE_LOCK_JTAG=0\n"
      "RPI_CONNECT_API_KEY=rpuak_x\nRPI_SB_WORKDIR=$(mktemp -d)\n" },
    { "srv/rpi-sb-provisioner/images/gate.img", "" },
    { "etc/rpi-sb-provisioner/usb-ports.d/10-bench.conf", "1-1.*\n" },
    { "etc/rpi-sb-provisioner/special-reprovision-device/4a1c9e77", "once\n" },
    { "etc/rpi-sb-provisioner/scripts/sb-provisioner-post-flash.sh", "#!/bin/sh\ntrue\n" },
    { "etc/rpi-sb-provisioner/scripts/naked-provisioner-post-flash.sh", "#!/bin/sh\ntrue\n" },
  };
  char *root = g_build_filename (g_get_user_data_dir (), "old", NULL);

  for (guint i = 0; i < G_N_ELEMENTS (files); i++)
    {
      g_autofree char *path = g_build_filename (root, files[i].path, NULL);
      g_autofree char *folder = g_path_get_dirname (path);

      (void) g_mkdir_with_parents (folder, 0700);
      (void) g_file_set_contents_full (path, files[i].text, -1, G_FILE_SET_CONTENTS_NONE, 0700,
                                       NULL);
    }
  return root;
}

static gboolean
is_sensitive_button (GtkWidget *widget, gpointer label)
{
  return gtk_widget_is_sensitive (widget) &&
         g_strcmp0 (gtk_button_get_label (GTK_BUTTON (widget)), label) == 0;
}

static void
open_migrate (PnWindow *window)
{
  g_autofree char *root = make_old_station ();

  pn_window_show_page (window, "settings");
  pn_scene_over = GTK_WIDGET (pn_migrate_dialog_new (get_client (), root));
  pn_dialog_present (PN_DIALOG (pn_scene_over), GTK_WIDGET (window));
}

static gboolean
is_migrate_read (PnWindow *window)
{
  return pn_test_find (pn_scene_over, GTK_TYPE_BUTTON, is_sensitive_button,
                       (gpointer) C_ ("migrate", "Take over")) != NULL;
}

const PnScene pn_scenes_shell[] = {
  { .name = "shell-sidebar", .open = open_sidebar },
  { .name = "shell-menu", .open = open_menu, .is_ready = is_menu_shown },
  { .name = "shell-about", .open = open_about },
  { .name = "shell-shortcuts", .open = open_shortcuts },
  { .name = "settings-no-service", .open = open_gone, .is_ready = is_gone, .height = 1300 },
  { .name = "shell-starting", .open = open_starting, .close = close_starting },
  { .name = "shell-not-started", .open = open_failed, .is_ready = is_gone },
  { .name = "shell-paused", .open = open_paused, .is_ready = is_paused, .close = close_station },
  { .name = "shell-not-the-devices",
    .open = open_not_the_devices,
    .is_ready = is_paused,
    .close = close_station },
  { .name = "shell-resting", .open = open_resting, .is_ready = is_resting, .close = close_station },
  { .name = "settings",
    .open = open_settings,
    .is_ready = has_slots,
    .close = close_station,
    .height = 1300 },
  { .name = "settings-identify",
    .open = open_settings,
    .is_ready = show_identify,
    .close = close_station },
  { .name = "migrate", .open = open_migrate, .is_ready = is_migrate_read },
  { 0 },
};
