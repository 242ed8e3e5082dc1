/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "pn-client.h"
#include "pn-dialog.h"

G_BEGIN_DECLS

/* Decides something for the device in a slot, or for whatever comes into it while the device has
 * not said its serial number: what, for how long, and why. What counts already stands below, to be
 * cleared. */
#define PN_TYPE_OVERRIDE_DIALOG (pn_override_dialog_get_type ())
G_DECLARE_FINAL_TYPE (PnOverrideDialog, pn_override_dialog, PN, OVERRIDE_DIALOG, PnDialog)

PnDialog *pn_override_dialog_new (PnClient *client, PnClientSlot *slot) G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
