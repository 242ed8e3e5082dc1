/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A bundle comes in: from a folder, or as one file. */
#include "config.h"

#include "pn-bundle-receive.h"

#include <fcntl.h>
#include <linux/fs.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>

#include "pn-bundle-private.h"
#include "pn-io.h"

typedef struct
{
  const PnBundleReception *reception;
  PnManifest *manifest;
  GBytes *signature; /* NULL where there is no key */
  int target;        /* a folder; -1: nothing is copied */
  PnPouring pouring;
} Receiving;

static void
receiving_clear (Receiving *self)
{
  g_clear_pointer (&self->manifest, pn_manifest_unref);
  g_clear_pointer (&self->signature, g_bytes_unref);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Receiving, receiving_clear)

static gboolean
admit (Receiving *self, GError **error)
{
  if (!pn_bundle_check_signature (self->manifest, self->signature, error) ||
      !self->reception->admit (self->manifest, &self->target, self->reception->user_data, error))
    return FALSE;
  self->pouring.total = pn_bundle_size (self->manifest);
  return TRUE;
}

/* ---- one artefact ---- */

static gboolean
flush (int fd, const char *name, GError **error)
{
  if (fsync (fd) == 0)
    return TRUE;
  pn_set_error_from_errno (error, errno, "Cannot write %s", name);
  return FALSE;
}

static gboolean
receive_artefact (
    Receiving *self, const PnArtefact *artefact, PnPieceFunc piece, gpointer source, GError **error)
{
  g_auto (PnFd) to = -1;

  if (self->target < 0)
    return pn_bundle_pour (&self->pouring, artefact, piece, source, NULL, NULL, error);
  to = pn_open_at (self->target, artefact->name, O_WRONLY | O_CREAT | O_EXCL, error);
  return to >= 0 &&
         pn_bundle_pour (&self->pouring, artefact, piece, source, pn_bundle_put_in_file, &to,
                         error) &&
         flush (to, artefact->name, error);
}

/* ---- from a folder ---- */

/* Whether the file system lets a new file of the target have the blocks of @from. What is hashed
 * then is the new file, which nobody else writes to. */
static int
share_blocks (Receiving *self, const char *name, int from, GError **error)
{
  g_auto (PnFd) to = pn_open_at (self->target, name, O_RDWR | O_CREAT | O_EXCL, error);

  if (to < 0 || ioctl (to, FICLONE, from) == 0)
    return g_steal_fd (&to);
  (void) unlinkat (self->target, name, 0);
  return -1;
}

static gboolean
receive_file (Receiving *self, int dir_fd, const PnArtefact *artefact, GError **error)
{
  g_auto (PnFd) from = pn_open_at (dir_fd, artefact->name, O_RDONLY, error);
  g_auto (PnFd) shared = -1;
  PnFilePiece file = { from, 0 };
  goffset size;

  if (from < 0)
    {
      pn_prefix_error (error, "The bundle is not complete");
      return FALSE;
    }
  size = pn_file_size (from, error);
  if (size < 0)
    {
      g_prefix_error (error, "%s: ", artefact->name);
      return FALSE;
    }
  if (!pn_bundle_check_size (artefact, (guint64) size, error))
    return FALSE;
  if (self->target >= 0)
    shared = share_blocks (self, artefact->name, from, NULL);
  if (shared < 0)
    return receive_artefact (self, artefact, pn_bundle_piece_of_file, &file, error);
  file.fd = shared;
  size = pn_file_size (shared, error);
  return size >= 0 && pn_bundle_check_size (artefact, (guint64) size, error) &&
         pn_bundle_pour (&self->pouring, artefact, pn_bundle_piece_of_file, &file, NULL, NULL,
                         error) &&
         flush (shared, artefact->name, error);
}

static gboolean
receive_folder (Receiving *self, int dir_fd, GError **error)
{
  g_autoptr (GBytes) json = pn_bundle_read_at (dir_fd, PN_MANIFEST_NAME, PN_MANIFEST_MAX, error);

  if (json == NULL)
    {
      pn_prefix_error (error, "It is not a bundle");
      return FALSE;
    }
  self->manifest = pn_manifest_parse (json, error);
  if (self->manifest == NULL ||
      (pn_manifest_get_public_key (self->manifest) != NULL &&
       (self->signature = pn_bundle_read_at (dir_fd, PN_MANIFEST_SIGNATURE_NAME,
                                             PN_MANIFEST_SIGNATURE_MAX, error)) == NULL) ||
      !pn_bundle_check_names (dir_fd, self->manifest, error) || !admit (self, error))
    return FALSE;
  for (guint i = 0; i < pn_manifest_get_n_artefacts (self->manifest); i++)
    if (!receive_file (self, dir_fd, pn_manifest_get_artefact (self->manifest, i), error))
      return FALSE;
  return TRUE;
}

