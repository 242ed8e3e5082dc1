/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "pn-test-kit.h"

#include "pn-bootfiles.h"
#include "pn-ext4.h"
#include "pn-io.h"
#include "pn-layout.h"
#include "pn-sparse.h"

#define MIB (G_GUINT64_CONSTANT (1024) * 1024)
#define DISK (320 * MIB)
#define SET_DISK (640 * MIB)

static const PnTestKit kits[] = {
  { .model = "cm5",
    .chip = PN_CHIP_BCM2712,
    .mode = PN_MODE_SECURE_BOOT,
    .storage = PN_STORAGE_EMMC,
    .other_storage = PN_STORAGE_SD,
    .permanent = "JtagLock=true\n" },
  { .model = "pi4",
    .chip = PN_CHIP_BCM2711,
    .mode = PN_MODE_SECURE_BOOT,
    .storage = PN_STORAGE_SD,
    .other_storage = PN_STORAGE_NVME,
    .permanent = "JtagLock=true\n" },
  { .model = "cm5",
    .chip = PN_CHIP_BCM2712,
    .mode = PN_MODE_FDE_ONLY,
    .storage = PN_STORAGE_NVME,
    .other_storage = PN_STORAGE_EMMC,
    .permanent = "" },
  { .model = "cm4",
    .chip = PN_CHIP_BCM2711,
    .mode = PN_MODE_FDE_ONLY,
    .storage = PN_STORAGE_EMMC,
    .other_storage = PN_STORAGE_SD,
    .permanent = "" },
  { .model = "zero2w",
    .chip = PN_CHIP_BCM2710,
    .mode = PN_MODE_FDE_ONLY,
    .storage = PN_STORAGE_SD,
    .other_storage = PN_STORAGE_EMMC,
    .permanent = "" },
  { .model = "cm5",
    .chip = PN_CHIP_BCM2712,
    .mode = PN_MODE_NAKED,
    .storage = PN_STORAGE_EMMC,
    .other_storage = PN_STORAGE_SD,
    .permanent = "" },
  { .model = "pi400",
    .chip = PN_CHIP_BCM2711,
    .mode = PN_MODE_NAKED,
    .storage = PN_STORAGE_SD,
    .other_storage = PN_STORAGE_NVME,
    .permanent = "DeviceKey=true\n" },
  { .model = "zero2w",
    .chip = PN_CHIP_BCM2710,
    .mode = PN_MODE_NAKED,
    .storage = PN_STORAGE_SD,
    .other_storage = PN_STORAGE_EMMC,
    .permanent = "" },
  { .model = "cm5",
    .chip = PN_CHIP_BCM2712,
    .mode = PN_MODE_SECURE_BOOT,
    .storage = PN_STORAGE_EMMC,
    .other_storage = PN_STORAGE_SD,
    .layout = "slots",
    .permanent = "" },
  /* The image over the network. */
  { .model = "cm5",
    .chip = PN_CHIP_BCM2712,
    .mode = PN_MODE_NAKED,
    .storage = PN_STORAGE_EMMC,
    .other_storage = PN_STORAGE_SD,
    .permanent = "",
    .network = TRUE },
  { .model = "pi4",
    .chip = PN_CHIP_BCM2711,
    .mode = PN_MODE_SECURE_BOOT,
    .storage = PN_STORAGE_SD,
    .other_storage = PN_STORAGE_NVME,
    .permanent = "",
    .network = TRUE },
  { .model = "cm5",
    .chip = PN_CHIP_BCM2712,
    .mode = PN_MODE_NAKED,
    .storage = PN_STORAGE_EMMC,
    .other_storage = PN_STORAGE_SD,
    .layout = "raw",
    .permanent = "",
    .network = TRUE },
};

PnBundle *
pn_test_kit_open (const PnTestKit *self)
{
  g_autofree char *more = g_strconcat (self->permanent, self->network ? PN_TEST_NETWORK : "", NULL);

  return self->layout != NULL
             ? pn_test_inputs_set_bundle_with (self->inputs, self->chip, self->mode, self->storage,
                                               self->layout, more)
             : pn_test_inputs_bundle_with (self->inputs, self->chip, self->mode, self->storage,
                                           more);
}

static PnRuns *
parse (PnBundle *bundle, PnRole role)
{
  const PnArtefact *artefact = pn_manifest_find (pn_bundle_get_manifest (bundle), role);
  g_autoptr (GError) error = NULL;
  PnRuns *runs = pn_sparse_parse_fd (pn_bundle_get_fd (bundle, role), 0, artefact->size,
                                     PN_SPARSE_STRICT, &error);

  g_assert_no_error (error);
  return runs;
}

static void
add_served (PnTestKit *kit, GBytes *bytes)
{
  PnSha256 digest = pn_sha256_bytes (bytes);

  g_hash_table_add (kit->served, pn_sha256_to_hex (&digest));
}

