/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gio/gio.h>

#include "pn-ext4.h"

G_BEGIN_DECLS

/* All that an ext4 file system holds, as files on the disk that others work on, and the way back:
 * what they changed is changed in the file system, and nothing else.
 *
 * Nobody has to be root. The files belong to the one who unpacks; who owns them in the file system,
 * their modes and the devices are in a list (pn-fake-owners.h), which the program fakeroot shows as
 * if it were so. Extended attributes are not on the disk: a file has those that it had, until it
 * is another file; one whose content changed loses its capabilities, as with Linux. */
typedef struct _PnExt4Tree PnExt4Tree;

#define PN_EXT4_MAX_CHANGES (G_GUINT64_CONSTANT (1) << 30) /* bytes; they are kept in memory */

/* Into @folder, which exists, is empty, and on a file system that has links. */
PnExt4Tree *
pn_ext4_unpack (PnExt4 *fs, const char *folder, GCancellable *cancellable, GError **error);
const char *pn_ext4_tree_get_root (PnExt4Tree *self);   /* the folder that is "/" */
const char *pn_ext4_tree_get_owners (PnExt4Tree *self); /* the list's file, read and written */
/* Takes over what is there now. What changed has the time @unix_time; the same tree gives the same
 * bytes, however it came about. PN_ERROR_NO_SPACE where it does not fit. Once for a tree. */
gboolean
pn_ext4_tree_merge (PnExt4Tree *self, gint64 unix_time, GCancellable *cancellable, GError **error);
/* The files stay: pn_remove_tree (). */
void pn_ext4_tree_free (PnExt4Tree *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (PnExt4Tree, pn_ext4_tree_free)

G_END_DECLS
