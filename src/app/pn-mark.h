/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <adwaita.h>

#include "pn-recipe-field.h"

G_BEGIN_DECLS

/* How lasting a choice is: a word, with a padlock where it is for ever. */
#define PN_TYPE_MARK (pn_mark_get_type ())
G_DECLARE_FINAL_TYPE (PnMark, pn_mark, PN, MARK, AdwBin)

GtkWidget *pn_mark_new (PnPermanence permanence);
void pn_mark_set_permanence (PnMark *self, PnPermanence permanence);

G_END_DECLS
