/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "pn-recipe-store.h"

G_BEGIN_DECLS

struct _PnRecipeStore
{
  char *recipes; /* absolute */
  char *bundles;
};

/* The path of a file of a recipe; NULL unless @id is one. */
char *pn_recipe_store_path (PnRecipeStore *self, const char *id, const char *file, GError **error);
char *pn_recipe_store_revision_path (
    PnRecipeStore *self, const char *id, guint revision, const char *suffix, GError **error);

G_END_DECLS
