/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Records that go to others and come from them: certificates of several at once, and the records of
 * another station, with a real helper. */
#include "config.h"

#include <glib/gstdio.h>

#include "pn-certificate-save.h"
#include "pn-csv.h"
#include "pn-io.h"
#include "pn-merge-dialog.h"
#include "pn-merge-row.h"
#include "pn-records-page.h"
#include "pn-test-app.h"
#include "pn-test-records-page.h"
#include "pn-test-records.h"

#define N_RECORDS 200

/* NULL while it is not shown. */
static GtkWidget *
find_button (GtkWidget *page)
{
  GtkWidget *button = pn_test_find_button (page, "Save certificates…");

  return button != NULL && gtk_widget_get_mapped (button) ? button : NULL;
}

/* Of several at once: those that did not pass have none. */
static void
test_certificates (void)
{
  PnWindow *window = pn_test_records_open (N_RECORDS);
  GtkWidget *page = GTK_WIDGET (pn_test_records_get_page (window));
  GtkSelectionModel *selection = pn_records_page_get_selection (PN_RECORDS_PAGE (page));
  g_autofree char *folder = g_dir_make_tmp ("punnet-certificate-XXXXXX", NULL);
  g_autofree char *text =
      g_strdup_printf ("4 certificates saved in %s. 1 run did not pass at this station", folder);
  g_autoptr (GArray) records = g_array_new (FALSE, FALSE, sizeof (gint64));

  g_assert_null (find_button (page));
  (void) gtk_selection_model_select_range (selection, 3, 2, TRUE);
  PN_TEST_WAIT_FOR (find_button (page) != NULL);
  g_assert_true (gtk_widget_is_sensitive (find_button (page)));
  for (gint64 number = 81; number <= 85; number++) /* 83 failed */
    g_array_append_val (records, number);
  pn_certificate_save (page, pn_app_get_client (pn_app_get_default ()), records, folder);
  PN_TEST_WAIT_FOR (pn_test_shows_text (GTK_WIDGET (window), text));
  pn_remove_folder (folder);
  pn_test_close_window (window);
}

/* ---- another station's ---- */

static void
queried_cb (GObject *source, GAsyncResult *result, gpointer rows)
{
  *(GVariant **) rows = pn_client_query_records_finish (PN_CLIENT (source), result, NULL);
}

/* Of the newest @n records of this station, as JSON lines; the first said something else, the last
 * ran at another time. (transfer full): the file */
static char *
make_others (guint n)
{
  const char *const *columns = pn_record_columns ();
  g_autoptr (GString) text = g_string_new (NULL);
  g_autoptr (GVariant) rows = NULL;
  char *path = g_build_filename (g_get_tmp_dir (), "punnet-others-XXXXXX.jsonl", NULL);
  g_auto (PnFd) fd = g_mkstemp (path);

  pn_client_query_records_async (pn_app_get_client (pn_app_get_default ()), PN_TEST_N_HOSTILE, n,
                                 NULL, NULL, queried_cb, &rows);
  PN_TEST_WAIT_FOR (rows != NULL);
  for (guint i = 0; i < n; i++)
    {
      g_autoptr (GVariant) row = g_variant_get_child_value (rows, i);
      g_autoptr (GVariantDict) changed = g_variant_dict_new (row);
      gint64 started = 0;
      g_autoptr (GVariant) line = NULL;

      (void) g_variant_lookup (row, "started", "x", &started);
      if (i == 0)
        g_variant_dict_insert (changed, "message", "s", "Somebody else says so");
      if (i == n - 1)
        g_variant_dict_insert (changed, "started", "x", started - 7 * G_TIME_SPAN_DAY);
      line = g_variant_ref_sink (g_variant_dict_end (changed));
      pn_csv_append_json_line (text, columns, line);
    }
  g_assert_true (pn_write_all (fd, text->str, text->len, NULL));
  return path;
}

static PnMergeDialog *
open_merge (GtkWidget *page)
{
  GListModel *windows = gtk_window_get_toplevels ();

  g_assert_true (gtk_widget_activate_action (page, "records.merge", NULL));
  for (guint i = 0; i < g_list_model_get_n_items (windows); i++)
    {
      g_autoptr (GtkWidget) one = g_list_model_get_item (windows, i);

      if (PN_IS_MERGE_DIALOG (one))
        return PN_MERGE_DIALOG (one); /* it is shown */
    }
  return NULL;
}

