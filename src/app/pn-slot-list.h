/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "pn-card-look.h"

G_BEGIN_DECLS

/* The slots that the Devices page shows: those in use, chosen by group and by what is searched for,
 * in slot order or those first that want a person; and those not in use. It follows what happens in
 * them. Signals "counts-changed" and "slot-changed" (PnClientSlot: its state is another one). */
#define PN_TYPE_SLOT_LIST (pn_slot_list_get_type ())
G_DECLARE_FINAL_TYPE (PnSlotList, pn_slot_list, PN, SLOT_LIST, GObject)

PnSlotList *pn_slot_list_new (void) G_GNUC_WARN_UNUSED_RESULT;
void pn_slot_list_set_slots (PnSlotList *self, GListModel *slots); /* nullable */
void pn_slot_list_set_group (PnSlotList *self, PnCardGroup group);
PnCardGroup pn_slot_list_get_group (PnSlotList *self);
/* In serial, MAC, slot's name or label, identity code; in any case. */
void pn_slot_list_set_search (PnSlotList *self, const char *text);
void pn_slot_list_set_needs_you_first (PnSlotList *self, gboolean first);

GListModel *pn_slot_list_get_shown (PnSlotList *self);  /* (transfer none) */
GListModel *pn_slot_list_get_unused (PnSlotList *self); /* (transfer none) */
guint pn_slot_list_get_count (PnSlotList *self, PnCardGroup group);
/* The @n-th slot in use, from 0, whatever is shown; (transfer full) or NULL. */
PnClientSlot *pn_slot_list_get_nth (PnSlotList *self, guint n);

G_END_DECLS
