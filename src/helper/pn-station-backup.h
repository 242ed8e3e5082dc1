/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "pn-station.h"

G_BEGIN_DECLS

/* Connects BackupRecords, and keeps today's copy of the records in the state folder. */
void pn_station_backup_connect (PnStation *station);
/* A record was added: a day that has no copy yet gets one. */
void pn_station_backup_keep (PnStation *station);

G_END_DECLS
