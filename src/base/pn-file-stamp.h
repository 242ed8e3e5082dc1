/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/* What tells in a microsecond that nobody has written to a file: which one it is, its size, and
 * when its content and its attributes changed last. The last of these the kernel sets whenever
 * anybody writes, and no program can set it. What it does not tell is what the disk itself loses.
 */
typedef struct
{
  guint64 device, inode, size;
  gint64 modified, changed; /* ns since 1970 */
  gint64 taken;             /* the same; 0 = never */
} PnFileStamp;

/* Changes that are closer together may have the same time: a tick of the kernel's clock is 10 ms at
 * most. */
#define PN_FILE_STAMP_TICK_US (20 * 1000)

/* Where @fd tells nothing, one that never holds. */
PnFileStamp pn_file_stamp_take (int fd);
/* TRUE where the file is as it was when @self was taken. FALSE also where that cannot be told:
 * @self was taken so soon after a change that a second one would have the same time. */
gboolean pn_file_stamp_holds (const PnFileStamp *self, int fd);

G_END_DECLS
