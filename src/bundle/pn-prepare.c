/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Image + recipe + signer → bundle. Everything is made in a folder beside the target, verified
 * there as a station would, and only then renamed. */
#include "config.h"

#include "pn-prepare-private.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "pn-boot-image.h"
#include "pn-bootcode.h"
#include "pn-bootfiles.h"
#include "pn-bootloader-config.h"
#include "pn-bundle-private.h"
#include "pn-chip.h"
#include "pn-eeprom.h"
#include "pn-image-store.h"
#include "pn-initramfs.h"
#include "pn-io.h"
#include "pn-recipe-files.h"
#include "pn-sentence.h"
#include "pn-sig-file.h"

#define MIB (1024 * 1024)
#define GRAIN (4 * MIB)             /* partitions are rounded up to it: fastboot.md §9.4 */
#define LUKS_HEADER (16 * MIB)      /* fastboot.md §9.5 */
#define MIN_FAT32 (36 * MIB)        /* 65525 clusters of 512 bytes, in grains */
#define MAX_BOOT_FILES (1024 * MIB) /* what a boot partition may hold */

static GBytes *
load (const char *path, GError **error)
{
  return pn_read_file (path, PN_FIRMWARE_MAX, error);
}

static gboolean
add_config (PnPreparing *self, PnRole role, const char *name, GError **error)
{
  g_autofree char *text = pn_manifest_make_config (self->manifest, role);
  g_autoptr (GBytes) content = g_bytes_new (text, strlen (text));

  return pn_preparing_add_bytes (self, role, name, content, error);
}

static GBytes *
bootloader_config (PnPreparing *self, GError **error)
{
  const PnRecipe *recipe = self->recipe;
  g_autoptr (GBytes) text = recipe->config != NULL ? pn_recipe_load_config (recipe->config, error)
                                                   : pn_bootloader_config_default (recipe->mode);
  g_autoptr (GBytes) signed_text = NULL;
  g_autoptr (GStrvBuilder) builder = g_strv_builder_new ();
  g_auto (GStrv) warnings = NULL;
  GBytes *matched;

  if (text == NULL)
    return NULL;
  signed_text =
      self->signer != NULL ? pn_bootloader_config_ensure_signed (text) : g_bytes_ref (text);
  if (!recipe->match_boot_order)
    return g_steal_pointer (&signed_text);
  matched = pn_bootloader_config_match_storage (signed_text, recipe->storage, builder);
  warnings = g_strv_builder_end (builder);
  for (guint i = 0; warnings[i] != NULL && self->say != NULL; i++)
    self->say (warnings[i], TRUE, self->user_data);
  return matched;
}

static gboolean
add_eeprom (PnPreparing *self, GError **error)
{
  g_autoptr (GBytes) source = NULL;
  g_autoptr (PnEeprom) eeprom = pn_recipe_load_eeprom (self->recipe->eeprom, self->recipe->chip,
                                                       self->recipe->mode, &source, error);
  g_autoptr (GBytes) config = NULL;
  g_autoptr (GBytes) image = NULL;
  g_autoptr (GBytes) sig = NULL;
  PnSha256 digest;

  if (eeprom == NULL)
    return FALSE;
  config = bootloader_config (self, error);
  if (config == NULL)
    return FALSE;
  image = pn_eeprom_build (source, config, self->signer, self->timestamp, self->cancellable, error);
  if (image == NULL)
    return FALSE;
  digest = pn_sha256_bytes (image);
  sig = pn_sig_file_build (&digest, self->timestamp, 0, self->signer, self->cancellable, error);
  return sig != NULL &&
         pn_preparing_add_bytes (self, PN_ROLE_EEPROM, "pieeprom.bin", image, error) &&
         pn_preparing_add_bytes (self, PN_ROLE_EEPROM_SIGNATURE, "pieeprom.sig", sig, error) &&
         add_config (self, PN_ROLE_RECOVERY_CONFIG_UPDATE, "recovery-update.txt", error);
}

