/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gtk/gtk.h>

G_BEGIN_DECLS

/* The symbol of a verdict in its colour. Another one takes no new layout: a table whose cells asked
 * for it would be laid out as a whole in each frame while it is scrolled. */
#define PN_TYPE_VERDICT_MARK (pn_verdict_mark_get_type ())
G_DECLARE_FINAL_TYPE (PnVerdictMark, pn_verdict_mark, PN, VERDICT_MARK, GtkWidget)

GtkWidget *pn_verdict_mark_new (int size); /* pixels */
/* NULL = none, an empty place. */
void pn_verdict_mark_set_verdict (PnVerdictMark *self, const char *verdict);
/* Gives its colour to the word of a verdict (NULL = none), without a new layout either. Once more
 * when the colours are others: "css_changed". */
void pn_verdict_mark_color_word (GtkInscription *word, const char *verdict);

G_END_DECLS
