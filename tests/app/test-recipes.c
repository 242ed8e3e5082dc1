/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Recipes in the window, with the real store: written, judged while typing, saved, prepared. */
#include "config.h"

#include <fcntl.h>
#include <string.h>

#include "pn-bundle.h"
#include "pn-field-status.h"
#include "pn-file-row.h"
#include "pn-hook-row.h"
#include "pn-hook-trial.h"
#include "pn-image-chooser.h"
#include "pn-image-library.h"
#include "pn-image-row.h"
#include "pn-io.h"
#include "pn-prepare-job.h"
#include "pn-recipe-editor.h"
#include "pn-recipe-list.h"
#include "pn-test-app.h"

static char *inputs; /* stand-ins of everything that a recipe names */

static char *
input (const char *name)
{
  return g_build_filename (inputs, name, NULL);
}

static void
run (const char *command)
{
  const char *argv[] = { "sh", "-ec", command, NULL };
  g_autoptr (GError) error = NULL;
  int status;

  g_spawn_sync (inputs, (char **) argv, NULL, G_SPAWN_SEARCH_PATH, NULL, NULL, NULL, NULL, &status,
                &error);
  g_assert_no_error (error);
  g_assert_cmpint (status, ==, 0);
}

static void
make_inputs (void)
{
  inputs = g_dir_make_tmp ("punnet-inputs-XXXXXX", NULL);
  run ("\"$PUNNET_BUILD_ROOT\"/tests/tools/punnet-standins . && "
       "\"$PUNNET_BUILD_ROOT\"/tests/tools/make-standin-image gold-master.img");
}

static PnRecipeEditor *
open_editor (PnWindow *window, const char *id)
{
  PnPage *page = pn_recipe_editor_new (id);

  pn_window_push (window, page);
  PN_TEST_WAIT_FOR (pn_recipe_editor_is_loaded (PN_RECIPE_EDITOR (page)));
  return PN_RECIPE_EDITOR (page);
}

static gboolean
is_sensitive_button (GtkWidget *window, const char *label)
{
  GtkWidget *button = pn_test_find_button (window, label);

  return button != NULL && gtk_widget_is_sensitive (button);
}

static gboolean
says (GtkWidget *widget, gpointer text)
{
  return strstr (pn_field_status_get_text (PN_FIELD_STATUS (widget)), text) != NULL;
}

static gboolean
has_status (PnRecipeEditor *editor, const char *text)
{
  return pn_test_find (GTK_WIDGET (editor), PN_TYPE_FIELD_STATUS, says, (gpointer) text) != NULL;
}

static void
set_file (PnRecipeEditor *editor, PnRecipeField field, const char *name)
{
  g_autofree char *path = input (name);

  pn_recipe_editor_set (editor, field, path);
}

/* Writes a whole recipe, as a person would fill the rows. */
static void
write_recipe (PnRecipeEditor *editor, const char *name)
{
  pn_recipe_editor_set (editor, PN_RECIPE_NAME, name);
  set_file (editor, PN_RECIPE_IMAGE, "gold-master.img");
  set_file (editor, PN_RECIPE_KEY, "customer.pem");
}

static void
save (PnWindow *window, const char *button)
{
  PN_TEST_WAIT_FOR (is_sensitive_button (GTK_WIDGET (window), button));
  g_signal_emit_by_name (pn_test_find_button (GTK_WIDGET (window), button), "clicked");
  PN_TEST_WAIT_FOR (pn_test_find_button (GTK_WIDGET (window), "_Save") != NULL);
  g_assert_true (pn_test_shows_text (GTK_WIDGET (window), "Each device will"));
  g_assert_true (pn_test_shows_text (GTK_WIDGET (window), "Permanently"));
  g_signal_emit_by_name (pn_test_find_button (GTK_WIDGET (window), "_Save"), "clicked");
  PN_TEST_WAIT_FOR (!PN_IS_RECIPE_EDITOR (pn_window_get_visible_page (window)) &&
                    pn_test_find_button (GTK_WIDGET (window), "_Save") == NULL);
}

/* The recipe once it has that revision, else NULL. */
static PnRecipeEntry *
find_revision (const char *name, guint revision)
{
  g_autoptr (PnRecipeStore) store = pn_recipe_store_new (NULL, NULL);
  g_autoptr (PnRecipeEntry) entry = pn_recipe_store_find (store, name, NULL);

  return entry != NULL && entry->revision == revision ? g_steal_pointer (&entry) : NULL;
}