/* First what would be, then it is done; what is here stays. */
static void
test_merge (void)
{
  PnWindow *window = pn_test_records_open (N_RECORDS);
  GtkWidget *page = GTK_WIDGET (pn_test_records_get_page (window));
  g_autofree char *path = make_others (5);
  PnMergeDialog *dialog = open_merge (page);
  GtkWidget *take = pn_test_find_button (GTK_WIDGET (dialog), "Take over");

  g_assert_false (gtk_widget_get_sensitive (take));
  pn_merge_dialog_add (dialog, path);
  PN_TEST_WAIT_FOR (pn_test_shows_text (GTK_WIDGET (dialog), "1 new, 3 the same, 1 different"));
  g_assert_true (pn_test_shows_text (GTK_WIDGET (dialog), "1 record would be taken over."));
  g_assert_cmpuint (pn_test_records_count (window), ==, N_RECORDS);
  gtk_widget_activate (take);
  PN_TEST_WAIT_FOR (pn_test_shows_text (GTK_WIDGET (dialog), "1 record taken over."));
  PN_TEST_WAIT_FOR (pn_test_records_count (window) == N_RECORDS + 1);
  adw_expander_row_set_expanded (
      ADW_EXPANDER_ROW (pn_test_find (GTK_WIDGET (dialog), PN_TYPE_MERGE_ROW, NULL, NULL)), TRUE);
  PN_TEST_WAIT_FOR (pn_test_shows_text (GTK_WIDGET (dialog), "which stays as it is."));
  gtk_window_close (GTK_WINDOW (dialog));
  pn_test_change_records ("DELETE FROM records WHERE id > " G_STRINGIFY (N_RECORDS));
  g_assert_cmpint (g_unlink (path), ==, 0);
  pn_test_close_window (window);
}

/* Files that come together are looked at one after the other: none of them is told to wait. */
static void
test_merge_several (void)
{
  static const char *const wanted[] = { "1 new, 3 the same, 1 different",
                                        "1 new, 1 the same, 1 different", "nothing was merged",
                                        "1 new, 0 the same, 1 different" };
  PnWindow *window = pn_test_records_open (N_RECORDS);
  GtkWidget *page = GTK_WIDGET (pn_test_records_get_page (window));
  g_autofree char *damaged = g_build_filename (g_get_tmp_dir (), "punnet-others-XXXXXX", NULL);
  g_auto (PnFd) fd = g_mkstemp (damaged);
  g_autofree char *first = make_others (5);
  g_autofree char *second = make_others (3);
  g_autofree char *last = make_others (2);
  const char *const paths[] = { first, second, damaged, last };
  PnMergeDialog *dialog = open_merge (page);

  g_assert_true (pn_write_all (fd, "{}\n", 3, NULL));
  for (guint i = 0; i < G_N_ELEMENTS (paths); i++)
    pn_merge_dialog_add (dialog, paths[i]);
  for (guint i = 0; i < G_N_ELEMENTS (wanted); i++)
    PN_TEST_WAIT_FOR (pn_test_shows_text (GTK_WIDGET (dialog), wanted[i]));
  g_assert_true (pn_test_shows_text (GTK_WIDGET (dialog), "3 records would be taken over."));
  gtk_window_close (GTK_WINDOW (dialog));
  for (guint i = 0; i < G_N_ELEMENTS (paths); i++)
    g_assert_cmpint (g_unlink (paths[i]), ==, 0);
  pn_test_close_window (window);
}

int
main (int argc, char **argv)
{
  g_autofree char *path = NULL;

  pn_test_init (&argc, &argv);
  path = g_strconcat (g_getenv ("PUNNET_BUILD_ROOT"), "/src/helper:", g_getenv ("PATH"), NULL);
  g_setenv ("PATH", path, TRUE);
  pn_test_fill_records (N_RECORDS);
  g_test_add_func ("/records-others/certificates", test_certificates);
  g_test_add_func ("/records-others/merge", test_merge);
  g_test_add_func ("/records-others/merge-several", test_merge_several);
  return g_test_run ();
}
