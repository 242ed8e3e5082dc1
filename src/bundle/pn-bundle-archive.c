/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A bundle as one file, a plain tar. It is read once, front to back, so that it may come through a
 * pipe; nothing is ever unpacked under a name of the archive's. */
#include "config.h"

#include "pn-bundle-private.h"
#include "pn-bundle-receive.h"

#include <archive.h>
#include <archive_entry.h>
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>

#include "pn-io.h"

#define READ_SIZE (256 * 1024)  /* bytes read at once */
#define PATIENCE_MS (60 * 1000) /* of a pipe that says nothing */

typedef struct archive Archive;
typedef struct archive_entry Entry;

static void
free_writer (Archive *archive)
{
  (void) archive_write_free (archive);
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC (Archive, free_writer)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Entry, archive_entry_free)

/* ---- reading ---- */

struct _PnBundleArchive
{
  Archive *archive;
  int fd;
  gboolean is_pipe;
  guint64 at; /* in a file: the descriptor's own position may be another's, too */
  GCancellable *cancellable;
  GError *error; /* why the last read failed */
  guint8 buffer[READ_SIZE];
};

/* Waits until a pipe has something, or ends. */
static gboolean
wait_for_pipe (PnBundleArchive *self)
{
  GPollFD fds[2] = { { .fd = self->fd, .events = G_IO_IN } };
  gboolean cancellable =
      self->cancellable != NULL && g_cancellable_make_pollfd (self->cancellable, &fds[1]);
  int n;

  do
    n = g_poll (fds, cancellable ? 2 : 1, PATIENCE_MS);
  while (n < 0 && errno == EINTR);
  if (cancellable)
    g_cancellable_release_fd (self->cancellable);
  if (g_cancellable_set_error_if_cancelled (self->cancellable, &self->error))
    return FALSE;
  return n > 0 || pn_set_error (&self->error, PN_ERROR_TIMED_OUT,
                                "The bundle does not go on: nothing has come for a minute");
}

static gssize
read_pipe (PnBundleArchive *self)
{
  for (;;)
    {
      gssize got;

      if (!wait_for_pipe (self))
        return -1;
      got = read (self->fd, self->buffer, READ_SIZE);
      if (got >= 0)
        return got;
      /* Whoever else holds its end may have been quicker. */
      if (errno == EINTR || errno == EAGAIN)
        continue;
      pn_set_error_from_errno (&self->error, errno, "Cannot read the bundle");
      return -1;
    }
}

static la_ssize_t
read_cb (Archive *archive, void *user_data, const void **data)
{
  PnBundleArchive *self = user_data;
  gssize got;

  *data = self->buffer;
  got = self->is_pipe
            ? read_pipe (self)
            : pn_pread (self->fd, self->buffer, READ_SIZE, (goffset) self->at, &self->error);
  if (got < 0)
    archive_set_error (archive, EIO, "%s", self->error->message);
  else
    self->at += (guint64) got;
  return got;
}

/* Always FALSE. */
static gboolean
fail (PnBundleArchive *self, GError **error)
{
  const char *why = archive_error_string (self->archive);

  if (self->error != NULL)
    {
      g_propagate_error (error, g_steal_pointer (&self->error));
      return FALSE;
    }
  return pn_set_error (error, PN_ERROR_INVALID_DATA,
                       "The bundle cannot be read, it is cut off or damaged: %s",
                       why != NULL ? why : "it ends too early");
}

void
pn_bundle_archive_free (PnBundleArchive *self)
{
  (void) archive_read_free (self->archive);
  g_clear_error (&self->error);
  g_free (self);
}

PnBundleArchive *
pn_bundle_archive_open (int fd, GCancellable *cancellable, GError **error)
{
  g_autoptr (PnBundleArchive) self = g_new0 (PnBundleArchive, 1);
  struct stat status;

  self->archive = archive_read_new ();
  self->fd = fd;
  self->cancellable = cancellable;
  if (fstat (fd, &status) < 0 || (!S_ISREG (status.st_mode) && !S_ISFIFO (status.st_mode)) ||
      (fcntl (fd, F_GETFL) & O_ACCMODE) == O_WRONLY)
    return pn_set_error (error, PN_ERROR_INVALID_ARGUMENT,
                         "A bundle is a folder, or one file, or comes through a pipe"),
           NULL;
  self->is_pipe = S_ISFIFO (status.st_mode);
  /* Somebody else may read what we were told is there. */
  if (self->is_pipe && fcntl (fd, F_SETFL, fcntl (fd, F_GETFL) | O_NONBLOCK) < 0)
    {
      pn_set_error_from_errno (error, errno, "Cannot read the bundle");
      return NULL;
    }
  archive_read_support_format_tar (self->archive);
  if (archive_read_open (self->archive, self, NULL, read_cb, NULL) != ARCHIVE_OK)
    return fail (self, error), NULL;
  return g_steal_pointer (&self);
}

