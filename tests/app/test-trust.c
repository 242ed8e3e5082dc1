/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a station keeps, in the window and with a real helper: its bundles, the keys it trusts, its
 * audit, copies of its records, and which helper it is. */
#include "config.h"

#include <glib/gstdio.h>
#include <sqlite3.h>

#include "pn-audit-line.h"
#include "pn-audit-page.h"
#include "pn-backup-group.h"
#include "pn-bundle-row.h"
#include "pn-bundles-page.h"
#include "pn-enrol-dialog.h"
#include "pn-file-row.h"
#include "pn-helper-group.h"
#include "pn-io.h"
#include "pn-limits-dialog.h"
#include "pn-test-app.h"
#include "pn-test-station.h"
#include "pn-trust-group.h"

static PnTestStation *station;
static PnWindow *window;
static const char *bundle; /* the folder of one that is prepared */

static PnClient *
get_client (void)
{
  return pn_app_get_client (pn_app_get_default ());
}

static guint
count_bundles (void)
{
  return g_list_model_get_n_items (pn_client_get_bundles (get_client ()));
}

static void
open_window (void)
{
  window = pn_test_open_window (1000, 800);
  PN_TEST_WAIT_FOR (pn_client_get_state (get_client ()) == PN_CLIENT_READY);
}

static void
close_window (void)
{
  pn_test_close_window (window);
  window = NULL;
}

static GtkWidget *
find_dialog (GType type)
{
  GListModel *windows = gtk_window_get_toplevels ();

  for (guint i = 0; i < g_list_model_get_n_items (windows); i++)
    {
      g_autoptr (GtkWidget) one = g_list_model_get_item (windows, i);

      if (G_TYPE_CHECK_INSTANCE_TYPE (one, type) && gtk_widget_get_mapped (one))
        return one; /* it is shown */
    }
  return NULL;
}

static gboolean
is_title (GtkWidget *widget, gpointer title)
{
  return g_strcmp0 (adw_preferences_row_get_title (ADW_PREFERENCES_ROW (widget)), title) == 0;
}

static GtkWidget *
find_row (GtkWidget *root, GType type, const char *title)
{
  return pn_test_find (root, type, is_title, (gpointer) title);
}

/* Of an icon-only button. */
static gboolean
has_tooltip (GtkWidget *widget, gpointer text)
{
  return g_strcmp0 (gtk_widget_get_tooltip_text (widget), text) == 0;
}

static void
press (GtkWidget *root, const char *tooltip)
{
  GtkWidget *button = pn_test_find (root, GTK_TYPE_BUTTON, has_tooltip, (gpointer) tooltip);

  g_assert_nonnull (button);
  g_assert_true (gtk_widget_is_sensitive (button));
  gtk_widget_activate (button);
}

static void
open_files (const char *path)
{
  g_autoptr (GFile) file = g_file_new_for_path (path);

  pn_window_open_files (window, &file, 1);
}

/* ---- bundles ---- */

static PnPage *
open_bundles (void)
{
  PnPage *page = pn_bundles_page_new ();

  pn_window_push (window, page);
  PN_TEST_WAIT_FOR (gtk_widget_get_mapped (GTK_WIDGET (page)));
  return page;
}

