/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "pn-bundle-store-private.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "pn-error.h"
#include "pn-io.h"

#define GRAIN 4096 /* bytes: what a file takes up is a multiple of it */

static void
stored_free (PnStoredBundle *self)
{
  g_free (self->digest);
  pn_manifest_unref (self->manifest);
  g_free (self);
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC (PnStoredBundle, stored_free)

void
pn_bundle_policy_clear (PnBundlePolicy *self)
{
  g_clear_pointer (&self->keys, g_strfreev);
}

/* ---- what changed ---- */

static gboolean
changed_dispatch (GSource *source, GSourceFunc callback, gpointer user_data)
{
  g_source_set_ready_time (source, -1);
  return callback (user_data);
}

static GSourceFuncs changed_funcs = { NULL, NULL, changed_dispatch, NULL, NULL, NULL };

void
pn_bundle_store_note (PnBundleStore *self)
{
  g_source_set_ready_time (self->changed, 0);
}

/* ---- one bundle ---- */

guint64
pn_stored_bundle_size (PnManifest *manifest)
{
  guint n = pn_manifest_get_n_artefacts (manifest);
  guint64 size = g_bytes_get_size (pn_manifest_get_bytes (manifest)) + GRAIN * (n + 3);

  for (guint i = 0; i < n; i++)
    size += pn_manifest_get_artefact (manifest, i)->size;
  return size;
}

static gint64
to_unix (const struct timespec *time)
{
  return time->tv_sec * G_USEC_PER_SEC + time->tv_nsec / 1000;
}

static PnBundle *
open_folder (PnBundleStore *self,
             const char *digest,
             gboolean hash,
             GCancellable *cancellable,
             GError **error)
{
  g_auto (PnFd) fd = pn_open_at (self->fd, digest, O_RDONLY | O_DIRECTORY, error);
  PnBundle *bundle = NULL;

  if (fd >= 0)
    bundle = hash ? pn_bundle_open (fd, NULL, NULL, cancellable, error)
                  : pn_bundle_open_written (fd, error);
  if (bundle != NULL)
    {
      PnSha256 found = pn_manifest_get_digest (pn_bundle_get_manifest (bundle));
      g_autofree char *hex = pn_sha256_to_hex (&found);

      if (g_str_equal (hex, digest))
        return bundle;
      pn_bundle_free (bundle);
      pn_set_error (error, PN_ERROR_SIGNATURE, "It is another bundle, %s", hex);
    }
  return NULL;
}

PnStoredBundle *
pn_stored_bundle_read (PnBundleStore *self, const char *digest, GError **error)
{
  g_autoptr (PnBundle) bundle = open_folder (self, digest, FALSE, NULL, error);
  g_autofree char *manifest = g_build_filename (digest, PN_MANIFEST_NAME, NULL);
  struct stat folder, file;
  PnStoredBundle *stored;

  if (bundle == NULL)
    return NULL;
  if (fstatat (self->fd, digest, &folder, 0) < 0 || fstatat (self->fd, manifest, &file, 0) < 0)
    {
      pn_set_error_from_errno (error, errno, "Cannot look at %s", digest);
      return NULL;
    }
  stored = g_new0 (PnStoredBundle, 1);
  stored->digest = g_strdup (digest);
  stored->manifest = pn_manifest_ref (pn_bundle_get_manifest (bundle));
  stored->size = pn_stored_bundle_size (stored->manifest);
  stored->installed = to_unix (&file.st_mtim);
  stored->used = to_unix (&folder.st_mtim);
  return stored;
}

/* ---- the folder ---- */

static gboolean
is_digest (const char *name)
{
  PnSha256 digest;

  return pn_sha256_from_hex (name, &digest);
}

static void
discard (PnBundleStore *self, const char *name)
{
  g_autofree char *path = g_build_filename (self->folder, name, NULL);

  pn_remove_folder (path);
  (void) g_unlink (path);
}

/* What cannot be read now may be read another time: only what is not whole is removed. */
static void
load_one (PnBundleStore *self, const char *name)
{
  g_autoptr (GError) error = NULL;
  PnStoredBundle *stored = pn_stored_bundle_read (self, name, &error);

  if (stored != NULL)
    {
      g_hash_table_insert (self->bundles, stored->digest, stored);
      return;
    }
  if (error->code == PN_ERROR_IO || error->code == PN_ERROR_PERMISSION ||
      error->code == PN_ERROR_NO_SPACE)
    {
      g_warning ("The bundle %s cannot be read, ignoring it: %s", name, error->message);
      return;
    }
  g_warning ("The bundle %s is damaged and is removed; install it again: %s", name, error->message);
  discard (self, name);
}

static gboolean
load_all (PnBundleStore *self, GError **error)
{
  g_autoptr (GDir) dir = g_dir_open (self->folder, 0, NULL);
  g_autoptr (GPtrArray) names = g_ptr_array_new_with_free_func (g_free);
  const char *name;

  if (dir == NULL)
    return pn_set_error (error, PN_ERROR_IO, "Cannot read %s", self->folder);
  while ((name = g_dir_read_name (dir)) != NULL)
    g_ptr_array_add (names, g_strdup (name));
  for (guint i = 0; i < names->len; i++)
    if (is_digest (names->pdata[i]))
      load_one (self, names->pdata[i]);
    else
      discard (self, names->pdata[i]);
  return TRUE;
}

PnBundleStore *
pn_bundle_store_open (const char *folder, GSourceFunc changed, gpointer user_data, GError **error)
{
  g_autoptr (PnBundleStore) self = g_new0 (PnBundleStore, 1);

  self->folder = g_strdup (folder);
  self->bundles =
      g_hash_table_new_full (g_str_hash, g_str_equal, NULL, (GDestroyNotify) stored_free);
  g_mutex_init (&self->lock);
  self->changed = g_source_new (&changed_funcs, sizeof (GSource));
  g_source_set_callback (self->changed, changed, user_data, NULL);
  g_source_attach (self->changed, g_main_context_get_thread_default ());
  if (g_mkdir_with_parents (folder, 0700) < 0)
    {
      self->fd = -1;
      pn_set_error_from_errno (error, errno, "Cannot make %s", folder);
      return NULL;
    }
  self->fd = pn_open (folder, O_RDONLY | O_DIRECTORY, error);
  return self->fd >= 0 && load_all (self, error) ? g_steal_pointer (&self) : NULL;
}

void
pn_bundle_store_close (PnBundleStore *self)
{
  g_source_destroy (self->changed);
  g_source_unref (self->changed);
  g_hash_table_unref (self->bundles);
  if (self->fd >= 0)
    pn_fd_close (self->fd);
  g_mutex_clear (&self->lock);
  g_free (self->folder);
  g_free (self);
}

gboolean
pn_bundle_store_flush (PnBundleStore *self, GError **error)
{
  if (fsync (self->fd) == 0)
    return TRUE;
  pn_set_error_from_errno (error, errno, "Cannot write %s", self->folder);
  return FALSE;
}

/* ---- what is in it ---- */

static PnStoredBundle *
stored_copy (const PnStoredBundle *other)
{
  PnStoredBundle *self = g_memdup2 (other, sizeof *other);

  self->digest = g_strdup (other->digest);
  (void) pn_manifest_ref (self->manifest);
  return self;
}

GPtrArray *
pn_bundle_store_list (PnBundleStore *self)
{
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&self->lock);
  GPtrArray *all = g_ptr_array_new_with_free_func ((GDestroyNotify) stored_free);
  GHashTableIter iter;
  gpointer stored;

  g_hash_table_iter_init (&iter, self->bundles);
  while (g_hash_table_iter_next (&iter, NULL, &stored))
    g_ptr_array_add (all, stored_copy (stored));
  return all;
}

