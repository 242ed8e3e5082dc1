/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* Words of a run that several processes share (design.md §6); on the bus, in JSON and in records
 * they travel as the words that pn_…_to_word () gives. */
typedef enum
{
  PN_PHASE_CONNECT,
  PN_PHASE_INSPECT,
  PN_PHASE_LOCK,  /* lock and firmware */
  PN_PHASE_START, /* start system: the gadget */
  PN_PHASE_STORAGE,
  PN_PHASE_WRITE,
  PN_PHASE_VERIFY,
  PN_PHASE_RECORD,
} PnPhase;
#define PN_N_PHASES (PN_PHASE_RECORD + 1)

typedef enum
{
  PN_VERDICT_RUNNING,
  PN_VERDICT_PASSED,
  PN_VERDICT_REFUSED, /* we chose not to go on; nothing was changed by this run */
  PN_VERDICT_FAILED,
  PN_VERDICT_CANCELLED,
  PN_VERDICT_SET_ASIDE, /* failed or cancelled, and somebody has to look at the device */
} PnVerdict;

/* What became of the device when a run did not pass. */
typedef enum
{
  PN_CONDITION_UNTOUCHED,   /* as it came */
  PN_CONDITION_RETRY,       /* safe to plug in again */
  PN_CONDITION_POWER_CYCLE, /* power it off, then safe to plug in again */
  PN_CONDITION_SET_ASIDE,   /* somebody has to look at it */
  PN_CONDITION_DONE,
} PnCondition;

/* Protection modes and storage of a recipe, as chosen by people. */
typedef enum
{
  PN_MODE_SECURE_BOOT,
  PN_MODE_FDE_ONLY,
  PN_MODE_NAKED,
} PnMode;

typedef enum
{
  PN_CHIP_BCM2710,
  PN_CHIP_BCM2711,
  PN_CHIP_BCM2712,
} PnChip;

typedef enum
{
  PN_STORAGE_SD,
  PN_STORAGE_EMMC,
  PN_STORAGE_NVME,
} PnStorage;

const char *pn_phase_to_word (PnPhase phase); /* "connect", "inspect", … */
gboolean pn_phase_from_word (const char *word, PnPhase *phase);
const char *pn_verdict_to_word (PnVerdict verdict);
gboolean pn_verdict_from_word (const char *word, PnVerdict *verdict);
const char *pn_condition_to_word (PnCondition condition);
gboolean pn_condition_from_word (const char *word, PnCondition *condition);
const char *pn_mode_to_word (PnMode mode); /* "secure-boot", "fde-only", "naked" */
gboolean pn_mode_from_word (const char *word, PnMode *mode);
const char *pn_chip_to_word (PnChip chip); /* "bcm2712" */
gboolean pn_chip_from_word (const char *word, PnChip *chip);
const char *pn_storage_to_word (PnStorage storage); /* "sd", "emmc", "nvme" */
gboolean pn_storage_from_word (const char *word, PnStorage *storage);
/* The disk's name on the device: "mmcblk0" or "nvme0n1". */
const char *pn_storage_to_disk (PnStorage storage);

G_END_DECLS
