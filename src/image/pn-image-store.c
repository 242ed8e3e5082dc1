/* SPDX-License-Identifier: GPL-3.0-or-later */
/* FOLDER/SHA256/disk.img and image.json. A folder is made aside (".import-XXXXXX"), complete, and
 * renamed; to remove one, it is renamed aside first. Who works on a folder aside holds its lock, so
 * that one without a holder is what a crash left. */
#include "config.h"

#include <glib/gi18n-lib.h>

#include "pn-image-store-private.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>

#include "pn-io.h"

#define LOCK ".lock"
#define MIN_DIGITS 8 /* of an id, to name an image */
#define MAX_IMAGES 10000
#define MAX_COPIES 1000 /* "name (999)" */

typedef DIR Dir;
static void
close_dir (Dir *dir)
{
  (void) closedir (dir);
}
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Dir, close_dir)

char *
pn_image_store_default_folder (void)
{
  return g_build_filename (g_get_user_data_dir (), "punnet", "images", NULL);
}

int
pn_image_store_lock (PnImageStore *self, GError **error)
{
  g_auto (PnFd) fd = pn_open_at (self->fd, LOCK, O_RDWR | O_CREAT, error);

  if (fd < 0)
    return -1;
  while (flock (fd, LOCK_EX) < 0)
    if (errno != EINTR)
      {
        pn_set_error_from_errno (error, errno, "Cannot lock the image library");
        return -1;
      }
  return g_steal_fd (&fd);
}

gboolean
pn_image_store_sync (PnImageStore *self, GError **error)
{
  if (fsync (self->fd) == 0)
    return TRUE;
  pn_set_error_from_errno (error, errno, "Cannot write %s", self->folder);
  return FALSE;
}

/* Names in a folder below the store ("." = the store itself), at most MAX_IMAGES. */
static GPtrArray *
names_in (PnImageStore *self, const char *name)
{
  g_autoptr (GPtrArray) names = g_ptr_array_new_with_free_func (g_free);
  g_auto (PnFd) fd = pn_open_at (self->fd, name, O_RDONLY | O_DIRECTORY, NULL);
  g_autoptr (Dir) dir = fd >= 0 ? fdopendir (fd) : NULL;
  struct dirent *entry;

  if (dir == NULL)
    return g_steal_pointer (&names);
  (void) g_steal_fd (&fd); /* the stream's now */
  while (names->len < MAX_IMAGES && (entry = readdir (dir)) != NULL)
    if (!g_str_equal (entry->d_name, ".") && !g_str_equal (entry->d_name, ".."))
      g_ptr_array_add (names, g_strdup (entry->d_name));
  return g_steal_pointer (&names);
}

void
pn_image_store_discard (PnImageStore *self, const char *name)
{
  g_autoptr (GPtrArray) names = names_in (self, name);
  g_auto (PnFd) fd = pn_open_at (self->fd, name, O_RDONLY | O_DIRECTORY, NULL);

  for (guint i = 0; fd >= 0 && i < names->len; i++)
    (void) unlinkat (fd, names->pdata[i], 0);
  (void) unlinkat (self->fd, name, AT_REMOVEDIR);
}

/* Removes a folder aside unless somebody works on it. */
static void
discard_left_over (PnImageStore *self, const char *name)
{
  g_auto (PnFd) fd = pn_open_at (self->fd, name, O_RDONLY | O_DIRECTORY, NULL);

  if (fd >= 0 && flock (fd, LOCK_EX | LOCK_NB) == 0)
    pn_image_store_discard (self, name);
}

static gboolean
is_id (const char *name)
{
  PnSha256 digest;

  return pn_sha256_from_hex (name, &digest);
}

/* What pn_replace_file () left beside an image's fields. */
static void
tidy_image (PnImageStore *self, const char *id)
{
  g_autoptr (GPtrArray) names = names_in (self, id);

  for (guint i = 0; i < names->len; i++)
    if (g_str_has_prefix (names->pdata[i], PN_STORE_FIELDS "."))
      {
        g_autofree char *path = g_build_filename (id, names->pdata[i], NULL);

        (void) unlinkat (self->fd, path, 0);
      }
}

