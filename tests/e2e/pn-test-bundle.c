/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "pn-test-bundle.h"

#include <fcntl.h>
#include <glib/gstdio.h>

#include "pn-io.h"
#include "pn-pem-signer.h"
#include "pn-prepare.h"

#define GOLD_MASTER "gold-master.img"
#define TIMESTAMP 1760000000 /* the one recorded clock of the test's bundles */

/* @arguments ends with NULL. */
static void
run_tool (const char *tool, const char *const *arguments)
{
  g_autofree char *path =
      g_build_filename (g_getenv ("PUNNET_BUILD_ROOT"), "tests", "tools", tool, NULL);
  g_autoptr (GPtrArray) argv = g_ptr_array_new ();
  g_autoptr (GError) error = NULL;
  g_autofree char *complaint = NULL;
  int status;

  g_ptr_array_add (argv, path);
  for (guint i = 0; arguments[i] != NULL; i++)
    g_ptr_array_add (argv, (gpointer) arguments[i]);
  g_ptr_array_add (argv, NULL);
  g_spawn_sync (NULL, (char **) argv->pdata, NULL, G_SPAWN_STDOUT_TO_DEV_NULL, NULL, NULL, NULL,
                &complaint, &status, &error);
  g_assert_no_error (error);
  if (status != 0)
    g_test_message ("%s: %s", tool, complaint);
  g_assert_cmpint (status, ==, 0);
}

PnTestInputs *
pn_test_inputs_new (void)
{
  PnTestInputs *self = g_new0 (PnTestInputs, 1);
  g_autoptr (GError) error = NULL;
  g_autofree char *image = NULL;
  g_autofree char *hash_file = NULL;
  g_autofree char *hash = NULL;

  self->folder = g_dir_make_tmp ("punnet-test-XXXXXX", &error);
  g_assert_no_error (error);
  run_tool ("punnet-standins", (const char *const[]){ self->folder, NULL });
  image = g_build_filename (self->folder, "gold-master.img", NULL);
  run_tool ("make-standin-image", (const char *const[]){ image, NULL });
  hash_file = g_build_filename (self->folder, "vendor-key-hash.txt", NULL);
  g_file_get_contents (hash_file, &hash, NULL, &error);
  g_assert_no_error (error);
  g_assert_true (pn_sha256_from_hex (g_strstrip (hash), &self->rom_key_hash));
  return self;
}

static void
remove_tree (const char *path)
{
  g_autoptr (GDir) dir = g_dir_open (path, 0, NULL);
  const char *name;

  while (dir != NULL && (name = g_dir_read_name (dir)) != NULL)
    {
      g_autofree char *child = g_build_filename (path, name, NULL);

      remove_tree (child);
    }
  (void) g_remove (path);
}

void
pn_test_inputs_free (PnTestInputs *self)
{
  remove_tree (self->folder);
  g_free (self->folder);
  g_free (self);
}

static void
say_cb (const char *sentence, gboolean warning, gpointer user_data)
{
  g_test_message ("%s%s", warning ? "warning: " : "", sentence);
}

/* The key is named in every mode: only one may use it. */
static void
prepare (PnTestInputs *self,
         PnChip chip,
         PnMode mode,
         PnStorage storage,
         const char *image,
         const char *more,
         const char *output)
{
  static const char *const firmware[] = {
    [PN_CHIP_BCM2710] = "Bootfiles=fastboot-gadget.2710-bootfiles-bin\n",
    [PN_CHIP_BCM2711] = "Eeprom=bootloader-2711/default/pieeprom.bin\n"
                        "Recovery=bootloader-2711/default/recovery.bin\n"
                        "Bootfiles=bootloader-2711/default/bootfiles.bin\n"
                        "Gadget=fastboot-gadget.img\n",
    [PN_CHIP_BCM2712] = "Eeprom=pieeprom.bin\nRecovery=recovery.bin\nBootfiles=bootfiles.bin\n"
                        "Gadget=fastboot-gadget.img\n",
  };
  gboolean set = !g_str_equal (image, GOLD_MASTER);
  gboolean gpio = mode == PN_MODE_SECURE_BOOT && chip == PN_CHIP_BCM2711;
  g_autofree char *text = g_strdup_printf (
      "[Recipe]\nName=test\nRevision=1\nMode=%s\nChip=%s\nStorage=%s\n"
      "[Image]\nFile=%s\n[Firmware]\n%sInitramfs=cryptroot_initramfs\n"
      "[Key]\nPem=customer.pem\n[Permanent]\n%s%s%s",
      pn_mode_to_word (mode), pn_chip_to_word (chip), pn_storage_to_word (storage), image,
      firmware[chip], gpio ? "RpibootGpio=8\n" : "", set ? "DeviceKey=true\n" : "", more);
  g_autoptr (GBytes) bytes = g_bytes_new (text, strlen (text));
  g_autoptr (GError) error = NULL;
  g_autoptr (PnRecipe) recipe = pn_recipe_parse (bytes, self->folder, &error);
  g_autoptr (PnSigner) signer = NULL;

  g_assert_no_error (error);
  if (mode == PN_MODE_SECURE_BOOT)
    {
      signer = pn_pem_signer_new_from_file (recipe->key, NULL, NULL, &error);
      g_assert_no_error (error);
    }
  pn_prepare (recipe, signer, output, TIMESTAMP, say_cb, NULL, NULL, NULL, &error);
  g_assert_no_error (error);
}

