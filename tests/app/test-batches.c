/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Batches against the real helper: a new one, the ready-to-burn page, devices to the end. */
#include "config.h"

#include <string.h>

#include "pn-batch-page.h"
#include "pn-batch-plan.h"
#include "pn-batch-row.h"
#include "pn-consent-page.h"
#include "pn-new-batch-page.h"
#include "pn-recipe-store.h"
#include "pn-test-app.h"
#include "pn-test-station.h"

static PnTestStation *station;

static PnClient *
get_client (void)
{
  return pn_app_get_client (pn_app_get_default ());
}

static PnWindow *
open_ready (void)
{
  PnWindow *window = pn_test_open_window (1100, 800);

  PN_TEST_WAIT_FOR (pn_client_get_state (get_client ()) == PN_CLIENT_READY);
  pn_window_show_page (window, "batches");
  pn_test_settle ();
  return window;
}

static gboolean
is_title (GtkWidget *widget, gpointer title)
{
  return g_strcmp0 (adw_preferences_row_get_title (ADW_PREFERENCES_ROW (widget)), title) == 0;
}

static GtkWidget *
find_row (PnWindow *window, GType type, const char *title)
{
  return pn_test_find (GTK_WIDGET (window), type, is_title, (gpointer) title);
}

static void
choose_recipe (PnWindow *window, const char *title)
{
  AdwComboRow *row = ADW_COMBO_ROW (find_row (window, ADW_TYPE_COMBO_ROW, "Recipe"));
  GListModel *plans;

  PN_TEST_WAIT_FOR ((plans = adw_combo_row_get_model (row)) != NULL &&
                    g_list_model_get_n_items (plans) >= 2);
  for (guint i = 0; i < g_list_model_get_n_items (plans); i++)
    {
      g_autoptr (PnBatchPlan) plan = g_list_model_get_item (plans, i);

      if (g_str_has_prefix (pn_batch_plan_get_title (plan), title))
        adw_combo_row_set_selected (row, i);
    }
  pn_test_settle ();
}

static void
open_new (PnWindow *window, const char *reference, const char *recipe)
{
  gtk_widget_activate_action (GTK_WIDGET (pn_window_get_visible_page (window)), "batches.new",
                              NULL);
  g_assert_true (PN_IS_NEW_BATCH_PAGE (pn_window_get_visible_page (window)));
  PN_TEST_WAIT_FOR (find_row (window, ADW_TYPE_ENTRY_ROW, "Reference") != NULL &&
                    gtk_widget_get_mapped (find_row (window, ADW_TYPE_ENTRY_ROW, "Reference")));
  choose_recipe (window, recipe);
  gtk_editable_set_text (GTK_EDITABLE (find_row (window, ADW_TYPE_ENTRY_ROW, "Reference")),
                         reference);
  pn_test_settle ();
}

static PnClientBatch *
find_batch (const char *reference)
{
  GListModel *batches = pn_client_get_batches (get_client ());

  for (guint i = 0; i < g_list_model_get_n_items (batches); i++)
    {
      g_autoptr (PnClientBatch) batch = g_list_model_get_item (batches, i);

      if (g_str_equal (pn_client_batch_get_reference (batch), reference))
        return batch; /* the list holds it */
    }
  return NULL;
}

static gboolean
is_entry_of_groups (GtkWidget *widget, gpointer data)
{
  return gtk_widget_has_css_class (widget, "fp");
}

/* Nothing permanent: no consent page, and its checks while typing. */
static void
test_plain (void)
{
  PnWindow *window = open_ready ();
  GtkWidget *button;

  open_new (window, "", "Desk Pi");
  button = pn_test_find_button (GTK_WIDGET (window), "Open the batch");
  g_assert_nonnull (button);
  g_assert_false (gtk_widget_get_sensitive (button));
  gtk_editable_set_text (GTK_EDITABLE (find_row (window, ADW_TYPE_ENTRY_ROW, "Reference")),
                         "desk-1");
  g_assert_true (gtk_widget_get_sensitive (button));
  g_signal_emit_by_name (button, "clicked");
  PN_TEST_WAIT_FOR (find_batch ("desk-1") != NULL);
  g_assert_cmpstr (pn_client_batch_get_fingerprint (find_batch ("desk-1")), ==, "");
  /* The same reference again is refused while it is typed. */
  pn_window_show_page (window, "batches");
  open_new (window, "desk-1", "Desk Pi");
  g_assert_true (pn_test_shows_text (GTK_WIDGET (window), "There is a batch with this reference."));
  g_assert_false (
      gtk_widget_get_sensitive (pn_test_find_button (GTK_WIDGET (window), "Open the batch")));
  pn_client_batch_close_async (find_batch ("desk-1"), NULL, NULL, NULL);
  PN_TEST_WAIT_FOR (pn_client_batch_get_closed (find_batch ("desk-1")));
  pn_test_close_window (window);
}

