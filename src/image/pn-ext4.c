/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include <e2p/e2p.h>
#include <string.h>
#include <sys/wait.h>

#include "pn-bytes.h"
#include "pn-ext4-private.h"
#include "pn-io.h"

#define SUPERBLOCK_AT 1024
#define MAX_NAMES 65536
/* A journal alone is no file system. */
#define SUPPORTED_INCOMPAT (EXT2_LIB_FEATURE_INCOMPAT_SUPP & ~EXT3_FEATURE_INCOMPAT_JOURNAL_DEV)

char *
pn_e2fsprogs_find (const char *program)
{
  char *path = g_find_program_in_path (program);

  return path != NULL ? path : g_build_filename ("/usr/sbin", program, NULL);
}

int
pn_e2fsprogs_run (const char *program,
                  int fd,
                  const char *const *arguments,
                  char **output,
                  GCancellable *cancellable,
                  GError **error)
{
  g_autoptr (GSubprocessLauncher) launcher =
      g_subprocess_launcher_new (G_SUBPROCESS_FLAGS_STDOUT_PIPE | G_SUBPROCESS_FLAGS_STDERR_MERGE);
  g_autoptr (GSubprocess) process = NULL;
  g_autofree char *path = pn_e2fsprogs_find (program);
  g_autoptr (GPtrArray) argv = g_ptr_array_new ();
  g_autofree char *printed = NULL;

  g_ptr_array_add (argv, path);
  for (guint i = 0; arguments[i] != NULL; i++)
    g_ptr_array_add (argv, (gpointer) arguments[i]);
  g_ptr_array_add (argv, NULL);
  g_subprocess_launcher_setenv (launcher, "LC_ALL", "C.UTF-8", TRUE);
  g_subprocess_launcher_take_fd (launcher, dup (fd), 3);
  process = g_subprocess_launcher_spawnv (launcher, (const char *const *) argv->pdata, error);
  if (process == NULL)
    {
      pn_prefix_error (error, "e2fsprogs is needed");
      return -1;
    }
  if (!g_subprocess_communicate_utf8 (process, NULL, cancellable, &printed, NULL, error))
    {
      g_subprocess_force_exit (process);
      return -1;
    }
  if (output != NULL)
    *output = g_steal_pointer (&printed);
  return g_subprocess_get_if_exited (process) ? g_subprocess_get_exit_status (process) : 128;
}

static gboolean
check_consistency (int fd, guint64 offset, GError **error)
{
  g_autofree char *operand = g_strdup_printf ("/proc/self/fd/3?offset=%" G_GUINT64_FORMAT, offset);
  const char *const arguments[] = { "-fn", operand, NULL };
  g_autofree char *output = NULL;
  int status = pn_e2fsprogs_run ("e2fsck", fd, arguments, &output, NULL, error);

  if (status == 0)
    return TRUE;
  if (status > 0)
    pn_set_error (
        error, PN_ERROR_INVALID_DATA,
        "The root file system is damaged (e2fsck finds errors). Repair the image, or make it "
        "again");
  return FALSE;
}

/* libext2fs reads bitmaps into memory that it sizes by some of these numbers and indexes by others;
 * in what mke2fs makes they fit together (Linux: Documentation/filesystems/ext4/super.rst). */
static gboolean
check_geometry (const guint8 *at, guint64 blocks, GError **error)
{
  guint32 block_size = 1024u << pn_peek_le32 (at + 24);
  guint32 per_group = pn_peek_le32 (at + 32);
  guint32 inodes_per_group = pn_peek_le32 (at + 40);
  guint32 first = pn_peek_le32 (at + 20);
  guint64 groups;

  if (pn_peek_le32 (at + 28) == pn_peek_le32 (at + 24) && pn_peek_le32 (at + 36) == per_group &&
      per_group >= 8 && per_group % 8 == 0 && per_group <= 8 * block_size &&
      inodes_per_group >= 8 && inodes_per_group % 8 == 0 && inodes_per_group <= 8 * block_size &&
      first == (block_size == 1024) && blocks > first)
    {
      groups = (blocks - first + per_group - 1) / per_group;
      if (pn_peek_le32 (at) == groups * inodes_per_group)
        return TRUE;
    }
  return pn_set_error (error, PN_ERROR_INVALID_DATA,
                       "The root file system's numbers do not fit together. Repair the image with "
                       "e2fsck, or make it again");
}

