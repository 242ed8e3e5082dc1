/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the firmware room takes and what it refuses, on stand-ins: the real files are in
 * test-vectors.c. */
#include "config.h"

#include <glib/gstdio.h>
#include <string.h>

#include "pn-bootcode.h"
#include "pn-bootfiles.h"
#include "pn-bootloader-config.h"
#include "pn-bytes.h"
#include "pn-eeprom.h"
#include "pn-error.h"
#include "pn-io.h"
#include "pn-sig-file.h"
#include "pn-standin-eeprom.h"
#include "pn-test-signer.h"

#define TIME 1735689600
#define HASH "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855" /* of nothing */
#define MAX_FILE (16 * 1024 * 1024)

static PnSigner *vendor;
static PnSigner *customer;

static GBytes *
bytes_of (const char *text)
{
  return g_bytes_new (text, strlen (text));
}

static GBytes *
flip (GBytes *bytes, gsize at)
{
  gsize size;
  const guint8 *data = g_bytes_get_data (bytes, &size);
  guint8 *copy = g_memdup2 (data, size);

  g_assert_cmpuint (at, <, size);
  copy[at] ^= 1;
  return g_bytes_new_take (copy, size);
}

/* ---- .sig files ---- */

static void
test_sig_refusals (void)
{
  g_autofree char *rsa = g_strnfill (2 * PN_SIGNATURE_SIZE, 'a');
  g_autofree char *twice = g_strdup_printf (HASH "\nrsa2048: %s\nrsa2048: %s\n", rsa, rsa);
  g_autofree char *short_rsa = g_strdup_printf (HASH "\nrsa2048: %s\n", rsa + 1);
  g_autofree char *long_rsa = g_strdup_printf (HASH "\nrsa2048: %sa\n", rsa);
  g_autofree char *too_long = g_strnfill (2049, '\n');
  const char *const texts[] = {
    "",
    "\n",
    "nothing\n",
    HASH "0\n",
    "  " HASH "\n",
    HASH "\nts: \n",
    HASH "\nts: -1\n",
    HASH "\nts: 9223372036854775808\n",
    HASH "\nts: 1\nts: 1\n",
    HASH "\ntarget-soc: 2710\n",
    HASH "\ntarget-soc: 2711\ntarget-soc: 2711\n",
    HASH "\nrsa2048: \n",
    HASH "\n\nts: 1\n",
    HASH "\nrsa4096: aa\n",
    HASH "\r\n",
    twice,
    short_rsa,
    long_rsa,
    too_long,
  };

  for (guint i = 0; i < G_N_ELEMENTS (texts); i++)
    {
      g_autoptr (GBytes) text = bytes_of (texts[i]);
      g_autoptr (GError) error = NULL;
      PnSigFile file = { .timestamp = 77 };

      g_test_message ("%.90s", texts[i]);
      g_assert_false (pn_sig_file_parse (text, &file, &error));
      g_assert_error (error, PN_ERROR, PN_ERROR_INVALID_DATA);
      g_assert_cmpint (file.timestamp, ==, 77);
    }
}

static void
test_sig_parse (void)
{
  PnSha256 digest = pn_sha256 (NULL, 0);
  g_autoptr (GBytes) text = pn_sig_file_build (&digest, TIME, 2712, customer, NULL, NULL);
  g_autoptr (GBytes) bare = bytes_of (HASH);
  g_autoptr (GError) error = NULL;
  PnSigFile file;

  g_assert_cmpuint (g_bytes_get_size (text), ==, 619); /* eeprom.md §6 */
  g_assert_true (pn_sig_file_parse (text, &file, &error));
  g_assert_no_error (error);
  g_assert_cmpint (file.timestamp, ==, TIME);
  g_assert_cmpint (file.target_soc, ==, 2712);
  g_assert_true (file.has_signature);
  g_assert_true (pn_sha256_equal (&file.digest, &digest));
  g_assert_true (pn_sig_file_parse (bare, &file, &error));
  g_assert_cmpint (file.timestamp, ==, -1);
  g_assert_cmpint (file.target_soc, ==, 0);
  g_assert_false (file.has_signature);
}

