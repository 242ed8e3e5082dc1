/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The window's main thread never waits for anything: an image is imported, a bundle prepared,
 * records exported and eight devices run, with the real helper, while a thread asks the main loop
 * how it is. The figures are those of ./dev bench; the bound is only against real waiting. */
#include "config.h"

#include "pn-export-dialog.h"
#include "pn-import-dialog.h"
#include "pn-prepare-job.h"
#include "pn-records-page.h"
#include "pn-test-app.h"
#include "pn-test-records.h"
#include "pn-test-station.h"
#include "pn-watchdog.h"

/* Now and then the display itself gets no processor; that is not the window's doing. */
#ifdef __SANITIZE_ADDRESS__
#define BOUND_MS 1000
#else
#define BOUND_MS 250
#endif
#define BOUND_ONCE_MS (4 * BOUND_MS)
#define N_RECORDS 20000
#define N_DEVICES 8
#define PATIENCE_US (300 * G_USEC_PER_SEC)

static PnTestStation *station;
static PnWindow *window;
static char *recipe;

static PnClient *
get_client (void)
{
  return pn_app_get_client (pn_app_get_default ());
}

static GtkWidget *
find_dialog (GType type)
{
  GListModel *windows = gtk_window_get_toplevels ();

  for (guint i = 0; i < g_list_model_get_n_items (windows); i++)
    {
      g_autoptr (GtkWidget) dialog = g_list_model_get_item (windows, i);

      if (g_type_is_a (G_OBJECT_TYPE (dialog), type))
        return dialog; /* it is shown */
    }
  return NULL;
}

static PnJob *
get_job (void)
{
  g_autoptr (PnJob) job = g_list_model_get_item (pn_app_get_jobs (pn_app_get_default ()), 0);

  return job; /* the application keeps it */
}

static gboolean
job_has_ended (gpointer job)
{
  return !pn_job_is_going (job);
}

/* Turns the loop as an application does until it has @ended, and judges how it was. */
static void
watch (const char *what, gboolean (*ended) (gpointer data), gpointer data)
{
  gint64 end = g_get_monotonic_time () + PATIENCE_US;
  PnWatchdog *watchdog = pn_watchdog_start ();
  PnWatchdogResult result;

  while (!ended (data))
    {
      g_assert_cmpint (g_get_monotonic_time (), <, end);
      g_main_context_iteration (NULL, TRUE);
    }
  result = pn_watchdog_stop (watchdog);
  g_test_message ("%s: 99 %% of %u turns within %.1f ms, the longest %.1f ms", what, result.n,
                  result.usual, result.longest);
  g_assert_cmpuint (result.n, >, 10);
  g_assert_cmpfloat (result.third_longest, <, BOUND_MS);
  g_assert_cmpfloat (result.longest, <, BOUND_ONCE_MS);
}

/* The watchdog sees what it is there for. */
static void
test_watchdog (void)
{
  PnWatchdog *watchdog = pn_watchdog_start ();

  pn_test_settle ();
  g_usleep (2 * BOUND_MS * 1000);
  g_assert_cmpfloat (pn_watchdog_stop (watchdog).longest, >, BOUND_MS);
}

static void
test_import (void)
{
  g_autofree char *path = pn_test_station_get_input (station, "large.img");
  g_autoptr (GFile) file = g_file_new_for_path (path);
  GtkWidget *dialog, *button;

  pn_test_station_make_image (station, "large.img", 400);
  pn_window_open_files (window, &file, 1);
  PN_TEST_WAIT_FOR ((dialog = find_dialog (PN_TYPE_IMPORT_DIALOG)) != NULL);
  PN_TEST_WAIT_FOR ((button = pn_test_find_button (dialog, "Import")) != NULL &&
                    gtk_widget_is_sensitive (button));
  g_signal_emit_by_name (button, "clicked");
  PN_TEST_WAIT_FOR (get_job () != NULL);
  watch ("import", job_has_ended, get_job ());
  g_assert_cmpint (pn_job_get_state (get_job ()), ==, PN_JOB_SUCCEEDED);
}