static gboolean
add_recovery (PnPreparing *self, GError **error)
{
  const PnRecipe *recipe = self->recipe;
  g_autoptr (GBytes) plain =
      pn_recipe_load_recovery (recipe->recovery, recipe->chip, recipe->mode, error);
  g_autoptr (GBytes) ours = NULL;

  if (plain == NULL)
    return FALSE;
  if (!pn_preparing_add_bytes (self, PN_ROLE_RECOVERY, "recovery.bin", plain, error) ||
      !add_config (self, PN_ROLE_RECOVERY_CONFIG_INSPECT, "recovery-inspect.txt", error))
    return FALSE;
  if (self->signer == NULL)
    return TRUE;
  if (!add_config (self, PN_ROLE_RECOVERY_CONFIG_LOCK, "recovery-lock.txt", error) ||
      (recipe->jtag_lock &&
       !add_config (self, PN_ROLE_RECOVERY_CONFIG_JTAG, "recovery-jtag.txt", error)))
    return FALSE;
  if (!pn_chip_get_traits (recipe->chip)->countersigned)
    return TRUE;
  ours = pn_bootcode_countersign (plain, self->signer, self->cancellable, error);
  if (ours == NULL)
    {
      g_prefix_error (error, "%s: ", recipe->recovery);
      return FALSE;
    }
  return pn_preparing_add_bytes (self, PN_ROLE_RECOVERY_COUNTERSIGNED, "recovery-countersigned.bin",
                                 ours, error);
}

static gboolean
add_bootfiles (PnPreparing *self, GError **error)
{
  g_autoptr (GBytes) bootfiles = load (self->recipe->bootfiles, error);
  g_autoptr (GBytes) ours = NULL;

  if (bootfiles == NULL ||
      !pn_preparing_add_bytes (self, PN_ROLE_BOOTFILES, "bootfiles.bin", bootfiles, error))
    return FALSE;
  if (self->signer == NULL || !pn_chip_get_traits (self->recipe->chip)->countersigned)
    return TRUE;
  ours = pn_bootfiles_countersign (bootfiles, self->signer, self->cancellable, error);
  if (ours == NULL)
    {
      g_prefix_error (error, "%s: ", self->recipe->bootfiles);
      return FALSE;
    }
  return pn_preparing_add_bytes (self, PN_ROLE_BOOTFILES_COUNTERSIGNED,
                                 "bootfiles-countersigned.bin", ours, error);
}

/* Chips without a boot EEPROM have all of it in their bootfiles.bin. */
static gboolean
add_gadget (PnPreparing *self, GError **error)
{
  g_autoptr (GBytes) gadget = NULL;
  g_autoptr (GBytes) sig = NULL;
  PnSha256 digest;

  if (!pn_chip_get_traits (self->recipe->chip)->has_eeprom)
    return TRUE;
  gadget = load (self->recipe->gadget, error);
  if (gadget == NULL ||
      !pn_preparing_add_bytes (self, PN_ROLE_GADGET, "gadget.img", gadget, error) ||
      !add_config (self, PN_ROLE_GADGET_CONFIG, "gadget-config.txt", error))
    return FALSE;
  if (self->signer == NULL)
    return TRUE;
  digest = pn_sha256_bytes (gadget);
  sig = pn_sig_file_build (&digest, -1, 0, self->signer, self->cancellable, error);
  return sig != NULL &&
         pn_preparing_add_bytes (self, PN_ROLE_GADGET_SIGNATURE, "gadget.sig", sig, error);
}

static gboolean
edit_file (GPtrArray *files,
           const char *path,
           GBytes *(*edit) (GBytes *, GError **),
           GError **error)
{
  PnFatFile *file = pn_boot_find_file (files, path);
  GBytes *edited;

  if (file == NULL)
    {
      pn_set_error (error, PN_ERROR_NOT_FOUND,
                    "The image's boot partition has no %s: it would not boot", path);
      return FALSE;
    }
  edited = edit (file->content, error);
  if (edited == NULL)
    return FALSE;
  g_bytes_unref (file->content);
  file->content = edited;
  return TRUE;
}

