/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <adwaita.h>

G_BEGIN_DECLS

/* The columns of a record: which of them, and in which order. They are moved by dragging and with
 * Alt and an arrow key. Signal "changed": somebody chose or moved one. */
#define PN_TYPE_COLUMN_LIST (pn_column_list_get_type ())
G_DECLARE_FINAL_TYPE (PnColumnList, pn_column_list, PN, COLUMN_LIST, AdwBin)

/* One that is not chosen here, because it is always there. Before pn_column_list_set_chosen (). */
void pn_column_list_leave_out (PnColumnList *self, const char *column);
/* Those in @columns first, in their order; unknown ones are ignored. */
void pn_column_list_set_chosen (PnColumnList *self, const char *const *columns);
GStrv pn_column_list_get_chosen (PnColumnList *self); /* (transfer full) */
/* What Alt and an arrow key do; FALSE where it is at the end. */
gboolean pn_column_list_move (PnColumnList *self, guint position, int by);

G_END_DECLS
