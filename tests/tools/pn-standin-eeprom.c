/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "pn-standin-eeprom.h"

#include <string.h>

#include "pn-bootcode.h"
#include "pn-bootfiles.h"
#include "pn-bytes.h"
#include "pn-eeprom.h"

#define MAGIC_BOOTCODE 0x55aaf00fu
#define MAGIC_PADDING 0x55aafeefu
#define MAGIC_FILE 0x55aaf11fu
#define PARTITION_0 0x10000u
#define PARTITION_1 0x107000u
#define JOURNAL 0x1fe000u
#define VENDOR_KEY_NUMBER 0
#define VENDOR_VERSION 1

GBytes *
pn_standin_code (gsize size, const char *text, PnSigner *vendor)
{
  g_autoptr (GRand) rand = g_rand_new_with_seed ((guint32) size);
  GByteArray *code = g_byte_array_new ();
  guint8 signature[PN_SIGNATURE_SIZE];
  GBytes *blob = pn_public_key_get_blob (pn_signer_get_public_key (vendor));
  g_autoptr (GError) error = NULL;
  PnSha256 digest;

  while (code->len < size)
    pn_write_u8 (code, (guint8) g_rand_int_range (rand, 0, 256));
  memcpy (code->data + 64, text, strlen (text) + 1);
  pn_write_le32 (code, (guint32) size);
  pn_write_le32 (code, VENDOR_KEY_NUMBER);
  pn_write_le32 (code, VENDOR_VERSION);
  digest = pn_sha256 (code->data, code->len);
  if (!pn_signer_sign (vendor, &digest, signature, NULL, &error))
    g_error ("%s", error->message);
  g_byte_array_append (code, signature, sizeof signature);
  g_byte_array_append (code, g_bytes_get_data (blob, NULL), (guint) g_bytes_get_size (blob));
  return g_byte_array_free_to_bytes (code);
}

/* Sections are written one after the other; padding fills up to @next. */
static void
pad_to (GByteArray *image, gsize next)
{
  while (image->len % 8 != 0)
    pn_write_u8 (image, 0xff);
  if (image->len + 8 <= next)
    {
      pn_write_be32 (image, MAGIC_PADDING);
      pn_write_be32 (image, (guint32) (next - image->len - 4));
      pn_write_fill (image, 0xff, next - image->len);
    }
}

static void
add_file (GByteArray *image, const char *name, const guint8 *content, gsize size, gsize slot)
{
  guint start = image->len;
  char padded[12] = { 0 };

  memcpy (padded, name, strlen (name));
  pn_write_be32 (image, MAGIC_FILE);
  pn_write_be32 (image, (guint32) (size + 16));
  g_byte_array_append (image, (const guint8 *) padded, sizeof padded);
  pn_write_be32 (image, 0);
  g_byte_array_append (image, content, (guint) size);
  pad_to (image, start + slot);
}

GBytes *
pn_standin_eeprom (PnSigner *vendor)
{
  static const guint8 zeros[2048];
  static const char config[] = "[all]\nBOOT_UART=0\nBOOT_ORDER=0xf461\n";
  g_autoptr (GBytes) bootcode = pn_standin_code (25452, "VERSION:00000001", vendor);
  g_autoptr (GBytes) bootsys = pn_standin_code (77800, "BUILD_TIMESTAMP=1779753600", vendor);
  guint8 time[8] = { 0, 0, 0, 0, 0xff, 0xff, 0xff, 0xff };
  GByteArray *image = g_byte_array_new ();

  pn_write_be32 (image, MAGIC_BOOTCODE);
  pn_write_be32 (image, (guint32) g_bytes_get_size (bootcode));
  g_byte_array_append (image, g_bytes_get_data (bootcode, NULL),
                       (guint) g_bytes_get_size (bootcode));
  pad_to (image, (image->len + 7) / 8 * 8 + PN_BOOTCODE_BLOCK_SIZE + 4);
  add_file (image, "updatetime", time, sizeof time, PARTITION_0 - image->len);
  add_file (image, "bootsys", g_bytes_get_data (bootsys, NULL), g_bytes_get_size (bootsys), 79872);
  add_file (image, "updatetime", time, sizeof time, 136);
  add_file (image, "pubkey.bin", zeros, 512, 776);
  add_file (image, "cacert.der", zeros, 2048, 2304);
  add_file (image, "bootconf.sig", zeros, 1024, 1536);
  add_file (image, "bootconf.txt", (const guint8 *) config, strlen (config),
            PARTITION_1 - image->len);
  pad_to (image, JOURNAL);
  pn_write_fill (image, 0xff, PN_EEPROM_SIZE_2712 - image->len);
  return g_byte_array_free_to_bytes (image);
}

GBytes *
pn_standin_recovery (PnSigner *vendor)
{
  return pn_standin_code (104864, "program_pubkey set_reboot_order", vendor);
}

GBytes *
pn_standin_bootfiles (PnSigner *vendor)
{
  static const char *const names[] = { "mcb.bin",      "memsys00.bin", "memsys01.bin",
                                       "memsys02.bin", "memsys03.bin", "rp1c0fw1.bin",
                                       "rp1c0fw2.bin", "bootmain" };
  g_autoptr (GPtrArray) files = g_ptr_array_new_with_free_func (g_free);
  g_autoptr (GPtrArray) contents = g_ptr_array_new_with_free_func ((GDestroyNotify) g_bytes_unref);
  g_autoptr (GError) error = NULL;
  GBytes *archive;

  for (guint i = 0; i <= G_N_ELEMENTS (names); i++)
    {
      gboolean loader = i == G_N_ELEMENTS (names);
      PnBootfile *file = g_new0 (PnBootfile, 1);

      file->name = g_strconcat ("2712/", loader ? "bootcode5.bin" : names[i], NULL);
      file->content = pn_standin_code (loader ? 77800 : 20000 + 4000 * i, "second stage", vendor);
      g_ptr_array_add (contents, file->content);
      g_ptr_array_add (files, file);
    }
  archive = pn_bootfiles_build (files, &error);
  g_assert_no_error (error);
  for (guint i = 0; i < files->len; i++)
    g_free (((PnBootfile *) files->pdata[i])->name);
  return archive;
}
