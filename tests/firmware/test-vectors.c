/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Byte for byte against the outputs of the public tools (../shared/vectors/eeprom). */
#include "config.h"

#include <json-glib/json-glib.h>
#include <string.h>

#include "pn-bootcode-2711.h"
#include "pn-bootcode.h"
#include "pn-bootloader-config.h"
#include "pn-bytes.h"
#include "pn-eeprom.h"
#include "pn-error.h"
#include "pn-io.h"
#include "pn-pem-signer.h"
#include "pn-sig-file.h"

#define TIME 1735689600
#define IMAGE_2711 "inputs/2711/pieeprom-2026-05-17.bin"
#define IMAGE_2712 "inputs/2712/pieeprom-2026-05-26.bin"
#define MAX_FILE (16 * 1024 * 1024)

static char *folder;
static JsonArray *cases;
static PnSigner *signer;

static GBytes *
load (const char *name)
{
  g_autofree char *path = g_build_filename (folder, name, NULL);
  g_autoptr (GError) error = NULL;
  GBytes *bytes = pn_read_file (path, MAX_FILE, &error);

  g_assert_no_error (error);
  return bytes;
}

static JsonObject *
find_case (const char *id)
{
  for (guint i = 0; i < json_array_get_length (cases); i++)
    {
      JsonObject *one = json_array_get_object_element (cases, i);

      if (g_str_equal (json_object_get_string_member (one, "id"), id))
        return one;
    }
  g_error ("the manifest has no case %s", id);
}

static void
assert_hash (GBytes *bytes, const char *id, const char *member)
{
  PnSha256 digest = pn_sha256_bytes (bytes);
  g_autofree char *hex = pn_sha256_to_hex (&digest);

  g_assert_cmpstr (hex, ==, json_object_get_string_member (find_case (id), member));
}

static PnEeprom *
open_image (const char *name)
{
  g_autoptr (GBytes) bytes = load (name);
  g_autoptr (GError) error = NULL;
  PnEeprom *eeprom = pn_eeprom_new (bytes, &error);

  g_assert_no_error (error);
  return eeprom;
}

static void
replace (PnEeprom *eeprom, const char *name, GBytes *content)
{
  g_autoptr (GError) error = NULL;

  pn_eeprom_replace_file (eeprom, name, content, &error);
  g_assert_no_error (error);
}

static void
assert_image (PnEeprom *eeprom, const char *id)
{
  g_autoptr (GBytes) bytes = pn_eeprom_to_bytes (eeprom);

  assert_hash (bytes, id, "result_sha256");
}

static void
test_sections (gconstpointer data)
{
  gboolean is_2712 = GPOINTER_TO_INT (data) == 2712;
  g_autoptr (PnEeprom) eeprom = open_image (is_2712 ? IMAGE_2712 : IMAGE_2711);
  g_autoptr (GBytes) json =
      load (is_2712 ? "expected/sections-2712.json" : "expected/sections-2711.json");
  g_autoptr (JsonParser) parser = json_parser_new ();
  JsonArray *expected;
  guint n;
  const PnEepromSection *sections = pn_eeprom_get_sections (eeprom, &n);

  g_assert_true (json_parser_load_from_data (parser, g_bytes_get_data (json, NULL),
                                             (gssize) g_bytes_get_size (json), NULL));
  expected = json_node_get_array (json_parser_get_root (parser));
  g_assert_cmpuint (json_array_get_length (expected), ==, n);
  for (guint i = 0; i < n; i++)
    {
      JsonObject *one = json_array_get_object_element (expected, i);
      g_autofree char *magic = g_strdup_printf ("%08x", sections[i].magic);

      g_assert_cmpint ((gint64) sections[i].offset, ==, json_object_get_int_member (one, "offset"));
      g_assert_cmpstr (magic, ==, json_object_get_string_member (one, "magic"));
      g_assert_cmpint (sections[i].length, ==, json_object_get_int_member (one, "length"));
      if (json_object_has_member (one, "name"))
        g_assert_cmpstr (sections[i].name, ==, json_object_get_string_member (one, "name"));
    }
  g_assert_cmpint (pn_eeprom_get_chip (eeprom), ==, is_2712 ? PN_CHIP_BCM2712 : PN_CHIP_BCM2711);
  g_assert_cmpint (pn_eeprom_is_ab (eeprom), ==, is_2712);
  g_assert_cmpuint (pn_eeprom_get_build_timestamp (eeprom), >, 1770000000);
  g_assert_cmpint (pn_eeprom_get_mfg_version (eeprom), ==, 1);
}