static PnRecipeEntry *
wait_for_revision (const char *name, guint revision)
{
  PnRecipeEntry *entry;

  PN_TEST_WAIT_FOR ((entry = find_revision (name, revision)) != NULL);
  return entry;
}

static guint
count_recipes (void)
{
  g_autoptr (PnRecipeStore) store = pn_recipe_store_new (NULL, NULL);
  g_autoptr (GPtrArray) entries = pn_recipe_store_list (store, NULL);

  return entries->len;
}

/* A value that is wrong stays, its sentence stands under it, and nothing can be saved. */
static void
test_typing (void)
{
  PnWindow *window = pn_test_open_window (1100, 800);
  g_autoptr (PnRecipeEntry) entry = NULL;
  PnRecipeEditor *editor;

  pn_window_show_page (window, "recipes");
  PN_TEST_WAIT_FOR (pn_test_shows_text (GTK_WIDGET (window), "No recipe yet"));
  editor = open_editor (window, NULL);
  g_assert_false (has_status (editor, "give it one")); /* nobody has begun yet */
  g_assert_cmpuint (count_recipes (), ==, 0);
  write_recipe (editor, "Typed");
  PN_TEST_WAIT_FOR (is_sensitive_button (GTK_WIDGET (window), "Save as revision 1"));
  g_assert_nonnull (
      pn_recipe_draft_get (pn_recipe_editor_get_draft (editor), PN_RECIPE_FINGERPRINT));
  set_file (editor, PN_RECIPE_KEY, "gold-master.img");
  g_assert_false (is_sensitive_button (GTK_WIDGET (window), "Save as revision 1"));
  PN_TEST_WAIT_FOR (pn_recipe_editor_is_loaded (editor));
  g_assert_false (is_sensitive_button (GTK_WIDGET (window), "Save as revision 1"));
  g_assert_true (pn_test_find_button (GTK_WIDGET (window), "Go to problem") != NULL);
  run ("openssl genrsa -out long.pem 3072 2>/dev/null");
  set_file (editor, PN_RECIPE_KEY, "long.pem");
  PN_TEST_WAIT_FOR (has_status (editor, "2048"));
  set_file (editor, PN_RECIPE_KEY, "customer.pem");
  set_file (editor, PN_RECIPE_IMAGE, "recovery.bin");
  PN_TEST_WAIT_FOR (!is_sensitive_button (GTK_WIDGET (window), "Save as revision 1") &&
                    pn_recipe_editor_is_loaded (editor));
  g_assert_true (has_status (editor, "recovery.bin"));
  pn_recipe_editor_set (editor, PN_RECIPE_NAME, "");
  PN_TEST_WAIT_FOR (has_status (editor, "give it one"));
  g_signal_emit_by_name (pn_test_find_button (GTK_WIDGET (window), "Go to problem"), "clicked");
  g_assert_true (GTK_IS_TEXT (gtk_window_get_focus (GTK_WINDOW (window))));
  /* It is kept as it is, wrong as it may be. */
  PN_TEST_WAIT_FOR (count_recipes () == 1);
  PN_TEST_WAIT_FOR (is_sensitive_button (GTK_WIDGET (window), "Discard"));
  g_signal_emit_by_name (pn_test_find_button (GTK_WIDGET (window), "Discard"), "clicked");
  PN_TEST_WAIT_FOR (pn_test_shows_text (GTK_WIDGET (window), "No recipe yet"));
  pn_test_close_window (window);
}

