/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include "pn-ext4-tree-private.h"
#include "pn-io.h"

#define CHUNK (1024 * 1024) /* bytes */

static int
file_type (guint32 mode)
{
  switch (mode & S_IFMT)
    {
    case S_IFREG:
      return EXT2_FT_REG_FILE;
    case S_IFDIR:
      return EXT2_FT_DIR;
    case S_IFCHR:
      return EXT2_FT_CHRDEV;
    case S_IFBLK:
      return EXT2_FT_BLKDEV;
    case S_IFIFO:
      return EXT2_FT_FIFO;
    case S_IFSOCK:
      return EXT2_FT_SOCK;
    case S_IFLNK:
      return EXT2_FT_SYMLINK;
    default:
      return EXT2_FT_UNKNOWN;
    }
}

static errcode_t
read_inode (PnExt4 *self, ext2_ino_t number, struct ext2_inode_large *inode)
{
  memset (inode, 0, sizeof *inode);
  return ext2fs_read_inode_full (self->fs, number, (struct ext2_inode *) inode, sizeof *inode);
}

static errcode_t
write_inode (PnExt4 *self, ext2_ino_t number, struct ext2_inode_large *inode)
{
  return ext2fs_write_inode_full (self->fs, number, (struct ext2_inode *) inode, sizeof *inode);
}

static void
set_time (PnExt4 *self, struct ext2_inode_large *inode)
{
  gint64 now = self->fs->now;

  inode->i_mtime = inode->i_ctime = (guint32) now;
  /* Seconds from 2038 on lie in two bits of these; there are no nanoseconds. */
  inode->i_mtime_extra = inode->i_ctime_extra = (guint32) ((now - (gint32) now) >> 32) & 3;
}

static void
set_device (struct ext2_inode_large *inode, guint64 device)
{
  guint major_number = major (device);
  guint minor_number = minor (device);

  if (major_number < 256 && minor_number < 256)
    inode->i_block[0] = major_number << 8 | minor_number;
  else
    inode->i_block[1] = (minor_number & 0xff) | major_number << 8 | (minor_number & ~0xffu) << 12;
}

/* An empty file keeps its blocks as the file system has them for new ones. */
static errcode_t
prepare_blocks (PnExt4 *self, ext2_ino_t number, struct ext2_inode_large *inode)
{
  ext2_extent_handle_t handle;
  errcode_t result;

  if (!ext2fs_has_feature_extents (self->fs->super))
    return 0;
  result = ext2fs_extent_open2 (self->fs, number, (struct ext2_inode *) inode, &handle);
  if (result == 0)
    ext2fs_extent_free (handle);
  return result;
}

errcode_t
pn_ext4_make_inode (PnExt4 *self,
                    ext2_ino_t folder,
                    guint32 mode,
                    guint64 device,
                    const char *target,
                    ext2_ino_t *number)
{
  struct ext2_inode_large inode = { .i_mode = (__u16) mode };
  errcode_t result = ext2fs_new_inode (self->fs, folder, (int) mode, NULL, number);

  if (result != 0)
    return result;
  if (S_ISLNK (mode))
    {
      result = ext2fs_symlink (self->fs, folder, *number, NULL, target);
      if (result == 0)
        result = read_inode (self, *number, &inode);
      /* It has one from the start, and no name yet. */
      inode.i_links_count = 0;
      set_time (self, &inode);
      return result != 0 ? result : write_inode (self, *number, &inode);
    }
  ext2fs_inode_alloc_stats2 (self->fs, *number, 1, FALSE);
  inode.i_extra_isize = sizeof inode - EXT2_GOOD_OLD_INODE_SIZE;
  inode.i_atime = inode.i_crtime = (guint32) self->fs->now;
  set_time (self, &inode);
  if (S_ISCHR (mode) || S_ISBLK (mode))
    set_device (&inode, device);
  if (S_ISREG (mode))
    result = prepare_blocks (self, *number, &inode);
  return result != 0 ? result
                     : ext2fs_write_new_inode (self->fs, *number, (struct ext2_inode *) &inode);
}

errcode_t
pn_ext4_read_on (ext2_file_t file, void *buffer, guint size, guint *got)
{
  guint64 whole = 0, at = 0;
  errcode_t result = ext2fs_file_get_lsize (file, (__u64 *) &whole);

  *got = 0;
  if (result == 0)
    result = ext2fs_file_llseek (file, 0, EXT2_SEEK_CUR, (__u64 *) &at);
  if (result != 0 || at >= whole)
    return result;
  return ext2fs_file_read (file, buffer, (guint) MIN (size, whole - at), got);
}

static errcode_t
add_name (PnExt4 *self, ext2_ino_t folder, const char *name, ext2_ino_t number, int type)
{
  errcode_t result = ext2fs_link (self->fs, folder, name, number, type);

  if (result != EXT2_ET_DIR_NO_SPACE)
    return result;
  result = ext2fs_expand_dir (self->fs, folder);
  return result != 0 ? result : ext2fs_link (self->fs, folder, name, number, type);
}

errcode_t
pn_ext4_make_folder (PnExt4 *self, ext2_ino_t folder, const char *name)
{
  errcode_t result = ext2fs_mkdir (self->fs, folder, 0, name);

  if (result != EXT2_ET_DIR_NO_SPACE)
    return result;
  result = ext2fs_expand_dir (self->fs, folder);
  return result != 0 ? result : ext2fs_mkdir (self->fs, folder, 0, name);
}

