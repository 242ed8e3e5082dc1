/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "pn-fake-owners.h"

int LLVMFuzzerTestOneInput (const guint8 *data, gsize size);

int
LLVMFuzzerTestOneInput (const guint8 *data, gsize size)
{
  g_autoptr (GBytes) bytes = g_bytes_new (data, size); /* a copy: ASan sees its end */
  g_autoptr (GError) error = NULL;
  g_autoptr (GHashTable) owners = pn_fake_owners_parse (bytes, 0xfe00, &error);

  g_assert_true ((owners == NULL) == (error != NULL));
  return 0;
}
