/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The disk in a file, judged by sfdisk, cryptsetup and a decryption that shares no code with it. */
#include "config.h"

#include <fcntl.h>
#include <glib/gstdio.h>
#include <libcryptsetup.h>
#include <openssl/evp.h>
#include <string.h>

#include "pn-bytes.h"
#include "pn-digest.h"
#include "pn-io.h"
#include "pn-virtual-storage-private.h"

#define MIB ((guint64) 1024 * 1024)
#define DISK_SIZE (96 * MIB)
#define CID "1b534d45423151543012345678900145\n"
#define LUKS_HEADER (16 * MIB)

typedef struct
{
  char *folder;
  char *path;
  PnVirtualStorage *storage;
} Fixture;

static void
set_up (Fixture *self, gconstpointer data)
{
  g_autoptr (GError) error = NULL;

  self->folder = g_dir_make_tmp ("punnet-storage-XXXXXX", &error);
  g_assert_no_error (error);
  self->path = g_build_filename (self->folder, "storage.img", NULL);
  self->storage = pn_virtual_storage_open (self->path, PN_STORAGE_EMMC, DISK_SIZE, CID, &error);
  g_assert_no_error (error);
}

static void
tear_down (Fixture *self, gconstpointer data)
{
  g_clear_pointer (&self->storage, pn_virtual_storage_close);
  (void) g_unlink (self->path);
  g_assert_cmpint (g_rmdir (self->folder), ==, 0); /* nothing else is left there */
  g_free (self->path);
  g_free (self->folder);
}

/* Runs a judge; its standard output, or a skipped test where the tool is not there. */
static char *
run (const char *const *words, int expected)
{
  g_autofree char *output = NULL;
  g_autofree char *errors = NULL;
  g_autoptr (GError) error = NULL;
  int status;

  g_spawn_sync (NULL, (char **) words, NULL, G_SPAWN_SEARCH_PATH, NULL, NULL, &output, &errors,
                &status, &error);
  if (g_error_matches (error, G_SPAWN_ERROR, G_SPAWN_ERROR_NOENT))
    {
      g_test_skip (words[0]);
      return NULL;
    }
  g_assert_no_error (error);
  if (g_spawn_check_wait_status (status, NULL) != (expected == 0))
    g_error ("%s: %s", words[0], errors);
  return g_steal_pointer (&output);
}

/* image-preparation.md §7.1 */
static void
test_passphrase (void)
{
  guint8 key[32];
  g_autofree char *with = NULL;
  g_autofree char *without = NULL;

  for (guint i = 0; i < sizeof key; i++)
    key[i] = (guint8) i;
  with = pn_virtual_storage_passphrase (key, CID);
  without = pn_virtual_storage_passphrase (key, "1b534d45423151543012345678900145");
  g_assert_cmpstr (with, ==, "7117f2454dd0dbdab0f95c9b7a28256c8f288fd62c645a728d48167f4422a468");
  g_assert_cmpstr (without, ==, "812530f6f4c4c53927ed658fa39918cb5f53313d28bb9d9a8a935c5ec206f602");
}

static void
test_table (Fixture *self, gconstpointer data)
{
  const char *const sfdisk[] = { "sfdisk", "-d", self->path, NULL };
  g_autofree char *dump = NULL;
  guint64 size;

  g_assert_cmpint (pn_virtual_storage_init_table (self->storage, "mmcblk0", "apm", NULL), ==,
                   PN_TABLE_REFUSED);
  g_assert_cmpint (pn_virtual_storage_init_table (self->storage, "nosuch", "gpt", NULL), ==,
                   PN_TABLE_NO_DISK);
  g_assert_cmpint (pn_virtual_storage_init_table (self->storage, "mmcblk0", "gpt",
                                                  "6C0F5B12-3A57-4C1D-9E21-7B1B0E5D2A09"),
                   ==, PN_TABLE_OK);
  g_assert_cmpint (pn_virtual_storage_append (self->storage, "mmcblk0", "F", 16 * MIB), ==,
                   PN_TABLE_OK);
  g_assert_cmpint (pn_virtual_storage_append (self->storage, "mmcblk0", "L", 1000), ==,
                   PN_TABLE_OK);
  g_assert_cmpint (pn_virtual_storage_append (self->storage, "mmcblk0", "nosuchtype", MIB), ==,
                   PN_TABLE_REFUSED);
  g_assert_cmpint (pn_virtual_storage_look (self->storage, "mmcblk0p2", &size), ==, PN_NODE_FREE);
  g_assert_cmpuint (size, ==, 4 * MIB);
  g_assert_cmpint (pn_virtual_storage_look (self->storage, "mmcblk0p3", &size), ==,
                   PN_NODE_MISSING);
  dump = run (sfdisk, 0);
  if (dump == NULL)
    return;
  g_assert_nonnull (strstr (dump, "label-id: 6C0F5B12-3A57-4C1D-9E21-7B1B0E5D2A09"));
  g_assert_nonnull (strstr (dump, "start=        8192, size=       32768, "
                                  "type=EBD0A0A2-B9E5-4433-87C0-68B6B72699C7"));
  g_assert_nonnull (strstr (dump, "start=       40960, size=        8192, "
                                  "type=0FC63DAF-8483-4772-8E79-3D69D8477DE4"));
}

