/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "pn-manifest.h"

int LLVMFuzzerTestOneInput (const guint8 *data, gsize size);

int
LLVMFuzzerTestOneInput (const guint8 *data, gsize size)
{
  g_autoptr (GBytes) bytes = g_bytes_new (data, size);
  g_autoptr (GError) error = NULL;
  g_autoptr (PnManifest) manifest = pn_manifest_parse (bytes, &error);

  g_assert_true ((manifest == NULL) == (error != NULL));
  if (manifest != NULL)
    g_assert_true (g_bytes_equal (pn_manifest_get_bytes (manifest), bytes));
  return 0;
}
