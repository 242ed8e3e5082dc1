/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "pn-client.h"
#include "pn-dialog.h"

G_BEGIN_DECLS

/* “Press to identify”: asks for anything to be plugged into a socket, then for the slot's name. */
#define PN_TYPE_IDENTIFY_DIALOG (pn_identify_dialog_get_type ())
G_DECLARE_FINAL_TYPE (PnIdentifyDialog, pn_identify_dialog, PN, IDENTIFY_DIALOG, PnDialog)

PnDialog *pn_identify_dialog_new (PnClient *client) G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