/* The volume key as anybody gets it from the header. */
static void
open_outside (const char *path, guint64 offset, const char *passphrase, guint8 *key)
{
  struct crypt_device *device = NULL;
  g_autofree char *header = g_strconcat (path, ".header", NULL);
  g_autofree guint8 *bytes = g_malloc (LUKS_HEADER);
  g_auto (PnFd) fd = pn_open (path, O_RDONLY, NULL);
  size_t size = 64;

  g_assert_true (pn_pread_all (fd, bytes, LUKS_HEADER, (goffset) offset, NULL));
  g_assert_true (g_file_set_contents (header, (const char *) bytes, LUKS_HEADER, NULL));
  g_assert_cmpint (crypt_init (&device, header), ==, 0);
  g_assert_cmpint (crypt_load (device, CRYPT_LUKS2, NULL), ==, 0);
  g_assert_cmpstr (crypt_get_cipher (device), ==, "aes");
  g_assert_cmpstr (crypt_get_cipher_mode (device), ==, "xts-plain64");
  g_assert_cmpint (crypt_get_sector_size (device), ==, 512);
  g_assert_cmpuint (crypt_get_data_offset (device) * 512, ==, LUKS_HEADER);
  g_assert_cmpstr (crypt_get_label (device), ==, "root");
  g_assert_cmpint (
      crypt_volume_key_get (device, 0, (char *) key, &size, passphrase, strlen (passphrase)), ==,
      0);
  g_assert_cmpuint (size, ==, 64);
  crypt_free (device);
  (void) g_unlink (header);
}

static void
decrypt_outside (
    const char *path, guint64 offset, const guint8 *key, guint64 sector, guint8 *out, gsize size)
{
  g_auto (PnFd) fd = pn_open (path, O_RDONLY, NULL);
  EVP_CIPHER_CTX *context = EVP_CIPHER_CTX_new ();

  g_assert_true (pn_pread_all (fd, out, size, (goffset) (offset + sector * 512), NULL));
  for (gsize at = 0; at < size; at += 512, sector++)
    {
      guint8 iv[16] = { 0 };
      int done;

      pn_poke_le64 (iv, sector);
      g_assert_cmpint (EVP_DecryptInit_ex (context, EVP_aes_256_xts (), NULL, key, iv), ==, 1);
      g_assert_cmpint (EVP_DecryptUpdate (context, out + at, &done, out + at, 512), ==, 1);
    }
  EVP_CIPHER_CTX_free (context);
}

static void
make_partitions (Fixture *self)
{
  g_assert_cmpint (pn_virtual_storage_init_table (self->storage, "mmcblk0", "dos", "0x12345678"),
                   ==, PN_TABLE_OK);
  g_assert_cmpint (pn_virtual_storage_append (self->storage, "mmcblk0", "0c", 8 * MIB), ==,
                   PN_TABLE_OK);
  g_assert_cmpint (pn_virtual_storage_append (self->storage, "mmcblk0", "83", 0), ==, PN_TABLE_OK);
}

