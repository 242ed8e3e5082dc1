/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "pn-station.h"

G_BEGIN_DECLS

/* Connects MergeRecords. */
void pn_station_merge_connect (PnStation *station);

G_END_DECLS
