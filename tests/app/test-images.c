/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The library of images in the window: files come in by a drop, by paste and by opening; what is
 * refused says why; cancelling leaves nothing; renaming and deleting. */
#include "config.h"

#include <string.h>

#include "pn-image-library.h"
#include "pn-image-page.h"
#include "pn-import-dialog.h"
#include "pn-import-item.h"
#include "pn-recipe-store.h"
#include "pn-test-app.h"

static char *folder;

static void
run (const char *command)
{
  const char *const argv[] = { "sh", "-ec", command, NULL };
  g_autoptr (GError) error = NULL;
  int status;

  g_spawn_sync (folder, (char **) argv, NULL, G_SPAWN_SEARCH_PATH, NULL, NULL, NULL, NULL, &status,
                &error);
  g_assert_no_error (error);
  g_assert_true (g_spawn_check_wait_status (status, NULL));
}

static GFile *
file (const char *name)
{
  return g_file_new_build_filename (folder, name, NULL);
}

static GListModel *
images (void)
{
  return pn_image_library_get_images (pn_image_library_get_default ());
}

static guint
count_images (void)
{
  return g_list_model_get_n_items (images ());
}

/* What is in the library's folder, without its lock. */
static guint
count_on_disc (void)
{
  g_autofree char *path = pn_image_store_default_folder ();
  g_autoptr (GDir) dir = g_dir_open (path, 0, NULL);
  const char *name;
  guint n = 0;

  while (dir != NULL && (name = g_dir_read_name (dir)) != NULL)
    n += !g_str_equal (name, ".lock");
  return n;
}

/* As a file manager does it. */
static void
drop (PnWindow *window, const char *const *names)
{
  g_autoptr (GListModel) controllers = gtk_widget_observe_controllers (GTK_WIDGET (window));
  g_auto (GValue) value = G_VALUE_INIT;
  GSList *files = NULL;
  gboolean taken = FALSE;

  for (guint i = 0; names[i] != NULL; i++)
    files = g_slist_append (files, file (names[i]));
  g_value_init (&value, GDK_TYPE_FILE_LIST);
  g_value_take_boxed (&value, files);
  for (guint i = 0; i < g_list_model_get_n_items (controllers); i++)
    {
      g_autoptr (GtkEventController) controller = g_list_model_get_item (controllers, i);

      if (GTK_IS_DROP_TARGET (controller))
        g_signal_emit_by_name (controller, "drop", &value, 50.0, 50.0, &taken);
    }
  g_assert_true (taken);
}

static GtkWindow *
find_window (GType type)
{
  g_autoptr (GList) all = gtk_window_list_toplevels ();

  for (GList *at = all; at != NULL; at = at->next)
    if (g_type_is_a (G_OBJECT_TYPE (at->data), type) && gtk_widget_get_mapped (at->data))
      return at->data;
  return NULL;
}

static GtkWidget *
find_dialog (void)
{
  return GTK_WIDGET (find_window (PN_TYPE_IMPORT_DIALOG));
}

/* The n-th file of the dialog. */
static PnImportItem *
get_item (guint at)
{
  GtkWidget *list = pn_test_find (find_dialog (), GTK_TYPE_LIST_BOX, NULL, NULL);
  GtkListBoxRow *row = gtk_list_box_get_row_at_index (GTK_LIST_BOX (list), (int) at);
  g_autoptr (PnImportItem) item = NULL;

  if (row == NULL)
    return NULL;
  g_object_get (row, "item", &item, NULL);
  return item;
}

static gboolean
is_checked (guint at)
{
  gboolean checking = TRUE;

  if (find_dialog () != NULL && get_item (at) != NULL)
    g_object_get (get_item (at), "checking", &checking, NULL);
  return !checking;
}

static void
press (GtkWidget *root, const char *label)
{
  GtkWidget *button = pn_test_find_button (root, label);

  g_assert_nonnull (button);
  g_assert_true (gtk_widget_get_sensitive (button));
  g_signal_emit_by_name (button, "clicked");
}

static PnJob *
newest_job (void)
{
  g_autoptr (PnJob) job = g_list_model_get_item (pn_app_get_jobs (pn_app_get_default ()), 0);

  return job;
}

static PnStoredImage *
find_image (const char *name)
{
  for (guint i = 0; i < count_images (); i++)
    {
      g_autoptr (PnStoredImage) image = g_list_model_get_item (images (), i);

      if (g_str_equal (pn_stored_image_get (image)->name, name))
        return image;
    }
  return NULL;
}