static gboolean
put_initramfs (PnPreparing *self, GPtrArray *files, PnExt4 *root, GError **error)
{
  g_autoptr (GBytes) base = load (self->recipe->initramfs, error);
  g_autoptr (GPtrArray) kernels = g_ptr_array_new_with_free_func (g_free);
  g_autoptr (GBytes) initramfs = NULL;
  PnFatFile *file = pn_boot_find_file (files, "initramfs8");

  if (base == NULL)
    return FALSE;
  initramfs = pn_initramfs_build (base, root, NULL, pn_storage_to_disk (self->recipe->storage),
                                  kernels, self->cancellable, error);
  if (initramfs == NULL)
    return FALSE;
  for (guint i = 0; i < kernels->len; i++)
    pn_preparing_say (self, FALSE, "Pre-boot initramfs: modules of kernel %s",
                      (char *) kernels->pdata[i]);
  if (file == NULL)
    {
      g_ptr_array_add (files, pn_fat_file_new ("initramfs8", initramfs));
      return TRUE;
    }
  g_bytes_unref (file->content);
  file->content = g_steal_pointer (&initramfs);
  return TRUE;
}

/* boot.img, its signature where there is a key, and the line that starts it. */
GPtrArray *
pn_preparing_wrap_boot (PnPreparing *self, GPtrArray *files, GError **error)
{
  g_autoptr (GPtrArray) dropped = g_ptr_array_new_with_free_func (g_free);
  g_autoptr (GBytes) image = pn_boot_image_build (files, self->recipe->chip, dropped, error);
  g_autoptr (GPtrArray) outer = g_ptr_array_new_with_free_func ((GDestroyNotify) pn_fat_file_free);
  g_autoptr (GBytes) config =
      g_bytes_new_static (PN_MANIFEST_RAMDISK_CONFIG, strlen (PN_MANIFEST_RAMDISK_CONFIG));
  g_autoptr (GBytes) sig = NULL;
  PnSha256 digest;

  if (image == NULL)
    return NULL;
  pn_preparing_say (self, FALSE, "boot.img: %s MiB, %s files for other boards left out",
                    PN_NUMBER (g_bytes_get_size (image) / MIB), PN_NUMBER (dropped->len));
  if (g_bytes_get_size (image) > PN_BOOT_IMAGE_SOFT_LIMIT)
    pn_preparing_say (self, TRUE, "boot.img is larger than 128 MiB; boot loaders may refuse it");
  g_ptr_array_add (outer, pn_fat_file_new ("boot.img", image));
  if (self->signer != NULL)
    {
      digest = pn_sha256_bytes (image);
      sig = pn_sig_file_build (&digest, -1, 0, self->signer, self->cancellable, error);
      if (sig == NULL)
        return NULL;
      g_ptr_array_add (outer, pn_fat_file_new ("boot.sig", sig));
    }
  g_ptr_array_add (outer, pn_fat_file_new ("config.txt", config));
  return g_steal_pointer (&outer);
}

static gboolean
add_boot_partition (PnPreparing *self, GPtrArray *files, GError **error)
{
  g_autoptr (GPtrArray) outer = pn_chip_get_traits (self->recipe->chip)->has_eeprom
                                    ? pn_preparing_wrap_boot (self, files, error)
                                    : g_ptr_array_ref (files);
  g_autoptr (PnRuns) runs = NULL;
  guint64 content = 0;
  PnFatParameters parameters = { .n_fats = 2,
                                 .force_fat32 = TRUE,
                                 .sectors_per_cluster = 1,
                                 .label = "BOOT",
                                 .volume_id = 0x50756e6e };

  if (outer == NULL)
    return FALSE;
  for (guint i = 0; i < outer->len; i++)
    content += g_bytes_get_size (((PnFatFile *) outer->pdata[i])->content);
  parameters.size = MAX (MIN_FAT32, self->image->boot->size);
  /* It may have grown by the initramfs; room for an update beside it is not ours to give. */
  parameters.size = MAX (parameters.size, content * 9 / 8 + GRAIN);
  parameters.size = (parameters.size + GRAIN - 1) / GRAIN * GRAIN;
  runs = pn_fat_build (outer, &parameters, error);
  if (runs == NULL)
    return FALSE;
  self->manifest->boot_partition_size = parameters.size;
  return pn_preparing_add_runs (self, PN_ROLE_BOOT_PARTITION, "boot-partition.simg", runs, error);
}

