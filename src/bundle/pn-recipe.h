/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "pn-digest.h"
#include "pn-recipe-draft.h"

G_BEGIN_DECLS

/* A recipe whose every field makes sense: key file text, paths relative to the recipe's folder.
 *   [Recipe] Name=, Revision=, Mode=secure-boot|fde-only|naked, Chip=bcm2710|bcm2711|bcm2712,
 *   Storage=emmc|nvme|sd, [Image] File= (a disc's, or an image set: its folder or a tar of it),
 * [Firmware] Eeprom=, Recovery=, Bootfiles=, Gadget=, Initramfs=, Config=, UpdateEeprom=,
 * MatchBootOrder=, [Key] Pem=, Fingerprint=, [Encryption] Cipher=, [Options] Network=,
 * [Permanent] JtagLock=, DeviceKey=, RpibootGpio=, and for each hook [Hook STAGE] File=, Sha256=,
 * Enabled=, Seconds=, Network=, Write= (folders with ";" between them). What the chip and the mode
 * do not use (pn_recipe_field_is_used ()) is not read. */
typedef struct
{
  char *file; /* NULL = there is none of this stage */
  PnSha256 digest;
  gboolean enabled;
  guint seconds;
  gboolean network;
  char **write; /* never NULL where there is one */
} PnRecipeHook;

typedef struct
{
  char *name;
  guint revision;
  PnMode mode;
  PnChip chip;
  PnStorage storage;
  char *image; /* paths are absolute here */
  char *eeprom;
  char *recovery;
  char *bootfiles;
  char *gadget;
  char *initramfs;      /* NULL in mode naked */
  char *config;         /* bootconf.txt; NULL = the default */
  char *key;            /* PEM; in other modes only kept to say that it is ignored (H-2) */
  PnSha256 fingerprint; /* the one key that will do; zero = whatever the file holds */
  char *cipher;
  gboolean update_eeprom;
  gboolean match_boot_order;
  gboolean network; /* the image goes over the network where it can */
  gboolean jtag_lock;
  gboolean device_key;
  guint rpiboot_gpio; /* 0 = none is set */
  PnRecipeHook hooks[PN_N_HOOK_STAGES];
} PnRecipe;

/* Pure: as pn_recipe_draft_parse (), and every field must pass pn_recipe_draft_check (). */
PnRecipe *pn_recipe_parse (GBytes *text, const char *folder, GError **error);
PnRecipe *pn_recipe_load (const char *path, GError **error);
PnRecipe *pn_recipe_new_from_draft (const PnRecipeDraft *draft, GError **error);
/* Says every field, also what it says by default. */
PnRecipeDraft *pn_recipe_to_draft (const PnRecipe *self);
/* Canonical text; parsing it gives an equal recipe. */
GBytes *pn_recipe_to_text (const PnRecipe *self);
void pn_recipe_free (PnRecipe *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (PnRecipe, pn_recipe_free)

G_END_DECLS