static void
test_bundles (void)
{
  GtkWidget *page, *row;
  PnClientBundle *one;
  GtkWidget *dialog;

  open_window ();
  page = GTK_WIDGET (open_bundles ());
  g_assert_true (pn_test_shows_text (page, "No bundle is installed"));
  open_files (bundle);
  PN_TEST_WAIT_FOR (count_bundles () == 1 && pn_test_shows_text (page, "Gate controller"));
  row = pn_test_find (page, PN_TYPE_BUNDLE_ROW, NULL, NULL);
  one = pn_bundle_row_get_bundle (PN_BUNDLE_ROW (row));
  g_assert_cmpstr (pn_client_bundle_get_installed_by (one), ==, g_get_user_name ());
  g_assert_cmpuint (pn_client_bundle_get_size (one), >, 0);
  g_assert_cmpuint (pn_client_get_store_room (get_client ()), >, 0);
  adw_expander_row_set_expanded (ADW_EXPANDER_ROW (row), TRUE);
  pn_test_settle ();
  g_assert_true (pn_test_shows_text (page, g_get_user_name ()));
  g_assert_true (pn_test_shows_text (page, "Locked and encrypted"));
  press (row, "Remove this bundle");
  PN_TEST_WAIT_FOR ((dialog = find_dialog (ADW_TYPE_MESSAGE_DIALOG)) != NULL);
  adw_message_dialog_response (ADW_MESSAGE_DIALOG (dialog), "remove");
  PN_TEST_WAIT_FOR (count_bundles () == 0 && pn_test_shows_text (page, "No bundle is installed"));
  close_window ();
}

/* What is none says so where it was dropped, and keeps saying so. */
static void
test_no_bundle (void)
{
  GtkWidget *page;
  g_autofree char *image = pn_test_station_get_input (station, "gold-master.img");

  open_window ();
  page = GTK_WIDGET (open_bundles ());
  open_files (image);
  PN_TEST_WAIT_FOR (pn_test_shows_text (page, "Installing") &&
                    pn_test_shows_text (page, "bundle") && pn_test_shows_text (page, ".img"));
  PN_TEST_WAIT_FOR (pn_app_find_job (pn_app_get_default (), "install-bundle", NULL) == NULL);
  g_assert_cmpuint (count_bundles (), ==, 0);
  close_window ();
}

static void
test_limits (void)
{
  GtkWidget *page, *dialog, *row;
  GtkWidget *spin;
  guint64 before;

  open_window ();
  page = GTK_WIDGET (open_bundles ());
  before = pn_client_get_max_bundle_size (get_client ());
  open_files (bundle);
  PN_TEST_WAIT_FOR (count_bundles () == 1);
  g_assert_true (gtk_widget_activate_action (page, "bundles.limits", NULL));
  PN_TEST_WAIT_FOR ((dialog = find_dialog (PN_TYPE_LIMITS_DIALOG)) != NULL);
  row = find_row (dialog, ADW_TYPE_ACTION_ROW, "How many bundles");
  spin = pn_test_find (row, GTK_TYPE_SPIN_BUTTON, NULL, NULL);
  gtk_spin_button_set_value (GTK_SPIN_BUTTON (spin), 7);
  gtk_widget_activate (pn_test_find_button (dialog, "Save"));
  PN_TEST_WAIT_FOR (pn_client_get_max_bundles (get_client ()) == 7 &&
                    find_dialog (PN_TYPE_LIMITS_DIALOG) == NULL);
  /* What nobody touched is the same to the byte. */
  g_assert_cmpuint (pn_client_get_max_bundle_size (get_client ()), ==, before);
  PN_TEST_WAIT_FOR (pn_test_shows_text (page, "at most 7 bundles"));
  close_window ();
}

/* ---- trust ---- */

static GtkWidget *
open_settings (GType group)
{
  GtkWidget *found;

  pn_window_show_page (window, "settings");
  pn_test_settle ();
  found = pn_test_find (GTK_WIDGET (window), group, NULL, NULL);
  g_assert_nonnull (found);
  return found;
}

/* The public half of the key in customer.pem. (transfer full) */
static char *
make_public (void)
{
  g_autofree char *private = pn_test_station_get_input (station, "customer.pem");
  char *path = pn_test_station_get_input (station, "customer.pub");
  g_autoptr (GError) error = NULL;
  g_autoptr (GSubprocess) openssl =
      g_subprocess_new (G_SUBPROCESS_FLAGS_STDERR_SILENCE, &error, "openssl", "pkey", "-in",
                        private, "-pubout", "-out", path, NULL);

  g_assert_no_error (error);
  (void) g_subprocess_wait_check (openssl, NULL, &error);
  g_assert_no_error (error);
  return path;
}