static gboolean
add_root (PnPreparing *self, PnExt4 *root, GError **error)
{
  g_autoptr (PnRuns) used = pn_ext4_used_runs (root, error);
  g_autoptr (PnRuns) metadata = NULL;

  if (used == NULL ||
      !pn_preparing_add_runs (self, PN_ROLE_ROOT_FILESYSTEM, "root-filesystem.simg", used, error))
    return FALSE;
  metadata = pn_ext4_metadata_runs (root, error);
  return metadata != NULL &&
         pn_preparing_add_runs (self, PN_ROLE_ROOT_METADATA, "root-metadata.simg", metadata, error);
}

static gboolean
edit_fstab (PnPreparing *self, PnExt4 *root, GError **error)
{
  g_autoptr (GBytes) fstab = NULL;
  g_autoptr (GBytes) edited = NULL;

  if (!pn_ext4_exists (root, "/etc/fstab"))
    {
      pn_preparing_say (self, TRUE,
                        "The image has no /etc/fstab: the system mounts no boot partition");
      return TRUE;
    }
  fstab = pn_ext4_read_file (root, "/etc/fstab", MIB, error);
  edited = fstab != NULL ? pn_fstab_edit (fstab, error) : NULL;
  return edited != NULL &&
         pn_ext4_replace_file (root, "/etc/fstab", edited, self->timestamp, error);
}

/* Refuses what cannot be made into an encrypted system, and says what will be left out. */
static gboolean
check_sources (PnPreparing *self, GPtrArray *files, GError **error)
{
  guint n = self->image->table->partitions->len;
  gboolean chosen;

  if (!pn_boot_files_check (files, self->recipe->chip, &chosen, error))
    return FALSE;
  if (chosen)
    pn_preparing_say (
        self, TRUE,
        "config.txt chooses the kernel itself (kernel=, os_prefix=): try the bundle on one device "
        "before others");
  if (n > 2)
    pn_preparing_say (
        self, TRUE,
        "The image has %s partitions; only the boot and the root partition are taken over",
        PN_NUMBER (n));
  return TRUE;
}

/* What makes it an encrypted system must still be there afterwards. */
static gboolean
run_image_hooks (PnPreparing *self, GPtrArray *files, PnExt4 *root, GError **error)
{
  static const char *const needed[] = { "cmdline.txt", "config.txt", "initramfs8" };
  gboolean chosen;

  if (!pn_preparing_has_image_hooks (self))
    return TRUE;
  if (!pn_preparing_run_hooks (self, files, root, error))
    return FALSE;
  for (guint i = 0; i < G_N_ELEMENTS (needed); i++)
    if (pn_boot_find_file (files, needed[i]) == NULL)
      return pn_set_error (error, PN_ERROR_INVALID_DATA,
                           "After the hooks the boot partition has no %s: the system would not "
                           "start",
                           needed[i]);
  return pn_boot_files_check (files, self->recipe->chip, &chosen, error);
}

static gboolean
add_encrypted_system (PnPreparing *self, GError **error)
{
  PnImage *image = self->image;
  g_autoptr (PnFat) fat = pn_fat_open_fd (image->fd, image->boot->offset, image->boot->size, error);
  g_autoptr (PnExt4) root =
      fat != NULL ? pn_ext4_open (image->fd, image->root->offset, image->root->size, FALSE, error)
                  : NULL;
  g_autoptr (GPtrArray) files = root != NULL ? pn_fat_read_all (fat, MAX_BOOT_FILES, error) : NULL;

  if (files == NULL || !check_sources (self, files, error) ||
      !edit_file (files, "cmdline.txt", pn_cmdline_edit, error) ||
      !edit_file (files, "config.txt", pn_config_edit, error) ||
      !put_initramfs (self, files, root, error) || !edit_fstab (self, root, error) ||
      !run_image_hooks (self, files, root, error) || !add_boot_partition (self, files, error))
    return FALSE;
  pn_preparing_say (self, FALSE, "Root file system: %s MiB",
                    PN_NUMBER (pn_ext4_get_size (root) / MIB));
  if (!add_root (self, root, error))
    return FALSE;
  self->manifest->disk_id = image->table->disk_id;
  self->manifest->minimum_storage =
      GRAIN + self->manifest->boot_partition_size + LUKS_HEADER + pn_ext4_get_size (root);
  return TRUE;
}

