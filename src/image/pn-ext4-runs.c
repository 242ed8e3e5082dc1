/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Which blocks of a file system have to be written (image-tools.md, "From used blocks to runs"):
 * what is allocated, zeros included, and never what a free block happened to hold. */
#include "config.h"

#include <string.h>

#include "pn-bytes.h"
#include "pn-ext4-private.h"
#include "pn-io.h"

#define PAGE PN_RUN_BLOCK_SIZE
#define READ_PAGES 256      /* 1 MiB */
#define SHORT_ZERO_PAGES 16 /* fewer zeros between data are cheaper as data */

typedef struct
{
  PnExt4 *ext4;
  PnRuns *runs;
  guint64 zeros; /* pages of zeros seen behind data, not appended yet */
  guint64 zeros_at;
  gboolean after_data;
} Builder;

static void
flush_zeros (Builder *self, gboolean before_data)
{
  PnExt4Io *io = &self->ext4->io;

  if (self->zeros == 0)
    return;
  /* A short stretch between two of data joins them; it is zero in the source, too. */
  if (before_data && self->after_data && self->zeros < SHORT_ZERO_PAGES)
    {
      for (guint64 i = 0; i < self->zeros; i++)
        if (pn_ext4_io_is_changed (io, self->zeros_at + i))
          before_data = FALSE;
      if (before_data)
        {
          pn_runs_append_fd (self->runs, self->zeros, io->fd, io->offset + self->zeros_at * PAGE);
          self->zeros = 0;
          return;
        }
    }
  pn_runs_append_fill (self->runs, self->zeros, 0);
  self->zeros = 0;
}

static void
append_skip (Builder *self, guint64 pages)
{
  flush_zeros (self, FALSE);
  pn_runs_append_skip (self->runs, pages);
  self->after_data = FALSE;
}

/* One page in use, with its content. */
static void
append_page (Builder *self, guint64 page, const guint8 *content, gboolean from_source)
{
  PnExt4Io *io = &self->ext4->io;

  if (pn_bytes_all (content, PAGE, 0))
    {
      if (self->zeros == 0)
        self->zeros_at = page;
      self->zeros++;
      return;
    }
  flush_zeros (self, TRUE);
  if (from_source && !pn_ext4_io_is_changed (io, page))
    pn_runs_append_fd (self->runs, 1, io->fd, io->offset + page * PAGE);
  else
    {
      g_autoptr (GBytes) bytes = g_bytes_new (content, PAGE);

      pn_runs_append_bytes (self->runs, bytes);
    }
  self->after_data = TRUE;
}

/* The part of a group's inode table that nobody will read before the kernel has zeroed it. */
static gboolean
in_lazy_table (ext2_filsys fs, blk64_t block)
{
  dgrp_t group = ext2fs_group_of_blk2 (fs, block);

  /* With flex_bg a table may lie in an earlier group: look at those of the flex group. */
  dgrp_t span = ext2fs_has_feature_flex_bg (fs->super) ? 1u << fs->super->s_log_groups_per_flex : 1;
  dgrp_t last = MIN (group + span, fs->group_desc_count);

  for (dgrp_t i = group; i < last; i++)
    {
      blk64_t table = ext2fs_inode_table_loc (fs, i);
      guint64 used_inodes, used_blocks;

      if (block < table || block >= table + fs->inode_blocks_per_group)
        continue;
      if (!ext2fs_has_group_desc_csum (fs) || ext2fs_bg_flags_test (fs, i, EXT2_BG_INODE_ZEROED))
        return FALSE;
      used_inodes = ext2fs_bg_flags_test (fs, i, EXT2_BG_INODE_UNINIT)
                        ? 0
                        : EXT2_INODES_PER_GROUP (fs->super) - ext2fs_bg_itable_unused (fs, i);
      used_blocks = (used_inodes * EXT2_INODE_SIZE (fs->super) + fs->blocksize - 1) / fs->blocksize;
      return block >= table + used_blocks;
    }
  return FALSE;
}