/* The page that names what becomes permanent: armed only with the right last group. */
static void
test_consent (void)
{
  PnWindow *window = open_ready ();
  GtkWidget *arm, *entry;
  g_autofree char *last = NULL;
  PnClientBatch *batch;

  open_new (window, "gate-1", "Gate controller");
  g_signal_emit_by_name (pn_test_find_button (GTK_WIDGET (window), "Check and arm…"), "clicked");
  g_assert_true (PN_IS_CONSENT_PAGE (pn_window_get_visible_page (window)));
  PN_TEST_WAIT_FOR (pn_test_shows_text (GTK_WIDGET (window), "7 of 7 checks passed"));
  g_assert_true (pn_test_shows_text (GTK_WIDGET (window), "Lock to the signing key"));
  g_assert_true (pn_test_shows_text (GTK_WIDGET (window), "Create a device identity"));
  arm = pn_test_find_button (GTK_WIDGET (window), "Arm the slots");
  entry = pn_test_find (GTK_WIDGET (window), GTK_TYPE_ENTRY, is_entry_of_groups, NULL);
  g_assert_nonnull (arm);
  g_assert_nonnull (entry);
  g_assert_false (gtk_widget_get_sensitive (arm));
  gtk_editable_set_text (GTK_EDITABLE (entry), "00000000");
  g_assert_false (gtk_widget_get_sensitive (arm));
  g_assert_true (pn_test_shows_text (GTK_WIDGET (window), "Is it the right key?"));
  last = pn_test_station_get_fingerprint_end (station);
  gtk_editable_set_text (GTK_EDITABLE (entry), last);
  g_assert_true (gtk_widget_get_sensitive (arm));
  /* Enter does not press it. */
  g_signal_emit_by_name (entry, "activate");
  pn_test_settle ();
  g_assert_null (find_batch ("gate-1"));
  g_signal_emit_by_name (arm, "clicked");
  PN_TEST_WAIT_FOR ((batch = find_batch ("gate-1")) != NULL);
  g_assert_true (g_str_has_suffix (pn_client_batch_get_fingerprint (batch), last));
  g_assert_cmpuint (pn_client_batch_get_count (batch), ==, 1);

  /* A second batch for the same slots goes no further. */
  pn_window_show_page (window, "batches");
  open_new (window, "gate-2", "Gate controller");
  g_assert_true (
      pn_test_shows_text (GTK_WIDGET (window), "The batch ‘gate-1’ has slots of this one"));
  g_assert_false (
      gtk_widget_get_sensitive (pn_test_find_button (GTK_WIDGET (window), "Check and arm…")));
  pn_test_close_window (window);
}

/* The page names the scripts that will run, and what they may do. */
static void
test_consent_hooks (void)
{
  PnWindow *window = open_ready ();

  pn_test_station_set_hooks (station, TRUE);
  g_free (pn_test_station_add_recipe (station, "Labelled", "secure-boot", "nvme", TRUE));
  pn_test_station_set_hooks (station, FALSE);
  open_new (window, "label-1", "Labelled");
  g_signal_emit_by_name (pn_test_find_button (GTK_WIDGET (window), "Check and arm…"), "clicked");
  PN_TEST_WAIT_FOR (pn_test_shows_text (GTK_WIDGET (window), "7 of 7 checks passed"));
  g_assert_true (pn_test_shows_text (GTK_WIDGET (window), "Scripts that run for each device"));
  g_assert_true (pn_test_shows_text (GTK_WIDGET (window), "Before writing (provision-started)"));
  g_assert_true (pn_test_shows_text (GTK_WIDGET (window),
                                     "9ab8fabc8c72 – no network – nothing that it writes stays"));
  g_assert_true (pn_test_shows_text (
      GTK_WIDGET (window), "6f0b09090a52 – may use the network – may write to /srv/labels"));
  pn_test_close_window (window);
}

/* A bundle that was altered, and one that was not rehearsed: nothing can be armed. */
static void
test_failed_checks (void)
{
  PnWindow *window = open_ready ();
  g_autofree char *id =
      pn_test_station_add_recipe (station, "Altered", "secure-boot", "nvme", FALSE);
  g_autoptr (PnRecipeStore) store = pn_recipe_store_new (NULL, NULL);
  g_autoptr (PnRecipeBundle) bundle = pn_recipe_store_get_bundle (store, id, 1, NULL);
  g_autofree char *path = g_build_filename (bundle->folder, "gadget.img", NULL);
  g_autoptr (GFile) file = g_file_new_for_path (path);
  g_autoptr (GFileIOStream) stream = g_file_open_readwrite (file, NULL, NULL);

  g_assert_nonnull (stream);
  g_assert_true (g_seekable_seek (G_SEEKABLE (stream), 4096, G_SEEK_SET, NULL, NULL));
  g_assert_true (g_output_stream_write_all (g_io_stream_get_output_stream (G_IO_STREAM (stream)),
                                            "?", 1, NULL, NULL, NULL));
  g_assert_true (g_io_stream_close (G_IO_STREAM (stream), NULL, NULL));
  open_new (window, "gate-3", "Altered");
  g_signal_emit_by_name (pn_test_find_button (GTK_WIDGET (window), "Check and arm…"), "clicked");
  PN_TEST_WAIT_FOR (pn_test_shows_text (GTK_WIDGET (window), "5 checks failed"));
  g_assert_true (pn_test_shows_text (GTK_WIDGET (window), "gadget.img"));
  g_assert_true (pn_test_shows_text (GTK_WIDGET (window), "has not passed a rehearsal"));
  pn_test_close_window (window);
}