/* ---- tests ---- */

static void
test_empty (void)
{
  PnWindow *window = pn_test_open_window (1100, 700);

  pn_window_show_page (window, "images");
  PN_TEST_WAIT_FOR (pn_image_library_is_ready (pn_image_library_get_default ()));
  pn_test_settle ();
  g_assert_true (pn_test_shows_text (GTK_WIDGET (window), "Drop an image here"));
  g_assert_nonnull (pn_test_find_button (GTK_WIDGET (window), "Choose file…"));
  pn_test_close_window (window);
}

static void
test_drop (void)
{
  static const char *const names[] = { "gate ä%20.img", NULL };
  PnWindow *window = pn_test_open_window (1100, 700);

  pn_window_show_page (window, "settings");
  drop (window, names);
  PN_TEST_WAIT_FOR (is_checked (0));
  g_assert_null (pn_import_item_get_problem (get_item (0)));
  g_assert_cmpstr (pn_import_item_get_name (get_item (0)), ==, "gate ä%20");
  /* The published hash was found beside it. */
  g_assert_cmpuint (strlen (pn_import_item_get_expected (get_item (0))), ==, 64);
  pn_test_settle ();
  g_assert_true (pn_test_shows_text (find_dialog (), "was found in ‘gate ä%20.img.sha256’"));
  press (find_dialog (), "Import");
  PN_TEST_WAIT_FOR (count_images () == 1);
  PN_TEST_WAIT_FOR (pn_job_get_state (newest_job ()) == PN_JOB_SUCCEEDED);
  pn_test_settle ();
  g_assert_null (find_dialog ());
  g_assert_true (pn_test_shows_text (GTK_WIDGET (window), "gate ä%20"));
  g_assert_true (pn_test_shows_text (GTK_WIDGET (window), "Image imported."));
  g_assert_true (pn_stored_image_get (find_image ("gate ä%20"))->published);
  press (GTK_WIDGET (window), "Inspect");
  PN_TEST_WAIT_FOR (PN_IS_IMAGE_PAGE (pn_window_get_visible_page (window)) &&
                    pn_image_page_is_ready (PN_IMAGE_PAGE (pn_window_get_visible_page (window))));
  pn_test_settle ();
  g_assert_true (pn_test_shows_text (GTK_WIDGET (window), "Raspberry Pi OS stand-in"));
  g_assert_true (pn_test_shows_text (GTK_WIDGET (window), "rootfs"));
  g_assert_true (pn_test_shows_text (GTK_WIDGET (window), "6.12.34+rpt-rpi-2712"));
  g_assert_true (pn_test_shows_text (GTK_WIDGET (window), "No recipe uses it"));
  pn_test_close_window (window);
}

/* Fields are checked while they are typed. */
static void
test_fields (void)
{
  static const char *const names[] = { "second.img", NULL };
  PnWindow *window = pn_test_open_window (1100, 700);
  GtkWidget *button;
  PnImportItem *item;

  drop (window, names);
  PN_TEST_WAIT_FOR (is_checked (0));
  item = get_item (0);
  button = pn_test_find_button (find_dialog (), "Import");
  g_assert_true (gtk_widget_get_sensitive (button));
  g_object_set (item, "name", "gate ä%20", NULL);
  pn_test_settle ();
  g_assert_true (pn_test_shows_text (find_dialog (), "it will be ‘gate ä%20 (2)’"));
  g_assert_true (gtk_widget_get_sensitive (button));
  g_object_set (item, "name", "a/b", NULL);
  pn_test_settle ();
  g_assert_true (pn_test_shows_text (find_dialog (), "The name of an image has no slash."));
  g_assert_false (gtk_widget_get_sensitive (button));
  g_object_set (item, "name", "b", "expected", "12", NULL);
  g_assert_false (gtk_widget_get_sensitive (button));
  g_object_set (item, "expected",
                "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef", NULL);
  g_assert_true (gtk_widget_get_sensitive (button));
  press (find_dialog (), "Import");
  PN_TEST_WAIT_FOR (pn_job_get_state (newest_job ()) == PN_JOB_FAILED);
  pn_test_settle ();
  g_assert_true (pn_test_shows_text (GTK_WIDGET (window), "not the published one"));
  g_assert_cmpuint (count_on_disc (), ==, 1);
  press (GTK_WIDGET (window), "Clear");
  pn_test_settle ();
  g_assert_false (pn_test_shows_text (GTK_WIDGET (window), "not the published one"));
  pn_test_close_window (window);
}

