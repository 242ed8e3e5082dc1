/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <ext2fs/ext2_fs.h>
#include <ext2fs/ext2fs.h>

#include "pn-ext4.h"

G_BEGIN_DECLS

/* What libext2fs reads and writes through: a part of a file, read only, and pages of 4096 bytes
 * that were changed. */
typedef struct
{
  int fd;
  guint64 offset, size; /* bytes */
  GHashTable *pages;    /* page number (guint64 *) → guint8[4096] */
  guint8 *touched;      /* while recording: a bit for each page that was read */
} PnExt4Io;

void pn_ext4_io_init (PnExt4Io *self, int fd, guint64 offset, guint64 size);
void pn_ext4_io_clear (PnExt4Io *self);
gboolean pn_ext4_io_read (PnExt4Io *self, guint64 at, void *buffer, gsize size);
gboolean pn_ext4_io_is_changed (PnExt4Io *self, guint64 page);
void pn_ext4_io_touch (PnExt4Io *self, guint64 at, guint64 size);
/* Opens a file system over @io; its errcode. */
errcode_t pn_ext4_io_open (PnExt4Io *self, gboolean writable, ext2_filsys *fs);

struct _PnExt4
{
  PnExt4Io io;
  ext2_filsys fs;
};

/* pn-ext4.c: what lies in the inode itself moves out of it, so that it can be written to. */
errcode_t pn_ext4_leave_inode (PnExt4 *self, ext2_ino_t number, ext2_file_t file);

char *pn_e2fsprogs_find (const char *program);
/* Runs a program of e2fsprogs on @fd, which it knows as @operand with %s for its path. Its exit
 * status, -1 with @error where it could not be run. @output (nullable) gets what it printed. */
int pn_e2fsprogs_run (const char *program,
                      int fd,
                      const char *const *arguments,
                      char **output,
                      GCancellable *cancellable,
                      GError **error);

G_END_DECLS
