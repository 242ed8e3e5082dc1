/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The Records page and its export over a real helper with 100,000 records. */
#include "config.h"

#include <glib/gstdio.h>
#include <json-glib/json-glib.h>
#include <signal.h>
#include <string.h>
#include <sys/resource.h>

#include "pn-app.h"
#include "pn-certificate-save.h"
#include "pn-client.h"
#include "pn-column-list.h"
#include "pn-device-page.h"
#include "pn-error.h"
#include "pn-export-dialog.h"
#include "pn-io.h"
#include "pn-timeline.h"
#include "pn-log-view.h"
#include "pn-record-table.h"
#include "pn-records-page.h"
#include "pn-test-app.h"
#include "pn-test-records-page.h"
#include "pn-test-records.h"

#define N_RECORDS 100000
#define N_MADE (N_RECORDS - PN_TEST_N_HOSTILE)

static guint n_queries; /* QueryRecords that left this process; atomic */

static GDBusMessage *
count_query (GDBusConnection *bus, GDBusMessage *message, gboolean incoming, gpointer user_data)
{
  if (!incoming && g_strcmp0 (g_dbus_message_get_member (message), "QueryRecords") == 0)
    g_atomic_int_inc (&n_queries);
  return message;
}

/* The application's are the same; it comes with the first window. */
static GSettings *
get_settings (void)
{
  static GSettings *settings;

  if (settings == NULL)
    settings = g_settings_new (PN_APP_ID);
  return settings;
}

/* ---- the table ---- */

static void
test_scroll (void)
{
  PnWindow *window = pn_test_records_open (N_RECORDS);
  GtkWidget *table = pn_test_find (GTK_WIDGET (pn_test_records_get_page (window)),
                                   PN_TYPE_RECORD_TABLE, NULL, NULL);
  GtkScrolledWindow *scrolled = GTK_SCROLLED_WINDOW (adw_bin_get_child (ADW_BIN (table)));
  GtkAdjustment *place = gtk_scrolled_window_get_vadjustment (scrolled);
  double end = gtk_adjustment_get_upper (place) - gtk_adjustment_get_page_size (place);
  guint before = g_atomic_int_get (&n_queries);
  gint64 slowest = 0;

  /* In one jump: what lies between is not asked for. */
  gtk_adjustment_set_value (place, end);
  PN_TEST_WAIT_FOR (pn_test_records_is_loaded (window, N_RECORDS - 1));
  pn_test_settle ();
  g_assert_cmpuint (g_atomic_int_get (&n_queries) - before, <=, 8);
  g_assert_true (pn_test_records_row_has (window, N_RECORDS - 1, "serial", "1000000049fcbdf2"));
  /* Passing everything by: no step is held up by rows that are gone again. */
  before = g_atomic_int_get (&n_queries);
  for (guint i = 1; i <= 200; i++)
    {
      gint64 start = g_get_monotonic_time ();

      gtk_adjustment_set_value (place, end * i / 200);
      while (g_main_context_iteration (NULL, FALSE))
        ;
      slowest = MAX (slowest, g_get_monotonic_time () - start);
    }
  PN_TEST_WAIT_FOR (pn_test_records_is_loaded (window, N_RECORDS - 1));
  g_test_message ("the slowest of 200 steps took %.1f ms; %u pages of 1,000 were asked for",
                  (double) slowest / 1000, g_atomic_int_get (&n_queries) - before);
  g_assert_cmpuint (g_atomic_int_get (&n_queries) - before, <=, 700);
  pn_test_close_window (window);
}

static void
text_cb (GtkInscription *text, GParamSpec *pspec, guint *n_changes)
{
  (*n_changes)++;
}

static void
count_changes (GtkWidget *widget, guint *n_changes)
{
  if (GTK_IS_INSCRIPTION (widget))
    g_signal_connect (widget, "notify::text", G_CALLBACK (text_cb), n_changes);
  for (GtkWidget *child = gtk_widget_get_first_child (widget); child != NULL;
       child = gtk_widget_get_next_sibling (child))
    count_changes (child, n_changes);
}

static gboolean
says (GtkWidget *widget, gpointer text)
{
  return g_strcmp0 (gtk_inscription_get_text (GTK_INSCRIPTION (widget)), text) == 0;
}

/* Of the rows that a table keeps only those that are seen get their contents; all of these do. */
static void
test_sight (void)
{
  PnWindow *window = pn_test_records_open (N_RECORDS);
  GtkWidget *table = pn_test_find (GTK_WIDGET (pn_test_records_get_page (window)),
                                   PN_TYPE_RECORD_TABLE, NULL, NULL);
  GtkScrolledWindow *scrolled = GTK_SCROLLED_WINDOW (adw_bin_get_child (ADW_BIN (table)));
  GtkAdjustment *place = gtk_scrolled_window_get_vadjustment (scrolled);
  double seen = gtk_adjustment_get_page_size (place);
  double end = gtk_adjustment_get_upper (place) - seen;
  guint n_columns = g_list_model_get_n_items (
      gtk_column_view_get_columns (pn_record_table_get_view (PN_RECORD_TABLE (table))));
  guint n_seen = (guint) (seen * N_RECORDS / gtk_adjustment_get_upper (place)) + 2;
  guint n_changes = 0, most = 0;

  pn_test_settle ();
  count_changes (table, &n_changes);
  for (guint i = 1; i <= 100; i++)
    {
      n_changes = 0;
      gtk_adjustment_set_value (place, end * i / 100);
      /* Each once for “…” and once for what comes, one row more at each end. */
      g_assert_cmpuint (n_changes, <=, (n_seen + 2) * n_columns);
      while (g_main_context_iteration (NULL, FALSE))
        ;
      g_assert_cmpuint (n_changes, <=, 2 * (n_seen + 2) * n_columns);
      most = MAX (most, n_changes);
    }
  g_assert_cmpuint (most, >, n_seen);
  for (guint i = 0; i < n_seen - 2; i++)
    {
      g_autoptr (PnRecordRow) row = NULL;

      PN_TEST_WAIT_FOR (pn_test_records_is_loaded (window, N_RECORDS - 1 - i));
      row = g_list_model_get_item (pn_test_records_get_rows (window), N_RECORDS - 1 - i);
      g_assert_nonnull (pn_test_find (table, GTK_TYPE_INSCRIPTION, says,
                                      (gpointer) pn_record_row_get_text (row, "serial")));
    }
  pn_test_close_window (window);
}

