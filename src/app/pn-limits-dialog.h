/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "pn-client.h"
#include "pn-dialog.h"

G_BEGIN_DECLS

/* How many bundles a station keeps, and how large they may be. */
#define PN_TYPE_LIMITS_DIALOG (pn_limits_dialog_get_type ())
G_DECLARE_FINAL_TYPE (PnLimitsDialog, pn_limits_dialog, PN, LIMITS_DIALOG, PnDialog)

PnDialog *pn_limits_dialog_new (PnClient *client) G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
