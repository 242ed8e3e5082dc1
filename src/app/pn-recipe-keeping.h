/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "pn-recipe-store.h"

G_BEGIN_DECLS

/* What the recipe editor has of the user's store, without waiting for it. */

/* Keeps @draft (copied) as the draft of the recipe @id; NULL: of a new one. Result: its id. */
void pn_recipe_keep_async (const char *id,
                           PnRecipeDraft *draft,
                           GAsyncReadyCallback callback,
                           gpointer user_data);
char *pn_recipe_keep_finish (GAsyncResult *result, GError **error);

/* Forgets the draft of @id; NULL: there is none. */
void pn_recipe_discard_async (const char *id, GAsyncReadyCallback callback, gpointer user_data);

/* The newest revision of @id, or what a new recipe says by itself, and the draft, which is a copy
 * of it where none was kept. @firmware: the folder that a new recipe's files are looked for in. */
void pn_recipe_load_async (const char *id,
                           const char *firmware,
                           GAsyncReadyCallback callback,
                           gpointer user_data);
gboolean pn_recipe_load_finish (GAsyncResult *result,
                                PnRecipeDraft **base,
                                PnRecipeDraft **draft,
                                GError **error);

G_END_DECLS
