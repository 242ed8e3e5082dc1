/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <adwaita.h>

#include "pn-record-filter.h"

G_BEGIN_DECLS

/* Chooses the days of a filter: today, the last days, or from one day to another. */
#define PN_TYPE_DATE_CHIP (pn_date_chip_get_type ())
G_DECLARE_FINAL_TYPE (PnDateChip, pn_date_chip, PN, DATE_CHIP, AdwBin)

void pn_date_chip_set_filter (PnDateChip *self, PnRecordFilter *filter);
/* Back to any time; the filter is not told. */
void pn_date_chip_reset (PnDateChip *self);
gboolean pn_date_chip_is_chosen (PnDateChip *self);
/* The days as they are shown, or that it is any. */
const char *pn_date_chip_get_text (PnDateChip *self);

G_END_DECLS
