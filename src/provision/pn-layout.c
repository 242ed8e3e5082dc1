/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "pn-layout.h"

#include "pn-error.h"

#define MIB (1024u * 1024)

gboolean
pn_layout_compute (guint64 disk_size,
                   guint64 boot_partition_size,
                   guint64 minimum_root,
                   PnLayout *layout,
                   GError **error)
{
  guint64 boot_size =
      (boot_partition_size + PN_LAYOUT_GRAIN - 1) / PN_LAYOUT_GRAIN * PN_LAYOUT_GRAIN;
  guint64 used = PN_LAYOUT_GRAIN + boot_size + PN_LAYOUT_LUKS_HEADER;

  if (disk_size < used || disk_size - used < minimum_root)
    {
      pn_set_error (error, PN_ERROR_NO_SPACE,
                    "The storage is too small: it has %s MiB, and this bundle needs %s MiB",
                    PN_NUMBER (disk_size / MIB), PN_NUMBER ((used + minimum_root + MIB - 1) / MIB));
      return FALSE;
    }
  layout->disk_size = disk_size;
  layout->boot_offset = PN_LAYOUT_GRAIN;
  layout->boot_size = boot_size;
  layout->crypt_offset = PN_LAYOUT_GRAIN + boot_size;
  layout->crypt_size = disk_size - layout->crypt_offset;
  layout->root_size = layout->crypt_size - PN_LAYOUT_LUKS_HEADER;
  return TRUE;
}

/* Appends zeros over [offset, offset + size), clipped to what lies behind the list's end. */
static void
append_zeros (PnRuns *runs, guint64 offset, guint64 size, guint64 disk_blocks)
{
  guint64 at = pn_runs_get_n_blocks (runs);
  guint64 first = offset / PN_RUN_BLOCK_SIZE;
  guint64 end = MIN ((offset + size) / PN_RUN_BLOCK_SIZE, disk_blocks);

  if (end <= at)
    return;
  if (first > at)
    pn_runs_append_skip (runs, first - at);
  pn_runs_append_fill (runs, end - MAX (first, at), 0);
}

PnRuns *
pn_layout_wipe_runs (guint64 disk_size, const guint64 *starts, guint n_starts)
{
  PnRuns *runs = pn_runs_new ();
  guint64 disk_blocks = disk_size / PN_RUN_BLOCK_SIZE;
  guint64 last = disk_blocks * PN_RUN_BLOCK_SIZE;

  append_zeros (runs, 0, PN_LAYOUT_GRAIN, disk_blocks);
  for (guint i = 0; i < n_starts; i++)
    append_zeros (runs, starts[i], MIB, disk_blocks);
  append_zeros (runs, last > MIB ? last - MIB : 0, MIB, disk_blocks);
  return runs;
}
