/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "pn-bench-facts.h"

#include "pn-app.h"
#include "pn-digest.h"
#include "pn-io.h"

#define USUAL_SIZE G_GUINT64_CONSTANT (4000000000)
#define VENDOR_KEY_FILE "vendor-key-hash.txt"

static void
take_plan (PnBenchFacts *facts, PnBatchPlan *plan)
{
  PnManifest *manifest = pn_batch_plan_get_manifest (plan);
  guint64 least = pn_manifest_get_minimum_storage (manifest);

  facts->recipe = g_strdup (pn_batch_plan_get_title (plan));
  facts->chip = pn_manifest_get_chip (manifest);
  facts->storage = pn_manifest_get_storage (manifest);
  facts->encrypted = pn_manifest_get_cipher (manifest) != NULL;
  facts->image_set = pn_manifest_has_image_set (manifest);
  facts->fingerprint = g_strdup (pn_batch_plan_get_fingerprint (plan));
  while (facts->size < least + least / 4)
    facts->size *= 2;
}

/* The vendor key of stand-in firmware. */
static char *
read_vendor_key (const char *firmware_folder)
{
  g_autofree char *path = g_build_filename (firmware_folder, VENDOR_KEY_FILE, NULL);
  g_autofree char *text = NULL;
  PnSha256 hash;

  if (firmware_folder[0] == '\0' || !g_file_get_contents (path, &text, NULL, NULL) ||
      strlen (text) > 256 || !pn_sha256_from_hex (g_strstrip (text), &hash))
    return NULL;
  return g_steal_pointer (&text);
}

PnBenchFacts *
pn_bench_facts_new (PnBatchPlan *plan, const char *firmware_folder)
{
  PnBenchFacts *facts = g_new0 (PnBenchFacts, 1);

  facts->chip = PN_CHIP_BCM2712;
  facts->storage = PN_STORAGE_EMMC;
  facts->size = USUAL_SIZE;
  facts->vendor_key = read_vendor_key (firmware_folder);
  if (plan != NULL)
    take_plan (facts, plan);
  return facts;
}

/* ---- of the newest bundle ---- */

static PnBatchPlan *
find_newest (GPtrArray *plans)
{
  PnBatchPlan *newest = NULL;

  for (guint i = 0; i < plans->len; i++)
    if (newest == NULL || pn_manifest_get_timestamp (pn_batch_plan_get_manifest (plans->pdata[i])) >
                              pn_manifest_get_timestamp (pn_batch_plan_get_manifest (newest)))
      newest = plans->pdata[i];
  return newest;
}

static void
facts_thread (GTask *task, gpointer plan, gpointer folder, GCancellable *cancellable)
{
  g_task_return_pointer (task, pn_bench_facts_new (plan, folder),
                         (GDestroyNotify) pn_bench_facts_free);
}

static void
facts_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  GError *error = NULL;
  PnBenchFacts *facts = g_task_propagate_pointer (G_TASK (result), &error);

  if (facts != NULL)
    g_task_return_pointer (task, facts, (GDestroyNotify) pn_bench_facts_free);
  else
    g_task_return_error (task, error);
}

static void
listed_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  GTask *task = user_data;
  g_autoptr (GPtrArray) plans = pn_batch_plan_list_finish (result, NULL);
  PnBatchPlan *newest = plans != NULL ? find_newest (plans) : NULL;
  g_autoptr (GTask) worker = g_task_new (newest, g_task_get_cancellable (task), facts_cb, task);

  g_task_set_task_data (worker, pn_app_get_firmware_folder (pn_app_get_default ()), g_free);
  g_task_run_in_thread (worker, facts_thread);
}

void
pn_bench_facts_load_async (GCancellable *cancellable,
                           GAsyncReadyCallback callback,
                           gpointer user_data)
{
  GTask *task = g_task_new (NULL, cancellable, callback, user_data);

  g_task_set_source_tag (task, pn_bench_facts_load_async);
  pn_batch_plan_list_async (cancellable, listed_cb, task);
}

PnBenchFacts *
pn_bench_facts_load_finish (GAsyncResult *result, GError **error)
{
  return g_task_propagate_pointer (G_TASK (result), error);
}

void
pn_bench_facts_free (PnBenchFacts *self)
{
  if (self == NULL)
    return;
  g_free (self->recipe);
  g_free (self->fingerprint);
  g_free (self->vendor_key);
  g_free (self);
}

GVariant *
pn_bench_plan_to_options (const PnBenchPlan *plan, const PnBenchFacts *facts)
{
  const char *vendor_keys[] = { facts->vendor_key, NULL };
  gboolean ours = g_str_equal (plan->state, "ours") && facts->fingerprint != NULL;
  GVariantDict options;

  g_variant_dict_init (&options, NULL);
  g_variant_dict_insert (&options, "model", "s", plan->model);
  g_variant_dict_insert (&options, "storage", "s", pn_storage_to_word (plan->storage));
  g_variant_dict_insert (&options, "storage-size", "t", plan->size > 0 ? plan->size : facts->size);
  /* Where nothing is locked, a device that is ours is like a fresh one. */
  g_variant_dict_insert (&options, "state", "s",
                         g_str_equal (plan->state, "ours") && !ours ? "fresh" : plan->state);
  if (ours)
    g_variant_dict_insert (&options, "fingerprint", "s", facts->fingerprint);
  if (plan->faults != NULL)
    g_variant_dict_insert (&options, "faults", "^as", plan->faults);
  if (facts->vendor_key != NULL)
    g_variant_dict_insert (&options, "vendor-keys", "^as", vendor_keys);
  g_variant_dict_insert (&options, "operator", "b", plan->person);
  return g_variant_dict_end (&options);
}
