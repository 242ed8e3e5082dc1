/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The tables of what a recipe can say. The parser, the window and punnetctl all ask here. */
#include "config.h"

#include "pn-recipe-field.h"

#include <glib/gi18n-lib.h>

#include "pn-chip.h"
#include "pn-support.h"

typedef enum
{
  OPTIONAL,
  ALWAYS,
  LOCKED,    /* in mode secure-boot */
  ENCRYPTED, /* in modes that encrypt */
  RECOVERY,  /* on chips with a boot EEPROM, which have a recovery program and a boot.img */
  EEPROM,    /* where the EEPROM is written */
  GPIO,      /* on chips that need one when they are locked */
} Need;

#define PATH PN_RECIPE_KIND_PATH
#define REVERSIBLE PN_PERMANENCE_REVERSIBLE
#define SAME_KEY PN_PERMANENCE_SAME_KEY
#define PERMANENT PN_PERMANENCE_PERMANENT

typedef struct
{
  const char *group, *key;
  PnRecipeKind kind;
  Need need;
  PnPermanence locked, other; /* in mode secure-boot; in the other modes */
  const char *label, *missing;
} Row;

static const Row rows[PN_RECIPE_HOOKS] = {
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
  [PN_RECIPE_RECOVERY] = { "Firmware", "Recovery", PATH, RECOVERY, REVERSIBLE, REVERSIBLE,
                           N_ ("Recovery program (recovery.bin)"),
                           N_ ("Choose the recovery program") },
  [PN_RECIPE_BOOTFILES] = { "Firmware", "Bootfiles", PATH, ALWAYS, REVERSIBLE, REVERSIBLE,
                            N_ ("Start files (bootfiles.bin)"), N_ ("Choose the start files") },
  [PN_RECIPE_GADGET] = { "Firmware", "Gadget", PATH, RECOVERY, REVERSIBLE, REVERSIBLE,
                         N_ ("Writing system (fastboot gadget)"),
                         N_ ("Choose the writing system") },
  [PN_RECIPE_INITRAMFS] = { "Firmware", "Initramfs", PATH, ENCRYPTED, SAME_KEY, REVERSIBLE,
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
  [PN_RECIPE_NETWORK] = { "Options", "Network", PN_RECIPE_KIND_SWITCH, OPTIONAL, REVERSIBLE,
                          REVERSIBLE, N_ ("Send the image over the network"), NULL },
  [PN_RECIPE_JTAG_LOCK] = { "Permanent", "JtagLock", PN_RECIPE_KIND_SWITCH, OPTIONAL, PERMANENT,
                            PERMANENT, N_ ("Close the debug port (JTAG)"), NULL },
  [PN_RECIPE_DEVICE_KEY] = { "Permanent", "DeviceKey", PN_RECIPE_KIND_SWITCH, OPTIONAL, PERMANENT,
                             PERMANENT, N_ ("Create a device identity"), NULL },
  [PN_RECIPE_RPIBOOT_GPIO] = { "Permanent", "RpibootGpio", PN_RECIPE_KIND_WORD, GPIO, PERMANENT,
                               PERMANENT, N_ ("Pin for USB boot (RPIBOOT GPIO)"),
                               N_ ("Choose the pin that starts USB boot once the device is locked: "
                                   "2, 4, 5, 6, 7 or 8; 8 is the usual one") },
};

/* The same for each stage. */
static const Row hook_rows[PN_N_RECIPE_HOOK_KEYS] = {
  [PN_RECIPE_HOOK_FILE] = { NULL, "File", PATH, OPTIONAL, REVERSIBLE, REVERSIBLE, N_ ("Script"),
                            NULL },
  [PN_RECIPE_HOOK_SHA256] = { NULL, "Sha256", PN_RECIPE_KIND_DIGEST, OPTIONAL, REVERSIBLE,
                              REVERSIBLE, N_ ("Script’s hash"), NULL },
  [PN_RECIPE_HOOK_ENABLED] = { NULL, "Enabled", PN_RECIPE_KIND_SWITCH, OPTIONAL, REVERSIBLE,
                               REVERSIBLE, N_ ("On"), NULL },
  [PN_RECIPE_HOOK_SECONDS] = { NULL, "Seconds", PN_RECIPE_KIND_NUMBER, OPTIONAL, REVERSIBLE,
                               REVERSIBLE, N_ ("Time limit in seconds"), NULL },
  [PN_RECIPE_HOOK_NETWORK] = { NULL, "Network", PN_RECIPE_KIND_SWITCH, OPTIONAL, REVERSIBLE,
                               REVERSIBLE, N_ ("May use the network"), NULL },
  [PN_RECIPE_HOOK_WRITE] = { NULL, "Write", PN_RECIPE_KIND_TEXT, OPTIONAL, REVERSIBLE, REVERSIBLE,
                             N_ ("May write to folders"), NULL },
};
static const char *const hook_groups[PN_N_HOOK_STAGES] = {
  "Hook bootfs-mounted",    "Hook rootfs-mounted", "Hook bootstrap",
  "Hook provision-started", "Hook post-flash",     "Hook provision-failed",
};

PnRecipeField
pn_recipe_hook_field (PnHookStage stage, PnRecipeHookKey key)
{
  return (PnRecipeField) (PN_RECIPE_HOOKS + stage * PN_N_RECIPE_HOOK_KEYS + key);
}

gboolean
pn_recipe_field_get_hook (PnRecipeField field, PnHookStage *stage, PnRecipeHookKey *key)
{
  guint at = (guint) field - PN_RECIPE_HOOKS;

  if (field < PN_RECIPE_HOOKS)
    return FALSE;
  if (stage != NULL)
    *stage = (PnHookStage) (at / PN_N_RECIPE_HOOK_KEYS);
  if (key != NULL)
    *key = (PnRecipeHookKey) (at % PN_N_RECIPE_HOOK_KEYS);
  return TRUE;
}

static const Row *
row_of (PnRecipeField field)
{
  PnRecipeHookKey key;

  return pn_recipe_field_get_hook (field, NULL, &key) ? &hook_rows[key] : &rows[field];
}

const char *
pn_recipe_field_get_group (PnRecipeField field)
{
  PnHookStage stage;

  return pn_recipe_field_get_hook (field, &stage, NULL) ? hook_groups[stage] : rows[field].group;
}

const char *
pn_recipe_field_get_key (PnRecipeField field)
{
  return row_of (field)->key;
}

gboolean
pn_recipe_field_from_key (const char *group, const char *key, PnRecipeField *field)
{
  for (guint i = 0; i < PN_N_RECIPE_FIELDS; i++)
    if (g_str_equal (pn_recipe_field_get_group ((PnRecipeField) i), group) &&
        g_str_equal (pn_recipe_field_get_key ((PnRecipeField) i), key))
      {
        *field = (PnRecipeField) i;
        return TRUE;
      }
  return FALSE;
}

PnRecipeKind
pn_recipe_field_get_kind (PnRecipeField field)
{
  return row_of (field)->kind;
}

PnPermanence
pn_recipe_field_get_permanence (PnRecipeField field, PnMode mode)
{
  const Row *row = row_of (field);

  return mode == PN_MODE_SECURE_BOOT ? row->locked : row->other;
}

gboolean
pn_recipe_field_is_used (PnRecipeField field, PnChip chip, PnMode mode, gboolean eeprom)
{
  const PnChipTraits *traits = pn_chip_get_traits (chip);
  gboolean locks = pn_mode_locks (mode);

  /* What is said of an EEPROM that is not written is for nothing. */
  if (field == PN_RECIPE_CONFIG || field == PN_RECIPE_MATCH_BOOT_ORDER)
    return traits->has_eeprom && (locks || eeprom);
  if (field == PN_RECIPE_UPDATE_EEPROM)
    return traits->has_eeprom;
  if (field == PN_RECIPE_NETWORK)
    return traits->has_network;
  if (field == PN_RECIPE_JTAG_LOCK)
    return locks;
  if (field == PN_RECIPE_CIPHER)
    return pn_mode_encrypts (mode);
  switch (row_of (field)->need)
    {
    case LOCKED:
      return locks;
    case ENCRYPTED:
      return pn_mode_encrypts (mode);
    case RECOVERY:
      return traits->has_eeprom;
    case EEPROM:
      return traits->has_eeprom && (locks || eeprom);
    case GPIO:
      return locks && traits->needs_gpio;
    case OPTIONAL:
    case ALWAYS:
    default:
      return TRUE;
    }
}

gboolean
pn_recipe_field_is_required (PnRecipeField field, PnChip chip, PnMode mode, gboolean eeprom)
{
  return row_of (field)->need != OPTIONAL && pn_recipe_field_is_used (field, chip, mode, eeprom);
}

const char *
pn_recipe_field_get_label (PnRecipeField field)
{
  PnHookStage stage;
  g_autofree char *label = NULL;

  if (!pn_recipe_field_get_hook (field, &stage, NULL))
    return _ (rows[field].label);
  /* Translators: when a script runs, and what is said of it: “On” */
  label = g_strdup_printf (_ ("%s: %s"), pn_hook_stage_to_label (stage), _ (row_of (field)->label));
  return g_intern_string (label);
}

const char *
pn_hook_stage_to_label (PnHookStage stage)
{
  static const char *const labels[] = {
    N_ ("Boot files ready (bootfs-mounted)"), N_ ("System files ready (rootfs-mounted)"),
    N_ ("Device recognised (bootstrap)"),     N_ ("Before writing (provision-started)"),
    N_ ("After verifying (post-flash)"),      N_ ("After a failure (provision-failed)"),
  };

  return _ (labels[stage]);
}

const char *
pn_recipe_field_get_missing (PnRecipeField field)
{
  const char *missing = row_of (field)->missing;

  return missing != NULL ? _ (missing) : NULL;
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

static const char *
say (PnSupport support)
{
  const char *sentence = pn_support_to_sentence (support);

  return sentence != NULL ? _ (sentence) : NULL;
}

const char *
pn_recipe_why_not (PnChip chip, PnMode mode)
{
  return say (pn_support_check_mode (chip, mode));
}

const char *
pn_recipe_why_not_storage (PnChip chip, PnMode mode, PnStorage storage)
{
  return say (pn_support_check (chip, mode, storage));
}
