/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include "pn-ext4-tree-private.h"
#include "pn-fake-owners.h"
#include "pn-io.h"

#define CHUNK (64 * 1024) /* bytes; as many zeros are a hole on the disk */
#define MAX_ENTRIES (4 * 1024 * 1024)
#define MAX_LINK 4096 /* bytes of a symbolic link's target */

typedef struct
{
  PnExt4Tree *tree;
  GString *owners;
  guint n_entries;
  GString *path; /* of what is being unpacked, for errors */
  GCancellable *cancellable;
} Unpacking;

static void
entry_free (gpointer data)
{
  g_free (((PnExt4Entry *) data)->name);
  g_free (data);
}

static int
add_entry (ext2_ino_t folder,
           int kind,
           struct ext2_dir_entry *dirent,
           int offset,
           int block_size,
           char *buffer,
           void *user_data)
{
  g_autofree char *name = g_strndup (dirent->name, (gsize) ext2fs_dirent_name_len (dirent));
  PnExt4Entry *entry;

  if (dirent->inode == 0 || g_str_equal (name, ".") || g_str_equal (name, ".."))
    return 0;
  entry = g_new0 (PnExt4Entry, 1);
  entry->name = g_steal_pointer (&name);
  entry->number = dirent->inode;
  g_ptr_array_add (user_data, entry);
  return 0;
}

static int
compare_entries (gconstpointer a, gconstpointer b)
{
  return strcmp ((*(PnExt4Entry *const *) a)->name, (*(PnExt4Entry *const *) b)->name);
}

GPtrArray *
pn_ext4_list_entries (PnExt4 *self, ext2_ino_t folder, errcode_t *result)
{
  g_autoptr (GPtrArray) entries = g_ptr_array_new_with_free_func (entry_free);

  *result = ext2fs_dir_iterate2 (self->fs, folder, 0, NULL, add_entry, entries);
  if (*result != 0)
    return NULL;
  g_ptr_array_sort (entries, compare_entries);
  return g_steal_pointer (&entries);
}

static gboolean
failed (Unpacking *self, errcode_t result, GError **error)
{
  return pn_set_error (error, PN_ERROR_INVALID_DATA, "%s in the root file system: %s",
                       self->path->str, error_message (result));
}

static gboolean
failed_here (Unpacking *self, GError **error)
{
  pn_set_error_from_errno (error, errno, "Cannot unpack %s", self->path->str);
  return FALSE;
}

static gboolean
copy_out (Unpacking *self, ext2_file_t file, int fd, GError **error)
{
  static const guint8 zeros[CHUNK];
  g_autofree guint8 *buffer = g_malloc (CHUNK);
  guint64 at = 0;

  for (;;)
    {
      unsigned int got = 0;
      errcode_t result = pn_ext4_read_on (file, buffer, CHUNK, &got);

      if (result != 0)
        return failed (self, result, error);
      if (got == 0)
        return ftruncate (fd, (off_t) at) == 0 || failed_here (self, error);
      if (g_cancellable_set_error_if_cancelled (self->cancellable, error) ||
          (memcmp (buffer, zeros, got) != 0 &&
           !pn_pwrite_all (fd, buffer, got, (goffset) at, error)))
        return FALSE;
      at += got;
    }
}

static gboolean
unpack_file (Unpacking *self, ext2_ino_t number, int folder, const char *name, GError **error)
{
  g_auto (PnFd) fd = pn_open_at (folder, name, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW, error);
  ext2_file_t file = NULL;
  errcode_t result;
  gboolean fine;

  if (fd < 0)
    return FALSE;
  result = ext2fs_file_open (self->tree->fs->fs, number, 0, &file);
  if (result != 0)
    return failed (self, result, error);
  fine = copy_out (self, file, fd, error);
  ext2fs_file_close (file);
  return fine;
}

static gboolean
unpack_link (Unpacking *self,
             ext2_ino_t number,
             struct ext2_inode *inode,
             int folder,
             const char *name,
             GError **error)
{
  g_autofree char *target = g_malloc0 (MAX_LINK + 1);
  ext2_file_t file = NULL;
  unsigned int got = 0;
  errcode_t result = 0;

  if (ext2fs_is_fast_symlink (inode))
    memcpy (target, inode->i_block, MIN (inode->i_size, sizeof inode->i_block));
  else if ((result = ext2fs_file_open (self->tree->fs->fs, number, 0, &file)) == 0)
    {
      result = pn_ext4_read_on (file, target, MAX_LINK, &got);
      ext2fs_file_close (file);
    }
  if (result != 0)
    return failed (self, result, error);
  return symlinkat (target, folder, name) == 0 || failed_here (self, error);
}

