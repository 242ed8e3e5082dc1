/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Growing by metadata alone (image-tools.md, "Growing"): resize2fs works on a file in memory that
 * holds nothing but metadata; what it changed is what has to be written over the original. */
#include "config.h"

#include <errno.h>
#include <string.h>
#include <sys/mman.h>

#include "pn-bytes.h"
#include "pn-ext4-private.h"
#include "pn-io.h"

#define PAGE PN_RUN_BLOCK_SIZE
#define GROWER "resize2fs"

/* Writes what is not zero; the rest of the file stays a hole. */
static gboolean
write_metadata (PnRuns *metadata, int fd, GError **error)
{
  guint n_runs;
  const PnRun *runs = pn_runs_get (metadata, &n_runs);
  g_autofree guint8 *buffer = g_malloc (1024 * 1024);

  for (guint i = 0; i < n_runs; i++)
    {
      guint64 at = runs[i].first_block * PAGE;
      guint64 left = runs[i].kind == PN_RUN_DATA ? runs[i].n_blocks * PAGE : 0;

      while (left > 0)
        {
          gsize count = (gsize) MIN (left, 1024 * 1024);

          if (!pn_runs_read (metadata, at, buffer, count, error) ||
              !pn_pwrite_all (fd, buffer, count, (goffset) at, error))
            return FALSE;
          at += count;
          left -= count;
        }
    }
  return TRUE;
}

static gboolean
check_growth (
    PnRuns *metadata, guint64 new_size, guint64 *new_blocks, guint64 *old_blocks, GError **error)
{
  guint8 super[1024];
  guint32 log_size, incompat, desc_size, reserved;
  guint64 block_size, blocks_per_group, per_block, old_desc, new_desc;

  if (!pn_runs_read (metadata, 1024, super, sizeof super, error))
    return FALSE;
  log_size = pn_peek_le32 (super + 24);
  incompat = pn_peek_le32 (super + 96);
  blocks_per_group = pn_peek_le32 (super + 32);
  if (pn_peek_le16 (super + 56) != EXT2_SUPER_MAGIC || log_size > 2 || blocks_per_group == 0)
    {
      pn_set_error (error, PN_ERROR_INVALID_DATA,
                    "The root metadata is not that of an ext4 file system");
      return FALSE;
    }
  block_size = 1024u << log_size;
  *old_blocks = pn_peek_le32 (super + 4);
  if ((incompat & EXT4_FEATURE_INCOMPAT_64BIT) != 0)
    *old_blocks |= (guint64) pn_peek_le32 (super + 0x150) << 32;
  *new_blocks = new_size / block_size;
  if (*new_blocks < *old_blocks)
    {
      pn_set_error (error, PN_ERROR_NO_SPACE,
                    "The root file system has %s MiB, more than the %s MiB there are",
                    PN_NUMBER (*old_blocks * block_size >> 20), PN_NUMBER (new_size >> 20));
      return FALSE;
    }
  desc_size = (incompat & EXT4_FEATURE_INCOMPAT_64BIT) != 0 ? pn_peek_le16 (super + 254) : 32;
  reserved = pn_peek_le16 (super + 206);
  per_block = desc_size >= 32 ? block_size / desc_size : 1;
  old_desc = ((*old_blocks + blocks_per_group - 1) / blocks_per_group + per_block - 1) / per_block;
  new_desc = ((*new_blocks + blocks_per_group - 1) / blocks_per_group + per_block - 1) / per_block;
  if (new_desc > old_desc + reserved && (incompat & EXT2_FEATURE_INCOMPAT_META_BG) == 0)
    {
      pn_set_error (error, PN_ERROR_NOT_SUPPORTED,
                    "The root file system has no room reserved for growing to %s MiB. Make it with "
                    "a larger resize limit (mke2fs -E resize=)",
                    PN_NUMBER (new_size >> 20));
      return FALSE;
    }
  return TRUE;
}

/* TRUE where the metadata says nothing of a page: then whatever was written there counts, zeros
 * too, for on the device it holds anything. */
