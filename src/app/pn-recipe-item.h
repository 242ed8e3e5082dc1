/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gio/gio.h>

#include "pn-recipe-store.h"

G_BEGIN_DECLS

typedef enum
{
  PN_RECIPE_STATE_DRAFT,     /* never saved */
  PN_RECIPE_STATE_SAVED,     /* but not prepared */
  PN_RECIPE_STATE_PREPARED,  /* there is a bundle */
  PN_RECIPE_STATE_REHEARSED, /* and it passed */
  PN_RECIPE_STATE_FAILED,    /* and its rehearsal failed */
  PN_RECIPE_STATE_RETIRED,
  PN_RECIPE_STATE_DAMAGED,
} PnRecipeState;
#define PN_TYPE_RECIPE_STATE (pn_recipe_state_get_type ())
GType pn_recipe_state_get_type (void) G_GNUC_CONST;
const char *pn_recipe_state_to_label (PnRecipeState state); /* translated */
const char *pn_recipe_state_to_icon (PnRecipeState state);
const char *pn_recipe_state_to_style (PnRecipeState state); /* a style class */

/* A recipe as it was when the store was read. Properties: "id", "name", "summary" (revision,
 * family, protection, key, last use), "state", "state-label". */
#define PN_TYPE_RECIPE_ITEM (pn_recipe_item_get_type ())
G_DECLARE_FINAL_TYPE (PnRecipeItem, pn_recipe_item, PN, RECIPE_ITEM, GObject)

PnRecipeItem *pn_recipe_item_new (PnRecipeEntry *entry); /* taken */
const PnRecipeEntry *pn_recipe_item_get_entry (PnRecipeItem *self);
const char *pn_recipe_item_get_id (PnRecipeItem *self);
const char *pn_recipe_item_get_name (PnRecipeItem *self);
PnRecipeState pn_recipe_item_get_state (PnRecipeItem *self);

G_END_DECLS
