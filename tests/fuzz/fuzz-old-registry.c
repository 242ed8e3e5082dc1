/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "pn-old-registry.h"

int LLVMFuzzerTestOneInput (const guint8 *data, gsize size);

int
LLVMFuzzerTestOneInput (const guint8 *data, gsize size)
{
  g_autoptr (GBytes) json = g_bytes_new (data, size);
  g_autoptr (GPtrArray) keys = pn_old_registry_parse (json, NULL);

  for (guint i = 0; keys != NULL && i < keys->len; i++)
    g_assert_nonnull (((PnOldKey *) keys->pdata[i])->label);
  return 0;
}