static void
test_extract (gconstpointer data)
{
  gboolean is_2712 = GPOINTER_TO_INT (data) == 2712;
  g_autoptr (PnEeprom) eeprom = open_image (is_2712 ? IMAGE_2712 : IMAGE_2711);
  g_autoptr (GBytes) json =
      load (is_2712 ? "expected/extract-all-2712.json" : "expected/extract-all-2711.json");
  g_autoptr (JsonParser) parser = json_parser_new ();
  g_autoptr (GList) names = NULL;
  JsonObject *expected;

  g_assert_true (json_parser_load_from_data (parser, g_bytes_get_data (json, NULL),
                                             (gssize) g_bytes_get_size (json), NULL));
  expected = json_node_get_object (json_parser_get_root (parser));
  names = json_object_get_members (expected);
  g_assert_nonnull (names);
  for (GList *at = names; at != NULL; at = at->next)
    {
      JsonObject *one = json_object_get_object_member (expected, at->data);
      g_autoptr (GError) error = NULL;
      g_autoptr (GBytes) file = NULL;
      g_autofree char *hex = NULL;
      PnSha256 digest;

      if (g_str_equal (at->data, "updatetime") && is_2712)
        continue; /* upstream takes the read-only copy, we the one that can be edited */
      file = pn_eeprom_get_file (eeprom, at->data, &error);
      g_assert_no_error (error);
      digest = pn_sha256_bytes (file);
      hex = pn_sha256_to_hex (&digest);
      g_assert_cmpstr (hex, ==, json_object_get_string_member (one, "sha256"));
    }
}

static void
test_replace (gconstpointer data)
{
  static const char *const configs[] = { "minimal", "naked", "long", "nolf", "crlf", "max4076" };
  int chip = GPOINTER_TO_INT (data);

  for (guint i = 0; i < G_N_ELEMENTS (configs); i++)
    {
      g_autoptr (PnEeprom) eeprom = open_image (chip == 2712 ? IMAGE_2712 : IMAGE_2711);
      g_autofree char *id = g_strdup_printf ("replace-%d-%s", chip, configs[i]);
      g_autofree char *file = g_strdup_printf ("configs/%s.conf", configs[i]);
      g_autoptr (GBytes) config = load (file);

      replace (eeprom, "bootconf.txt", config);
      assert_image (eeprom, id);
    }
}

static void
test_roundtrip (gconstpointer data)
{
  int chip = GPOINTER_TO_INT (data);
  g_autoptr (PnEeprom) eeprom = open_image (chip == 2712 ? IMAGE_2712 : IMAGE_2711);
  g_autofree char *id = g_strdup_printf ("roundtrip-%d", chip);
  g_autoptr (GBytes) original = pn_eeprom_get_file (eeprom, "bootconf.txt", NULL);
  g_autoptr (GBytes) longer = load ("configs/long.conf");

  replace (eeprom, "bootconf.txt", longer);
  replace (eeprom, "bootconf.txt", original);
  assert_image (eeprom, id);
}

static void
test_timestamp (gconstpointer data)
{
  int chip = GPOINTER_TO_INT (data);
  g_autoptr (PnEeprom) eeprom = open_image (chip == 2712 ? IMAGE_2712 : IMAGE_2711);
  g_autofree char *id = g_strdup_printf ("timestamp-%d", chip);

  pn_eeprom_set_timestamp (eeprom, TIME);
  assert_image (eeprom, id);
}