/* A script is frozen by itself when it is chosen; one that changed since has to be taken anew. */
static void
test_hooks (void)
{
  const PnRecipeField digest = pn_recipe_hook_field (PN_HOOK_POST_FLASH, PN_RECIPE_HOOK_SHA256);
  const PnRecipeField file = pn_recipe_hook_field (PN_HOOK_POST_FLASH, PN_RECIPE_HOOK_FILE);
  PnWindow *window = pn_test_open_window (1100, 800);
  g_autofree char *first = NULL;
  PnRecipeEditor *editor;

  run ("printf '#!/bin/sh\\necho one\\n' > label.sh; echo no script > none.sh");
  editor = open_editor (window, NULL);
  write_recipe (editor, "Scripted");
  set_file (editor, file, "none.sh");
  PN_TEST_WAIT_FOR (has_status (editor, "#!/bin/sh"));
  pn_recipe_editor_set (editor, digest, NULL);
  set_file (editor, file, "label.sh");
  pn_recipe_editor_set (editor, digest, NULL);
  PN_TEST_WAIT_FOR (pn_recipe_draft_get (pn_recipe_editor_get_draft (editor), digest) != NULL &&
                    is_sensitive_button (GTK_WIDGET (window), "Save as revision 1"));
  g_assert_true (has_status (editor, "Runs at the station"));
  first = g_strdup (pn_recipe_draft_get (pn_recipe_editor_get_draft (editor), digest));
  run ("printf '#!/bin/sh\\necho two\\n' > label.sh");
  pn_recipe_editor_set (editor, PN_RECIPE_NAME, "Scripted twice");
  PN_TEST_WAIT_FOR (has_status (editor, "has changed since"));
  g_assert_false (is_sensitive_button (GTK_WIDGET (window), "Save as revision 1"));
  pn_recipe_editor_set (editor, digest, NULL); /* “Take Anew” */
  PN_TEST_WAIT_FOR (is_sensitive_button (GTK_WIDGET (window), "Save as revision 1"));
  g_assert_cmpstr (pn_recipe_draft_get (pn_recipe_editor_get_draft (editor), digest), !=, first);
  PN_TEST_WAIT_FOR (is_sensitive_button (GTK_WIDGET (window), "Discard"));
  g_signal_emit_by_name (pn_test_find_button (GTK_WIDGET (window), "Discard"), "clicked");
  PN_TEST_WAIT_FOR (count_recipes () == 0);
  pn_test_close_window (window);
}

static PnHookTrial *
find_trial (void)
{
  GListModel *windows = gtk_window_get_toplevels ();

  for (guint i = 0; i < g_list_model_get_n_items (windows); i++)
    {
      g_autoptr (GtkWidget) window = g_list_model_get_item (windows, i);

      if (PN_IS_HOOK_TRIAL (window))
        return PN_HOOK_TRIAL (window); /* the toolkit holds it */
    }
  return NULL;
}

static gboolean
has_printed (GtkWidget *widget, gpointer text)
{
  GtkTextBuffer *buffer = gtk_text_view_get_buffer (GTK_TEXT_VIEW (widget));
  g_autofree char *all = NULL;

  g_object_get (buffer, "text", &all, NULL);
  return strstr (all, text) != NULL;
}

static gboolean
prints (PnHookTrial *trial, const char *text)
{
  return pn_hook_trial_is_over (trial) && pn_test_find (GTK_WIDGET (trial), GTK_TYPE_TEXT_VIEW,
                                                        has_printed, (gpointer) text) != NULL;
}

static gboolean
is_post_flash (GtkWidget *row, gpointer data)
{
  return g_str_has_suffix (adw_preferences_row_get_title (ADW_PREFERENCES_ROW (row)),
                           "(post-flash)");
}

