/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "pn-client-slot.h"

G_BEGIN_DECLS

/* All that a card's state follows from. */
typedef struct
{
  const char *slot_state; /* the word that the helper says of the slot; NULL = none */
  gboolean present;       /* on the bus */
  gint64 absent;          /* µs since it left the bus, where it is not present */
  gboolean has_run;       /* what is below is of a run */
  PnVerdict verdict;
  PnCondition condition;
  PnPhase phase;
  gboolean done_before; /* refused since it is done; a person may want it again */
  gboolean skipped;     /* the same, and the batch wants none of them */
  gboolean do_not_disconnect;
  gboolean instructed; /* a person has something to do */
  gboolean all_sent;   /* every byte of the phase is acknowledged */
  gint64 still;        /* µs since anything moved */
} PnCardFacts;

/* Pure. @change: in how many µs the state would be another one if nothing but time went on; -1 =
 * never. */
PnCardState pn_card_state_derive (const PnCardFacts *facts, gint64 *change);

G_END_DECLS