static gboolean
tidy_store (PnImageStore *self, GError **error)
{
  g_auto (PnFd) lock = pn_image_store_lock (self, error);
  g_autoptr (GPtrArray) names = NULL;

  if (lock < 0)
    return FALSE;
  names = names_in (self, ".");
  for (guint i = 0; i < names->len; i++)
    {
      const char *name = names->pdata[i];

      if (g_str_has_prefix (name, PN_STORE_ASIDE))
        discard_left_over (self, name);
      else if (is_id (name))
        tidy_image (self, name);
    }
  return TRUE;
}

PnImageStore *
pn_image_store_open (const char *folder, GError **error)
{
  g_autoptr (PnImageStore) self = g_new0 (PnImageStore, 1);

  g_atomic_ref_count_init (&self->references);
  self->folder = g_strdup (folder);
  self->fd = -1;
  if (g_mkdir_with_parents (folder, 0700) < 0)
    {
      pn_set_error_from_errno (error, errno, "Cannot make the image library %s", folder);
      return NULL;
    }
  self->fd = pn_open (folder, O_RDONLY | O_DIRECTORY, error);
  if (self->fd < 0 || !tidy_store (self, error))
    return NULL;
  return g_steal_pointer (&self);
}

PnImageStore *
pn_image_store_ref (PnImageStore *self)
{
  g_atomic_ref_count_inc (&self->references);
  return self;
}

void
pn_image_store_unref (PnImageStore *self)
{
  if (!g_atomic_ref_count_dec (&self->references))
    return;
  if (self->fd >= 0)
    pn_fd_close (self->fd);
  g_free (self->folder);
  g_free (self);
}

const char *
pn_image_store_get_folder (PnImageStore *self)
{
  return self->folder;
}

char *
pn_image_store_get_path (PnImageStore *self, const char *id)
{
  return g_build_filename (self->folder, id, PN_STORE_DISK, NULL);
}

char *
pn_image_store_make_aside (PnImageStore *self, int *fd, GError **error)
{
  g_autofree char *path = g_build_filename (self->folder, PN_STORE_ASIDE "XXXXXX", NULL);
  g_auto (PnFd) lock = pn_image_store_lock (self, error);
  g_auto (PnFd) folder = -1;

  if (lock < 0)
    return NULL;
  if (g_mkdtemp_full (path, 0700) == NULL)
    {
      pn_set_error_from_errno (error, errno, "Cannot write to the image library %s", self->folder);
      return NULL;
    }
  folder = pn_open (path, O_RDONLY | O_DIRECTORY, error);
  if (folder < 0)
    return NULL;
  (void) flock (folder, LOCK_EX | LOCK_NB); /* new: nobody can hold it */
  *fd = g_steal_fd (&folder);
  return g_path_get_basename (path);
}

/* The file of the image has to be there and as long as its fields say. */
static gboolean
check_disk (PnImageStore *self, const char *id, guint64 size, GError **error)
{
  g_autofree char *path = g_build_filename (id, PN_STORE_DISK, NULL);
  struct stat status;

  if (fstatat (self->fd, path, &status, AT_SYMLINK_NOFOLLOW) == 0 && S_ISREG (status.st_mode) &&
      (guint64) status.st_size == size)
    return TRUE;
  pn_set_error (error, PN_ERROR_INVALID_DATA,
                "The stored image is damaged: its file is missing or was cut off. Delete it "
                "and import it again");
  return FALSE;
}

