/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "pn-recipe.h"

int LLVMFuzzerTestOneInput (const guint8 *data, gsize size);

int
LLVMFuzzerTestOneInput (const guint8 *data, gsize size)
{
  g_autoptr (GBytes) bytes = g_bytes_new (data, size);
  g_autoptr (GError) error = NULL;
  g_autoptr (PnRecipe) recipe = pn_recipe_parse (bytes, "/recipes", &error);

  g_assert_true ((recipe == NULL) == (error != NULL));
  if (recipe != NULL)
    {
      g_autoptr (GBytes) text = pn_recipe_to_text (recipe);
      g_autoptr (PnRecipe) again = pn_recipe_parse (text, "/elsewhere", NULL);
      g_autoptr (GBytes) text_again = again != NULL ? pn_recipe_to_text (again) : NULL;

      g_assert_nonnull (again);
      g_assert_true (g_bytes_equal (text, text_again));
    }
  if (recipe != NULL)
    g_assert_true (g_path_is_absolute (recipe->image));
  return 0;
}
