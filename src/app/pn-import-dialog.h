/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "pn-dialog.h"

G_BEGIN_DECLS

/* Which files are imported, and under which names. Looks at each file before anything is copied.
 * Signal "import" (PnJob): one that it put into the library's queue. */
#define PN_TYPE_IMPORT_DIALOG (pn_import_dialog_get_type ())
G_DECLARE_FINAL_TYPE (PnImportDialog, pn_import_dialog, PN, IMPORT_DIALOG, PnDialog)

PnImportDialog *pn_import_dialog_new (void) G_GNUC_WARN_UNUSED_RESULT;
/* Files that are there already are not added again. */
void pn_import_dialog_add (PnImportDialog *self, const char *const *paths);

G_END_DECLS