static void
test_sort (void)
{
  PnWindow *window = pn_test_records_open (N_RECORDS);
  PnRecordTable *table = PN_RECORD_TABLE (pn_test_find (
      GTK_WIDGET (pn_test_records_get_page (window)), PN_TYPE_RECORD_TABLE, NULL, NULL));

  g_assert_true (pn_test_records_row_has (window, 1, "serial", "100000000000000c"));
  pn_record_table_sort (table, "slot", FALSE);
  PN_TEST_WAIT_FOR (pn_test_records_row_has (window, 0, "slot", "Slot 8"));
  pn_record_table_sort (table, "slot", TRUE);
  PN_TEST_WAIT_FOR (pn_test_records_row_has (window, 0, "slot", "1-1.2"));
  pn_record_table_sort (table, "ended", TRUE);
  PN_TEST_WAIT_FOR (pn_test_records_row_has (window, 0, "serial", "1000000049fcbdf2"));
  pn_test_close_window (window);
}

static GtkWidget *
open_detail (PnWindow *window, GtkWidget *table, guint row)
{
  g_signal_emit_by_name (pn_record_table_get_view (PN_RECORD_TABLE (table)), "activate", row);
  g_assert_true (PN_IS_DEVICE_PAGE (pn_window_get_visible_page (window)));
  pn_test_settle ();
  return GTK_WIDGET (pn_window_get_visible_page (window));
}

static void
close_detail (PnWindow *window)
{
  gtk_widget_activate_action (GTK_WIDGET (window), "win.pop", NULL);
  PN_TEST_WAIT_FOR (pn_window_get_visible_page (window) ==
                    PN_PAGE (pn_test_records_get_page (window)));
}

static gboolean
is_shown (GtkWidget *page, GType type)
{
  GtkWidget *found = pn_test_find (page, type, NULL, NULL);

  return found != NULL && gtk_widget_get_mapped (found);
}

/* What the station certifies of the record that @page shows. */
static void
save_certificate (GtkWidget *page)
{
  g_autofree char *folder = g_dir_make_tmp ("punnet-certificate-XXXXXX", NULL);
  PnClient *client = pn_app_get_client (pn_app_get_default ());
  g_autofree char *help = g_build_filename (folder, "VERIFY.txt", NULL);
  g_autofree char *name = g_strdup_printf ("10000000792f92a7-%d.pdf", N_MADE);
  g_autofree char *pdf = g_build_filename (folder, name, NULL);
  g_autofree char *text = g_strdup_printf ("1 certificate saved in %s.", folder);
  g_autofree char *start = NULL;
  g_autoptr (GArray) records = g_array_new (FALSE, FALSE, sizeof (gint64));
  const gint64 number = N_MADE;

  g_array_append_val (records, number);
  pn_certificate_save (page, client, records, folder);
  PN_TEST_WAIT_FOR (pn_test_shows_text (GTK_WIDGET (gtk_widget_get_root (page)), text));
  g_assert_true (g_file_test (help, G_FILE_TEST_EXISTS));
  g_assert_true (g_file_get_contents (pdf, &start, NULL, NULL));
  g_assert_true (g_str_has_prefix (start, "%PDF-"));
  pn_remove_folder (folder);
}

/* A row opens what is known of its device, read only. */
static void
test_detail (void)
{
  PnWindow *window = pn_test_records_open (N_RECORDS);
  GtkWidget *page, *log;
  guint told = G_MAXUINT;
  GtkWidget *table = pn_test_find (GTK_WIDGET (pn_test_records_get_page (window)),
                                   PN_TYPE_RECORD_TABLE, NULL, NULL);

  page = open_detail (window, table, 4);
  g_assert_true (pn_test_shows_text (page, "10000000792f92a7"));
  /* A record of an older version. */
  PN_TEST_WAIT_FOR (pn_test_shows_text (page, "How this run went was not kept."));
  g_assert_false (is_shown (page, PN_TYPE_TIMELINE));
  g_assert_false (is_shown (page, PN_TYPE_LOG_VIEW));
  g_assert_true (gtk_widget_get_visible (pn_test_find_button (page, "Save certificate…")));
  save_certificate (page);
  close_detail (window);

  for (guint i = 0; i < PN_TEST_N_HOSTILE; i++)
    if (pn_test_records_row_has (window, i, "serial", "100000000000000a"))
      told = i;
  page = open_detail (window, table, told);
  PN_TEST_WAIT_FOR (is_shown (page, PN_TYPE_TIMELINE));
  g_assert_false (pn_test_shows_text (page, "How this run went was not kept."));
  g_assert_true (pn_test_shows_text (page, "Connect"));
  g_assert_false (pn_test_shows_text (page, "Verify"));
  log = pn_test_find (page, PN_TYPE_LOG_VIEW, NULL, NULL);
  g_assert_true (gtk_widget_get_visible (log));
  pn_log_view_set_open (PN_LOG_VIEW (log), TRUE);
  PN_TEST_WAIT_FOR (pn_test_shows_text (page, "The first line"));
  close_detail (window);
  pn_test_close_window (window);
}

