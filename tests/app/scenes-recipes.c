/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include <string.h>

#include "pn-hook-row.h"
#include "pn-hook-trial.h"
#include "pn-passphrase-dialog.h"
#include "pn-recipe-editor.h"
#include "pn-recipe-list.h"
#include "pn-recipe-page.h"
#include "pn-recipe-review.h"
#include "pn-rehearsal-job.h"
#include "pn-rehearsal.h"
#include "pn-scene.h"

#define TEXT                                                                                       \
  "[Recipe]\nName=Turnstile\nMode=secure-boot\nChip=bcm2712\nStorage=emmc\n"                       \
  "[Image]\nFile=/images/turnstile-bookworm.img\n[Firmware]\nEeprom=/f/pieeprom-2026-05-26.bin\n"  \
  "Recovery=/f/recovery.bin\nBootfiles=/f/bootfiles.bin\nGadget=/f/fastboot-gadget.img\n"          \
  "Initramfs=/f/cryptroot_initramfs\n[Key]\nPem=/keys/turnstile.pem\n"                             \
  "Fingerprint=8c41d07e5b92f6a3109e77c4d1283b5f60aa4e19cc0b73d25e84f19a36d7b082\n"

static PnPage *pushed;

static void
save (PnRecipeStore *store, const char *name, PnMode mode, gboolean twice)
{
  g_autoptr (GBytes) text = g_bytes_new_static (TEXT, sizeof TEXT - 1);
  g_autoptr (PnRecipeDraft) draft = pn_recipe_draft_parse (text, "/", NULL);
  g_autofree char *id = NULL;

  pn_recipe_draft_set (draft, PN_RECIPE_NAME, name);
  pn_recipe_draft_set (draft, PN_RECIPE_MODE, pn_mode_to_word (mode));
  id = pn_recipe_store_create (store, draft, NULL);
  if (pn_recipe_store_save (store, id, draft, NULL) == 0 || !twice)
    return;
  pn_recipe_draft_set (draft, PN_RECIPE_REVISION, "1");
  pn_recipe_draft_set (draft, PN_RECIPE_STORAGE, "nvme");
  pn_recipe_draft_set_switch (draft, PN_RECIPE_JTAG_LOCK, TRUE);
  (void) pn_recipe_store_save (store, id, draft, NULL);
}

/* Two recipes and one that is only begun; the same in every picture. */
static void
make_recipes (void)
{
  g_autoptr (PnRecipeStore) store = pn_recipe_store_new (NULL, NULL);
  g_autoptr (PnRecipeDraft) begun = pn_recipe_draft_new ();
  g_autoptr (PnRecipeEntry) there = pn_recipe_store_find (store, "Turnstile", NULL);
  g_autofree char *id = NULL;

  if (there != NULL)
    return;
  save (store, "Turnstile", PN_MODE_SECURE_BOOT, TRUE);
  save (store, "Kiosk", PN_MODE_NAKED, FALSE);
  pn_recipe_draft_set (begun, PN_RECIPE_NAME, "Weather station");
  pn_recipe_draft_set (begun, PN_RECIPE_MODE, "naked");
  pn_recipe_draft_set (begun, PN_RECIPE_CHIP, "bcm2712");
  id = pn_recipe_store_create (store, begun, NULL);
}

static void
open_empty (PnWindow *window)
{
  pn_window_show_page (window, "recipes");
}

static void
open_list (PnWindow *window)
{
  g_autoptr (PnRecipeList) list = pn_recipe_list_get ();

  make_recipes ();
  pn_recipe_list_refresh (list);
  pn_window_show_page (window, "recipes");
}

static gboolean
is_listed (PnWindow *window)
{
  g_autoptr (PnRecipeList) list = pn_recipe_list_get ();

  return pn_recipe_list_find (list, "turnstile") != NULL;
}

static void
push (PnWindow *window, PnPage *page)
{
  open_list (window);
  pushed = page;
  pn_window_push (window, page);
}

static void
open_new (PnWindow *window)
{
  make_recipes ();
  push (window, pn_recipe_editor_new (NULL));
}

static void
open_editor (PnWindow *window)
{
  make_recipes ();
  push (window, pn_recipe_editor_new ("weather-station"));
}

static gboolean
is_loaded (PnWindow *window)
{
  return pn_recipe_editor_is_loaded (PN_RECIPE_EDITOR (pushed));
}