static guint64
get_device (const struct ext2_inode *inode)
{
  guint32 wide = inode->i_block[1];

  if (inode->i_block[0] != 0)
    return makedev (inode->i_block[0] >> 8 & 0xff, inode->i_block[0] & 0xff);
  return makedev (wide >> 8 & 0xfff, (wide & 0xff) | (wide >> 12 & 0xfff00));
}

static void
note_owner (Unpacking *self, const struct stat *status, const struct ext2_inode *inode)
{
  gboolean device = LINUX_S_ISCHR (inode->i_mode) || LINUX_S_ISBLK (inode->i_mode);
  const PnFakeOwner owner = { .inode = status->st_ino,
                              .mode = inode->i_mode,
                              .uid = inode_uid (*inode),
                              .gid = inode_gid (*inode),
                              .device = device ? get_device (inode) : 0 };

  pn_fake_owners_append (self->owners, self->tree->device, &owner, (guint) status->st_nlink);
}

/* Gives it the second name, and everything but its name its place. */
static gboolean
note_file (Unpacking *self,
           ext2_ino_t number,
           const struct ext2_inode *inode,
           int folder,
           const char *name,
           GError **error)
{
  PnExt4Tree *tree = self->tree;
  const struct timespec times[] = { { .tv_sec = (gint32) inode->i_atime },
                                    { .tv_sec = (gint32) inode->i_mtime } };
  g_autofree char *second = g_strdup_printf ("%u", number);
  mode_t mode = (inode->i_mode & 0777) | 0600;
  struct stat status;
  PnExt4TreeFile *file;

  if ((!LINUX_S_ISLNK (inode->i_mode) && fchmodat (folder, name, mode, 0) < 0) ||
      utimensat (folder, name, times, AT_SYMLINK_NOFOLLOW) < 0 ||
      linkat (folder, name, tree->links_fd, second, 0) < 0 ||
      fstatat (folder, name, &status, AT_SYMLINK_NOFOLLOW) < 0)
    return failed_here (self, error);
  note_owner (self, &status, inode);
  file = g_new0 (PnExt4TreeFile, 1);
  file->inode = status.st_ino;
  file->number = number;
  file->changed = status.st_ctim;
  g_hash_table_replace (tree->files, &file->inode, file);
  g_hash_table_replace (tree->numbers, GUINT_TO_POINTER (number), file);
  return TRUE;
}

/* One more name of what has one already. */
static gboolean
unpack_name (Unpacking *self, ext2_ino_t number, int folder, const char *name, GError **error)
{
  PnExt4TreeFile *file = g_hash_table_lookup (self->tree->numbers, GUINT_TO_POINTER (number));
  g_autofree char *second = g_strdup_printf ("%u", number);
  struct stat status;

  if (linkat (self->tree->links_fd, second, folder, name, 0) < 0 ||
      fstatat (folder, name, &status, AT_SYMLINK_NOFOLLOW) < 0)
    return failed_here (self, error);
  file->changed = status.st_ctim;
  return TRUE;
}

static gboolean unpack_folder (Unpacking *self,
                               ext2_ino_t number,
                               const struct ext2_inode *inode,
                               int fd,
                               guint depth,
                               GError **error);

static gboolean
unpack_entry (Unpacking *self, const PnExt4Entry *entry, int folder, guint depth, GError **error)
{
  struct ext2_inode inode;
  errcode_t result = ext2fs_read_inode (self->tree->fs->fs, entry->number, &inode);

  if (result != 0)
    return failed (self, result, error);
  if ((inode.i_flags & EXT4_ENCRYPT_FL) != 0)
    return pn_set_error (error, PN_ERROR_NOT_SUPPORTED,
                         "%s in the root file system is encrypted (fscrypt): hooks for it cannot "
                         "be run",
                         self->path->str);
  if (LINUX_S_ISDIR (inode.i_mode))
    {
      g_auto (PnFd) fd = -1;

      if (mkdirat (folder, entry->name, 0700) < 0)
        return failed_here (self, error);
      fd = pn_open_at (folder, entry->name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW, error);
      return fd >= 0 && unpack_folder (self, entry->number, &inode, fd, depth + 1, error);
    }
  if (g_hash_table_contains (self->tree->numbers, GUINT_TO_POINTER (entry->number)))
    return unpack_name (self, entry->number, folder, entry->name, error);
  if (LINUX_S_ISLNK (inode.i_mode))
    {
      if (!unpack_link (self, entry->number, &inode, folder, entry->name, error))
        return FALSE;
    }
  else if (LINUX_S_ISREG (inode.i_mode))
    {
      if (!unpack_file (self, entry->number, folder, entry->name, error))
        return FALSE;
    }
  else
    {
      g_auto (PnFd) fd =
          pn_open_at (folder, entry->name, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW, error);

      if (fd < 0)
        return FALSE;
    }
  return note_file (self, entry->number, &inode, folder, entry->name, error);
}

