/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "pn-manifest-fixture.h"

#include <string.h>

#include "pn-error.h"
#include "pn-support.h"

static const PnMode modes[] = { PN_MODE_SECURE_BOOT, PN_MODE_FDE_ONLY, PN_MODE_NAKED };

static char *
text_of (PnMode mode)
{
  g_autoptr (PnManifest) manifest = pn_manifest_fixture_new (mode);
  g_autoptr (GError) error = NULL;
  gsize size;
  const char *data;

  pn_manifest_seal (manifest, &error);
  g_assert_no_error (error);
  data = g_bytes_get_data (pn_manifest_get_bytes (manifest), &size);
  return g_strndup (data, size);
}

static void
assert_refused (const char *text, gssize size)
{
  g_autoptr (GBytes) bytes = g_bytes_new (text, size < 0 ? strlen (text) : (gsize) size);
  g_autoptr (GError) error = NULL;
  g_autoptr (PnManifest) manifest = pn_manifest_parse (bytes, &error);

  g_assert_null (manifest);
  g_assert_error (error, PN_ERROR, PN_ERROR_INVALID_DATA);
}

/* Refused with @from replaced by @to, which has to be there. */
static void
assert_refused_with (PnMode mode, const char *from, const char *to)
{
  g_autofree char *text = text_of (mode);
  g_auto (GStrv) parts = g_strsplit (text, from, 2);
  g_autofree char *changed = NULL;

  g_assert_nonnull (parts[1]);
  changed = g_strjoinv (to, parts);
  assert_refused (changed, -1);
}

static void
test_round_trip (void)
{
  for (guint i = 0; i < G_N_ELEMENTS (modes); i++)
    {
      g_autofree char *text = text_of (modes[i]);
      g_autoptr (GBytes) bytes = g_bytes_new (text, strlen (text));
      g_autoptr (GError) error = NULL;
      g_autoptr (PnManifest) manifest = pn_manifest_parse (bytes, &error);
      PnSha256 digest = pn_sha256_bytes (bytes);
      PnSha256 identity;

      g_assert_no_error (error);
      g_assert_true (g_bytes_equal (pn_manifest_get_bytes (manifest), bytes));
      identity = pn_manifest_get_digest (manifest);
      g_assert_true (pn_sha256_equal (&identity, &digest));
      g_assert_cmpint (pn_manifest_get_mode (manifest), ==, modes[i]);
      g_assert_cmpstr (pn_manifest_get_recipe_name (manifest), ==, "A \"quoted\" name: Übung");
      g_assert_cmphex (pn_manifest_get_disk_id (manifest), ==, 0xfeedc0de);
      g_assert_cmpint (pn_manifest_get_timestamp (manifest), ==, 1760000000);
      g_assert_true ((pn_manifest_get_public_key (manifest) != NULL) ==
                     (modes[i] == PN_MODE_SECURE_BOOT));
      g_assert_cmpuint (pn_manifest_find (manifest, PN_ROLE_GADGET)->size, ==,
                        1000 + PN_ROLE_GADGET);
    }
}

static void
test_truncated (void)
{
  g_autofree char *text = text_of (PN_MODE_SECURE_BOOT);

  for (gsize size = 0; size < strlen (text); size++)
    assert_refused (text, (gssize) size);
}

/* Any byte changed is refused, or says something else and says it canonically. */
static void
test_mutated (void)
{
  static const guint8 masks[] = { 0x01, 0x20, 0x80 };
  g_autofree char *text = text_of (PN_MODE_SECURE_BOOT);
  gsize size = strlen (text);

  for (gsize i = 0; i < size; i++)
    for (guint j = 0; j < G_N_ELEMENTS (masks); j++)
      {
        g_autofree char *changed = g_strndup (text, size);
        g_autoptr (GBytes) bytes = NULL;
        g_autoptr (PnManifest) manifest = NULL;
        g_autoptr (GError) error = NULL;

        changed[i] ^= (char) masks[j];
        bytes = g_bytes_new (changed, size);
        manifest = pn_manifest_parse (bytes, &error);
        g_assert_true ((manifest == NULL) == (error != NULL));
        if (manifest != NULL)
          g_assert_true (g_bytes_equal (pn_manifest_get_bytes (manifest), bytes));
      }
}

