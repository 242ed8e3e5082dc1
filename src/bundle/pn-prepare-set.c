/* SPDX-License-Identifier: GPL-3.0-or-later */
/* An image set becomes a bundle: its description written anew, its images as their file systems
 * want them, and where the devices are locked its boot partitions signed (image-preparation.md
 * §8.3). */
#include "config.h"

#include "pn-prepare-private.h"

#include <string.h>

#include "pn-boot-image.h"
#include "pn-error.h"

#define MIB (1024 * 1024)
#define MIN_FAT32 (36 * MIB)
#define MAX_BOOT_FILES (1024 * MIB) /* bytes: what a boot partition may hold */

/* Whether set and recipe are for the same devices. */
static gboolean
check_recipe (PnPreparing *self, const PnIdp *idp, GError **error)
{
  const PnRecipe *recipe = self->recipe;
  PnChip chip;

  if (!pn_idp_class_to_chip (idp->device_class, &chip) || chip != recipe->chip)
    return pn_set_error (
        error, PN_ERROR_WRONG_DEVICE,
        "The image set is for %s, but the recipe is for %s: choose the other device "
        "family, or another image set",
        idp->device_class, pn_chip_to_word (recipe->chip));
  if (idp->storage != recipe->storage)
    return pn_set_error (
        error, PN_ERROR_WRONG_DEVICE,
        "The image set is for %s, but the recipe writes to %s: choose the other storage, "
        "or another image set",
        pn_storage_to_word (idp->storage), pn_storage_to_word (recipe->storage));
  if (recipe->mode == PN_MODE_FDE_ONLY)
    return pn_set_error (
        error, PN_ERROR_NOT_SUPPORTED,
        "An image set says itself what is encrypted: choose mode %s, or %s to lock the "
        "devices, too",
        pn_mode_to_word (PN_MODE_NAKED), pn_mode_to_word (PN_MODE_SECURE_BOOT));
  if (pn_idp_encrypts (idp) && !recipe->device_key)
    return pn_set_error (
        error, PN_ERROR_INVALID_ARGUMENT,
        "The image set is encrypted with the device's own key, which is permanent: the "
        "recipe has to say so (DeviceKey=true in [Permanent])");
  return TRUE;
}

/* ---- boot partitions ---- */

static gboolean
read_runs (gpointer user_data, guint64 offset, void *buffer, gsize size, GError **error)
{
  return pn_runs_read (user_data, offset, buffer, size, error);
}

/* The signed form of a boot partition: as large, with the same label and serial number, by which
 * the system may look for it. */
static PnRuns *
sign_boot (PnPreparing *self, const char *name, PnRuns *runs, GError **error)
{
  guint64 size = pn_runs_get_n_blocks (runs) * PN_RUN_BLOCK_SIZE;
  g_autoptr (PnFat) fat = pn_fat_open (read_runs, runs, size, error);
  g_autoptr (GPtrArray) files = fat != NULL ? pn_fat_read_all (fat, MAX_BOOT_FILES, error) : NULL;
  g_autoptr (GPtrArray) outer = NULL;
  g_autofree char *label = NULL;
  g_autoptr (GError) local = NULL;
  PnFatParameters parameters = { .size = size, .n_fats = 2, .sectors_per_cluster = 1 };
  PnRuns *signed_runs;
  gboolean chosen;

  if (files == NULL || !pn_boot_files_check (files, self->recipe->chip, &chosen, error))
    {
      g_prefix_error (error, "%s: ", name);
      return NULL;
    }
  label = pn_fat_get_label (fat);
  parameters.label = label;
  parameters.volume_id = pn_fat_get_volume_id (fat);
  parameters.force_fat32 = size >= MIN_FAT32;
  pn_preparing_say (self, FALSE, "Signing %s", name);
  outer = pn_preparing_wrap_boot (self, files, error);
  signed_runs = outer != NULL ? pn_fat_build (outer, &parameters, &local) : NULL;
  if (g_error_matches (local, PN_ERROR, PN_ERROR_NO_SPACE))
    pn_set_error (error, PN_ERROR_NO_SPACE,
                  "%s: the signed form does not fit into its partition of %s MiB. Make the "
                  "partition larger in the image's layout and build the set again",
                  name, PN_NUMBER (size / MIB));
  else if (local != NULL)
    g_propagate_prefixed_error (error, g_steal_pointer (&local), "%s: ", name);
  return signed_runs;
}

/* ---- files ---- */

static gboolean
add_file (PnPreparing *self, PnIdpSet *set, const char *name, guint *n_signed, GError **error)
{
  PnRuns *source = pn_idp_set_get_runs (set, name);
  g_autoptr (PnRuns) runs = NULL;
  gboolean known = TRUE;

  if (self->signer != NULL && pn_idp_is_boot_file (pn_idp_set_get_description (set), name))
    {
      runs = sign_boot (self, name, source, error);
      ++*n_signed;
    }
  else
    {
      pn_preparing_say (self, FALSE, "Storing %s", name);
      runs = pn_idp_content_new (source, self->folder, &known, self->cancellable, error);
    }
  if (!known)
    pn_preparing_say (self, FALSE, "%s holds no file system that is known; all of it is written",
                      name);
  return runs != NULL && pn_preparing_add_runs (self, PN_ROLE_IMAGE_SET_FILE, name, runs, error);
}

gboolean
pn_preparing_add_image_set (PnPreparing *self, GError **error)
{
  PnIdpSet *set = self->set;
  const PnIdp *idp = pn_idp_set_get_description (set);
  const char *const *files = pn_idp_set_get_files (set);
  g_autoptr (GBytes) json = pn_idp_to_json (idp);
  guint n_signed = 0;

  if (!check_recipe (self, idp, error) ||
      !pn_preparing_add_bytes (self, PN_ROLE_IMAGE_SET, "image-set", json, error))
    return FALSE;
  for (guint i = 0; files[i] != NULL; i++)
    if (!add_file (self, set, files[i], &n_signed, error))
      return FALSE;
  if (self->signer != NULL && n_signed == 0)
    return pn_set_error (
        error, PN_ERROR_INVALID_DATA,
        "The image set has no boot partition (role “boot” in its map): a locked device "
        "would not start from it");
  /* It says itself how it is encrypted. */
  g_clear_pointer (&self->manifest->cipher, g_free);
  self->manifest->minimum_storage = pn_idp_get_needed (idp);
  return TRUE;
}
