/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include <sys/mman.h>
#include <unistd.h>

#include "pn-ext4.h"
#include "pn-io.h"

#define MAX_CONTENT (1024 * 1024)

int LLVMFuzzerTestOneInput (const guint8 *data, gsize size);

/* Without the e2fsck of pn_ext4_open (), which is a process of its own: what it would refuse must
 * be survived, too. */
int
LLVMFuzzerTestOneInput (const guint8 *data, gsize size)
{
  g_auto (PnFd) fd = memfd_create ("ext4", MFD_CLOEXEC);
  g_autoptr (GError) error = NULL;
  g_autoptr (PnExt4) ext4 = NULL;

  g_assert_cmpint (pwrite (fd, data, size, 0), ==, size);
  ext4 = pn_ext4_open (fd, 0, size, FALSE, &error);
  g_assert_true ((ext4 == NULL) == (error != NULL));
  if (ext4 != NULL)
    {
      g_auto (GStrv) names = pn_ext4_list (ext4, "/etc", NULL);
      g_autoptr (GBytes) fstab = pn_ext4_read_file (ext4, "/etc/fstab", MAX_CONTENT, NULL);
      g_autoptr (PnRuns) runs = pn_ext4_used_runs (ext4, NULL);
      g_autoptr (PnRuns) metadata = pn_ext4_metadata_runs (ext4, NULL);

      if (fstab != NULL)
        (void) pn_ext4_replace_file (ext4, "/etc/fstab", fstab, 1, NULL);
      if (runs != NULL)
        g_assert_cmpuint (pn_runs_get_n_blocks (runs), <=, size / PN_RUN_BLOCK_SIZE + 1);
    }
  return 0;
}