static void
test_sig_verify (void)
{
  PnSha256 digest = pn_sha256 ("boot", 4);
  PnSha256 other = pn_sha256 ("toob", 4);
  PnPublicKey *key = pn_signer_get_public_key (customer);
  g_autoptr (GBytes) text = pn_sig_file_build (&digest, -1, 0, customer, NULL, NULL);
  g_autoptr (GBytes) plain = pn_sig_file_build (&digest, TIME, 0, NULL, NULL, NULL);
  const struct
  {
    GBytes *text;
    PnSha256 *digest;
    PnPublicKey *key;
    gboolean good;
  } cases[] = {
    { text, &digest, key, TRUE },
    { text, &digest, NULL, TRUE },
    { plain, &digest, NULL, TRUE },
    { text, &other, key, FALSE },
    { plain, &other, NULL, FALSE },
    { plain, &digest, key, FALSE },
    { text, &digest, pn_signer_get_public_key (vendor), FALSE },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (GError) error = NULL;

      g_assert_cmpint (pn_sig_file_verify (cases[i].text, cases[i].digest, cases[i].key, &error),
                       ==, cases[i].good);
      if (cases[i].good)
        g_assert_no_error (error);
      else
        g_assert_error (error, PN_ERROR, PN_ERROR_SIGNATURE);
    }
}

/* ---- boot code ---- */

static void
test_bootcode_countersign (void)
{
  g_autoptr (GBytes) code = pn_standin_code (5000, "code", vendor);
  g_autoptr (GError) error = NULL;
  g_autoptr (GBytes) result = pn_bootcode_countersign (code, customer, NULL, &error);
  g_autoptr (GPtrArray) blocks = NULL;
  g_autoptr (GBytes) again = NULL;
  PnBootcodeBlock *outer;
  PnBootcodeBlock *inner;

  g_assert_no_error (error);
  g_assert_cmpuint (g_bytes_get_size (result), ==, 5000 + 2 * PN_BOOTCODE_BLOCK_SIZE);
  blocks = pn_bootcode_get_blocks (result, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (blocks->len, ==, 2);
  outer = blocks->pdata[0];
  inner = blocks->pdata[1];
  g_assert_cmpint (outer->key_number, ==, PN_BOOTCODE_KEY_CUSTOMER);
  g_assert_cmpint (outer->version, ==, 0);
  g_assert_cmpuint (outer->offset, ==, 5000 + PN_BOOTCODE_BLOCK_SIZE);
  g_assert_true (pn_public_key_equal (outer->key, pn_signer_get_public_key (customer)));
  g_assert_cmpuint (inner->offset, ==, 5000);
  g_assert_true (pn_public_key_equal (inner->key, pn_signer_get_public_key (vendor)));
  again = pn_bootcode_countersign (result, customer, NULL, &error);
  g_assert_null (again);
  g_assert_error (error, PN_ERROR, PN_ERROR_EXISTS);
}

static void
assert_no_blocks (GBytes *code)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GError) error2 = NULL;
  g_autoptr (GPtrArray) blocks = pn_bootcode_get_blocks (code, &error);
  g_autoptr (GBytes) result = pn_bootcode_countersign (code, customer, NULL, &error2);

  g_assert_null (blocks);
  g_assert_error (error, PN_ERROR, PN_ERROR_SIGNATURE);
  g_assert_null (result);
  g_assert_error (error2, PN_ERROR, PN_ERROR_SIGNATURE);
}

static void
test_bootcode_refusals (void)
{
  static const struct
  {
    gint32 key_number, version;
  } bad[] = { { 4, 0 }, { 15, 0 }, { 17, 0 }, { -1, 0 }, { 0, 33 }, { 0, -1 }, { 16, 0 } };
  g_autoptr (GBytes) raw = bytes_of ("code that nobody signed");
  g_autoptr (GBytes) empty = g_bytes_new (NULL, 0);
  g_autoptr (GBytes) code = pn_standin_code (3000, "code", vendor);
  g_autoptr (GBytes) countersigned = pn_bootcode_countersign (code, customer, NULL, NULL);
  g_autoptr (GBytes) twice =
      pn_test_sign_block (customer, countersigned, PN_BOOTCODE_KEY_CUSTOMER, 0);
  gsize size = g_bytes_get_size (code);

  assert_no_blocks (empty);
  assert_no_blocks (raw);
  assert_no_blocks (twice);
  /* A bit of the code, of each number, of the signature, of the key. */
  for (gsize at = 100; at < size; at += at < 3000 ? 700 : at < 3012 ? 4 : 100)
    {
      g_autoptr (GBytes) damaged = flip (code, at);

      assert_no_blocks (damaged);
    }
  for (gsize cut = 1; cut <= size; cut += 97)
    {
      g_autoptr (GBytes) head = g_bytes_new_from_bytes (code, 0, size - cut);
      g_autoptr (GBytes) tail = g_bytes_new_from_bytes (code, cut, size - cut);

      assert_no_blocks (head);
      assert_no_blocks (tail);
    }
  for (guint i = 0; i < G_N_ELEMENTS (bad); i++)
    {
      g_autoptr (GBytes) odd = pn_test_sign_block (vendor, raw, bad[i].key_number, bad[i].version);

      assert_no_blocks (odd);
    }
  {
    /* The vendor's part inside a good customer block is looked at as well. */
    g_autoptr (GBytes) damaged = flip (code, 1000);
    g_autoptr (GBytes) outer = pn_test_sign_block (customer, damaged, PN_BOOTCODE_KEY_CUSTOMER, 0);

    assert_no_blocks (outer);
  }
}

