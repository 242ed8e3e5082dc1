/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "pn-recipe-item.h"

G_BEGIN_DECLS

/* A GListModel of PnRecipeItem that follows the store, also what other programs do there. Property
 * "loaded" (it has been read once); signal "changed" after each reading. */
#define PN_TYPE_RECIPE_LIST (pn_recipe_list_get_type ())
G_DECLARE_FINAL_TYPE (PnRecipeList, pn_recipe_list, PN, RECIPE_LIST, GObject)

/* The one list of the window; it is made with the first call and goes with the last reference. */
PnRecipeList *pn_recipe_list_get (void) G_GNUC_WARN_UNUSED_RESULT;
gboolean pn_recipe_list_is_loaded (PnRecipeList *self);
PnRecipeItem *pn_recipe_list_find (PnRecipeList *self, const char *id); /* (transfer none) */
/* Reads the store now, and not only when its monitor has noticed. */
void pn_recipe_list_refresh (PnRecipeList *self);

G_END_DECLS