static void
test_build (gconstpointer data)
{
  int chip = GPOINTER_TO_INT (data);
  g_autofree char *id = g_strdup_printf ("signed-%d", chip);
  g_autofree char *plain_id = g_strdup_printf ("pieeprom-signed-%d-plain", chip);
  g_autofree char *rsa_id = g_strdup_printf ("pieeprom-signed-%d-rsa", chip);
  g_autoptr (GBytes) source = load (chip == 2712 ? IMAGE_2712 : IMAGE_2711);
  g_autoptr (GBytes) config = load ("configs/secure.conf");
  g_autoptr (GError) error = NULL;
  g_autoptr (GBytes) image = pn_eeprom_build (source, config, signer, TIME, NULL, &error);
  g_autoptr (GBytes) plain = NULL;
  g_autoptr (GBytes) rsa = NULL;
  PnSha256 digest;

  g_assert_no_error (error);
  assert_hash (image, id, "result_sha256");
  digest = pn_sha256_bytes (image);
  plain = pn_sig_file_build (&digest, TIME, 0, NULL, NULL, &error);
  g_assert_no_error (error);
  assert_hash (plain, plain_id, "sha256");
  rsa = pn_sig_file_build (&digest, TIME, 0, signer, NULL, &error);
  g_assert_no_error (error);
  assert_hash (rsa, rsa_id, "sha256");
  g_assert_true (pn_sig_file_verify (rsa, &digest, pn_signer_get_public_key (signer), &error));
}

static void
test_build_naked (void)
{
  static const struct
  {
    const char *image, *replaced, *id;
    int soc;
  } naked[] = {
    { IMAGE_2711, "replace-2711-naked", "pieeprom-naked-2711-plain", 0 },
    { IMAGE_2711, "replace-2711-naked", "pieeprom-naked-2711-soc", 2711 },
    { IMAGE_2712, "replace-2712-naked", "pieeprom-naked-2712-plain", 0 },
  };

  for (guint i = 0; i < G_N_ELEMENTS (naked); i++)
    {
      g_autoptr (GBytes) source = load (naked[i].image);
      g_autoptr (GBytes) config = load ("configs/naked.conf");
      g_autoptr (GBytes) image = pn_eeprom_build (source, config, NULL, TIME, NULL, NULL);
      PnSha256 digest = pn_sha256_bytes (image);
      g_autoptr (GBytes) sig = pn_sig_file_build (&digest, TIME, naked[i].soc, NULL, NULL, NULL);

      assert_hash (image, naked[i].replaced, "result_sha256");
      assert_hash (sig, naked[i].id, "sha256");
    }
}

static void
test_signatures (void)
{
  static const struct
  {
    const char *input, *id;
    gint64 time;
  } files[] = {
    { "configs/secure.conf", "bootconf-secure", TIME },
    { "configs/minimal.conf", "bootconf-minimal", TIME },
    { "inputs/sample-boot.img", "boot-sig-tool", TIME },
    { "inputs/sample-boot.img", "boot-sig-provisioner", -1 },
  };
  PnPublicKey *key = pn_signer_get_public_key (signer);
  PnSha256 fingerprint = pn_public_key_get_fingerprint (key);
  g_autofree char *hex = pn_sha256_to_hex (&fingerprint);
  g_autoptr (GBytes) hash_file = load ("expected/key-a-keyhash.txt");

  for (guint i = 0; i < G_N_ELEMENTS (files); i++)
    {
      g_autoptr (GBytes) input = load (files[i].input);
      PnSha256 digest = pn_sha256_bytes (input);
      g_autoptr (GBytes) sig = pn_sig_file_build (&digest, files[i].time, 0, signer, NULL, NULL);

      assert_hash (sig, files[i].id, "sha256");
    }
  assert_hash (pn_public_key_get_blob (key), "pubkey-bin", "sha256");
  g_assert_cmpint (strncmp (hex, g_bytes_get_data (hash_file, NULL), 64), ==, 0);
}

static void
assert_countersigned (GBytes *code, const char *trailer_file)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GBytes) result = pn_bootcode_countersign (code, signer, NULL, &error);
  g_autoptr (GBytes) expected = load (trailer_file);
  g_autoptr (GBytes) trailer = NULL;
  g_autoptr (GBytes) again = NULL;
  g_autoptr (GPtrArray) blocks = NULL;
  PnBootcodeBlock *inner;
  PnSha256 vendor;
  g_autofree char *hex = NULL;

  g_assert_no_error (error);
  trailer = g_bytes_new_from_bytes (result, g_bytes_get_size (code), PN_BOOTCODE_BLOCK_SIZE);
  g_assert_true (g_bytes_equal (trailer, expected) || g_bytes_equal (result, expected));
  blocks = pn_bootcode_get_blocks (result, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (blocks->len, ==, 2);
  inner = blocks->pdata[1];
  g_assert_cmpint (inner->key_number, ==, 0);
  g_assert_cmpint (inner->version, ==, 1);
  vendor = pn_public_key_get_fingerprint (inner->key);
  hex = pn_sha256_to_hex (&vendor);
  g_assert_cmpstr (hex, ==, "e3345447549bda1f5416a479264be593d60f527c70d666d10ead908fd027fd27");
  again = pn_bootcode_countersign (result, signer, NULL, &error);
  g_assert_null (again);
  g_assert_error (error, PN_ERROR, PN_ERROR_EXISTS);
}