/* Really run, for a device that does not exist; as the row stands, and as the file is each time. */
static void
test_try (void)
{
  const PnRecipeField digest = pn_recipe_hook_field (PN_HOOK_POST_FLASH, PN_RECIPE_HOOK_SHA256);
  const PnRecipeField file = pn_recipe_hook_field (PN_HOOK_POST_FLASH, PN_RECIPE_HOOK_FILE);
  PnWindow *window = pn_test_open_window (1100, 800);
  PnRecipeEditor *editor;
  PnHookTrial *trial;
  GtkWidget *row;

  run ("printf '#!/bin/sh\necho \"$BOARDNAME of $1\"\nexit 3\n' > try.sh");
  editor = open_editor (window, NULL);
  write_recipe (editor, "Tried");
  set_file (editor, file, "try.sh");
  PN_TEST_WAIT_FOR (pn_recipe_draft_get (pn_recipe_editor_get_draft (editor), digest) != NULL);
  row = pn_test_find (GTK_WIDGET (window), PN_TYPE_HOOK_ROW, is_post_flash, NULL);
  adw_expander_row_set_expanded (ADW_EXPANDER_ROW (row), TRUE);
  PN_TEST_WAIT_FOR (pn_test_find_button (row, "Run") != NULL);
  g_signal_emit_by_name (pn_test_find_button (row, "Run"), "clicked");
  PN_TEST_WAIT_FOR (find_trial () != NULL);
  trial = find_trial ();
  PN_TEST_WAIT_FOR (prints (trial, "CM5 of 10000000c0ffee01"));
  g_assert_true (
      pn_test_shows_text (GTK_WIDGET (trial), "The hook post-flash ended with status 3"));

  run ("printf '#!/bin/sh\necho better\n' > try.sh");
  PN_TEST_WAIT_FOR (pn_test_find_button (GTK_WIDGET (trial), "Again") != NULL);
  g_signal_emit_by_name (pn_test_find_button (GTK_WIDGET (trial), "Again"), "clicked");
  PN_TEST_WAIT_FOR (prints (trial, "better"));
  g_assert_true (pn_test_shows_text (GTK_WIDGET (trial), "The script ended with status 0"));

  /* It is stopped, and ends with its dialog. */
  run ("printf '#!/bin/sh\nsleep 3602\n' > try.sh");
  g_signal_emit_by_name (pn_test_find_button (GTK_WIDGET (trial), "Again"), "clicked");
  g_assert_false (pn_hook_trial_is_over (trial));
  PN_TEST_WAIT_FOR (pn_test_find_button (GTK_WIDGET (trial), "Stop") != NULL);
  g_signal_emit_by_name (pn_test_find_button (GTK_WIDGET (trial), "Stop"), "clicked");
  PN_TEST_WAIT_FOR (pn_hook_trial_is_over (trial) &&
                    pn_test_find_button (GTK_WIDGET (trial), "Again") != NULL);
  g_signal_emit_by_name (pn_test_find_button (GTK_WIDGET (trial), "Again"), "clicked");
  gtk_window_close (GTK_WINDOW (trial));
  PN_TEST_WAIT_FOR (find_trial () == NULL);
  PN_TEST_WAIT_FOR (is_sensitive_button (GTK_WIDGET (window), "Discard"));
  g_signal_emit_by_name (pn_test_find_button (GTK_WIDGET (window), "Discard"), "clicked");
  PN_TEST_WAIT_FOR (count_recipes () == 0);
  pn_test_close_window (window);
}

static gboolean
is_row (GtkWidget *row, gpointer title)
{
  return g_str_equal (adw_preferences_row_get_title (ADW_PREFERENCES_ROW (row)), title);
}

static GtkWidget *
find_chooser (void)
{
  GListModel *windows = gtk_window_get_toplevels ();

  for (guint i = 0; i < g_list_model_get_n_items (windows); i++)
    {
      g_autoptr (GtkWidget) window = g_list_model_get_item (windows, i);

      if (PN_IS_IMAGE_CHOOSER (window))
        return window; /* the toolkit holds it */
    }
  return NULL;
}

/* An image of the library is chosen by its name, and called so wherever the recipe is shown. */
static void
test_library (void)
{
  PnWindow *window = pn_test_open_window (1100, 800);
  PnImageLibrary *library = pn_image_library_get_default ();
  g_autofree char *file = input ("gold-master.img");
  g_autofree char *words = NULL;
  PnRecipeEditor *editor;
  GtkWidget *row, *image;

  (void) pn_image_library_import (library, file, "Gate image", NULL, NULL);
  PN_TEST_WAIT_FOR (g_list_model_get_n_items (pn_image_library_get_images (library)) == 1);
  pn_window_show_page (window, "recipes");
  editor = open_editor (window, NULL);
  row = pn_test_find (GTK_WIDGET (editor), PN_TYPE_FILE_ROW, is_row, (gpointer) "Image");
  gtk_widget_activate (adw_action_row_get_activatable_widget (ADW_ACTION_ROW (row)));
  PN_TEST_WAIT_FOR (find_chooser () != NULL);
  image = pn_test_find (find_chooser (), PN_TYPE_IMAGE_ROW, is_row, (gpointer) "Gate image");
  g_signal_emit_by_name (gtk_widget_get_parent (image), "row-activated", image);
  PN_TEST_WAIT_FOR (find_chooser () == NULL);
  g_assert_true (pn_test_shows_text (row, "Gate image"));
  g_assert_true (g_str_has_suffix (
      pn_recipe_draft_get (pn_recipe_editor_get_draft (editor), PN_RECIPE_IMAGE), "/disk.img"));
  words = pn_recipe_draft_get_words (pn_recipe_editor_get_draft (editor), PN_RECIPE_IMAGE);
  g_assert_cmpstr (words, ==, "Gate image");
  PN_TEST_WAIT_FOR (is_sensitive_button (GTK_WIDGET (window), "Discard"));
  g_signal_emit_by_name (pn_test_find_button (GTK_WIDGET (window), "Discard"), "clicked");
  PN_TEST_WAIT_FOR (pn_test_shows_text (GTK_WIDGET (window), "No recipe yet"));
  pn_test_close_window (window);
}