static void
test_refused (void)
{
  static const struct
  {
    const char *name, *says;
  } cases[] = {
    { "manual.pdf", "it looks like a PDF" },
    { "packed.img.xz", "an xz archive" },
    { "empty.img", "empty" },
    { "pipe", "a pipe" },
    { "set", "a folder" },
    { "signing.pem", "a key or certificate" },
    { "no-such.img", "No such file" },
  };
  static const char *const names[] = { "manual.pdf", "packed.img.xz", "empty.img",   "pipe",
                                       "set",        "signing.pem",   "no-such.img", NULL };
  PnWindow *window = pn_test_open_window (1100, 700);
  GtkWidget *button;

  drop (window, names);
  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      PN_TEST_WAIT_FOR (is_checked (i));
      g_test_message ("%s", pn_import_item_get_problem (get_item (i)));
      g_assert_nonnull (strstr (pn_import_item_get_problem (get_item (i)), cases[i].says));
    }
  pn_test_settle ();
  g_assert_true (pn_test_shows_text (find_dialog (), "it looks like a PDF"));
  button = pn_test_find_button (find_dialog (), "Import");
  g_assert_false (gtk_widget_get_sensitive (button));
  g_assert_nonnull (strstr (gtk_widget_get_tooltip_text (button), "PDF"));
  gtk_window_close (GTK_WINDOW (find_dialog ()));
  PN_TEST_WAIT_FOR (find_dialog () == NULL);
  g_assert_cmpuint (count_on_disc (), ==, 1);
  pn_test_close_window (window);
}

/* A folder's images, several at once, one after the other. */
static void
test_folder (void)
{
  static const char *const names[] = { "images", "manual.pdf", NULL };
  PnWindow *window = pn_test_open_window (1100, 700);

  drop (window, names);
  PN_TEST_WAIT_FOR (is_checked (0) && is_checked (1) && is_checked (2));
  pn_test_settle ();
  press (find_dialog (), "Import 2 images");
  PN_TEST_WAIT_FOR (count_images () == 3);
  g_assert_nonnull (find_image ("one"));
  g_assert_nonnull (find_image ("two"));
  pn_test_close_window (window);
}

static void
test_cancel (void)
{
  static const char *const names[] = { "lengthy.img", "third.img", NULL };
  PnWindow *window = pn_test_open_window (1100, 700);
  PnJob *waiting, *running;

  drop (window, names);
  PN_TEST_WAIT_FOR (is_checked (0) && is_checked (1));
  pn_test_settle ();
  press (find_dialog (), "Import 2 images");
  waiting = newest_job ();
  running = g_list_model_get_item (pn_app_get_jobs (pn_app_get_default ()), 1);
  /* The waiting one at once, the running one in the middle of the file. */
  pn_job_cancel (waiting);
  g_assert_cmpint (pn_job_get_state (waiting), ==, PN_JOB_CANCELLED);
  PN_TEST_WAIT_FOR (count_on_disc () == 4);
  pn_job_cancel (running);
  PN_TEST_WAIT_FOR (pn_job_get_state (running) == PN_JOB_CANCELLED);
  g_assert_cmpuint (count_on_disc (), ==, 3);
  pn_test_settle ();
  g_assert_false (pn_test_shows_text (GTK_WIDGET (window), "lengthy"));
  g_assert_true (pn_test_shows_text (GTK_WIDGET (window), "Nothing was kept"));
  g_object_unref (running);
  pn_test_close_window (window);
}

static void
test_paste (void)
{
  PnWindow *window = pn_test_open_window (1100, 700);
  g_auto (GValue) value = G_VALUE_INIT;

  pn_window_show_page (window, "images");
  g_value_init (&value, GDK_TYPE_FILE_LIST);
  g_value_take_boxed (&value, g_slist_append (NULL, file ("second.img")));
  gdk_clipboard_set_value (gtk_widget_get_clipboard (GTK_WIDGET (window)), &value);
  gtk_widget_activate_action (GTK_WIDGET (pn_window_get_visible_page (window)), "images.paste",
                              NULL);
  PN_TEST_WAIT_FOR (is_checked (0));
  g_assert_cmpstr (pn_import_item_get_title (get_item (0)), ==, "second.img");
  gtk_window_close (GTK_WINDOW (find_dialog ()));
  PN_TEST_WAIT_FOR (find_dialog () == NULL);
  gdk_clipboard_set_text (gtk_widget_get_clipboard (GTK_WIDGET (window)), "words");
  gtk_widget_activate_action (GTK_WIDGET (pn_window_get_visible_page (window)), "images.paste",
                              NULL);
  PN_TEST_WAIT_FOR (pn_test_shows_text (GTK_WIDGET (window), "There is no file to paste"));
  pn_test_close_window (window);
}

