/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gio/gio.h>

#include "pn-image-store.h"
#include "pn-job.h"

G_BEGIN_DECLS

/* The user's images as the window has them: a model that follows the disc, and the queue of
 * imports. Property "ready" (it was read once) and "problem" (why it cannot be read; NULL = none).
 * Signal "imported" (PnStoredImage). Nothing here blocks. */
#define PN_TYPE_IMAGE_LIBRARY (pn_image_library_get_type ())
G_DECLARE_FINAL_TYPE (PnImageLibrary, pn_image_library, PN, IMAGE_LIBRARY, GObject)

PnImageLibrary *pn_image_library_get_default (void); /* (transfer none); the one of the program */
gboolean pn_image_library_is_ready (PnImageLibrary *self);
GListModel *pn_image_library_get_images (PnImageLibrary *self); /* (transfer none) PnStoredImage */
PnStoredImage *pn_image_library_find (PnImageLibrary *self, const char *id); /* (transfer none) */
/* The image whose file is at @path; NULL = it is not of the library. (transfer none) */
PnStoredImage *pn_image_library_find_path (PnImageLibrary *self, const char *path);
char *pn_image_library_get_path (PnImageLibrary *self, const char *id);
/* Names of the recipes that use it, as of the last look; never NULL. */
const char *const *pn_image_library_get_users (PnImageLibrary *self, const char *id);
void pn_image_library_refresh (PnImageLibrary *self);

/* Queues the import of a file; one runs at a time. @name, @notes and @expected (SHA-256) are
 * nullable. The job is in pn_app_get_jobs () too. (transfer none) */
PnJob *pn_image_library_import (PnImageLibrary *self,
                                const char *path,
                                const char *name,
                                const char *notes,
                                const char *expected);

/* Errors as of pn_image_store_edit () and pn_image_store_remove (); an image that a recipe uses is
 * not removed. */
void pn_image_library_edit_async (PnImageLibrary *self,
                                  const char *id,
                                  const char *name,
                                  const char *notes,
                                  GAsyncReadyCallback callback,
                                  gpointer user_data);
void pn_image_library_remove_async (PnImageLibrary *self,
                                    const char *id,
                                    GAsyncReadyCallback callback,
                                    gpointer user_data);
gboolean
pn_image_library_change_finish (PnImageLibrary *self, GAsyncResult *result, GError **error);

G_END_DECLS
