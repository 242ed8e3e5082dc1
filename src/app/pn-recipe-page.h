/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "pn-page.h"

G_BEGIN_DECLS

/* One recipe: what it does, its bundle, its revisions. Actions: recipe.edit, recipe.prepare,
 * recipe.rehearse, recipe.duplicate, recipe.retire. */
#define PN_TYPE_RECIPE_PAGE (pn_recipe_page_get_type ())
G_DECLARE_FINAL_TYPE (PnRecipePage, pn_recipe_page, PN, RECIPE_PAGE, PnPage)

PnPage *pn_recipe_page_new (const char *id);

G_END_DECLS
