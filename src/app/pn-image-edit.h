/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <adwaita.h>

#include "pn-stored-image.h"

G_BEGIN_DECLS

/* Ask over the window of @over for another name, or for the notes, of an image of the library, and
 * keep what was answered. What goes wrong is said in a toast. */
void pn_image_edit_name (GtkWidget *over, PnStoredImage *image);
void pn_image_edit_notes (GtkWidget *over, PnStoredImage *image);

G_END_DECLS