/* What the file manager's “Open with” does. */
static void
test_open (void)
{
  PnWindow *window = pn_test_open_window (1100, 700);
  g_autoptr (GFile) second = file ("second.img");
  g_autoptr (GFile) far = g_file_new_for_uri ("https://example.invalid/a.img");
  GFile *files[] = { second, far };

  pn_window_open_files (window, files, 2);
  PN_TEST_WAIT_FOR (is_checked (0));
  g_assert_null (get_item (1));
  gtk_window_close (GTK_WINDOW (find_dialog ()));
  PN_TEST_WAIT_FOR (find_dialog () == NULL);
  g_assert_true (pn_test_shows_text (GTK_WIDGET (window), "Only files of this computer"));
  pn_test_close_window (window);
}

static void
test_search (void)
{
  PnWindow *window = pn_test_open_window (360, 640);

  pn_window_show_page (window, "images");
  pn_test_settle ();
  g_assert_cmpint (gtk_widget_get_width (GTK_WIDGET (window)), <=, 360);
  g_object_set (pn_window_get_visible_page (window), "search-text", "ONE", NULL);
  PN_TEST_WAIT_FOR (!pn_test_shows_text (GTK_WIDGET (window), "two"));
  g_assert_true (pn_test_shows_text (GTK_WIDGET (window), "one"));
  g_object_set (pn_window_get_visible_page (window), "search-text", "nothing like it", NULL);
  PN_TEST_WAIT_FOR (pn_test_shows_text (GTK_WIDGET (window), "No image matches"));
  pn_test_close_window (window);
}

static GtkWidget *
find_message (void)
{
  return GTK_WIDGET (find_window (ADW_TYPE_MESSAGE_DIALOG));
}

/* On the image's page, which shows them. */
static void
edit_notes (PnWindow *window)
{
  g_autofree char *many = g_strnfill (PN_IMAGE_NOTES_MAX + 1, 'x');
  GtkTextBuffer *buffer;
  GtkWidget *view;

  gtk_widget_activate_action (GTK_WIDGET (pn_window_get_visible_page (window)), "image.edit-notes",
                              NULL);
  PN_TEST_WAIT_FOR (find_message () != NULL);
  view = pn_test_find (find_message (), GTK_TYPE_TEXT_VIEW, NULL, NULL);
  buffer = gtk_text_view_get_buffer (GTK_TEXT_VIEW (view));
  gtk_text_buffer_set_text (buffer, many, -1);
  g_assert_false (
      adw_message_dialog_get_response_enabled (ADW_MESSAGE_DIALOG (find_message ()), "save"));
  gtk_text_buffer_set_text (buffer, "For the gate\non the left", -1);
  press (find_message (), "_Save");
  PN_TEST_WAIT_FOR (find_message () == NULL);
  PN_TEST_WAIT_FOR (pn_test_shows_text (GTK_WIDGET (window), "on the left"));
  g_assert_cmpstr (pn_stored_image_get (find_image ("Gate v3"))->notes, ==,
                   "For the gate\non the left");
}

static void
test_rename_and_delete (void)
{
  PnWindow *window = pn_test_open_window (1100, 700);
  g_autofree char *id = g_strdup (pn_stored_image_get_id (find_image ("one")));
  GtkWidget *entry;

  gtk_widget_activate_action (GTK_WIDGET (window), "win.inspect-image", "s", id);
  PN_TEST_WAIT_FOR (pn_image_page_is_ready (PN_IMAGE_PAGE (pn_window_get_visible_page (window))));
  gtk_widget_activate_action (GTK_WIDGET (pn_window_get_visible_page (window)), "image.rename",
                              NULL);
  PN_TEST_WAIT_FOR (find_message () != NULL);
  entry = adw_message_dialog_get_extra_child (ADW_MESSAGE_DIALOG (find_message ()));
  gtk_editable_set_text (GTK_EDITABLE (entry), " ");
  g_assert_false (
      adw_message_dialog_get_response_enabled (ADW_MESSAGE_DIALOG (find_message ()), "save"));
  gtk_editable_set_text (GTK_EDITABLE (entry), "Gate v3");
  press (find_message (), "_Rename");
  PN_TEST_WAIT_FOR (find_image ("Gate v3") != NULL);
  g_assert_cmpstr (pn_page_get_title (pn_window_get_visible_page (window)), ==, "Gate v3");
  PN_TEST_WAIT_FOR (find_message () == NULL);
  edit_notes (window);
  gtk_widget_activate_action (GTK_WIDGET (pn_window_get_visible_page (window)), "image.delete",
                              NULL);
  PN_TEST_WAIT_FOR (find_message () != NULL);
  press (find_message (), "_Delete");
  PN_TEST_WAIT_FOR (count_images () == 2);
  g_assert_cmpuint (count_on_disc (), ==, 2);
  PN_TEST_WAIT_FOR (!PN_IS_IMAGE_PAGE (pn_window_get_visible_page (window)));
  pn_test_close_window (window);
}

