/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <adwaita.h>

#include "pn-recipe-checker.h"
#include "pn-recipe-draft.h"

G_BEGIN_DECLS

/* A row for a recipe's script of one stage, which opens to what is said of it. Signal "said" (uint
 * field, string value or NULL): somebody said something else. */
#define PN_TYPE_HOOK_ROW (pn_hook_row_get_type ())
G_DECLARE_FINAL_TYPE (PnHookRow, pn_hook_row, PN, HOOK_ROW, AdwExpanderRow)

GtkWidget *pn_hook_row_new (PnHookStage stage);
void pn_hook_row_show (PnHookRow *self, const PnRecipeDraft *draft);
/* What was found wrong of it, or is known of it. */
void pn_hook_row_show_check (PnHookRow *self, PnRecipeChecker *checker);

G_END_DECLS