static void
test_columns (void)
{
  PnWindow *window = pn_test_records_open (N_RECORDS);
  GtkWidget *page = GTK_WIDGET (pn_test_records_get_page (window));
  PnRecordTable *table = PN_RECORD_TABLE (pn_test_find (page, PN_TYPE_RECORD_TABLE, NULL, NULL));
  PnColumnList *list = PN_COLUMN_LIST (pn_test_find (page, PN_TYPE_COLUMN_LIST, NULL, NULL));
  GSettings *settings = get_settings ();
  GListModel *columns = gtk_column_view_get_columns (pn_record_table_get_view (table));
  g_autoptr (GString) titles = g_string_new (NULL);
  g_auto (GStrv) kept = NULL;

  (void) g_settings_set_strv (settings, "records-columns",
                              (const char *const[]){ "serial", "nonsense", "mac", NULL });
  g_assert_true (pn_column_list_move (list, 1, -1));
  g_assert_false (pn_column_list_move (list, 0, -1));
  kept = g_settings_get_strv (settings, "records-columns");
  g_assert_cmpstrv (kept, ((const char *const[]){ "mac", "serial", NULL }));
  for (guint i = 0; i < g_list_model_get_n_items (columns); i++)
    {
      g_autoptr (GtkColumnViewColumn) column = g_list_model_get_item (columns, i);

      g_string_append_printf (titles, "%s;", gtk_column_view_column_get_title (column));
    }
  /* The result is always there, and first. */
  g_assert_cmpstr (titles->str, ==, "Result;Ethernet MAC;Serial;");
  pn_column_list_set_chosen (list, ((const char *const[]){ "verdict", "serial", NULL }));
  g_clear_pointer (&kept, g_strfreev);
  kept = pn_column_list_get_chosen (list);
  g_assert_cmpstrv (kept, ((const char *const[]){ "serial", NULL }));
  pn_test_settle ();
  g_settings_reset (settings, "records-columns");
  pn_test_close_window (window);
}

/* ---- filters ---- */

static gboolean
has_label_inside (GtkWidget *chip, gpointer text)
{
  return pn_test_shows_text (chip, text);
}

static guint
count_made (guint divisor, guint but_not)
{
  guint n = 0;

  for (guint i = 1; i <= N_MADE; i++)
    n += i % divisor == 0 && (but_not == 0 || i % but_not != 0);
  return n;
}

static guint
count_cancelled (void)
{
  guint n = 0;

  for (guint i = 1; i <= N_MADE; i++)
    n += i % 503 == 0 && i % 83 != 0 && i % 199 != 0;
  return n;
}

static void
choose_batch (PnWindow *window, const char *batch)
{
  pn_record_filter_set_value (pn_records_page_get_filter (pn_test_records_get_page (window)),
                              PN_RECORD_FILTER_BATCH, batch);
}

static GtkWidget *
get_table (GtkWidget *page)
{
  return pn_test_find (page, PN_TYPE_RECORD_TABLE, NULL, NULL);
}

static void
test_chips (void)
{
  PnWindow *window = pn_test_records_open (N_RECORDS);
  GtkWidget *page = GTK_WIDGET (pn_test_records_get_page (window));
  GtkWidget *failed =
      pn_test_find (page, GTK_TYPE_TOGGLE_BUTTON, has_label_inside, (gpointer) "Failed");
  GtkWidget *refused =
      pn_test_find (page, GTK_TYPE_TOGGLE_BUTTON, has_label_inside, (gpointer) "Refused");
  GtkWidget *aside =
      pn_test_find (page, GTK_TYPE_TOGGLE_BUTTON, has_label_inside, (gpointer) "Set aside");
  g_autofree char *n_failed = g_strdup_printf ("%u", count_made (83, 0));
  g_autofree char *n_refused = g_strdup_printf ("%u", count_made (199, 83));

  PN_TEST_WAIT_FOR (pn_test_shows_text (failed, n_failed));
  PN_TEST_WAIT_FOR (pn_test_shows_text (refused, n_refused));
  gtk_toggle_button_set_active (GTK_TOGGLE_BUTTON (failed), TRUE);
  PN_TEST_WAIT_FOR (pn_test_records_count (window) == count_made (83, 0) &&
                    pn_test_records_is_loaded (window, 0));
  g_assert_true (pn_test_records_row_has (window, 0, "verdict", "failed"));
  /* What is set aside is not among the failed ones. */
  gtk_toggle_button_set_active (GTK_TOGGLE_BUTTON (aside), TRUE);
  PN_TEST_WAIT_FOR (pn_test_records_count (window) == 1 &&
                    pn_test_records_row_has (window, 0, "verdict", "set-aside"));
  PN_TEST_WAIT_FOR (
      pn_test_find (get_table (page), GTK_TYPE_INSCRIPTION, says, (gpointer) "Set aside") != NULL);
  /* The counts are those of the other filters: choosing one result does not empty the others. */
  g_assert_true (pn_test_shows_text (refused, n_refused));
  choose_batch (window, PN_TEST_HOSTILE_BATCH);
  PN_TEST_WAIT_FOR (pn_test_records_count (window) == 1);
  gtk_toggle_button_set_active (GTK_TOGGLE_BUTTON (failed), TRUE);
  PN_TEST_WAIT_FOR (pn_test_records_count (window) == 0);
  PN_TEST_WAIT_FOR (pn_test_shows_text (refused, "0"));
  choose_batch (window, "2026-100"); /* the oldest */
  PN_TEST_WAIT_FOR (pn_test_records_count (window) == 4);
  pn_test_close_window (window);
}

