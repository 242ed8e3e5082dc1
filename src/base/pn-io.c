/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "pn-io.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <glib/gstdio.h>
#include <sys/stat.h>

static PnError
code_from_errno (int saved_errno)
{
  switch (saved_errno)
    {
    case ENOENT:
    case ENOTDIR:
      return PN_ERROR_NOT_FOUND;
    case EACCES:
    case EPERM:
      return PN_ERROR_PERMISSION;
    case ENOSPC:
    case EDQUOT:
    case EFBIG:
      return PN_ERROR_NO_SPACE;
    case EEXIST:
      return PN_ERROR_EXISTS;
    default:
      return PN_ERROR_IO;
    }
}

void
pn_set_error_from_errno (GError **error, int saved_errno, const char *format, ...)
{
  g_autofree char *sentence = NULL;
  g_autoptr (GError) reason = g_error_new_literal (
      G_FILE_ERROR, g_file_error_from_errno (saved_errno), g_strerror (saved_errno));
  va_list args;

  va_start (args, format);
  sentence = pn_sentence_format_valist (format, args);
  va_end (args);
  pn_set_error_because (error, code_from_errno (saved_errno), sentence, reason);
}

/* Without O_NONBLOCK, opening a FIFO that somebody put where a file should be waits for ever. It
 * changes nothing for files and folders. */
#define ALWAYS (O_CLOEXEC | O_NONBLOCK | O_NOCTTY)

int
pn_open (const char *path, int flags, GError **error)
{
  int fd = open (path, flags | ALWAYS, 0644);

  if (fd < 0)
    pn_set_error_from_errno (error, errno, "Cannot open %s", path);
  return fd;
}

int
pn_open_at (int dir_fd, const char *name, int flags, GError **error)
{
  int fd = openat (dir_fd, name, flags | ALWAYS | O_NOFOLLOW, 0644);

  if (fd < 0)
    pn_set_error_from_errno (error, errno, "Cannot open %s", name);
  return fd;
}

gssize
pn_pread (int fd, void *buffer, gsize size, goffset offset, GError **error)
{
  gssize got;

  do
    got = pread (fd, buffer, size, offset);
  while (got < 0 && errno == EINTR);
  if (got < 0)
    pn_set_error_from_errno (error, errno, "Cannot read");
  return got;
}

gboolean
pn_pread_all (int fd, void *buffer, gsize size, goffset offset, GError **error)
{
  guint8 *at = buffer;

  while (size > 0)
    {
      gssize got = pn_pread (fd, at, size, offset, error);

      if (got < 0)
        return FALSE;
      if (got == 0)
        {
          pn_set_error (error, PN_ERROR_IO, "The file ends before byte %s",
                        PN_NUMBER ((guint64) offset + size));
          return FALSE;
        }
      at += got;
      offset += got;
      size -= (gsize) got;
    }
  return TRUE;
}

/* @offset -1 writes at the file's own position. */
static gboolean
write_all (int fd, const void *buffer, gsize size, goffset offset, GError **error)
{
  const guint8 *at = buffer;

  while (size > 0)
    {
      gssize put = offset < 0 ? write (fd, at, size) : pwrite (fd, at, size, offset);

      if (put < 0 && errno == EINTR)
        continue;
      if (put < 0)
        {
          pn_set_error_from_errno (error, errno, "Cannot write");
          return FALSE;
        }
      at += put;
      size -= (gsize) put;
      if (offset >= 0)
        offset += put;
    }
  return TRUE;
}

gboolean
pn_pwrite_all (int fd, const void *buffer, gsize size, goffset offset, GError **error)
{
  g_return_val_if_fail (offset >= 0, FALSE);
  return write_all (fd, buffer, size, offset, error);
}

gboolean
pn_write_all (int fd, const void *buffer, gsize size, GError **error)
{
  return write_all (fd, buffer, size, -1, error);
}

goffset
pn_file_size (int fd, GError **error)
{
  struct stat status;

  if (fstat (fd, &status) < 0)
    {
      pn_set_error_from_errno (error, errno, "Cannot look at the file");
      return -1;
    }
  if (!S_ISREG (status.st_mode))
    {
      pn_set_error (error, PN_ERROR_INVALID_ARGUMENT, "It is not a regular file");
      return -1;
    }
  return status.st_size;
}

