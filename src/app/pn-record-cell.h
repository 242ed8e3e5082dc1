/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <adwaita.h>

#include "pn-record-list.h"

G_BEGIN_DECLS

/* One column of one record; the result with its symbol. What has not arrived yet is a quiet “…”. */
#define PN_TYPE_RECORD_CELL (pn_record_cell_get_type ())
G_DECLARE_FINAL_TYPE (PnRecordCell, pn_record_cell, PN, RECORD_CELL, AdwBin)

GtkWidget *pn_record_cell_new (const char *column);
void pn_record_cell_set_row (PnRecordCell *self, PnRecordRow *row); /* NULL = none */

/* Gives @widget the colour of the row's verdict, and its symbol if it is an image; none while the
 * row is not loaded. */
void pn_record_cell_show_verdict (GtkWidget *widget, PnRecordRow *row);

G_END_DECLS
