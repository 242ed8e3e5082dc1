/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Bundles from end to end: made twice, judged by other people's programs, altered, and refused. */
#include "config.h"

#include <fcntl.h>
#include <glib/gstdio.h>
#include <string.h>

#include "pn-bytes.h"
#include "pn-fat.h"
#include "pn-io.h"
#include "pn-manifest-private.h"
#include "pn-pem-signer.h"
#include "pn-prepare.h"
#include "pn-sig-file.h"

#define TIMESTAMP 1760000000 /* the one recorded clock */
#define MAX_FILE (64 * 1024 * 1024)

typedef struct
{
  char *folder;
} Fixture;

static Fixture fixture; /* made once: the inputs are only read */

static char *
path_of (const char *name)
{
  return g_build_filename (fixture.folder, name, NULL);
}

static char *
tool (const char *name)
{
  return g_build_filename (g_getenv ("PUNNET_BUILD_ROOT"), "tests", "tools", name, NULL);
}

/* Runs a program to its end; what it says on a failure is in the test's log. */
static gboolean
run (const char *program, ...)
{
  g_autoptr (GPtrArray) argv = g_ptr_array_new ();
  g_autofree char *said = NULL;
  g_autofree char *complaint = NULL;
  g_autoptr (GError) error = NULL;
  const char *argument;
  va_list args;
  int status;

  va_start (args, program);
  for (argument = program; argument != NULL; argument = va_arg (args, const char *))
    g_ptr_array_add (argv, (char *) argument);
  va_end (args);
  g_ptr_array_add (argv, NULL);
  g_spawn_sync (fixture.folder, (char **) argv->pdata, NULL, G_SPAWN_SEARCH_PATH, NULL, NULL, &said,
                &complaint, &status, &error);
  g_assert_no_error (error);
  if (status != 0)
    g_test_message ("%s: %s%s", program, said, complaint);
  return status == 0;
}

static GBytes *
read_input (const char *name)
{
  g_autofree char *path = path_of (name);
  g_autoptr (GError) error = NULL;
  GBytes *bytes = pn_read_file (path, MAX_FILE, &error);

  g_assert_no_error (error);
  return bytes;
}

static PnSigner *
open_signer (const char *name)
{
  g_autofree char *path = path_of (name);
  g_autoptr (GError) error = NULL;
  PnSigner *signer = pn_pem_signer_new_from_file (path, NULL, NULL, &error);

  g_assert_no_error (error);
  return signer;
}

static void
say_cb (const char *sentence, gboolean warning, gpointer user_data)
{
  guint *warnings = user_data;

  g_test_message ("%s%s", warning ? "warning: " : "", sentence);
  if (warning)
    (*warnings)++;
}

static PnRecipeDraft *
parse_draft (const char *text, GError **error)
{
  g_autoptr (GBytes) bytes = g_bytes_new (text, strlen (text));

  return pn_recipe_draft_parse (bytes, fixture.folder, error);
}

/* A recipe over the stand-ins; what the lines of @more say counts instead. */
static PnRecipe *
make_recipe (PnMode mode, PnStorage storage, const char *image, const char *more, GError **error)
{
  g_autofree char *text = g_strdup_printf (
      "[Recipe]\nName=test\nRevision=2\nMode=%s\nChip=bcm2712\nStorage=%s\n[Image]\nFile=%s\n"
      "[Firmware]\nEeprom=pieeprom.bin\nRecovery=recovery.bin\nBootfiles=bootfiles.bin\n"
      "Gadget=fastboot-gadget.img\nInitramfs=cryptroot_initramfs\n[Key]\nPem=customer.pem\n",
      pn_mode_to_word (mode), pn_storage_to_word (storage), image);
  g_autoptr (PnRecipeDraft) draft = parse_draft (text, error);
  g_autoptr (PnRecipeDraft) over = NULL;

  g_assert_nonnull (draft);
  if (more[0] == '\0')
    return pn_recipe_new_from_draft (draft, error);
  over = parse_draft (more, error);
  g_assert_nonnull (over);
  for (guint i = 0; i < PN_N_RECIPE_FIELDS; i++)
    if (pn_recipe_draft_get (over, (PnRecipeField) i) != NULL)
      pn_recipe_draft_set (draft, (PnRecipeField) i, pn_recipe_draft_get (over, (PnRecipeField) i));
  return pn_recipe_new_from_draft (draft, error);
}