static void
test_spelling (void)
{
  g_autofree char *text = text_of (PN_MODE_NAKED);
  g_autofree char *more = g_strconcat (text, "\n", NULL);
  g_autofree char *indented = g_strconcat (" ", text, NULL);
  const PnMode mode = PN_MODE_NAKED;

  assert_refused (more, -1);
  assert_refused (indented, -1);
  assert_refused ("{}\n", -1);
  assert_refused ("[]\n", -1);
  assert_refused ("null\n", -1);
  assert_refused_with (mode, "\"format\":1", "\"format\":2");
  assert_refused_with (mode, "\"format\":1", "\"format\":1.0");
  assert_refused_with (mode, "\"format\":1", "\"format\":1,\"format\":1");
  assert_refused_with (mode, "\"format\":1", "\"format\":1,\"future\":true");
  assert_refused_with (mode, "\"format\":1,", "");
  assert_refused_with (mode, "\"format\":1", "/* */\"format\":1");
  assert_refused_with (mode, "raspios", "r\\u0061spios");
  assert_refused_with (mode, "\"timestamp\":1760000000", "\"timestamp\":-1");
  assert_refused_with (mode, "\"timestamp\":1760000000", "\"timestamp\":01760000000");
  assert_refused_with (mode, "\"timestamp\":1760000000", "\"timestamp\":\"1760000000\"");
  assert_refused_with (mode, "\"disk-id\":4276994270", "\"disk-id\":4294967296");
}

static void
test_meaning (void)
{
  const PnMode secure = PN_MODE_SECURE_BOOT;

  assert_refused_with (secure, "\"name\":\"gadget\"", "\"name\":\"../gadget\"");
  assert_refused_with (secure, "\"name\":\"gadget\"", "\"name\":\".gadget\"");
  assert_refused_with (secure, "\"name\":\"gadget\"", "\"name\":\"\"");
  assert_refused_with (secure, "\"name\":\"gadget\"", "\"name\":\"manifest.json\"");
  assert_refused_with (secure, "\"name\":\"gadget\"", "\"name\":\"eeprom\"");
  assert_refused_with (secure, "\"role\":\"gadget\"", "\"role\":\"eeprom\"");
  assert_refused_with (secure, "\"role\":\"gadget\"", "\"role\":\"disk\"");
  assert_refused_with (secure, "\"role\":\"gadget\"", "\"role\":\"firmware\"");
  assert_refused_with (secure, "\"mode\":\"secure-boot\"", "\"mode\":\"naked\"");
  assert_refused_with (secure, "\"mode\":\"secure-boot\"", "\"mode\":\"fde-only\"");
  assert_refused_with (secure, "\"chip\":\"bcm2712\"", "\"chip\":\"bcm2711\"");
  assert_refused_with (secure, "\"cipher\":\"aes-xts-plain64\"", "\"cipher\":null");
  assert_refused_with (secure, "\"customer-key\",", "");
  assert_refused_with (secure, ",\"device-key\"", "");
  assert_refused_with (secure, "\"device-key\"", "\"device-key\",\"sell-device\"");
  assert_refused_with (secure, "\"customer-key\",\"device-key\"",
                       "\"device-key\",\"customer-key\"");
  assert_refused_with (secure, "\"size\":1000}", "\"size\":0}");
  assert_refused_with (secure, "\"expanded-size\":0", "\"expanded-size\":4096");
  assert_refused_with (secure, "\"expanded-size\":67108864", "\"expanded-size\":0");
  assert_refused_with (secure, "\"expanded-size\":67108864", "\"expanded-size\":67108865");
  assert_refused_with (secure, "\"boot-partition-size\":536870912", "\"boot-partition-size\":0");
  assert_refused_with (secure, "\"boot-partition-size\":536870912",
                       "\"boot-partition-size\":536870913");
  assert_refused_with (secure, "\"minimum-storage\":8589934592", "\"minimum-storage\":0");
  assert_refused_with (secure, "\"public-key\":\"01", "\"public-key\":\"02");
  assert_refused_with (PN_MODE_NAKED, "\"permanent\":[]", "\"permanent\":[\"customer-key\"]");
  assert_refused_with (PN_MODE_NAKED, "\"permanent\":[]", "\"permanent\":[\"jtag-lock\"]");
  assert_refused_with (PN_MODE_NAKED, "\"updates-eeprom\":true", "\"updates-eeprom\":false");
}

