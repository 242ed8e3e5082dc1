/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "pn-second-person.h"

#include <glib/gi18n-lib.h>

#include "pn-error.h"

static const struct
{
  PnSecondPerson one;
  const char *word, *label;
} kinds[] = {
  { PN_SECOND_PERSON_BURN, "burn", N_ ("Change devices for ever") },
  { PN_SECOND_PERSON_TRUST, "trust", N_ ("Change whose bundles the station takes") },
  { PN_SECOND_PERSON_OVERRIDE, "override", N_ ("Decide something else for one device") },
  { PN_SECOND_PERSON_RULE, "rule", N_ ("Ask for a second person less often") },
};

/* What it is about comes first. */
static const PnSecondPersonValue shown[] = {
  { "action", N_ ("What is done") },
  { "name", N_ ("Name") },
  { "kind", N_ ("Override") },
  { "serial", N_ ("Serial number") },
  { "slot", N_ ("Slot") },
  { "duration", N_ ("How long") },
  { "reason", N_ ("Why") },
  { "from", N_ ("Needs a second person now") },
  { "to", N_ ("Would need one") },
  { "permanent", N_ ("Becomes permanent") },
  { "count", N_ ("Devices at most") },
  { "fingerprint", N_ ("Signing key") },
  { "recipe", N_ ("Recipe") },
  { "reference", N_ ("Reference") },
  { "slots", N_ ("Slots") },
  { "chip", N_ ("Devices") },
  { "mode", N_ ("Protection") },
  { "image", N_ ("Image") },
  { "bundle", N_ ("Bundle") },
  { NULL, NULL },
};

const char *
pn_second_person_to_word (PnSecondPerson one)
{
  for (guint i = 0; i < G_N_ELEMENTS (kinds); i++)
    if (kinds[i].one == one)
      return kinds[i].word;
  return "";
}

gboolean
pn_second_person_from_word (const char *word, PnSecondPerson *one)
{
  for (guint i = 0; word != NULL && i < G_N_ELEMENTS (kinds); i++)
    if (g_str_equal (kinds[i].word, word))
      {
        *one = kinds[i].one;
        return TRUE;
      }
  return FALSE;
}

const char *
pn_second_person_to_label (PnSecondPerson one)
{
  for (guint i = 0; i < G_N_ELEMENTS (kinds); i++)
    if (kinds[i].one == one)
      return kinds[i].label;
  return "";
}

const char **
pn_second_person_to_words (guint set)
{
  const char **words = g_new0 (const char *, G_N_ELEMENTS (kinds) + 1);
  guint n = 0;

  for (guint i = 0; i < G_N_ELEMENTS (kinds); i++)
    if ((set & PN_SECOND_PERSON_ALL & kinds[i].one) != 0)
      words[n++] = kinds[i].word;
  return words;
}

gboolean
pn_second_person_from_words (const char *const *words, guint *set, GError **error)
{
  guint all = 0;
  PnSecondPerson one;

  for (guint i = 0; words[i] != NULL; i++)
    {
      if (!pn_second_person_from_word (words[i], &one) || (one & PN_SECOND_PERSON_ALL & ~all) == 0)
        return pn_set_error (
            error, PN_ERROR_INVALID_ARGUMENT,
            "A second person can be wanted for burn, trust and override, each once, "
            "and not for “%s”",
            words[i]);
      all |= one;
    }
  *set = all;
  return TRUE;
}

/* ---- what is shown ---- */

const PnSecondPersonValue *
pn_second_person_values (void)
{
  return shown;
}

char *
pn_second_person_value_to_text (GVariant *values, const char *name)
{
  g_autoptr (GVariant) value = g_variant_lookup_value (values, name, NULL);

  if (value != NULL && g_variant_is_of_type (value, G_VARIANT_TYPE_STRING))
    return g_variant_dup_string (value, NULL);
  if (value != NULL && g_variant_is_of_type (value, G_VARIANT_TYPE_UINT32))
    return g_strdup_printf ("%u", g_variant_get_uint32 (value));
  if (value != NULL && g_variant_is_of_type (value, G_VARIANT_TYPE_STRING_ARRAY))
    {
      g_autofree const char **words = g_variant_get_strv (value, NULL);

      return words[0] != NULL ? g_strjoinv (", ", (GStrv) words) : g_strdup ("–");
    }
  return g_strdup ("");
}
