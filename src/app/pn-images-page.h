/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "pn-page.h"

G_BEGIN_DECLS

/* The library of images: what is there, what is being imported. Actions: images.import,
 * images.paste. */
#define PN_TYPE_IMAGES_PAGE (pn_images_page_get_type ())
G_DECLARE_FINAL_TYPE (PnImagesPage, pn_images_page, PN, IMAGES_PAGE, PnPage)

/* Asks under which names the files, and the images in folders, are to be imported. */
void pn_images_page_import_files (PnImagesPage *self, GFile **files, guint n_files);
/* Shows what is inside an image; nothing where it is not in the library. */
void pn_images_page_inspect (PnImagesPage *self, const char *id);

G_END_DECLS