static void
test_search (void)
{
  PnWindow *window = pn_test_records_open (N_RECORDS);
  PnRecordsPage *page = pn_test_records_get_page (window);
  gint64 typed = g_get_monotonic_time ();

  g_object_set (page, "searching", TRUE, "search-text", "49fcbdf2", NULL);
  PN_TEST_WAIT_FOR (pn_test_records_count (window) == 1);
  g_assert_cmpint (g_get_monotonic_time () - typed, >=, 300000);
  PN_TEST_WAIT_FOR (pn_test_records_row_has (window, 0, "serial", "1000000049fcbdf2"));
  /* What is no text of a record, and what means something in SQL. */
  g_object_set (page, "search-text", "' OR 1=1 --", NULL);
  PN_TEST_WAIT_FOR (g_str_equal (pn_records_page_get_shown (page), "none"));
  pn_test_settle ();
  g_assert_true (pn_test_shows_text (GTK_WIDGET (page), "No record fits"));
  gtk_widget_activate (pn_test_find_button (GTK_WIDGET (page), "Show all records"));
  PN_TEST_WAIT_FOR (pn_test_records_count (window) == N_RECORDS);
  g_assert_cmpstr (pn_page_get_search_text (PN_PAGE (page)), ==, "");
  pn_test_close_window (window);
}

static void
test_time (void)
{
  PnWindow *window = pn_test_records_open (N_RECORDS);
  PnRecordFilter *filter = pn_records_page_get_filter (pn_test_records_get_page (window));
  const gint64 first = 1790000000000000;

  /* One run every 40 s: a day has 2,160. */
  pn_record_filter_set_time (filter, first, first + G_TIME_SPAN_DAY);
  PN_TEST_WAIT_FOR (pn_test_records_count (window) == 2159);
  pn_record_filter_set_time (filter, 0, first + G_TIME_SPAN_HOUR);
  PN_TEST_WAIT_FOR (pn_test_records_count (window) == 89);
  pn_test_close_window (window);
}

static void
test_narrow (void)
{
  PnWindow *window = pn_test_records_open (N_RECORDS);

  /* The width where the page becomes narrow lies between; before that its buttons have words. */
  gtk_window_set_default_size (GTK_WINDOW (window), 500, 700);
  PN_TEST_WAIT_FOR (
      g_str_equal (pn_records_page_get_shown (pn_test_records_get_page (window)), "lines"));
  gtk_window_set_default_size (GTK_WINDOW (window), 360, 700);
  PN_TEST_WAIT_FOR (gtk_widget_get_width (GTK_WIDGET (window)) < 500);
  pn_test_settle ();
  g_assert_cmpint (gtk_widget_get_width (GTK_WIDGET (window)), <=, 360);
  g_assert_true (pn_test_shows_text (GTK_WIDGET (window), "Serial not known"));
  pn_test_close_window (window);
}

static void
kill_helper (void)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GDBusConnection) bus = g_bus_get_sync (G_BUS_TYPE_SESSION, NULL, &error);
  g_autoptr (GVariant) reply = NULL;
  guint process;

  g_assert_no_error (error);
  reply = g_dbus_connection_call_sync (bus, "org.freedesktop.DBus", "/org/freedesktop/DBus",
                                       "org.freedesktop.DBus", "GetConnectionUnixProcessID",
                                       g_variant_new ("(s)", PN_CLIENT_NAME), NULL, 0, -1, NULL,
                                       &error);
  g_assert_no_error (error);
  g_variant_get (reply, "(u)", &process);
  g_assert_cmpint (kill ((pid_t) process, SIGKILL), ==, 0);
}

static void
test_helper_gone (void)
{
  PnWindow *window = pn_test_records_open (N_RECORDS);

  kill_helper ();
  PN_TEST_WAIT_FOR (
      g_str_equal (pn_records_page_get_shown (pn_test_records_get_page (window)), "gone"));
  pn_test_settle ();
  g_assert_true (pn_test_shows_text (GTK_WIDGET (window), "Nothing is lost"));
  gtk_widget_activate (
      pn_test_find_button (GTK_WIDGET (pn_test_records_get_page (window)), "Start it"));
  PN_TEST_WAIT_FOR (
      g_str_equal (pn_records_page_get_shown (pn_test_records_get_page (window)), "table") &&
      pn_test_records_is_loaded (window, 0));
  g_assert_cmpuint (pn_test_records_count (window), ==, N_RECORDS);
  pn_test_close_window (window);
}

/* ---- export ---- */

typedef struct
{
  PnWindow *window;
  PnExportDialog *dialog;
  char *folder, *path;
} Exporting;

