/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <adwaita.h>

G_BEGIN_DECLS

/* Records in columns, the result first. A click on a header orders them: signal "sorted" (const
 * char *column, gboolean ascending). Signal "activated" (guint position). */
#define PN_TYPE_RECORD_TABLE (pn_record_table_get_type ())
G_DECLARE_FINAL_TYPE (PnRecordTable, pn_record_table, PN, RECORD_TABLE, AdwBin)

/* @columns besides the result, NULL-terminated; unknown ones are ignored. */
void pn_record_table_set_columns (PnRecordTable *self, const char *const *columns);
/* Of PnRecordRow; NULL = none, then nothing is asked for. */
void pn_record_table_set_model (PnRecordTable *self, GtkSelectionModel *model);
/* As a click on the header would. */
void pn_record_table_sort (PnRecordTable *self, const char *column, gboolean ascending);
GtkColumnView *pn_record_table_get_view (PnRecordTable *self); /* (transfer none) */

G_END_DECLS
