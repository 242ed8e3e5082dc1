/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "pn-io.h"
#include "pn-sparse.h"

int LLVMFuzzerTestOneInput (const guint8 *data, gsize size);

/* What a parsed list says must be inside of what there is. */
static void
check_chunks (GArray *chunks, gsize size, guint64 expanded)
{
  guint64 at = 0;

  for (guint i = 0; i < chunks->len; i++)
    {
      const PnSparseChunk *chunk = &g_array_index (chunks, PnSparseChunk, i);

      g_assert_cmpuint (chunk->output_offset, ==, at);
      g_assert_cmpuint (chunk->output_size, <=, expanded - at);
      if (chunk->kind == PN_RUN_DATA)
        g_assert_cmpuint (chunk->data_offset, <=, size - chunk->output_size);
      at += chunk->output_size;
    }
}

int
LLVMFuzzerTestOneInput (const guint8 *data, gsize size)
{
  g_auto (PnFd) fd = memfd_create ("sparse", MFD_CLOEXEC);

  g_assert_cmpint (pwrite (fd, data, size, 0), ==, size);
  for (PnSparseRules rules = PN_SPARSE_STRICT; rules <= PN_SPARSE_DAEMON; rules++)
    {
      g_autoptr (GError) error = NULL;
      g_autoptr (GError) fd_error = NULL;
      guint64 expanded = 0;
      g_autoptr (GArray) chunks = pn_sparse_parse (data, size, rules, &expanded, &error);
      g_autoptr (PnRuns) runs = pn_sparse_parse_fd (fd, 0, size, rules, &fd_error);

      g_assert_true ((chunks == NULL) == (error != NULL));
      g_assert_true ((runs == NULL) == (fd_error != NULL));
      if (chunks != NULL)
        check_chunks (chunks, size, expanded);
    }
  return 0;
}