static void
test_luks (Fixture *self, gconstpointer data)
{
  const guint64 inner = 12 * MIB; /* 12 MiB into the disk: 4 of alignment, 8 of p1 */
  static guint8 plain[2 * 1024 * 1024];
  static guint8 back[2 * 1024 * 1024];
  guint8 key[64];
  guint64 size;

  make_partitions (self);
  g_assert_true (
      pn_virtual_storage_format (self->storage, "mmcblk0p2", "root", "aes-xts-plain64", "secret"));
  g_assert_false (pn_virtual_storage_map (self->storage, "mmcblk0p2", "cryptroot", "wrong"));
  g_assert_false (pn_virtual_storage_map (self->storage, "mmcblk0p1", "cryptroot", "secret"));
  g_assert_false (pn_virtual_storage_map (self->storage, "mmcblk0p2", "a/b", "secret"));
  g_assert_true (pn_virtual_storage_map (self->storage, "mmcblk0p2", "cryptroot", "secret"));
  g_assert_cmpint (pn_virtual_storage_look (self->storage, "mmcblk0p2", &size), ==, PN_NODE_BUSY);
  g_assert_cmpuint (size, ==, DISK_SIZE - inner);
  g_assert_cmpint (pn_virtual_storage_look (self->storage, "mmcblk0", &size), ==, PN_NODE_BUSY);
  g_assert_cmpint (pn_virtual_storage_look (self->storage, "mmcblk0p1", &size), ==, PN_NODE_FREE);
  g_assert_cmpint (pn_virtual_storage_look (self->storage, "mapper/cryptroot", &size), ==,
                   PN_NODE_FREE);
  g_assert_cmpuint (size, ==, DISK_SIZE - inner - LUKS_HEADER);

  for (gsize i = 0; i < 2 * MIB; i++)
    plain[i] = (guint8) (i * 7 + (i >> 9));
  g_assert_true (pn_virtual_storage_write (self->storage, "mapper/cryptroot", MIB, plain, 2 * MIB));
  open_outside (self->path, inner, "secret", key);
  decrypt_outside (self->path, inner + LUKS_HEADER, key, MIB / 512, back, 2 * MIB);
  g_assert_cmpmem (plain, 2 * MIB, back, 2 * MIB);

  /* Cut sectors: what was around the written bytes stays. */
  for (gsize i = 0; i < 3001; i++)
    plain[1000 + i] = 0xee;
  g_assert_true (
      pn_virtual_storage_write (self->storage, "mapper/cryptroot", MIB + 1000, plain + 1000, 3001));
  decrypt_outside (self->path, inner + LUKS_HEADER, key, MIB / 512, back, 2 * MIB);
  g_assert_cmpmem (plain, 2 * MIB, back, 2 * MIB);
  memset (back, 0, 2 * MIB);
  g_assert_true (
      pn_virtual_storage_read (self->storage, "mapper/cryptroot", MIB + 999, back, 3003));
  g_assert_cmpmem (plain + 999, 3003, back, 3003);
  g_assert_false (pn_virtual_storage_write (self->storage, "mapper/cryptroot", size - 1, plain, 2));

  /* Zeros through the mapping are noise below, not a hole. */
  g_assert_true (pn_virtual_storage_fill (self->storage, "mapper/cryptroot", 0, 0, MIB));
  decrypt_outside (self->path, inner + LUKS_HEADER, key, 0, back, MIB);
  g_assert_true (pn_bytes_all (back, MIB, 0));

  pn_virtual_storage_unmap_all (self->storage);
  g_assert_cmpint (pn_virtual_storage_look (self->storage, "mapper/cryptroot", &size), ==,
                   PN_NODE_MISSING);
}

static void
test_cryptsetup (Fixture *self, gconstpointer data)
{
  g_autofree char *part = g_strconcat (self->path, ".part", NULL);
  g_autofree char *key_file = g_strconcat (self->path, ".key", NULL);
  g_autofree guint8 *bytes = g_malloc (LUKS_HEADER);
  g_auto (PnFd) fd = -1;
  const char *const dump[] = { "cryptsetup", "luksDump", part, NULL };
  const char *const open[] = { "cryptsetup", "open",   "--test-passphrase",
                               "--key-file", key_file, "--type=luks2",
                               part,         NULL };
  g_autofree char *output = NULL;
  g_autofree char *opened = NULL;

  make_partitions (self);
  g_assert_true (
      pn_virtual_storage_format (self->storage, "mmcblk0p2", "root", "aes-xts-plain64", "secret"));
  g_assert_true (
      pn_virtual_storage_set_passphrase (self->storage, "mmcblk0p2", "secret", "hunter2"));
  fd = pn_open (self->path, O_RDONLY, NULL);
  g_assert_true (pn_pread_all (fd, bytes, LUKS_HEADER, 12 * MIB, NULL));
  g_assert_true (g_file_set_contents (part, (const char *) bytes, LUKS_HEADER, NULL));
  g_assert_true (g_file_set_contents (key_file, "hunter2", -1, NULL));
  output = run (dump, 0);
  if (output != NULL)
    {
      g_assert_nonnull (strstr (output, "Label:         \troot"));
      g_assert_nonnull (strstr (output, "PBKDF:      argon2id"));
      opened = run (open, 0);
      g_assert_true (g_file_set_contents (key_file, "hunter3", -1, NULL));
      g_free (run (open, 1));
    }
  g_assert_true (pn_virtual_storage_set_passphrase (self->storage, "mmcblk0p2", "secret", NULL));
  g_assert_false (pn_virtual_storage_map (self->storage, "mmcblk0p2", "x", "hunter2"));
  g_assert_true (pn_virtual_storage_map (self->storage, "mmcblk0p2", "x", "secret"));
  (void) g_unlink (part);
  (void) g_unlink (key_file);
}

/* OpenSSL lacks it, and with 512 bits of key the kernel does not take it either. */
static void
test_adiantum (Fixture *self, gconstpointer data)
{
  make_partitions (self);
  g_assert_false (pn_virtual_storage_format (self->storage, "mmcblk0p2", "root",
                                             "xchacha12,aes-adiantum-plain64", "secret"));
}

