/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <adwaita.h>

G_BEGIN_DECLS

/* A card to choose one of several by: a picture, a title, what it means, and a note (why it cannot
 * be chosen, how lasting it is). Properties: "icon-name", "title", "text", "note" ("" = none),
 * "flat" (the picture beside the words: for narrow windows). */
#define PN_TYPE_CHOICE (pn_choice_get_type ())
G_DECLARE_FINAL_TYPE (PnChoice, pn_choice, PN, CHOICE, GtkToggleButton)

void pn_choice_set_note (PnChoice *self, const char *note);

G_END_DECLS
