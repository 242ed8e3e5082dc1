/* SPDX-License-Identifier: GPL-3.0-or-later */
/* An image set in a tar. It is read twice, first for the description and then for the files that it
 * names: nothing else is ever unpacked, and nothing under a name of the archive's. */
#include "config.h"

#include "pn-idp-set-private.h"

#include <archive.h>
#include <archive_entry.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include "pn-io.h"

#define READ_SIZE (256 * 1024)  /* bytes read at once */
#define COPY_SIZE (1024 * 1024) /* bytes unpacked at once */
#define MAX_ENTRIES 10000
#define MAX_TOTAL (G_GUINT64_CONSTANT (256) * 1024 * 1024 * 1024) /* bytes of all entries */

typedef struct archive Archive;
typedef struct archive_entry Entry;

static void
free_archive (Archive *archive)
{
  (void) archive_read_free (archive);
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC (Archive, free_archive)

static Archive *
open_archive (int fd)
{
  g_autoptr (Archive) archive = archive_read_new ();

  archive_read_support_filter_all (archive);
  archive_read_support_format_tar (archive);
  if (lseek (fd, 0, SEEK_SET) != 0 || archive_read_open_fd (archive, fd, READ_SIZE) != ARCHIVE_OK)
    return NULL;
  return g_steal_pointer (&archive);
}

gboolean
pn_idp_archive_is (int fd)
{
  g_autoptr (Archive) archive = open_archive (fd);
  Entry *entry;

  return archive != NULL && archive_read_next_header (archive, &entry) <= ARCHIVE_OK &&
         archive_errno (archive) == 0;
}

/* ---- walking ---- */

/* One pass over an archive, every entry checked. */
typedef struct
{
  Archive *archive;
  GCancellable *cancellable;
  guint n_entries;
  guint64 total; /* bytes */
} Walk;

/* A path that stays inside, without a leading "./"; NULL = refused. */
static const char *
check_path (const char *path)
{
  g_auto (GStrv) parts = NULL;

  while (path != NULL && g_str_has_prefix (path, "./"))
    path += 2;
  if (path == NULL || path[0] == '/' || !g_utf8_validate (path, -1, NULL))
    return NULL;
  parts = g_strsplit (path, "/", 0);
  return g_strv_contains ((const char *const *) parts, "..") ? NULL : path;
}

static gboolean
check_entry (Walk *self, Entry *entry, const char **path, GError **error)
{
  mode_t type = archive_entry_filetype (entry);

  *path = check_path (archive_entry_pathname (entry));
  if (*path == NULL)
    return pn_set_error (error, PN_ERROR_INVALID_DATA,
                         "The archive has a file whose name leads out of it. Do not use it");
  if (archive_entry_hardlink (entry) != NULL || archive_entry_symlink (entry) != NULL ||
      (type != AE_IFREG && type != AE_IFDIR))
    return pn_set_error (
        error, PN_ERROR_INVALID_DATA,
        "The archive has something that is no plain file (%s). Make it of plain files", *path);
  if (type == AE_IFREG && archive_entry_size (entry) < 0)
    return pn_set_error (error, PN_ERROR_INVALID_DATA,
                         "The archive has a file of an impossible size (%s)", *path);
  self->total += MIN ((guint64) MAX (archive_entry_size (entry), 0), MAX_TOTAL);
  if (++self->n_entries > MAX_ENTRIES || self->total > MAX_TOTAL)
    return pn_set_error (error, PN_ERROR_INVALID_DATA,
                         "The archive is too large to be an image set");
  return TRUE;
}

/* The next plain file; @path NULL at the end. */
static gboolean
next_file (Walk *self, Entry **entry, const char **path, GError **error)
{
  for (;;)
    {
      int result;

      if (g_cancellable_set_error_if_cancelled (self->cancellable, error))
        return FALSE;
      result = archive_read_next_header (self->archive, entry);
      *path = NULL;
      if (result == ARCHIVE_EOF)
        return TRUE;
      if (result < ARCHIVE_WARN)
        return pn_set_error (error, PN_ERROR_INVALID_DATA, "The archive cannot be read: %s",
                             archive_error_string (self->archive));
      if (!check_entry (self, *entry, path, error))
        return FALSE;
      if (archive_entry_filetype (*entry) == AE_IFREG)
        return TRUE;
    }
}

static GBytes *
read_small (Walk *self, Entry *entry, const char *path, GError **error)
{
  gsize size = (gsize) archive_entry_size (entry);
  g_autofree guint8 *data = NULL;

  if (size > PN_IDP_MAX)
    return pn_set_error (error, PN_ERROR_INVALID_DATA, "%s is too large to be a description", path),
           NULL;
  data = g_malloc (size + 1);
  if (archive_read_data (self->archive, data, size + 1) != (la_ssize_t) size)
    return pn_set_error (error, PN_ERROR_INVALID_DATA, "%s cannot be unpacked", path), NULL;
  return g_bytes_new_take (g_steal_pointer (&data), size);
}

GBytes *
pn_idp_archive_read_description (const PnIdpSource *source, char **description, GError **error)
{
  g_autoptr (Archive) archive = open_archive (source->fd);
  g_autoptr (GBytes) json = NULL;
  g_autofree char *found = NULL;
  Walk walk = { .archive = archive, .cancellable = source->cancellable };
  const char *path;
  guint n_found = 0;
  Entry *entry;

  if (archive == NULL)
    return pn_set_error (error, PN_ERROR_INVALID_DATA, "It is neither a folder nor a tar archive"),
           NULL;
  do
    {
      g_autofree char *name = NULL;

      if (!next_file (&walk, &entry, &path, error))
        return NULL;
      name = path != NULL ? g_path_get_basename (path) : NULL;
      if (name == NULL || !pn_idp_is_description (name) || n_found++ > 0)
        continue;
      found = g_strdup (path);
      json = read_small (&walk, entry, path, error);
      if (json == NULL)
        return NULL;
    }
  while (path != NULL);
  if (n_found == 0)
    return pn_set_error (
               error, PN_ERROR_INVALID_DATA,
               "There is no description (a .json file) in it, so it is no image set. Where "
               "a disc image is in it, unpack or convert it first"),
           NULL;
  if (!pn_idp_check_found (n_found, error))
    return NULL;
  *description = g_steal_pointer (&found);
  return g_steal_pointer (&json);
}

/* ---- unpacking ---- */

static int
open_scratch (const PnIdpSource *source, GError **error)
{
  int fd = open (source->scratch, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);

  if (fd < 0)
    pn_set_error_from_errno (error, errno, "Cannot make a temporary file in %s", source->scratch);
  return fd;
}

static gboolean
unpack (Walk *self, Entry *entry, int fd, guint64 limit, const char *path, GError **error)
{
  g_autofree guint8 *buffer = g_malloc (COPY_SIZE);
  guint64 size = (guint64) archive_entry_size (entry);
  guint64 done = 0;

  if (size > limit)
    return pn_set_error (error, PN_ERROR_INVALID_DATA,
                         "%s is larger than the partition that it is for", path);
  for (;;)
    {
      la_ssize_t got = archive_read_data (self->archive, buffer, COPY_SIZE);

      if (g_cancellable_set_error_if_cancelled (self->cancellable, error))
        return FALSE;
      if (got < 0 || (guint64) got > size - done || (got == 0 && done < size))
        return pn_set_error (error, PN_ERROR_INVALID_DATA,
                             "%s cannot be unpacked: the archive is damaged", path);
      if (got == 0)
        return TRUE;
      if (!pn_write_all (fd, buffer, (gsize) got, error))
        return FALSE;
      done += (guint64) got;
    }
}

/* The index of the wanted file that @path is, or -1. */
static int
find_wanted (const char *path, const char *folder, const char *const *files)
{
  g_autofree char *name = g_path_get_basename (path);
  g_autofree char *beside = g_path_get_dirname (path);

  if (g_str_equal (beside, folder))
    for (int i = 0; files[i] != NULL; i++)
      if (g_str_equal (name, files[i]))
        return i;
  return -1;
}

gboolean
pn_idp_archive_unpack (const PnIdpSource *source,
                       const char *description,
                       const char *const *files,
                       const guint64 *limits,
                       int *fds,
                       GError **error)
{
  g_autoptr (Archive) archive = open_archive (source->fd);
  g_autofree char *folder = g_path_get_dirname (description);
  Walk walk = { .archive = archive, .cancellable = source->cancellable };
  const char *path;
  Entry *entry;

  if (archive == NULL)
    return pn_set_error (error, PN_ERROR_INVALID_DATA, "It is neither a folder nor a tar archive");
  for (;;)
    {
      int index;

      if (!next_file (&walk, &entry, &path, error))
        return FALSE;
      if (path == NULL)
        return TRUE;
      index = find_wanted (path, folder, files);
      if (index < 0)
        continue;
      if (fds[index] >= 0)
        return pn_set_error (error, PN_ERROR_INVALID_DATA, "The archive has %s twice", path);
      fds[index] = open_scratch (source, error);
      if (fds[index] < 0 || !unpack (&walk, entry, fds[index], limits[index], path, error))
        return FALSE;
    }
}
