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
    g_assert_true (g_path_is_absolute (recipe->image));
  return 0;
}