static const char *const classes[] = { "zero2w", "cm4", "cm5" }; /* of image sets */

/* Its folder's name. */
static char *
get_image (PnChip chip, PnStorage storage, const char *layout)
{
  return layout != NULL
             ? g_strdup_printf ("set-%s-%s-%s", layout, classes[chip], pn_storage_to_word (storage))
             : g_strdup (GOLD_MASTER);
}

char *
pn_test_inputs_get_bundle_folder (PnTestInputs *self,
                                  PnChip chip,
                                  PnMode mode,
                                  PnStorage storage,
                                  const char *layout,
                                  const char *more)
{
  static const char *const others[] = { "bcm2710-", "bcm2711-", "" };
  g_autofree char *image = layout != NULL ? get_image (chip, storage, layout) : NULL;
  g_autofree char *kind =
      more[0] != '\0' ? g_strdup_printf ("-%x", g_str_hash (more)) : g_strdup ("");
  g_autofree char *name =
      g_strdup_printf ("bundle-%s%s%s%s-%s%s", image != NULL ? image : "", image != NULL ? "-" : "",
                       others[chip], pn_mode_to_word (mode), pn_storage_to_word (storage), kind);

  return g_build_filename (self->folder, name, NULL);
}

/* @layout of an image set; NULL = an image. */
static PnBundle *
get_bundle (PnTestInputs *self,
            PnChip chip,
            PnMode mode,
            PnStorage storage,
            const char *layout,
            const char *more)
{
  g_autofree char *image = get_image (chip, storage, layout);
  g_autofree char *path =
      pn_test_inputs_get_bundle_folder (self, chip, mode, storage, layout, more);
  g_autoptr (GError) error = NULL;
  g_auto (PnFd) fd = -1;
  PnBundle *bundle;

  if (!g_file_test (path, G_FILE_TEST_EXISTS))
    prepare (self, chip, mode, storage, image, more, path);
  fd = pn_open (path, O_RDONLY | O_DIRECTORY, &error);
  g_assert_no_error (error);
  bundle = pn_bundle_open (fd, NULL, NULL, NULL, &error);
  g_assert_no_error (error);
  return bundle;
}

PnBundle *
pn_test_inputs_bundle (PnTestInputs *self, PnMode mode, PnStorage storage)
{
  return get_bundle (self, PN_CHIP_BCM2712, mode, storage, NULL, "");
}

PnBundle *
pn_test_inputs_bundle_for (PnTestInputs *self, PnChip chip, PnMode mode, PnStorage storage)
{
  return get_bundle (self, chip, mode, storage, NULL, "");
}

PnBundle *
pn_test_inputs_network_bundle (PnTestInputs *self, PnMode mode)
{
  return get_bundle (self, PN_CHIP_BCM2712, mode, PN_STORAGE_EMMC, NULL, PN_TEST_NETWORK);
}

PnBundle *
pn_test_inputs_bundle_with (
    PnTestInputs *self, PnChip chip, PnMode mode, PnStorage storage, const char *more)
{
  return get_bundle (self, chip, mode, storage, NULL, more);
}

PnBundle *
pn_test_inputs_set_bundle (PnTestInputs *self, PnMode mode, const char *layout)
{
  return pn_test_inputs_set_bundle_for (self, PN_CHIP_BCM2712, mode, PN_STORAGE_EMMC, layout);
}

PnBundle *
pn_test_inputs_set_bundle_with (PnTestInputs *self,
                                PnChip chip,
                                PnMode mode,
                                PnStorage storage,
                                const char *layout,
                                const char *more)
{
  const char *storage_word = pn_storage_to_word (storage);
  g_autofree char *name = get_image (chip, storage, layout);
  g_autofree char *folder = g_build_filename (self->folder, name, NULL);
  g_autofree char *image = g_build_filename (self->folder, GOLD_MASTER, NULL);
  const char *const arguments[] = { image, folder, layout, storage_word, classes[chip], NULL };

  if (!g_file_test (folder, G_FILE_TEST_EXISTS))
    run_tool ("make-standin-set", arguments);
  return get_bundle (self, chip, mode, storage, layout, more);
}