static gboolean
is_pause (GtkWidget *widget, gpointer data)
{
  const char *tooltip = gtk_widget_get_tooltip_text (widget);

  return gtk_widget_get_mapped (widget) && tooltip != NULL &&
         (g_str_has_prefix (tooltip, "Pause:") || g_str_has_prefix (tooltip, "Resume:"));
}

static void
press_pause (PnWindow *window)
{
  g_signal_emit_by_name (pn_test_find (GTK_WIDGET (window), GTK_TYPE_BUTTON, is_pause, NULL),
                         "clicked");
}

/* A device through the batch; the page counts, pauses and closes. */
static void
test_run (void)
{
  PnWindow *window = open_ready ();
  PnClientBatch *batch = find_batch ("gate-1");
  PnPage *page = pn_batch_page_new (batch);

  pn_window_push (window, page);
  pn_test_settle ();
  g_assert_true (pn_test_shows_text (GTK_WIDGET (window), "of 1 passed"));
  press_pause (window);
  PN_TEST_WAIT_FOR (pn_client_batch_get_paused (batch));
  g_assert_true (pn_test_shows_text (GTK_WIDGET (window), "Paused"));
  pn_test_station_plug (station, "bench-1", "1000000040072f11", "--model", "cm5", "--storage",
                        "emmc", "--storage-size", "2G", NULL);
  PN_TEST_WAIT_FOR (pn_client_find_slot (get_client (), "bench-1") != NULL &&
                    pn_client_slot_get_state (pn_client_find_slot (get_client (), "bench-1")) ==
                        PN_CARD_HELD);
  press_pause (window);
  PN_TEST_WAIT_FOR (pn_client_batch_get_passed (batch) == 1);
  pn_test_settle ();
  g_assert_true (pn_test_shows_text (GTK_WIDGET (window), "Complete"));
  g_assert_true (pn_test_shows_text (GTK_WIDGET (window), "100 %"));
  g_assert_cmpint (pn_batch_get_look (batch), ==, PN_BATCH_COMPLETE);
  /* What was said of the run is on the Activity page, with its slot. */
  pn_window_show_page (window, "activity");
  PN_TEST_WAIT_FOR (pn_test_shows_text (GTK_WIDGET (window), "bench-1: "));
  pn_test_station_pull (station, "bench-1");
  pn_test_close_window (window);
}

/* The helper goes and comes back: the page says so and fills again. */
static void
test_helper_gone (void)
{
  PnWindow *window = open_ready ();

  pn_test_station_kill_helper (station);
  PN_TEST_WAIT_FOR (pn_client_get_state (get_client ()) == PN_CLIENT_ABSENT);
  pn_test_settle ();
  g_assert_true (pn_test_shows_text (GTK_WIDGET (window), "The service is not running"));
  pn_test_station_start_helper (station);
  PN_TEST_WAIT_FOR (pn_client_get_state (get_client ()) == PN_CLIENT_READY);
  pn_test_settle ();
  g_assert_true (pn_test_shows_text (GTK_WIDGET (window), "No batch is open"));
  pn_test_close_window (window);
}

int
main (int argc, char **argv)
{
  int status;

  pn_test_init (&argc, &argv);
  station = pn_test_station_new ();
  g_free (pn_test_station_add_recipe (station, "Gate controller", "secure-boot", "emmc", TRUE));
  g_free (pn_test_station_add_recipe (station, "Desk Pi", "naked", "emmc", FALSE));
  pn_test_station_start_helper (station);
  g_test_add_func ("/batches/plain", test_plain);
  g_test_add_func ("/batches/consent-hooks", test_consent_hooks);
  g_test_add_func ("/batches/consent", test_consent);
  g_test_add_func ("/batches/run", test_run);
  g_test_add_func ("/batches/failed-checks", test_failed_checks);
  g_test_add_func ("/batches/helper-gone", test_helper_gone);
  status = g_test_run ();
  pn_test_station_free (station);
  return status;
}
