/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "pn-choice-row.h"

static gboolean
choice_to_row (GValue *value, GVariant *variant, gpointer nicks)
{
  const char *const *words = nicks;

  for (guint i = 0; words[i] != NULL; i++)
    if (g_str_equal (g_variant_get_string (variant, NULL), words[i]))
      {
        g_value_set_uint (value, i);
        return TRUE;
      }
  return FALSE;
}

static GVariant *
row_to_choice (const GValue *value, const GVariantType *type, gpointer nicks)
{
  const char *const *words = nicks;
  guint at = g_value_get_uint (value);

  return at < g_strv_length ((char **) words) ? g_variant_new_string (words[at]) : NULL;
}

void
pn_choice_row_bind (AdwComboRow *row,
                    GSettings *settings,
                    const char *key,
                    const char *const *nicks)
{
  g_settings_bind_with_mapping (settings, key, row, "selected", G_SETTINGS_BIND_DEFAULT,
                                choice_to_row, row_to_choice, (gpointer) nicks, NULL);
}
