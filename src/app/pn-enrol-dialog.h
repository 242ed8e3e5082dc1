/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "pn-client.h"
#include "pn-dialog.h"

G_BEGIN_DECLS

/* Has the station trust a key's bundles: one that signed a bundle which is there, or one of a file.
 */
#define PN_TYPE_ENROL_DIALOG (pn_enrol_dialog_get_type ())
G_DECLARE_FINAL_TYPE (PnEnrolDialog, pn_enrol_dialog, PN, ENROL_DIALOG, PnDialog)

PnDialog *pn_enrol_dialog_new (PnClient *client) G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