static PnExportDialog *
find_dialog (void)
{
  GListModel *windows = gtk_window_get_toplevels ();

  for (guint i = 0; i < g_list_model_get_n_items (windows); i++)
    {
      g_autoptr (GtkWindow) window = g_list_model_get_item (windows, i);

      if (PN_IS_EXPORT_DIALOG (window))
        return PN_EXPORT_DIALOG (window);
    }
  return NULL;
}

/* @batch: NULL = every record. */
static Exporting
open_export (const char *batch, const char *preset, guint expected)
{
  g_autoptr (GError) error = NULL;
  Exporting self = { pn_test_records_open (N_RECORDS) };

  self.folder = g_dir_make_tmp ("punnet-export-XXXXXX", &error);
  g_assert_no_error (error);
  self.path = g_build_filename (self.folder, "records.csv", NULL);
  g_settings_set_string (get_settings (), "export-preset", preset);
  choose_batch (self.window, batch);
  gtk_widget_activate_action (GTK_WIDGET (pn_test_records_get_page (self.window)), "records.export",
                              NULL);
  self.dialog = find_dialog ();
  PN_TEST_WAIT_FOR (pn_export_dialog_get_count (self.dialog) == expected);
  return self;
}

/* What is left in the folder besides the file itself: nothing. */
static void
close_export (Exporting *self, gboolean has_file)
{
  g_autoptr (GDir) dir = g_dir_open (self->folder, 0, NULL);
  const char *name;
  guint n = 0;

  while ((name = g_dir_read_name (dir)) != NULL)
    {
      g_autofree char *path = g_build_filename (self->folder, name, NULL);

      g_assert_cmpstr (name, ==, "records.csv");
      g_assert_cmpint (g_unlink (path), ==, 0);
      n++;
    }
  g_assert_cmpuint (n, ==, has_file);
  g_assert_cmpint (g_rmdir (self->folder), ==, 0);
  g_clear_pointer (&self->folder, g_free);
  g_clear_pointer (&self->path, g_free);
  if (find_dialog () != NULL)
    gtk_window_destroy (GTK_WINDOW (find_dialog ()));
  pn_test_settle ();
  pn_test_close_window (self->window);
}

static PnJob *
get_job (void)
{
  g_autoptr (PnJob) job = g_list_model_get_item (pn_app_get_jobs (pn_app_get_default ()), 0);

  return job; /* the application keeps it */
}

/* The whole of the records may take a while where others use the machine, too. */
static void
wait_for_job (void)
{
  gint64 end = g_get_monotonic_time () + 150 * G_USEC_PER_SEC;

  while (pn_job_is_going (get_job ()))
    {
      g_assert_cmpint (g_get_monotonic_time (), <, end);
      g_main_context_iteration (NULL, TRUE);
    }
}

static char *
save (Exporting *self)
{
  g_autoptr (GError) error = NULL;
  char *content = NULL;

  pn_export_dialog_save (self->dialog, self->path);
  wait_for_job ();
  g_assert_cmpstr (pn_job_get_kind (get_job ()), ==, "export");
  g_assert_cmpint (pn_job_get_state (get_job ()), ==, PN_JOB_SUCCEEDED);
  g_assert_true (g_file_get_contents (self->path, &content, NULL, &error));
  g_assert_no_error (error);
  return content;
}

static void
choose (const char *separator, gboolean mark, gboolean guard)
{
  GSettings *settings = get_settings ();

  g_settings_reset (settings, "export-format");
  g_settings_set_string (settings, "export-separator", separator);
  g_settings_set_boolean (settings, "export-byte-order-mark", mark);
  g_settings_set_boolean (settings, "export-guard-formulas", guard);
  (void) g_settings_set_strv (
      settings, "export-columns",
      (const char *const[]){ "serial", "model", "message", "batch", "ended", "secure", NULL });
}

#define BROKEN "Raspberry Pi 5 \xef\xbf\xbd\xef\xbf\xbd broken"
#define FOREIGN "<b>&amp; \xf0\x9f\x8d\x93 \xd7\xa2\xd7\x91"

static void
test_spreadsheet (void)
{
  Exporting self;
  g_autofree char *content = NULL;

  choose ("semicolon", TRUE, TRUE);
  self = open_export (PN_TEST_HOSTILE_BATCH, "own", PN_TEST_N_HOSTILE);
  content = save (&self);
  g_assert_cmpstr (content, ==,
                   "\xef\xbb\xbfserial;model;message;batch;ended;secure\r\n"
                   "100000000000000a;\"'=HYPERLINK(\"\"x\"\")\";"
                   "\"two\nlines; and \"\"quotes\"\"\";\"'=1+1;\"\"B\"\"\";"
                   "2026-11-18T11:08:20Z;0\r\n"
                   "100000000000000b;'+1,2;\"'\ttab\tand\rreturn\";\"'=1+1;\"\"B\"\"\";"
                   "2026-11-18T11:08:21Z;0\r\n"
                   "100000000000000c;'@cmd|' /C calc'!A0;'-1;\"'=1+1;\"\"B\"\"\";"
                   "2026-11-18T11:08:22Z;0\r\n"
                   ";" BROKEN ";\"" FOREIGN "\";\"'=1+1;\"\"B\"\"\";2026-11-18T11:08:23Z;0\r\n");
  /* The dialog is gone, and the window says so. */
  pn_test_settle ();
  g_assert_null (find_dialog ());
  g_assert_true (pn_test_shows_text (GTK_WIDGET (self.window), "4 devices saved."));
  close_export (&self, TRUE);
}

