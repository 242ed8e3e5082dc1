/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "pn-bootloader-config.h"

int LLVMFuzzerTestOneInput (const guint8 *data, gsize size);

int
LLVMFuzzerTestOneInput (const guint8 *data, gsize size)
{
  g_autoptr (GBytes) bytes = g_bytes_new (data, size);
  g_autoptr (GError) error = NULL;
  gboolean good = pn_bootloader_config_check (bytes, &error);

  g_assert_true (good == (error == NULL));
  if (good)
    {
      g_autoptr (GBytes) once = pn_bootloader_config_ensure_signed (bytes);
      g_autoptr (GBytes) twice = pn_bootloader_config_ensure_signed (once);
      g_autoptr (GStrvBuilder) warnings = g_strv_builder_new ();
      g_autoptr (GBytes) matched =
          pn_bootloader_config_match_storage (bytes, PN_STORAGE_NVME, warnings);

      g_assert_true (g_bytes_equal (once, twice));
      g_assert_nonnull (matched);
    }
  return 0;
}
