/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "pn-eeprom.h"

int LLVMFuzzerTestOneInput (const guint8 *data, gsize size);

int
LLVMFuzzerTestOneInput (const guint8 *data, gsize size)
{
  static const char text[] = "[all]\nBOOT_UART=1\n";
  g_autoptr (GBytes) config = g_bytes_new_static (text, sizeof text - 1);
  g_autoptr (GBytes) bytes = g_bytes_new (data, size);
  g_autoptr (GError) error = NULL;
  g_autoptr (PnEeprom) eeprom = pn_eeprom_new (bytes, &error);
  const PnEepromSection *sections;
  guint n;

  g_assert_true ((eeprom == NULL) == (error != NULL));
  if (eeprom == NULL)
    return 0;
  sections = pn_eeprom_get_sections (eeprom, &n);
  for (guint i = 0; i < n; i++)
    {
      g_assert_cmpuint (sections[i].content_offset, <=, size);
      g_assert_cmpuint (sections[i].content_size, <=, size - sections[i].content_offset);
      if (sections[i].name[0] != 0)
        {
          g_autoptr (GBytes) content = pn_eeprom_get_file (eeprom, sections[i].name, NULL);
        }
    }
  g_free (pn_eeprom_get_version (eeprom));
  (void) pn_eeprom_get_mfg_version (eeprom);
  if (pn_eeprom_replace_file (eeprom, "bootconf.txt", config, NULL))
    {
      g_autoptr (GBytes) back = pn_eeprom_get_file (eeprom, "bootconf.txt", NULL);

      g_assert_nonnull (back);
      g_assert_true (g_bytes_equal (back, config));
    }
  pn_eeprom_set_timestamp (eeprom, 1);
  {
    g_autoptr (GBytes) out = pn_eeprom_to_bytes (eeprom);

    g_assert_cmpuint (g_bytes_get_size (out), ==, size);
  }
  return 0;
}
