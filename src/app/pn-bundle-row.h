/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <adwaita.h>

#include "pn-client.h"

G_BEGIN_DECLS

/* A bundle of the station's store: what it is for, and folded out, all that is known of it. Signal
 * "remove": somebody wants it gone. */
#define PN_TYPE_BUNDLE_ROW (pn_bundle_row_get_type ())
G_DECLARE_FINAL_TYPE (PnBundleRow, pn_bundle_row, PN, BUNDLE_ROW, AdwExpanderRow)

GtkWidget *pn_bundle_row_new (PnClientBundle *bundle);
PnClientBundle *pn_bundle_row_get_bundle (PnBundleRow *self); /* (transfer none) */

G_END_DECLS
