/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <adwaita.h>

#include "pn-client.h"
#include "pn-record-filter.h"

G_BEGIN_DECLS

/* Chooses what a filter wants of one column: a value that stands in the records, and for some
 * columns any that is typed. What no record has cannot be chosen from. */
#define PN_TYPE_VALUE_CHIP (pn_value_chip_get_type ())
G_DECLARE_FINAL_TYPE (PnValueChip, pn_value_chip, PN, VALUE_CHIP, AdwBin)

GtkWidget *pn_value_chip_new (PnRecordFilterColumn column);
void pn_value_chip_set_filter (PnValueChip *self, PnRecordFilter *filter);
void pn_value_chip_set_client (PnValueChip *self, PnClient *client); /* whose records */
gboolean pn_value_chip_is_chosen (PnValueChip *self);
/* The value as it is shown, or that all of them are. */
const char *pn_value_chip_get_text (PnValueChip *self);

G_END_DECLS