PnStoredBundle *
pn_bundle_store_find (PnBundleStore *self, const char *digest)
{
  return g_hash_table_lookup (self->bundles, digest);
}

static PnStoredBundle *
find (PnBundleStore *self, const char *digest, GError **error)
{
  PnStoredBundle *stored = pn_bundle_store_find (self, digest);

  if (stored == NULL)
    pn_set_error (error, PN_ERROR_NOT_FOUND,
                  "The bundle %s is not in the store of the helper; install it again", digest);
  return stored;
}

gboolean
pn_bundle_store_hold (PnBundleStore *self, const char *digest, GError **error)
{
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&self->lock);
  PnStoredBundle *stored = find (self, digest, error);

  if (stored == NULL)
    return FALSE;
  stored->holders++;
  stored->used = g_get_real_time ();
  /* Only the order in which bundles make room hangs on it. */
  (void) utimensat (self->fd, digest, NULL, 0);
  pn_bundle_store_note (self);
  return TRUE;
}

void
pn_bundle_store_let_go (PnBundleStore *self, const char *digest)
{
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&self->lock);
  PnStoredBundle *stored = pn_bundle_store_find (self, digest);

  g_return_if_fail (stored != NULL && stored->holders > 0);
  stored->holders--;
  pn_bundle_store_note (self);
}

PnBundle *
pn_bundle_store_load (PnBundleStore *self,
                      const char *digest,
                      GCancellable *cancellable,
                      GError **error)
{
  g_autoptr (PnBundle) bundle = open_folder (self, digest, TRUE, cancellable, error);

  return bundle != NULL && pn_bundle_verify (bundle, cancellable, error) ? g_steal_pointer (&bundle)
                                                                         : NULL;
}

char *
pn_bundle_store_take_out (PnBundleStore *self, PnStoredBundle *stored, GError **error)
{
  g_autofree char *aside = g_strconcat (".removed-", stored->digest, NULL);

  if (renameat (self->fd, stored->digest, self->fd, aside) < 0)
    {
      pn_set_error_from_errno (error, errno, "Cannot remove the bundle %s", stored->digest);
      return NULL;
    }
  g_hash_table_remove (self->bundles, stored->digest);
  pn_bundle_store_note (self);
  return g_build_filename (self->folder, aside, NULL);
}

/* NULL where it cannot be removed. */
static PnStoredBundle *
find_idle (PnBundleStore *self, const char *digest, GError **error)
{
  PnStoredBundle *stored = find (self, digest, error);

  if (stored == NULL || stored->holders == 0)
    return stored;
  pn_set_error (error, PN_ERROR_BUSY,
                "The bundle %s is in use; close its batches, and let their runs end", digest);
  return NULL;
}

gboolean
pn_bundle_store_can_remove (PnBundleStore *self, const char *digest, GError **error)
{
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&self->lock);

  return find_idle (self, digest, error) != NULL;
}

static char *
remove_locked (PnBundleStore *self, const char *digest, GError **error)
{
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&self->lock);
  PnStoredBundle *stored = find_idle (self, digest, error);

  return stored != NULL ? pn_bundle_store_take_out (self, stored, error) : NULL;
}

gboolean
pn_bundle_store_remove (PnBundleStore *self, const char *digest, GError **error)
{
  g_autofree char *aside = remove_locked (self, digest, error);

  if (aside == NULL)
    return FALSE;
  pn_remove_folder (aside);
  return pn_bundle_store_flush (self, error);
}
