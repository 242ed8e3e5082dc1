/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "pn-phase.h"

G_BEGIN_DECLS

#define PN_BENCH_MAX_STORAGES 3

/* A model that virtual devices can be of. */
typedef struct
{
  const char *word; /* org.punnet.Bench1: "cm5" */
  const char *label;
  const char *icon;
  PnChip chip;
  gboolean strap; /* its jumper leads it back to USB boot */
  guint n_storages;
  PnStorage storages[PN_BENCH_MAX_STORAGES]; /* the usual one first */
} PnBenchModel;

/* All of them, one after the other; NULL behind the last. */
const PnBenchModel *pn_bench_model_get (guint index);
/* NULL where it is none of them. */
const PnBenchModel *pn_bench_model_find (const char *word);
/* The one that a bundle for @chip and @storage is tried on. */
const PnBenchModel *pn_bench_model_for (PnChip chip, PnStorage storage);
/* Translated. */
const char *pn_bench_model_get_label (const PnBenchModel *self);

G_END_DECLS
