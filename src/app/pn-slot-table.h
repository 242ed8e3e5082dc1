/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <adwaita.h>

#include "pn-client-slot.h"

G_BEGIN_DECLS

/* Slots as rows of a table; Enter or a double click shows the details of one. */
#define PN_TYPE_SLOT_TABLE (pn_slot_table_get_type ())
G_DECLARE_FINAL_TYPE (PnSlotTable, pn_slot_table, PN, SLOT_TABLE, AdwBin)

void pn_slot_table_set_model (PnSlotTable *self, GListModel *slots);
/* FALSE where there is no such row. */
gboolean pn_slot_table_focus_slot (PnSlotTable *self, PnClientSlot *slot);

G_END_DECLS
