/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Whether 100,000 records scroll smoothly, with a real helper that has them: at the pace of
 * somebody who reads, of a fling and of a scroll bar that is pulled through all of them. What is
 * measured is the window's main thread, as in bench-cards. bench-records [SECONDS]. Not a test. */
#include "config.h"

#include "pn-frame-meter.h"
#include "pn-record-table.h"
#include "pn-records-page.h"
#include "pn-test-app.h"
#include "pn-test-records.h"

#define N_RECORDS 100000
#define WARM_UP_MS 1000

static const struct
{
  const char *what;
  double rows; /* of each frame */
} paces[] = {
  { "100,000 records, 3 rows a frame", 3 },
  { "100,000 records, 30 rows a frame", 30 },
  { "100,000 records, 300 rows a frame", 300 },
};

static double step; /* pixels */

static gboolean
move_cb (GtkWidget *table, GdkFrameClock *clock, gpointer user_data)
{
  GtkAdjustment *place = user_data;
  double end = gtk_adjustment_get_upper (place) - gtk_adjustment_get_page_size (place);
  double next = gtk_adjustment_get_value (place) + step;

  gtk_adjustment_set_value (place, next >= end ? 0 : next);
  return G_SOURCE_CONTINUE;
}

int
main (int argc, char **argv)
{
  guint64 seconds = 10;
  PnWindow *window;
  PnRecordsPage *page;
  GtkWidget *table;
  GtkAdjustment *place;

  pn_test_init (&argc, &argv);
  if (argc > 1 && !g_ascii_string_to_unsigned (argv[1], 10, 1, 1000, &seconds, NULL))
    g_error ("not a number from 1 to 1000: %s", argv[1]);
  pn_test_fill_records (N_RECORDS);
  window = pn_test_open_window (1180, 800);
  pn_app_start_helper (pn_app_get_default ());
  pn_window_show_page (window, "records");
  page = PN_RECORDS_PAGE (pn_window_get_page (window, "records"));
  PN_TEST_WAIT_FOR (
      g_list_model_get_n_items (G_LIST_MODEL (pn_records_page_get_selection (page))) == N_RECORDS &&
      g_str_equal (pn_records_page_get_shown (page), "table"));
  pn_frame_meter_run (WARM_UP_MS);
  table = pn_test_find (GTK_WIDGET (page), PN_TYPE_RECORD_TABLE, NULL, NULL);
  place = gtk_scrolled_window_get_vadjustment (
      GTK_SCROLLED_WINDOW (adw_bin_get_child (ADW_BIN (table))));
  gtk_widget_add_tick_callback (table, move_cb, place, NULL);
  for (guint i = 0; i < G_N_ELEMENTS (paces); i++)
    {
      step = paces[i].rows * gtk_adjustment_get_upper (place) / N_RECORDS;
      pn_frame_meter_start (GTK_WIDGET (window));
      pn_frame_meter_run ((guint) seconds * 1000);
      pn_frame_meter_stop (paces[i].what);
    }
  return 0;
}