static gboolean
prepare (PnMode mode,
         PnStorage storage,
         const char *image,
         const char *more,
         const char *output,
         guint *warnings,
         GError **error)
{
  g_autoptr (PnRecipe) recipe = make_recipe (mode, storage, image, more, error);
  g_autoptr (PnSigner) signer = NULL;
  g_autofree char *path = path_of (output);
  guint ignored = 0;

  if (recipe == NULL)
    return FALSE;
  if (mode == PN_MODE_SECURE_BOOT)
    {
      signer = pn_pem_signer_new_from_file (recipe->key, NULL, NULL, error);
      if (signer == NULL)
        return FALSE;
    }
  return pn_prepare (recipe, signer, path, TIMESTAMP, say_cb, NULL,
                     warnings != NULL ? warnings : &ignored, NULL, error);
}

static PnBundle *
open_bundle (const char *name, GError **error)
{
  g_autofree char *path = path_of (name);
  g_auto (PnFd) fd = pn_open (path, O_RDONLY | O_DIRECTORY, error);

  return fd >= 0 ? pn_bundle_open (fd, NULL, NULL, NULL, error) : NULL;
}

static void
copy_bundle (const char *from, const char *to)
{
  g_assert_true (run ("rm", "-rf", to, NULL));
  g_assert_true (run ("cp", "-r", from, to, NULL));
}

/* No output, and nothing made aside either. */
static void
assert_nothing_left (const char *output)
{
  g_autoptr (GDir) dir = g_dir_open (fixture.folder, 0, NULL);
  const char *name;

  while ((name = g_dir_read_name (dir)) != NULL)
    g_assert_false (g_str_has_prefix (name, output));
}

static void
judge (const char *bundle, const char *image, const char *key)
{
  g_autofree char *judge_path =
      g_build_filename (g_getenv ("PUNNET_SOURCE_ROOT"), "tests", "bundle", "judge-bundle", NULL);

  g_assert_true (run (judge_path, bundle, image, key, NULL));
}

static void
test_secure (void)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (PnBundle) bundle = NULL;
  PnManifest *manifest;

  prepare (PN_MODE_SECURE_BOOT, PN_STORAGE_NVME, "gold-master.img", "", "secure", NULL, &error);
  g_assert_no_error (error);
  bundle = open_bundle ("secure", &error);
  g_assert_no_error (error);
  pn_bundle_verify (bundle, NULL, &error);
  g_assert_no_error (error);
  manifest = pn_bundle_get_manifest (bundle);
  g_assert_true (g_strv_equal (pn_manifest_get_permanent (manifest),
                               (const char *[]){ "customer-key", "device-key", NULL }));
  g_assert_cmpuint (pn_manifest_get_timestamp (manifest), ==, TIMESTAMP);
  judge ("secure", "gold-master.img", "public.pem");
}

static void
test_naked (void)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (PnBundle) bundle = NULL;
  guint warnings = 0;

  prepare (PN_MODE_NAKED, PN_STORAGE_EMMC, "gold-master.img", "", "naked", &warnings, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (warnings, ==, 1); /* the key is ignored, and that is said */
  bundle = open_bundle ("naked", &error);
  g_assert_no_error (error);
  g_assert_null (pn_manifest_get_permanent (pn_bundle_get_manifest (bundle))[0]);
  judge ("naked", "gold-master.img", NULL);
}

/* Encrypted, but signed by nobody, whatever key is named (H-2). */
static void
test_fde_only (void)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (PnBundle) bundle = NULL;
  guint warnings = 0;

  prepare (PN_MODE_FDE_ONLY, PN_STORAGE_EMMC, "gold-master.img", "", "fde", &warnings, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (warnings, ==, 1);
  bundle = open_bundle ("fde", &error);
  g_assert_no_error (error);
  pn_bundle_verify (bundle, NULL, &error);
  g_assert_no_error (error);
  g_assert_true (g_strv_equal (pn_manifest_get_permanent (pn_bundle_get_manifest (bundle)),
                               (const char *[]){ "device-key", NULL }));
  judge ("fde", "gold-master.img", NULL);
  g_assert_true (run ("rm", "-rf", "fde", NULL));
}

