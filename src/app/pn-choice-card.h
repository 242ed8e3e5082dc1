/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <adwaita.h>

G_BEGIN_DECLS

/* One of several large answers to a question: a toggle button with a title and sentences under it.
 * @permanent (nullable) stands with a padlock. Join the cards with gtk_toggle_button_set_group ().
 */
GtkWidget *pn_choice_card_new (const char *title, const char *text, const char *permanent);
/* Why it cannot be chosen; NULL = it can. */
void pn_choice_card_set_why_not (GtkWidget *card, const char *why_not);

G_END_DECLS