static void
make_recipe (const char *image_path)
{
  g_autoptr (PnRecipeStore) store = pn_recipe_store_new (NULL, NULL);
  g_autoptr (PnRecipeDraft) draft = pn_recipe_draft_new ();
  g_autoptr (GError) error = NULL;
  g_autofree char *id = NULL;

  pn_recipe_draft_set (draft, PN_RECIPE_NAME, "Gate");
  pn_recipe_draft_set (draft, PN_RECIPE_IMAGE, image_path);
  id = pn_recipe_store_create (store, draft, &error);
  g_assert_no_error (error);
}

static void
test_used (void)
{
  PnWindow *window = pn_test_open_window (1100, 700);
  PnImageLibrary *library = pn_image_library_get_default ();
  g_autofree char *id = g_strdup (pn_stored_image_get_id (find_image ("two")));
  g_autofree char *path = pn_image_library_get_path (library, id);

  make_recipe (path);
  pn_window_show_page (window, "images");
  pn_image_library_refresh (library);
  PN_TEST_WAIT_FOR (pn_image_library_get_users (library, id)[0] != NULL);
  pn_test_settle ();
  g_assert_true (pn_test_shows_text (GTK_WIDGET (window), "1 recipe"));
  gtk_widget_activate_action (GTK_WIDGET (window), "win.inspect-image", "s", id);
  pn_test_settle ();
  gtk_widget_activate_action (GTK_WIDGET (pn_window_get_visible_page (window)), "image.delete",
                              NULL);
  PN_TEST_WAIT_FOR (find_message () != NULL);
  g_assert_true (pn_test_shows_text (find_message (), "Used by recipe ‘Gate’."));
  press (find_message (), "_Close");
  PN_TEST_WAIT_FOR (find_message () == NULL);
  g_assert_cmpuint (count_on_disc (), ==, 2);
  pn_test_close_window (window);
}

int
main (int argc, char **argv)
{
  int status;

  pn_test_init (&argc, &argv);
  folder = g_build_filename (g_get_user_cache_dir (), "files", NULL);
  g_assert_cmpint (g_mkdir_with_parents (folder, 0700), ==, 0);
  run ("\"$PUNNET_SOURCE_ROOT/tests/tools/make-standin-image\" 'gate ä%20.img' 64\n"
       "sha256sum 'gate ä%20.img' >'gate ä%20.img.sha256'\n"
       "mkdir images set\n"
       "for f in second third images/one images/two; do cp --sparse=always 'gate ä%20.img' $f.img\n"
       "printf $f | tail -c 3 | dd of=$f.img bs=1 seek=440 conv=notrunc status=none; done\n"
       "cp --sparse=always second.img lengthy.img; truncate -s 2G lengthy.img\n"
       "echo %PDF-1.4 >manual.pdf; printf x | xz >packed.img.xz; touch empty.img\n"
       "mkfifo pipe; openssl genrsa -out signing.pem 2048 2>x");
  g_test_add_func ("/images/empty", test_empty);
  g_test_add_func ("/images/drop", test_drop);
  g_test_add_func ("/images/fields", test_fields);
  g_test_add_func ("/images/refused", test_refused);
  g_test_add_func ("/images/folder", test_folder);
  g_test_add_func ("/images/cancel", test_cancel);
  g_test_add_func ("/images/paste", test_paste);
  g_test_add_func ("/images/open", test_open);
  g_test_add_func ("/images/search", test_search);
  g_test_add_func ("/images/rename-and-delete", test_rename_and_delete);
  g_test_add_func ("/images/used", test_used);
  status = g_test_run ();
  run ("rm -rf \"$PWD\"");
  g_free (folder);
  return status;
}