static void
test_options (void)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (PnBundle) locked = NULL;
  g_autoptr (PnBundle) small = NULL;
  g_autoptr (GBytes) lock = NULL;

  prepare (PN_MODE_SECURE_BOOT, PN_STORAGE_SD, "gold-master.img", "[Permanent]\nJtagLock=true\n",
           "jtag", NULL, &error);
  g_assert_no_error (error);
  locked = open_bundle ("jtag", &error);
  g_assert_no_error (error);
  g_assert_true (
      g_strv_equal (pn_manifest_get_permanent (pn_bundle_get_manifest (locked)),
                    (const char *[]){ "customer-key", "device-key", "jtag-lock", NULL }));
  lock = pn_read_file_fd (pn_bundle_get_fd (locked, PN_ROLE_RECOVERY_CONFIG_LOCK), 1000, &error);
  g_assert_no_error (error);
  g_assert_nonnull (g_strstr_len (g_bytes_get_data (lock, NULL), (gssize) g_bytes_get_size (lock),
                                  "jtag_lock=1"));
  prepare (PN_MODE_NAKED, PN_STORAGE_SD, "gold-master.img",
           "[Firmware]\nUpdateEeprom=false\n[Permanent]\nDeviceKey=true\n", "small", NULL, &error);
  g_assert_no_error (error);
  small = open_bundle ("small", &error);
  g_assert_no_error (error);
  g_assert_cmpint (pn_bundle_get_fd (small, PN_ROLE_EEPROM), ==, -1);
  g_assert_true (g_strv_equal (pn_manifest_get_permanent (pn_bundle_get_manifest (small)),
                               (const char *[]){ "device-key", NULL }));
  g_assert_true (run ("rm", "-rf", "jtag", "small", NULL));
}

static void
test_reproducible (void)
{
  g_autoptr (GError) error = NULL;

  prepare (PN_MODE_SECURE_BOOT, PN_STORAGE_NVME, "gold-master.img", "", "again", NULL, &error);
  g_assert_no_error (error);
  g_assert_true (run ("diff", "-r", "secure", "again", NULL));
  g_assert_true (run ("rm", "-rf", "again", NULL));
}

static void
flip (const char *path)
{
  g_autoptr (GError) error = NULL;
  g_auto (PnFd) fd = pn_open (path, O_RDWR, &error);
  goffset middle = pn_file_size (fd, &error) / 2;
  guint8 byte;

  g_assert_no_error (error);
  g_assert_true (pn_pread_all (fd, &byte, 1, middle, &error));
  byte ^= 0x04;
  g_assert_true (pn_pwrite_all (fd, &byte, 1, middle, &error));
}

/* One byte of any file altered: refused, with the file's name. */
static void
test_altered (const char *name)
{
  g_autofree char *folder = path_of ("altered");
  g_autoptr (GDir) dir = NULL;
  const char *file;
  guint n = 0;

  copy_bundle (name, "altered");
  dir = g_dir_open (folder, 0, NULL);
  while ((file = g_dir_read_name (dir)) != NULL)
    {
      g_autofree char *path = g_build_filename (folder, file, NULL);
      g_autoptr (GError) error = NULL;
      g_autoptr (PnBundle) bundle = NULL;

      flip (path);
      bundle = open_bundle ("altered", &error);
      g_test_message ("%s: %s", file, error != NULL ? error->message : "accepted");
      g_assert_null (bundle);
      g_assert_nonnull (
          strstr (error->message, g_str_has_prefix (file, "manifest.") ? "manifest" : file));
      flip (path);
      n++;
    }
  g_assert_cmpuint (n, >, 9);
}

static void
test_altered_secure (void)
{
  test_altered ("secure");
}

static void
test_altered_naked (void)
{
  test_altered ("naked");
}

static void
test_strange_files (void)
{
  static const char *const commands[] = {
    "echo more > altered/more",
    "rm altered/gadget.img",
    "rm altered/manifest.sig",
    "rm altered/manifest.json",
    "mv altered/gadget.img gadget.aside && ln -s ../gadget.aside altered/gadget.img",
    "rm altered/gadget.img && mkfifo altered/gadget.img",
    "rm altered/manifest.json && mkfifo altered/manifest.json",
    "truncate -s -1 altered/root-metadata.simg",
    "echo >> altered/recovery-lock.txt",
  };

  for (guint i = 0; i < G_N_ELEMENTS (commands); i++)
    {
      g_autoptr (GError) error = NULL;
      g_autoptr (PnBundle) bundle = NULL;

      copy_bundle ("secure", "altered");
      g_assert_true (run ("sh", "-c", commands[i], NULL));
      bundle = open_bundle ("altered", &error);
      g_test_message ("%s: %s", commands[i], error != NULL ? error->message : "accepted");
      g_assert_null (bundle);
      g_assert_nonnull (error);
    }
}

/* Writes @content in place of an artefact and seals the bundle again with the right key, as
 * somebody would who has that key and means harm, or a program with a bug. */
