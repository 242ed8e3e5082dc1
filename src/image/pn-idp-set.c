/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include <glib/gi18n-lib.h>

#include "pn-idp-set-private.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#include "pn-io.h"
#include "pn-sparse.h"

/* A sparse file is larger than what it expands to by its headers alone. */
#define MAX_OVERHEAD(size) ((size) / 64 + 1024 * 1024)

typedef struct
{
  int fd;
  struct stat status;
  PnRuns *runs;
} SetFile;

struct _PnIdpSet
{
  PnIdp *idp;
  PnSha256 description; /* as it was found */
  GPtrArray *names;     /* sorted, NULL-terminated; borrowed from idp */
  GArray *files;        /* SetFile, in the order of names */
};

static void
clear_file (gpointer data)
{
  SetFile *file = data;

  g_clear_pointer (&file->runs, pn_runs_free);
  if (file->fd >= 0)
    pn_fd_close (file->fd);
}

void
pn_idp_set_free (PnIdpSet *self)
{
  g_clear_pointer (&self->files, g_array_unref);
  g_clear_pointer (&self->names, g_ptr_array_unref);
  g_clear_pointer (&self->idp, pn_idp_free);
  g_free (self);
}

const PnIdp *
pn_idp_set_get_description (PnIdpSet *self)
{
  return self->idp;
}

const char *const *
pn_idp_set_get_files (PnIdpSet *self)
{
  return (const char *const *) self->names->pdata;
}

static SetFile *
find (PnIdpSet *self, const char *name)
{
  for (guint i = 0; i < self->files->len; i++)
    if (g_str_equal (self->names->pdata[i], name))
      return &g_array_index (self->files, SetFile, i);
  return NULL;
}

PnRuns *
pn_idp_set_get_runs (PnIdpSet *self, const char *name)
{
  SetFile *file = find (self, name);

  return file != NULL ? file->runs : NULL;
}

gboolean
pn_idp_is_description (const char *name)
{
  return g_str_has_suffix (name, ".json") && name[0] != '.';
}

gboolean
pn_idp_check_found (guint n_found, GError **error)
{
  if (n_found == 1)
    return TRUE;
  pn_set_error (error, PN_ERROR_INVALID_DATA,
                n_found == 0
                    ? N_ ("There is no description (a .json file) in it: it is not an image set")
                    : N_ ("There is more than one .json file in it: leave only the image set's "
                          "description there"));
  return FALSE;
}

/* ---- folder ---- */