/* ---- scripts ---- */

#define SCRIPT "#!/bin/sh\nset -eu\necho \"$1 is a $BOARDNAME with $MEMORY\"\nls /srv/labels\n"

/* A script that is all there, as the editor freezes it. */
static char *
make_scripted (void)
{
  g_autoptr (PnRecipeStore) store = pn_recipe_store_new (NULL, NULL);
  g_autoptr (PnRecipeEntry) there = pn_recipe_store_find (store, "Label printer", NULL);
  g_autoptr (PnRecipeDraft) draft = pn_recipe_draft_new ();
  const PnSha256 digest = pn_sha256 (SCRIPT, strlen (SCRIPT));
  g_autofree char *hex = pn_sha256_to_hex (&digest);
  char *path = g_build_filename (g_get_user_data_dir (), "label.sh", NULL);
  g_autofree char *id = NULL;

  if (there != NULL)
    return path;
  make_recipes ();
  g_assert_true (g_file_set_contents (path, SCRIPT, -1, NULL));
  pn_recipe_draft_set (draft, PN_RECIPE_NAME, "Label printer");
  pn_recipe_draft_set (draft, PN_RECIPE_MODE, "naked");
  pn_recipe_draft_set (draft, PN_RECIPE_CHIP, "bcm2712");
  pn_recipe_draft_set (draft, pn_recipe_hook_field (PN_HOOK_POST_FLASH, PN_RECIPE_HOOK_FILE), path);
  pn_recipe_draft_set (draft, pn_recipe_hook_field (PN_HOOK_POST_FLASH, PN_RECIPE_HOOK_SHA256),
                       hex);
  pn_recipe_draft_set_switch (
      draft, pn_recipe_hook_field (PN_HOOK_POST_FLASH, PN_RECIPE_HOOK_NETWORK), TRUE);
  id = pn_recipe_store_create (store, draft, NULL);
  return path;
}

static gboolean
is_script (GtkWidget *widget, gpointer data)
{
  return g_str_has_suffix (adw_preferences_row_get_title (ADW_PREFERENCES_ROW (widget)),
                           "(post-flash)");
}

static void
open_script (PnWindow *window)
{
  g_free (make_scripted ());
  push (window, pn_recipe_editor_new ("label-printer"));
}

/* It is unfolded, to its end, and that is in the middle of the picture. */
static gboolean
is_script_shown (PnWindow *window)
{
  static float height;
  GtkWidget *row = is_loaded (window)
                       ? pn_test_find (GTK_WIDGET (window), PN_TYPE_HOOK_ROW, is_script, NULL)
                       : NULL;
  GtkAdjustment *adjustment;
  graphene_rect_t bounds;
  gboolean still;

  if (row == NULL)
    return FALSE;
  adw_expander_row_set_expanded (ADW_EXPANDER_ROW (row), TRUE);
  adjustment = gtk_scrolled_window_get_vadjustment (
      GTK_SCROLLED_WINDOW (gtk_widget_get_ancestor (row, GTK_TYPE_SCROLLED_WINDOW)));
  if (!gtk_widget_compute_bounds (row, GTK_WIDGET (window), &bounds))
    return FALSE;
  still = bounds.size.height > 200 && G_APPROX_VALUE (bounds.size.height, height, .5f);
  height = bounds.size.height;
  if (still && bounds.origin.y + height < (float) gtk_widget_get_height (GTK_WIDGET (window)))
    return TRUE;
  gtk_adjustment_set_value (adjustment, gtk_adjustment_get_upper (adjustment));
  return FALSE;
}

static void
open_trial (PnWindow *window)
{
  g_autofree char *path = make_scripted ();
  const char *const write[] = { NULL };

  open_list (window);
  pn_scene_over = GTK_WIDGET (pn_hook_trial_new (PN_HOOK_POST_FLASH, path, 60, FALSE, write));
  pn_dialog_present (PN_DIALOG (pn_scene_over), GTK_WIDGET (window));
}

static gboolean
is_tried (PnWindow *window)
{
  return pn_hook_trial_is_over (PN_HOOK_TRIAL (pn_scene_over));
}

static void
open_recipe (PnWindow *window)
{
  make_recipes ();
  push (window, pn_recipe_page_new ("turnstile"));
}