static void
test_faults (Fixture *self, gconstpointer data)
{
  PnGadgetFaults faults = { .flip_bit = 5000, .fail_write_at = 100000 };
  guint8 bytes[8192];
  guint8 back[8192];

  memset (bytes, 0x40, sizeof bytes);
  pn_virtual_storage_set_faults (self->storage, &faults);
  for (guint round = 0; round < 2; round++)
    {
      g_assert_true (pn_virtual_storage_write (self->storage, "mmcblk0", 0, bytes, sizeof bytes));
      pn_virtual_storage_settle (self->storage);
      pn_virtual_storage_settle (self->storage); /* once for each write, not back again */
      g_assert_true (pn_virtual_storage_read (self->storage, "mmcblk0", 0, back, sizeof back));
      g_assert_cmpuint (back[5000], ==, 0x41);
      back[5000] = 0x40;
      g_assert_cmpmem (bytes, sizeof bytes, back, sizeof back);
    }
  g_assert_false (pn_virtual_storage_write (self->storage, "mmcblk0", 99999, bytes, 2));
  g_assert_true (pn_virtual_storage_write (self->storage, "mmcblk0", 100001, bytes, 2));
  g_assert_false (pn_virtual_storage_fill (self->storage, "mmcblk0", 65536, 0, 65536));
}

/* Wherever it is written: what no image is too small for. */
static void
test_faults_after (Fixture *self, gconstpointer data)
{
  PnGadgetFaults faults = { .flip_bit = -1, .fail_write_at = -1, .flip_after = 3 * MIB };
  g_autofree guint8 *bytes = g_malloc0 (MIB);
  g_autofree guint8 *back = g_malloc (MIB);
  guint64 at = 40 * MIB;

  pn_virtual_storage_set_faults (self->storage, &faults);
  g_assert_true (pn_virtual_storage_fill (self->storage, "mmcblk0", 0, 0, 32 * MIB)); /* a hole */
  for (guint i = 0; i < 4; i++)
    g_assert_true (pn_virtual_storage_write (self->storage, "mmcblk0", at + i * MIB, bytes, MIB));
  pn_virtual_storage_settle (self->storage);
  for (guint i = 0; i < 4; i++)
    {
      g_assert_true (pn_virtual_storage_read (self->storage, "mmcblk0", at + i * MIB, back, MIB));
      g_assert_cmpint (memcmp (bytes, back, MIB) != 0, ==, i == 2);
    }

  faults = (PnGadgetFaults){ .flip_bit = -1, .fail_write_at = -1, .fail_after = 2 * MIB };
  pn_virtual_storage_set_faults (self->storage, &faults);
  g_assert_true (pn_virtual_storage_write (self->storage, "mmcblk0", at, bytes, MIB));
  g_assert_true (pn_virtual_storage_write (self->storage, "mmcblk0", at + MIB, bytes, MIB));
  g_assert_false (pn_virtual_storage_write (self->storage, "mmcblk0", at, bytes, 1));
  g_assert_false (pn_virtual_storage_write (self->storage, "mmcblk0", 0, bytes, MIB));
}

/* Garbage where a table was: no nodes, no crash, and a new table can be made. */
static void
test_garbage (Fixture *self, gconstpointer data)
{
  guint8 bytes[65536];
  guint64 size;

  make_partitions (self);
  for (guint i = 0; i < sizeof bytes; i++)
    bytes[i] = (guint8) (i * 31 + 7);
  g_assert_true (pn_virtual_storage_write (self->storage, "mmcblk0", 0, bytes, sizeof bytes));
  pn_virtual_storage_rescan (self->storage);
  g_assert_cmpint (pn_virtual_storage_look (self->storage, "mmcblk0p1", &size), ==,
                   PN_NODE_MISSING);
  make_partitions (self);
  g_assert_cmpint (pn_virtual_storage_look (self->storage, "mmcblk0p1", &size), ==, PN_NODE_FREE);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/storage/passphrase", test_passphrase);
  g_test_add ("/storage/table", Fixture, NULL, set_up, test_table, tear_down);
  g_test_add ("/storage/luks", Fixture, NULL, set_up, test_luks, tear_down);
  g_test_add ("/storage/cryptsetup", Fixture, NULL, set_up, test_cryptsetup, tear_down);
  g_test_add ("/storage/adiantum", Fixture, NULL, set_up, test_adiantum, tear_down);
  g_test_add ("/storage/faults", Fixture, NULL, set_up, test_faults, tear_down);
  g_test_add ("/storage/faults-after", Fixture, NULL, set_up, test_faults_after, tear_down);
  g_test_add ("/storage/garbage", Fixture, NULL, set_up, test_garbage, tear_down);
  return g_test_run ();
}
