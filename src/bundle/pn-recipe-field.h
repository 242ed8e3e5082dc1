/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "pn-hook-stage.h"
#include "pn-phase.h"

G_BEGIN_DECLS

/* Everything that a recipe says, in the order in which it is written and checked. */
typedef enum
{
  PN_RECIPE_NAME,
  PN_RECIPE_REVISION,
  PN_RECIPE_MODE,
  PN_RECIPE_CHIP,
  PN_RECIPE_STORAGE,
  PN_RECIPE_IMAGE,
  PN_RECIPE_EEPROM,
  PN_RECIPE_RECOVERY,
  PN_RECIPE_BOOTFILES,
  PN_RECIPE_GADGET,
  PN_RECIPE_INITRAMFS,
  PN_RECIPE_CONFIG,
  PN_RECIPE_UPDATE_EEPROM,
  PN_RECIPE_MATCH_BOOT_ORDER,
  PN_RECIPE_KEY,
  PN_RECIPE_FINGERPRINT,
  PN_RECIPE_CIPHER,
  PN_RECIPE_NETWORK,
  PN_RECIPE_JTAG_LOCK,
  PN_RECIPE_DEVICE_KEY,
  PN_RECIPE_RPIBOOT_GPIO,
  PN_RECIPE_HOOKS, /* from here on those of hooks: pn_recipe_hook_field () */
} PnRecipeField;

/* What a recipe says of a hook, in a section of its own: [Hook post-flash] */
typedef enum
{
  PN_RECIPE_HOOK_FILE,
  PN_RECIPE_HOOK_SHA256, /* what the file has to be, for this revision */
  PN_RECIPE_HOOK_ENABLED,
  PN_RECIPE_HOOK_SECONDS, /* it may take */
  PN_RECIPE_HOOK_NETWORK,
  PN_RECIPE_HOOK_WRITE, /* folders with ";" between them */
} PnRecipeHookKey;
#define PN_N_RECIPE_HOOK_KEYS (PN_RECIPE_HOOK_WRITE + 1)
#define PN_N_RECIPE_FIELDS (PN_RECIPE_HOOKS + PN_N_HOOK_STAGES * PN_N_RECIPE_HOOK_KEYS)
PnRecipeField pn_recipe_hook_field (PnHookStage stage, PnRecipeHookKey key);
/* FALSE where @field is not one of a hook's. @stage and @key are nullable. */
gboolean pn_recipe_field_get_hook (PnRecipeField field, PnHookStage *stage, PnRecipeHookKey *key);

typedef enum
{
  PN_RECIPE_KIND_TEXT,
  PN_RECIPE_KIND_NUMBER,
  PN_RECIPE_KIND_WORD,
  PN_RECIPE_KIND_PATH,
  PN_RECIPE_KIND_DIGEST, /* 64 hexadecimal digits */
  PN_RECIPE_KIND_SWITCH, /* "true" or "false" */
} PnRecipeKind;

/* The mark beside each option. */
typedef enum
{
  PN_PERMANENCE_REVERSIBLE,
  PN_PERMANENCE_SAME_KEY, /* reversible with the same key */
  PN_PERMANENCE_PERMANENT,
} PnPermanence;

const char *pn_recipe_field_get_group (PnRecipeField field);
const char *pn_recipe_field_get_key (PnRecipeField field);
/* The field of that line, or FALSE. */
gboolean pn_recipe_field_from_key (const char *group, const char *key, PnRecipeField *field);
PnRecipeKind pn_recipe_field_get_kind (PnRecipeField field);
/* How lasting is on a device what the field chooses. */
PnPermanence pn_recipe_field_get_permanence (PnRecipeField field, PnMode mode);
/* Whether it means anything for the chip in the mode, and whether a recipe must say it then.
 * @eeprom: the EEPROM is to be written. */
gboolean pn_recipe_field_is_used (PnRecipeField field, PnChip chip, PnMode mode, gboolean eeprom);
gboolean
pn_recipe_field_is_required (PnRecipeField field, PnChip chip, PnMode mode, gboolean eeprom);

/* For people, translated. */
const char *pn_recipe_field_get_label (PnRecipeField field);
/* “Boot files ready (bootfs-mounted)” */
const char *pn_hook_stage_to_label (PnHookStage stage);
const char *pn_recipe_field_get_missing (PnRecipeField field); /* what to do where it is required */
const char *pn_permanence_to_label (PnPermanence permanence);
const char *pn_mode_to_label (PnMode mode);          /* “Locked and encrypted” */
const char *pn_chip_to_label (PnChip chip);          /* “Raspberry Pi 5 family” */
const char *pn_storage_to_label (PnStorage storage); /* “eMMC” */

/* What pn-support.h says. NULL, or why not: a translated sentence. */
const char *pn_recipe_why_not (PnChip chip, PnMode mode);
const char *pn_recipe_why_not_storage (PnChip chip, PnMode mode, PnStorage storage);

G_END_DECLS
