/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <adwaita.h>

#include "pn-client-slot.h"

G_BEGIN_DECLS

/* One slot as a card. Property "slot". Enter shows the details, Space does what the main button
 * does, the menu key opens its menu. */
#define PN_TYPE_SLOT_CARD (pn_slot_card_get_type ())
G_DECLARE_FINAL_TYPE (PnSlotCard, pn_slot_card, PN, SLOT_CARD, AdwBin)

PnSlotCard *pn_slot_card_new (PnClientSlot *slot) G_GNUC_WARN_UNUSED_RESULT;
PnClientSlot *pn_slot_card_get_slot (PnSlotCard *self); /* (transfer none) */

G_END_DECLS
