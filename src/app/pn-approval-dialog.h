/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "pn-client.h"
#include "pn-dialog.h"

G_BEGIN_DECLS

/* What waits for a second person, with exactly its values. Who asked sees how long it waits still
 * and can withdraw it; anybody else can approve or refuse it. To close it answers nothing. Its own
 * request closes it when it is over; of another's it says so. */
#define PN_TYPE_APPROVAL_DIALOG (pn_approval_dialog_get_type ())
G_DECLARE_FINAL_TYPE (PnApprovalDialog, pn_approval_dialog, PN, APPROVAL_DIALOG, PnDialog)

PnDialog *pn_approval_dialog_new (PnClient *client, PnClientApproval *approval);
PnClientApproval *pn_approval_dialog_get_approval (PnApprovalDialog *self); /* (transfer none) */

G_END_DECLS