/* The boot partition anew, as the image has it but for its files. */
static PnRuns *
build_plain_boot (PnPreparing *self, PnFat *fat, GPtrArray *files, GError **error)
{
  g_autofree char *label = pn_fat_get_label (fat);
  const PnFatParameters parameters = { .size = self->image->boot->size,
                                       .n_fats = 2,
                                       .force_fat32 = pn_fat_get_bits (fat) == 32,
                                       .label = label,
                                       .volume_id = pn_fat_get_volume_id (fat) };

  return pn_fat_build (files, &parameters, error);
}

/* An image as it is but for what its hooks did. */
static gboolean
run_plain_hooks (PnPreparing *self, PnRuns **boot, PnRuns **root_runs, GError **error)
{
  PnImage *image = self->image;
  g_autoptr (PnFat) fat = NULL;
  g_autoptr (PnExt4) root = NULL;
  g_autoptr (GPtrArray) files = NULL;

  if (!pn_preparing_has_image_hooks (self))
    return TRUE;
  fat = pn_fat_open_fd (image->fd, image->boot->offset, image->boot->size, error);
  if (fat != NULL)
    root = pn_ext4_open (image->fd, image->root->offset, image->root->size, FALSE, error);
  if (root != NULL)
    files = pn_fat_read_all (fat, MAX_BOOT_FILES, error);
  if (files == NULL || !pn_preparing_run_hooks (self, files, root, error))
    return FALSE;
  *boot = build_plain_boot (self, fat, files, error);
  *root_runs = *boot != NULL ? pn_ext4_used_runs (root, error) : NULL;
  return *root_runs != NULL;
}

static gboolean
add_plain_system (PnPreparing *self, GError **error)
{
  g_autoptr (PnRuns) boot = NULL;
  g_autoptr (PnRuns) root = NULL;
  g_autoptr (PnRuns) disk = NULL;

  if (!run_plain_hooks (self, &boot, &root, error))
    return FALSE;
  disk = pn_image_disk_runs (self->image, boot, root, error);

  if (disk == NULL)
    return FALSE;
  pn_preparing_say (self, FALSE, "Storing the system");
  self->manifest->disk_id = self->image->table->disk_id;
  self->manifest->minimum_storage = pn_runs_get_n_blocks (disk) * PN_RUN_BLOCK_SIZE;
  return pn_preparing_add_runs (self, PN_ROLE_DISK, "disk.simg", disk, error);
}

static void
fill_manifest (PnPreparing *self)
{
  const PnRecipe *recipe = self->recipe;
  g_autoptr (GStrvBuilder) permanent = g_strv_builder_new ();
  PnManifest *manifest = self->manifest;

  manifest->recipe_name = g_strdup (recipe->name);
  manifest->recipe_revision = recipe->revision;
  manifest->chip = recipe->chip;
  manifest->mode = recipe->mode;
  manifest->storage = recipe->storage;
  manifest->timestamp = self->timestamp;
  manifest->image_name = pn_image_store_name_file (recipe->image);
  /* A device that gets our key gets the EEPROM image with it in any case. */
  manifest->updates_eeprom = recipe->update_eeprom;
  manifest->network = recipe->network;
  manifest->cipher = g_strdup (recipe->cipher);
  if (self->signer != NULL)
    {
      manifest->public_key = pn_public_key_ref (pn_signer_get_public_key (self->signer));
      g_strv_builder_add (permanent, PN_PERMANENT_CUSTOMER_KEY);
    }
  if (recipe->device_key)
    g_strv_builder_add (permanent, PN_PERMANENT_DEVICE_KEY);
  if (recipe->jtag_lock)
    g_strv_builder_add (permanent, PN_PERMANENT_JTAG_LOCK);
  if (self->signer != NULL && recipe->rpiboot_gpio != 0)
    {
      manifest->rpiboot_gpio = recipe->rpiboot_gpio;
      g_strv_builder_add (permanent, PN_PERMANENT_RPIBOOT_GPIO);
    }
  manifest->permanent = g_strv_builder_end (permanent);
}