static void
test_plain (void)
{
  Exporting self;
  g_autofree char *content = NULL;

  choose ("comma", FALSE, FALSE);
  self = open_export (PN_TEST_HOSTILE_BATCH, "own", PN_TEST_N_HOSTILE);
  /* A file that is there is replaced. */
  g_assert_true (g_file_set_contents (self.path, "old", -1, NULL));
  content = save (&self);
  g_assert_cmpstr (content, ==,
                   "serial,model,message,batch,ended,secure\n"
                   "100000000000000a,\"=HYPERLINK(\"\"x\"\")\","
                   "\"two\nlines; and \"\"quotes\"\"\",\"=1+1;\"\"B\"\"\","
                   "2026-11-18T11:08:20Z,0\n"
                   "100000000000000b,\"+1,2\",\"\ttab\tand\rreturn\",\"=1+1;\"\"B\"\"\","
                   "2026-11-18T11:08:21Z,0\n"
                   "100000000000000c,@cmd|' /C calc'!A0,-1,\"=1+1;\"\"B\"\"\","
                   "2026-11-18T11:08:22Z,0\n"
                   "," BROKEN "," FOREIGN ",\"=1+1;\"\"B\"\"\",2026-11-18T11:08:23Z,0\n");
  close_export (&self, TRUE);
}

static void
test_json_lines (void)
{
  Exporting self;
  g_autofree char *content = NULL;
  g_auto (GStrv) lines = NULL;
  g_autoptr (JsonNode) node = NULL;
  g_autoptr (GError) error = NULL;
  JsonObject *object;

  choose ("comma", FALSE, TRUE);
  g_settings_set_string (get_settings (), "export-format", "json-lines");
  self = open_export (PN_TEST_HOSTILE_BATCH, "own", PN_TEST_N_HOSTILE);
  content = save (&self);
  lines = g_strsplit (content, "\n", -1);
  g_assert_cmpuint (g_strv_length (lines), ==, PN_TEST_N_HOSTILE + 1);
  node = json_from_string (lines[0], &error);
  g_assert_no_error (error);
  object = json_node_get_object (node);
  g_assert_cmpuint (json_object_get_size (object), ==, 6);
  g_assert_cmpstr (json_object_get_string_member (object, "model"), ==, "=HYPERLINK(\"x\")");
  g_assert_cmpstr (json_object_get_string_member (object, "message"), ==,
                   "two\nlines; and \"quotes\"");
  g_clear_pointer (&node, json_node_unref);
  node = json_from_string (lines[3], &error);
  g_assert_no_error (error);
  g_assert_true (json_object_get_null_member (json_node_get_object (node), "serial"));
  close_export (&self, TRUE);
}

static void
test_classic (void)
{
  Exporting self;
  g_autofree char *content = NULL;
  g_auto (GStrv) lines = NULL;

  choose ("comma", FALSE, TRUE);
  self = open_export ("2026-101", "classic", 412);
  content = save (&self);
  lines = g_strsplit (content, "\n", -1);
  g_assert_cmpuint (g_strv_length (lines), ==, 412 + 2);
  g_assert_cmpstr (
      lines[0], ==,
      "id,boardname,serial,eth_mac,wifi_mac,bt_mac,mmc_size,mmc_cid,rpi_duid,board_revision,"
      "processor,memory,manufacturer,secure,jtag_locked,eeprom_write_protected,pubkey_programmed,"
      "devkey_revoked,signed_boot_enabled,os_image_filename,os_image_sha256,connect_registered,"
      "connect_device_id,eeprom_size,eeprom_jedec,eeprom_unique_id,bootloader_build_timestamp,"
      "customer_key_fingerprint,customer_key_label,provision_ts");
  g_assert_cmpstr (
      lines[1], ==,
      "412,Compute Module 5,100000004a2e67a7,d8:3a:dd:00:01:9c,d8:3a:dd:00:00:01,,31268536320,,,"
      "0x0,BCM2712,4 GB,Sony UK,1,,,1,,1,gate-2.4.img,"
      "0000000000000000000000000000000000000000000000000000000000000001,,,,,,,"
      "8c41d07e0000000000000000000000000000000000000000000000000000000a,,2026-09-21T18:52:41Z");
  close_export (&self, TRUE);
}

/* Of locked devices the serial, nothing else. */
static void
test_secured (void)
{
  Exporting self;
  g_autofree char *content = NULL;
  g_auto (GStrv) lines = NULL;
  guint locked = 0;

  for (guint i = 412; i < 824; i++)
    locked += i % 83 != 0 && i % 199 != 0 && i % 503 != 0;
  choose ("comma", FALSE, TRUE);
  self = open_export ("2026-101", "secured", locked);
  content = save (&self);
  lines = g_strsplit (content, "\n", -1);
  g_assert_cmpuint (g_strv_length (lines), ==, locked + 2);
  g_assert_cmpstr (lines[0], ==, "serial");
  g_assert_cmpstr (lines[1], ==, "100000004a2e67a7");
  close_export (&self, TRUE);
}

static guint64
get_peak_memory (void)
{
  struct rusage usage;

  g_assert_cmpint (getrusage (RUSAGE_SELF, &usage), ==, 0);
  return (guint64) usage.ru_maxrss / 1024; /* MiB */
}

static void
read_clipboard_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  *(char **) user_data = gdk_clipboard_read_text_finish (GDK_CLIPBOARD (source), result, NULL);
}

