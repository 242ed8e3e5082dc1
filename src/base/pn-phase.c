/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "pn-phase.h"

#define DEFINE_WORDS(Type, name, ...)                                                              \
  static const char *const name##_words[] = { __VA_ARGS__ };                                       \
                                                                                                   \
  const char *pn_##name##_to_word (Type value)                                                     \
  {                                                                                                \
    g_return_val_if_fail ((guint) value < G_N_ELEMENTS (name##_words), NULL);                      \
    return name##_words[value];                                                                    \
  }                                                                                                \
                                                                                                   \
  gboolean pn_##name##_from_word (const char *word, Type *value)                                   \
  {                                                                                                \
    for (guint i = 0; i < G_N_ELEMENTS (name##_words); i++)                                        \
      if (g_strcmp0 (word, name##_words[i]) == 0)                                                  \
        {                                                                                          \
          *value = (Type) i;                                                                       \
          return TRUE;                                                                             \
        }                                                                                          \
    return FALSE;                                                                                  \
  }

DEFINE_WORDS (
    PnPhase, phase, "connect", "inspect", "lock", "start", "storage", "write", "verify", "record")
DEFINE_WORDS (
    PnVerdict, verdict, "running", "passed", "refused", "failed", "cancelled", "set-aside")
DEFINE_WORDS (PnCondition, condition, "untouched", "retry", "power-cycle", "set-aside", "done")
DEFINE_WORDS (PnMode, mode, "secure-boot", "fde-only", "naked")
DEFINE_WORDS (PnChip, chip, "bcm2710", "bcm2711", "bcm2712")
DEFINE_WORDS (PnStorage, storage, "sd", "emmc", "nvme")

G_STATIC_ASSERT (G_N_ELEMENTS (phase_words) == PN_N_PHASES);

const char *
pn_storage_to_disk (PnStorage storage)
{
  return storage == PN_STORAGE_NVME ? "nvme0n1" : "mmcblk0";
}