static void
test_prepare (void)
{
  PnJob *job;

  pn_window_show_page (window, "recipes");
  job = pn_prepare_job_start (GTK_WIDGET (window), recipe, 1, "Desk Pi");
  watch ("prepare", job_has_ended, job);
  g_assert_cmpint (pn_job_get_state (job), ==, PN_JOB_SUCCEEDED);
}

static void
test_export (void)
{
  g_autofree char *path = pn_test_station_get_input (station, "records.csv");
  PnExportDialog *dialog;
  PnPage *page;

  pn_window_show_page (window, "records");
  page = pn_window_get_page (window, "records");
  PN_TEST_WAIT_FOR (g_str_equal (pn_records_page_get_shown (PN_RECORDS_PAGE (page)), "table"));
  gtk_widget_activate_action (GTK_WIDGET (page), "records.export", NULL);
  PN_TEST_WAIT_FOR ((dialog = PN_EXPORT_DIALOG (find_dialog (PN_TYPE_EXPORT_DIALOG))) != NULL);
  PN_TEST_WAIT_FOR (pn_export_dialog_get_count (dialog) == N_RECORDS);
  pn_export_dialog_save (dialog, path);
  watch ("export", job_has_ended, get_job ());
  g_assert_cmpint (pn_job_get_state (get_job ()), ==, PN_JOB_SUCCEEDED);
}

/* ---- devices ---- */

/* All passed; meanwhile each page is looked at in turn. */
static gboolean
have_all_passed (gpointer data)
{
  static const char *const pages[] = { "devices", "batches", "activity", "records", "devices" };
  guint *turns = data;
  guint n_passed = 0;

  for (guint i = 0; i < N_DEVICES; i++)
    {
      g_autofree char *name = g_strdup_printf ("smooth-%u", i);
      PnClientSlot *slot = pn_client_find_slot (get_client (), name);

      n_passed += slot != NULL && pn_client_slot_get_state (slot) == PN_CARD_PASSED;
    }
  if ((*turns)++ % 100 == 0)
    pn_window_show_page (window, pages[*turns / 100 % G_N_ELEMENTS (pages)]);
  return n_passed == N_DEVICES;
}

static void
test_devices (void)
{
  guint turns = 0;

  pn_test_open_batch ("smooth", 0, FALSE);
  pn_window_show_page (window, "devices");
  for (guint i = 0; i < N_DEVICES; i++)
    {
      g_autofree char *name = g_strdup_printf ("smooth-%u", i);
      g_autofree char *serial = g_strdup_printf ("100000004007%04x", 0x2f00 + i);

      pn_test_station_plug (station, name, serial, "--model", "cm5", "--storage", "emmc",
                            "--storage-size", "2G", "--fault", "write-delay=100000", NULL);
    }
  watch ("eight devices", have_all_passed, &turns);
}

int
main (int argc, char **argv)
{
  int status;

  pn_test_init (&argc, &argv);
  pn_test_fill_records (N_RECORDS);
  station = pn_test_station_new ();
  recipe = pn_test_station_add_recipe (station, "Desk Pi", "naked", "emmc", TRUE);
  window = pn_test_open_window (1180, 800);
  pn_app_start_helper (pn_app_get_default ());
  PN_TEST_WAIT_FOR (pn_client_get_state (get_client ()) == PN_CLIENT_READY);
  g_test_add_func ("/smooth/watchdog", test_watchdog);
  g_test_add_func ("/smooth/import", test_import);
  g_test_add_func ("/smooth/prepare", test_prepare);
  g_test_add_func ("/smooth/export", test_export);
  g_test_add_func ("/smooth/devices", test_devices);
  status = g_test_run ();
  pn_test_station_free (station);
  g_free (recipe);
  return status;
}
