/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* What a batch does with a device that has passed with its bundle before. */
typedef enum
{
  PN_DONE_ASK,   /* refuses it until a person says, for that device, to do it again */
  PN_DONE_SKIP,  /* refuses it, and wants nobody */
  PN_DONE_AGAIN, /* provisions it all the same */
} PnDonePolicy;
#define PN_N_DONE_POLICIES (PN_DONE_AGAIN + 1)

/* Under this name a run that met such a device keeps the word of what was done. */
#define PN_DONE_EVIDENCE "done-before"

/* "skip": on the bus, in records and on the command line. */
const char *pn_done_policy_to_word (PnDonePolicy policy);
gboolean pn_done_policy_from_word (const char *word, PnDonePolicy *policy);
/* As a choice on the screen, untranslated (marked for translation). */
const char *pn_done_policy_to_label (PnDonePolicy policy);

G_END_DECLS
