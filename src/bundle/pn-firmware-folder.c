/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "pn-firmware-folder.h"

#include "pn-chip.h"

static const char *const system_folders[] = {
  "/usr/lib/firmware/raspberrypi",
  "/lib/firmware/raspberrypi",
  "/usr/share/rpiboot/mass-storage-gadget64",
  "/var/lib/rpi-sb-provisioner",
};

#define FIRST PN_RECIPE_EEPROM
#define LAST PN_RECIPE_INITRAMFS

/* Below a folder, the first that has the file: what is for the chip alone before what may be for
 * any. */
static const char *const places[3][4] = {
  [PN_CHIP_BCM2710] = { "", NULL },
  [PN_CHIP_BCM2711] = { "bootloader-2711/default", "bootloader-2711/latest", "", NULL },
  [PN_CHIP_BCM2712] = { "bootloader-2712/default", "bootloader-2712/latest", "", NULL },
};

static const struct
{
  PnRecipeField field;
  const char *pattern; /* of names; the last in order is the newest */
  gboolean eeprom;     /* for chips with a boot EEPROM, or for those without one */
} files[] = {
  { PN_RECIPE_EEPROM, "pieeprom-2*-*-*.bin", TRUE },
  { PN_RECIPE_EEPROM, "pieeprom.bin", TRUE },
  { PN_RECIPE_RECOVERY, "recovery.bin", TRUE },
  { PN_RECIPE_BOOTFILES, "bootfiles.bin", TRUE },
  { PN_RECIPE_BOOTFILES, "fastboot-gadget.2710-bootfiles-bin", FALSE },
  { PN_RECIPE_GADGET, "fastboot-gadget.img", TRUE },
  { PN_RECIPE_INITRAMFS, "cryptroot_initramfs", TRUE },
  { PN_RECIPE_INITRAMFS, "cryptroot_initramfs", FALSE },
};

static char *
find_newest (const char *folder, const char *pattern)
{
  g_autoptr (GDir) dir = g_dir_open (folder, 0, NULL);
  g_autofree char *newest = NULL;
  const char *name;

  while (dir != NULL && (name = g_dir_read_name (dir)) != NULL)
    if (g_pattern_match_simple (pattern, name) && g_strcmp0 (name, newest) > 0)
      {
        g_free (newest);
        newest = g_strdup (name);
      }
  return newest != NULL ? g_build_filename (folder, newest, NULL) : NULL;
}

static char *
find_in (const char *folder, PnChip chip, PnRecipeField field)
{
  for (guint i = 0; places[chip][i] != NULL; i++)
    for (guint j = 0; j < G_N_ELEMENTS (files); j++)
      if (files[j].field == field && files[j].eeprom == pn_chip_get_traits (chip)->has_eeprom)
        {
          g_autofree char *place = g_build_filename (folder, places[chip][i], NULL);
          char *found = find_newest (place, files[j].pattern);

          if (found != NULL)
            return found;
        }
  return NULL;
}

char *
pn_firmware_folder_find (const char *folder, PnChip chip, PnRecipeField field)
{
  if (folder != NULL && folder[0] != '\0')
    return find_in (folder, chip, field);
  for (guint i = 0; i < G_N_ELEMENTS (system_folders); i++)
    {
      char *found = find_in (system_folders[i], chip, field);

      if (found != NULL)
        return found;
    }
  return NULL;
}

static gboolean
is_needed (PnRecipeField field, PnChip chip)
{
  for (guint mode = 0; mode <= PN_MODE_NAKED; mode++)
    if (pn_recipe_why_not (chip, (PnMode) mode) == NULL &&
        pn_recipe_field_is_required (field, chip, (PnMode) mode, FALSE))
      return TRUE;
  return FALSE;
}

char *
pn_firmware_folder_list_missing (const char *folder, PnChip chip)
{
  g_autoptr (GStrvBuilder) labels = g_strv_builder_new ();
  g_auto (GStrv) words = NULL;

  for (PnRecipeField field = FIRST; field <= LAST; field++)
    {
      g_autofree char *path = pn_firmware_folder_find (folder, chip, field);

      if (path == NULL && is_needed (field, chip))
        g_strv_builder_add (labels, pn_recipe_field_get_label (field));
    }
  words = g_strv_builder_end (labels);
  return words[0] != NULL ? g_strjoinv (", ", words) : NULL;
}

void
pn_firmware_folder_follow (const char *folder, PnChip before, PnRecipeDraft *draft)
{
  for (PnRecipeField field = FIRST; field <= LAST; field++)
    {
      const char *path = pn_recipe_draft_get (draft, field);
      g_autofree char *old = pn_firmware_folder_find (folder, before, field);
      g_autofree char *found =
          pn_firmware_folder_find (folder, pn_recipe_draft_get_chip (draft), field);

      if (path == NULL || g_strcmp0 (path, old) == 0)
        pn_recipe_draft_set (draft, field, found);
    }
}
