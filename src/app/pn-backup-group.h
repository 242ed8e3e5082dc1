/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <adwaita.h>

G_BEGIN_DECLS

/* Settings: copies of the records. */
#define PN_TYPE_BACKUP_GROUP (pn_backup_group_get_type ())
G_DECLARE_FINAL_TYPE (PnBackupGroup, pn_backup_group, PN, BACKUP_GROUP, AdwPreferencesGroup)

G_END_DECLS