/* Said only where it is so: bundles from before it was known are what they were. */
static void
test_network (void)
{
  const PnMode mode = PN_MODE_NAKED;
  g_autofree char *text = text_of (mode);
  g_auto (GStrv) parts = g_strsplit (text, "\"permanent\"", 2);
  g_autofree char *with = g_strjoin ("\"network\":true,\"permanent\"", parts[0], parts[1], NULL);
  g_autoptr (GBytes) bytes = g_bytes_new (with, strlen (with));
  g_autoptr (GBytes) before = g_bytes_new (text, strlen (text));
  g_autoptr (PnManifest) old = pn_manifest_parse (before, NULL);
  g_autoptr (GError) error = NULL;
  g_autoptr (PnManifest) manifest = pn_manifest_parse (bytes, &error);

  g_assert_no_error (error);
  g_assert_true (pn_manifest_uses_network (manifest));
  g_assert_false (pn_manifest_uses_network (old));
  assert_refused_with (mode, "\"permanent\"", "\"network\":false,\"permanent\"");
  assert_refused_with (mode, "\"permanent\"", "\"network\":1,\"permanent\"");
  assert_refused_with (mode, "\"permanent\"", "\"network\":\"true\",\"permanent\"");
  assert_refused_with (mode, "\"mode\"", "\"network\":true,\"mode\"");
}

static void
test_no_network (void)
{
  g_autoptr (PnManifest) manifest =
      pn_manifest_fixture_for (PN_CHIP_BCM2710, PN_MODE_NAKED, PN_STORAGE_SD);
  g_autoptr (GError) error = NULL;

  manifest->network = TRUE;
  g_assert_false (pn_manifest_seal (manifest, &error));
  g_assert_error (error, PN_ERROR, PN_ERROR_INVALID_DATA);
}

static void
assert_deep (const char *before, char open, gsize depth)
{
  GString *text = g_string_new (before);

  for (gsize i = 0; i < depth; i++)
    g_string_append_c (text, open);
  assert_refused (text->str, (gssize) text->len);
  g_string_free (text, TRUE);
}

/* Nothing may reach a parser that recurses: neither brackets nor brackets behind what the scan
 * could take for a string and the parser for a comment. */
static void
test_nesting (void)
{
  assert_deep ("", '[', PN_MANIFEST_MAX);
  assert_deep ("{\"a\":", '[', PN_MANIFEST_MAX - 100);
  assert_deep ("/*\"*/", '[', PN_MANIFEST_MAX - 100);
  assert_deep ("//\"\n", '[', PN_MANIFEST_MAX - 100);
  assert_deep ("'\"'", '[', PN_MANIFEST_MAX - 100);
  assert_deep ("", ' ', PN_MANIFEST_MAX + 1);
}

/* Every role is required or forbidden: one fewer, or one more, is refused. */
static void
test_roles (void)
{
  for (guint i = 0; i < G_N_ELEMENTS (modes); i++)
    for (PnRole role = 0; role < PN_ROLE_IMAGE_SET; role++)
      {
        g_autoptr (PnManifest) manifest = pn_manifest_fixture_new (modes[i]);
        g_autoptr (GError) error = NULL;
        const PnArtefact *artefact = pn_manifest_find (manifest, role);
        PnSha256 digest = pn_sha256 ("", 0);

        if (artefact != NULL)
          g_array_remove_index (
              manifest->artefacts,
              (guint) (artefact - &g_array_index (manifest->artefacts, PnArtefact, 0)));
        else
          pn_manifest_add (manifest, role, "one-more", 1, &digest,
                           role >= PN_ROLE_BOOT_PARTITION ? 4096 : 0);
        g_assert_false (pn_manifest_seal (manifest, &error));
        g_assert_error (error, PN_ERROR, PN_ERROR_INVALID_DATA);
        g_assert_nonnull (strstr (error->message, pn_role_to_word (role)));
      }
}