static gboolean
unpack_folder (Unpacking *self,
               ext2_ino_t number,
               const struct ext2_inode *inode,
               int fd,
               guint depth,
               GError **error)
{
  gsize length = self->path->len;
  errcode_t result;
  g_autoptr (GPtrArray) entries = pn_ext4_list_entries (self->tree->fs, number, &result);
  const struct timespec times[] = { { .tv_sec = (gint32) inode->i_atime },
                                    { .tv_sec = (gint32) inode->i_mtime } };
  struct stat status;

  if (entries == NULL)
    return failed (self, result, error);
  self->n_entries += entries->len;
  if (depth > PN_EXT4_TREE_MAX_DEPTH || self->n_entries > MAX_ENTRIES)
    return pn_set_error (error, PN_ERROR_NOT_SUPPORTED,
                         "The root file system has too many files, or folders in folders, for "
                         "hooks");
  for (guint i = 0; i < entries->len; i++)
    {
      const PnExt4Entry *entry = entries->pdata[i];

      if (strchr (entry->name, '/') != NULL)
        return failed (self, EXT2_ET_DIR_CORRUPTED, error);
      g_string_append_printf (self->path, "/%s", entry->name);
      if (!unpack_entry (self, entry, fd, depth, error))
        return FALSE;
      g_string_truncate (self->path, length);
    }
  if (fchmod (fd, (inode->i_mode & 0777) | 0700) < 0 || futimens (fd, times) < 0 ||
      fstat (fd, &status) < 0)
    return failed_here (self, error);
  note_owner (self, &status, inode);
  return TRUE;
}

static gboolean
unpack_all (PnExt4Tree *tree, GCancellable *cancellable, GError **error)
{
  g_autoptr (GString) owners = g_string_new (NULL);
  g_autoptr (GString) path = g_string_new (NULL);
  Unpacking self = { tree, owners, 0, path, cancellable };
  g_autoptr (GBytes) list = NULL;
  struct ext2_inode inode;
  errcode_t result = ext2fs_read_inode (tree->fs->fs, EXT2_ROOT_INO, &inode);

  if (result != 0)
    return failed (&self, result, error);
  if (!unpack_folder (&self, EXT2_ROOT_INO, &inode, tree->root_fd, 0, error))
    return FALSE;
  list = g_bytes_new (owners->str, owners->len);
  return pn_create_file (tree->owners, list, error);
}

static int
make_folder (const char *path, GError **error)
{
  if (g_mkdir (path, 0700) == 0)
    return pn_open (path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW, error);
  pn_set_error_from_errno (error, errno, "Cannot make %s", path);
  return -1;
}

PnExt4Tree *
pn_ext4_unpack (PnExt4 *fs, const char *folder, GCancellable *cancellable, GError **error)
{
  g_autoptr (PnExt4Tree) self = g_new0 (PnExt4Tree, 1);
  g_autofree char *links = g_build_filename (folder, "links", NULL);
  struct stat status;

  self->fs = fs;
  self->root = g_build_filename (folder, "root", NULL);
  self->owners = g_build_filename (folder, "owners", NULL);
  self->files = g_hash_table_new_full (g_int64_hash, g_int64_equal, NULL, g_free);
  self->numbers = g_hash_table_new (NULL, NULL);
  self->links_fd = -1;
  self->root_fd = make_folder (self->root, error);
  if (self->root_fd >= 0)
    self->links_fd = make_folder (links, error);
  if (self->links_fd < 0)
    return NULL;
  if (fstat (self->root_fd, &status) < 0)
    {
      pn_set_error_from_errno (error, errno, "Cannot read %s", self->root);
      return NULL;
    }
  self->device = status.st_dev;
  return unpack_all (self, cancellable, error) ? g_steal_pointer (&self) : NULL;
}

const char *
pn_ext4_tree_get_root (PnExt4Tree *self)
{
  return self->root;
}

const char *
pn_ext4_tree_get_owners (PnExt4Tree *self)
{
  return self->owners;
}

void
pn_ext4_tree_free (PnExt4Tree *self)
{
  if (self->root_fd >= 0)
    pn_fd_close (self->root_fd);
  if (self->links_fd >= 0)
    pn_fd_close (self->links_fd);
  g_hash_table_unref (self->numbers);
  g_hash_table_unref (self->files);
  g_free (self->root);
  g_free (self->owners);
  g_free (self);
}
