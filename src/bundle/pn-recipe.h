/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "pn-phase.h"
#include <gio/gio.h>

G_BEGIN_DECLS

/* A recipe: key file text, paths relative to the recipe's folder.
 *   [Recipe] Name=, Revision=, Mode=secure-boot|naked, Chip=bcm2712, Storage=emmc|nvme|sd,
 *   [Image] File=, [Firmware] Eeprom=, Recovery=, Bootfiles=, Gadget=, Initramfs=, Config=,
 *   UpdateEeprom=, MatchBootOrder=, [Key] Pem=, [Encryption] Cipher=, [Permanent] JtagLock=,
 *   DeviceKey= */
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
  char *initramfs; /* NULL in mode naked */
  char *config;    /* bootconf.txt; NULL = the default */
  char *key;       /* PEM; in other modes only kept to say that it is ignored (H-2) */
  char *cipher;
  gboolean update_eeprom;
  gboolean match_boot_order;
  gboolean jtag_lock;
  gboolean device_key;
} PnRecipe;

/* Pure: @folder is only put before relative paths. Unknown groups and keys are errors. */
PnRecipe *pn_recipe_parse (GBytes *text, const char *folder, GError **error);
PnRecipe *pn_recipe_load (const char *path, GError **error);
void pn_recipe_free (PnRecipe *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (PnRecipe, pn_recipe_free)

G_END_DECLS