/* The name of the one description. */
static char *
find_description (int folder, GError **error)
{
  int copy = openat (folder, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  DIR *dir = copy >= 0 ? fdopendir (copy) : NULL;
  g_autofree char *found = NULL;
  struct dirent *entry;
  guint n_found = 0;

  if (dir == NULL)
    {
      pn_set_error_from_errno (error, errno, "Cannot read the folder");
      return NULL;
    }
  while ((entry = readdir (dir)) != NULL)
    if (pn_idp_is_description (entry->d_name) && n_found++ == 0)
      found = g_strdup (entry->d_name);
  closedir (dir);
  return pn_idp_check_found (n_found, error) ? g_steal_pointer (&found) : NULL;
}

static GBytes *
read_description (const PnIdpSource *source, char **path, GError **error)
{
  g_autofree char *name = find_description (source->fd, error);
  g_auto (PnFd) fd = name != NULL ? pn_open_at (source->fd, name, O_RDONLY, error) : -1;
  GBytes *json = fd >= 0 ? pn_read_file_fd (fd, PN_IDP_MAX, error) : NULL;

  *path = g_steal_pointer (&name);
  return json;
}

static gboolean
open_files (const PnIdpSource *source, const char *const *files, int *fds, GError **error)
{
  for (guint i = 0; files[i] != NULL; i++)
    {
      g_autoptr (GError) local = NULL;

      fds[i] = pn_open_at (source->fd, files[i], O_RDONLY, &local);
      if (fds[i] < 0 && !g_error_matches (local, PN_ERROR, PN_ERROR_NOT_FOUND))
        {
          g_propagate_error (error, g_steal_pointer (&local));
          return FALSE;
        }
    }
  return TRUE;
}

/* ---- set ---- */

static int
compare_names (gconstpointer a, gconstpointer b)
{
  return strcmp (*(const char *const *) a, *(const char *const *) b);
}

/* The sparse files of @plan, each once, and how many bytes each may have. */
static void
collect_names (PnIdpSet *self, GPtrArray *plan)
{
  g_autoptr (GHashTable) seen = g_hash_table_new (g_str_hash, g_str_equal);

  self->names = g_ptr_array_new ();
  for (guint i = 0; i < plan->len; i++)
    {
      const PnIdpTarget *target = plan->pdata[i];

      if (g_hash_table_add (seen, target->item->image->file))
        g_ptr_array_add (self->names, target->item->image->file);
    }
  g_ptr_array_sort (self->names, compare_names);
  g_ptr_array_add (self->names, NULL);
}

static guint64
get_limit (GPtrArray *plan, const char *name)
{
  guint64 limit = G_MAXUINT64;

  for (guint i = 0; i < plan->len; i++)
    {
      const PnIdpTarget *target = plan->pdata[i];

      if (g_str_equal (target->item->image->file, name) && !target->grows)
        limit = MIN (limit, target->size + MAX_OVERHEAD (target->size));
    }
  /* What grows has no size of its own that its image would have to fit into. */
  return MIN (limit, PN_IDP_MAX_FILE);
}

static gboolean
take_file (PnIdpSet *self, const char *name, int fd, guint64 limit, GError **error)
{
  SetFile file = { .fd = fd };
  SetFile *kept;
  goffset size;

  g_array_append_val (self->files, file);
  kept = &g_array_index (self->files, SetFile, self->files->len - 1);
  if (fd < 0)
    {
      pn_set_error (error, PN_ERROR_NOT_FOUND,
                    "The image set is not complete: %s is not there. Copy the whole set", name);
      return FALSE;
    }
  size = pn_file_size (fd, error);
  if (size >= 0 && (guint64) size > limit)
    {
      pn_set_error (error, PN_ERROR_INVALID_DATA, "%s is larger than the partition that it is for",
                    name);
      return FALSE;
    }
  if (size >= 0 && fstat (fd, &kept->status) == 0)
    kept->runs = pn_sparse_parse_fd (fd, 0, (guint64) size, PN_SPARSE_STRICT, error);
  if (kept->runs != NULL)
    return TRUE;
  g_prefix_error (error, "%s: ", name);
  return FALSE;
}

/* What the device would find out when the partition is there already. */
static gboolean
check_fits (PnIdpSet *self, const PnIdpTarget *target, GError **error)
{
  const PnIdpImage *image = target->item->image;
  guint64 size = pn_runs_get_n_blocks (pn_idp_set_get_runs (self, image->file)) * PN_RUN_BLOCK_SIZE;

  if (size <= target->size || target->grows)
    return TRUE;
  pn_set_error (error, PN_ERROR_INVALID_DATA,
                "%s expands to %s bytes, but “%s” has only %s. Build the image set again",
                image->file, PN_NUMBER (size), image->key, PN_NUMBER (target->size));
  return FALSE;
}

static gboolean
take_files (PnIdpSet *self, const PnIdpSource *source, const char *archive_path, GError **error)
{
  g_autoptr (GPtrArray) plan = pn_idp_plan (self->idp);
  g_autofree guint64 *limits = NULL;
  g_autofree int *fds = NULL;
  gboolean fine;
  guint n;

  collect_names (self, plan);
  n = self->names->len - 1;
  limits = g_new0 (guint64, n);
  fds = g_new (int, n);
  for (guint i = 0; i < n; i++)
    {
      limits[i] = get_limit (plan, self->names->pdata[i]);
      fds[i] = -1;
    }
  fine = archive_path != NULL
             ? pn_idp_archive_unpack (source, archive_path, pn_idp_set_get_files (self), limits,
                                      fds, error)
             : open_files (source, pn_idp_set_get_files (self), fds, error);
  for (guint i = 0; i < n; i++)
    {
      fine = fine && take_file (self, self->names->pdata[i], fds[i], limits[i], error);
      if (self->files->len <= i && fds[i] >= 0)
        pn_fd_close (fds[i]);
    }
  for (guint i = 0; fine && i < plan->len; i++)
    fine = check_fits (self, plan->pdata[i], error);
  return fine;
}

static gboolean
is_folder (int fd)
{
  struct stat status;

  return fstat (fd, &status) == 0 && S_ISDIR (status.st_mode);
}

static GBytes *
read_any_description (const PnIdpSource *source, char **path, GError **error)
{
  return is_folder (source->fd) ? read_description (source, path, error)
                                : pn_idp_archive_read_description (source, path, error);
}

gboolean
pn_idp_set_is (const char *path)
{
  g_auto (PnFd) fd = pn_open (path, O_RDONLY, NULL);

  return fd >= 0 && (is_folder (fd) || (pn_file_size (fd, NULL) > 0 && pn_idp_archive_is (fd)));
}

PnIdp *
pn_idp_set_peek (const char *path, GCancellable *cancellable, GError **error)
{
  g_auto (PnFd) fd = pn_open (path, O_RDONLY, error);
  PnIdpSource source = { fd, NULL, cancellable };
  g_autofree char *description = NULL;
  g_autoptr (GBytes) json = fd >= 0 ? read_any_description (&source, &description, error) : NULL;

  return json != NULL ? pn_idp_parse (json, PN_IDP_HOST, error) : NULL;
}

PnIdpSet *
pn_idp_set_open (const char *path, const char *scratch, GCancellable *cancellable, GError **error)
{
  g_auto (PnFd) fd = pn_open (path, O_RDONLY, error);
  g_autoptr (PnIdpSet) self = g_new0 (PnIdpSet, 1);
  g_autofree char *description = NULL;
  g_autoptr (GBytes) json = NULL;
  PnIdpSource source = { fd, scratch != NULL ? scratch : g_get_tmp_dir (), cancellable };

  self->files = g_array_new (FALSE, FALSE, sizeof (SetFile));
  g_array_set_clear_func (self->files, clear_file);
  json = fd >= 0 ? read_any_description (&source, &description, error) : NULL;
  if (json == NULL)
    return NULL;
  self->description = pn_sha256_bytes (json);
  self->idp = pn_idp_parse (json, PN_IDP_HOST, error);
  if (self->idp == NULL || !take_files (self, &source, is_folder (fd) ? NULL : description, error))
    return NULL;
  return g_steal_pointer (&self);
}

gboolean
pn_idp_set_get_digest (PnIdpSet *self, PnSha256 *digest, GCancellable *cancellable, GError **error)
{
  g_autofree char *hex = pn_sha256_to_hex (&self->description);
  g_autoptr (GString) text = g_string_new (NULL);

  g_string_append_printf (text, "%s\n", hex);
  for (guint i = 0; i < self->files->len; i++)
    {
      g_autofree char *file_hex = NULL;
      PnSha256 file;

      if (!pn_sha256_fd (g_array_index (self->files, SetFile, i).fd, 0, -1, &file, cancellable,
                         error))
        return FALSE;
      file_hex = pn_sha256_to_hex (&file);
      g_string_append_printf (text, "%s  %s\n", file_hex, (char *) self->names->pdata[i]);
    }
  *digest = pn_sha256 (text->str, text->len);
  return TRUE;
}

gboolean
pn_idp_set_check_unchanged (PnIdpSet *self, GError **error)
{
  for (guint i = 0; i < self->files->len; i++)
    {
      const SetFile *file = &g_array_index (self->files, SetFile, i);
      struct stat now;

      if (fstat (file->fd, &now) == 0 && now.st_size == file->status.st_size &&
          now.st_mtim.tv_sec == file->status.st_mtim.tv_sec &&
          now.st_mtim.tv_nsec == file->status.st_mtim.tv_nsec)
        continue;
      pn_set_error (error, PN_ERROR_STALE, "%s changed while it was read",
                    (char *) self->names->pdata[i]);
      return FALSE;
    }
  return TRUE;
}
