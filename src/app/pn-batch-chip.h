/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <adwaita.h>

#include "pn-client.h"
#include "pn-record-filter.h"

G_BEGIN_DECLS

/* Chooses the batch of a filter: one that records were made in, or any by its reference. */
#define PN_TYPE_BATCH_CHIP (pn_batch_chip_get_type ())
G_DECLARE_FINAL_TYPE (PnBatchChip, pn_batch_chip, PN, BATCH_CHIP, AdwBin)

void pn_batch_chip_set_filter (PnBatchChip *self, PnRecordFilter *filter);
void pn_batch_chip_set_client (PnBatchChip *self, PnClient *client); /* whose records */

G_END_DECLS