static void
assert_not_sealed (PnManifest *manifest, const char *says)
{
  g_autoptr (GError) error = NULL;

  g_assert_false (pn_manifest_seal (manifest, &error));
  g_assert_error (error, PN_ERROR, PN_ERROR_INVALID_DATA);
  g_assert_nonnull (strstr (error->message, says));
}

/* An image set stands instead of an image, whole, and with as many images as it has. */
static void
test_image_set (void)
{
  static const PnMode with_sets[] = { PN_MODE_SECURE_BOOT, PN_MODE_NAKED };
  PnSha256 digest = pn_sha256 ("", 0);

  for (guint i = 0; i < G_N_ELEMENTS (with_sets); i++)
    {
      g_autoptr (PnManifest) good = pn_manifest_fixture_with_set (with_sets[i]);
      g_autoptr (PnManifest) parsed = NULL;
      g_autoptr (PnManifest) mixed = pn_manifest_fixture_with_set (with_sets[i]);
      g_autoptr (PnManifest) no_files = pn_manifest_fixture_with_set (with_sets[i]);
      g_autoptr (PnManifest) no_set = pn_manifest_fixture_with_set (with_sets[i]);
      g_autoptr (PnManifest) two_sets = pn_manifest_fixture_with_set (with_sets[i]);
      g_autoptr (PnManifest) two_names = pn_manifest_fixture_with_set (with_sets[i]);
      g_autoptr (GError) error = NULL;

      g_assert_true (pn_manifest_seal (good, &error));
      g_assert_no_error (error);
      parsed = pn_manifest_parse (pn_manifest_get_bytes (good), &error);
      g_assert_no_error (error);
      g_assert_true (pn_manifest_has_image_set (parsed));
      pn_manifest_add (mixed, PN_ROLE_DISK, "disk.simg", 1, &digest, 4096);
      assert_not_sealed (mixed, "disk");
      g_array_set_size (no_files->artefacts, no_files->artefacts->len - 2);
      assert_not_sealed (no_files, "image-set-file");
      g_array_remove_index (no_set->artefacts, no_set->artefacts->len - 3);
      g_assert_false (pn_manifest_seal (no_set, NULL));
      pn_manifest_add (two_sets, PN_ROLE_IMAGE_SET, "other", 1, &digest, 0);
      assert_not_sealed (two_sets, "twice");
      pn_manifest_add (two_names, PN_ROLE_IMAGE_SET_FILE, "boot.sparse", 1, &digest, 4096);
      assert_not_sealed (two_names, "twice");
    }
  {
    g_autoptr (PnManifest) encrypted = pn_manifest_fixture_with_set (PN_MODE_FDE_ONLY);

    assert_not_sealed (encrypted, "encrypted");
  }
}

/* Every combination: what base/pn-support.h allows is a bundle, with exactly the artefacts that its
 * chip and mode have, and nothing else is one. */
static void
test_matrix (void)
{
  guint n_allowed = 0;

  for (PnChip chip = 0; chip <= PN_CHIP_BCM2712; chip++)
    for (PnMode mode = 0; mode <= PN_MODE_NAKED; mode++)
      for (PnStorage storage = 0; storage <= PN_STORAGE_NVME; storage++)
        {
          g_autoptr (PnManifest) manifest = pn_manifest_fixture_for (chip, mode, storage);
          g_autoptr (PnManifest) parsed = NULL;
          g_autoptr (GError) error = NULL;
          PnSupport support = pn_support_check (chip, mode, storage);
          gboolean sealed = pn_manifest_seal (manifest, &error);

          g_test_message ("%s %s %s: %s", pn_chip_to_word (chip), pn_mode_to_word (mode),
                          pn_storage_to_word (storage), sealed ? "allowed" : error->message);
          g_assert_cmpint (sealed, ==, support == PN_SUPPORT_YES);
          if (!sealed)
            {
              g_assert_error (error, PN_ERROR, PN_ERROR_NOT_SUPPORTED);
              g_assert_nonnull (strstr (error->message, pn_support_to_sentence (support)));
              continue;
            }
          n_allowed++;
          parsed = pn_manifest_parse (pn_manifest_get_bytes (manifest), &error);
          g_assert_no_error (error);
          g_assert_cmpuint (pn_manifest_get_rpiboot_gpio (parsed), ==, manifest->rpiboot_gpio);
        }
  g_assert_cmpuint (n_allowed, ==, 20);
}

