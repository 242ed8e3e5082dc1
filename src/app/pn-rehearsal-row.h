/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <adwaita.h>

#include "pn-recipe-item.h"

G_BEGIN_DECLS

/* Whether a recipe's bundle was rehearsed, and the button that does it: the action recipe.rehearse
 * of whoever shows it. Properties: "going" (a rehearsal of it goes), "run" (PnClientRun of that
 * one, NULL = not yet). */
#define PN_TYPE_REHEARSAL_ROW (pn_rehearsal_row_get_type ())
G_DECLARE_FINAL_TYPE (PnRehearsalRow, pn_rehearsal_row, PN, REHEARSAL_ROW, AdwActionRow)

/* Shows it as it is now; call again when anything has changed. */
void pn_rehearsal_row_show (PnRehearsalRow *self, PnRecipeItem *item);
gboolean pn_rehearsal_row_is_going (PnRehearsalRow *self);

G_END_DECLS
