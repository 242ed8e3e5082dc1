/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "pn-recipe-summary.h"
#include "pn-window.h"

G_BEGIN_DECLS

/* The page before a revision is saved: what the recipe does, what is different, that all checks are
 * fine. */
#define PN_TYPE_RECIPE_REVIEW (pn_recipe_review_get_type ())
G_DECLARE_FINAL_TYPE (PnRecipeReview, pn_recipe_review, PN, RECIPE_REVIEW, PnPage)

/* Lays the page on the others. @base says nothing for a first revision. */
void pn_recipe_review_run_async (PnWindow *window,
                                 const char *id,
                                 const PnRecipeDraft *base,
                                 const PnRecipeDraft *draft,
                                 GAsyncReadyCallback callback,
                                 gpointer user_data);
/* The number of the new revision; 0 with @error, G_IO_ERROR_CANCELLED where the page was left. */
guint pn_recipe_review_finish (GAsyncResult *result, GError **error);

/* Rows for the plain words of @recipe, one group a heading: (element-type GtkWidget, full). */
GPtrArray *pn_recipe_make_summary_groups (const PnRecipe *recipe);

G_END_DECLS
