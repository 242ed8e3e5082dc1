/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The tables of what a recipe can say. The parser, the window and punnetctl all ask here. */
#include "config.h"

#include "pn-recipe-field.h"

#include <glib/gi18n-lib.h>

typedef enum
{
  OPTIONAL,
  ALWAYS,
  LOCKED, /* in mode secure-boot */
  EEPROM, /* where the EEPROM is written */
} Need;

#define PATH PN_RECIPE_KIND_PATH
#define REVERSIBLE PN_PERMANENCE_REVERSIBLE
#define SAME_KEY PN_PERMANENCE_SAME_KEY
#define PERMANENT PN_PERMANENCE_PERMANENT

static const struct
{
  const char *group, *key;
  PnRecipeKind kind;
  Need need;
  PnPermanence locked, other; /* in mode secure-boot; in the other modes */
  const char *label, *missing;
} rows[PN_N_RECIPE_FIELDS] = {
  [PN_RECIPE_NAME] = { "Recipe", "Name", PN_RECIPE_KIND_TEXT, ALWAYS, REVERSIBLE, REVERSIBLE,
                       N_ ("Name"), N_ ("The recipe has no name: give it one") },
  [PN_RECIPE_REVISION] = { "Recipe", "Revision", PN_RECIPE_KIND_NUMBER, OPTIONAL, REVERSIBLE,
                           REVERSIBLE, N_ ("Revision"), NULL },
  [PN_RECIPE_MODE] = { "Recipe", "Mode", PN_RECIPE_KIND_WORD, ALWAYS, PERMANENT, REVERSIBLE,
                       N_ ("Protection"), N_ ("Choose how the devices are protected") },
  [PN_RECIPE_CHIP] = { "Recipe", "Chip", PN_RECIPE_KIND_WORD, ALWAYS, REVERSIBLE, REVERSIBLE,
                       N_ ("Device family"), N_ ("Choose the device family") },
  [PN_RECIPE_STORAGE] = { "Recipe", "Storage", PN_RECIPE_KIND_WORD, ALWAYS, SAME_KEY, REVERSIBLE,
                          N_ ("Storage"), N_ ("Choose what the devices start from") },
  [PN_RECIPE_IMAGE] = { "Image", "File", PATH, ALWAYS, SAME_KEY, REVERSIBLE, N_ ("Image"),
                        N_ ("Choose the image to write") },
  [PN_RECIPE_EEPROM] = { "Firmware", "Eeprom", PATH, EEPROM, SAME_KEY, REVERSIBLE,
                         N_ ("Boot firmware (pieeprom.bin)"), N_ ("Choose the boot firmware") },
  [PN_RECIPE_RECOVERY] = { "Firmware", "Recovery", PATH, ALWAYS, REVERSIBLE, REVERSIBLE,
                           N_ ("Recovery program (recovery.bin)"),
                           N_ ("Choose the recovery program") },
  [PN_RECIPE_BOOTFILES] = { "Firmware", "Bootfiles", PATH, ALWAYS, REVERSIBLE, REVERSIBLE,
                            N_ ("Start files (bootfiles.bin)"), N_ ("Choose the start files") },
  [PN_RECIPE_GADGET] = { "Firmware", "Gadget", PATH, ALWAYS, REVERSIBLE, REVERSIBLE,
                         N_ ("Writing system (fastboot gadget)"),
                         N_ ("Choose the writing system") },
  [PN_RECIPE_INITRAMFS] = { "Firmware", "Initramfs", PATH, LOCKED, SAME_KEY, REVERSIBLE,
                            N_ ("Unlocking system (pre-boot initramfs)"),
                            N_ ("Choose the unlocking system: it opens the encrypted storage at "
                                "every start") },
  [PN_RECIPE_CONFIG] = { "Firmware", "Config", PATH, OPTIONAL, SAME_KEY, REVERSIBLE,
                         N_ ("Boot settings (bootconf.txt)"), NULL },
  [PN_RECIPE_UPDATE_EEPROM] = { "Firmware", "UpdateEeprom", PN_RECIPE_KIND_SWITCH, OPTIONAL,
                                SAME_KEY, REVERSIBLE, N_ ("Write the boot firmware"), NULL },
  [PN_RECIPE_MATCH_BOOT_ORDER] = { "Firmware", "MatchBootOrder", PN_RECIPE_KIND_SWITCH, OPTIONAL,
                                   SAME_KEY, REVERSIBLE, N_ ("Start from the chosen storage first"),
                                   NULL },
  [PN_RECIPE_KEY] = { "Key", "Pem", PATH, LOCKED, PERMANENT, REVERSIBLE, N_ ("Signing key"),
                      N_ ("Choose the signing key") },
  [PN_RECIPE_FINGERPRINT] = { "Key", "Fingerprint", PN_RECIPE_KIND_DIGEST, OPTIONAL, PERMANENT,
                              REVERSIBLE, N_ ("Key fingerprint"), NULL },
  [PN_RECIPE_CIPHER] = { "Encryption", "Cipher", PN_RECIPE_KIND_WORD, OPTIONAL, SAME_KEY,
                         REVERSIBLE, N_ ("Storage cipher"), NULL },
  [PN_RECIPE_JTAG_LOCK] = { "Permanent", "JtagLock", PN_RECIPE_KIND_SWITCH, OPTIONAL, PERMANENT,
                            PERMANENT, N_ ("Close the debug port (JTAG)"), NULL },
  [PN_RECIPE_DEVICE_KEY] = { "Permanent", "DeviceKey", PN_RECIPE_KIND_SWITCH, OPTIONAL, PERMANENT,
                             PERMANENT, N_ ("Create a device identity"), NULL },
};

