/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "pn-bootcode.h"

int LLVMFuzzerTestOneInput (const guint8 *data, gsize size);

int
LLVMFuzzerTestOneInput (const guint8 *data, gsize size)
{
  g_autoptr (GBytes) bytes = g_bytes_new (data, size);
  g_autoptr (GError) error = NULL;
  g_autoptr (GPtrArray) blocks = pn_bootcode_get_blocks (bytes, &error);

  g_assert_true ((blocks == NULL) == (error != NULL));
  for (guint i = 0; blocks != NULL && i < blocks->len; i++)
    g_assert_cmpuint (((PnBootcodeBlock *) blocks->pdata[i])->offset, <=,
                      size - PN_BOOTCODE_BLOCK_SIZE);
  return 0;
}
