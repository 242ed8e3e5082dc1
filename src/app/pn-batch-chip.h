/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <adwaita.h>

#include "pn-record-filter.h"

G_BEGIN_DECLS

/* Chooses the batch of a filter: one that the helper knows, or any by its reference. */
#define PN_TYPE_BATCH_CHIP (pn_batch_chip_get_type ())
G_DECLARE_FINAL_TYPE (PnBatchChip, pn_batch_chip, PN, BATCH_CHIP, AdwBin)

void pn_batch_chip_set_filter (PnBatchChip *self, PnRecordFilter *filter);
/* @batches: of PnClientBatch. */
void pn_batch_chip_set_batches (PnBatchChip *self, GListModel *batches);

G_END_DECLS