const char *
pn_recipe_field_get_group (PnRecipeField field)
{
  return rows[field].group;
}

const char *
pn_recipe_field_get_key (PnRecipeField field)
{
  return rows[field].key;
}

gboolean
pn_recipe_field_from_key (const char *group, const char *key, PnRecipeField *field)
{
  for (guint i = 0; i < PN_N_RECIPE_FIELDS; i++)
    if (g_str_equal (rows[i].group, group) && g_str_equal (rows[i].key, key))
      {
        *field = (PnRecipeField) i;
        return TRUE;
      }
  return FALSE;
}

PnRecipeKind
pn_recipe_field_get_kind (PnRecipeField field)
{
  return rows[field].kind;
}

PnPermanence
pn_recipe_field_get_permanence (PnRecipeField field, PnMode mode)
{
  return mode == PN_MODE_SECURE_BOOT ? rows[field].locked : rows[field].other;
}

gboolean
pn_recipe_field_is_required (PnRecipeField field, PnMode mode, gboolean eeprom)
{
  gboolean locked = mode == PN_MODE_SECURE_BOOT;

  return rows[field].need == ALWAYS || (rows[field].need == LOCKED && locked) ||
         (rows[field].need == EEPROM && (locked || eeprom));
}

const char *
pn_recipe_field_get_label (PnRecipeField field)
{
  return _ (rows[field].label);
}

const char *
pn_recipe_field_get_missing (PnRecipeField field)
{
  return rows[field].missing != NULL ? _ (rows[field].missing) : NULL;
}

const char *
pn_permanence_to_label (PnPermanence permanence)
{
  static const char *const labels[] = { N_ ("Reversible"), N_ ("Reversible with the same key"),
                                        N_ ("Permanent") };

  return _ (labels[permanence]);
}

const char *
pn_mode_to_label (PnMode mode)
{
  static const char *const labels[] = { N_ ("Locked and encrypted"), N_ ("Encrypted only"),
                                        N_ ("Plain") };

  return _ (labels[mode]);
}

const char *
pn_chip_to_label (PnChip chip)
{
  static const char *const labels[] = { N_ ("Raspberry Pi Zero 2 W"), N_ ("Raspberry Pi 4 family"),
                                        N_ ("Raspberry Pi 5 family") };

  return _ (labels[chip]);
}

const char *
pn_storage_to_label (PnStorage storage)
{
  static const char *const labels[] = { N_ ("SD card"), N_ ("eMMC"), N_ ("NVMe drive") };

  return _ (labels[storage]);
}

#define SD (1 << PN_STORAGE_SD)
#define EMMC (1 << PN_STORAGE_EMMC)
#define NVME (1 << PN_STORAGE_NVME)

static const struct
{
  guint storage; /* what it can be written to */
  const char *why_not;
} matrix[3][3] = {
  [PN_CHIP_BCM2710] = {
    [PN_MODE_SECURE_BOOT] = { 0, N_ ("The Zero 2 W has no secure boot (BCM2710): it cannot be "
                                     "locked") },
    [PN_MODE_FDE_ONLY] = { SD, N_ ("Encryption alone is not supported yet") },
    [PN_MODE_NAKED] = { SD, N_ ("The Zero 2 W (bcm2710) is not supported yet") },
  },
  [PN_CHIP_BCM2711] = {
    [PN_MODE_SECURE_BOOT] = { SD | EMMC, N_ ("The Raspberry Pi 4 family (bcm2711) is not supported "
                                             "yet") },
    [PN_MODE_FDE_ONLY] = { SD | EMMC, N_ ("Encryption alone is not supported yet") },
    [PN_MODE_NAKED] = { SD | EMMC, N_ ("The Raspberry Pi 4 family (bcm2711) is not supported yet") },
  },
  [PN_CHIP_BCM2712] = {
    [PN_MODE_SECURE_BOOT] = { SD | EMMC | NVME, NULL },
    [PN_MODE_FDE_ONLY] = { SD | EMMC | NVME, N_ ("Encryption alone is not supported yet") },
    [PN_MODE_NAKED] = { SD | EMMC | NVME, NULL },
  },
};

const char *
pn_recipe_why_not (PnChip chip, PnMode mode)
{
  const char *why = matrix[chip][mode].why_not;

  return why != NULL ? _ (why) : NULL;
}

const char *
pn_recipe_why_not_storage (PnChip chip, PnMode mode, PnStorage storage)
{
  if ((matrix[chip][mode].storage & (1u << storage)) == 0)
    return _ ("This device family cannot start from that storage");
  return pn_recipe_why_not (chip, mode);
}