gboolean
pn_bundle_archive_next (PnBundleArchive *self, const char **name, guint64 *size, GError **error)
{
  Entry *entry;
  int result = archive_read_next_header (self->archive, &entry);

  *name = NULL;
  *size = 0;
  if (result == ARCHIVE_EOF)
    return TRUE;
  if (result < ARCHIVE_WARN)
    return fail (self, error);
  *name = archive_entry_pathname (entry);
  if (*name == NULL || archive_entry_hardlink (entry) != NULL ||
      archive_entry_filetype (entry) != AE_IFREG || !archive_entry_size_is_set (entry) ||
      archive_entry_size (entry) < 0)
    return pn_set_error (error, PN_ERROR_INVALID_DATA,
                         "It is not a bundle: it has something that is no plain file. Make it with "
                         "`punnetctl bundle pack`");
  *size = (guint64) archive_entry_size (entry);
  return TRUE;
}

gssize
pn_bundle_archive_piece (gpointer archive, void *buffer, gsize size, GError **error)
{
  PnBundleArchive *self = archive;
  la_ssize_t got = archive_read_data (self->archive, buffer, size);

  if (got >= 0)
    return got;
  (void) fail (self, error);
  return -1;
}

/* ---- writing ---- */

typedef struct
{
  Archive *archive;
  int fd;
  GError *error;
} Packing;

static la_ssize_t
write_cb (Archive *archive, void *user_data, const void *data, size_t size)
{
  Packing *self = user_data;

  if (pn_write_all (self->fd, data, size, &self->error))
    return (la_ssize_t) size;
  archive_set_error (archive, EIO, "%s", self->error->message);
  return -1;
}

static gboolean
cannot_write (Packing *self, GError **error)
{
  if (self->error != NULL)
    g_propagate_error (error, g_steal_pointer (&self->error));
  else
    pn_set_error (error, PN_ERROR_IO, "The bundle cannot be written: %s",
                  archive_error_string (self->archive));
  return FALSE;
}

static gboolean
begin_file (Packing *self, PnManifest *manifest, const char *name, guint64 size, GError **error)
{
  g_autoptr (Entry) entry = archive_entry_new ();

  archive_entry_set_pathname (entry, name);
  archive_entry_set_size (entry, (la_int64_t) size);
  archive_entry_set_filetype (entry, AE_IFREG);
  archive_entry_set_perm (entry, 0644);
  archive_entry_set_mtime (entry, pn_manifest_get_timestamp (manifest), 0);
  return archive_write_header (self->archive, entry) == ARCHIVE_OK || cannot_write (self, error);
}

static gboolean
put (gpointer target, const void *buffer, gsize size, GError **error)
{
  Packing *self = target;

  return archive_write_data (self->archive, buffer, size) == (la_ssize_t) size ||
         cannot_write (self, error);
}

static gboolean
pack_small (Packing *self, PnManifest *manifest, const char *name, GBytes *content, GError **error)
{
  gsize size;
  const void *data = g_bytes_get_data (content, &size);

  return begin_file (self, manifest, name, size, error) && put (self, data, size, error);
}

static gboolean
pack_bundle (Packing *self, PnBundle *bundle, int dir_fd, PnPouring *pouring, GError **error)
{
  PnManifest *manifest = pn_bundle_get_manifest (bundle);

  if (!pack_small (self, manifest, PN_MANIFEST_NAME, pn_manifest_get_bytes (manifest), error))
    return FALSE;
  if (pn_manifest_get_public_key (manifest) != NULL)
    {
      g_autoptr (GBytes) signature =
          pn_bundle_read_at (dir_fd, PN_MANIFEST_SIGNATURE_NAME, PN_MANIFEST_SIGNATURE_MAX, error);

      if (signature == NULL ||
          !pack_small (self, manifest, PN_MANIFEST_SIGNATURE_NAME, signature, error))
        return FALSE;
    }
  pouring->total = pn_bundle_size (manifest);
  for (guint i = 0; i < pn_manifest_get_n_artefacts (manifest); i++)
    {
      const PnArtefact *artefact = pn_manifest_get_artefact (manifest, i);
      PnFilePiece file = { pn_bundle_get_fds (bundle)[i], 0 };

      if (!begin_file (self, manifest, artefact->name, artefact->size, error) ||
          !pn_bundle_pour (pouring, artefact, pn_bundle_piece_of_file, &file, put, self, error))
        return FALSE;
    }
  return archive_write_close (self->archive) == ARCHIVE_OK || cannot_write (self, error);
}

gboolean
pn_bundle_pack (int dir_fd,
                int fd,
                PnProgressFunc progress,
                gpointer user_data,
                GCancellable *cancellable,
                GError **error)
{
  g_autoptr (PnBundle) bundle = pn_bundle_open_written (dir_fd, error);
  g_autoptr (Archive) archive = archive_write_new ();
  Packing self = { archive, fd, NULL };
  PnPouring pouring = { progress, user_data, 0, 0, cancellable };
  gboolean fine;

  if (bundle == NULL)
    return FALSE;
  archive_write_set_format_pax_restricted (archive);
  /* Names are bytes, whatever the locale is; and nothing follows the end. */
  (void) archive_write_set_format_option (archive, NULL, "hdrcharset", "BINARY");
  archive_write_set_bytes_in_last_block (archive, 1);
  if (archive_write_open (archive, &self, NULL, write_cb, NULL) != ARCHIVE_OK)
    return cannot_write (&self, error);
  fine = pack_bundle (&self, bundle, dir_fd, &pouring, error);
  /* What could not be written is not tried again when the archive is freed. */
  if (!fine)
    (void) archive_write_fail (archive);
  g_clear_error (&self.error);
  return fine;
}
