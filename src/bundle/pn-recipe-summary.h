/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "pn-recipe.h"

G_BEGIN_DECLS

/* What a recipe does to a device, in plain words. Looks up only what the image is called. */
typedef struct
{
  gboolean does; /* “Each device will: …”; else the mark says under which heading it stands */
  PnPermanence permanence;
  char *text; /* translated, without a full stop */
} PnSummaryLine;

/* (element-type PnSummaryLine), in the order in which they are read. */
GPtrArray *pn_recipe_summary (const PnRecipe *recipe);

typedef struct
{
  PnRecipeField field;
  char *before, *after; /* words on screen; "" = nothing was said */
} PnRecipeChange;

/* (element-type PnRecipeChange) what @after says otherwise than @before, but for the revision. */
GPtrArray *pn_recipe_differences (const PnRecipeDraft *before, const PnRecipeDraft *after);

G_END_DECLS
