/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "pn-client.h"
#include "pn-dialog.h"

G_BEGIN_DECLS

/* The move from rpi-sb-provisioner: shows what becomes of each thing that it has, does it at the
 * press of one button, and shows how it went. @root: where its files lie, "/" for this machine. */
#define PN_TYPE_MIGRATE_DIALOG (pn_migrate_dialog_get_type ())
G_DECLARE_FINAL_TYPE (PnMigrateDialog, pn_migrate_dialog, PN, MIGRATE_DIALOG, PnDialog)

PnDialog *pn_migrate_dialog_new (PnClient *client, const char *root) G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
