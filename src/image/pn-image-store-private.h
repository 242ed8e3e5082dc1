/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "pn-image-store.h"

G_BEGIN_DECLS

#define PN_STORE_DISK "disk.img"
#define PN_STORE_FIELDS "image.json"
#define PN_STORE_ASIDE ".import-" /* folders that are made or thrown away */

struct _PnImageStore
{
  gatomicrefcount references;
  char *folder;
  int fd; /* of the folder */
};

/* Held for short times only; released when closed. -1 with @error set. */
int pn_image_store_lock (PnImageStore *self, GError **error);
/* A new folder aside. @fd gets its lock, held while it is open: nobody else removes the folder. */
char *pn_image_store_make_aside (PnImageStore *self, int *fd, GError **error);
void pn_image_store_discard (PnImageStore *self, const char *name);
/* NULL without @error where there is none. */
PnStoredImage *pn_image_store_read (PnImageStore *self, const char *id, GError **error);
char *pn_image_store_free_name_locked (PnImageStore *self, const char *name);
gboolean pn_image_store_sync (PnImageStore *self, GError **error);

G_END_DECLS
