/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The files of a boot partition in a folder, and the way back. What lies in it afterwards was left
 * there by a script: no link of it is followed, and only files count. */
#include "config.h"

#include "pn-prepare-private.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <sys/stat.h>

#include "pn-io.h"

#define MAX_DEPTH 32
#define MAX_FILES 65536
#define MAX_TOTAL (G_GUINT64_CONSTANT (1) << 30) /* bytes */

static gboolean
write_file (const PnFatFile *file, const char *folder, GError **error)
{
  g_autofree char *path = g_build_filename (folder, file->path, NULL);
  g_autofree char *parent = g_path_get_dirname (path);
  g_auto (PnFd) fd = -1;

  if (g_mkdir_with_parents (parent, 0755) < 0)
    {
      pn_set_error_from_errno (error, errno, "Cannot make %s", parent);
      return FALSE;
    }
  fd = pn_open (path, O_WRONLY | O_CREAT | O_EXCL, error);
  return fd >= 0 && pn_write_all (fd, g_bytes_get_data (file->content, NULL),
                                  g_bytes_get_size (file->content), error);
}

gboolean
pn_preparing_write_folder (GPtrArray *files, const char *folder, GError **error)
{
  if (g_mkdir (folder, 0755) < 0)
    {
      pn_set_error_from_errno (error, errno, "Cannot make %s", folder);
      return FALSE;
    }
  for (guint i = 0; i < files->len; i++)
    if (!write_file (files->pdata[i], folder, error))
      return FALSE;
  return TRUE;
}

typedef struct
{
  GHashTable *before; /* path → PnFatFile */
  GPtrArray *files;
  guint64 total; /* bytes */
  GString *path;
} Reading;

static gboolean read_folder (Reading *self, int fd, guint depth, GError **error);

static gboolean
read_file (Reading *self, int fd, GError **error)
{
  const PnFatFile *before = g_hash_table_lookup (self->before, self->path->str);
  g_autoptr (GBytes) content = pn_read_file_fd (fd, MAX_TOTAL, error);
  PnFatFile *file;

  if (content == NULL)
    return FALSE;
  self->total += g_bytes_get_size (content);
  if (self->total > MAX_TOTAL || self->files->len >= MAX_FILES)
    return pn_set_error (error, PN_ERROR_NO_SPACE,
                         "The hooks left more in the boot partition than it can hold");
  file = pn_fat_file_new (self->path->str, content);
  if (before != NULL && g_bytes_equal (before->content, content))
    file->mtime = before->mtime;
  g_ptr_array_add (self->files, file);
  return TRUE;
}

static gboolean
read_entry (Reading *self, int folder, const char *name, guint depth, GError **error)
{
  g_auto (PnFd) fd = openat (folder, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
  struct stat status;

  if (fd >= 0 && fstat (fd, &status) == 0 && S_ISDIR (status.st_mode))
    return read_folder (self, fd, depth + 1, error);
  if (fd >= 0 && S_ISREG (status.st_mode))
    return read_file (self, fd, error);
  return pn_set_error (error, PN_ERROR_INVALID_DATA,
                       "A hook left %s in the boot partition, which can hold only files and "
                       "folders that can be read",
                       self->path->str);
}

static int
compare_names (gconstpointer a, gconstpointer b)
{
  return g_strcmp0 (*(const char *const *) a, *(const char *const *) b);
}

static GPtrArray *
list_names (int fd)
{
  g_autoptr (GPtrArray) names = g_ptr_array_new_with_free_func (g_free);
  DIR *dir = fdopendir (fcntl (fd, F_DUPFD_CLOEXEC, 0));
  struct dirent *entry;

  while (dir != NULL && (entry = readdir (dir)) != NULL)
    if (!g_str_equal (entry->d_name, ".") && !g_str_equal (entry->d_name, ".."))
      g_ptr_array_add (names, g_strdup (entry->d_name));
  if (dir != NULL)
    closedir (dir);
  g_ptr_array_sort (names, compare_names);
  return g_steal_pointer (&names);
}

static gboolean
read_folder (Reading *self, int fd, guint depth, GError **error)
{
  g_autoptr (GPtrArray) names = list_names (fd);
  gsize length = self->path->len;

  if (depth > MAX_DEPTH)
    return pn_set_error (error, PN_ERROR_INVALID_DATA,
                         "The hooks left too many folders in folders in the boot partition");
  for (guint i = 0; i < names->len; i++)
    {
      const char *name = names->pdata[i];

      if (!g_utf8_validate (name, -1, NULL))
        return pn_set_error (error, PN_ERROR_INVALID_DATA,
                             "A hook left a file in the boot partition whose name is no text "
                             "(UTF-8)");
      g_string_append_printf (self->path, "%s%s", length > 0 ? "/" : "", name);
      if (!read_entry (self, fd, name, depth, error))
        return FALSE;
      g_string_truncate (self->path, length);
    }
  return TRUE;
}

gboolean
pn_preparing_read_folder (GPtrArray *files, const char *folder, GError **error)
{
  g_autoptr (GHashTable) before = g_hash_table_new (g_str_hash, g_str_equal);
  g_autoptr (GPtrArray) now = g_ptr_array_new_with_free_func ((GDestroyNotify) pn_fat_file_free);
  g_autoptr (GString) path = g_string_new (NULL);
  g_auto (PnFd) fd = pn_open (folder, O_RDONLY | O_DIRECTORY | O_NOFOLLOW, error);
  Reading self = { before, now, 0, path };

  for (guint i = 0; i < files->len; i++)
    g_hash_table_insert (before, ((PnFatFile *) files->pdata[i])->path, files->pdata[i]);
  if (fd < 0 || !read_folder (&self, fd, 0, error))
    return FALSE;
  g_ptr_array_set_size (files, 0);
  g_ptr_array_extend_and_steal (files, g_steal_pointer (&now));
  return TRUE;
}