GBytes *
pn_read_file_fd (int fd, gsize max, GError **error)
{
  goffset size = pn_file_size (fd, error);
  g_autofree guint8 *data = NULL;

  if (size < 0)
    return NULL;
  if ((guint64) size > max)
    {
      pn_set_error (error, PN_ERROR_NO_SPACE, "The file has %s bytes, but at most %s are accepted",
                    PN_NUMBER ((guint64) size), PN_NUMBER (max));
      return NULL;
    }
  data = g_try_malloc ((gsize) size + 1);
  if (data == NULL)
    {
      pn_set_error (error, PN_ERROR_NO_SPACE, "Not enough memory");
      return NULL;
    }
  if (!pn_pread_all (fd, data, (gsize) size, 0, error))
    return NULL;
  return g_bytes_new_take (g_steal_pointer (&data), (gsize) size);
}

GBytes *
pn_read_file (const char *path, gsize max, GError **error)
{
  g_auto (PnFd) fd = pn_open (path, O_RDONLY, error);
  GBytes *bytes;

  if (fd < 0)
    return NULL;
  bytes = pn_read_file_fd (fd, max, error);
  if (bytes == NULL)
    g_prefix_error (error, "%s: ", path);
  return bytes;
}

/* Gives the finished file @aside its name. */
static gboolean
give_name (const char *aside, const char *path, gboolean replace)
{
  if (replace)
    return g_rename (aside, path) == 0;
  if (link (aside, path) < 0)
    return FALSE;
  (void) g_unlink (aside);
  return TRUE;
}

gboolean
pn_flush_folder_of (const char *path, GError **error)
{
  g_autofree char *folder = g_path_get_dirname (path);
  g_auto (PnFd) fd = pn_open (folder, O_RDONLY | O_DIRECTORY, error);

  if (fd >= 0 && fsync (fd) < 0)
    pn_set_error_from_errno (error, errno, "Cannot write %s", folder);
  else if (fd >= 0)
    return TRUE;
  return FALSE;
}

static gboolean
write_whole (const char *path, GBytes *contents, gboolean replace, GError **error)
{
  g_autofree char *aside = g_strconcat (path, ".XXXXXX", NULL);
  g_auto (PnFd) fd = g_mkstemp_full (aside, O_RDWR | O_CLOEXEC, 0644);

  if (fd < 0)
    {
      pn_set_error_from_errno (error, errno, "Cannot create %s", aside);
      return FALSE;
    }
  if (!pn_write_all (fd, g_bytes_get_data (contents, NULL), g_bytes_get_size (contents), error))
    {
      (void) g_unlink (aside);
      return FALSE;
    }
  if (fsync (fd) < 0 || !give_name (aside, path, replace))
    {
      pn_set_error_from_errno (error, errno, "Cannot write %s", path);
      (void) g_unlink (aside);
      return FALSE;
    }
  return pn_flush_folder_of (path, error);
}

gboolean
pn_replace_file (const char *path, GBytes *contents, GError **error)
{
  return write_whole (path, contents, TRUE, error);
}

gboolean
pn_create_file (const char *path, GBytes *contents, GError **error)
{
  return write_whole (path, contents, FALSE, error);
}

int
pn_temporary_file (GError **error)
{
  int fd = open (g_get_tmp_dir (), O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);

  if (fd < 0)
    pn_set_error_from_errno (error, errno, "Cannot make a temporary file in %s", g_get_tmp_dir ());
  return fd;
}

void
pn_skip_parts (struct iovec **parts, int *n_parts, gsize size)
{
  while (*n_parts > 0 && size >= (*parts)->iov_len)
    {
      size -= (*parts)->iov_len;
      (*parts)++;
      (*n_parts)--;
    }
  if (*n_parts > 0)
    {
      (*parts)->iov_base = (guint8 *) (*parts)->iov_base + size;
      (*parts)->iov_len -= size;
    }
}

void
pn_empty_folder (const char *path)
{
  g_autoptr (GDir) dir = g_dir_open (path, 0, NULL);
  const char *name;

  while (dir != NULL && (name = g_dir_read_name (dir)) != NULL)
    {
      g_autofree char *inside = g_build_filename (path, name, NULL);

      (void) g_unlink (inside);
    }
}

void
pn_remove_folder (const char *path)
{
  pn_empty_folder (path);
  (void) g_rmdir (path);
}

#define MAX_OPEN 8 /* folders at once */

static int
open_cb (const char *path, const struct stat *status, int type, struct FTW *at)
{
  if (type == FTW_D || type == FTW_DNR)
    (void) g_chmod (path, 0700);
  return 0;
}

static int
remove_cb (const char *path, const struct stat *status, int type, struct FTW *at)
{
  (void) remove (path);
  return 0;
}

void
pn_remove_tree (const char *path)
{
  (void) nftw (path, open_cb, MAX_OPEN, FTW_PHYS);
  (void) nftw (path, remove_cb, MAX_OPEN, FTW_DEPTH | FTW_PHYS);
}