static void
test_bootcode_limit (void)
{
  gsize most = PN_BOOTCODE_MAX_SIZE - 2 * PN_BOOTCODE_BLOCK_SIZE;
  g_autoptr (GBytes) fits = pn_standin_code (most, "code", vendor);
  g_autoptr (GBytes) over = pn_standin_code (most + 1, "code", vendor);
  g_autoptr (GError) error = NULL;
  g_autoptr (GBytes) result = pn_bootcode_countersign (fits, customer, NULL, &error);
  g_autoptr (GBytes) none = NULL;

  g_assert_no_error (error);
  g_assert_cmpuint (g_bytes_get_size (result), ==, PN_BOOTCODE_MAX_SIZE);
  none = pn_bootcode_countersign (over, customer, NULL, &error);
  g_assert_null (none);
  g_assert_error (error, PN_ERROR, PN_ERROR_NO_SPACE);
}

/* ---- bootfiles.bin ---- */

static GBytes *
run_for_output (const char *const *argv)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GSubprocess) process =
      g_subprocess_newv (argv, G_SUBPROCESS_FLAGS_STDOUT_PIPE, &error);
  GBytes *output = NULL;

  g_assert_no_error (error);
  g_subprocess_communicate (process, NULL, NULL, &output, NULL, &error);
  g_assert_no_error (error);
  g_assert_cmpint (g_subprocess_get_exit_status (process), ==, 0);
  return output;
}

/* tar reads what we write, and we read what tar writes. */
static void
test_bootfiles_tar (void)
{
  g_autofree char *folder = g_dir_make_tmp ("punnet-firmware-XXXXXX", NULL);
  g_autofree char *ours = g_build_filename (folder, "ours.tar", NULL);
  g_autofree char *theirs = g_build_filename (folder, "theirs.tar", NULL);
  g_autofree char *below = g_build_filename (folder, "2712", NULL);
  g_autofree char *path = g_build_filename (below, "bootcode5.bin", NULL);
  g_autoptr (GBytes) archive = pn_standin_bootfiles (vendor);
  g_autoptr (GPtrArray) files = NULL;
  g_autoptr (GPtrArray) read = NULL;
  g_autoptr (GError) error = NULL;

  files = pn_bootfiles_parse (archive, &error);
  g_assert_no_error (error);
  g_assert_true (pn_replace_file (ours, archive, &error));
  for (guint i = 0; i < files->len; i++)
    {
      PnBootfile *file = files->pdata[i];
      const char *const argv[] = { "tar", "-xOf", ours, file->name, NULL };
      g_autoptr (GBytes) content = run_for_output (argv);

      g_assert_true (g_bytes_equal (content, file->content));
    }
  g_assert_cmpint (g_mkdir (below, 0755), ==, 0);
  g_assert_true (pn_replace_file (path, pn_bootfiles_lookup (files, "2712/BOOTCODE5.bin"), &error));
  {
    const char *const argv[] = { "tar", "--format=ustar", "-cf",    theirs,
                                 "-C",  folder,           "./2712", NULL };
    g_autoptr (GBytes) output = run_for_output (argv);
    g_autoptr (GBytes) bytes = pn_read_file (theirs, MAX_FILE, &error);

    read = pn_bootfiles_parse (bytes, &error);
    g_assert_no_error (error);
  }
  g_assert_cmpuint (read->len, ==, 1);
  g_assert_cmpstr (((PnBootfile *) read->pdata[0])->name, ==, "2712/bootcode5.bin");
  g_assert_true (g_bytes_equal (((PnBootfile *) read->pdata[0])->content,
                                pn_bootfiles_lookup (files, "2712/bootcode5.bin")));
  g_remove (path);
  g_remove (below);
  g_remove (ours);
  g_remove (theirs);
  g_remove (folder);
}

