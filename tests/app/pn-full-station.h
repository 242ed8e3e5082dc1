/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "pn-client-slot.h"
#include "pn-fake-helper.h"

G_BEGIN_DECLS

/* A station whose slots can be put into any state, over the contract's own skeletons: for states
 * that a real one reaches only by chance. It says what a real helper says in that state. */
typedef struct
{
  PnFakeHelper *helper;
  guint n_slots;
  PnDbusSlot **slots;
  PnDbusRun **runs; /* made with the slot; a slot has it once a state needs it */
  PnDbusBatch *batch;
} PnFullStation;

/* Slots are named "1-1.1" and so on and called "Slot 1" and so on; all are empty. */
PnFullStation *pn_full_station_new (guint n_slots);
void pn_full_station_free (PnFullStation *self);
/* @slot from 0. PN_CARD_STALLED and PN_CARD_LOST come only after the time that they need. */
void pn_full_station_show (PnFullStation *self, guint slot, PnCardState state);
/* Progress of a state that has any. */
void pn_full_station_progress (PnFullStation *self, guint slot, double fraction);

G_END_DECLS
