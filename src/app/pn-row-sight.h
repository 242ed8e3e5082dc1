/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gtk/gtk.h>

G_BEGIN_DECLS

/* A list keeps two hundred rows around what is seen, and gives all of them new contents while it is
 * scrolled. This tells which of them are seen (or nearly), so that the others cost nothing until
 * they are. For lists whose rows are all of one height. */
#define PN_TYPE_ROW_SIGHT (pn_row_sight_get_type ())
G_DECLARE_FINAL_TYPE (PnRowSight, pn_row_sight, PN, ROW_SIGHT, GObject)

typedef void (*PnRowSightFunc) (GtkWidget *widget);

#define PN_ROW_SIGHT_MARGIN 1 /* rows beyond each end of what is seen that count as seen */

/* For the list that @scrolled has as its child already. @seen is called, once for each time that it
 * is bound, for a widget that comes into sight. */
PnRowSight *pn_row_sight_new (GtkScrolledWindow *scrolled,
                              PnRowSightFunc seen) G_GNUC_WARN_UNUSED_RESULT;
void pn_row_sight_set_model (PnRowSight *self, GListModel *model); /* the list's; NULL = none */
/* In a factory's "bind" and "unbind", for what the item shows; @item stays with its widget. */
void pn_row_sight_bind (PnRowSight *self, GtkListItem *item);
void pn_row_sight_unbind (PnRowSight *self, GtkListItem *item);

G_END_DECLS