static gboolean
block_in_use (ext2_filsys fs, blk64_t block)
{
  if (block < fs->super->s_first_data_block)
    return TRUE; /* block 0 of 1 KiB blocks is in no bitmap */
  return ext2fs_test_block_bitmap2 (fs->block_map, block) && !in_lazy_table (fs, block);
}

/* How much of a page is in use: all, nothing, or some of its blocks, which are then listed. */
static guint
blocks_in_use (PnExt4 *self, guint64 page, guint8 *mask)
{
  ext2_filsys fs = self->fs;
  guint per_page = PAGE / fs->blocksize;
  guint n = 0;

  *mask = 0;
  for (guint i = 0; i < per_page; i++)
    {
      blk64_t block = page * per_page + i;

      if (block < ext2fs_blocks_count (fs->super) && block_in_use (fs, block))
        {
          *mask |= (guint8) (1u << i);
          n++;
        }
    }
  return n;
}

PnRuns *
pn_ext4_used_runs (PnExt4 *self, GError **error)
{
  g_autoptr (PnRuns) runs = pn_runs_new ();
  Builder builder = { self, runs, 0, 0, FALSE };
  guint per_page = PAGE / self->fs->blocksize;
  guint64 n_pages = (pn_ext4_get_size (self) + PAGE - 1) / PAGE;
  g_autofree guint8 *buffer = g_malloc (READ_PAGES * PAGE);
  guint64 buffered = G_MAXUINT64; /* first page in the buffer */

  for (guint64 page = 0; page < n_pages; page++)
    {
      guint8 mask;
      guint used = blocks_in_use (self, page, &mask);
      guint8 *content;

      if (used == 0)
        {
          append_skip (&builder, 1);
          continue;
        }
      if (buffered == G_MAXUINT64 || page < buffered || page >= buffered + READ_PAGES)
        {
          buffered = page;
          if (!pn_ext4_io_read (&self->io, page * PAGE, buffer, READ_PAGES * PAGE))
            {
              pn_set_error (error, PN_ERROR_IO, "Cannot read the image");
              return NULL;
            }
        }
      content = buffer + (page - buffered) * PAGE;
      for (guint i = 0; used < per_page && i < per_page; i++)
        if ((mask & (1u << i)) == 0)
          memset (content + i * self->fs->blocksize, 0, self->fs->blocksize);
      append_page (&builder, page, content, used == per_page);
    }
  flush_zeros (&builder, FALSE);
  return g_steal_pointer (&runs);
}

/* ---- metadata ---- */

static int
touch_block (ext2_filsys fs,
             blk64_t *block,
             e2_blkcnt_t count,
             blk64_t reference,
             int offset,
             void *user_data)
{
  PnExt4 *self = user_data;

  pn_ext4_io_touch (&self->io, *block * fs->blocksize, fs->blocksize);
  return 0;
}

static int
touch_index (ext2_filsys fs,
             blk64_t *block,
             e2_blkcnt_t count,
             blk64_t reference,
             int offset,
             void *user_data)
{
  return count < 0 ? touch_block (fs, block, count, reference, offset, user_data) : 0;
}

/* Files that are part of the file system, not somebody's content. */
static gboolean
is_internal (ext2_filsys fs, ext2_ino_t number)
{
  return number == EXT2_RESIZE_INO || number == fs->super->s_orphan_file_inum;
}

/* Everything that an inode needs but the content of files. */
static errcode_t
touch_inode (PnExt4 *self, ext2_filsys fs, ext2_ino_t number, struct ext2_inode *inode)
{
  gboolean folder = LINUX_S_ISDIR (inode->i_mode);
  blk64_t attributes = ext2fs_file_acl_block (fs, inode);

  if (attributes != 0)
    pn_ext4_io_touch (&self->io, attributes * fs->blocksize, fs->blocksize);
  if (!ext2fs_inode_has_valid_blocks2 (fs, inode) || (inode->i_flags & EXT4_INLINE_DATA_FL) != 0)
    return 0;
  return ext2fs_block_iterate3 (fs, number, BLOCK_FLAG_READ_ONLY, NULL,
                                folder || is_internal (fs, number) ? touch_block : touch_index,
                                self);
}

