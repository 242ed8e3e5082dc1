/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "pn-bundle-private.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include "pn-io.h"
#include "pn-sig-file.h"

#define CHUNK (1024 * 1024)

static void
close_fd (gpointer data)
{
  pn_fd_close (*(int *) data);
}

void
pn_bundle_free (PnBundle *self)
{
  g_array_unref (self->fds);
  g_array_unref (self->guards);
  g_mutex_clear (&self->mutex);
  g_clear_pointer (&self->manifest, pn_manifest_unref);
  g_free (self);
}

PnManifest *
pn_bundle_get_manifest (PnBundle *self)
{
  return self->manifest;
}

int
pn_bundle_get_fd (PnBundle *self, PnRole role)
{
  const PnArtefact *artefact = pn_manifest_find (self->manifest, role);

  return artefact != NULL
             ? pn_bundle_get_fds (self)[pn_manifest_index_of (self->manifest, artefact)]
             : -1;
}

const int *
pn_bundle_get_fds (PnBundle *self)
{
  return (const int *) self->fds->data;
}

GBytes *
pn_bundle_read_at (int dir_fd, const char *name, gsize max, GError **error)
{
  g_auto (PnFd) fd = pn_open_at (dir_fd, name, O_RDONLY, error);
  GBytes *bytes;

  if (fd < 0)
    return NULL;
  bytes = pn_read_file_fd (fd, max, error);
  if (bytes == NULL)
    g_prefix_error (error, "%s: ", name);
  return bytes;
}

static gboolean
is_expected (PnManifest *manifest, const char *name)
{
  if (g_str_equal (name, PN_MANIFEST_NAME) || (g_str_equal (name, PN_MANIFEST_SIGNATURE_NAME) &&
                                               pn_manifest_get_public_key (manifest) != NULL))
    return TRUE;
  for (guint i = 0; i < pn_manifest_get_n_artefacts (manifest); i++)
    if (g_str_equal (name, pn_manifest_get_artefact (manifest, i)->name))
      return TRUE;
  return FALSE;
}

