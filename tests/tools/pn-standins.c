/* SPDX-License-Identifier: GPL-3.0-or-later */
/* punnet-standins [--real-firmware FOLDER] FOLDER: everything but the image that a demo or a test
 * prepares from: a vendor key and firmware signed with it, a customer's key, a gadget, a pre-boot
 * initramfs. Keys that are there stay. */
#include "config.h"

#include <archive.h>
#include <archive_entry.h>
#include <glib/gstdio.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <stdio.h>
#include <string.h>

#include "pn-bytes.h"
#include "pn-fat.h"
#include "pn-io.h"
#include "pn-pem-signer.h"
#include "pn-standin-eeprom.h"
#include "pn-standin-older.h"

static void
save (const char *folder, const char *name, GBytes *content)
{
  g_autofree char *path = g_build_filename (folder, name, NULL);
  g_autoptr (GError) error = NULL;

  if (!pn_replace_file (path, content, &error))
    g_error ("%s", error->message);
}

static void
make_key (const char *path)
{
  EVP_PKEY *key;
  FILE *file;

  if (g_file_test (path, G_FILE_TEST_EXISTS))
    return;
  key = EVP_RSA_gen (2048);
  file = fopen (path, "wx");
  if (key == NULL || file == NULL ||
      PEM_write_PrivateKey (file, key, NULL, NULL, 0, NULL, NULL) != 1)
    g_error ("cannot write %s", path);
  fclose (file);
  (void) g_chmod (path, 0600);
  EVP_PKEY_free (key);
}

static PnSigner *
open_key (const char *folder, const char *name)
{
  g_autofree char *path = g_build_filename (folder, name, NULL);
  g_autoptr (GError) error = NULL;
  PnSigner *signer;

  make_key (path);
  signer = pn_pem_signer_new_from_file (path, NULL, NULL, &error);
  if (signer == NULL)
    g_error ("%s", error->message);
  return signer;
}

/* A gadget is a FAT image; what is in it only the device looks at. */
static GBytes *
make_gadget (void)
{
  g_autoptr (GPtrArray) files = g_ptr_array_new_with_free_func ((GDestroyNotify) pn_fat_file_free);
  g_autoptr (GRand) rand = g_rand_new_with_seed (4040);
  g_autoptr (GBytes) kernel = NULL;
  g_autoptr (GBytes) config = g_bytes_new_static ("kernel=kernel_2712.img\n", 23);
  g_autoptr (GError) error = NULL;
  gsize size = 4 * 1024 * 1024;
  guint8 *data = g_malloc (size);
  PnFatParameters parameters = { .n_fats = 1, .sectors_per_cluster = 1, .label = "BOOT" };
  GBytes *image;

  for (gsize i = 0; i + 4 <= size; i += 4)
    pn_poke_le32 (data + i, g_rand_int (rand));
  kernel = g_bytes_new_take (data, size);
  g_ptr_array_add (files, pn_fat_file_new ("kernel_2712.img", kernel));
  g_ptr_array_add (files, pn_fat_file_new ("config.txt", config));
  image = pn_fat_build_bytes (files, &parameters, &error);
  if (image == NULL)
    g_error ("%s", error->message);
  return image;
}

static void
add_entry (struct archive *archive, const char *path, mode_t type, mode_t mode, const char *content)
{
  struct archive_entry *entry = archive_entry_new ();

  archive_entry_set_pathname (entry, path);
  archive_entry_set_filetype (entry, type);
  archive_entry_set_perm (entry, mode);
  archive_entry_set_mtime (entry, 0, 0);
  if (type == AE_IFLNK)
    archive_entry_set_symlink (entry, content);
  archive_entry_set_size (entry, type == AE_IFREG ? (la_int64_t) strlen (content) : 0);
  archive_write_header (archive, entry);
  if (type == AE_IFREG)
    archive_write_data (archive, content, strlen (content));
  archive_entry_free (entry);
}

static GBytes *
make_initramfs (void)
{
  gsize room = 1024 * 1024;
  g_autofree guint8 *buffer = g_malloc (room);
  struct archive *archive = archive_write_new ();
  size_t used = 0;

  archive_write_set_format_cpio_newc (archive);
  archive_write_add_filter_zstd (archive);
  archive_write_set_bytes_in_last_block (archive, 1);
  archive_write_open_memory (archive, buffer, room, &used);
  add_entry (archive, "etc", AE_IFDIR, 0755, "");
  add_entry (archive, "etc/initrd-release", AE_IFLNK, 0777, "os-release");
  add_entry (archive, "etc/os-release", AE_IFREG, 0644, "NAME=\"pre-boot stand-in\"\n");
  add_entry (archive, "usr", AE_IFDIR, 0755, "");
  add_entry (archive, "usr/bin", AE_IFDIR, 0755, "");
  add_entry (archive, "usr/bin/init_cryptroot.sh", AE_IFREG, 0755,
             "#!/bin/sh\ndisk=/dev/mmcblk0\nexec unlock \"${1:-/dev/mmcblk0p2}\" \"$disk\"\n");
  add_entry (archive, "usr/lib", AE_IFDIR, 0755, "");
  add_entry (archive, "usr/lib/modules", AE_IFDIR, 0755, "");
  add_entry (archive, "usr/lib/modules/0.0.0", AE_IFDIR, 0755, "");
  add_entry (archive, "usr/lib/modules/0.0.0/old.ko", AE_IFREG, 0644, "left from the build\n");
  archive_write_close (archive);
  archive_write_free (archive);
  return g_bytes_new (buffer, used);
}

