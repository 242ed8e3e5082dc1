/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "pn-image-store-private.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "pn-content.h"
#include "pn-image-copy.h"
#include "pn-image.h"
#include "pn-io.h"
#include "pn-sha256-sums.h"

#define STAT_BLOCK 512 /* bytes: unit of st_blocks */

/* One import, and what has to go when it fails. */
typedef struct
{
  PnImageStore *store;
  int from; /* borrowed */
  const char *source;
  PnImportProgress progress;
  gpointer user_data;
  GCancellable *cancellable;
  guint64 size; /* bytes */
  char *aside;  /* the folder's name; NULL once it has its place */
  int aside_fd; /* holds its lock */
  int disk;
  PnSha256 digest;
} Import;

static void
import_clear (Import *self)
{
  if (self->aside != NULL)
    pn_image_store_discard (self->store, self->aside);
  if (self->disk >= 0)
    pn_fd_close (self->disk);
  if (self->aside_fd >= 0)
    pn_fd_close (self->aside_fd);
  g_free (self->aside);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Import, import_clear)

static gboolean
check_kind (const struct stat *status, GError **error)
{
  if (S_ISDIR (status->st_mode))
    return pn_set_error (
        error, PN_ERROR_NOT_SUPPORTED,
        "This is a folder. The library keeps disc images (.img); an image set is named in "
        "the recipe itself, as its folder or as a tar of it");
  if (S_ISBLK (status->st_mode) || S_ISCHR (status->st_mode))
    return pn_set_error (error, PN_ERROR_INVALID_ARGUMENT,
                         "This is a device. Copy it into a file first, then import the file");
  if (!S_ISREG (status->st_mode))
    return pn_set_error (error, PN_ERROR_INVALID_ARGUMENT,
                         "This is a pipe or a socket, not a file. Import a disc image (.img)");
  if (status->st_size == 0)
    return pn_set_error (error, PN_ERROR_INVALID_DATA,
                         "This file is empty. Download or copy the image again");
  return TRUE;
}

static gboolean
check_content (int fd, guint64 size, GError **error)
{
  guint8 start[PN_CONTENT_SIZE];
  gsize count = (gsize) MIN (size, sizeof start);
  g_autofree char *part = NULL;
  const char *what;
  PnContent content;

  if (!pn_pread_all (fd, start, count, 0, error))
    return FALSE;
  content = pn_content_recognise (start, count, &what);
  part = what != NULL ? pn_sentence_part (what) : NULL;
  switch (content)
    {
    case PN_CONTENT_PACKED:
      return pn_set_error (
          error, PN_ERROR_NOT_SUPPORTED,
          "This file is %s. Packed images arrive with a later version: unpack it and "
          "import the .img",
          part);
    case PN_CONTENT_CONVERTIBLE:
      return pn_set_error (error, PN_ERROR_NOT_SUPPORTED,
                           "This file is %s. Convert it to a raw disc image (.img) and import that",
                           part);
    case PN_CONTENT_DESCRIPTION:
      return pn_set_error (
          error, PN_ERROR_NOT_SUPPORTED,
          "This file is %s. Name the whole set in the recipe, as its folder or as a tar of "
          "it; the library keeps disc images (.img)",
          part);
    case PN_CONTENT_KEY:
    case PN_CONTENT_RECIPE:
    case PN_CONTENT_OTHER:
      return pn_set_error (error, PN_ERROR_NOT_SUPPORTED,
                           "This file is not a disc image (it looks like %s)", part);
    case PN_CONTENT_UNKNOWN:
    default:
      return TRUE;
    }
}

gboolean
pn_image_store_check_file (int fd, GError **error)
{
  struct stat status;
  g_autoptr (PnImage) image = NULL;

  if (fstat (fd, &status) < 0)
    {
      pn_set_error_from_errno (error, errno, "Cannot look at the file");
      return FALSE;
    }
  if (!check_kind (&status, error) || !check_content (fd, (guint64) status.st_size, error))
    return FALSE;
  image = pn_image_open_fd (fd, FALSE, error);
  return image != NULL;
}

static void
say (Import *self, PnImportStep step, guint64 done)
{
  if (self->progress != NULL)
    self->progress (step, done, self->size, self->user_data);
}

static void
copied_cb (guint64 done, gpointer user_data)
{
  say (user_data, PN_IMPORT_READING, done);
}

static gboolean
check_cancelled (Import *self, GError **error)
{
  return !g_cancellable_is_cancelled (self->cancellable) ||
         pn_set_error (error, PN_ERROR_CANCELLED, "The import was cancelled. Nothing was kept");
}

static gboolean
check_new (Import *self, gboolean locked, GError **error)
{
  g_autofree char *id = pn_sha256_to_hex (&self->digest);
  g_autoptr (GError) damaged = NULL;
  g_autoptr (PnStoredImage) same = pn_image_store_read (self->store, id, &damaged);

  if (damaged != NULL && locked) /* this import repairs it */
    pn_image_store_discard (self->store, id);
  if (same == NULL)
    return TRUE;
  return pn_set_error (error, PN_ERROR_EXISTS, "Already here as ‘%s’",
                       pn_stored_image_get (same)->name);
}

