/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "pn-station.h"

G_BEGIN_DECLS

/* The bundle store on the bus. Main thread only. */
void pn_bundles_connect (PnStation *station);
/* A GSourceFunc: shows what is in the store, as it is now. */
gboolean pn_bundles_show_cb (gpointer station);
/* pn-bundle-rules.c: what may be taken in. */
void pn_bundle_rules_connect (PnStation *station);
void pn_bundle_rules_show (PnStation *station);
/* Nothing more is taken in. */
void pn_bundles_end_all (PnStation *station);

G_END_DECLS
