/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gio/gio.h>

#include "pn-batch-plan.h"

G_BEGIN_DECLS

/* What virtual devices have to be like so that what was prepared last fits them. */
typedef struct
{
  char *recipe;       /* its name and revision; NULL = nothing was prepared */
  PnChip chip;        /* BCM2712 where nothing was prepared */
  PnStorage storage;  /* that it is written to; eMMC where nothing was prepared */
  gboolean encrypted; /* so it wants its storage */
  gboolean image_set;
  guint64 size;      /* bytes of storage that are enough for it, with room to grow */
  char *fingerprint; /* of its key, in hexadecimal; NULL = none */
  char *vendor_key;  /* SHA-256 of a key that the boot ROM has to trust: of stand-in firmware; or
                        NULL */
} PnBenchFacts;

/* Of the bundle of @plan (nullable); the vendor key is looked for in @firmware_folder ("" = none).
 * Blocking; any thread. */
PnBenchFacts *pn_bench_facts_new (PnBatchPlan *plan, const char *firmware_folder);
/* Of what was prepared last. */
void pn_bench_facts_load_async (GCancellable *cancellable,
                                GAsyncReadyCallback callback,
                                gpointer user_data);
PnBenchFacts *pn_bench_facts_load_finish (GAsyncResult *result, GError **error);
void pn_bench_facts_free (PnBenchFacts *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (PnBenchFacts, pn_bench_facts_free)

/* One virtual device to be added. */
typedef struct
{
  const char *name;
  const char *model; /* its word: pn-bench-model.h */
  PnStorage storage;
  guint64 size;              /* bytes; 0 = what the facts say */
  const char *state;         /* "fresh", "ours", "other-key" */
  const char *const *faults; /* nullable */
  gboolean person;           /* somebody does what the helper asks for */
} PnBenchPlan;
/* The options of org.punnet.Bench1.Manager.AddDevice (floating). */
GVariant *pn_bench_plan_to_options (const PnBenchPlan *plan, const PnBenchFacts *facts);

G_END_DECLS
