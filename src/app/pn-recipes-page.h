/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "pn-page.h"

G_BEGIN_DECLS

/* The recipes there are. */
#define PN_TYPE_RECIPES_PAGE (pn_recipes_page_get_type ())
G_DECLARE_FINAL_TYPE (PnRecipesPage, pn_recipes_page, PN, RECIPES_PAGE, PnPage)

G_END_DECLS
