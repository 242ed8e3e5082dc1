/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <adwaita.h>

G_BEGIN_DECLS

/* A card to choose one of several by: a picture, a title, what it means, and a note (how lasting it
 * is). Properties: "icon-name" (NULL = no picture), "title", "text", "note" ("" = none),
 * "permanent" (the note stands with a padlock), "flat" (from the edge, the picture beside the
 * words: for narrow windows and lists of settings). Join them with gtk_toggle_button_set_group ().
 */
#define PN_TYPE_CHOICE (pn_choice_get_type ())
G_DECLARE_FINAL_TYPE (PnChoice, pn_choice, PN, CHOICE, GtkToggleButton)

/* Why it cannot be chosen, said in place of the note; NULL = it can. */
void pn_choice_set_why_not (PnChoice *self, const char *why_not);

G_END_DECLS
