/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "pn-standin-older.h"

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <stdio.h>
#include <string.h>

#include "pn-bootcode-2711.h"
#include "pn-bootfiles.h"
#include "pn-bytes.h"
#include "pn-eeprom.h"
#include "pn-pem-signer.h"

#define MAGIC_BOOTCODE 0x55aaf00fu
#define MAGIC_PADDING 0x55aafeefu
#define MAGIC_FILE 0x55aaf11fu
#define HMAC_SIZE 20

static EVP_PKEY *
load_key (const char *path)
{
  FILE *file = fopen (path, "r");
  EVP_PKEY *key = file != NULL ? PEM_read_PrivateKey (file, NULL, NULL, NULL) : NULL;

  if (key == NULL)
    g_error ("%s holds no key", path);
  fclose (file);
  return key;
}

static void
sign_sha1 (const char *pem, const GByteArray *code, guint8 *signature)
{
  EVP_PKEY *key = load_key (pem);
  EVP_MD_CTX *context = EVP_MD_CTX_new ();
  size_t size = PN_SIGNATURE_SIZE;

  if (EVP_DigestSignInit (context, NULL, EVP_sha1 (), NULL, key) != 1 ||
      EVP_DigestSign (context, signature, &size, code->data, code->len) != 1 ||
      size != PN_SIGNATURE_SIZE)
    g_error ("the boot code cannot be signed");
  EVP_MD_CTX_free (context);
  EVP_PKEY_free (key);
}

static void
append_noise (GByteArray *out, gsize size)
{
  g_autoptr (GRand) rand = g_rand_new_with_seed ((guint32) size);
  gsize end = out->len + size;

  while (out->len < end)
    pn_write_u8 (out, (guint8) g_rand_int_range (rand, 0, 256));
}

GBytes *
pn_standin_code_2711 (gsize size, const char *text, guint32 key_number, const char *vendor_pem)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (PnSigner) vendor = pn_pem_signer_new_from_file (vendor_pem, NULL, NULL, &error);
  GBytes *blob = pn_public_key_get_blob (pn_signer_get_public_key (vendor));
  GByteArray *code = g_byte_array_new ();
  guint8 signature[PN_SIGNATURE_SIZE];

  append_noise (code, size);
  memcpy (code->data + 64, text, strlen (text) + 1);
  g_byte_array_append (code, g_bytes_get_data (blob, NULL), PN_PUBLIC_KEY_BLOB_SIZE);
  pn_write_le32 (code, code->len);
  pn_write_le32 (code, key_number);
  sign_sha1 (vendor_pem, code, signature);
  g_byte_array_append (code, signature, sizeof signature);
  append_noise (code, HMAC_SIZE);
  return g_byte_array_free_to_bytes (code);
}

/* A file, padded up to a slot of @slot bytes. */
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
  while (image->len % 8 != 0)
    pn_write_u8 (image, 0xff);
  if (slot == 0)
    return;
  pn_write_be32 (image, MAGIC_PADDING);
  pn_write_be32 (image, (guint32) (start + slot - image->len - 4));
  pn_write_fill (image, 0xff, start + slot - image->len);
}

GBytes *
pn_standin_eeprom_2711 (const char *vendor_pem)
{
  static const guint8 zeros[2048];
  static const char config[] = "[all]\nBOOT_UART=0\nBOOT_ORDER=0xf41\n";
  g_autoptr (GBytes) code = pn_standin_code_2711 (72000, "BUILD_TIMESTAMP=1779045198",
                                                  PN_BOOTCODE_2711_KEY_SECURE, vendor_pem);
  GByteArray *image = g_byte_array_new ();

  pn_write_be32 (image, MAGIC_BOOTCODE);
  pn_write_be32 (image, (guint32) g_bytes_get_size (code));
  g_byte_array_append (image, g_bytes_get_data (code, NULL), (guint) g_bytes_get_size (code));
  while (image->len % 8 != 0)
    pn_write_u8 (image, 0xff);
  add_file (image, "pubkey.bin", zeros, 512, 776);
  add_file (image, "cacert.der", zeros, 2048, 2304);
  add_file (image, "bootconf.sig", zeros, 1024, 1536);
  add_file (image, "bootconf.txt", (const guint8 *) config, strlen (config), 0);
  pn_write_fill (image, 0xff, PN_EEPROM_SIZE_2711 - image->len);
  return g_byte_array_free_to_bytes (image);
}

GBytes *
pn_standin_recovery_2711 (const char *vendor_pem)
{
  return pn_standin_code_2711 (99000, "program_pubkey program_rpiboot_gpio",
                               PN_BOOTCODE_2711_KEY_SECURE, vendor_pem);
}

static void
add_bootfile (GPtrArray *files, const char *name, GBytes *content)
{
  PnBootfile *file = g_new0 (PnBootfile, 1);

  file->name = g_strdup (name);
  file->content = content;
  g_ptr_array_add (files, file);
}

static GBytes *
noise (gsize size)
{
  GByteArray *out = g_byte_array_new ();

  append_noise (out, size);
  return g_byte_array_free_to_bytes (out);
}

/* Takes what is in @files. */
static GBytes *
build (GPtrArray *files)
{
  g_autoptr (GError) error = NULL;
  GBytes *archive = pn_bootfiles_build (files, &error);

  if (archive == NULL)
    g_error ("%s", error->message);
  for (guint i = 0; i < files->len; i++)
    {
      PnBootfile *file = files->pdata[i];

      g_bytes_unref (file->content);
      g_free (file->name);
      g_free (file);
    }
  return archive;
}

GBytes *
pn_standin_bootfiles_2711 (const char *vendor_pem)
{
  static const char *const names[] = { "2711/mcb.bin", "2711/memsys04.bin", "2711/memsys05.bin",
                                       "2711/bootmain" };
  g_autoptr (GPtrArray) files = g_ptr_array_new ();

  for (guint i = 0; i < G_N_ELEMENTS (names); i++)
    add_bootfile (files, names[i], noise (15000 + 3000 * i));
  add_bootfile (
      files, "2711/bootcode4.bin",
      pn_standin_code_2711 (70000, "second stage", PN_BOOTCODE_2711_KEY_SECURE, vendor_pem));
  return build (files);
}

GBytes *
pn_standin_bootfiles_2710 (void)
{
  static const char config[] = "arm_64bit=1\ninitramfs rootfs.cpio.zst\n";
  static const char cmdline[] = "console=serial0,115200\n";
  g_autoptr (GPtrArray) files = g_ptr_array_new ();

  add_bootfile (files, "2710/bootcode.bin", noise (52000));
  add_bootfile (files, "2710/config.txt", g_bytes_new (config, strlen (config)));
  add_bootfile (files, "2710/start.elf", noise (300000));
  add_bootfile (files, "2710/fixup.dat", noise (7000));
  add_bootfile (files, "2710/cmdline.txt", g_bytes_new (cmdline, strlen (cmdline)));
  add_bootfile (files, "2710/kernel8.img", noise (1000000));
  add_bootfile (files, "2710/rootfs.cpio.zst", noise (900000));
  add_bootfile (files, "2710/bcm2710-rpi-zero-2-w.dtb", noise (30000));
  return build (files);
}