static void
test_enrol (void)
{
  GtkWidget *group, *dialog, *which, *file, *name, *enrol, *only;
  g_autofree char *private = pn_test_station_get_input (station, "customer.pem");
  g_autofree char *public = make_public ();
  g_autofree char *end = pn_test_station_get_fingerprint_end (station);

  open_window ();
  group = open_settings (PN_TYPE_TRUST_GROUP);
  g_assert_true (pn_test_shows_text (group, "No key is enrolled yet. Enrol one first."));
  gtk_widget_activate (pn_test_find_button (group, "Enrol a key…"));
  PN_TEST_WAIT_FOR ((dialog = find_dialog (PN_TYPE_ENROL_DIALOG)) != NULL);
  enrol = pn_test_find_button (dialog, "Enrol");
  name = pn_test_find (dialog, ADW_TYPE_ENTRY_ROW, NULL, NULL);
  which = find_row (dialog, ADW_TYPE_COMBO_ROW, "Key");
  file = pn_test_find (dialog, PN_TYPE_FILE_ROW, NULL, NULL);
  /* The bundle that is there has one; another is in a file. */
  g_assert_true (gtk_widget_get_visible (which));
  adw_combo_row_set_selected (ADW_COMBO_ROW (which), 1);
  g_assert_true (gtk_widget_get_visible (file));
  gtk_editable_set_text (GTK_EDITABLE (name), "Line 2");
  g_assert_false (gtk_widget_get_sensitive (enrol));
  pn_file_row_set_path (PN_FILE_ROW (file), private);
  PN_TEST_WAIT_FOR (pn_test_shows_text (dialog, "This is a private key"));
  g_assert_false (gtk_widget_get_sensitive (enrol));
  pn_file_row_set_path (PN_FILE_ROW (file), public);
  PN_TEST_WAIT_FOR (gtk_widget_get_sensitive (enrol));
  g_assert_true (pn_test_shows_text (dialog, end));
  gtk_widget_activate (enrol);
  PN_TEST_WAIT_FOR (pn_test_shows_text (group, "Line 2") &&
                    find_dialog (PN_TYPE_ENROL_DIALOG) == NULL);
  g_assert_true (pn_test_shows_text (group, end));
  only = pn_test_find (group, GTK_TYPE_SWITCH, NULL, NULL);
  gtk_switch_set_active (GTK_SWITCH (only), TRUE);
  PN_TEST_WAIT_FOR (pn_client_get_enrolled_only (get_client ()));
  press (group, "Trust “Line 2” no longer");
  PN_TEST_WAIT_FOR (!pn_test_shows_text (group, "Line 2"));
  PN_TEST_WAIT_FOR (pn_test_shows_text (group, "No key is enrolled: every bundle is refused."));
  gtk_switch_set_active (GTK_SWITCH (only), FALSE);
  PN_TEST_WAIT_FOR (!pn_client_get_enrolled_only (get_client ()));
  close_window ();
}

/* ---- the audit ---- */

static GtkWidget *
open_audit (void)
{
  GtkWidget *page;

  pn_window_show_page (window, "activity");
  gtk_widget_activate (
      pn_test_find_button (GTK_WIDGET (pn_window_get_page (window, "activity")), "Audit"));
  PN_TEST_WAIT_FOR (PN_IS_AUDIT_PAGE (pn_window_get_visible_page (window)));
  page = GTK_WIDGET (pn_window_get_visible_page (window));
  PN_TEST_WAIT_FOR (g_str_equal (pn_audit_page_get_shown (PN_AUDIT_PAGE (page)), "list"));
  return page;
}

static void
change_records (const char *sql)
{
  g_autofree char *path =
      g_build_filename (pn_test_station_get_folder (station), "state", "records.db", NULL);
  sqlite3 *db = NULL;

  g_assert_cmpint (sqlite3_open (path, &db), ==, SQLITE_OK);
  (void) sqlite3_busy_timeout (db, 60000);
  if (sqlite3_exec (db, sql, NULL, NULL, NULL) != SQLITE_OK)
    g_error ("%s", sqlite3_errmsg (db));
  g_assert_cmpint (sqlite3_close (db), ==, SQLITE_OK);
}

