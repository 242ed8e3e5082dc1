/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gio/gio.h>

#include "pn-recipe-draft.h"

G_BEGIN_DECLS

/* Judges a recipe while it is written: once nothing has changed for 300 ms, every field, the name
 * and the files that it names, in a thread. Signal "checked" when a result is there. */
#define PN_TYPE_RECIPE_CHECKER (pn_recipe_checker_get_type ())
G_DECLARE_FINAL_TYPE (PnRecipeChecker, pn_recipe_checker, PN, RECIPE_CHECKER, GObject)

PnRecipeChecker *pn_recipe_checker_new (void) G_GNUC_WARN_UNUSED_RESULT;
/* @id (nullable): the recipe's own, so that its name is not taken for another's. @at_once: without
 * the rest. */
void pn_recipe_checker_set (PnRecipeChecker *self,
                            const PnRecipeDraft *draft,
                            const char *id,
                            gboolean at_once);
gboolean pn_recipe_checker_is_busy (PnRecipeChecker *self);
/* Sentences of the last result, or NULL: what is wrong, and what was found in a file. */
const char *pn_recipe_checker_get_problem (PnRecipeChecker *self, PnRecipeField field);
const char *pn_recipe_checker_get_remark (PnRecipeChecker *self, PnRecipeField field);
/* The fingerprint of the key in the file, hexadecimal; NULL = not known without its passphrase. */
const char *pn_recipe_checker_get_fingerprint (PnRecipeChecker *self);
/* The hash of a hook's script that the recipe has not frozen yet, hexadecimal; or NULL. */
const char *pn_recipe_checker_get_hash (PnRecipeChecker *self, PnHookStage stage);
/* FALSE where nothing is wrong. */
gboolean pn_recipe_checker_get_first (PnRecipeChecker *self, PnRecipeField *field);

G_END_DECLS