static void
reseal (const char *name, PnRole role, GBytes *content, guint64 expanded)
{
  g_autofree char *folder = path_of (name);
  g_autoptr (GError) error = NULL;
  g_autoptr (PnBundle) bundle = open_bundle (name, &error);
  PnManifest *manifest;
  g_autofree char *json = g_build_filename (folder, PN_MANIFEST_NAME, NULL);
  g_autofree char *sig = g_build_filename (folder, PN_MANIFEST_SIGNATURE_NAME, NULL);
  g_autofree char *file = NULL;
  g_autoptr (PnSigner) signer = open_signer ("customer.pem");
  g_autoptr (GBytes) text = NULL;
  PnArtefact *artefact;
  PnSha256 digest;

  g_assert_no_error (error);
  manifest = pn_bundle_get_manifest (bundle);
  artefact = (PnArtefact *) pn_manifest_find (manifest, role);
  file = g_build_filename (folder, artefact->name, NULL);
  pn_replace_file (file, content, &error);
  g_assert_no_error (error);
  artefact->size = g_bytes_get_size (content);
  artefact->digest = pn_sha256_bytes (content);
  if (expanded > 0)
    artefact->expanded_size = expanded;
  g_clear_pointer (&manifest->bytes, g_bytes_unref);
  pn_manifest_seal (manifest, &error);
  g_assert_no_error (error);
  pn_replace_file (json, manifest->bytes, &error);
  g_assert_no_error (error);
  if (manifest->public_key == NULL)
    return;
  digest = pn_manifest_get_digest (manifest);
  text = pn_sig_file_build (&digest, -1, 0, signer, NULL, &error);
  g_assert_no_error (error);
  pn_replace_file (sig, text, &error);
  g_assert_no_error (error);
}

/* Well sealed, but not what a device may get. */
static void
assert_judged (const char *name, PnRole role, GBytes *content, const char *says)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (PnBundle) bundle = NULL;

  copy_bundle (name, "altered");
  reseal ("altered", role, content, 0);
  bundle = open_bundle ("altered", &error);
  g_assert_no_error (error);
  g_assert_false (pn_bundle_verify (bundle, NULL, &error));
  g_test_message ("%s: %s", pn_role_to_word (role), error->message);
  g_assert_cmpint ((int) error->domain, ==, (int) PN_ERROR);
  g_assert_nonnull (strstr (error->message, says));
}

static void
assert_judged_text (PnRole role, const char *text, const char *says)
{
  g_autoptr (GBytes) content = g_bytes_new (text, strlen (text));

  assert_judged ("secure", role, content, says);
}

static void
assert_judged_file (PnRole role, const char *file, const char *says)
{
  g_autoptr (GBytes) content = read_input (file);

  assert_judged ("secure", role, content, says);
}

static GBytes *
sign_with (const char *key, const char *file)
{
  g_autoptr (PnSigner) signer = open_signer (key);
  g_autoptr (GBytes) content = read_input (file);
  g_autoptr (GError) error = NULL;
  PnSha256 digest = pn_sha256_bytes (content);
  GBytes *text = pn_sig_file_build (&digest, -1, 0, signer, NULL, &error);

  g_assert_no_error (error);
  return text;
}

static void
test_judged (void)
{
  static const char reading[] = "set_reboot_order=0x3\nrecovery_reboot=1\n";
  g_autofree char *locking = g_strconcat ("program_pubkey=1\n", reading, NULL);
  g_autofree char *more = g_strconcat (locking, "program_jtag_lock=1\n", NULL);
  g_autoptr (GBytes) foreign = sign_with ("vendor.pem", "secure/gadget.img");

  assert_judged_text (PN_ROLE_RECOVERY_CONFIG_INSPECT, locking, "recovery-config-inspect");
  assert_judged_text (PN_ROLE_RECOVERY_CONFIG_UPDATE, locking, "recovery-config-update");
  assert_judged_text (PN_ROLE_RECOVERY_CONFIG_LOCK, more, "recovery-config-lock");
  assert_judged_text (PN_ROLE_RECOVERY_CONFIG_LOCK, reading, "recovery-config-lock");
  assert_judged_text (PN_ROLE_GADGET_CONFIG, "boot_ramdisk=0\n", "gadget-config");
  assert_judged_file (PN_ROLE_RECOVERY, "secure/recovery-countersigned.bin", "as it was published");
  assert_judged_file (PN_ROLE_RECOVERY_COUNTERSIGNED, "secure/recovery.bin", "counter-signed");
  assert_judged_file (PN_ROLE_BOOTFILES, "secure/bootfiles-countersigned.bin",
                      "as it was published");
  assert_judged_file (PN_ROLE_BOOTFILES_COUNTERSIGNED, "bootfiles.bin", "counter-signed");
  assert_judged_file (PN_ROLE_EEPROM, "pieeprom.bin", "pieeprom.sig");
  assert_judged ("secure", PN_ROLE_GADGET_SIGNATURE, foreign, "gadget");
  assert_judged_file (PN_ROLE_ROOT_METADATA, "secure/boot-partition.simg", "expands");
  assert_judged_file (PN_ROLE_ROOT_FILESYSTEM, "secure/recovery.bin", "root-filesystem");
  assert_judged_file (PN_ROLE_GADGET, "recovery.bin", "not a boot image");
}

