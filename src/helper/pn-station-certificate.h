/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "pn-station.h"

G_BEGIN_DECLS

/* Connects CertifyRecord. */
void pn_station_certificate_connect (PnStation *station);

G_END_DECLS
