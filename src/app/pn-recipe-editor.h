/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "pn-page.h"
#include "pn-recipe-draft.h"

G_BEGIN_DECLS

/* The page on which a recipe is written. What is changed is kept as the recipe's draft until it is
 * saved as a revision or discarded. Actions: editor.save, editor.discard, editor.go-to-problem. */
#define PN_TYPE_RECIPE_EDITOR (pn_recipe_editor_get_type ())
G_DECLARE_FINAL_TYPE (PnRecipeEditor, pn_recipe_editor, PN, RECIPE_EDITOR, PnPage)

/* @id NULL = a new recipe. */
PnPage *pn_recipe_editor_new (const char *id);
gboolean pn_recipe_editor_is_loaded (PnRecipeEditor *self);
const PnRecipeDraft *pn_recipe_editor_get_draft (PnRecipeEditor *self);
/* As somebody who changes the field's row. */
void pn_recipe_editor_set (PnRecipeEditor *self, PnRecipeField field, const char *value);

G_END_DECLS