/* A gadget that carries an EEPROM image would make loaders update themselves. */
static void
test_self_update (void)
{
  g_autoptr (GPtrArray) files = g_ptr_array_new_with_free_func ((GDestroyNotify) pn_fat_file_free);
  PnFatParameters parameters = { .n_fats = 1, .sectors_per_cluster = 1, .label = "BOOT" };
  g_autoptr (GBytes) content = g_bytes_new_static ("x", 1);
  g_autoptr (GError) error = NULL;
  g_autoptr (GBytes) image = NULL;

  g_ptr_array_add (files, pn_fat_file_new ("PIEEPROM.UPD", content));
  image = pn_fat_build_bytes (files, &parameters, &error);
  g_assert_no_error (error);
  assert_judged ("naked", PN_ROLE_GADGET, image, "update themselves");
}

/* Signed parts do not belong into a bundle without a key: the device would not boot (H-2). */
static void
test_signed_in_naked (void)
{
  g_autoptr (GBytes) eeprom = read_input ("secure/pieeprom.bin");
  g_autoptr (GBytes) recovery = read_input ("secure/recovery-countersigned.bin");
  g_autoptr (GBytes) disk = read_input ("secure/root-metadata.simg");

  assert_judged ("naked", PN_ROLE_EEPROM, eeprom, "pieeprom.sig");
  assert_judged ("naked", PN_ROLE_RECOVERY, recovery, "as it was published");
  assert_judged ("naked", PN_ROLE_DISK, disk, "expands");
}

/* A gold master whose root file system somebody changed with debugfs; 46137344 is where it begins.
 */
#define CHANGED(request)                                                                           \
  "cp gold-master.img bad.img && PATH=$PATH:/usr/sbin debugfs -w -R '" request                     \
  "' 'bad.img?offset=46137344'"
#define KERNEL_V8 "/usr/lib/modules/6.12.34+rpt-rpi-v8/"