static void
test_large (void)
{
  Exporting self;
  g_autofree char *content = NULL;
  g_autofree char *digest = NULL;
  g_autofree char *copied = NULL;
  guint64 before;
  gint64 start;
  GtkWidget *copy;
  guint n_lines = 0;

  choose ("comma", FALSE, TRUE);
  self = open_export (NULL, "everything", N_RECORDS);
  before = get_peak_memory ();
  start = g_get_monotonic_time ();
  pn_export_dialog_save (self.dialog, self.path);
  wait_for_job ();
  g_test_message ("%d records in %.1f s; memory grew by %u MiB", N_RECORDS,
                  (double) (g_get_monotonic_time () - start) / G_USEC_PER_SEC,
                  (guint) (get_peak_memory () - before));
  g_assert_cmpint (pn_job_get_state (get_job ()), ==, PN_JOB_SUCCEEDED);
  /* All of it at once would be 70 MB of text, and several times that as values. */
#ifdef __SANITIZE_ADDRESS__ /* keeps what was freed for a while, up to 256 MiB */
  g_assert_cmpuint (get_peak_memory () - before, <, 64 + 256);
#else
  g_assert_cmpuint (get_peak_memory () - before, <, 64);
#endif
  g_assert_true (g_file_get_contents (self.path, &content, NULL, NULL));
  for (const char *at = content; (at = strchr (at, '\n')) != NULL; at++)
    n_lines++;
  g_assert_cmpuint (n_lines, ==, N_RECORDS + 1 + 1); /* one message has two lines */
  digest = g_compute_checksum_for_string (G_CHECKSUM_SHA256, content, -1);
  pn_test_settle ();
  copy = pn_test_find_button (GTK_WIDGET (self.window), "Copy SHA-256");
  g_assert_nonnull (copy);
  gtk_widget_activate (copy);
  PN_TEST_WAIT_FOR (g_str_equal (gtk_button_get_label (GTK_BUTTON (copy)), "Copied"));
  gdk_clipboard_read_text_async (gtk_widget_get_clipboard (copy), NULL, read_clipboard_cb, &copied);
  PN_TEST_WAIT_FOR (copied != NULL);
  g_assert_cmpstr (copied, ==, digest);
  close_export (&self, TRUE);
}

static gboolean
is_combo_titled (GtkWidget *row, gpointer title)
{
  return g_str_equal (adw_preferences_row_get_title (ADW_PREFERENCES_ROW (row)), title);
}

/* What was exported once is not offered again; what is selected can be. */
static void
test_which (void)
{
  static const char *const expected[] = { "All", "Since the last export", "Selected (3)" };
  Exporting self;
  AdwComboRow *which;
  GListModel *labels;
  g_autofree char *content = NULL;

  choose ("comma", FALSE, TRUE);
  g_settings_set_int64 (get_settings (), "export-last", N_RECORDS - 1);
  self = open_export (NULL, "secured",
                      count_made (1, 0) - count_made (83, 0) - count_made (199, 83) -
                          count_cancelled ());
  gtk_window_destroy (GTK_WINDOW (self.dialog));
  for (guint i = 0; i < 3; i++)
    gtk_selection_model_select_item (
        pn_records_page_get_selection (pn_test_records_get_page (self.window)), 4 + i, FALSE);
  gtk_widget_activate_action (GTK_WIDGET (pn_test_records_get_page (self.window)), "records.export",
                              NULL);
  self.dialog = find_dialog ();
  which = ADW_COMBO_ROW (pn_test_find (GTK_WIDGET (self.dialog), ADW_TYPE_COMBO_ROW,
                                       is_combo_titled, (gpointer) "Devices"));
  labels = adw_combo_row_get_model (which);
  g_assert_cmpuint (g_list_model_get_n_items (labels), ==, G_N_ELEMENTS (expected));
  for (guint i = 0; i < G_N_ELEMENTS (expected); i++)
    {
      g_autoptr (GtkStringObject) label = g_list_model_get_item (labels, i);

      g_assert_cmpstr (gtk_string_object_get_string (label), ==, expected[i]);
    }
  g_assert_cmpuint (adw_combo_row_get_selected (which), ==, 2);
  PN_TEST_WAIT_FOR (pn_export_dialog_get_count (self.dialog) == 3);
  adw_combo_row_set_selected (which, 1);
  PN_TEST_WAIT_FOR (pn_export_dialog_get_count (self.dialog) == 0);
  g_assert_false (
      gtk_widget_is_sensitive (pn_test_find_button (GTK_WIDGET (self.dialog), "Save…")));
  adw_combo_row_set_selected (which, 2);
  PN_TEST_WAIT_FOR (pn_export_dialog_get_count (self.dialog) == 3);
  content = save (&self);
  g_assert_cmpstr (content, ==, "serial\n10000000792f92a7\n10000000792f73b8\n10000000792f54c9\n");
  close_export (&self, TRUE);
}

static guint
count_names (const char *folder)
{
  g_autoptr (GDir) dir = g_dir_open (folder, 0, NULL);
  guint n = 0;

  while (g_dir_read_name (dir) != NULL)
    n++;
  return n;
}

