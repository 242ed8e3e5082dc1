/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "pn-client.h"

G_BEGIN_DECLS

/* Follows slots and batches. Property "count": how many slots want a person (failed, refused or
 * asking). Signals "ended" (PnClientSlot, PnCardState): a run there has just ended or asks for
 * somebody; "complete" (PnClientBatch): it has just got the last of its devices; "resting-changed":
 * one of the slots has begun to rest, or does not any more. */
#define PN_TYPE_ATTENTION (pn_attention_get_type ())
G_DECLARE_FINAL_TYPE (PnAttention, pn_attention, PN, ATTENTION, GObject)

PnAttention *pn_attention_new (void) G_GNUC_WARN_UNUSED_RESULT;
void pn_attention_set_client (PnAttention *self, PnClient *client); /* nullable */
guint pn_attention_get_count (PnAttention *self);
gboolean pn_card_state_wants_person (PnCardState state);

G_END_DECLS
