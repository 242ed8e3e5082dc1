/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "pn-file-stamp.h"

#include <sys/stat.h>

static gint64
to_ns (struct timespec time)
{
  return time.tv_sec * G_GINT64_CONSTANT (1000000000) + time.tv_nsec;
}

PnFileStamp
pn_file_stamp_take (int fd)
{
  gint64 now = g_get_real_time () * 1000;
  struct stat status;

  if (fstat (fd, &status) < 0)
    return (PnFileStamp){ 0 };
  return (PnFileStamp){ .device = status.st_dev,
                        .inode = status.st_ino,
                        .size = (guint64) status.st_size,
                        .modified = to_ns (status.st_mtim),
                        .changed = to_ns (status.st_ctim),
                        .taken = now };
}

gboolean
pn_file_stamp_holds (const PnFileStamp *self, int fd)
{
  PnFileStamp now = pn_file_stamp_take (fd);

  /* A clock that was set back makes the file seem to be of tomorrow: no harm. */
  return self->taken != 0 && now.taken != 0 &&
         ABS (self->taken - self->changed) > PN_FILE_STAMP_TICK_US * G_GINT64_CONSTANT (1000) &&
         now.device == self->device && now.inode == self->inode && now.size == self->size &&
         now.modified == self->modified && now.changed == self->changed;
}