static void
test_cancel (void)
{
  Exporting self;
  g_autofree char *content = NULL;

  choose ("comma", FALSE, TRUE);
  self = open_export (NULL, "everything", N_RECORDS);
  g_assert_true (g_file_set_contents (self.path, "old", -1, NULL));
  pn_export_dialog_save (self.dialog, self.path);
  PN_TEST_WAIT_FOR (pn_job_get_done (get_job ()) > 0);
  g_assert_cmpint (pn_job_get_state (get_job ()), ==, PN_JOB_RUNNING);
  /* What is being written has no name: nothing would be left if we were killed now. */
  g_assert_cmpuint (count_names (self.folder), ==, 1);
  pn_job_cancel (get_job ());
  wait_for_job ();
  g_assert_cmpint (pn_job_get_state (get_job ()), ==, PN_JOB_CANCELLED);
  /* What was there stays; the dialog is there for another try. */
  g_assert_true (g_file_get_contents (self.path, &content, NULL, NULL));
  g_assert_cmpstr (content, ==, "old");
  pn_test_settle ();
  g_assert_true (pn_test_shows_text (GTK_WIDGET (self.dialog), "Cancelled. Nothing was saved."));
  close_export (&self, TRUE);
}

static void
test_disc_full (void)
{
  Exporting self;
  struct rlimit usual, tight;

  choose ("comma", FALSE, TRUE);
  self = open_export (NULL, "everything", N_RECORDS);
  g_assert_cmpint (getrlimit (RLIMIT_FSIZE, &usual), ==, 0);
  tight = usual;
  tight.rlim_cur = 3 * 1024 * 1024;
  (void) signal (SIGXFSZ, SIG_IGN);
  g_assert_cmpint (setrlimit (RLIMIT_FSIZE, &tight), ==, 0);
  pn_export_dialog_save (self.dialog, self.path);
  wait_for_job ();
  g_assert_cmpint (setrlimit (RLIMIT_FSIZE, &usual), ==, 0);
  g_assert_cmpint (pn_job_get_state (get_job ()), ==, PN_JOB_FAILED);
  g_assert_cmpstr (pn_job_get_message (get_job ()), ==,
                   "There is no room for the file. Nothing was saved. Free up space, or choose "
                   "another place.");
  pn_test_settle ();
  g_assert_true (pn_test_shows_text (GTK_WIDGET (self.dialog), "There is no room for the file."));
  close_export (&self, FALSE);
}

static void
test_no_folder (void)
{
  Exporting self;
  g_autofree char *path = NULL;

  choose ("comma", FALSE, TRUE);
  self = open_export (PN_TEST_HOSTILE_BATCH, "everything", PN_TEST_N_HOSTILE);
  path = g_build_filename (self.folder, "no", "such", "folder", "file.csv", NULL);
  pn_export_dialog_save (self.dialog, path);
  wait_for_job ();
  g_assert_cmpint (pn_job_get_state (get_job ()), ==, PN_JOB_FAILED);
  g_assert_nonnull (strstr (pn_job_get_message (get_job ()), "Nothing was saved. Cannot write"));
  close_export (&self, FALSE);
}

static void
test_helper_gone_meanwhile (void)
{
  Exporting self;

  choose ("comma", FALSE, TRUE);
  self = open_export (NULL, "everything", N_RECORDS);
  pn_export_dialog_save (self.dialog, self.path);
  PN_TEST_WAIT_FOR (pn_job_get_done (get_job ()) > 0);
  kill_helper ();
  wait_for_job ();
  g_assert_cmpint (pn_job_get_state (get_job ()), ==, PN_JOB_FAILED);
  g_assert_nonnull (strstr (pn_job_get_message (get_job ()), "Nothing was saved. The records "
                                                             "could not be read"));
  close_export (&self, FALSE);
}

int
main (int argc, char **argv)
{
  g_autofree char *path = NULL;
  g_autoptr (GDBusConnection) bus = NULL;

  pn_test_init (&argc, &argv);
  path = g_strconcat (g_getenv ("PUNNET_BUILD_ROOT"), "/src/helper:", g_getenv ("PATH"), NULL);
  g_setenv ("PATH", path, TRUE);
  g_setenv ("TZ", "UTC", TRUE);
  pn_test_fill_records (N_RECORDS);
  bus = g_bus_get_sync (G_BUS_TYPE_SESSION, NULL, NULL);
  g_dbus_connection_add_filter (bus, count_query, NULL, NULL);
  g_test_add_func ("/records/scroll", test_scroll);
  g_test_add_func ("/records/sight", test_sight);
  g_test_add_func ("/records/sort", test_sort);
  g_test_add_func ("/records/detail", test_detail);
  g_test_add_func ("/records/columns", test_columns);
  g_test_add_func ("/records/chips", test_chips);
  g_test_add_func ("/records/search", test_search);
  g_test_add_func ("/records/time", test_time);
  g_test_add_func ("/records/narrow", test_narrow);
  g_test_add_func ("/records/helper-gone", test_helper_gone);
  g_test_add_func ("/export/spreadsheet", test_spreadsheet);
  g_test_add_func ("/export/plain", test_plain);
  g_test_add_func ("/export/json-lines", test_json_lines);
  g_test_add_func ("/export/classic", test_classic);
  g_test_add_func ("/export/secured", test_secured);
  g_test_add_func ("/export/large", test_large);
  g_test_add_func ("/export/which", test_which);
  g_test_add_func ("/export/cancel", test_cancel);
  g_test_add_func ("/export/disc-full", test_disc_full);
  g_test_add_func ("/export/no-folder", test_no_folder);
  g_test_add_func ("/export/helper-gone", test_helper_gone_meanwhile);
  return g_test_run ();
}
