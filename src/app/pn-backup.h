/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "pn-client.h"

G_BEGIN_DECLS

/* Copies of the station's records in a folder of the user's, at once and as often as the settings
 * "backup-folder" and "backup-interval" say, while the window runs: nobody is asked for a password
 * for those. Properties (notify): "going"; "problem", why the last one failed (translated; NULL =
 * it did not). When the last one was made is the setting "backup-last". */
#define PN_TYPE_BACKUP (pn_backup_get_type ())
G_DECLARE_FINAL_TYPE (PnBackup, pn_backup, PN, BACKUP, GObject)

PnBackup *pn_backup_new (GSettings *settings) G_GNUC_WARN_UNUSED_RESULT;
void pn_backup_set_client (PnBackup *self, PnClient *client); /* NULL = none whose records count */
/* @ask: a person may be asked for a password. */
void pn_backup_now (PnBackup *self, gboolean ask);
gboolean pn_backup_is_going (PnBackup *self);
const char *pn_backup_get_problem (PnBackup *self);

G_END_DECLS
