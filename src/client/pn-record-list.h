/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "pn-client.h"
#include "pn-record-column.h"
#include "pn-record-format.h"

G_BEGIN_DECLS

/* One record: a row of QueryRecords. A row that has not arrived yet is there with no values and
 * says so. */
#define PN_TYPE_RECORD_ROW (pn_record_row_get_type ())
G_DECLARE_FINAL_TYPE (PnRecordRow, pn_record_row, PN, RECORD_ROW, GObject)
/* Properties (notify): "loaded"; "values" (a{sv} or NULL). */
gboolean pn_record_row_is_loaded (PnRecordRow *self);
GVariant *pn_record_row_get_values (PnRecordRow *self); /* (transfer none) or NULL */
/* For people, by the column's kind (times local): never NULL. (transfer full) */
char *pn_record_row_format (PnRecordRow *self, const char *column);
/* or NULL; good until the values are others */
const char *pn_record_row_get_text (PnRecordRow *self, const char *column);
gint64 pn_record_row_get_number (PnRecordRow *self, const char *column); /* 0 = none */

/* A GListModel of PnRecordRow over the helper's records: only the pages that are looked at (100
 * rows each) are asked for, and at most 40 pages are kept. Follows "record-count". Properties:
 * "loading". */
#define PN_TYPE_RECORD_LIST (pn_record_list_get_type ())
G_DECLARE_FINAL_TYPE (PnRecordList, pn_record_list, PN, RECORD_LIST, GObject)
PnRecordList *pn_record_list_new (PnClient *client) G_GNUC_WARN_UNUSED_RESULT;
/* Options as of QueryRecords ("text", "verdicts", "batch", "since", "until", "sort", "ascending");
 * floating taken; NULL = everything, the newest first. */
void pn_record_list_set_query (PnRecordList *self, GVariant *options);
GVariant *pn_record_list_get_query (PnRecordList *self); /* (transfer none) a{sv} */

G_END_DECLS
