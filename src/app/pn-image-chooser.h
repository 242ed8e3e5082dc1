/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "pn-dialog.h"

G_BEGIN_DECLS

/* Asks for one of the images of the library. Signals: "chosen" with the path of its file, "other"
 * where it is to be a file that is not in it, "folder" where it is to be that of an image set; the
 * dialog is closed then. */
#define PN_TYPE_IMAGE_CHOOSER (pn_image_chooser_get_type ())
G_DECLARE_FINAL_TYPE (PnImageChooser, pn_image_chooser, PN, IMAGE_CHOOSER, PnDialog)

/* @path: the one that is chosen now; nullable. */
PnDialog *pn_image_chooser_new (const char *path);

G_END_DECLS
