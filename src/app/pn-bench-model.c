/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "pn-bench-model.h"

#include <glib/gi18n.h>

#define SD PN_STORAGE_SD
#define EMMC PN_STORAGE_EMMC
#define NVME PN_STORAGE_NVME

static const PnBenchModel models[] = {
  { "cm5", N_ ("Compute Module 5"), "pn-board-cm5", PN_CHIP_BCM2712, TRUE, 3, { EMMC, SD, NVME } },
  { "pi5", N_ ("Raspberry Pi 5"), "pn-board-pi5", PN_CHIP_BCM2712, FALSE, 2, { SD, NVME } },
  { "cm4", N_ ("Compute Module 4"), "pn-board-cm5", PN_CHIP_BCM2711, TRUE, 3, { EMMC, SD, NVME } },
  { "pi4", N_ ("Raspberry Pi 4"), "pn-board-pi4", PN_CHIP_BCM2711, TRUE, 1, { SD } },
  { "pi400", N_ ("Raspberry Pi 400"), "pn-board-pi4", PN_CHIP_BCM2711, TRUE, 1, { SD } },
  { "zero2w", N_ ("Raspberry Pi Zero 2 W"), "pn-board-zero", PN_CHIP_BCM2710, FALSE, 1, { SD } },
};

const PnBenchModel *
pn_bench_model_get (guint index)
{
  return index < G_N_ELEMENTS (models) ? &models[index] : NULL;
}

const PnBenchModel *
pn_bench_model_find (const char *word)
{
  for (guint i = 0; i < G_N_ELEMENTS (models); i++)
    if (g_strcmp0 (models[i].word, word) == 0)
      return &models[i];
  return NULL;
}

/* One whose usual storage it is, before one that can have it, before any of the chip. */
const PnBenchModel *
pn_bench_model_for (PnChip chip, PnStorage storage)
{
  const PnBenchModel *able = NULL, *any = NULL;

  for (guint i = G_N_ELEMENTS (models); i > 0; i--)
    {
      const PnBenchModel *model = &models[i - 1];

      if (model->chip != chip)
        continue;
      any = model;
      if (model->storages[0] == storage)
        return model;
      for (guint j = 0; j < model->n_storages; j++)
        if (model->storages[j] == storage && able == NULL)
          able = model;
    }
  return able != NULL ? able : any;
}

const char *
pn_bench_model_get_label (const PnBenchModel *self)
{
  return _ (self->label);
}