/* Refuses a set of features, naming the first, if there is one. */
static gboolean
check_features (int set, guint32 unknown, GError **error)
{
  guint32 first = unknown & (0u - unknown);

  return unknown == 0 ||
         pn_set_error (error, PN_ERROR_NOT_SUPPORTED,
                       "The root file system uses the feature %s, which is not supported. Make it "
                       "without (mke2fs -O ^…)",
                       e2p_feature2string (set, first));
}

/* What the superblock alone tells, in words. */
static gboolean
check_superblock (const guint8 *at, guint64 size, GError **error)
{
  guint32 incompat = pn_peek_le32 (at + 96), read_only_compat = pn_peek_le32 (at + 100);
  guint16 state = pn_peek_le16 (at + 58);
  guint32 log_size = pn_peek_le32 (at + 24);
  guint64 blocks = pn_peek_le32 (at + 4);

  if (pn_peek_le16 (at + 56) != EXT2_SUPER_MAGIC)
    return pn_set_error (error, PN_ERROR_NOT_SUPPORTED, "The root partition is not ext4");
  if (log_size > 2)
    return pn_set_error (
        error, PN_ERROR_NOT_SUPPORTED,
        "The root file system has blocks larger than 4096 bytes, which is not supported");
  if ((incompat & EXT4_FEATURE_INCOMPAT_64BIT) != 0)
    blocks |= (guint64) pn_peek_le32 (at + 0x150) << 32;
  if (blocks > size / (1024u << log_size))
    return pn_set_error (
        error, PN_ERROR_INVALID_DATA,
        "The root file system is larger than its partition: the image was cut off");
  if ((state & EXT2_ERROR_FS) != 0)
    return pn_set_error (
        error, PN_ERROR_INVALID_DATA,
        "The root file system is marked as damaged. Run e2fsck on it, or make the image "
        "again");
  if ((incompat & EXT3_FEATURE_INCOMPAT_RECOVER) != 0 || (state & EXT2_VALID_FS) == 0)
    return pn_set_error (
        error, PN_ERROR_INVALID_DATA,
        "The root file system was not cleanly unmounted. Mount and unmount it once, or run "
        "e2fsck on it, then take the image again");
  if ((read_only_compat & EXT4_FEATURE_RO_COMPAT_BIGALLOC) != 0)
    return pn_set_error (
        error, PN_ERROR_NOT_SUPPORTED,
        "The root file system uses bigalloc, which is not supported. Make it without");
  if (!check_features (E2P_FEATURE_INCOMPAT, incompat & ~(guint32) SUPPORTED_INCOMPAT, error) ||
      !check_features (E2P_FEATURE_RO_INCOMPAT,
                       read_only_compat & ~(guint32) EXT2_LIB_FEATURE_RO_COMPAT_SUPP, error))
    return FALSE;
  return check_geometry (at, blocks, error);
}

/* Without its table, error_message () knows a code of libext2fs by its number only. */
static void
load_messages (void)
{
  static gsize loaded = 0;

  if (g_once_init_enter (&loaded))
    {
      initialize_ext2_error_table ();
      g_once_init_leave (&loaded, 1);
    }
}

PnExt4 *
pn_ext4_open (int fd, guint64 offset, guint64 size, gboolean check, GError **error)
{
  g_autoptr (PnExt4) self = NULL;
  guint8 superblock[1024];
  errcode_t result;

  load_messages ();
  if (size < SUPERBLOCK_AT + sizeof superblock)
    {
      pn_set_error (error, PN_ERROR_NOT_SUPPORTED, "The root partition is too small for ext4");
      return NULL;
    }
  if (!pn_pread_all (fd, superblock, sizeof superblock, (goffset) offset + SUPERBLOCK_AT, error) ||
      !check_superblock (superblock, size, error))
    return NULL;
  if (check && !check_consistency (fd, offset, error))
    return NULL;
  self = g_new0 (PnExt4, 1);
  pn_ext4_io_init (&self->io, fd, offset, size);
  result = pn_ext4_io_open (&self->io, TRUE, &self->fs);
  if (result == 0)
    result = ext2fs_read_bitmaps (self->fs);
  if (result != 0)
    {
      pn_set_error (error,
                    result == EXT2_ET_UNSUPP_FEATURE || result == EXT2_ET_RO_UNSUPP_FEATURE
                        ? PN_ERROR_NOT_SUPPORTED
                        : PN_ERROR_INVALID_DATA,
                    "The root file system cannot be read: %s", error_message (result));
      return NULL;
    }
  return g_steal_pointer (&self);
}