static gboolean
seal (PnPreparing *self, GError **error)
{
  g_autoptr (GBytes) sig = NULL;
  g_autoptr (PnBundle) bundle = NULL;
  PnSha256 digest;

  if (!pn_manifest_seal (self->manifest, error) ||
      !pn_bundle_write_at (self->folder_fd, PN_MANIFEST_NAME, self->manifest->bytes, error))
    return FALSE;
  if (self->signer != NULL)
    {
      digest = pn_manifest_get_digest (self->manifest);
      sig = pn_sig_file_build (&digest, -1, 0, self->signer, self->cancellable, error);
      if (sig == NULL ||
          !pn_bundle_write_at (self->folder_fd, PN_MANIFEST_SIGNATURE_NAME, sig, error))
        return FALSE;
    }
  /* As a station will look at it; what it hashes again was hashed here while it was written. */
  bundle = pn_bundle_open_written (self->folder_fd, error);
  return bundle != NULL && pn_bundle_verify (bundle, self->cancellable, error);
}

/* The image's own hash is needed for the record only, and takes as long as writing what is used of
 * it: the second core makes it meanwhile. */
typedef struct
{
  PnPreparing *preparing; /* borrowed; only what its image is read from */
  GCancellable *stop;
  PnSha256 digest;
  GError *error;
} ImageHash;

static gpointer
hash_image (gpointer user_data)
{
  ImageHash *self = user_data;
  PnPreparing *preparing = self->preparing;

  return GINT_TO_POINTER (
      preparing->set != NULL
          ? pn_idp_set_get_digest (preparing->set, &self->digest, self->stop, &self->error)
          : pn_sha256_fd (preparing->image->fd, 0, -1, &self->digest, self->stop, &self->error));
}

static gboolean
make_artefacts (PnPreparing *self, GError **error)
{
  const PnRecipe *recipe = self->recipe;
  gboolean has_eeprom = pn_chip_get_traits (recipe->chip)->has_eeprom;

  if (!pn_preparing_add_hooks (self, error))
    return FALSE;
  if (has_eeprom && !add_recovery (self, error))
    return FALSE;
  if ((self->signer != NULL || recipe->update_eeprom) && !add_eeprom (self, error))
    return FALSE;
  if (!add_bootfiles (self, error) || !add_gadget (self, error))
    return FALSE;
  if (self->set != NULL)
    return pn_preparing_add_image_set (self, error);
  return pn_mode_encrypts (recipe->mode) ? add_encrypted_system (self, error)
                                         : add_plain_system (self, error);
}

/* A gold master or an image set. */
static gboolean
open_image (PnPreparing *self, GError **error)
{
  const char *path = self->recipe->image;

  if (!pn_idp_set_is (path))
    {
      self->image = pn_image_open (path, TRUE, error);
      if (self->image != NULL)
        pn_preparing_say (self, FALSE, "Image: %s",
                          self->image->os_release != NULL ? self->image->os_release : path);
      return self->image != NULL;
    }
  self->set = pn_idp_set_open (path, self->folder, self->cancellable, error);
  if (self->set == NULL)
    {
      g_prefix_error (error, "%s: ", path);
      return FALSE;
    }
  pn_preparing_say (self, FALSE, "Image set: %s, version %s",
                    pn_idp_set_get_description (self->set)->name,
                    pn_idp_set_get_description (self->set)->version);
  return TRUE;
}

static gboolean
check_unchanged (PnPreparing *self, GError **error)
{
  return self->set != NULL ? pn_idp_set_check_unchanged (self->set, error)
                           : pn_image_check_unchanged (self->image, error);
}

static void
stop_cb (GCancellable *cancellable, gpointer stop)
{
  g_cancellable_cancel (stop);
}