static gboolean
is_shown (PnWindow *window)
{
  return is_listed (window) && g_strcmp0 (pn_page_get_title (pushed), "Turnstile") == 0;
}

/* ---- rehearsals, which are real ---- */

#define REHEARSED "gate-controller" /* of the station */

static gboolean
is_there (const char *id)
{
  g_autoptr (PnRecipeList) list = pn_recipe_list_get ();

  return pn_recipe_list_find (list, id) != NULL;
}

static void
open_prepared (PnWindow *window)
{
  g_autoptr (PnRecipeList) list = pn_recipe_list_get ();

  (void) pn_scene_need_station ();
  open_list (window);
  while (!is_there (REHEARSED))
    g_main_context_iteration (NULL, TRUE);
  pushed = pn_recipe_page_new (REHEARSED);
  pn_window_push (window, pushed);
}

static PnJob *
find_rehearsal (void)
{
  return pn_app_find_job (pn_app_get_default (), PN_REHEARSAL_JOB, REHEARSED);
}

static void
open_rehearsing (PnWindow *window)
{
  g_autofree char *firmware = pn_test_station_get_input (pn_scene_need_station (), "");

  open_prepared (window);
  g_setenv ("PUNNET_FIRMWARE_DIR", firmware, TRUE); /* its key is not the vendor's */
  gtk_widget_activate_action (GTK_WIDGET (pushed), "recipe.rehearse", NULL);
}

static gboolean
is_writing (PnWindow *window)
{
  PnJob *job = find_rehearsal ();
  PnClientRun *run = job != NULL ? pn_rehearsal_get_run (job) : NULL;

  return run != NULL && pn_client_run_get_phase (run) >= PN_PHASE_STORAGE;
}

static void
cancel_rehearsal (PnWindow *window)
{
  if (find_rehearsal () != NULL)
    pn_job_cancel (find_rehearsal ());
  while (find_rehearsal () != NULL)
    g_main_context_iteration (NULL, TRUE);
  g_unsetenv ("PUNNET_FIRMWARE_DIR");
}

static gboolean
is_rehearsed (PnWindow *window)
{
  return find_rehearsal () == NULL;
}

static void
reviewed_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
}

static void
open_review (PnWindow *window)
{
  g_autoptr (PnRecipeStore) store = pn_recipe_store_new (NULL, NULL);
  g_autoptr (PnRecipeDraft) before = NULL;
  g_autoptr (PnRecipeDraft) after = NULL;

  open_list (window);
  before = pn_recipe_store_load (store, "turnstile", 1, NULL);
  after = pn_recipe_store_load (store, "turnstile", 2, NULL);
  pn_recipe_review_run_async (window, "turnstile", before, after, reviewed_cb, NULL);
}

static void
asked_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (PnSecret) none = pn_passphrase_dialog_ask_finish (result, NULL);

  g_assert_null (none);
}

/* Asked again, as the first one was wrong. */
static void
open_passphrase (PnWindow *window)
{
  open_list (window);
  pn_passphrase_dialog_ask_async (GTK_WIDGET (window), "/keys/turnstile.pem",
                                  "The passphrase does not open the key file", NULL, asked_cb,
                                  NULL);
  pn_scene_over = pn_scene_find_window (PN_TYPE_PASSPHRASE_DIALOG);
}

const PnScene pn_scenes_recipes[] = {
  { .name = "recipes-empty", .open = open_empty },
  { .name = "recipes", .open = open_list, .is_ready = is_listed },
  { .name = "recipe", .open = open_recipe, .is_ready = is_shown, .height = 1100 },
  { .name = "recipe-rehearsing",
    .open = open_rehearsing,
    .is_ready = is_writing,
    .close = cancel_rehearsal },
  { .name = "recipe-rehearsed",
    .open = open_rehearsing,
    .is_ready = is_rehearsed,
    .close = cancel_rehearsal },
  { .name = "recipe-new", .open = open_new, .is_ready = is_loaded, .height = 1500 },
  { .name = "recipe-editor", .open = open_editor, .is_ready = is_loaded, .height = 900 },
  { .name = "recipe-script", .open = open_script, .is_ready = is_script_shown, .height = 1000 },
  { .name = "recipe-script-tried", .open = open_trial, .is_ready = is_tried },
  { .name = "recipe-passphrase", .open = open_passphrase },
  { .name = "recipe-review", .open = open_review, .height = 1000 },
  { 0 },
};
