/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "pn-client.h"
#include "pn-dialog.h"
#include "pn-export-form.h"
#include "pn-record-filter.h"

G_BEGIN_DECLS

/* Chooses which records, how they look in a file, and where; shows how the file will look. */
#define PN_TYPE_EXPORT_DIALOG (pn_export_dialog_get_type ())
G_DECLARE_FINAL_TYPE (PnExportDialog, pn_export_dialog, PN, EXPORT_DIALOG, PnDialog)

/* @selected: the records that are selected (a{sv}), or NULL. */
PnExportDialog *
pn_export_dialog_new (PnClient *client, PnRecordFilter *filter, GPtrArray *selected);
/* What the file chooser does once somebody has chosen. */
void pn_export_dialog_save (PnExportDialog *self, const char *path);
gint64 pn_export_dialog_get_count (PnExportDialog *self); /* -1 = not known yet */

G_END_DECLS