/* Locking a BCM2711 names its GPIO, and nothing else has one. */
static void
test_gpio (void)
{
  static const guint wrong[] = { 0, 1, 3, 9, 28 };

  for (guint i = 0; i < G_N_ELEMENTS (wrong); i++)
    {
      g_autoptr (PnManifest) manifest =
          pn_manifest_fixture_for (PN_CHIP_BCM2711, PN_MODE_SECURE_BOOT, PN_STORAGE_EMMC);

      manifest->rpiboot_gpio = wrong[i];
      g_assert_false (pn_manifest_seal (manifest, NULL));
    }
  for (PnChip chip = PN_CHIP_BCM2711; chip <= PN_CHIP_BCM2712; chip++)
    {
      g_autoptr (PnManifest) manifest =
          pn_manifest_fixture_for (chip, PN_MODE_NAKED, PN_STORAGE_EMMC);

      manifest->rpiboot_gpio = 8;
      g_assert_false (pn_manifest_seal (manifest, NULL));
    }
}

/* The lines that change something for ever are in one configuration, each named in the list. */
static void
test_configs (void)
{
  g_autoptr (PnManifest) pi4 =
      pn_manifest_fixture_for (PN_CHIP_BCM2711, PN_MODE_SECURE_BOOT, PN_STORAGE_EMMC);
  g_autoptr (PnManifest) pi5 = pn_manifest_fixture_new (PN_MODE_SECURE_BOOT);
  g_autofree char *lock4 = pn_manifest_make_config (pi4, PN_ROLE_RECOVERY_CONFIG_LOCK);
  g_autofree char *update4 = pn_manifest_make_config (pi4, PN_ROLE_RECOVERY_CONFIG_UPDATE);
  g_autofree char *lock5 = pn_manifest_make_config (pi5, PN_ROLE_RECOVERY_CONFIG_LOCK);
  g_autofree char *inspect5 = pn_manifest_make_config (pi5, PN_ROLE_RECOVERY_CONFIG_INSPECT);

  g_assert_cmpstr (lock4, ==, "program_pubkey=1\nrecovery_reboot=1\nprogram_rpiboot_gpio=8\n");
  g_assert_cmpstr (update4, ==, "recovery_reboot=1\n");
  g_assert_cmpstr (lock5, ==, "program_pubkey=1\nset_reboot_order=0x3\nrecovery_reboot=1\n");
  g_assert_cmpstr (inspect5, ==, "set_reboot_order=0x3\nrecovery_reboot=1\n");
}

/* Without a key a consent names the bundle itself. */
static void
test_consent (void)
{
  g_autoptr (PnManifest) secure = pn_manifest_fixture_new (PN_MODE_SECURE_BOOT);
  g_autoptr (PnManifest) fde = pn_manifest_fixture_new (PN_MODE_FDE_ONLY);
  PnSha256 key, digest, consent;

  g_assert_true (pn_manifest_seal (secure, NULL) && pn_manifest_seal (fde, NULL));
  key = pn_public_key_get_fingerprint (pn_manifest_get_public_key (secure));
  consent = pn_manifest_get_consent (secure);
  g_assert_true (pn_sha256_equal (&consent, &key));
  digest = pn_manifest_get_digest (fde);
  consent = pn_manifest_get_consent (fde);
  g_assert_true (pn_sha256_equal (&consent, &digest));
}

static PnManifest *
with_hook (PnHookStage stage, guint seconds, const char *folder)
{
  const char *const write[] = { folder, NULL };
  PnSha256 digest = pn_sha256 ("script", 6);
  PnManifest *self = pn_manifest_fixture_new (PN_MODE_NAKED);

  pn_manifest_add (self, (PnRole) (PN_ROLE_HOOKS + stage), "hook.sh", 10, &digest, 0);
  pn_manifest_add_hook (self, stage, seconds, TRUE, write);
  return self;
}