void
pn_ext4_free (PnExt4 *self)
{
  /* Not ext2fs_close (): that would write once more. */
  if (self->fs != NULL)
    ext2fs_free (self->fs);
  pn_ext4_io_clear (&self->io);
  g_free (self);
}

guint64
pn_ext4_get_size (PnExt4 *self)
{
  return ext2fs_blocks_count (self->fs->super) * self->fs->blocksize;
}

guint64
pn_ext4_get_used (PnExt4 *self)
{
  guint64 all = ext2fs_blocks_count (self->fs->super);
  guint64 left = ext2fs_free_blocks_count (self->fs->super);

  return (all - MIN (left, all)) * self->fs->blocksize;
}

guint
pn_ext4_get_block_size (PnExt4 *self)
{
  return self->fs->blocksize;
}

char *
pn_ext4_get_label (PnExt4 *self)
{
  g_autofree char *label =
      g_strndup ((const char *) self->fs->super->s_volume_name, EXT2_LABEL_LEN);

  return g_utf8_make_valid (label, -1);
}

char *
pn_ext4_get_uuid (PnExt4 *self)
{
  const guint8 *u = self->fs->super->s_uuid;

  return g_strdup_printf ("%08x-%04x-%04x-%04x-%04x%08x", pn_peek_be32 (u),
                          pn_peek_be32 (u + 4) >> 16, pn_peek_be32 (u + 4) & 0xffff,
                          pn_peek_be32 (u + 8) >> 16, pn_peek_be32 (u + 8) & 0xffff,
                          pn_peek_be32 (u + 12));
}

static gboolean
find (PnExt4 *self, const char *path, ext2_ino_t *inode, GError **error)
{
  errcode_t result = ext2fs_namei_follow (self->fs, EXT2_ROOT_INO, EXT2_ROOT_INO, path, inode);

  if (result == 0)
    return TRUE;
  if (result == EXT2_ET_FILE_NOT_FOUND)
    return pn_set_error (error, PN_ERROR_NOT_FOUND, "The root file system has no %s", path);
  return pn_set_error (error, PN_ERROR_INVALID_DATA, "%s in the root file system: %s", path,
                       error_message (result));
}

gboolean
pn_ext4_exists (PnExt4 *self, const char *path)
{
  ext2_ino_t inode;

  return find (self, path, &inode, NULL);
}

static int
add_name (ext2_ino_t dir,
          int entry,
          struct ext2_dir_entry *dirent,
          int offset,
          int blocksize,
          char *buf,
          void *user_data)
{
  GPtrArray *names = user_data;
  g_autofree char *name = g_strndup (dirent->name, (gsize) ext2fs_dirent_name_len (dirent));

  if (names->len >= MAX_NAMES)
    return DIRENT_ABORT;
  if (dirent->inode != 0 && !g_str_equal (name, ".") && !g_str_equal (name, ".."))
    g_ptr_array_add (names, g_steal_pointer (&name));
  return 0;
}

static int
compare_names (gconstpointer a, gconstpointer b)
{
  return strcmp (*(const char *const *) a, *(const char *const *) b);
}

char **
pn_ext4_list (PnExt4 *self, const char *path, GError **error)
{
  g_autoptr (GPtrArray) names = g_ptr_array_new_with_free_func (g_free);
  ext2_ino_t inode;
  errcode_t result;

  if (!find (self, path, &inode, error))
    return NULL;
  result = ext2fs_dir_iterate2 (self->fs, inode, 0, NULL, add_name, names);
  if (result != 0)
    {
      pn_set_error (error, PN_ERROR_INVALID_DATA, "%s in the root file system: %s", path,
                    error_message (result));
      return NULL;
    }
  g_ptr_array_sort (names, compare_names);
  g_ptr_array_add (names, NULL);
  g_ptr_array_set_free_func (names, NULL);
  return (char **) g_ptr_array_free (g_steal_pointer (&names), FALSE);
}