PnStoredImage *
pn_image_store_read (PnImageStore *self, const char *id, GError **error)
{
  g_autofree char *path = g_build_filename (id, PN_STORE_FIELDS, NULL);
  g_autoptr (GBytes) json = NULL;
  g_autoptr (PnStoredImage) image = NULL;
  g_auto (PnFd) fd = -1;

  if (faccessat (self->fd, id, F_OK, AT_SYMLINK_NOFOLLOW) < 0)
    return NULL;
  fd = pn_open_at (self->fd, path, O_RDONLY, error);
  if (fd >= 0)
    json = pn_read_file_fd (fd, PN_STORED_IMAGE_MAX, error);
  if (json == NULL)
    return NULL;
  image = pn_stored_image_parse (json, error);
  if (image == NULL || !check_disk (self, id, pn_stored_image_get (image)->size, error))
    return NULL;
  if (!g_str_equal (pn_stored_image_get_id (image), id))
    {
      pn_set_error (error, PN_ERROR_INVALID_DATA,
                    "The stored image is damaged: it lies under another image's name");
      return NULL;
    }
  return g_steal_pointer (&image);
}

/* Read without its store: a recipe knows only the path. What is not as the store writes it has the
 * name of its file. */
char *
pn_image_store_name_file (const char *path)
{
  g_autofree char *folder = g_path_get_dirname (path);
  g_autofree char *file = g_filename_display_basename (path);
  g_autofree char *id = g_path_get_basename (folder);
  g_autofree char *fields = g_build_filename (folder, PN_STORE_FIELDS, NULL);
  g_autoptr (GBytes) json = NULL;
  g_autoptr (PnStoredImage) image = NULL;

  if (g_str_equal (file, PN_STORE_DISK) && is_id (id))
    json = pn_read_file (fields, PN_STORED_IMAGE_MAX, NULL);
  if (json != NULL)
    image = pn_stored_image_parse (json, NULL);
  return image != NULL ? g_strdup (pn_stored_image_get (image)->name) : g_steal_pointer (&file);
}

static int
compare_names (gconstpointer a, gconstpointer b)
{
  PnStoredImage *const *x = a, *const *y = b;

  return g_utf8_collate (pn_stored_image_get (*x)->name, pn_stored_image_get (*y)->name);
}

/* With the store locked. */
static GPtrArray *
list_locked (PnImageStore *self)
{
  g_autoptr (GPtrArray) images = g_ptr_array_new_with_free_func (g_object_unref);
  g_autoptr (GPtrArray) names = names_in (self, ".");

  for (guint i = 0; i < names->len; i++)
    {
      g_autoptr (GError) local = NULL;
      PnStoredImage *image =
          is_id (names->pdata[i]) ? pn_image_store_read (self, names->pdata[i], &local) : NULL;

      if (image != NULL)
        g_ptr_array_add (images, image);
      else if (local != NULL)
        g_warning ("%s/%s: %s, ignoring", self->folder, (char *) names->pdata[i], local->message);
    }
  g_ptr_array_sort (images, compare_names);
  return g_steal_pointer (&images);
}

GPtrArray *
pn_image_store_list (PnImageStore *self, GError **error)
{
  g_auto (PnFd) lock = pn_image_store_lock (self, error);

  return lock >= 0 ? list_locked (self) : NULL;
}

static PnStoredImage *
find_in (GPtrArray *images, const char *word, GError **error)
{
  g_autofree char *digits = g_ascii_strdown (word, -1);
  PnStoredImage *found = NULL;
  guint n = 0;

  for (guint i = 0; i < images->len; i++)
    {
      PnStoredImage *image = images->pdata[i];

      if (g_str_equal (pn_stored_image_get (image)->name, word))
        return g_object_ref (image);
      if (strlen (digits) >= MIN_DIGITS &&
          g_str_has_prefix (pn_stored_image_get_id (image), digits))
        {
          found = image;
          n++;
        }
    }
  if (n == 1)
    return g_object_ref (found);
  pn_set_error (error, PN_ERROR_NOT_FOUND,
                n > 1 ? N_ ("Several images begin with “%s”: give more digits")
                      : N_ ("There is no image “%s” in the library"),
                word);
  return NULL;
}