/* The artefacts that a boot ROM gets, and what is in those that are archives. */
static void
list_served (PnTestKit *kit)
{
  PnManifest *manifest = kit->contents.manifest;

  kit->served = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  for (PnRole role = PN_ROLE_RECOVERY; role <= PN_ROLE_GADGET_CONFIG; role++)
    {
      g_autoptr (GMappedFile) file = NULL;
      g_autoptr (GBytes) bytes = NULL;
      g_autoptr (GPtrArray) files = NULL;

      if (pn_manifest_find (manifest, role) == NULL)
        continue;
      file = g_mapped_file_new_from_fd (pn_bundle_get_fd (kit->bundle, role), FALSE, NULL);
      bytes = g_mapped_file_get_bytes (file);
      add_served (kit, bytes);
      if (role != PN_ROLE_BOOTFILES && role != PN_ROLE_BOOTFILES_COUNTERSIGNED)
        continue;
      files = pn_bootfiles_parse (bytes, NULL);
      for (guint i = 0; i < files->len; i++)
        add_served (kit, ((PnBootfile *) files->pdata[i])->content);
    }
}

static PnRuns *
get_root (const PnTestKit *self, int grown_fd)
{
  g_autoptr (PnRuns) base = parse (self->bundle, PN_ROLE_ROOT_FILESYSTEM);
  g_autoptr (GError) error = NULL;
  goffset size = pn_file_size (grown_fd, &error);
  g_autoptr (PnRuns) grown = NULL;

  g_assert_no_error (error);
  grown = pn_sparse_parse_fd (grown_fd, 0, (guint64) size, PN_SPARSE_STRICT, &error);
  g_assert_no_error (error);
  return pn_runs_overlay (base, grown);
}

static void
prepare (PnTestKit *kit, PnTestInputs *inputs)
{
  PnTestContents *contents = &kit->contents;
  g_autoptr (PnRuns) metadata = NULL;
  g_autoptr (PnRuns) grown = NULL;
  g_autoptr (GError) error = NULL;

  kit->inputs = inputs;
  g_mutex_init (&kit->mutex);
  kit->seconds = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  kit->disk = kit->layout != NULL ? SET_DISK : DISK;
  kit->name = g_strdup_printf ("%s-%s-%s%s%s", pn_mode_to_word (kit->mode),
                               pn_chip_to_word (kit->chip), pn_storage_to_word (kit->storage),
                               kit->layout != NULL ? "-set" : "", kit->network ? "-network" : "");
  kit->bundle = pn_test_kit_open (kit);
  contents->manifest = pn_bundle_get_manifest (kit->bundle);
  list_served (kit);
  if (kit->layout != NULL)
    {
      contents->set = kit->bundle;
      return;
    }
  if (kit->mode == PN_MODE_NAKED)
    {
      contents->disk = parse (kit->bundle, PN_ROLE_DISK);
      return;
    }
  contents->boot = parse (kit->bundle, PN_ROLE_BOOT_PARTITION);
  metadata = parse (kit->bundle, PN_ROLE_ROOT_METADATA);
  kit->grown_size = kit->disk - PN_LAYOUT_GRAIN -
                    pn_manifest_get_boot_partition_size (contents->manifest) -
                    PN_LAYOUT_LUKS_HEADER;
  grown = pn_ext4_grow (metadata, kit->grown_size, NULL, &error);
  g_assert_no_error (error);
  kit->grown_fd = pn_temporary_file (&error);
  g_assert_no_error (error);
  g_assert_true (pn_sparse_write_fd (grown, kit->grown_fd, NULL, &error));
  contents->root = get_root (kit, kit->grown_fd);
}

static void
clear (PnTestKit *kit)
{
  g_clear_pointer (&kit->contents.disk, pn_runs_free);
  g_clear_pointer (&kit->contents.boot, pn_runs_free);
  g_clear_pointer (&kit->contents.root, pn_runs_free);
  g_clear_pointer (&kit->bundle, pn_bundle_free);
  if (kit->grown_size != 0)
    pn_fd_close (kit->grown_fd);
  g_clear_pointer (&kit->seconds, g_hash_table_unref);
  g_clear_pointer (&kit->served, g_hash_table_unref);
  g_mutex_clear (&kit->mutex);
  g_clear_pointer (&kit->name, g_free);
  g_clear_pointer (&kit->done, g_free);
}

PnTestKit *
pn_test_kits_new (PnTestInputs *inputs, guint wanted, guint *n_kits)
{
  PnTestKit *all = g_new0 (PnTestKit, G_N_ELEMENTS (kits));

  *n_kits = 0;
  for (guint i = 0; i < G_N_ELEMENTS (kits); i++)
    if ((wanted & 1u << i) != 0)
      {
        all[*n_kits] = kits[i];
        prepare (&all[(*n_kits)++], inputs);
      }
  return all;
}

void
pn_test_kits_free (PnTestKit *all, guint n_kits)
{
  for (guint i = 0; i < n_kits; i++)
    clear (&all[i]);
  g_free (all);
}
