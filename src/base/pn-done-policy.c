/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "pn-done-policy.h"

#include <glib/gi18n-lib.h>

static const struct
{
  const char *word, *label;
} policies[] = {
  [PN_DONE_ASK] = { "ask", N_ ("Ask on the card") },
  [PN_DONE_SKIP] = { "skip", N_ ("Skip them") },
  [PN_DONE_AGAIN] = { "again", N_ ("Provision them again") },
};
G_STATIC_ASSERT (G_N_ELEMENTS (policies) == PN_N_DONE_POLICIES);

const char *
pn_done_policy_to_word (PnDonePolicy policy)
{
  return policies[policy].word;
}

gboolean
pn_done_policy_from_word (const char *word, PnDonePolicy *policy)
{
  for (guint i = 0; word != NULL && i < G_N_ELEMENTS (policies); i++)
    if (g_str_equal (policies[i].word, word))
      {
        *policy = (PnDonePolicy) i;
        return TRUE;
      }
  return FALSE;
}

const char *
pn_done_policy_to_label (PnDonePolicy policy)
{
  return policies[policy].label;
}
