/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The library of images, with real ones that are made for it. */
#include "config.h"

#include "pn-image-chooser.h"
#include "pn-image-library.h"
#include "pn-image-page.h"
#include "pn-images-page.h"
#include "pn-import-dialog.h"
#include "pn-scene.h"

static char *folder;
static guint n_imported;

static void
imported_cb (void)
{
  n_imported++;
}

static void
run (const char *command)
{
  const char *const argv[] = { "sh", "-ec", command, NULL };

  g_spawn_sync (folder, (char **) argv, NULL, G_SPAWN_SEARCH_PATH, NULL, NULL, NULL, NULL, NULL,
                NULL);
}

/* Once for all scenes; the same image under three disk ids is three images. */
static void
make_files (void)
{
  if (folder != NULL)
    return;
  folder = g_build_filename (g_get_user_cache_dir (), "files", NULL);
  g_mkdir_with_parents (folder, 0700);
  g_signal_connect (pn_image_library_get_default (), "imported", G_CALLBACK (imported_cb), NULL);
  run ("\"$PUNNET_SOURCE_ROOT/tests/tools/make-standin-image\" gate-2.4.img 64");
  run ("for i in 1 2 3; do cp --sparse=always gate-2.4.img image-$i.img; "
       "printf $i | dd of=image-$i.img bs=1 seek=440 conv=notrunc status=none; done");
  run (
      "mv image-1.img raspios-bookworm-arm64-lite.img; mv image-2.img 'Gate controller v2.img'; "
      "mv image-3.img long-name-of-a-release-candidate-for-the-second-production-line-2026-11.img; "
      "sha256sum raspios-bookworm-arm64-lite.img >SHA256SUMS; echo %PDF-1.4 >manual.img; "
      "sha256sum gate-2.4.img >gate-2.4.img.sha256; xz -0k gate-2.4.img");
}

static char *
file (const char *name)
{
  return g_build_filename (folder, name, NULL);
}

static void
import (const char *name)
{
  g_autofree char *path = file (name);

  (void) pn_image_library_import (pn_image_library_get_default (), path, NULL, NULL, NULL);
}

static void
open_empty (PnWindow *window)
{
  make_files ();
  pn_window_show_page (window, "images");
}

static void
open_list (PnWindow *window)
{
  make_files ();
  import ("raspios-bookworm-arm64-lite.img");
  import ("Gate controller v2.img");
  import ("long-name-of-a-release-candidate-for-the-second-production-line-2026-11.img");
  pn_window_show_page (window, "images");
}

static gboolean
list_is_ready (PnWindow *window)
{
  return n_imported == 3 && g_list_model_get_n_items (
                                pn_image_library_get_images (pn_image_library_get_default ())) == 3;
}

static void
open_dialog (PnWindow *window)
{
  static const char *const names[] = { "gate-2.4.img", "manual.img", "gate-2.4.img.xz", NULL };
  PnImportDialog *dialog = pn_import_dialog_new ();

  make_files ();
  for (guint i = 0; names[i] != NULL; i++)
    {
      g_autofree char *path = file (names[i]);
      const char *const paths[] = { path, NULL };

      pn_import_dialog_add (dialog, paths);
      if (i == 0)
        gtk_window_set_default_size (GTK_WINDOW (dialog), 560, 620);
    }
  pn_dialog_present (PN_DIALOG (dialog), GTK_WIDGET (window));
  pn_scene_over = GTK_WIDGET (dialog);
}

static void
open_drop (PnWindow *window)
{
  GtkWidget *content = adw_application_window_get_content (ADW_APPLICATION_WINDOW (window));
  g_autoptr (GListModel) controllers = gtk_widget_observe_controllers (GTK_WIDGET (window));

  pn_window_show_page (window, "images");
  for (guint i = 0; i < g_list_model_get_n_items (controllers); i++)
    {
      g_autoptr (GtkEventController) controller = g_list_model_get_item (controllers, i);
      GdkDragAction action;

      if (GTK_IS_DROP_TARGET (controller))
        g_signal_emit_by_name (controller, "enter", 10.0, 10.0, &action);
    }
  gtk_widget_queue_draw (content);
}

static void
close_drop (PnWindow *window)
{
  g_autoptr (GListModel) controllers = gtk_widget_observe_controllers (GTK_WIDGET (window));

  for (guint i = 0; i < g_list_model_get_n_items (controllers); i++)
    {
      g_autoptr (GtkEventController) controller = g_list_model_get_item (controllers, i);

      if (GTK_IS_DROP_TARGET (controller))
        g_signal_emit_by_name (controller, "leave");
    }
}

static void
open_image (PnWindow *window)
{
  g_autoptr (PnStoredImage) image =
      g_list_model_get_item (pn_image_library_get_images (pn_image_library_get_default ()), 0);

  gtk_widget_activate_action (GTK_WIDGET (window), "win.inspect-image", "s",
                              pn_stored_image_get_id (image));
}

static gboolean
image_is_ready (PnWindow *window)
{
  PnPage *page = pn_window_get_visible_page (window);

  return PN_IS_IMAGE_PAGE (page) && pn_image_page_is_ready (PN_IMAGE_PAGE (page));
}

static void
open_notes (PnWindow *window)
{
  open_image (window);
  gtk_widget_activate_action (GTK_WIDGET (pn_window_get_visible_page (window)), "image.edit-notes",
                              NULL);
  pn_scene_over = pn_scene_find_window (ADW_TYPE_MESSAGE_DIALOG);
}

static void
open_rename (PnWindow *window)
{
  open_image (window);
  gtk_widget_activate_action (GTK_WIDGET (pn_window_get_visible_page (window)), "image.rename",
                              NULL);
  pn_scene_over = pn_scene_find_window (ADW_TYPE_MESSAGE_DIALOG);
}

static void
open_delete (PnWindow *window)
{
  open_image (window);
  gtk_widget_activate_action (GTK_WIDGET (pn_window_get_visible_page (window)), "image.delete",
                              NULL);
  pn_scene_over = pn_scene_find_window (ADW_TYPE_MESSAGE_DIALOG);
}

static void
open_chooser (PnWindow *window)
{
  g_autoptr (PnStoredImage) image =
      g_list_model_get_item (pn_image_library_get_images (pn_image_library_get_default ()), 0);
  g_autofree char *path =
      pn_image_library_get_path (pn_image_library_get_default (), pn_stored_image_get_id (image));

  pn_scene_over = GTK_WIDGET (pn_image_chooser_new (path));
  pn_dialog_present (PN_DIALOG (pn_scene_over), GTK_WIDGET (window));
}

static void
close_image (PnWindow *window)
{
  pn_window_show_page (window, "images");
}

const PnScene pn_scenes_images[] = {
  { .name = "images-empty", .open = open_empty },
  { .name = "images", .open = open_list, .is_ready = list_is_ready },
  { .name = "images-drop", .open = open_drop, .close = close_drop },
  { .name = "images-import", .open = open_dialog },
  { .name = "image",
    .open = open_image,
    .is_ready = image_is_ready,
    .close = close_image,
    .height = 1900 },
  { .name = "image-notes", .open = open_notes, .is_ready = image_is_ready, .close = close_image },
  { .name = "image-rename", .open = open_rename, .is_ready = image_is_ready, .close = close_image },
  { .name = "image-delete", .open = open_delete, .is_ready = image_is_ready, .close = close_image },
  { .name = "image-chooser", .open = open_chooser },
  { 0 },
};
