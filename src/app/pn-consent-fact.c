/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "pn-consent-fact.h"

#include <glib/gi18n.h>

typedef struct
{
  const char *word, *title, *consequence, *before, *after;
} Fact;

static const Fact facts[] = {
  { "customer-key", N_ ("Lock to the signing key"),
    N_ ("From now on only your signed software starts. Losing the key means no new software, "
        "ever."),
    N_ ("Starts anything"), N_ ("Your software only") },
  { "jtag-lock", N_ ("Close the debug port (JTAG)"),
    N_ ("Maker support cannot examine the chip afterwards."), N_ ("Open"), N_ ("Closed") },
  { "device-key", N_ ("Create a device identity"),
    N_ ("The device makes its own key once and keeps it. Harmless for later use."), N_ ("None"),
    N_ ("Own key") },
  { "rpiboot-gpio", N_ ("Choose the pin for USB boot"),
    N_ ("Connected to ground, this pin always starts USB boot: without it the locked device could "
        "not be set up again."),
    N_ ("Any or none"), N_ ("That pin") },
};

/* What is said of a word that is not in the table. */
static const Fact unknown = { "", NULL, N_ ("A permanent change that this version cannot explain."),
                              NULL, NULL };

static const Fact *
find (const char *word)
{
  for (guint i = 0; i < G_N_ELEMENTS (facts); i++)
    if (g_str_equal (word, facts[i].word))
      return &facts[i];
  return &unknown;
}

const char *
pn_consent_fact_get_title (const char *word)
{
  const Fact *fact = find (word);

  return fact->title != NULL ? _ (fact->title) : word;
}

const char *
pn_consent_fact_get_consequence (const char *word)
{
  return _ (find (word)->consequence);
}

const char *
pn_consent_fact_get_before (const char *word)
{
  const Fact *fact = find (word);

  return fact->before != NULL ? _ (fact->before) : "";
}

const char *
pn_consent_fact_get_after (const char *word)
{
  const Fact *fact = find (word);

  return fact->after != NULL ? _ (fact->after) : "";
}