static void
test_countersign (void)
{
  g_autoptr (PnEeprom) eeprom = open_image (IMAGE_2712);
  g_autoptr (GBytes) bootcode = pn_eeprom_get_file (eeprom, "bootcode.bin", NULL);
  g_autoptr (GBytes) bootsys = pn_eeprom_get_file (eeprom, "bootsys", NULL);
  g_autoptr (GBytes) recovery = load ("inputs/2712/recovery.bin");
  g_autoptr (GBytes) signed_bootcode = NULL;
  g_autoptr (GBytes) signed_bootsys = NULL;

  assert_countersigned (bootcode, "expected/bootcode-trailer-2712.bin");
  assert_countersigned (bootsys, "expected/bootsys-trailer-2712.bin");
  assert_countersigned (recovery, "expected/bootcode5.signed.bin");
  signed_bootcode = pn_bootcode_countersign (bootcode, signer, NULL, NULL);
  signed_bootsys = pn_bootcode_countersign (bootsys, signer, NULL, NULL);
  replace (eeprom, "bootcode.bin", signed_bootcode);
  replace (eeprom, "bootsys", signed_bootsys);
  assert_image (eeprom, "intermediate-2712");
}

static void
test_refusals (void)
{
  g_autoptr (PnEeprom) eeprom = open_image (IMAGE_2711);
  g_autoptr (GBytes) before = pn_eeprom_to_bytes (eeprom);
  g_autoptr (GBytes) over = load ("configs/over4077.conf");
  g_autoptr (GBytes) recovery = load ("inputs/2711/recovery.bin");
  g_autoptr (GBytes) code = g_bytes_new_take (g_malloc0 (26516), 26516);
  g_autoptr (GError) error = NULL;

  g_assert_false (pn_eeprom_replace_file (eeprom, "bootconf.txt", over, &error));
  g_assert_error (error, PN_ERROR, PN_ERROR_NO_SPACE);
  g_clear_error (&error);
  g_assert_null (pn_eeprom_new (recovery, &error));
  g_assert_error (error, PN_ERROR, PN_ERROR_INVALID_DATA);
  g_clear_error (&error);
  g_assert_false (pn_eeprom_replace_file (eeprom, "bootcode.bin", code, &error));
  g_assert_error (error, PN_ERROR, PN_ERROR_NOT_SUPPORTED);
  g_clear_error (&error);
  for (gsize size = 2279; size <= 2286; size++)
    {
      g_autoptr (GBytes) certificate = g_bytes_new_take (g_malloc0 (size), size);
      g_autoptr (PnEeprom) copy = open_image (IMAGE_2711);

      g_assert_cmpint (pn_eeprom_replace_file (copy, "cacert.der", certificate, NULL), ==,
                       size <= 2280);
    }
  {
    g_autoptr (GBytes) after = pn_eeprom_to_bytes (eeprom);

    g_assert_true (g_bytes_equal (before, after));
  }
}

static void
test_boot_order (void)
{
  g_autoptr (GBytes) json = load ("expected/boot-order-cases.json");
  g_autoptr (JsonParser) parser = json_parser_new ();
  JsonArray *all;

  g_assert_true (json_parser_load_from_data (parser, g_bytes_get_data (json, NULL),
                                             (gssize) g_bytes_get_size (json), NULL));
  all = json_node_get_array (json_parser_get_root (parser));
  for (guint i = 0; i < json_array_get_length (all); i++)
    {
      JsonObject *one = json_array_get_object_element (all, i);
      const char *input = json_object_get_string_member (one, "input");
      const char *output = json_object_get_string_member (one, "output");
      g_autoptr (GBytes) text = g_bytes_new (input, strlen (input));
      g_autoptr (GBytes) result = NULL;
      PnStorage storage;

      if (!pn_storage_from_word (json_object_get_string_member (one, "storage"), &storage))
        continue; /* a kind we do not have: upstream leaves the text alone, we never ask */
      result = pn_bootloader_config_match_storage (text, storage, NULL);
      g_assert_cmpmem (g_bytes_get_data (result, NULL), g_bytes_get_size (result), output,
                       strlen (output));
    }
}