PnBundle *
pn_test_inputs_set_bundle_for (
    PnTestInputs *self, PnChip chip, PnMode mode, PnStorage storage, const char *layout)
{
  return pn_test_inputs_set_bundle_with (self, chip, mode, storage, layout, "");
}

PnBundle *
pn_test_inputs_network_set_bundle (PnTestInputs *self, PnMode mode, const char *layout)
{
  return pn_test_inputs_set_bundle_with (self, PN_CHIP_BCM2712, mode, PN_STORAGE_EMMC, layout,
                                         PN_TEST_NETWORK);
}

PnVirtualDevice *
pn_test_inputs_device (
    PnTestInputs *self, const char *name, PnStorage storage, guint64 storage_size, gboolean strap)
{
  return pn_test_inputs_board (self, name, storage, storage_size, strap, 0);
}

PnVirtualDevice *
pn_test_inputs_board (PnTestInputs *self,
                      const char *name,
                      PnStorage storage,
                      guint64 storage_size,
                      gboolean strap,
                      guint32 board_revision)
{
  g_autofree char *folder = g_build_filename (self->folder, name, NULL);
  g_autofree char *serial = g_strdup_printf ("10000000%08x", g_str_hash (name));
  g_autoptr (GPtrArray) hashes = g_ptr_array_new ();
  g_autoptr (GError) error = NULL;
  PnVirtualBoard board = {
    .chip = PN_CHIP_BCM2712,
    .model = (char *) (storage == PN_STORAGE_NVME ? "Raspberry Pi 5 Model B Rev 1.0"
                                                  : "Raspberry Pi Compute Module 5 Rev 1.0"),
    .serial = serial,
    .board_revision = board_revision != 0          ? board_revision
                      : storage == PN_STORAGE_NVME ? 0xd04170
                                                   : 0xc04180,
    .mac = (char *) "2c:cf:67:00:00:01",
    .storage_kind = storage,
    .storage_size = storage_size,
    .storage_identifier = (char *) "1b534d45423151543012345678900145\n",
    .strap = strap,
    .rom_key_hashes = hashes,
  };
  PnVirtualDevice *device;

  g_ptr_array_add (hashes, &self->rom_key_hash);
  g_assert_cmpint (g_mkdir_with_parents (folder, 0700), ==, 0);
  device = pn_virtual_device_new (folder, &board, &error);
  g_assert_no_error (error);
  return device;
}

void
pn_test_be_pi_3 (PnVirtualBoard *board)
{
  board->model = (char *) "Raspberry Pi 3 Model B Plus Rev 1.3";
  board->board_revision = 0xa020d3;
}

void
pn_test_be_module_4s (PnVirtualBoard *board)
{
  board->model = (char *) "Raspberry Pi Compute Module 4S Rev 1.0";
  board->board_revision = 0xa03150;
}

PnVirtualDevice *
pn_test_inputs_model (PnTestInputs *self,
                      const char *name,
                      const char *model,
                      PnStorage storage,
                      guint64 storage_size,
                      PnTestBoardFunc change)
{
  g_autofree char *folder = g_build_filename (self->folder, name, NULL);
  g_autofree char *serial = g_strdup_printf ("10000000%08x", g_str_hash (name));
  g_autoptr (GPtrArray) hashes = g_ptr_array_new ();
  g_autoptr (GError) error = NULL;
  PnVirtualBoard board = { .serial = serial,
                           .mac = (char *) "2c:cf:67:00:00:01",
                           .rom_key_hashes = hashes };
  PnVirtualDevice *device;

  g_ptr_array_add (hashes, &self->rom_key_hash);
  pn_virtual_board_set_model (&board, model, &error);
  g_assert_no_error (error);
  pn_virtual_board_set_storage (&board, storage, storage_size);
  if (change != NULL)
    change (&board);
  g_assert_cmpint (g_mkdir_with_parents (folder, 0700), ==, 0);
  device = pn_virtual_device_new (folder, &board, &error);
  g_assert_no_error (error);
  return device;
}

PnJob
pn_test_job (PnBundle *bundle)
{
  PnManifest *manifest = pn_bundle_get_manifest (bundle);
  PnJob job = { .manifest = manifest, .limits = pn_limits_default () };

  job.artefacts = pn_bundle_get_fds (bundle);
  job.permit_permanent = TRUE;
  job.permit_fingerprint = pn_manifest_get_consent (manifest);
  /* A virtual device is off the bus for some 50 ms; a sanitizer makes everything slower. */
  job.limits.appear = 4000;
  job.limits.gadget = 8000;
  job.limits.replug = 10000;
  job.limits.rejected = 1000;
  job.limits.message = 5000;
  job.limits.command = 20000;
  job.limits.flash = 60000;
  return job;
}