/* Copies, hashes, compares. */
static gboolean
take_in (Import *self, const PnSha256 *expected, GError **error)
{
  self->aside = pn_image_store_make_aside (self->store, &self->aside_fd, error);
  if (self->aside == NULL)
    return FALSE;
  self->disk = pn_open_at (self->aside_fd, PN_STORE_DISK, O_RDWR | O_CREAT | O_EXCL, error);
  if (self->disk < 0 || !pn_image_copy (self->from, self->disk, self->size, &self->digest,
                                        copied_cb, self, self->cancellable, error))
    return FALSE;
  if (expected != NULL && !pn_sha256_equal (expected, &self->digest))
    return pn_set_error (
        error, PN_ERROR_SIGNATURE,
        "The file is not the published one: its SHA-256 differs. It was not added");
  return TRUE;
}

static guint64
stored_size (int fd)
{
  struct stat status;

  return fstat (fd, &status) == 0 ? (guint64) status.st_blocks * STAT_BLOCK : 0;
}

/* Writes the fields beside the disc and gives the folder its place. */
static PnStoredImage *
put_in_place (Import *self, const PnStoredImageFields *wanted, GError **error)
{
  g_auto (PnFd) lock = pn_image_store_lock (self->store, error);
  g_autofree char *path =
      g_build_filename (self->store->folder, self->aside, PN_STORE_FIELDS, NULL);
  g_autofree char *name = NULL;
  g_autoptr (PnStoredImage) image = NULL;
  g_autoptr (GBytes) json = NULL;
  PnStoredImageFields fields = *wanted;

  if (lock < 0 || !check_new (self, TRUE, error))
    return NULL;
  fields.name = name = pn_image_store_free_name_locked (self->store, wanted->name);
  image = pn_stored_image_new (&fields, error);
  if (image == NULL)
    return NULL;
  json = pn_stored_image_to_json (image);
  if (!pn_replace_file (path, json, error) || !check_cancelled (self, error))
    return NULL;
  if (renameat (self->store->fd, self->aside, self->store->fd, pn_stored_image_get_id (image)) < 0)
    {
      pn_set_error_from_errno (error, errno, "Cannot store the image");
      return NULL;
    }
  g_clear_pointer (&self->aside, g_free);
  return pn_image_store_sync (self->store, error) ? g_steal_pointer (&image) : NULL;
}

/* After everything that could be refused at once. */
static PnStoredImage *
import (Import *self, const char *name, const char *notes, const PnSha256 *expected, GError **error)
{
  g_autoptr (PnImage) inside = NULL;
  PnStoredImageFields fields = {
    .name = name,
    .notes = notes,
    .source = self->source,
    .size = self->size,
    .published = expected != NULL,
    .imported = g_get_real_time () / G_USEC_PER_SEC,
  };

  if (!take_in (self, expected, error) || !check_new (self, FALSE, error))
    return NULL;
  say (self, PN_IMPORT_INSPECTING, self->size);
  inside = pn_image_open_fd (self->disk, TRUE, error);
  if (inside == NULL || !check_cancelled (self, error))
    return NULL;
  say (self, PN_IMPORT_STORING, self->size);
  if (fchmod (self->disk, 0444) < 0 || fsync (self->disk) < 0)
    {
      pn_set_error_from_errno (error, errno, "Cannot store the image");
      return NULL;
    }
  fields.digest = self->digest;
  fields.stored_size = stored_size (self->disk);
  fields.system = inside->os_release;
  return put_in_place (self, &fields, error);
}

static PnStoredImage *
import_expecting (Import *self,
                  const PnImportOptions *options,
                  const PnSha256 *beside,
                  GError **error)
{
  g_autofree char *name = options != NULL && options->name != NULL
                              ? g_strdup (options->name)
                              : pn_image_name_from_file (self->source);
  const char *notes = options != NULL ? options->notes : NULL;
  const char *hex = options != NULL ? options->expected : NULL;
  PnSha256 given;

  if (hex != NULL && !pn_sha256_from_hex (hex, &given))
    return pn_set_error (error, PN_ERROR_INVALID_ARGUMENT,
                         "The expected SHA-256 is not 64 digits from 0 to 9 and a to f"),
           NULL;
  if (!pn_image_name_check (name, error) || !pn_image_store_check_file (self->from, error))
    return NULL;
  self->size = (guint64) pn_file_size (self->from, error);
  return import (self, name, notes, hex != NULL ? &given : beside, error);
}

PnStoredImage *
pn_image_store_import_fd (PnImageStore *store,
                          int fd,
                          const char *source,
                          const PnImportOptions *options,
                          PnImportProgress progress,
                          gpointer user_data,
                          GCancellable *cancellable,
                          GError **error)
{
  g_auto (Import) self = {
    .store = store,
    .from = fd,
    .source = source,
    .progress = progress,
    .user_data = user_data,
    .cancellable = cancellable,
    .aside_fd = -1,
    .disk = -1,
  };

  return import_expecting (&self, options, NULL, error);
}

PnStoredImage *
pn_image_store_import (PnImageStore *store,
                       const char *path,
                       const PnImportOptions *options,
                       PnImportProgress progress,
                       gpointer user_data,
                       GCancellable *cancellable,
                       GError **error)
{
  g_autofree char *source = g_path_get_basename (path);
  g_autofree char *found = NULL;
  g_auto (PnFd) fd = pn_open (path, O_RDONLY, error);
  PnSha256 beside;
  gboolean published = fd >= 0 && pn_sha256_sums_beside (path, &beside, &found);
  g_auto (Import) self = {
    .store = store,
    .from = fd,
    .source = source,
    .progress = progress,
    .user_data = user_data,
    .cancellable = cancellable,
    .aside_fd = -1,
    .disk = -1,
  };

  if (fd < 0)
    return NULL;
  return import_expecting (&self, options, published ? &beside : NULL, error);
}