gboolean
pn_bundle_check_names (int dir_fd, PnManifest *manifest, GError **error)
{
  int copy = openat (dir_fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  DIR *dir = copy >= 0 ? fdopendir (copy) : NULL;
  struct dirent *entry;
  gboolean fine = TRUE;

  if (dir == NULL)
    {
      pn_set_error_from_errno (error, errno, "Cannot read the bundle");
      return FALSE;
    }
  while (fine && (entry = readdir (dir)) != NULL)
    if (!g_str_equal (entry->d_name, ".") && !g_str_equal (entry->d_name, "..") &&
        !is_expected (manifest, entry->d_name))
      {
        fine = FALSE;
        pn_set_error (error, PN_ERROR_INVALID_DATA,
                      "The bundle has a file that is not in its manifest: %s", entry->d_name);
      }
  closedir (dir);
  return fine;
}

guint64
pn_bundle_size (PnManifest *manifest)
{
  guint64 size = 0;

  for (guint i = 0; i < pn_manifest_get_n_artefacts (manifest); i++)
    size += pn_manifest_get_artefact (manifest, i)->size;
  return size;
}

/* ---- artefacts ---- */

gboolean
pn_bundle_check_size (const PnArtefact *artefact, guint64 size, GError **error)
{
  return size == artefact->size ||
         pn_set_error (error, PN_ERROR_SIGNATURE,
                       "The bundle was altered: %s has %s bytes, the manifest says %s",
                       artefact->name, PN_NUMBER (size), PN_NUMBER (artefact->size));
}

gboolean
pn_bundle_pour (PnPouring *pouring,
                const PnArtefact *artefact,
                PnPieceFunc piece,
                gpointer source,
                PnPutFunc put,
                gpointer target,
                GError **error)
{
  g_autoptr (PnHasher) hasher = pn_hasher_new ();
  g_autofree guint8 *buffer = g_malloc (CHUNK);
  PnSha256 digest;
  guint64 at = 0;

  while (at < artefact->size)
    {
      gssize got;

      if (g_cancellable_set_error_if_cancelled (pouring->cancellable, error))
        return FALSE;
      got = piece (source, buffer, (gsize) MIN (CHUNK, artefact->size - at), error);
      if (got == 0)
        return pn_bundle_check_size (artefact, at, error);
      if (got < 0 || (put != NULL && !put (target, buffer, (gsize) got, error)))
        return FALSE;
      pn_hasher_update (hasher, buffer, (gsize) got);
      at += (guint64) got;
      pouring->done += (guint64) got;
      if (pouring->func != NULL)
        pouring->func (pouring->done, pouring->total, pouring->user_data);
    }
  digest = pn_hasher_finish (g_steal_pointer (&hasher));
  return pn_sha256_equal (&digest, &artefact->digest) ||
         pn_set_error (error, PN_ERROR_SIGNATURE,
                       "The bundle was altered: the content of %s is not what was sealed",
                       artefact->name);
}

gssize
pn_bundle_piece_of_file (gpointer source, void *buffer, gsize size, GError **error)
{
  PnFilePiece *file = source;
  gssize got = pn_pread (file->fd, buffer, size, (goffset) file->at, error);

  file->at += (guint64) MAX (got, 0);
  return got;
}

gboolean
pn_bundle_put_in_file (gpointer target, const void *buffer, gsize size, GError **error)
{
  return pn_write_all (*(int *) target, buffer, size, error);
}

/* @pouring NULL: written by us just now, sizes are enough. */
static gboolean
take_artefact (
    PnBundle *self, int dir_fd, const PnArtefact *artefact, PnPouring *pouring, GError **error)
{
  g_auto (PnFd) fd = pn_open_at (dir_fd, artefact->name, O_RDONLY, error);
  PnFilePiece file = { fd, 0 };
  goffset size;
  PnBundleGuard guard = { { 0 }, TRUE };

  if (fd < 0)
    {
      pn_prefix_error (error, "The bundle is not complete");
      return FALSE;
    }
  size = pn_file_size (fd, error);
  if (size < 0)
    {
      g_prefix_error (error, "%s: ", artefact->name);
      return FALSE;
    }
  if (pouring != NULL)
    guard.stamp = pn_file_stamp_take (fd);
  if (!pn_bundle_check_size (artefact, (guint64) size, error) ||
      (pouring != NULL &&
       !pn_bundle_pour (pouring, artefact, pn_bundle_piece_of_file, &file, NULL, NULL, error)))
    return FALSE;
  g_array_append_val (self->guards, guard);
  g_array_append_val (self->fds, fd);
  fd = -1;
  return TRUE;
}

/* ---- the manifest ---- */

gboolean
pn_bundle_check_signature (PnManifest *manifest, GBytes *signature, GError **error)
{
  PnPublicKey *key = pn_manifest_get_public_key (manifest);
  PnSha256 digest = pn_manifest_get_digest (manifest);

  if (key == NULL || pn_sig_file_verify (signature, &digest, key, error))
    return TRUE;
  pn_prefix_error (error, "The bundle's manifest was altered");
  return FALSE;
}

gboolean
pn_bundle_write_at (int dir_fd, const char *name, GBytes *content, GError **error)
{
  g_auto (PnFd) fd = pn_open_at (dir_fd, name, O_WRONLY | O_CREAT | O_EXCL, error);

  if (fd < 0 ||
      !pn_write_all (fd, g_bytes_get_data (content, NULL), g_bytes_get_size (content), error))
    return FALSE;
  if (fsync (fd) == 0)
    return TRUE;
  pn_set_error_from_errno (error, errno, "Cannot write %s", name);
  return FALSE;
}

static PnBundle *
take (int dir_fd, PnPouring *pouring, GError **error)
{
  g_autoptr (PnBundle) self = g_new0 (PnBundle, 1);
  g_autoptr (GBytes) json = pn_bundle_read_at (dir_fd, PN_MANIFEST_NAME, PN_MANIFEST_MAX, error);
  g_autoptr (GBytes) signature = NULL;

  self->fds = g_array_new (FALSE, FALSE, sizeof (int));
  g_array_set_clear_func (self->fds, close_fd);
  self->guards = g_array_new (FALSE, FALSE, sizeof (PnBundleGuard));
  g_mutex_init (&self->mutex);
  if (json == NULL)
    {
      pn_prefix_error (error, "It is not a bundle");
      return NULL;
    }
  self->manifest = pn_manifest_parse (json, error);
  if (self->manifest == NULL ||
      (pn_manifest_get_public_key (self->manifest) != NULL &&
       (signature = pn_bundle_read_at (dir_fd, PN_MANIFEST_SIGNATURE_NAME,
                                       PN_MANIFEST_SIGNATURE_MAX, error)) == NULL) ||
      !pn_bundle_check_signature (self->manifest, signature, error) ||
      !pn_bundle_check_names (dir_fd, self->manifest, error))
    return NULL;
  if (pouring != NULL)
    pouring->total = pn_bundle_size (self->manifest);
  for (guint i = 0; i < pn_manifest_get_n_artefacts (self->manifest); i++)
    if (!take_artefact (self, dir_fd, pn_manifest_get_artefact (self->manifest, i), pouring, error))
      return NULL;
  return g_steal_pointer (&self);
}

PnBundle *
pn_bundle_open (int dir_fd,
                PnProgressFunc progress,
                gpointer user_data,
                GCancellable *cancellable,
                GError **error)
{
  PnPouring pouring = { progress, user_data, 0, 0, cancellable };

  return take (dir_fd, &pouring, error);
}

PnBundle *
pn_bundle_open_written (int dir_fd, GError **error)
{
  return take (dir_fd, NULL, error);
}
