/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <adwaita.h>

#include "pn-record-list.h"

G_BEGIN_DECLS

#define PN_RECORD_CELL_UNLOADED .35 /* opacity of what has not arrived yet */

/* One column of one record; the result with its symbol. What has not arrived yet is a quiet “…”. */
#define PN_TYPE_RECORD_CELL (pn_record_cell_get_type ())
G_DECLARE_FINAL_TYPE (PnRecordCell, pn_record_cell, PN, RECORD_CELL, AdwBin)

GtkWidget *pn_record_cell_new (const char *column);
void pn_record_cell_set_row (PnRecordCell *self, PnRecordRow *row); /* NULL = none */
/* It is seen: until now it was as it had been before it got its row. */
void pn_record_cell_show (PnRecordCell *self);

G_END_DECLS
