/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <adwaita.h>

#include "pn-import-item.h"

G_BEGIN_DECLS

/* A file of the import dialog, with its fields. Properties "item" and "removable". Signal
 * "removed": the person does not want it. */
#define PN_TYPE_IMPORT_ROW (pn_import_row_get_type ())
G_DECLARE_FINAL_TYPE (PnImportRow, pn_import_row, PN, IMPORT_ROW, AdwExpanderRow)

GtkWidget *pn_import_row_new (PnImportItem *item);

G_END_DECLS