/* The newest pieeprom-*.bin of a folder. */
static char *
find_eeprom (const char *folder)
{
  g_autoptr (GDir) dir = g_dir_open (folder, 0, NULL);
  g_autofree char *best = NULL;
  const char *name;

  while (dir != NULL && (name = g_dir_read_name (dir)) != NULL)
    if (g_str_has_prefix (name, "pieeprom-") && g_str_has_suffix (name, ".bin") &&
        g_strcmp0 (name, best) > 0)
      {
        g_free (best);
        best = g_strdup (name);
      }
  return best != NULL ? g_build_filename (folder, best, NULL) : NULL;
}

static GBytes *
real_or (const char *path, GBytes *standin)
{
  GBytes *real = path != NULL ? pn_read_file (path, 16 * 1024 * 1024, NULL) : NULL;

  if (real == NULL)
    return standin;
  g_bytes_unref (standin);
  return real;
}

/* Below the folder as the packages have them. The real BCM2711 files are beside those of BCM2712.
 */
static void
make_older (const char *folder, const char *real)
{
  g_autofree char *vendor = g_build_filename (folder, "vendor.pem", NULL);
  g_autofree char *older = g_build_filename (folder, "bootloader-2711", "default", NULL);
  g_autofree char *beside = real != NULL ? g_build_filename (real, "..", "2711", NULL) : NULL;
  g_autofree char *eeprom_path = beside != NULL ? find_eeprom (beside) : NULL;
  g_autofree char *recovery_path =
      beside != NULL ? g_build_filename (beside, "recovery.bin", NULL) : NULL;
  g_autoptr (GBytes) eeprom = real_or (eeprom_path, pn_standin_eeprom_2711 (vendor));
  g_autoptr (GBytes) recovery = real_or (recovery_path, pn_standin_recovery_2711 (vendor));
  g_autoptr (GBytes) bootfiles = pn_standin_bootfiles_2711 (vendor);
  g_autoptr (GBytes) zero = pn_standin_bootfiles_2710 ();

  g_mkdir_with_parents (older, 0755);
  save (older, "pieeprom.bin", eeprom);
  save (older, "recovery.bin", recovery);
  save (older, "bootfiles.bin", bootfiles);
  save (folder, "fastboot-gadget.2710-bootfiles-bin", zero);
}

int
main (int argc, char **argv)
{
  const char *real = argc == 4 && g_str_equal (argv[1], "--real-firmware") ? argv[2] : NULL;
  const char *folder = argv[argc - 1];
  g_autofree char *eeprom_path = real != NULL ? find_eeprom (real) : NULL;
  g_autofree char *recovery_path =
      real != NULL ? g_build_filename (real, "recovery.bin", NULL) : NULL;
  g_autofree char *hash = NULL;
  g_autoptr (PnSigner) vendor = NULL;
  g_autoptr (PnSigner) customer = NULL;
  g_autoptr (GBytes) eeprom = NULL;
  g_autoptr (GBytes) recovery = NULL;
  g_autoptr (GBytes) bootfiles = NULL;
  g_autoptr (GBytes) gadget = make_gadget ();
  g_autoptr (GBytes) initramfs = make_initramfs ();
  g_autoptr (GBytes) hash_text = NULL;
  PnSha256 fingerprint;

  if (argc != 2 && real == NULL)
    {
      fputs ("Usage: punnet-standins [--real-firmware FOLDER] FOLDER\n", stderr);
      return 2;
    }
  g_mkdir_with_parents (folder, 0755);
  vendor = open_key (folder, "vendor.pem");
  customer = open_key (folder, "customer.pem");
  eeprom = real_or (eeprom_path, pn_standin_eeprom (vendor));
  recovery = real_or (recovery_path, pn_standin_recovery (vendor));
  bootfiles = pn_standin_bootfiles (vendor);
  fingerprint = pn_public_key_get_fingerprint (pn_signer_get_public_key (vendor));
  hash = pn_sha256_to_hex (&fingerprint);
  hash_text = g_bytes_new (hash, strlen (hash));
  save (folder, "vendor-key-hash.txt", hash_text);
  save (folder, "pieeprom.bin", eeprom);
  save (folder, "recovery.bin", recovery);
  save (folder, "bootfiles.bin", bootfiles);
  save (folder, "fastboot-gadget.img", gadget);
  save (folder, "cryptroot_initramfs", initramfs);
  make_older (folder, real);
  return 0;
}
