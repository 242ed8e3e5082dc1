/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "pn-bundle-store.h"

G_BEGIN_DECLS

/* What the store and what comes into it share. */
struct _PnBundleStore
{
  char *folder;
  int fd;
  GSource *changed;
  GMutex lock;
  GHashTable *bundles; /* hex → PnStoredBundle */
  guint n_incoming;
  guint64 reserved; /* bytes that are to come in */
  guint64 written;  /* of those */
};

/* Of the locked store. */
PnStoredBundle *pn_bundle_store_find (PnBundleStore *self, const char *digest); /* NULL = none */
/* Moves it aside, so that it is not in the store any more, and forgets it. (transfer full): the
 * folder that is left to be removed without the lock, NULL with @error */
char *pn_bundle_store_take_out (PnBundleStore *self, PnStoredBundle *bundle, GError **error);
void pn_bundle_store_note (PnBundleStore *self); /* it has changed */
/* Reads one that is there; takes @digest. NULL with @error where it is not whole. */
PnStoredBundle *pn_stored_bundle_read (PnBundleStore *self, const char *digest, GError **error);
/* Bytes that a bundle takes up, as far as that can be known before. */
guint64 pn_stored_bundle_size (PnManifest *manifest);
gboolean pn_bundle_store_flush (PnBundleStore *self, GError **error); /* names and removals */

/* pn-bundle-room.c: of the locked store. Makes room for @size bytes and one more bundle; folders
 * that are left to be removed are added to @aside. PN_ERROR_NO_SPACE. */
gboolean pn_bundle_store_make_room (PnBundleStore *self,
                                    const PnBundlePolicy *policy,
                                    guint64 size,
                                    GPtrArray *aside,
                                    GError **error);

G_END_DECLS
