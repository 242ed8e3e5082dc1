/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "pn-client-slot.h"

G_BEGIN_DECLS

/* The chips above the cards, in their order. */
typedef enum
{
  PN_CARD_GROUP_ALL,
  PN_CARD_GROUP_WORKING,
  PN_CARD_GROUP_NEEDS_YOU,
  PN_CARD_GROUP_PASSED,
  PN_CARD_GROUP_FAILED,
  PN_CARD_GROUP_WAITING,
} PnCardGroup;
#define PN_N_CARD_GROUPS (PN_CARD_GROUP_WAITING + 1)

typedef enum
{
  PN_CARD_BUTTON_NONE,
  PN_CARD_BUTTON_START,
  PN_CARD_BUTTON_STOP,
  PN_CARD_BUTTON_TRY_AGAIN,
  PN_CARD_BUTTON_INSPECT_AGAIN,
  PN_CARD_BUTTON_DETAILS,
  PN_CARD_BUTTON_USE,
  PN_CARD_BUTTON_USE_AGAIN,
  PN_CARD_BUTTON_DO_AGAIN,
  PN_N_CARD_BUTTONS,
} PnCardButton;

/* How one state looks and is said: the one table of them (user-interface.md §4.2). */
typedef struct
{
  PnCardState state;
  const char *word;  /* not translated yet; context "card" */
  const char *icon;  /* each state's own */
  const char *style; /* class of the card: frame and colours */
  PnCardGroup group; /* ALL = in no other */
  gboolean moving;   /* its phase is going on */
  PnCardButton main, second;
  /* One or two plain sentences. (transfer full) */
  char *(*sentence) (PnClientSlot *slot);
} PnCardLook;

const PnCardLook *pn_card_look (PnCardState state);
const char *pn_card_look_word (PnCardState state);      /* translated */
const char *pn_card_group_label (PnCardGroup group);    /* translated */
const char *pn_card_button_label (PnCardButton button); /* translated; NULL for none */
const char *pn_card_button_action (PnCardButton button);

const char *pn_phase_label (PnPhase phase); /* translated: "Lock & firmware" */
/* "Write · 6 of 8", or "All 8 phases" where it passed. (transfer full) */
char *pn_card_phase_text (PnClientRun *run);
/* What the run said at its end, and what became of the device. (transfer full) */
char *pn_card_end_text (PnClientRun *run);
/* The sentence of the state. (transfer full) */
char *pn_card_sentence (PnClientSlot *slot);
/* What is said of a card as a whole: “Slot 4, Compute Module 5, Writing system, 62 %, 41 s left”.
 * (transfer full) */
char *pn_card_describe (PnClientSlot *slot);

G_END_DECLS
