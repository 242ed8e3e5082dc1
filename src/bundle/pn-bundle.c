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
#define MAX_SIGNATURE 4096

struct _PnBundle
{
  PnManifest *manifest;
  GArray *fds; /* int, in the manifest's order */
};

typedef struct
{
  PnProgressFunc func;
  gpointer user_data;
  guint64 done, total;
  gboolean written; /* by us just now: sizes are enough */
} Progress;

static void
close_fd (gpointer data)
{
  pn_fd_close (*(int *) data);
}

void
pn_bundle_free (PnBundle *self)
{
  g_array_unref (self->fds);
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

static GBytes *
read_at (int dir_fd, const char *name, gsize max, GError **error)
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

static gboolean
check_names (int dir_fd, PnManifest *manifest, GError **error)
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

/* Hashes a file, and copies it where @target is a descriptor. */
static gboolean
hash_file (int fd,
           int target,
           const PnArtefact *artefact,
           Progress *progress,
           GCancellable *cancellable,
           GError **error)
{
  g_autoptr (PnHasher) hasher = pn_hasher_new ();
  g_autofree guint8 *buffer = g_malloc (CHUNK);
  goffset size = pn_file_size (fd, error);
  PnSha256 digest;
  guint64 at = 0;

  if (size < 0)
    {
      g_prefix_error (error, "%s: ", artefact->name);
      return FALSE;
    }
  if ((guint64) size != artefact->size)
    {
      pn_set_error (error, PN_ERROR_SIGNATURE,
                    "The bundle was altered: %s has %s bytes, the manifest says %s", artefact->name,
                    PN_NUMBER ((gint64) size), PN_NUMBER (artefact->size));
      return FALSE;
    }
  if (progress->written)
    return TRUE;
  while (at < artefact->size)
    {
      gsize count = (gsize) MIN (CHUNK, artefact->size - at);

      if (g_cancellable_set_error_if_cancelled (cancellable, error) ||
          !pn_pread_all (fd, buffer, count, (goffset) at, error) ||
          (target >= 0 && !pn_write_all (target, buffer, count, error)))
        return FALSE;
      pn_hasher_update (hasher, buffer, count);
      at += count;
      progress->done += count;
      if (progress->func != NULL)
        progress->func (progress->done, progress->total, progress->user_data);
    }
  digest = pn_hasher_finish (g_steal_pointer (&hasher));
  if (pn_sha256_equal (&digest, &artefact->digest))
    return TRUE;
  pn_set_error (error, PN_ERROR_SIGNATURE,
                "The bundle was altered: the content of %s is not what was sealed", artefact->name);
  return FALSE;
}

static gboolean
take_artefact (PnBundle *self,
               int dir_fd,
               int target_fd,
               const PnArtefact *artefact,
               Progress *progress,
               GCancellable *cancellable,
               GError **error)
{
  g_auto (PnFd) fd = pn_open_at (dir_fd, artefact->name, O_RDONLY, error);
  g_auto (PnFd) target = -1;

  if (fd < 0)
    {
      pn_prefix_error (error, "The bundle is not complete");
      return FALSE;
    }
  if (target_fd >= 0)
    {
      target = pn_open_at (target_fd, artefact->name, O_WRONLY | O_CREAT | O_EXCL, error);
      if (target < 0)
        return FALSE;
    }
  if (!hash_file (fd, target, artefact, progress, cancellable, error))
    return FALSE;
  if (target >= 0)
    {
      if (fsync (target) < 0)
        {
          pn_set_error_from_errno (error, errno, "Cannot write %s", artefact->name);
          return FALSE;
        }
      /* Workers get these descriptors: nobody who holds one may write to the store. */
      pn_fd_close (fd);
      fd = pn_open_at (target_fd, artefact->name, O_RDONLY, error);
      if (fd < 0)
        return FALSE;
    }
  g_array_append_val (self->fds, fd);
  fd = -1;
  return TRUE;
}

static gboolean
check_manifest_signature (int dir_fd, PnManifest *manifest, GBytes **signature, GError **error)
{
  PnPublicKey *key = pn_manifest_get_public_key (manifest);
  PnSha256 digest = pn_manifest_get_digest (manifest);

  if (key == NULL)
    return TRUE;
  *signature = read_at (dir_fd, PN_MANIFEST_SIGNATURE_NAME, MAX_SIGNATURE, error);
  if (*signature == NULL)
    return FALSE;
  if (pn_sig_file_verify (*signature, &digest, key, error))
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

/* @target_fd -1: nothing is copied. */
static PnBundle *
take (int dir_fd,
      int target_fd,
      gboolean written,
      PnProgressFunc func,
      gpointer user_data,
      GCancellable *cancellable,
      GError **error)
{
  g_autoptr (PnBundle) self = g_new0 (PnBundle, 1);
  g_autoptr (GBytes) json = NULL;
  g_autoptr (GBytes) signature = NULL;
  Progress progress = { func, user_data, 0, 0, written };

  self->fds = g_array_new (FALSE, FALSE, sizeof (int));
  g_array_set_clear_func (self->fds, close_fd);
  json = read_at (dir_fd, PN_MANIFEST_NAME, PN_MANIFEST_MAX, error);
  if (json == NULL)
    {
      pn_prefix_error (error, "It is not a bundle");
      return NULL;
    }
  self->manifest = pn_manifest_parse (json, error);
  if (self->manifest == NULL ||
      !check_manifest_signature (dir_fd, self->manifest, &signature, error) ||
      !check_names (dir_fd, self->manifest, error))
    return NULL;
  for (guint i = 0; i < pn_manifest_get_n_artefacts (self->manifest); i++)
    progress.total += pn_manifest_get_artefact (self->manifest, i)->size;
  for (guint i = 0; i < pn_manifest_get_n_artefacts (self->manifest); i++)
    if (!take_artefact (self, dir_fd, target_fd, pn_manifest_get_artefact (self->manifest, i),
                        &progress, cancellable, error))
      return NULL;
  if (target_fd >= 0 &&
      (!pn_bundle_write_at (target_fd, PN_MANIFEST_NAME, json, error) ||
       (signature != NULL &&
        !pn_bundle_write_at (target_fd, PN_MANIFEST_SIGNATURE_NAME, signature, error))))
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
  return take (dir_fd, -1, FALSE, progress, user_data, cancellable, error);
}

PnBundle *
pn_bundle_open_written (int dir_fd, GCancellable *cancellable, GError **error)
{
  return take (dir_fd, -1, TRUE, NULL, NULL, cancellable, error);
}

PnBundle *
pn_bundle_import (int dir_fd,
                  int target_fd,
                  PnProgressFunc progress,
                  gpointer user_data,
                  GCancellable *cancellable,
                  GError **error)
{
  g_autoptr (PnBundle) self =
      take (dir_fd, target_fd, FALSE, progress, user_data, cancellable, error);

  if (self != NULL && fsync (target_fd) < 0)
    {
      pn_set_error_from_errno (error, errno, "Cannot write the bundle");
      return NULL;
    }
  return g_steal_pointer (&self);
}
