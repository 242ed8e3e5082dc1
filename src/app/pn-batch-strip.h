/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <adwaita.h>

#include "pn-client.h"

G_BEGIN_DECLS

/* How far the open batch is, in one line. Properties: "client", "batch" (the newest that is open;
 * NULL: it hides), "title" (the batch's recipe and reference), "narrow" (only the count and the
 * bar). */
#define PN_TYPE_BATCH_STRIP (pn_batch_strip_get_type ())
G_DECLARE_FINAL_TYPE (PnBatchStrip, pn_batch_strip, PN, BATCH_STRIP, AdwBin)

PnClientBatch *pn_batch_strip_get_batch (PnBatchStrip *self); /* (transfer none) or NULL */

G_END_DECLS