/* ---- from one file ---- */

/* The next file, which has to be @wanted. */
static GBytes *
read_small (PnBundleArchive *archive, const char *wanted, gsize max, GError **error)
{
  g_autofree guint8 *data = NULL;
  const char *name;
  guint64 size;
  gsize at = 0;

  if (!pn_bundle_archive_next (archive, &name, &size, error))
    return NULL;
  if (g_strcmp0 (name, wanted) != 0 || size > max)
    return pn_set_error (error, PN_ERROR_INVALID_DATA,
                         "It is not a bundle: %s is not where it has to be. Make the file with "
                         "`punnetctl bundle pack`",
                         wanted),
           NULL;
  data = g_malloc ((gsize) size + 1);
  while (at < size)
    {
      gssize got = pn_bundle_archive_piece (archive, data + at, (gsize) size - at, error);

      if (got <= 0)
        return got == 0 ? pn_set_error (error, PN_ERROR_INVALID_DATA, "%s is cut off", wanted),
               NULL     : NULL;
      at += (gsize) got;
    }
  return g_bytes_new_take (g_steal_pointer (&data), (gsize) size);
}

static gboolean
open_manifest (Receiving *self, PnBundleArchive *archive, GError **error)
{
  g_autoptr (GBytes) json = read_small (archive, PN_MANIFEST_NAME, PN_MANIFEST_MAX, error);

  if (json == NULL || (self->manifest = pn_manifest_parse (json, error)) == NULL)
    return FALSE;
  if (pn_manifest_get_public_key (self->manifest) != NULL)
    {
      self->signature =
          read_small (archive, PN_MANIFEST_SIGNATURE_NAME, PN_MANIFEST_SIGNATURE_MAX, error);
      if (self->signature == NULL)
        return FALSE;
    }
  return admit (self, error);
}

/* In the manifest's order, so that nothing can be there twice. */
static gboolean
receive_archive (Receiving *self, int fd, GError **error)
{
  g_autoptr (PnBundleArchive) archive =
      pn_bundle_archive_open (fd, self->pouring.cancellable, error);
  const char *name;
  guint64 size;

  if (archive == NULL || !open_manifest (self, archive, error))
    return FALSE;
  for (guint i = 0; i < pn_manifest_get_n_artefacts (self->manifest); i++)
    {
      const PnArtefact *artefact = pn_manifest_get_artefact (self->manifest, i);

      if (!pn_bundle_archive_next (archive, &name, &size, error))
        return FALSE;
      if (g_strcmp0 (name, artefact->name) != 0)
        return pn_set_error (error, PN_ERROR_SIGNATURE,
                             "The bundle is not complete: %s is not where it has to be",
                             artefact->name);
      if (!pn_bundle_check_size (artefact, size, error) ||
          !receive_artefact (self, artefact, pn_bundle_archive_piece, archive, error))
        return FALSE;
    }
  return pn_bundle_archive_next (archive, &name, &size, error) &&
         (name == NULL ||
          pn_set_error (error, PN_ERROR_INVALID_DATA,
                        "The bundle has a file that is not in its manifest: %s", name));
}

/* ---- all of it ---- */

/* Last, as there is no bundle without them. */
static gboolean
write_manifest (Receiving *self, GError **error)
{
  return pn_bundle_write_at (self->target, PN_MANIFEST_NAME, pn_manifest_get_bytes (self->manifest),
                             error) &&
         (self->signature == NULL ||
          pn_bundle_write_at (self->target, PN_MANIFEST_SIGNATURE_NAME, self->signature, error)) &&
         flush (self->target, PN_MANIFEST_NAME, error);
}

PnManifest *
pn_bundle_receive (int fd,
                   const PnBundleReception *reception,
                   GCancellable *cancellable,
                   GError **error)
{
  g_auto (Receiving) self = {
    .reception = reception,
    .target = -1,
    .pouring = { reception->progress, reception->user_data, 0, 0, cancellable },
  };
  struct stat status;

  if (fstat (fd, &status) < 0)
    {
      pn_set_error_from_errno (error, errno, "Cannot look at the bundle");
      return NULL;
    }
  if (!(S_ISDIR (status.st_mode) ? receive_folder (&self, fd, error)
                                 : receive_archive (&self, fd, error)) ||
      (self.target >= 0 && !write_manifest (&self, error)))
    return NULL;
  return g_steal_pointer (&self.manifest);
}