static errcode_t
touch_inodes (PnExt4 *self, ext2_filsys fs)
{
  ext2_inode_scan scan = NULL;
  errcode_t result = ext2fs_open_inode_scan (fs, 0, &scan);
  struct ext2_inode inode;
  ext2_ino_t number = 1;

  while (result == 0)
    {
      result = ext2fs_get_next_inode (scan, &number, &inode);
      if (result != 0 || number == 0)
        break;
      if (inode.i_links_count > 0 || number < EXT2_FIRST_INODE (fs->super))
        result = touch_inode (self, fs, number, &inode);
    }
  if (scan != NULL)
    ext2fs_close_inode_scan (scan);
  return result;
}

static void
touch_groups (PnExt4 *self, ext2_filsys fs)
{
  pn_ext4_io_touch (&self->io, 0, PAGE);
  for (dgrp_t group = 0; group < fs->group_desc_count; group++)
    {
      blk64_t super = 0, old_table = 0, new_table = 0;
      blk_t used = 0;

      (void) ext2fs_super_and_bgd_loc2 (fs, group, &super, &old_table, &new_table, &used);
      if (super != 0)
        pn_ext4_io_touch (&self->io, super * fs->blocksize, fs->blocksize);
      if (old_table != 0)
        pn_ext4_io_touch (&self->io, old_table * fs->blocksize,
                          (guint64) (fs->desc_blocks + fs->super->s_reserved_gdt_blocks) *
                              fs->blocksize);
      if (new_table != 0)
        pn_ext4_io_touch (&self->io, new_table * fs->blocksize, fs->blocksize);
      pn_ext4_io_touch (&self->io, ext2fs_block_bitmap_loc (fs, group) * fs->blocksize,
                        fs->blocksize);
      pn_ext4_io_touch (&self->io, ext2fs_inode_bitmap_loc (fs, group) * fs->blocksize,
                        fs->blocksize);
    }
}

PnRuns *
pn_ext4_metadata_runs (PnExt4 *self, GError **error)
{
  g_autoptr (PnRuns) runs = pn_runs_new ();
  Builder builder = { self, runs, 0, 0, FALSE };
  guint64 n_pages = (pn_ext4_get_size (self) + PAGE - 1) / PAGE;
  guint8 content[PAGE];
  ext2_filsys fs = NULL;
  errcode_t result;

  self->io.touched = g_malloc0 (n_pages / 8 + 1);
  self->io.size = MIN (self->io.size, n_pages * PAGE);
  /* What libext2fs reads of it on a second look is what there is to know. */
  result = pn_ext4_io_open (&self->io, FALSE, &fs);
  if (result == 0)
    result = ext2fs_read_bitmaps (fs);
  if (result == 0)
    {
      touch_groups (self, fs);
      result = touch_inodes (self, fs);
    }
  if (fs != NULL)
    ext2fs_free (fs);
  if (result != 0)
    {
      g_clear_pointer (&self->io.touched, g_free);
      pn_set_error (error, PN_ERROR_INVALID_DATA,
                    "The root file system's metadata cannot be read: %s", error_message (result));
      return NULL;
    }
  for (guint64 page = 0; page < n_pages; page++)
    {
      if ((self->io.touched[page / 8] & (1u << (page % 8))) == 0)
        append_skip (&builder, 1);
      else if (pn_ext4_io_read (&self->io, page * PAGE, content, PAGE))
        append_page (&builder, page, content, TRUE);
    }
  flush_zeros (&builder, FALSE);
  g_clear_pointer (&self->io.touched, g_free);
  return g_steal_pointer (&runs);
}