GBytes *
pn_ext4_read_file (PnExt4 *self, const char *path, gsize max, GError **error)
{
  g_autofree guint8 *data = NULL;
  ext2_file_t file = NULL;
  unsigned int got = 0;
  ext2_ino_t inode;
  errcode_t result;
  guint64 size;
  gsize done = 0;

  if (!find (self, path, &inode, error))
    return NULL;
  result = ext2fs_file_open (self->fs, inode, 0, &file);
  if (result != 0)
    {
      pn_set_error (error, PN_ERROR_INVALID_DATA, "%s in the root file system: %s", path,
                    error_message (result));
      return NULL;
    }
  size = 0;
  result = (errcode_t) ext2fs_file_get_lsize (file, (__u64 *) &size);
  if (result == 0 && size > max)
    {
      ext2fs_file_close (file);
      pn_set_error (error, PN_ERROR_NO_SPACE, "%s in the root file system is larger than expected",
                    path);
      return NULL;
    }
  data = g_malloc (MAX (size, 1));
  while (result == 0 && done < size)
    {
      result =
          ext2fs_file_read (file, data + done, (unsigned int) MIN (size - done, 1 << 20), &got);
      if (result == 0 && got == 0)
        result = EXT2_ET_SHORT_READ;
      done += got;
    }
  ext2fs_file_close (file);
  if (result != 0)
    {
      pn_set_error (error, PN_ERROR_INVALID_DATA, "%s in the root file system: %s", path,
                    error_message (result));
      return NULL;
    }
  return g_bytes_new_take (g_steal_pointer (&data), (gsize) size);
}

/* libext2fs cannot set the size of what lies in the inode itself. A whole block has no room there,
 * and writing one moves the file out. */
errcode_t
pn_ext4_leave_inode (PnExt4 *self, ext2_ino_t number, ext2_file_t file)
{
  g_autofree guint8 *zeros = g_malloc0 (self->fs->blocksize);
  struct ext2_inode inode;
  unsigned int put;
  errcode_t result = ext2fs_read_inode (self->fs, number, &inode);

  if (result != 0 || (inode.i_flags & EXT4_INLINE_DATA_FL) == 0)
    return result;
  result = ext2fs_file_write (file, zeros, self->fs->blocksize, &put);
  return result != 0 ? result : ext2fs_file_llseek (file, 0, EXT2_SEEK_SET, NULL);
}

static errcode_t
write_content (PnExt4 *self, ext2_ino_t inode, GBytes *content)
{
  gsize size;
  const guint8 *data = g_bytes_get_data (content, &size);
  ext2_file_t file = NULL;
  unsigned int put = 0;
  gsize done = 0;
  errcode_t result = ext2fs_file_open (self->fs, inode, EXT2_FILE_WRITE, &file);

  if (result != 0)
    return result;
  result = pn_ext4_leave_inode (self, inode, file);
  while (result == 0 && done < size)
    {
      result =
          ext2fs_file_write (file, data + done, (unsigned int) MIN (size - done, 1 << 20), &put);
      done += put;
    }
  if (result == 0)
    result = ext2fs_file_set_size2 (file, (ext2_off64_t) size);
  {
    errcode_t closed = ext2fs_file_close (file);

    return result != 0 ? result : closed;
  }
}

gboolean
pn_ext4_replace_file (
    PnExt4 *self, const char *path, GBytes *content, gint64 unix_time, GError **error)
{
  struct ext2_inode inode;
  ext2_ino_t number;
  errcode_t result;

  if (!find (self, path, &number, error))
    return FALSE;
  self->fs->now = (time_t) unix_time;
  result = write_content (self, number, content);
  if (result == 0)
    result = ext2fs_read_inode (self->fs, number, &inode);
  if (result == 0)
    {
      inode.i_mtime = (__u32) unix_time;
      inode.i_ctime = (__u32) unix_time;
      result = ext2fs_write_inode (self->fs, number, &inode);
    }
  if (result == 0)
    result = ext2fs_flush (self->fs);
  if (result == 0)
    return TRUE;
  return pn_set_error (error, PN_ERROR_FAILED, "Cannot change %s in the root file system: %s", path,
                       error_message (result));
}
