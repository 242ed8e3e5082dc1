/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "pn-approval-text.h"

#include <glib/gi18n.h>

#include "pn-consent-fact.h"
#include "pn-format.h"
#include "pn-override.h"
#include "pn-phase.h"
#include "pn-recipe-field.h"
#include "pn-second-person.h"

static const struct
{
  const char *word, *label;
} words[] = {
  { "enrol", N_ ("Bundles that this key signed are trusted") },
  { "remove", N_ ("Bundles that this key signed are not trusted any more") },
  { "enrolled-only", N_ ("Only bundles that an enrolled key signed are taken") },
  { "any-bundle", N_ ("Bundles are taken whatever key signed them") },
  { "once", N_ ("Until a run with it has passed") },
  { "lasting", N_ ("Until it is cleared") },
};

static char *
word_to_text (const char *name, const char *word)
{
  PnOverrideKind kind;
  PnMode mode;
  PnChip chip;

  if (g_str_equal (name, "chip") && pn_chip_from_word (word, &chip))
    return g_strdup (pn_chip_to_label (chip));
  if (g_str_equal (name, "mode") && pn_mode_from_word (word, &mode))
    return g_strdup (pn_mode_to_label (mode));
  if (g_str_equal (name, "kind") && pn_override_kind_from_word (word, &kind))
    return g_strdup (_ (pn_override_kind_to_label (kind)));
  if (g_str_equal (name, "fingerprint") && word[0] != '\0')
    return pn_format_fingerprint (word);
  if (g_str_equal (name, "slots") && word[0] == '\0')
    return g_strdup (_ ("every slot"));
  for (guint i = 0; i < G_N_ELEMENTS (words); i++)
    if ((g_str_equal (name, "action") || g_str_equal (name, "duration")) &&
        g_str_equal (words[i].word, word))
      return g_strdup (_ (words[i].label));
  return g_strdup (word);
}

char *
pn_approval_list_to_text (const char *name, const char *const *all, const char *separator)
{
  g_autoptr (GStrvBuilder) lines = g_strv_builder_new ();
  g_auto (GStrv) list = NULL;

  for (guint i = 0; all[i] != NULL; i++)
    {
      PnSecondPerson kind;

      if (g_str_equal (name, "permanent"))
        g_strv_builder_add (lines, pn_consent_fact_get_title (all[i]));
      else if (pn_second_person_from_word (all[i], &kind))
        g_strv_builder_add (lines, _ (pn_second_person_to_label (kind)));
      else
        g_strv_builder_add (lines, all[i]);
    }
  if (all[0] == NULL)
    g_strv_builder_add (lines, C_ ("second person", "Nothing"));
  list = g_strv_builder_end (lines);
  return g_strjoinv (separator, list);
}

char *
pn_approval_value_to_text (GVariant *values, const char *name)
{
  g_autoptr (GVariant) value = g_variant_lookup_value (values, name, NULL);

  if (value != NULL && g_variant_is_of_type (value, G_VARIANT_TYPE_STRING))
    return word_to_text (name, g_variant_get_string (value, NULL));
  if (value != NULL && g_variant_is_of_type (value, G_VARIANT_TYPE_STRING_ARRAY))
    {
      g_autofree const char **all = g_variant_get_strv (value, NULL);

      return pn_approval_list_to_text (name, all, "\n");
    }
  return pn_second_person_value_to_text (values, name);
}
