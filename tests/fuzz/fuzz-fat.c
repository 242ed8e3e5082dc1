/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "pn-fat.h"
#include "pn-io.h"

#define MAX_CONTENT (4 * 1024 * 1024)

int LLVMFuzzerTestOneInput (const guint8 *data, gsize size);

int
LLVMFuzzerTestOneInput (const guint8 *data, gsize size)
{
  g_auto (PnFd) fd = memfd_create ("fat", MFD_CLOEXEC);
  g_autoptr (GError) error = NULL;
  g_autoptr (PnFat) fat = NULL;

  g_assert_cmpint (pwrite (fd, data, size, 0), ==, size);
  fat = pn_fat_open_fd (fd, 0, size, &error);
  g_assert_true ((fat == NULL) == (error != NULL));
  if (fat != NULL)
    {
      g_autofree char *label = pn_fat_get_label (fat);
      g_autoptr (GPtrArray) files = pn_fat_read_all (fat, MAX_CONTENT, NULL);
      g_autoptr (GBytes) config = pn_fat_read_file (fat, "config.txt", MAX_CONTENT, NULL);
      g_autoptr (PnRuns) runs = pn_fat_used_runs (fat, fd, 0, NULL);

      for (guint i = 0; files != NULL && i < files->len; i++)
        g_assert_true (g_utf8_validate (((PnFatFile *) files->pdata[i])->path, -1, NULL));
      if (runs != NULL)
        g_assert_cmpuint (pn_runs_get_n_blocks (runs), <=, size / PN_RUN_BLOCK_SIZE + 1);
    }
  return 0;
}