static gboolean
has_text_of (GtkWidget *line, gpointer what)
{
  g_autoptr (PnAuditItem) item = NULL;

  g_object_get (line, "item", &item, NULL);
  return item != NULL && g_str_equal (pn_audit_item_get_text (item, "what"), what);
}

static guint
count_shown (GtkWidget *page)
{
  return g_list_model_get_n_items (G_LIST_MODEL (pn_audit_page_get_list (PN_AUDIT_PAGE (page))));
}

static void
paused_cb (GObject *source, GAsyncResult *result, gpointer done)
{
  g_assert_true (pn_client_set_paused_finish (PN_CLIENT (source), result, NULL));
  *(guint *) done += 1;
}

static void
pause_once (gboolean paused, guint *done)
{
  guint before = *done;

  pn_client_set_paused_async (get_client (), paused, NULL, paused_cb, done);
  PN_TEST_WAIT_FOR (*done > before);
}

static void
test_audit (void)
{
  GtkWidget *page;
  guint done = 0, n;

  open_window ();
  for (guint i = 0; i < 210; i++)
    pause_once (i % 2 == 0, &done);
  page = open_audit ();
  /* A page of them, and more when they are wanted. */
  n = count_shown (page);
  g_assert_cmpuint (n, >=, 200);
  g_assert_false (pn_audit_list_is_complete (pn_audit_page_get_list (PN_AUDIT_PAGE (page))));
  pn_audit_list_load_more (pn_audit_page_get_list (PN_AUDIT_PAGE (page)));
  PN_TEST_WAIT_FOR (count_shown (page) > 210 &&
                    pn_audit_list_is_complete (pn_audit_page_get_list (PN_AUDIT_PAGE (page))));
  g_assert_nonnull (
      pn_test_find (page, PN_TYPE_AUDIT_LINE, has_text_of, (gpointer) "station-pause"));
  /* What comes while it is shown. */
  n = count_shown (page);
  pause_once (TRUE, &done);
  PN_TEST_WAIT_FOR (count_shown (page) == n + 1);
  pause_once (FALSE, &done);
  PN_TEST_WAIT_FOR (count_shown (page) == n + 2);
  g_object_set (page, "searching", TRUE, "search-text", "LINE 2", NULL);
  PN_TEST_WAIT_FOR (count_shown (page) == 2); /* enrolled and removed */
  g_object_set (page, "search-text", "' OR 1=1 --", NULL);
  PN_TEST_WAIT_FOR (g_str_equal (pn_audit_page_get_shown (PN_AUDIT_PAGE (page)), "none"));
  g_assert_true (gtk_widget_activate_action (page, "audit.clear", NULL));
  PN_TEST_WAIT_FOR (count_shown (page) >= 200);
  close_window ();
}

static void
test_verify (void)
{
  GtkWidget *page;
  g_autofree char *path =
      g_build_filename (pn_test_station_get_folder (station), "audit.tsv", NULL);
  g_autofree char *text = NULL;

  open_window ();
  page = open_audit ();
  gtk_widget_activate (pn_test_find_button (page, "Verify chain"));
  PN_TEST_WAIT_FOR (pn_test_shows_text (page, "Intact: "));
  g_assert_true (pn_test_shows_text (page, "last signed"));
  pn_audit_page_save (PN_AUDIT_PAGE (page), path);
  PN_TEST_WAIT_FOR (pn_test_shows_text (GTK_WIDGET (window), "Saved."));
  g_assert_true (g_file_get_contents (path, &text, NULL, NULL));
  g_assert_true (g_str_has_prefix (text, "1\t"));
  change_records ("UPDATE audit_log SET entry = replace(entry, '\"done\"', '\"gone\"')"
                  " WHERE number = 5");
  gtk_widget_activate (pn_test_find_button (page, "Verify chain"));
  PN_TEST_WAIT_FOR (pn_test_shows_text (page, "Changed or missing from entry 5 on."));
  change_records ("UPDATE audit_log SET entry = replace(entry, '\"gone\"', '\"done\"')"
                  " WHERE number = 5");
  close_window ();
}

