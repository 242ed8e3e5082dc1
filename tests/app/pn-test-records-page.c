/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "pn-test-records-page.h"

#include "pn-test-app.h"

PnRecordsPage *
pn_test_records_get_page (PnWindow *window)
{
  return PN_RECORDS_PAGE (pn_window_get_page (window, "records"));
}

GListModel *
pn_test_records_get_rows (PnWindow *window)
{
  return G_LIST_MODEL (pn_records_page_get_selection (pn_test_records_get_page (window)));
}

gboolean
pn_test_records_is_loaded (PnWindow *window, guint position)
{
  g_autoptr (PnRecordRow) row = g_list_model_get_item (pn_test_records_get_rows (window), position);

  return row != NULL && pn_record_row_is_loaded (row);
}

gboolean
pn_test_records_row_has (PnWindow *window, guint position, const char *column, const char *text)
{
  g_autoptr (PnRecordRow) row = g_list_model_get_item (pn_test_records_get_rows (window), position);

  return row != NULL && pn_record_row_is_loaded (row) &&
         g_strcmp0 (pn_record_row_get_text (row, column), text) == 0;
}

guint
pn_test_records_count (PnWindow *window)
{
  return g_list_model_get_n_items (pn_test_records_get_rows (window));
}

PnWindow *
pn_test_records_open (guint n_records)
{
  PnWindow *window = pn_test_open_window (1180, 800);
  PnClient *client = pn_app_get_client (pn_app_get_default ());

  if (pn_client_get_state (client) != PN_CLIENT_READY)
    pn_app_start_helper (pn_app_get_default ());
  pn_window_show_page (window, "records");
  PN_TEST_WAIT_FOR (pn_test_records_count (window) == n_records &&
                    pn_test_records_is_loaded (window, 0));
  /* Records may be there before the window has its width. */
  PN_TEST_WAIT_FOR (
      g_str_equal (pn_records_page_get_shown (pn_test_records_get_page (window)), "table"));
  pn_test_settle ();
  return window;
}
