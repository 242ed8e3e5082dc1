/* SPDX-License-Identifier: GPL-3.0-or-later */
/* An EEPROM image has one of two sizes, far more than a fuzzer wants to hold: the first byte
 * chooses the size, and three equal parts of the rest lie at the start, at the first partition and
 * at the very end. Everything else is erased flash. */
#include "config.h"

#include <string.h>

#include "pn-eeprom.h"

#define PARTITION_0 0x10000

int LLVMFuzzerTestOneInput (const guint8 *data, gsize size);

static GBytes *
make_image (const guint8 *data, gsize size)
{
  gsize whole = size > 0 && (data[0] & 1) == 1 ? PN_EEPROM_SIZE_2712 : PN_EEPROM_SIZE_2711;
  gsize part = size > 0 ? MIN ((size - 1) / 3, PARTITION_0) : 0;
  guint8 *image = g_malloc (whole);

  memset (image, 0xff, whole);
  if (part > 0)
    {
      memcpy (image, data + 1, part);
      memcpy (image + PARTITION_0, data + 1 + part, part);
      memcpy (image + whole - part, data + 1 + 2 * part, part);
    }
  return g_bytes_new_take (image, whole);
}

static void
check_sections (PnEeprom *eeprom, gsize size)
{
  guint n;
  const PnEepromSection *sections = pn_eeprom_get_sections (eeprom, &n);

  for (guint i = 0; i < n; i++)
    {
      g_assert_cmpuint (sections[i].content_offset, <=, size);
      g_assert_cmpuint (sections[i].content_size, <=, size - sections[i].content_offset);
      if (sections[i].name[0] != 0)
        {
          g_autoptr (GBytes) content = pn_eeprom_get_file (eeprom, sections[i].name, NULL);
        }
    }
}

/* It is as it should be, or nothing was touched. */
static void
check_replace (PnEeprom *eeprom, const char *name, const char *text)
{
  g_autoptr (GBytes) before = pn_eeprom_to_bytes (eeprom);
  g_autoptr (GBytes) content = g_bytes_new_static (text, strlen (text));
  g_autoptr (GBytes) after = NULL;
  g_autoptr (GError) error = NULL;
  g_autoptr (PnEeprom) again = NULL;
  gboolean replaced = pn_eeprom_replace_file (eeprom, name, content, &error);

  g_assert_true (replaced == (error == NULL));
  after = pn_eeprom_to_bytes (eeprom);
  if (!replaced)
    g_assert_true (g_bytes_equal (before, after));
  else
    {
      g_autoptr (GBytes) back = pn_eeprom_get_file (eeprom, name, NULL);

      g_assert_true (g_bytes_equal (back, content));
      again = pn_eeprom_new (after, &error);
      g_assert_no_error (error);
    }
}

int
LLVMFuzzerTestOneInput (const guint8 *data, gsize size)
{
  g_autoptr (GBytes) odd = g_bytes_new (data, size);
  g_autoptr (GBytes) image = make_image (data, size);
  gsize image_size = g_bytes_get_size (image);
  g_autoptr (GError) error = NULL;
  g_autoptr (PnEeprom) none = pn_eeprom_new (odd, NULL);
  g_autoptr (PnEeprom) eeprom = pn_eeprom_new (image, &error);
  g_autoptr (GBytes) out = NULL;

  g_assert_true ((eeprom == NULL) == (error != NULL));
  if (eeprom == NULL)
    return 0;
  check_sections (eeprom, image_size);
  g_free (pn_eeprom_get_version (eeprom));
  (void) pn_eeprom_get_mfg_version (eeprom);
  check_replace (eeprom, "bootconf.txt", "[all]\nBOOT_UART=1\n");
  check_replace (eeprom, "bootsys", "");
  check_replace (eeprom, "bootcode.bin", "short");
  check_sections (eeprom, image_size);
  pn_eeprom_set_timestamp (eeprom, 1);
  out = pn_eeprom_to_bytes (eeprom);
  g_assert_cmpuint (g_bytes_get_size (out), ==, image_size);
  return 0;
}
