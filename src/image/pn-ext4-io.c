/* SPDX-License-Identifier: GPL-3.0-or-later */
/* An I/O manager for libext2fs that never writes to the source: changes stay in memory. */
#include "config.h"

#include <string.h>

#include "pn-ext4-private.h"
#include "pn-io.h"

#define PAGE PN_RUN_BLOCK_SIZE

void
pn_ext4_io_init (PnExt4Io *self, int fd, guint64 offset, guint64 size)
{
  self->fd = fd;
  self->offset = offset;
  self->size = size;
  self->pages = g_hash_table_new_full (g_int64_hash, g_int64_equal, g_free, g_free);
  self->touched = NULL;
}

void
pn_ext4_io_clear (PnExt4Io *self)
{
  g_clear_pointer (&self->pages, g_hash_table_unref);
  g_clear_pointer (&self->touched, g_free);
}

gboolean
pn_ext4_io_is_changed (PnExt4Io *self, guint64 page)
{
  return g_hash_table_contains (self->pages, &page);
}

void
pn_ext4_io_touch (PnExt4Io *self, guint64 at, guint64 size)
{
  guint64 last = (MIN (at + size, self->size) + PAGE - 1) / PAGE;

  if (self->touched != NULL)
    for (guint64 page = at / PAGE; page < last; page++)
      self->touched[page / 8] |= (guint8) (1u << (page % 8));
}

gboolean
pn_ext4_io_read (PnExt4Io *self, guint64 at, void *buffer, gsize size)
{
  guint8 *out = buffer;
  gsize there = at < self->size ? (gsize) MIN (size, self->size - at) : 0;

  if (there > 0 && !pn_pread_all (self->fd, out, there, (goffset) (self->offset + at), NULL))
    return FALSE;
  memset (out + there, 0, size - there);
  if (g_hash_table_size (self->pages) == 0)
    return TRUE;
  for (gsize done = 0; done < size;)
    {
      guint64 page = (at + done) / PAGE;
      gsize inside = (gsize) ((at + done) % PAGE);
      gsize count = MIN (size - done, PAGE - inside);
      const guint8 *changed = g_hash_table_lookup (self->pages, &page);

      if (changed != NULL)
        memcpy (out + done, changed + inside, count);
      done += count;
    }
  return TRUE;
}

static gboolean
io_write (PnExt4Io *self, guint64 at, const guint8 *data, gsize size)
{
  if (at > self->size || size > self->size - at)
    return FALSE;
  for (gsize done = 0; done < size;)
    {
      guint64 page = (at + done) / PAGE;
      gsize inside = (gsize) ((at + done) % PAGE);
      gsize count = MIN (size - done, PAGE - inside);
      guint8 *changed = g_hash_table_lookup (self->pages, &page);

      if (changed == NULL)
        {
          changed = g_malloc (PAGE);
          if (!pn_ext4_io_read (self, page * PAGE, changed, PAGE))
            {
              g_free (changed);
              return FALSE;
            }
          g_hash_table_insert (self->pages, g_memdup2 (&page, sizeof page), changed);
        }
      memcpy (changed + inside, data + done, count);
      done += count;
    }
  return TRUE;
}

/* libext2fs opens by name only; the one that is being opened, by this thread. */
static __thread PnExt4Io *opening;

static errcode_t manager_open (const char *name, int flags, io_channel *channel);

static errcode_t
manager_close (io_channel channel)
{
  if (--channel->refcount > 0)
    return 0;
  ext2fs_free_mem (&channel->name);
  ext2fs_free_mem (&channel);
  return 0;
}

static errcode_t
manager_set_blksize (io_channel channel, int size)
{
  channel->block_size = size;
  return 0;
}

/* A negative count means bytes. */
static gsize
byte_count (io_channel channel, int count)
{
  return count < 0 ? (gsize) -count : (gsize) count * (gsize) channel->block_size;
}

static errcode_t
manager_read_blk64 (io_channel channel, unsigned long long block, int count, void *data)
{
  PnExt4Io *self = channel->private_data;
  guint64 at = block * (guint64) channel->block_size;
  gsize size = byte_count (channel, count);

  pn_ext4_io_touch (self, at, size);
  return pn_ext4_io_read (self, at, data, size) ? 0 : EXT2_ET_SHORT_READ;
}

static errcode_t
manager_read_blk (io_channel channel, unsigned long block, int count, void *data)
{
  return manager_read_blk64 (channel, block, count, data);
}

static errcode_t
manager_write_blk64 (io_channel channel, unsigned long long block, int count, const void *data)
{
  return io_write (channel->private_data, block * (guint64) channel->block_size, data,
                   byte_count (channel, count))
             ? 0
             : EXT2_ET_SHORT_WRITE;
}

static errcode_t
manager_write_blk (io_channel channel, unsigned long block, int count, const void *data)
{
  return manager_write_blk64 (channel, block, count, data);
}

static errcode_t
manager_write_byte (io_channel channel, unsigned long offset, int count, const void *data)
{
  return io_write (channel->private_data, offset, data, (gsize) count) ? 0 : EXT2_ET_SHORT_WRITE;
}

static errcode_t
manager_flush (io_channel channel)
{
  return 0;
}

static errcode_t
manager_set_option (io_channel channel, const char *option, const char *argument)
{
  return EXT2_ET_INVALID_ARGUMENT;
}

static errcode_t
manager_zeroout (io_channel channel, unsigned long long block, unsigned long long count)
{
  static const guint8 zeros[PAGE];
  guint64 at = block * (guint64) channel->block_size;
  guint64 left = count * (guint64) channel->block_size;

  while (left > 0)
    {
      gsize size = (gsize) MIN (left, sizeof zeros);

      if (!io_write (channel->private_data, at, zeros, size))
        return EXT2_ET_SHORT_WRITE;
      at += size;
      left -= size;
    }
  return 0;
}

static struct struct_io_manager manager = {
  .magic = EXT2_ET_MAGIC_IO_MANAGER,
  .name = "Punnet overlay",
  .open = manager_open,
  .close = manager_close,
  .set_blksize = manager_set_blksize,
  .read_blk = manager_read_blk,
  .write_blk = manager_write_blk,
  .flush = manager_flush,
  .write_byte = manager_write_byte,
  .set_option = manager_set_option,
  .read_blk64 = manager_read_blk64,
  .write_blk64 = manager_write_blk64,
  .zeroout = manager_zeroout,
};

static errcode_t
manager_open (const char *name, int flags, io_channel *channel)
{
  io_channel made = NULL;
  errcode_t result = ext2fs_get_memzero (sizeof (struct struct_io_channel), &made);

  if (result != 0)
    return result;
  made->magic = EXT2_ET_MAGIC_IO_CHANNEL;
  made->manager = &manager;
  made->block_size = 1024;
  made->refcount = 1;
  made->private_data = opening;
  result = ext2fs_get_mem (strlen (name) + 1, &made->name);
  if (result != 0)
    {
      ext2fs_free_mem (&made);
      return result;
    }
  g_strlcpy (made->name, name, strlen (name) + 1);
  *channel = made;
  return 0;
}

errcode_t
pn_ext4_io_open (PnExt4Io *self, gboolean writable, ext2_filsys *fs)
{
  errcode_t result;

  opening = self;
  result = ext2fs_open2 ("image", NULL, EXT2_FLAG_64BITS | (writable ? EXT2_FLAG_RW : 0), 0, 0,
                         &manager, fs);
  opening = NULL;
  return result;
}
