/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <adwaita.h>

#include "pn-client-slot.h"

G_BEGIN_DECLS

/* A slot in the settings: its name to edit, its port, whether it is used. */
#define PN_TYPE_SLOT_ROW (pn_slot_row_get_type ())
G_DECLARE_FINAL_TYPE (PnSlotRow, pn_slot_row, PN, SLOT_ROW, AdwEntryRow)

GtkWidget *pn_slot_row_new (PnClientSlot *slot);

G_END_DECLS
