/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <adwaita.h>

#include "pn-stored-image.h"

G_BEGIN_DECLS

/* An image in a list: name, system, sizes, date, hash, badges. Property "narrow": without the hash
 * and with shorter badges. */
#define PN_TYPE_IMAGE_ROW (pn_image_row_get_type ())
G_DECLARE_FINAL_TYPE (PnImageRow, pn_image_row, PN, IMAGE_ROW, AdwActionRow)

/* @users: names of recipes. */
GtkWidget *pn_image_row_new (PnStoredImage *image, const char *const *users);
/* In a list to choose from: a tick in place of the arrow, or nothing. */
void pn_image_row_set_chosen (PnImageRow *self, gboolean chosen);
PnStoredImage *pn_image_row_get_image (PnImageRow *self); /* (transfer none) */

G_END_DECLS