static gboolean
is_unknown (PnRuns *metadata, guint64 page)
{
  guint n_runs;
  const PnRun *runs = pn_runs_get (metadata, &n_runs);
  guint low = 0;
  guint high = n_runs;

  while (high - low > 1)
    {
      guint middle = low + (high - low) / 2;

      if (runs[middle].first_block <= page)
        low = middle;
      else
        high = middle;
    }
  return page >= pn_runs_get_n_blocks (metadata) || runs[low].kind == PN_RUN_SKIP;
}

/* Appends the pages of [from, to) that differ from the metadata. */
static gboolean
compare_extent (PnRuns *metadata, PnRuns *changes, int fd, guint64 from, guint64 to, GError **error)
{
  guint8 now[PAGE], before[PAGE];

  for (guint64 page = from / PAGE; page * PAGE < to; page++)
    {
      g_autoptr (GBytes) bytes = NULL;
      gssize got = pn_pread (fd, now, PAGE, (goffset) (page * PAGE), error);

      if (got < 0)
        return FALSE;
      memset (now + got, 0, PAGE - (gsize) got);
      if (!is_unknown (metadata, page))
        {
          if (!pn_runs_read (metadata, page * PAGE, before, PAGE, error))
            return FALSE;
          if (memcmp (now, before, PAGE) == 0)
            continue;
        }
      pn_runs_append_skip (changes, page - pn_runs_get_n_blocks (changes));
      if (pn_bytes_all (now, PAGE, 0))
        pn_runs_append_fill (changes, 1, 0);
      else
        {
          bytes = g_bytes_new (now, PAGE);
          pn_runs_append_bytes (changes, bytes);
        }
    }
  return TRUE;
}

static PnRuns *
collect_changes (PnRuns *metadata, int fd, guint64 size, GError **error)
{
  g_autoptr (PnRuns) changes = pn_runs_new ();
  off_t at = 0;

  while ((at = lseek (fd, at, SEEK_DATA)) >= 0 && (guint64) at < size)
    {
      off_t end = lseek (fd, at, SEEK_HOLE);

      if (end < 0)
        end = (off_t) size;
      if (!compare_extent (metadata, changes, fd, (guint64) at, MIN ((guint64) end, size), error))
        return NULL;
      at = end;
    }
  pn_runs_append_skip (changes, (size + PAGE - 1) / PAGE - pn_runs_get_n_blocks (changes));
  return g_steal_pointer (&changes);
}

char *
pn_ext4_find_grower (void)
{
  return pn_e2fsprogs_find (GROWER);
}

PnRuns *
pn_ext4_grow (PnRuns *metadata, guint64 new_size, GCancellable *cancellable, GError **error)
{
  g_autofree char *blocks_word = NULL;
  g_autofree char *output = NULL;
  guint64 new_blocks, old_blocks, new_bytes;
  g_auto (PnFd) fd = -1;
  int status;

  if (!check_growth (metadata, new_size, &new_blocks, &old_blocks, error))
    return NULL;
  new_bytes = pn_runs_get_n_blocks (metadata) * PAGE;
  if (new_blocks == old_blocks)
    {
      PnRuns *nothing = pn_runs_new ();

      pn_runs_append_skip (nothing, pn_runs_get_n_blocks (metadata));
      return nothing;
    }
  new_bytes = new_size / PAGE * PAGE;
  fd = memfd_create ("punnet-grow", MFD_CLOEXEC);
  if (fd < 0 || ftruncate (fd, (off_t) new_bytes) < 0)
    {
      pn_set_error_from_errno (error, errno, "Cannot make a file in memory");
      return NULL;
    }
  if (!write_metadata (metadata, fd, error))
    return NULL;
  blocks_word = g_strdup_printf ("%" G_GUINT64_FORMAT, new_blocks);
  {
    const char *const arguments[] = { "-f", "/proc/self/fd/3", blocks_word, NULL };

    status = pn_e2fsprogs_run (GROWER, fd, arguments, &output, cancellable, error);
  }
  if (status < 0)
    return NULL;
  if (status != 0)
    {
      pn_set_error (error, PN_ERROR_FAILED, "The root file system could not be grown to %s MiB: %s",
                    PN_NUMBER (new_size >> 20), g_strstrip (output));
      return NULL;
    }
  return collect_changes (metadata, fd, new_bytes, error);
}
