/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "pn-runs.h"

G_BEGIN_DECLS

/* An ext4 file system inside a file, edited without being written to: changes live in an overlay of
 * 4 KiB pages in memory (image-tools.md). Not thread safe. */
typedef struct _PnExt4 PnExt4;

/* Refuses (with what and what to do): no ext4, journal to replay or error flag ("not cleanly
 * unmounted"), unsupported features (named), size over the partition's, and what e2fsck -fn
 * finds. @fd is borrowed and only read. */
PnExt4 *pn_ext4_open (int fd, guint64 offset, guint64 size, gboolean check, GError **error);
void pn_ext4_free (PnExt4 *self);
guint64 pn_ext4_get_size (PnExt4 *self); /* bytes the file system covers */
guint64 pn_ext4_get_used (PnExt4 *self); /* bytes, as the superblock counts them */
guint pn_ext4_get_block_size (PnExt4 *self);
char *pn_ext4_get_label (PnExt4 *self);
char *pn_ext4_get_uuid (PnExt4 *self);
gboolean pn_ext4_exists (PnExt4 *self, const char *path);
/* Names in a folder, sorted; follows links. */
char **pn_ext4_list (PnExt4 *self, const char *path, GError **error);
GBytes *pn_ext4_read_file (PnExt4 *self, const char *path, gsize max, GError **error);
/* New content; inode, owner, mode, attributes stay. @unix_time becomes mtime and ctime. */
gboolean pn_ext4_replace_file (
    PnExt4 *self, const char *path, GBytes *content, gint64 unix_time, GError **error);
/* Used blocks, edits laid over: allocated zeros FILL 0, free SKIP; uninitialised inode tables
 * SKIP; short gaps joined (image-tools.md "From used blocks to runs"). Borrows the fd given to
 * open; pages of the overlay are copied into the list. */
PnRuns *pn_ext4_used_runs (PnExt4 *self, GError **error);
/* Only metadata: what pn_ext4_grow () needs; everything else SKIP. */
PnRuns *pn_ext4_metadata_runs (PnExt4 *self, GError **error);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (PnExt4, pn_ext4_free)

/* The path of what pn_ext4_grow () starts. (transfer full) */
char *pn_ext4_find_grower (void);

/* Grows the file system whose metadata @metadata holds to @new_size bytes (rounded down to whole
 * file system blocks) with resize2fs as a child, and returns what changed: DATA and FILL for
 * changed blocks, SKIP elsewhere, as long as the grown file system. PN_ERROR_NO_SPACE where
 * @new_size is smaller than the file system, PN_ERROR_NOT_SUPPORTED where growing would move data.
 */
PnRuns *
pn_ext4_grow (PnRuns *metadata, guint64 new_size, GCancellable *cancellable, GError **error);

G_END_DECLS