static const struct
{
  const char *shell; /* makes what is wrong, in the fixture's folder */
  PnMode mode;
  const char *image;
  const char *more;
  PnError code;
  const char *says;
} refusals[] = {
  { "true", PN_MODE_SECURE_BOOT, "missing.img", "", PN_ERROR_NOT_FOUND, "missing.img" },
  { "head -c 60000000 gold-master.img > bad.img", PN_MODE_SECURE_BOOT, "bad.img", "",
    PN_ERROR_INVALID_DATA, "bad.img" },
  { ": > bad.img", PN_MODE_NAKED, "bad.img", "", PN_ERROR_INVALID_DATA, "empty" },
  { "cp gold-master.img bad.img && dd if=/dev/zero of=bad.img bs=1M seek=4 count=1 conv=notrunc",
    PN_MODE_SECURE_BOOT, "bad.img", "", PN_ERROR_NOT_SUPPORTED, "no boot partition" },
  { "cp gold-master.img bad.img && dd if=/dev/zero of=bad.img bs=1M seek=44 count=1 conv=notrunc",
    PN_MODE_SECURE_BOOT, "bad.img", "", PN_ERROR_NOT_SUPPORTED, "no root partition" },
  { CHANGED ("feature needs_recovery"), PN_MODE_SECURE_BOOT, "bad.img", "", PN_ERROR_INVALID_DATA,
    "not cleanly unmounted" },
  { CHANGED ("set_super_value state 3"), PN_MODE_NAKED, "bad.img", "", PN_ERROR_INVALID_DATA,
    "marked as damaged" },
  { CHANGED ("set_super_value state 0"), PN_MODE_SECURE_BOOT, "bad.img", "", PN_ERROR_INVALID_DATA,
    "not cleanly unmounted" },
  { CHANGED ("feature bigalloc"), PN_MODE_SECURE_BOOT, "bad.img", "", PN_ERROR_NOT_SUPPORTED,
    "bigalloc" },
  { CHANGED ("feature FEATURE_I31"), PN_MODE_SECURE_BOOT, "bad.img", "", PN_ERROR_NOT_SUPPORTED,
    "feature" },
  { CHANGED ("rm " KERNEL_V8 "kernel/drivers/md/dm-crypt.ko.xz"), PN_MODE_SECURE_BOOT, "bad.img",
    "", PN_ERROR_NOT_FOUND, "Kernel 6.12.34+rpt-rpi-v8 of the image" },
  { CHANGED ("rm " KERNEL_V8 "kernel/drivers/md/dm-mod.ko.xz"), PN_MODE_SECURE_BOOT, "bad.img", "",
    PN_ERROR_NOT_FOUND, "The root file system has no " KERNEL_V8 "kernel/drivers/md/dm-mod" },
  { CHANGED ("rm " KERNEL_V8 "modules.dep"), PN_MODE_SECURE_BOOT, "bad.img", "", PN_ERROR_NOT_FOUND,
    "6.12.34+rpt-rpi-v8" },
  { CHANGED ("rm " KERNEL_V8 "modules.alias"), PN_MODE_SECURE_BOOT, "bad.img", "",
    PN_ERROR_NOT_FOUND, "crypto-xts(aes)" },
  { "gzip -1 < recovery.bin > bad.img", PN_MODE_NAKED, "bad.img", "", PN_ERROR_NOT_SUPPORTED,
    "gzip" },
  { "true", PN_MODE_SECURE_BOOT, "gold-master.img", "[Key]\nPem=missing.pem\n", PN_ERROR_NOT_FOUND,
    "missing.pem" },
  { "true", PN_MODE_SECURE_BOOT, "gold-master.img", "[Key]\nPem=public.pem\n", PN_ERROR_KEY,
    "public key" },
  { "openssl genrsa -out bad.pem 3072", PN_MODE_SECURE_BOOT, "gold-master.img",
    "[Key]\nPem=bad.pem\n", PN_ERROR_KEY, "2048" },
  { "openssl ecparam -genkey -name prime256v1 -out bad.pem", PN_MODE_SECURE_BOOT, "gold-master.img",
    "[Key]\nPem=bad.pem\n", PN_ERROR_KEY, "RSA" },
  { "openssl pkcs8 -topk8 -in customer.pem -passout pass:secret -out bad.pem", PN_MODE_SECURE_BOOT,
    "gold-master.img", "[Key]\nPem=bad.pem\n", PN_ERROR_KEY, "passphrase" },
  { "printf '\\125\\252\\360\\017\\000\\000\\020\\000' > bad.bin && head -c 524280 /dev/zero | "
    "tr '\\0' '\\377' >> bad.bin",
    PN_MODE_SECURE_BOOT, "gold-master.img", "[Firmware]\nEeprom=bad.bin\n", PN_ERROR_WRONG_DEVICE,
    "bcm2711" },
  { "head -c 1000000 pieeprom.bin > bad.bin", PN_MODE_NAKED, "gold-master.img",
    "[Firmware]\nEeprom=bad.bin\n", PN_ERROR_INVALID_DATA, "bad.bin" },
  { "LC_ALL=C sed 's/BUILD_TIMESTAMP=1[0-9]/BUILD_TIMESTAMP=10/' pieeprom.bin > bad.bin",
    PN_MODE_SECURE_BOOT, "gold-master.img", "[Firmware]\nEeprom=bad.bin\n", PN_ERROR_NOT_SUPPORTED,
    "too old" },
  { "true", PN_MODE_SECURE_BOOT, "gold-master.img", "[Firmware]\nRecovery=pieeprom.bin\n",
    PN_ERROR_INVALID_DATA, "recovery.bin" },
  { "head -c -1 recovery.bin > bad.bin", PN_MODE_NAKED, "gold-master.img",
    "[Firmware]\nRecovery=bad.bin\n", PN_ERROR_SIGNATURE, "bad.bin" },
  { "cp secure/recovery-countersigned.bin bad.bin", PN_MODE_SECURE_BOOT, "gold-master.img",
    "[Firmware]\nRecovery=bad.bin\n", PN_ERROR_EXISTS, "already" },
  { "true", PN_MODE_SECURE_BOOT, "gold-master.img", "[Firmware]\nBootfiles=recovery.bin\n",
    PN_ERROR_INVALID_DATA, "recovery.bin" },
  { "true", PN_MODE_SECURE_BOOT, "gold-master.img", "[Firmware]\nGadget=recovery.bin\n",
    PN_ERROR_INVALID_DATA, "not a boot image" },
  { "true", PN_MODE_SECURE_BOOT, "gold-master.img", "[Firmware]\nInitramfs=recovery.bin\n",
    PN_ERROR_INVALID_DATA, "initramfs" },
  { "yes '#' | head -c 4077 > bad.conf", PN_MODE_SECURE_BOOT, "gold-master.img",
    "[Firmware]\nConfig=bad.conf\n", PN_ERROR_NO_SPACE, "4077" },
  { "printf '[all]\\nSIGNED_BOOT=1\\n' > bad.conf", PN_MODE_NAKED, "gold-master.img",
    "[Firmware]\nConfig=bad.conf\n", PN_ERROR_SIGNATURE, "SIGNED_BOOT" },
};