static void
test_hooks (void)
{
  static const char *const none[] = { NULL };
  g_autoptr (PnManifest) good = with_hook (PN_HOOK_POST_FLASH, 3600, "/srv/a \"quoted\" folder");
  g_autoptr (PnManifest) parsed = NULL;
  g_autoptr (PnManifest) no_script = pn_manifest_fixture_new (PN_MODE_NAKED);
  g_autoptr (PnManifest) no_time = with_hook (PN_HOOK_BOOTSTRAP, 0, NULL);
  g_autoptr (PnManifest) long_time = with_hook (PN_HOOK_BOOTSTRAP, 3601, NULL);
  g_autoptr (PnManifest) system = with_hook (PN_HOOK_BOOTSTRAP, 60, "/etc");
  g_autoptr (PnManifest) twice = with_hook (PN_HOOK_BOOTSTRAP, 60, NULL);
  g_autoptr (PnManifest) large = with_hook (PN_HOOK_BOOTSTRAP, 60, NULL);
  g_autoptr (PnManifest) set = pn_manifest_fixture_with_set (PN_MODE_NAKED);
  g_autoptr (GError) error = NULL;
  PnSha256 digest = pn_sha256 ("script", 6);
  const PnManifestHook *hook;

  g_assert_true (pn_manifest_seal (good, &error));
  g_assert_no_error (error);
  parsed = pn_manifest_parse (pn_manifest_get_bytes (good), &error);
  g_assert_no_error (error);
  hook = pn_manifest_find_hook (parsed, PN_HOOK_POST_FLASH);
  g_assert_nonnull (hook);
  g_assert_cmpuint (hook->seconds, ==, 3600);
  g_assert_true (hook->network);
  g_assert_cmpstr (hook->write[0], ==, "/srv/a \"quoted\" folder");
  g_assert_null (hook->write[1]);
  g_assert_null (pn_manifest_find_hook (parsed, PN_HOOK_BOOTSTRAP));
  pn_manifest_add_hook (no_script, PN_HOOK_BOOTSTRAP, 60, FALSE, none);
  assert_not_sealed (no_script, "hook-bootstrap");
  assert_not_sealed (no_time, "hook");
  assert_not_sealed (long_time, "hook");
  assert_not_sealed (system, "hook");
  pn_manifest_add_hook (twice, PN_HOOK_BOOTSTRAP, 60, FALSE, none);
  assert_not_sealed (twice, "hook");
  g_array_index (large->artefacts, PnArtefact, large->artefacts->len - 1).size = 1024 * 1024 + 1;
  assert_not_sealed (large, "hook.sh");
  pn_manifest_add (set, PN_ROLE_HOOKS, "hook.sh", 10, &digest, 0);
  pn_manifest_add_hook (set, PN_HOOK_BOOTFS_MOUNTED, 60, FALSE, none);
  assert_not_sealed (set, "hook");
}

static void
test_words (void)
{
  PnRole role;

  for (PnRole i = 0; i < PN_N_ROLES; i++)
    {
      g_assert_true (pn_role_from_word (pn_role_to_word (i), &role));
      g_assert_cmpint (role, ==, i);
    }
  g_assert_false (pn_role_from_word ("", &role));
  g_assert_false (pn_role_from_word (NULL, &role));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/manifest/round-trip", test_round_trip);
  g_test_add_func ("/manifest/truncated", test_truncated);
  g_test_add_func ("/manifest/mutated", test_mutated);
  g_test_add_func ("/manifest/spelling", test_spelling);
  g_test_add_func ("/manifest/meaning", test_meaning);
  g_test_add_func ("/manifest/network", test_network);
  g_test_add_func ("/manifest/no-network", test_no_network);
  g_test_add_func ("/manifest/nesting", test_nesting);
  g_test_add_func ("/manifest/roles", test_roles);
  g_test_add_func ("/manifest/hooks", test_hooks);
  g_test_add_func ("/manifest/image-set", test_image_set);
  g_test_add_func ("/manifest/matrix", test_matrix);
  g_test_add_func ("/manifest/gpio", test_gpio);
  g_test_add_func ("/manifest/configs", test_configs);
  g_test_add_func ("/manifest/consent", test_consent);
  g_test_add_func ("/manifest/words", test_words);
  return g_test_run ();
}
