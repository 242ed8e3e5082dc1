/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "pn-page.h"
#include "pn-stored-image.h"

G_BEGIN_DECLS

/* What is inside an image of the library, who uses it, and what can be done with it. Actions:
 * image.rename, image.delete, image.copy-digest. */
#define PN_TYPE_IMAGE_PAGE (pn_image_page_get_type ())
G_DECLARE_FINAL_TYPE (PnImagePage, pn_image_page, PN, IMAGE_PAGE, PnPage)

PnImagePage *pn_image_page_new (PnStoredImage *image) G_GNUC_WARN_UNUSED_RESULT;
/* What was found inside was shown (or could not be). */
gboolean pn_image_page_is_ready (PnImagePage *self);

G_END_DECLS
