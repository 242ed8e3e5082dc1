/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gtk/gtk.h>

#include "pn-client-slot.h"

G_BEGIN_DECLS

/* A card for each slot of "model" (GListModel of PnClientSlot), all equally large, in as many
 * columns as fit. A slot keeps its card, and a card its focus, wherever sorting moves it. */
#define PN_TYPE_CARD_GRID (pn_card_grid_get_type ())
G_DECLARE_FINAL_TYPE (PnCardGrid, pn_card_grid, PN, CARD_GRID, GtkWidget)

void pn_card_grid_set_model (PnCardGrid *self, GListModel *model); /* nullable */
/* FALSE where it has no card. */
gboolean pn_card_grid_focus_slot (PnCardGrid *self, PnClientSlot *slot);

G_END_DECLS
