/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "pn-scenario.h"

#include <glib/gi18n.h>

#include "pn-bench-facts.h"
#include "pn-bench-model.h"
#include "pn-error.h"

#define MAX_DEVICES 8

typedef struct
{
  const char *name;
  const char *state; /* NULL = "fresh" */
  gboolean other_storage;
  const char *fault;
} Device;

/* Names of devices are names of slots, which are plain ASCII in every language. */
static const struct
{
  const char *name;
  Device devices[MAX_DEVICES + 1];
} plays[] = {
  { "tutorial",
    { { "Fresh", NULL, FALSE, NULL },
      { "Other storage", NULL, TRUE, NULL },
      { "Already ours", "ours", FALSE, NULL },
      { "Somebody else", "other-key", FALSE, NULL } } },
  { "busy-line",
    { { "Line 1", NULL, FALSE, NULL },
      { "Line 2", NULL, FALSE, NULL },
      { "Line 3", NULL, FALSE, NULL },
      { "Line 4", NULL, FALSE, NULL },
      { "Line 5", NULL, FALSE, NULL },
      { "Line 6", NULL, FALSE, NULL },
      { "Line 7", NULL, FALSE, NULL },
      { "Line 8", NULL, FALSE, NULL } } },
  { "bad-cable",
    { { "Good cable", NULL, FALSE, NULL },
      { "Bad cable", NULL, FALSE, "unplug-after=24000000" } } },
  { "wrong-key",
    { { "Ours", "ours", FALSE, NULL }, { "Somebody else", "other-key", FALSE, NULL } } },
};

static const PnScenario scenarios[] = {
  { "tutorial", N_ ("Tutorial"),
    N_ ("Four devices: two fresh ones, one of ours, one of somebody else") },
  { "busy-line", N_ ("Busy line"), N_ ("Eight fresh devices at once") },
  { "bad-cable", N_ ("Bad cable"), N_ ("One of two loses its connection while it is written") },
  { "wrong-key", N_ ("Wrong key"), N_ ("One of two is locked with a key that is not yours") },
  { NULL, NULL, NULL },
};

const PnScenario *
pn_scenario_list (void)
{
  return scenarios;
}

/* One after the other: devices that go, devices that come, plugs. */
typedef struct
{
  PnClientBench *bench;
  const Device *devices;
  PnBenchFacts *facts;
  GPtrArray *old; /* devices that are taken away first */
  guint at;
} Play;

static void
play_free (Play *play)
{
  g_object_unref (play->bench);
  g_ptr_array_unref (play->old);
  g_clear_pointer (&play->facts, pn_bench_facts_free);
  g_free (play);
}

static void go_on (GTask *task);

static PnClientBenchDevice *
find_device (Play *play, const char *name)
{
  GListModel *devices = pn_client_bench_get_devices (play->bench);

  for (guint i = 0; i < g_list_model_get_n_items (devices); i++)
    {
      g_autoptr (PnClientBenchDevice) device = g_list_model_get_item (devices, i);

      if (g_str_equal (pn_client_bench_device_get_name (device), name))
        return device; /* the bench keeps it */
    }
  return NULL;
}

static void
device_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  GError *error = NULL;

  if (pn_client_bench_device_call_finish (PN_CLIENT_BENCH_DEVICE (source), result, &error))
    go_on (task);
  else
    g_task_return_error (task, error);
}

/* What tells of the device comes before the answer: both are of one sender. */
static void
added_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  Play *play = g_task_get_task_data (task);
  GError *error = NULL;
  g_autofree char *path = pn_client_bench_add_finish (play->bench, result, &error);
  PnClientBenchDevice *device =
      path != NULL ? find_device (play, play->devices[play->at].name) : NULL;

  if (device != NULL)
    {
      play->at++;
      pn_client_bench_device_plug_async (device, g_task_get_cancellable (task), device_cb,
                                         g_object_ref (task));
    }
  else if (path != NULL)
    g_task_return_new_error (task, PN_ERROR, PN_ERROR_DISCONNECTED, "%s",
                             _ ("The practice bench has ended"));
  else
    g_task_return_error (task, error);
}

static PnStorage
choose_storage (const Device *device, const PnBenchFacts *facts)
{
  if (!device->other_storage)
    return facts->storage;
  return facts->storage == PN_STORAGE_NVME ? PN_STORAGE_SD : PN_STORAGE_NVME;
}

static void
add (GTask *task)
{
  Play *play = g_task_get_task_data (task);
  const Device *device = &play->devices[play->at];
  const char *faults[] = { device->fault, NULL };
  PnStorage storage = choose_storage (device, play->facts);
  PnBenchPlan plan = {
    .model = pn_bench_model_for (play->facts->chip, storage)->word,
    .storage = storage,
    .state = device->state != NULL ? device->state : "fresh",
    .faults = device->fault != NULL ? faults : NULL,
    .person = TRUE,
  };

  pn_client_bench_add_async (play->bench, device->name,
                             pn_bench_plan_to_options (&plan, play->facts),
                             g_task_get_cancellable (task), added_cb, g_object_ref (task));
}

static void
go_on (GTask *task)
{
  Play *play = g_task_get_task_data (task);

  if (play->old->len > 0)
    {
      g_autoptr (PnClientBenchDevice) old = g_ptr_array_steal_index (play->old, 0);

      pn_client_bench_device_remove_async (old, g_task_get_cancellable (task), device_cb,
                                           g_object_ref (task));
    }
  else if (play->devices[play->at].name == NULL)
    g_task_return_boolean (task, TRUE);
  else
    add (task);
}

static void
remember_devices (Play *play)
{
  GListModel *devices = pn_client_bench_get_devices (play->bench);

  for (guint i = 0; i < g_list_model_get_n_items (devices); i++)
    g_ptr_array_add (play->old, g_list_model_get_item (devices, i));
}

static void
facts_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  Play *play = g_task_get_task_data (task);
  GError *error = NULL;

  play->facts = pn_bench_facts_load_finish (result, &error);
  if (play->facts == NULL)
    g_task_return_error (task, error);
  else
    {
      remember_devices (play);
      go_on (task);
    }
}

void
pn_scenario_play_async (PnClientBench *bench,
                        const char *name,
                        GCancellable *cancellable,
                        GAsyncReadyCallback callback,
                        gpointer user_data)
{
  GTask *task = g_task_new (NULL, cancellable, callback, user_data);
  Play *play = g_new0 (Play, 1);

  g_task_set_source_tag (task, pn_scenario_play_async);
  g_task_set_task_data (task, play, (GDestroyNotify) play_free);
  play->bench = g_object_ref (bench);
  play->old = g_ptr_array_new_with_free_func (g_object_unref);
  for (guint i = 0; i < G_N_ELEMENTS (plays); i++)
    if (g_str_equal (plays[i].name, name))
      play->devices = plays[i].devices;
  if (play->devices == NULL)
    {
      g_task_return_new_error (task, PN_ERROR, PN_ERROR_NOT_FOUND, "There is no scenario “%s”",
                               name);
      g_object_unref (task);
      return;
    }
  pn_bench_facts_load_async (cancellable, facts_cb, task);
}

gboolean
pn_scenario_play_finish (GAsyncResult *result, GError **error)
{
  return g_task_propagate_boolean (G_TASK (result), error);
}