static void
test_skipped (void)
{
  g_test_skip ("needs ../shared/vectors");
}

/* What Raspberry Pi published for BCM2711 is signed with the key that our boot ROM knows, and
 * nothing else is. */
static void
test_bootcode_2711 (void)
{
  g_autoptr (PnEeprom) eeprom = open_image (IMAGE_2711);
  g_autoptr (PnPublicKey) vendor = pn_bootcode_2711_vendor_key ();
  GBytes *codes[] = { load ("inputs/2711/recovery.bin"),
                      pn_eeprom_get_file (eeprom, "bootcode.bin", NULL) };

  g_assert_nonnull (vendor);
  for (guint i = 0; i < G_N_ELEMENTS (codes); i++)
    {
      g_autoptr (GError) error = NULL;
      gsize size = g_bytes_get_size (codes[i]);
      g_autofree guint8 *changed = g_memdup2 (g_bytes_get_data (codes[i], NULL), size);
      g_autoptr (GBytes) other = NULL;
      gint32 number;

      g_assert_true (pn_bootcode_2711_get_key_number (codes[i], &number, &error));
      g_assert_cmpint (number, ==, PN_BOOTCODE_2711_KEY_SECURE);
      g_assert_true (pn_bootcode_check_published (codes[i], PN_CHIP_BCM2711, TRUE, &error));
      g_assert_false (pn_bootcode_check_published (codes[i], PN_CHIP_BCM2712, TRUE, NULL));
      g_assert_true (pn_bootcode_2711_verify (codes[i], vendor));
      g_assert_false (pn_bootcode_2711_verify (codes[i], pn_signer_get_public_key (signer)));
      changed[1000] ^= 1;
      other = g_bytes_new (changed, size);
      g_assert_false (pn_bootcode_2711_verify (other, vendor));
      g_bytes_unref (codes[i]);
    }
}

int
main (int argc, char **argv)
{
  g_autoptr (JsonParser) parser = json_parser_new ();
  g_autofree char *manifest = NULL;
  g_autofree char *key = NULL;
  g_autoptr (GError) error = NULL;

  g_test_init (&argc, &argv, NULL);
  folder = g_build_filename (g_getenv ("PUNNET_VECTORS"), "eeprom", NULL);
  manifest = g_build_filename (folder, "manifest.json", NULL);
  if (!json_parser_load_from_file (parser, manifest, NULL))
    {
      g_test_add_func ("/vectors", test_skipped);
      return g_test_run ();
    }
  cases =
      json_object_get_array_member (json_node_get_object (json_parser_get_root (parser)), "cases");
  key = g_build_filename (folder, "keys", "key-a-private.pem", NULL);
  signer = pn_pem_signer_new_from_file (key, NULL, NULL, &error);
  g_assert_no_error (error);
  for (int chip = 2711; chip <= 2712; chip++)
    {
      static const struct
      {
        const char *name;
        GTestDataFunc function;
      } tests[] = { { "sections", test_sections },   { "extract", test_extract },
                    { "replace", test_replace },     { "roundtrip", test_roundtrip },
                    { "timestamp", test_timestamp }, { "build", test_build } };

      for (guint i = 0; i < G_N_ELEMENTS (tests); i++)
        {
          g_autofree char *path = g_strdup_printf ("/vectors/%d/%s", chip, tests[i].name);

          g_test_add_data_func (path, GINT_TO_POINTER (chip), tests[i].function);
        }
    }
  g_test_add_func ("/vectors/naked", test_build_naked);
  g_test_add_func ("/vectors/signatures", test_signatures);
  g_test_add_func ("/vectors/countersign", test_countersign);
  g_test_add_func ("/vectors/refusals", test_refusals);
  g_test_add_func ("/vectors/boot-order", test_boot_order);
  g_test_add_func ("/vectors/bootcode-2711", test_bootcode_2711);
  return g_test_run ();
}