static void
test_revisions (void)
{
  PnWindow *window = pn_test_open_window (1100, 800);
  g_autoptr (PnRecipeEntry) first = NULL;
  g_autoptr (PnRecipeEntry) second = NULL;
  g_autofree char *path = NULL;
  g_autofree char *before = NULL;
  g_autofree char *after = NULL;
  g_autoptr (PnRecipeStore) store = pn_recipe_store_new (NULL, NULL);
  PnRecipeEditor *editor;

  pn_window_show_page (window, "recipes");
  write_recipe (open_editor (window, NULL), "Gate v2");
  save (window, "Save as revision 1");
  first = wait_for_revision ("Gate v2", 1);
  path = g_build_filename (pn_recipe_store_get_folder (store), first->id, "1.recipe", NULL);
  g_assert_true (g_file_get_contents (path, &before, NULL, NULL));
  PN_TEST_WAIT_FOR (pn_test_shows_text (GTK_WIDGET (window), "Gate v2"));
  editor = open_editor (window, first->id);
  g_assert_null (pn_test_find_button (GTK_WIDGET (window), "Save as revision 2"));
  pn_recipe_editor_set (editor, PN_RECIPE_STORAGE, "nvme");
  save (window, "Save as revision 2");
  second = wait_for_revision ("Gate v2", 2);
  g_assert_cmpstr (pn_recipe_draft_get (second->says, PN_RECIPE_STORAGE), ==, "nvme");
  g_assert_false (second->has_draft);
  g_assert_true (g_file_get_contents (path, &after, NULL, NULL));
  g_assert_cmpstr (before, ==, after);
  pn_test_close_window (window);
}

static gboolean
is_title (GtkWidget *widget, gpointer title)
{
  return g_strcmp0 (gtk_window_get_title (GTK_WINDOW (widget)), title) == 0;
}

static GtkWidget *
find_window (const char *title)
{
  GListModel *windows = gtk_window_get_toplevels ();

  for (guint i = 0; i < g_list_model_get_n_items (windows); i++)
    {
      g_autoptr (GtkWidget) found = g_list_model_get_item (windows, i);

      if (is_title (found, (gpointer) title) && gtk_widget_get_mapped (found))
        return found;
    }
  return NULL;
}

static void
answer (const char *passphrase)
{
  GtkWidget *dialog, *row;

  PN_TEST_WAIT_FOR (find_window ("Passphrase") != NULL);
  dialog = find_window ("Passphrase");
  row = pn_test_find (dialog, ADW_TYPE_PASSWORD_ENTRY_ROW, NULL, NULL);
  gtk_editable_set_text (GTK_EDITABLE (row), passphrase);
  g_signal_emit_by_name (pn_test_find_button (dialog, "_Unlock"), "clicked");
  PN_TEST_WAIT_FOR (find_window ("Passphrase") == NULL);
}

/* With a key that has a passphrase: asked for, asked again where it was wrong, then a bundle that a
 * station would take. A preparation that is cancelled leaves nothing. */