/* ---- copies, and the helper ---- */

static void
test_backup (void)
{
  GSettings *settings;
  GtkWidget *group, *now;
  g_autofree char *folder = g_build_filename (pn_test_station_get_folder (station), "copies", NULL);
  g_autoptr (GDateTime) today = g_date_time_new_now_local ();
  g_autofree char *name = g_date_time_format (today, "punnet-records-%F.db");
  g_autofree char *path = g_build_filename (folder, name, NULL);
  g_autofree char *magic = NULL;

  open_window ();
  settings = pn_app_get_settings (pn_app_get_default ());
  group = open_settings (PN_TYPE_BACKUP_GROUP);
  now = pn_test_find_button (group, "Back up now");
  g_assert_false (gtk_widget_is_sensitive (now));
  (void) g_settings_set_string (settings, "backup-folder", folder);
  PN_TEST_WAIT_FOR (gtk_widget_is_sensitive (now));
  gtk_widget_activate (now);
  PN_TEST_WAIT_FOR (pn_test_shows_text (group, "Cannot write into"));
  g_assert_cmpint (g_mkdir (folder, 0700), ==, 0);
  gtk_widget_activate (now);
  PN_TEST_WAIT_FOR (g_settings_get_int64 (settings, "backup-last") > 0);
  g_assert_true (g_file_get_contents (path, &magic, NULL, NULL));
  g_assert_true (g_str_has_prefix (magic, "SQLite format 3"));
  /* By itself, as soon as the last one is old enough. */
  g_assert_cmpint (g_unlink (path), ==, 0);
  (void) g_settings_set_int64 (settings, "backup-last", g_get_real_time () - 25 * G_TIME_SPAN_HOUR);
  (void) g_settings_set_string (settings, "backup-interval", "daily");
  PN_TEST_WAIT_FOR (g_file_test (path, G_FILE_TEST_EXISTS));
  PN_TEST_WAIT_FOR (!pn_backup_is_going (pn_app_get_backup (pn_app_get_default ())));
  g_settings_reset (settings, "backup-interval");
  g_settings_reset (settings, "backup-folder");
  pn_remove_folder (folder);
  close_window ();
}

static void
test_helper (void)
{
  GtkWidget *group;
  g_autofree char *who = g_strdup_printf ("as user %s", g_get_user_name ());

  open_window ();
  group = open_settings (PN_TYPE_HELPER_GROUP);
  PN_TEST_WAIT_FOR (pn_test_shows_text (group, who));
  g_assert_true (pn_test_shows_text (group, "Your own is running, version " PN_VERSION));
  pn_test_station_kill_helper (station);
  PN_TEST_WAIT_FOR (!pn_test_shows_text (group, who));
  pn_test_station_start_helper (station);
  PN_TEST_WAIT_FOR (pn_test_shows_text (group, who));
  close_window ();
}

int
main (int argc, char **argv)
{
  g_auto (GStrv) bundles = NULL;
  int result;

  pn_test_init (&argc, &argv);
  station = pn_test_station_new ();
  g_free (pn_test_station_add_recipe (station, "Gate controller", "secure-boot", "emmc", FALSE));
  bundles = pn_test_station_list_bundles (station);
  bundle = bundles[0];
  pn_test_station_start_helper (station);
  g_test_add_func ("/trust/bundles", test_bundles);
  g_test_add_func ("/trust/no-bundle", test_no_bundle);
  g_test_add_func ("/trust/limits", test_limits);
  g_test_add_func ("/trust/enrol", test_enrol);
  g_test_add_func ("/trust/audit", test_audit);
  g_test_add_func ("/trust/verify", test_verify);
  g_test_add_func ("/trust/backup", test_backup);
  g_test_add_func ("/trust/helper", test_helper);
  result = g_test_run ();
  pn_test_station_free (station);
  return result;
}
