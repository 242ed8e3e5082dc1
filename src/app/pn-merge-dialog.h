/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "pn-client.h"
#include "pn-dialog.h"

G_BEGIN_DECLS

/* Takes over the records of other stations: first says of each file what would be, then does it. */
#define PN_TYPE_MERGE_DIALOG (pn_merge_dialog_get_type ())
G_DECLARE_FINAL_TYPE (PnMergeDialog, pn_merge_dialog, PN, MERGE_DIALOG, PnDialog)

PnDialog *pn_merge_dialog_new (PnClient *client) G_GNUC_WARN_UNUSED_RESULT;
void pn_merge_dialog_add (PnMergeDialog *self, const char *path); /* one that is there is left */

G_END_DECLS
