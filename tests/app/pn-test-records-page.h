/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "pn-records-page.h"
#include "pn-window.h"

G_BEGIN_DECLS

/* What tests of the Records page share. */

/* The window with every one of the @n_records, the newest first. */
PnWindow *pn_test_records_open (guint n_records);
PnRecordsPage *pn_test_records_get_page (PnWindow *window);
GListModel *pn_test_records_get_rows (PnWindow *window); /* of PnRecordRow */
guint pn_test_records_count (PnWindow *window);
gboolean pn_test_records_is_loaded (PnWindow *window, guint position);
gboolean
pn_test_records_row_has (PnWindow *window, guint position, const char *column, const char *text);

G_END_DECLS