PnStoredImage *
pn_image_store_find (PnImageStore *self, const char *word, GError **error)
{
  g_autoptr (GPtrArray) images = pn_image_store_list (self, error);

  return images != NULL ? find_in (images, word, error) : NULL;
}

static gboolean
is_taken (GPtrArray *images, const char *name, const char *id)
{
  for (guint i = 0; images != NULL && i < images->len; i++)
    if (g_str_equal (pn_stored_image_get (images->pdata[i])->name, name) &&
        g_strcmp0 (pn_stored_image_get_id (images->pdata[i]), id) != 0)
      return TRUE;
  return FALSE;
}

/* "@name (@number)", cut so that it is not too long. */
static char *
numbered (const char *name, guint number)
{
  g_autofree char *suffix = g_strdup_printf (" (%u)", number);
  glong room = PN_IMAGE_NAME_MAX - (glong) strlen (suffix);
  g_autofree char *start = g_utf8_substring (name, 0, MIN (room, g_utf8_strlen (name, -1)));

  return g_strconcat (g_strchomp (start), suffix, NULL);
}

char *
pn_image_store_free_name_locked (PnImageStore *self, const char *name)
{
  g_autoptr (GPtrArray) images = list_locked (self);
  g_autofree char *free_name = g_strdup (name);

  for (guint i = 2; i < MAX_COPIES && is_taken (images, free_name, NULL); i++)
    {
      g_free (free_name);
      free_name = numbered (name, i);
    }
  return g_steal_pointer (&free_name);
}

char *
pn_image_store_free_name (PnImageStore *self, const char *name)
{
  g_auto (PnFd) lock = pn_image_store_lock (self, NULL);

  return lock >= 0 ? pn_image_store_free_name_locked (self, name) : g_strdup (name);
}

PnStoredImage *
pn_image_store_edit (
    PnImageStore *self, const char *id, const char *name, const char *notes, GError **error)
{
  g_autofree char *path = g_build_filename (self->folder, id, PN_STORE_FIELDS, NULL);
  g_auto (PnFd) lock = pn_image_store_lock (self, error);
  g_autoptr (GPtrArray) images = lock >= 0 ? list_locked (self) : NULL;
  g_autoptr (PnStoredImage) image = images != NULL ? find_in (images, id, error) : NULL;
  g_autoptr (GBytes) json = NULL;

  if (image == NULL)
    return NULL;
  if (name != NULL && is_taken (images, name, id))
    {
      pn_set_error (error, PN_ERROR_EXISTS,
                    "There is an image called ‘%s’ already. Choose another name", name);
      return NULL;
    }
  if (!pn_stored_image_edit (image, name, notes, error))
    return NULL;
  json = pn_stored_image_to_json (image);
  return pn_replace_file (path, json, error) ? g_steal_pointer (&image) : NULL;
}

gboolean
pn_image_store_remove (
    PnImageStore *self, const char *id, PnImageUsedBy used_by, gpointer user_data, GError **error)
{
  g_autofree char *sentence = used_by != NULL ? used_by (id, user_data) : NULL;
  g_autofree char *aside = g_strconcat (PN_STORE_ASIDE "removed-", id, NULL);
  g_auto (PnFd) lock = -1;

  if (sentence != NULL)
    {
      g_set_error_literal (error, PN_ERROR, PN_ERROR_BUSY, sentence);
      return FALSE;
    }
  if ((lock = pn_image_store_lock (self, error)) < 0)
    return FALSE;
  pn_image_store_discard (self, aside); /* of a removal that was cut short */
  if (!is_id (id) || renameat (self->fd, id, self->fd, aside) < 0)
    {
      pn_set_error (error, PN_ERROR_NOT_FOUND, "The image is not in the library any more");
      return FALSE;
    }
  pn_image_store_discard (self, aside);
  return pn_image_store_sync (self, error);
}