static void
test_refusals (void)
{
  for (guint i = 0; i < G_N_ELEMENTS (refusals); i++)
    {
      g_autoptr (GError) error = NULL;
      gboolean made;

      g_assert_true (run ("sh", "-c", refusals[i].shell, NULL));
      made = prepare (refusals[i].mode, PN_STORAGE_EMMC, refusals[i].image, refusals[i].more,
                      "refused", NULL, &error);
      g_test_message ("%u: %s", i, error != NULL ? error->message : "made");
      g_assert_false (made);
      g_assert_nonnull (error);
      if (!g_error_matches (error, PN_ERROR, (int) refusals[i].code) ||
          strstr (error->message, refusals[i].says) == NULL)
        {
          g_test_message ("but code %u and “%s” were expected", refusals[i].code, refusals[i].says);
          g_test_fail ();
        }
      assert_nothing_left ("refused");
    }
}

static void
test_exists (void)
{
  g_autoptr (GError) error = NULL;

  g_assert_false (prepare (PN_MODE_SECURE_BOOT, PN_STORAGE_EMMC, "gold-master.img", "", "secure",
                           NULL, &error));
  g_assert_error (error, PN_ERROR, PN_ERROR_EXISTS);
  g_assert_true (g_file_test (fixture.folder, G_FILE_TEST_IS_DIR));
}

