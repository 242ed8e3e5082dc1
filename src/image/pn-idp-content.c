/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What of a partition has to be written. A sparse file says what its maker found worth keeping,
 * which is not the same: a block that a file system uses may be left out because it is zero, and
 * reads back as noise behind encryption, or as what was there before (H-10). So the file system is
 * asked; where it is none that we know, everything is written. */
#include "config.h"

#include "pn-idp-set.h"

#include <errno.h>
#include <fcntl.h>

#include "pn-ext4.h"
#include "pn-fat.h"
#include "pn-io.h"

#define COPY_BLOCKS 256 /* 1 MiB */

/* The partition as a file, with holes where nothing or zeros are. */
static int
expand (PnRuns *runs, const char *scratch, GCancellable *cancellable, GError **error)
{
  g_auto (PnFd) fd = open (scratch, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
  g_autofree guint8 *buffer = g_malloc (COPY_BLOCKS * PN_RUN_BLOCK_SIZE);
  guint n_runs;
  const PnRun *all = pn_runs_get (runs, &n_runs);

  if (fd < 0 || ftruncate (fd, (off_t) (pn_runs_get_n_blocks (runs) * PN_RUN_BLOCK_SIZE)) < 0)
    {
      pn_set_error_from_errno (error, errno, "Cannot make a temporary file in %s", scratch);
      return -1;
    }
  for (guint i = 0; i < n_runs; i++)
    {
      if (all[i].kind == PN_RUN_SKIP || (all[i].kind == PN_RUN_FILL && all[i].fill == 0))
        continue;
      for (guint64 at = 0; at < all[i].n_blocks; at += COPY_BLOCKS)
        {
          gsize size = (gsize) MIN (COPY_BLOCKS, all[i].n_blocks - at) * PN_RUN_BLOCK_SIZE;
          guint64 offset = (all[i].first_block + at) * PN_RUN_BLOCK_SIZE;

          if (g_cancellable_set_error_if_cancelled (cancellable, error) ||
              !pn_runs_read (runs, offset, buffer, size, error) ||
              !pn_pwrite_all (fd, buffer, size, (goffset) offset, error))
            return -1;
        }
    }
  return g_steal_fd (&fd);
}

static PnRuns *
ask_file_system (int fd, guint64 size)
{
  g_autoptr (PnExt4) ext4 = pn_ext4_open (fd, 0, size, TRUE, NULL);
  g_autoptr (PnFat) fat = ext4 == NULL ? pn_fat_open_fd (fd, 0, size, NULL) : NULL;

  if (ext4 != NULL)
    return pn_ext4_used_runs (ext4, NULL);
  return fat != NULL ? pn_fat_used_runs (fat, fd, 0, NULL) : NULL;
}

/* Every block, what was left open as zeros. */
static PnRuns *
close_gaps (PnRuns *runs)
{
  PnRuns *closed = pn_runs_new ();
  guint n_runs;
  const PnRun *all = pn_runs_get (runs, &n_runs);

  for (guint i = 0; i < n_runs; i++)
    if (all[i].kind == PN_RUN_SKIP)
      pn_runs_append_fill (closed, all[i].n_blocks, 0);
    else
      pn_runs_append_run (closed, &all[i]);
  return closed;
}

PnRuns *
pn_idp_content_new (
    PnRuns *runs, const char *scratch, gboolean *known, GCancellable *cancellable, GError **error)
{
  guint64 n_blocks = pn_runs_get_n_blocks (runs);
  g_auto (PnFd) fd = expand (runs, scratch, cancellable, error);
  PnRuns *used;

  if (fd < 0)
    return NULL;
  used = ask_file_system (fd, n_blocks * PN_RUN_BLOCK_SIZE);
  *known = used != NULL && pn_runs_get_n_blocks (used) <= n_blocks;
  if (!*known)
    {
      g_clear_pointer (&used, pn_runs_free);
      return close_gaps (runs);
    }
  pn_runs_append_skip (used, n_blocks - pn_runs_get_n_blocks (used));
  pn_runs_own_fd (used, g_steal_fd (&fd));
  return used;
}
