/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <adwaita.h>

#include "pn-client.h"
#include "pn-record-filter.h"

G_BEGIN_DECLS

/* Chips for the result, with counts that the helper is asked for, and under one button the
 * days, the batch, the model, the image and the key. */
#define PN_TYPE_RECORD_FILTER_BAR (pn_record_filter_bar_get_type ())
G_DECLARE_FINAL_TYPE (PnRecordFilterBar, pn_record_filter_bar, PN, RECORD_FILTER_BAR, AdwBin)

void pn_record_filter_bar_set_filter (PnRecordFilterBar *self, PnRecordFilter *filter);
void pn_record_filter_bar_set_client (PnRecordFilterBar *self, PnClient *client);
/* Every filter off, the controls with it. */
void pn_record_filter_bar_clear (PnRecordFilterBar *self);

G_END_DECLS