static void
test_cancelled (void)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (PnRecipe) recipe =
      make_recipe (PN_MODE_SECURE_BOOT, PN_STORAGE_EMMC, "gold-master.img", "", &error);
  g_autoptr (PnSigner) signer = open_signer ("customer.pem");
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  g_autofree char *path = path_of ("refused");

  g_cancellable_cancel (cancellable);
  g_assert_false (
      pn_prepare (recipe, signer, path, TIMESTAMP, NULL, NULL, NULL, cancellable, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  assert_nothing_left ("refused");
}

typedef struct
{
  GCancellable *cancellable;
  guint n_calls, n_files;
} Watched;

static void
progress_cb (guint64 done, guint64 total, gpointer user_data)
{
  Watched *self = user_data;

  g_assert_cmpuint (done, <=, total);
  self->n_calls++;
  self->n_files += done == total;
  if (self->cancellable != NULL && done > 0)
    g_cancellable_cancel (self->cancellable);
}

/* Every sparse file is followed to its end; cancelled in the middle of one, nothing stays. */
static void
test_progress (void)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (PnRecipe) recipe =
      make_recipe (PN_MODE_SECURE_BOOT, PN_STORAGE_EMMC, "gold-master.img", "", &error);
  g_autoptr (PnSigner) signer = open_signer ("customer.pem");
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  g_autofree char *path = path_of ("watched");
  Watched watched = { 0 };

  pn_prepare (recipe, signer, path, TIMESTAMP, NULL, progress_cb, &watched, NULL, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (watched.n_files, ==, 3);
  g_assert_true (run ("rm", "-r", "watched", NULL));
  watched.cancellable = cancellable;
  g_assert_false (pn_prepare (recipe, signer, path, TIMESTAMP, NULL, progress_cb, &watched,
                              cancellable, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  assert_nothing_left ("watched");
}

/* A recipe for one key refuses another one, before anything is made. */
static void
test_fingerprint (void)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (PnSigner) signer = open_signer ("customer.pem");
  PnSha256 digest = pn_public_key_get_fingerprint (pn_signer_get_public_key (signer));
  g_autofree char *hex = pn_sha256_to_hex (&digest);
  g_autofree char *fine = g_strconcat ("[Key]\nFingerprint=", hex, "\n", NULL);
  g_autofree char *other = NULL;

  prepare (PN_MODE_SECURE_BOOT, PN_STORAGE_EMMC, "gold-master.img", fine, "pinned", NULL, &error);
  g_assert_no_error (error);
  hex[0] = hex[0] == '0' ? '1' : '0';
  other = g_strconcat ("[Key]\nFingerprint=", hex, "\n", NULL);
  g_assert_false (prepare (PN_MODE_SECURE_BOOT, PN_STORAGE_EMMC, "gold-master.img", other,
                           "refused", NULL, &error));
  g_assert_error (error, PN_ERROR, PN_ERROR_KEY);
  assert_nothing_left ("refused");
}

/* The vendor's published EEPROM and recovery, and an image made of real packages where the tool
 * for it can get them without a network. */
static void
test_published (void)
{
  const char *vectors = g_getenv ("PUNNET_VECTORS");
  g_autofree char *firmware =
      vectors != NULL ? g_build_filename (vectors, "eeprom", "inputs", "2712", NULL) : NULL;
  g_autofree char *maker =
      vectors != NULL ? g_build_filename (vectors, "..", "tools", "make-gold-master", NULL) : NULL;
  g_autoptr (GError) error = NULL;
  g_autofree char *lines = NULL;
  g_autofree char *naked_lines = NULL;
  const char *image = "real.img";

  if (firmware == NULL || !g_file_test (firmware, G_FILE_TEST_IS_DIR))
    {
      g_test_skip ("needs ../shared/vectors");
      return;
    }
  if (!g_file_test (maker, G_FILE_TEST_EXISTS) ||
      !run ("python3", maker, "--output", image, "--size", "small", "--offline", NULL))
    {
      g_test_message ("no packages for a real image: the stand-in is taken");
      image = "gold-master.img";
    }
  naked_lines = g_strdup_printf ("[Firmware]\nEeprom=%s/pieeprom-2026-05-26.bin\n"
                                 "Recovery=%s/recovery.bin\n",
                                 firmware, firmware);
  prepare (PN_MODE_SECURE_BOOT, PN_STORAGE_NVME, image, naked_lines, "published", NULL, &error);
  g_assert_no_error (error);
  judge ("published", image, "public.pem");
  prepare (PN_MODE_NAKED, PN_STORAGE_SD, image, naked_lines, "published-naked", NULL, &error);
  g_assert_no_error (error);
  judge ("published-naked", image, NULL);
}

int
main (int argc, char **argv)
{
  g_autofree char *standins = NULL;
  g_autofree char *image_maker = NULL;
  int status;

  g_test_init (&argc, &argv, NULL);
  standins = tool ("punnet-standins");
  image_maker = tool ("make-standin-image");
  fixture.folder = g_dir_make_tmp ("punnet-test-XXXXXX", NULL);
  g_assert_nonnull (fixture.folder);
  g_assert_true (run (standins, fixture.folder, NULL));
  g_assert_true (run (image_maker, "gold-master.img", "64", NULL));
  g_assert_true (
      run ("openssl", "rsa", "-in", "customer.pem", "-pubout", "-out", "public.pem", NULL));
  g_test_add_func ("/prepare/secure", test_secure);
  g_test_add_func ("/prepare/naked", test_naked);
  g_test_add_func ("/prepare/fde-only", test_fde_only);
  g_test_add_func ("/prepare/options", test_options);
  g_test_add_func ("/prepare/reproducible", test_reproducible);
  g_test_add_func ("/prepare/refusals", test_refusals);
  g_test_add_func ("/prepare/exists", test_exists);
  g_test_add_func ("/prepare/cancelled", test_cancelled);
  g_test_add_func ("/prepare/progress", test_progress);
  g_test_add_func ("/prepare/fingerprint", test_fingerprint);
  g_test_add_func ("/prepare/published", test_published);
  g_test_add_func ("/bundle/altered-secure", test_altered_secure);
  g_test_add_func ("/bundle/altered-naked", test_altered_naked);
  g_test_add_func ("/bundle/strange-files", test_strange_files);
  g_test_add_func ("/bundle/judged", test_judged);
  g_test_add_func ("/bundle/self-update", test_self_update);
  g_test_add_func ("/bundle/signed-in-naked", test_signed_in_naked);
  status = g_test_run ();
  g_assert_true (run ("rm", "-rf", fixture.folder, NULL));
  g_free (fixture.folder);
  return status;
}