static void
test_bootfiles_countersign (void)
{
  g_autoptr (GBytes) archive = pn_standin_bootfiles (vendor);
  g_autoptr (GError) error = NULL;
  g_autoptr (GBytes) result = pn_bootfiles_countersign (archive, customer, NULL, &error);
  g_autoptr (GBytes) again = pn_bootfiles_countersign (archive, customer, NULL, NULL);
  g_autoptr (GPtrArray) before = pn_bootfiles_parse (archive, NULL);
  g_autoptr (GPtrArray) after = NULL;

  g_assert_no_error (error);
  g_assert_true (g_bytes_equal (result, again));
  after = pn_bootfiles_parse (result, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (after->len, ==, before->len);
  for (guint i = 0; i < after->len; i++)
    {
      PnBootfile *a = before->pdata[i];
      PnBootfile *b = after->pdata[i];
      gboolean loader = g_str_equal (a->name, "2712/bootcode5.bin");

      g_assert_cmpstr (a->name, ==, b->name);
      g_assert_cmpint (g_bytes_equal (a->content, b->content), ==, !loader);
      if (loader)
        {
          g_autoptr (GPtrArray) blocks = pn_bootcode_get_blocks (b->content, &error);

          g_assert_no_error (error);
          g_assert_cmpuint (blocks->len, ==, 2);
        }
    }
  g_assert_null (pn_bootfiles_countersign (result, customer, NULL, &error));
  g_assert_error (error, PN_ERROR, PN_ERROR_EXISTS);
}

static GBytes *
make_archive (const char *const *names)
{
  g_autoptr (GPtrArray) files = g_ptr_array_new_with_free_func (g_free);
  g_autoptr (GBytes) content = bytes_of ("content");
  g_autoptr (GError) error = NULL;
  GBytes *archive;

  for (guint i = 0; names[i] != NULL; i++)
    {
      PnBootfile *file = g_new0 (PnBootfile, 1);

      file->name = (char *) (gpointer) names[i];
      file->content = content;
      g_ptr_array_add (files, file);
    }
  archive = pn_bootfiles_build (files, &error);
  g_assert_no_error (error);
  return archive;
}

static void
test_bootfiles_refusals (void)
{
  static const char *const lists[][3] = {
    { "a", "A", NULL },       /* the device does not tell them apart */
    { "./a", "././a", NULL }, /* nor these */
    { "/etc/passwd", NULL },  { "2712/../x", NULL }, { "./", NULL }, { NULL },
  };
  static const char *const good[] = { "2711/bootcode4.bin", NULL };
  g_autoptr (GBytes) archive = make_archive (good);
  g_autoptr (GBytes) none = NULL;
  g_autoptr (GError) error = NULL;

  for (guint i = 0; i < G_N_ELEMENTS (lists); i++)
    {
      g_autoptr (GBytes) bad = make_archive (lists[i]);
      g_autoptr (GError) local = NULL;

      g_assert_null (pn_bootfiles_parse (bad, &local));
      g_assert_error (local, PN_ERROR, PN_ERROR_INVALID_DATA);
    }
  /* Every byte of a header counts, apart from what fills its checksum's field up. */
  for (gsize at = 0; at < 512; at++)
    {
      g_autoptr (GBytes) damaged = flip (archive, at);
      g_autoptr (GPtrArray) files = pn_bootfiles_parse (damaged, NULL);

      g_assert_true (files == NULL || (at >= 148 && at < 156));
    }
  for (gsize size = 0; size < 512 + 7; size++)
    {
      g_autoptr (GBytes) cut = g_bytes_new_from_bytes (archive, 0, size);
      g_autoptr (GError) local = NULL;

      g_assert_null (pn_bootfiles_parse (cut, &local));
      g_assert_error (local, PN_ERROR, PN_ERROR_INVALID_DATA);
    }
  none = pn_bootfiles_countersign (archive, customer, NULL, &error);
  g_assert_null (none);
  g_assert_error (error, PN_ERROR, PN_ERROR_NOT_FOUND);
}

/* ---- bootloader configuration ---- */

static void
test_config_signed (void)
{
  static const struct
  {
    const char *before, *after;
  } cases[] = {
    { "", "SIGNED_BOOT=1\n" },
    { "[all]\nBOOT_UART=1\n", "[all]\nBOOT_UART=1\nSIGNED_BOOT=1\n" },
    { "BOOT_UART=0", "BOOT_UART=0\nSIGNED_BOOT=1\n" },
    { "SIGNED_BOOT=0\nA=1\n", "A=1\nSIGNED_BOOT=1\n" },
    { "A=1\nSIGNED_BOOT=1\nB=2", "A=1\nSIGNED_BOOT=1\nB=2" },
    { "A=1\r\nSIGNED_BOOT=1\r\n", "A=1\r\nSIGNED_BOOT=1\r\n" },
    { "[pi5]\nA=1\n", "[pi5]\nA=1\n[all]\nSIGNED_BOOT=1\n" },
    { "[pi5]\nA=1\n[all]\n", "[pi5]\nA=1\n[all]\nSIGNED_BOOT=1\n" },
    { "XSIGNED_BOOT=1\n", "XSIGNED_BOOT=1\nSIGNED_BOOT=1\n" },
    { "#SIGNED_BOOT=1\n", "#SIGNED_BOOT=1\nSIGNED_BOOT=1\n" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (GBytes) before = bytes_of (cases[i].before);
      g_autoptr (GBytes) after = pn_bootloader_config_ensure_signed (before);
      g_autofree char *text = g_strndup (g_bytes_get_data (after, NULL), g_bytes_get_size (after));

      g_assert_cmpstr (text, ==, cases[i].after);
    }
}

static void
test_config_check (void)
{
  g_autofree guint8 *spaces = g_malloc (PN_BOOTLOADER_CONFIG_MAX + 1);
  g_autoptr (GBytes) fits = NULL;
  g_autoptr (GBytes) over = NULL;
  g_autoptr (GBytes) nul = g_bytes_new_static ("A=1\0\n", 5);
  g_autoptr (GBytes) empty = g_bytes_new (NULL, 0);
  g_autoptr (GBytes) naked = pn_bootloader_config_default (PN_MODE_NAKED);
  g_autoptr (GBytes) secure = pn_bootloader_config_default (PN_MODE_SECURE_BOOT);
  g_autoptr (GBytes) ensured = pn_bootloader_config_ensure_signed (secure);
  g_autoptr (GError) error = NULL;

  memset (spaces, ' ', PN_BOOTLOADER_CONFIG_MAX + 1);
  fits = g_bytes_new (spaces, PN_BOOTLOADER_CONFIG_MAX);
  over = g_bytes_new (spaces, PN_BOOTLOADER_CONFIG_MAX + 1);
  g_assert_true (pn_bootloader_config_check (fits, NULL));
  g_assert_true (pn_bootloader_config_check (empty, NULL));
  g_assert_true (pn_bootloader_config_check (naked, NULL));
  g_assert_true (g_bytes_equal (secure, ensured));
  g_assert_false (g_bytes_equal (secure, naked));
  g_assert_false (pn_bootloader_config_check (over, &error));
  g_assert_error (error, PN_ERROR, PN_ERROR_NO_SPACE);
  g_clear_error (&error);
  g_assert_false (pn_bootloader_config_check (nul, &error));
  g_assert_error (error, PN_ERROR, PN_ERROR_INVALID_DATA);
}

/* What cannot be understood is left alone, and said. */
static void
test_config_warnings (void)
{
  static const struct
  {
    const char *before, *after;
    guint n_warnings;
  } cases[] = {
    { "A=1\n", "A=1\n", 0 },
    { "BOOT_ORDER=0xf461\n", "BOOT_ORDER=0xf416\n", 0 },
    { "BOOT_ORDER=0xf41\nBOOT_ORDER=0xf1\n", "BOOT_ORDER=0xf41\nBOOT_ORDER=0xf1\n", 1 },
    { "BOOT_ORDER=nvme\n", "BOOT_ORDER=nvme\n", 1 },
    { "BOOT_ORDER=0x\n", "BOOT_ORDER=0x\n", 1 },
    { "BOOT_ORDER=0xf1234123\n", "BOOT_ORDER=0xf1234123\n", 1 },
    { "BOOT_ORDER=0xf12341234\n", "BOOT_ORDER=0xf12341234\n", 1 },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (GStrvBuilder) warnings = g_strv_builder_new ();
      g_autoptr (GBytes) before = bytes_of (cases[i].before);
      g_autoptr (GBytes) after =
          pn_bootloader_config_match_storage (before, PN_STORAGE_NVME, warnings);
      g_autofree char *text = g_strndup (g_bytes_get_data (after, NULL), g_bytes_get_size (after));
      g_auto (GStrv) said = g_strv_builder_end (warnings);

      g_assert_cmpstr (text, ==, cases[i].after);
      g_assert_cmpuint (g_strv_length (said), ==, cases[i].n_warnings);
    }
}

/* ---- EEPROM images ---- */

static void
test_eeprom_sizes (void)
{
  g_autoptr (GBytes) image = pn_standin_eeprom (vendor);
  gsize size = g_bytes_get_size (image);
  static const gsize sizes[] = { 0,      1,          8,           4096,       0x10000,
                                 524287, 524288 + 8, 1024 * 1024, 2097152 - 1 };
  g_autoptr (GBytes) half = g_bytes_new_from_bytes (image, 0, PN_EEPROM_SIZE_2711);

  for (guint i = 0; i < G_N_ELEMENTS (sizes); i++)
    {
      g_autoptr (GBytes) cut = g_bytes_new_from_bytes (image, 0, sizes[i]);
      g_autoptr (GError) error = NULL;

      g_assert_cmpuint (sizes[i], <, size);
      g_assert_null (pn_eeprom_new (cut, &error));
      g_assert_error (error, PN_ERROR, PN_ERROR_INVALID_DATA);
    }
  {
    /* The right size for the other chip, but its last file is cut off. */
    g_autoptr (GError) error = NULL;

    g_assert_null (pn_eeprom_new (half, &error));
    g_assert_error (error, PN_ERROR, PN_ERROR_INVALID_DATA);
  }
}

static void
test_eeprom_damaged (void)
{
  g_autoptr (GBytes) image = pn_standin_eeprom (vendor);
  g_autoptr (PnEeprom) eeprom = pn_eeprom_new (image, NULL);
  guint n;
  const PnEepromSection *sections = pn_eeprom_get_sections (eeprom, &n);

  for (guint i = 0; i < n; i++)
    {
      gsize size;
      const guint8 *data = g_bytes_get_data (image, &size);
      g_autofree guint8 *copy = g_memdup2 (data, size);
      g_autoptr (GError) error = NULL;
      g_autoptr (GBytes) damaged = NULL;

      copy[sections[i].offset + 4] = 0x7f; /* a length far beyond the end */
      damaged = g_bytes_new_take (g_steal_pointer (&copy), size);
      g_assert_null (pn_eeprom_new (damaged, &error));
      g_assert_error (error, PN_ERROR, PN_ERROR_INVALID_DATA);
    }
}

static void
test_eeprom_build (void)
{
  g_autoptr (GBytes) source = pn_standin_eeprom (vendor);
  g_autoptr (GBytes) config = bytes_of ("[all]\nSIGNED_BOOT=1\n");
  g_autoptr (GError) error = NULL;
  g_autoptr (GBytes) image = pn_eeprom_build (source, config, customer, TIME, NULL, &error);
  g_autoptr (PnEeprom) eeprom = NULL;
  g_autoptr (GBytes) sig = NULL;
  g_autoptr (GBytes) key = NULL;
  g_autoptr (GBytes) again = NULL;
  PnSha256 digest = pn_sha256_bytes (config);
  static const char *const signed_code[] = { "bootcode.bin", "bootsys" };

  g_assert_no_error (error);
  eeprom = pn_eeprom_new (image, &error);
  g_assert_no_error (error);
  sig = pn_eeprom_get_file (eeprom, "bootconf.sig", NULL);
  key = pn_eeprom_get_file (eeprom, "pubkey.bin", NULL);
  g_assert_true (pn_sig_file_verify (sig, &digest, pn_signer_get_public_key (customer), &error));
  g_assert_true (g_bytes_equal (key, pn_public_key_get_blob (pn_signer_get_public_key (customer))));
  for (guint i = 0; i < G_N_ELEMENTS (signed_code); i++)
    {
      g_autoptr (GBytes) code = pn_eeprom_get_file (eeprom, signed_code[i], NULL);
      g_autoptr (GPtrArray) blocks = pn_bootcode_get_blocks (code, &error);

      g_assert_no_error (error);
      g_assert_cmpuint (blocks->len, ==, 2);
    }
  g_assert_cmpuint (pn_eeprom_get_build_timestamp (eeprom), ==, 1779753600);
  /* An image that is signed already is no source. */
  again = pn_eeprom_build (image, config, customer, TIME, NULL, &error);
  g_assert_null (again);
  g_assert_error (error, PN_ERROR, PN_ERROR_EXISTS);
}

/* A BCM2711 image of one section of boot code and the three files. */
static GBytes *
make_2711 (const char *build, guint32 key_number)
{
  g_autofree char *text = g_strconcat ("BUILD_TIMESTAMP=x", "BUILD_TIMESTAMP=", build, NULL);
  GByteArray *image = g_byte_array_new ();
  static const struct
  {
    const char *name;
    guint size;
  } files[] = { { "pubkey.bin", 744 }, { "bootconf.sig", 1256 }, { "bootconf.txt", 100 } };
  const gsize code_size = 0x10000;

  pn_write_be32 (image, 0x55aaf00f);
  pn_write_be32 (image, (guint32) code_size);
  pn_write_string (image, text);
  pn_write_fill (image, 0, 8 + code_size - 284 - image->len);
  pn_write_le32 (image, (guint32) code_size - 284);
  pn_write_le32 (image, key_number);
  pn_write_fill (image, 0x5a, 8 + code_size - image->len);
  for (guint i = 0; i < G_N_ELEMENTS (files); i++)
    {
      pn_write_be32 (image, 0x55aaf11f);
      pn_write_be32 (image, files[i].size + 16);
      pn_write_string (image, files[i].name);
      pn_write_fill (image, 0, 16 - strlen (files[i].name));
      pn_write_fill (image, 0, files[i].size);
      pn_write_fill (image, 0xff, (8 - image->len % 8) % 8);
    }
  pn_write_fill (image, 0xff, PN_EEPROM_SIZE_2711 - image->len);
  return g_byte_array_free_to_bytes (image);
}

static void
test_eeprom_2711 (void)
{
  static const struct
  {
    const char *build;
    guint32 key_number;
    gboolean good;
  } cases[] = {
    { "1700000000", 1, TRUE },
    { "1700000000", 0, FALSE }, /* the development key, which locking revokes */
    { "1600000000", 1, FALSE }, /* before secure boot */
    { "never", 1, FALSE },
  };
  g_autoptr (GBytes) config = bytes_of ("SIGNED_BOOT=1\n");

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (GBytes) source = make_2711 (cases[i].build, cases[i].key_number);
      g_autoptr (GError) error = NULL;
      g_autoptr (GBytes) image = pn_eeprom_build (source, config, customer, TIME, NULL, &error);
      g_autoptr (GBytes) naked = pn_eeprom_build (source, config, NULL, TIME, NULL, NULL);

      g_assert_nonnull (naked); /* unsigned, every image will do */
      if (cases[i].good)
        g_assert_no_error (error);
      else
        g_assert_error (error, PN_ERROR, PN_ERROR_NOT_SUPPORTED);
      g_assert_cmpint (image != NULL, ==, cases[i].good);
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  vendor = pn_test_signer_new ();
  customer = pn_test_signer_new ();
  g_test_add_func ("/sig-file/parse", test_sig_parse);
  g_test_add_func ("/sig-file/refusals", test_sig_refusals);
  g_test_add_func ("/sig-file/verify", test_sig_verify);
  g_test_add_func ("/bootcode/countersign", test_bootcode_countersign);
  g_test_add_func ("/bootcode/refusals", test_bootcode_refusals);
  g_test_add_func ("/bootcode/limit", test_bootcode_limit);
  g_test_add_func ("/bootfiles/tar", test_bootfiles_tar);
  g_test_add_func ("/bootfiles/countersign", test_bootfiles_countersign);
  g_test_add_func ("/bootfiles/refusals", test_bootfiles_refusals);
  g_test_add_func ("/config/signed", test_config_signed);
  g_test_add_func ("/config/check", test_config_check);
  g_test_add_func ("/config/warnings", test_config_warnings);
  g_test_add_func ("/eeprom/sizes", test_eeprom_sizes);
  g_test_add_func ("/eeprom/damaged", test_eeprom_damaged);
  g_test_add_func ("/eeprom/build", test_eeprom_build);
  g_test_add_func ("/eeprom/2711", test_eeprom_2711);
  return g_test_run ();
}