errcode_t
pn_ext4_link (PnExt4 *self, ext2_ino_t folder, const char *name, ext2_ino_t number)
{
  struct ext2_inode_large inode;
  errcode_t result = read_inode (self, number, &inode);

  if (result == 0)
    result = add_name (self, folder, name, number, file_type (inode.i_mode));
  if (result != 0)
    return result;
  inode.i_links_count++;
  return write_inode (self, number, &inode);
}

errcode_t
pn_ext4_unlink (PnExt4 *self, ext2_ino_t folder, const char *name, ext2_ino_t number)
{
  struct ext2_inode_large inode, parent;
  errcode_t result = ext2fs_unlink (self->fs, folder, name, 0, 0);

  if (result == 0)
    result = read_inode (self, number, &inode);
  if (result != 0)
    return result;
  if (!LINUX_S_ISDIR (inode.i_mode))
    {
      inode.i_links_count--;
      return write_inode (self, number, &inode);
    }
  inode.i_links_count = 0;
  result = write_inode (self, number, &inode);
  if (result == 0)
    result = read_inode (self, folder, &parent);
  if (result != 0)
    return result;
  /* 1: too many to be counted. */
  if (parent.i_links_count > 2)
    parent.i_links_count--;
  return write_inode (self, folder, &parent);
}

errcode_t
pn_ext4_free_inode (PnExt4 *self, ext2_ino_t number)
{
  struct ext2_inode_large inode;
  errcode_t result = read_inode (self, number, &inode);
  gboolean folder = LINUX_S_ISDIR (inode.i_mode);

  if (result != 0 || inode.i_links_count > 0)
    return result;
  result = ext2fs_free_ext_attr (self->fs, number, &inode);
  if (result == 0 && ext2fs_inode_has_valid_blocks2 (self->fs, (struct ext2_inode *) &inode))
    result = ext2fs_punch (self->fs, number, (struct ext2_inode *) &inode, NULL, 0, ~0ULL);
  if (result != 0)
    return result;
  inode.i_dtime = (guint32) self->fs->now;
  result = write_inode (self, number, &inode);
  ext2fs_inode_alloc_stats2 (self->fs, number, -1, folder);
  return result;
}

/* As Linux does where a file is written to. */
static errcode_t
drop_capabilities (PnExt4 *self, ext2_ino_t number)
{
  struct ext2_xattr_handle *handle = NULL;
  errcode_t result = ext2fs_xattrs_open (self->fs, number, &handle);

  if (result == 0)
    result = ext2fs_xattrs_read (handle);
  if (result == 0)
    result = ext2fs_xattr_remove (handle, "security.capability");
  if (handle != NULL)
    (void) ext2fs_xattrs_close (&handle);
  return result == EXT2_ET_EA_KEY_NOT_FOUND ? 0 : result;
}

static errcode_t
copy_in (PnExt4 *self, ext2_file_t file, int fd, guint64 *size)
{
  g_autofree guint8 *buffer = g_malloc (CHUNK);
  errcode_t result = 0;

  for (*size = 0; result == 0;)
    {
      gssize got = pn_pread (fd, buffer, CHUNK, (goffset) *size, NULL);
      guint done = 0;

      if (got <= 0)
        return got < 0 ? EXT2_ET_SHORT_READ : 0;
      while (result == 0 && done < (guint) got)
        {
          unsigned int put = 0;

          result = ext2fs_file_write (file, buffer + done, (guint) got - done, &put);
          done += put;
        }
      *size += (guint64) got;
      if (g_hash_table_size (self->io.pages) > PN_EXT4_MAX_CHANGES / PN_RUN_BLOCK_SIZE)
        return EXT2_ET_NO_MEMORY;
    }
  return result;
}

errcode_t
pn_ext4_write_file (PnExt4 *self, ext2_ino_t number, int fd)
{
  ext2_file_t file = NULL;
  guint64 size = 0;
  errcode_t result = drop_capabilities (self, number);
  errcode_t closed;

  if (result == 0)
    result = ext2fs_file_open (self->fs, number, EXT2_FILE_WRITE, &file);
  if (result != 0)
    return result;
  result = pn_ext4_leave_inode (self, number, file);
  if (result == 0)
    result = copy_in (self, file, fd, &size);
  if (result == 0)
    result = ext2fs_file_set_size2 (file, (ext2_off64_t) size);
  closed = ext2fs_file_close (file);
  if (result == 0)
    result = closed;
  return result != 0 ? result : pn_ext4_set_time (self, number);
}

errcode_t
pn_ext4_set_owner (PnExt4 *self, ext2_ino_t number, guint32 mode, guint32 uid, guint32 gid)
{
  struct ext2_inode_large inode;
  errcode_t result = read_inode (self, number, &inode);
  __u16 whole = (__u16) ((inode.i_mode & S_IFMT) | (mode & 07777));

  if (result != 0 ||
      (inode.i_mode == whole && inode_uid (inode) == uid && inode_gid (inode) == gid))
    return result;
  inode.i_mode = whole;
  inode.i_uid = (__u16) uid;
  inode.i_gid = (__u16) gid;
  ext2fs_set_i_uid_high (inode, (__u16) (uid >> 16));
  ext2fs_set_i_gid_high (inode, (__u16) (gid >> 16));
  inode.i_ctime = (guint32) self->fs->now;
  inode.i_ctime_extra = 0;
  return write_inode (self, number, &inode);
}

errcode_t
pn_ext4_set_time (PnExt4 *self, ext2_ino_t number)
{
  struct ext2_inode_large inode;
  errcode_t result = read_inode (self, number, &inode);

  set_time (self, &inode);
  return result != 0 ? result : write_inode (self, number, &inode);
}