static gboolean
make_all (PnPreparing *self, GError **error)
{
  g_autoptr (GCancellable) stop = g_cancellable_new ();
  ImageHash hash = { .preparing = self, .stop = stop };
  gulong handler = 0;
  GThread *thread;
  gboolean fine;

  if (!open_image (self, error))
    return FALSE;
  thread = g_thread_new ("image-hash", hash_image, &hash);
  if (self->cancellable != NULL)
    handler = g_cancellable_connect (self->cancellable, G_CALLBACK (stop_cb), stop, NULL);
  fine = make_artefacts (self, error);
  if (!fine)
    g_cancellable_cancel (stop);
  else
    pn_preparing_say (self, FALSE, "Checking the bundle");
  if (!GPOINTER_TO_INT (g_thread_join (thread)) && fine)
    {
      g_propagate_error (error, g_steal_pointer (&hash.error));
      fine = FALSE;
    }
  g_clear_error (&hash.error);
  g_cancellable_disconnect (self->cancellable, handler);
  self->manifest->image_digest = hash.digest;
  return fine && check_unchanged (self, error) && seal (self, error);
}

static gboolean
publish (PnPreparing *self, const char *output, GError **error)
{
  g_autofree char *parent = g_path_get_dirname (output);
  g_auto (PnFd) parent_fd = pn_open (parent, O_RDONLY | O_DIRECTORY, error);
  int renamed;

  if (parent_fd < 0)
    return FALSE;
  if (fsync (self->folder_fd) < 0 || fchmod (self->folder_fd, 0755) < 0)
    {
      pn_set_error_from_errno (error, errno, "Cannot write %s", output);
      return FALSE;
    }
  renamed = renameat2 (AT_FDCWD, self->folder, AT_FDCWD, output, RENAME_NOREPLACE);
  /* Not every file system knows the flag; a folder that is not empty is never replaced. */
  if (renamed < 0 && errno == EINVAL)
    renamed = g_rename (self->folder, output);
  if (renamed < 0)
    {
      pn_set_error_from_errno (error, errno, "Cannot write %s", output);
      return FALSE;
    }
  if (fsync (parent_fd) < 0)
    pn_preparing_say (self, TRUE, "%s is complete, but its folder could not be flushed to the disk",
                      output);
  return TRUE;
}

gboolean
pn_prepare (const PnRecipe *recipe,
            PnSigner *signer,
            const char *output,
            gint64 timestamp,
            PnSayFunc say_func,
            PnProgressFunc progress,
            gpointer user_data,
            GCancellable *cancellable,
            GError **error)
{
  g_autofree char *absolute = g_canonicalize_filename (output, NULL);
  g_autofree char *folder = g_strconcat (absolute, ".partial-XXXXXX", NULL);
  g_autoptr (PnManifest) manifest = pn_manifest_new ();
  g_auto (PnFd) folder_fd = -1;
  PnPreparing self = {
    .recipe = recipe,
    .signer = pn_mode_locks (recipe->mode) ? signer : NULL,
    .timestamp = timestamp,
    .say = say_func,
    .progress = progress,
    .user_data = user_data,
    .cancellable = cancellable,
    .manifest = manifest,
  };
  gboolean fine;

  g_return_val_if_fail (!pn_mode_locks (recipe->mode) || signer != NULL, FALSE);
  if (g_file_test (absolute, G_FILE_TEST_EXISTS))
    {
      pn_set_error (error, PN_ERROR_EXISTS, "%s exists already", output);
      return FALSE;
    }
  if (self.signer != NULL && !pn_recipe_check_signer (recipe, self.signer, error))
    return FALSE;
  if (!pn_mode_locks (recipe->mode) && recipe->key != NULL)
    pn_preparing_say (&self, TRUE, "Mode %s signs nothing; the recipe's key is not used",
                      pn_mode_to_word (recipe->mode));
  if (g_mkdtemp (folder) == NULL)
    {
      pn_set_error_from_errno (error, errno, "Cannot make %s", folder);
      return FALSE;
    }
  folder_fd = pn_open (folder, O_RDONLY | O_DIRECTORY, error);
  self.folder = folder;
  self.folder_fd = folder_fd;
  fill_manifest (&self);
  fine = folder_fd >= 0 && make_all (&self, error) && publish (&self, absolute, error);
  g_clear_pointer (&self.image, pn_image_free);
  g_clear_pointer (&self.set, pn_idp_set_free);
  for (guint i = 0; i < PN_N_HOOK_STAGES; i++)
    g_clear_pointer (&self.scripts[i], g_bytes_unref);
  if (!fine)
    pn_remove_folder (folder);
  return fine;
}
