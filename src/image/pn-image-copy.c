/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "pn-image-copy.h"

#include <errno.h>
#include <linux/fs.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/statvfs.h>

#include "pn-bytes.h"
#include "pn-io.h"

#define CHUNK (256 * 1024)                   /* bytes read at once; zeros this long become holes */
#define RESERVE ((guint64) 16 * 1024 * 1024) /* bytes left free for what else is written */
#define STAT_BLOCK 512                       /* bytes: unit of st_blocks */

typedef struct
{
  int from;
  int to; /* -1: only hashed */
  guint64 size;
  PnHasher *hasher;
  guint8 *buffer;
  PnImageCopied copied;
  gpointer user_data;
  GCancellable *cancellable;
} Copy;

static gboolean
go_on (Copy *self, guint64 done, GError **error)
{
  if (g_cancellable_is_cancelled (self->cancellable))
    {
      pn_set_error (error, PN_ERROR_CANCELLED, "The import was cancelled. Nothing was kept");
      return FALSE;
    }
  if (self->copied != NULL)
    self->copied (done, self->user_data);
  return TRUE;
}

static gboolean
pass_hole (Copy *self, guint64 from, guint64 to, GError **error)
{
  static const guint8 zeros[CHUNK];

  for (guint64 at = from; at < to; at += CHUNK)
    {
      if (!go_on (self, at, error))
        return FALSE;
      pn_hasher_update (self->hasher, zeros, (gsize) MIN (CHUNK, to - at));
    }
  return TRUE;
}

static gboolean
pass_data (Copy *self, guint64 from, guint64 to, GError **error)
{
  for (guint64 at = from; at < to; at += CHUNK)
    {
      gsize count = (gsize) MIN (CHUNK, to - at);

      if (!go_on (self, at, error) ||
          !pn_pread_all (self->from, self->buffer, count, (goffset) at, error))
        return FALSE;
      pn_hasher_update (self->hasher, self->buffer, count);
      if (self->to >= 0 && !pn_bytes_all (self->buffer, count, 0) &&
          !pn_pwrite_all (self->to, self->buffer, count, (goffset) at, error))
        return FALSE;
    }
  return TRUE;
}

/* Where the next data, or the next hole, begins. A file system that knows no holes has data only.
 */
static guint64
seek (Copy *self, guint64 at, int whence)
{
  off_t found = lseek (self->from, (off_t) at, whence);

  if (found >= 0)
    return MIN ((guint64) found, self->size);
  return whence == SEEK_DATA && errno != ENXIO ? at : self->size;
}

static gboolean
pass (Copy *self, GError **error)
{
  guint64 at = 0;

  while (at < self->size)
    {
      guint64 data = seek (self, at, SEEK_DATA);
      guint64 end = data < self->size ? seek (self, data, SEEK_HOLE) : data;

      if (!pass_hole (self, at, data, error) || !pass_data (self, data, end, error))
        return FALSE;
      at = end;
    }
  return go_on (self, self->size, error);
}

static gboolean
check_space (int to, const struct stat *source, GError **error)
{
  guint64 needed =
      MIN ((guint64) source->st_size, (guint64) source->st_blocks * STAT_BLOCK) + RESERVE;
  struct statvfs there;
  guint64 available;
  g_autofree char *needed_text = NULL;
  g_autofree char *available_text = NULL;

  if (fstatvfs (to, &there) < 0)
    {
      pn_set_error_from_errno (error, errno, "Cannot find out how much space is left");
      return FALSE;
    }
  available = (guint64) there.f_bavail * there.f_frsize;
  if (available >= needed)
    return TRUE;
  needed_text = g_format_size (needed);
  available_text = g_format_size (available);
  pn_set_error (
      error, PN_ERROR_NO_SPACE,
      "There is not enough space: the image needs %s, but only %s are free. Free up space "
      "and import it again",
      needed_text, available_text);
  return FALSE;
}

static gboolean
is_same_time (const struct timespec *a, const struct timespec *b)
{
  return a->tv_sec == b->tv_sec && a->tv_nsec == b->tv_nsec;
}

static gboolean
check_unchanged (int fd, const struct stat *before, GError **error)
{
  struct stat now;

  /* Not the change time: sharing blocks, or reading with a backup program, may touch it. */
  if (fstat (fd, &now) == 0 && now.st_size == before->st_size &&
      is_same_time (&now.st_mtim, &before->st_mtim))
    return TRUE;
  pn_set_error (error, PN_ERROR_STALE,
                "The file changed while it was read. Import it again when it is complete");
  return FALSE;
}

gboolean
pn_image_copy (int from,
               int to,
               guint64 size,
               PnSha256 *digest,
               PnImageCopied copied,
               gpointer user_data,
               GCancellable *cancellable,
               GError **error)
{
  g_autoptr (PnHasher) hasher = pn_hasher_new ();
  g_autofree guint8 *buffer = g_malloc (CHUNK);
  Copy copy = { from, to, size, hasher, buffer, copied, user_data, cancellable };
  struct stat before;

  if (fstat (from, &before) < 0)
    {
      pn_set_error_from_errno (error, errno, "Cannot look at the file");
      return FALSE;
    }
  if (ioctl (to, FICLONE, from) == 0)
    {
      copy.from = to;
      copy.to = -1;
    }
  else if (!check_space (to, &before, error))
    return FALSE;
  else if (ftruncate (to, (off_t) size) < 0)
    {
      pn_set_error_from_errno (error, errno, "Cannot write the image");
      return FALSE;
    }
  if (!pass (&copy, error) || !check_unchanged (from, &before, error))
    return FALSE;
  *digest = pn_hasher_finish (g_steal_pointer (&hasher));
  return TRUE;
}
