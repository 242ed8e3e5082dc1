/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "pn-page.h"
#include "pn-record-filter.h"
#include "pn-record-list.h"

G_BEGIN_DECLS

/* What was made: every run's record, a page of them at a time from the helper; filters, order,
 * columns, export. */
#define PN_TYPE_RECORDS_PAGE (pn_records_page_get_type ())
G_DECLARE_FINAL_TYPE (PnRecordsPage, pn_records_page, PN, RECORDS_PAGE, PnPage)

PnRecordFilter *pn_records_page_get_filter (PnRecordsPage *self);       /* (transfer none) */
GtkSelectionModel *pn_records_page_get_selection (PnRecordsPage *self); /* (transfer none) */
/* "empty", "gone", "connecting", "none" (nothing fits the filters), "table" or "lines". */
const char *pn_records_page_get_shown (PnRecordsPage *self);

G_END_DECLS