static void
test_prepare (void)
{
  PnWindow *window = pn_test_open_window (1100, 800);
  g_autoptr (PnRecipeList) list = pn_recipe_list_get ();
  g_autoptr (PnRecipeStore) store = pn_recipe_store_new (NULL, NULL);
  g_autoptr (PnRecipeEntry) entry = NULL;
  g_autoptr (PnRecipeBundle) noted = NULL;
  g_autoptr (PnBundle) bundle = NULL;
  g_autoptr (GError) error = NULL;
  g_autofree char *bundles = g_build_filename (g_get_user_data_dir (), "punnet", "bundles", NULL);
  g_autoptr (GDir) dir = NULL;
  g_auto (PnFd) fd = -1;
  PnRecipeEditor *editor;
  PnJob *job;

  run ("openssl pkcs8 -topk8 -in customer.pem -passout pass:squirrel -out protected.pem");
  pn_window_show_page (window, "recipes");
  editor = open_editor (window, NULL);
  write_recipe (editor, "Prepared");
  set_file (editor, PN_RECIPE_KEY, "protected.pem");
  save (window, "Save as revision 1");
  entry = wait_for_revision ("Prepared", 1);
  job = pn_prepare_job_start (GTK_WIDGET (window), entry->id, 1, "Prepared");
  PN_TEST_WAIT_FOR (find_window ("Passphrase") != NULL);
  gtk_window_close (GTK_WINDOW (find_window ("Passphrase")));
  PN_TEST_WAIT_FOR (pn_job_get_state (job) == PN_JOB_CANCELLED);
  job = pn_prepare_job_start (GTK_WIDGET (window), entry->id, 1, "Prepared");
  answer ("hamster");
  answer ("squirrel");
  pn_job_cancel (job);
  PN_TEST_WAIT_FOR (pn_job_get_state (job) == PN_JOB_CANCELLED);
  dir = g_dir_open (bundles, 0, NULL);
  g_assert_true (dir == NULL || g_dir_read_name (dir) == NULL);
  job = pn_prepare_job_start (GTK_WIDGET (window), entry->id, 1, "Prepared");
  answer ("squirrel");
  PN_TEST_WAIT_FOR (!pn_job_is_going (job));
  g_assert_cmpint (pn_job_get_state (job), ==, PN_JOB_SUCCEEDED);
  noted = pn_recipe_store_get_bundle (store, entry->id, 1, &error);
  g_assert_no_error (error);
  fd = pn_open (noted->folder, O_RDONLY | O_DIRECTORY, &error);
  bundle = pn_bundle_open (fd, NULL, NULL, NULL, &error);
  g_assert_no_error (error);
  g_assert_true (pn_bundle_verify (bundle, NULL, &error));
  g_assert_no_error (error);
  PN_TEST_WAIT_FOR (pn_test_shows_text (GTK_WIDGET (window), "Prepared"));
  PN_TEST_WAIT_FOR (pn_recipe_item_get_state (pn_recipe_list_find (list, entry->id)) ==
                    PN_RECIPE_STATE_PREPARED);
  pn_test_close_window (window);
}

/* What punnetctl does in the same folder is seen. */
static void
test_second_process (void)
{
  PnWindow *window = pn_test_open_window (1100, 800);
  g_autofree char *command = NULL;
  g_autoptr (PnRecipeStore) store = pn_recipe_store_new (NULL, NULL);

  pn_window_show_page (window, "recipes");
  pn_test_settle ();
  command = g_strdup_printf ("sed 's/^Name=.*/Name=From elsewhere/' '%s/gate-v2/1.recipe' "
                             ">other.recipe && \"$PUNNET_BUILD_ROOT\"/src/ctl/punnetctl recipe "
                             "save other.recipe >/dev/null",
                             pn_recipe_store_get_folder (store));
  run (command);
  PN_TEST_WAIT_FOR (pn_test_shows_text (GTK_WIDGET (window), "From elsewhere"));
  pn_test_close_window (window);
}

int
main (int argc, char **argv)
{
  g_autoptr (GSettings) settings = NULL;
  int status;

  pn_test_init (&argc, &argv);
  make_inputs ();
  settings = g_settings_new (PN_APP_ID);
  g_settings_set_string (settings, "firmware-folder", inputs);
  g_test_add_func ("/recipes/typing", test_typing);
  g_test_add_func ("/recipes/hooks", test_hooks);
  g_test_add_func ("/recipes/try", test_try);
  g_test_add_func ("/recipes/library", test_library);
  g_test_add_func ("/recipes/revisions", test_revisions);
  g_test_add_func ("/recipes/prepare", test_prepare);
  g_test_add_func ("/recipes/second-process", test_second_process);
  status = g_test_run ();
  run ("rm -rf \"$PWD\"");
  return status;
}
