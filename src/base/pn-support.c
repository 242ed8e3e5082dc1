/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "pn-support.h"

#include <glib/gi18n-lib.h>

#define SD (1u << PN_STORAGE_SD)
#define EMMC (1u << PN_STORAGE_EMMC)
#define NVME (1u << PN_STORAGE_NVME)
#define NAKED (1u << PN_MODE_NAKED)
#define FDE (1u << PN_MODE_FDE_ONLY)
#define LOCK (1u << PN_MODE_SECURE_BOOT)
#define ANY_MODEL 0 /* of the chip, that is not in the table */

typedef struct
{
  PnChip chip;
  guint type;       /* bits 4 to 11 of the board revision: fastboot.md §8.1 */
  const char *name; /* what its device tree model begins with */
  guint modes, storages;
} Board;

/* A model without storage is known and cannot be provisioned. The newer chips' boards of tomorrow
 * are taken: what storage they have they say themselves. */
static const Board boards[] = {
  { PN_CHIP_BCM2710, 0x12, "Raspberry Pi Zero 2", FDE | NAKED, SD },
  { PN_CHIP_BCM2710, ANY_MODEL, NULL, FDE | NAKED, 0 },
  { PN_CHIP_BCM2711, 0x11, "Raspberry Pi 4 ", LOCK | FDE | NAKED, SD },
  { PN_CHIP_BCM2711, 0x13, "Raspberry Pi 400", LOCK | FDE | NAKED, SD },
  { PN_CHIP_BCM2711, 0x14, "Raspberry Pi Compute Module 4", LOCK | FDE | NAKED, SD | EMMC | NVME },
  { PN_CHIP_BCM2711, 0x15, "Raspberry Pi Compute Module 4S", LOCK | FDE | NAKED, SD | EMMC },
  { PN_CHIP_BCM2711, ANY_MODEL, NULL, LOCK | FDE | NAKED, SD | EMMC | NVME },
  { PN_CHIP_BCM2712, 0x17, "Raspberry Pi 5 ", LOCK | FDE | NAKED, SD | NVME },
  { PN_CHIP_BCM2712, 0x18, "Raspberry Pi Compute Module 5", LOCK | FDE | NAKED, EMMC | NVME },
  { PN_CHIP_BCM2712, 0x19, "Raspberry Pi 500", LOCK | FDE | NAKED, SD | NVME },
  { PN_CHIP_BCM2712, 0x1a, "Raspberry Pi Compute Module 5 Lite", LOCK | FDE | NAKED, SD | NVME },
  { PN_CHIP_BCM2712, ANY_MODEL, NULL, LOCK | FDE | NAKED, SD | EMMC | NVME },
};

static const char *const sentences[] = {
  [PN_SUPPORT_NO_LOCK] = N_ ("The Zero 2 W has no secure boot (BCM2710): it cannot be locked"),
  [PN_SUPPORT_NO_STORAGE] = N_ ("This device family cannot start from that storage"),
  [PN_SUPPORT_OTHER_MODEL] =
      N_ ("Of the devices with this chip (BCM2710) only the Zero 2 W can be provisioned"),
  [PN_SUPPORT_MODEL_STORAGE] = N_ ("This model has no such storage"),
};

PnSupport
pn_support_check_mode (PnChip chip, PnMode mode)
{
  for (guint i = 0; i < G_N_ELEMENTS (boards); i++)
    if (boards[i].chip == chip && (boards[i].modes & 1u << mode) != 0)
      return PN_SUPPORT_YES;
  return PN_SUPPORT_NO_LOCK;
}

PnSupport
pn_support_check (PnChip chip, PnMode mode, PnStorage storage)
{
  PnSupport support = pn_support_check_mode (chip, mode);

  if (support != PN_SUPPORT_YES)
    return support;
  for (guint i = 0; i < G_N_ELEMENTS (boards); i++)
    if (boards[i].chip == chip && (boards[i].modes & 1u << mode) != 0 &&
        (boards[i].storages & 1u << storage) != 0)
      return PN_SUPPORT_YES;
  return PN_SUPPORT_NO_STORAGE;
}

/* The board whose name is the longest beginning of @model; NULL where there is none. */
static const Board *
find_name (const char *model)
{
  const Board *found = NULL;

  for (guint i = 0; model != NULL && i < G_N_ELEMENTS (boards); i++)
    if (boards[i].name != NULL && g_str_has_prefix (model, boards[i].name) &&
        (found == NULL || strlen (boards[i].name) > strlen (found->name)))
      found = &boards[i];
  return found;
}

static const Board *
find_type (PnChip chip, guint32 revision)
{
  guint type = (revision >> 4) & 0xff;

  for (guint i = 0; i < G_N_ELEMENTS (boards); i++)
    if (boards[i].chip == chip && (boards[i].type == type || boards[i].type == ANY_MODEL))
      return &boards[i];
  return NULL;
}

PnSupport
pn_support_check_board (
    PnChip chip, PnMode mode, PnStorage storage, guint32 revision, const char *model)
{
  PnSupport support = pn_support_check (chip, mode, storage);
  const Board *board;

  if (support != PN_SUPPORT_YES || (revision == 0 && model == NULL))
    return support;
  board = find_name (model);
  if (board == NULL || board->chip != chip)
    board = find_type (chip, revision);
  if (board == NULL || board->storages == 0 || (board->modes & 1u << mode) == 0)
    return PN_SUPPORT_OTHER_MODEL;
  return (board->storages & 1u << storage) != 0 ? PN_SUPPORT_YES : PN_SUPPORT_MODEL_STORAGE;
}

gboolean
pn_support_find_chip (const char *model, PnChip *chip)
{
  const Board *board = find_name (model);

  if (board != NULL)
    *chip = board->chip;
  return board != NULL;
}

const char *
pn_support_to_sentence (PnSupport support)
{
  return sentences[support];
}
