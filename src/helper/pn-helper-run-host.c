/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a worker says and asks, from what it may do to how it ended. */
#include "config.h"

#include "pn-helper-run-private.h"

#include <gio/gunixfdlist.h>

#include "pn-chip.h"
#include "pn-io.h"
#include "pn-overrides.h"
#include "pn-second-person.h"

#define MAX_EVIDENCE 200
#define MAX_SAID (16 * 1024) /* bytes of one call: what a run says is much shorter */

/* A device whose one-time memory holds no key is not one that this bundle has locked, whatever the
 * records have of its number. */
static gboolean
is_done (PnHelperRun *self, const char *serial, GVariant *facts)
{
  PnManifest *manifest = pn_bundle_get_manifest (self->batch->bundle);
  g_autofree char *last =
      pn_records_get_last (self->slot->station->records, self->batch->digest, serial);
  const char *hash = NULL;
  PnSha256 key;

  if (g_strcmp0 (last, pn_verdict_to_word (PN_VERDICT_PASSED)) != 0)
    return FALSE;
  (void) g_variant_lookup (facts, "key-hash", "&s", &hash);
  return !pn_mode_locks (pn_manifest_get_mode (manifest)) || hash == NULL ||
         !pn_sha256_from_hex (hash, &key) || !pn_sha256_is_zero (&key);
}

static gboolean
admit_cb (PnWorkerDbusWorkerHost1 *object,
          GDBusMethodInvocation *invocation,
          GVariant *facts,
          PnHelperRun *self)
{
  const char *serial = NULL;
  g_autoptr (GError) error = NULL;

  (void) g_variant_lookup (facts, "serial", "&s", &serial);
  g_free (self->serial);
  self->serial = g_strdup (serial);
  if (!pn_records_advance (self->slot->station->records, self->open_run, serial, NULL, &error))
    {
      pn_error_answer (invocation, g_steal_pointer (&error));
      return G_DBUS_METHOD_INVOCATION_HANDLED;
    }
  if (!pn_helper_run_check_overrides (self, serial, &error) ||
      (serial != NULL && is_done (self, serial, facts) &&
       !pn_helper_run_admit_done (self, serial, &error)))
    {
      pn_error_answer (invocation, g_steal_pointer (&error));
      return G_DBUS_METHOD_INVOCATION_HANDLED;
    }
  if (!self->reserved && pn_batch_is_complete (self->batch))
    return pn_refuse (invocation, PN_ERROR_CONSENT,
                      "The batch has all the devices it was opened for; nothing was changed");
  if (!self->reserved)
    {
      self->reserved = TRUE;
      self->batch->used++;
      pn_batch_update (self->batch);
    }
  pn_worker_dbus_worker_host1_complete_admit (object, invocation);
  return G_DBUS_METHOD_INVOCATION_HANDLED;
}

/* What the records say of a device whose boot ROM has said its serial. */
static gboolean
recall_cb (PnWorkerDbusWorkerHost1 *object,
           GDBusMethodInvocation *invocation,
           const char *serial,
           PnHelperRun *self)
{
  PnPublicKey *key = pn_manifest_get_public_key (pn_bundle_get_manifest (self->batch->bundle));
  g_autofree char *ours = NULL;
  g_autofree char *last = NULL;
  gboolean locked = FALSE;

  if (key != NULL && serial[0] != '\0')
    {
      PnSha256 fingerprint = pn_public_key_get_fingerprint (key);

      ours = pn_sha256_to_hex (&fingerprint);
      locked = pn_records_is_locked_with (self->slot->station->records, serial, ours);
    }
  last = pn_records_get_last (self->slot->station->records, self->batch->digest, serial);
  pn_worker_dbus_worker_host1_complete_recall (object, invocation, locked,
                                               last != NULL ? last : "");
  return G_DBUS_METHOD_INVOCATION_HANDLED;
}

/* ---- the bundle is whole ---- */

/* Something that takes its time, for a worker that waits; the run may end meanwhile. */
typedef struct
{
  PnStation *station;
  PnBatch *batch; /* cannot be dropped meanwhile: counts as going */
  guint64 size;
  PnWorkerDbusWorkerHost1 *object;
  GDBusMethodInvocation *invocation;
} Errand;

static Errand *
errand_new (PnHelperRun *self, PnWorkerDbusWorkerHost1 *object, GDBusMethodInvocation *invocation)
{
  Errand *errand = g_new0 (Errand, 1);

  pn_batch_begin (self->batch);
  self->slot->station->n_errands++;
  *errand = (Errand){ .station = self->slot->station,
                      .batch = self->batch,
                      .object = g_object_ref (object),
                      .invocation = invocation };
  return errand;
}

static void
errand_free (Errand *self)
{
  PnStation *station = self->station;

  pn_batch_end (self->batch);
  station->n_errands--;
  g_object_unref (self->object);
  g_free (self);
  pn_station_run_ended (station);
}

static void
check_thread (GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
  Errand *errand = data;
  GError *error = NULL;

  if (pn_bundle_check_whole (errand->batch->bundle, NULL, &error))
    g_task_return_boolean (task, TRUE);
  else
    g_task_return_error (task, error);
}

static void
checked_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  Errand *errand = user_data;
  g_autoptr (GError) error = NULL;

  if (g_task_propagate_boolean (G_TASK (result), &error))
    pn_worker_dbus_worker_host1_complete_vouch (errand->object, errand->invocation);
  else
    pn_error_answer (errand->invocation, g_steal_pointer (&error));
  errand_free (errand);
}

static gboolean
vouch_cb (PnWorkerDbusWorkerHost1 *object, GDBusMethodInvocation *invocation, PnHelperRun *self)
{
  g_autoptr (GTask) task = NULL;
  Errand *errand;

  if (pn_bundle_is_unchanged (self->batch->bundle))
    {
      pn_worker_dbus_worker_host1_complete_vouch (object, invocation);
      return G_DBUS_METHOD_INVOCATION_HANDLED;
    }
  errand = errand_new (self, object, invocation);
  task = g_task_new (NULL, NULL, checked_cb, errand);
  g_task_set_task_data (task, errand, NULL);
  g_task_run_in_thread (task, check_thread);
  return G_DBUS_METHOD_INVOCATION_HANDLED;
}

static gboolean
intent_cb (PnWorkerDbusWorkerHost1 *object,
           GDBusMethodInvocation *invocation,
           const char *step,
           GVariant *facts,
           PnHelperRun *self)
{
  g_autoptr (GError) error = NULL;
  gint64 intent;

  if (self->batch->permit == NULL || !self->reserved)
    return pn_refuse (invocation, PN_ERROR_CONSENT,
                      "This step is permanent and was not consented to");
  /* It may not have heard so yet. */
  if (self->cancelled)
    return pn_refuse (invocation, PN_ERROR_CANCELLED,
                      "The run was cancelled; this step was not made");
  /* A worker that has just asked knows it already; one that has not asked is not believed. */
  if (!pn_bundle_is_unchanged (self->batch->bundle))
    return pn_refuse (invocation, PN_ERROR_STALE,
                      "The bundle on this station was altered just now; this step was not made");
  intent = pn_records_intent (self->slot->station->records, self->slot->name, self->serial, step,
                              &error);
  if (intent == 0)
    {
      pn_error_answer (invocation, g_steal_pointer (&error));
      return G_DBUS_METHOD_INVOCATION_HANDLED;
    }
  g_hash_table_insert (self->intents, g_strdup (step), g_memdup2 (&intent, sizeof intent));
  self->permanent = TRUE;
  pn_dbus_run_set_permanent (self->object, TRUE);
  pn_worker_dbus_worker_host1_complete_intent (object, invocation);
  return G_DBUS_METHOD_INVOCATION_HANDLED;
}

static gboolean
outcome_cb (PnWorkerDbusWorkerHost1 *object,
            GDBusMethodInvocation *invocation,
            const char *step,
            gboolean made,
            PnHelperRun *self)
{
  const gint64 *intent = g_hash_table_lookup (self->intents, step);
  g_autoptr (GError) error = NULL;

  if (intent != NULL && !pn_records_outcome (self->slot->station->records, *intent, made, &error))
    {
      pn_error_answer (invocation, g_steal_pointer (&error));
      return G_DBUS_METHOD_INVOCATION_HANDLED;
    }
  g_hash_table_remove (self->intents, step);
  pn_worker_dbus_worker_host1_complete_outcome (object, invocation);
  return G_DBUS_METHOD_INVOCATION_HANDLED;
}

static gboolean
keep_cb (PnWorkerDbusWorkerHost1 *object,
         GDBusMethodInvocation *invocation,
         gboolean keep,
         PnHelperRun *self)
{
  pn_dbus_run_set_do_not_disconnect (self->object, keep);
  pn_worker_dbus_worker_host1_complete_keep_connected (object, invocation);
  return G_DBUS_METHOD_INVOCATION_HANDLED;
}

/* ---- growth ---- */

static void begin_growth (PnStation *station);

static void
grow_thread (GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
  Errand *growing = data;
  GError *error = NULL;
  int fd = pn_growth_get (growing->station, growing->batch->bundle, growing->size, &error);

  if (fd < 0)
    g_task_return_error (task, error);
  else
    g_task_return_int (task, fd);
}

static void
grown_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  Errand *growing = user_data;
  PnStation *station = growing->station;
  g_autoptr (GError) error = NULL;
  g_autoptr (GUnixFDList) fds = NULL;
  g_auto (PnFd) fd = (int) g_task_propagate_int (G_TASK (result), &error);

  if (error != NULL)
    {
      fd = -1;
      pn_error_answer (growing->invocation, g_steal_pointer (&error));
    }
  else
    {
      fds = g_unix_fd_list_new_from_array (&fd, 1);
      fd = -1;
      pn_worker_dbus_worker_host1_complete_growth (growing->object, growing->invocation, fds,
                                                   g_variant_new_handle (0));
    }
  (void) g_queue_pop_head (&station->growths);
  begin_growth (station);
  errand_free (growing);
}

/* The next of those that wait; one at a time, so that the processors are left to the devices, and
 * most find what the one before them has made. */
static void
begin_growth (PnStation *station)
{
  Errand *growing = g_queue_peek_head (&station->growths);
  g_autoptr (GTask) task = NULL;

  if (growing == NULL)
    return;
  task = g_task_new (NULL, NULL, grown_cb, growing);
  g_task_set_task_data (task, growing, NULL);
  g_task_run_in_thread (task, grow_thread);
}

static gboolean
growth_cb (PnWorkerDbusWorkerHost1 *object,
           GDBusMethodInvocation *invocation,
           GUnixFDList *fds,
           guint64 size,
           PnHelperRun *self)
{
  Errand *growing = errand_new (self, object, invocation);
  PnStation *station = self->slot->station;

  growing->size = size;
  g_queue_push_tail (&station->growths, growing);
  if (g_queue_get_length (&station->growths) == 1)
    begin_growth (station);
  return G_DBUS_METHOD_INVOCATION_HANDLED;
}

static gboolean
phase_cb (PnWorkerDbusWorkerHost1 *object,
          GDBusMethodInvocation *invocation,
          const char *phase,
          PnHelperRun *self)
{
  g_autoptr (GError) error = NULL;

  if (!pn_records_advance (self->slot->station->records, self->open_run, NULL, phase, &error))
    {
      pn_helper_run_journal (self, G_LOG_LEVEL_WARNING, "%s", error->message);
      g_clear_error (&error);
    }
  /* The last of the old phase is news, too, and must not be lost to the first of the next. */
  g_dbus_interface_skeleton_flush (G_DBUS_INTERFACE_SKELETON (self->object));
  pn_dbus_run_set_phase (self->object, phase);
  pn_run_report_phase (self->report, phase);
  if (!pn_helper_run_keep_story (self, &error))
    pn_helper_run_journal (self, G_LOG_LEVEL_WARNING, "%s", error->message);
  pn_dbus_run_set_done (self->object, 0);
  pn_dbus_run_set_total (self->object, 0);
  pn_worker_dbus_worker_host1_complete_phase (object, invocation);
  return G_DBUS_METHOD_INVOCATION_HANDLED;
}

static gboolean
progress_cb (PnWorkerDbusWorkerHost1 *object,
             GDBusMethodInvocation *invocation,
             guint64 done,
             guint64 total,
             PnHelperRun *self)
{
  pn_dbus_run_set_done (self->object, done);
  pn_dbus_run_set_total (self->object, total);
  pn_worker_dbus_worker_host1_complete_progress (object, invocation);
  return G_DBUS_METHOD_INVOCATION_HANDLED;
}

static gboolean
evidence_cb (PnWorkerDbusWorkerHost1 *object,
             GDBusMethodInvocation *invocation,
             const char *key,
             const char *value,
             PnHelperRun *self)
{
  /* A device may say anything, but not what somebody here decided, or what a hook did. */
  if (g_hash_table_size (self->evidence) < MAX_EVIDENCE &&
      !g_str_has_prefix (key, PN_OVERRIDE_EVIDENCE) && !g_str_has_prefix (key, PN_HOOK_EVIDENCE) &&
      !g_str_equal (key, PN_DONE_EVIDENCE) && !g_str_equal (key, PN_CONFINED_EVIDENCE) &&
      !g_str_equal (key, PN_SECOND_PERSON_EVIDENCE))
    {
      g_hash_table_insert (self->evidence, g_strdup (key), g_strdup (value));
      pn_run_report_learn (self->report, key, value);
    }
  pn_worker_dbus_worker_host1_complete_evidence (object, invocation);
  return G_DBUS_METHOD_INVOCATION_HANDLED;
}

static void
learn_fact (PnHelperRun *self, const char *key, GVariant *value)
{
  g_autofree char *word = NULL;

  if (g_variant_is_of_type (value, G_VARIANT_TYPE_STRING))
    word = g_variant_dup_string (value, NULL);
  else if (g_variant_is_of_type (value, G_VARIANT_TYPE_UINT32) && g_variant_get_uint32 (value) != 0)
    word = g_strdup_printf ("%06x", g_variant_get_uint32 (value));
  else if (g_variant_is_of_type (value, G_VARIANT_TYPE_UINT64) && g_variant_get_uint64 (value) != 0)
    word = g_strdup_printf ("%" G_GUINT64_FORMAT, g_variant_get_uint64 (value));
  if (word != NULL)
    pn_run_report_learn (self->report, key, word);
}

static gboolean
facts_cb (PnWorkerDbusWorkerHost1 *object,
          GDBusMethodInvocation *invocation,
          GVariant *facts,
          PnHelperRun *self)
{
  const char *serial = NULL;
  GVariantIter iter;
  const char *key;
  GVariant *value;

  (void) g_variant_lookup (facts, "serial", "&s", &serial);
  g_variant_iter_init (&iter, facts);
  while (g_variant_iter_loop (&iter, "{&sv}", &key, &value))
    learn_fact (self, key, value);
  if (serial != NULL && g_strcmp0 (serial, pn_dbus_run_get_serial (self->object)) != 0)
    {
      pn_dbus_run_set_serial (self->object, serial);
      pn_dbus_run_set_attempt (self->object,
                               pn_records_count_runs (self->slot->station->records, serial) + 1);
    }
  pn_worker_dbus_worker_host1_complete_facts (object, invocation);
  return G_DBUS_METHOD_INVOCATION_HANDLED;
}

static gboolean
instruct_cb (PnWorkerDbusWorkerHost1 *object,
             GDBusMethodInvocation *invocation,
             const char *sentence,
             PnHelperRun *self)
{
  pn_dbus_run_set_instruction (self->object, sentence);
  if (sentence[0] != '\0')
    pn_run_report_log (self->report, sentence);
  pn_worker_dbus_worker_host1_complete_instruct (object, invocation);
  return G_DBUS_METHOD_INVOCATION_HANDLED;
}

static gboolean
log_cb (PnWorkerDbusWorkerHost1 *object,
        GDBusMethodInvocation *invocation,
        const char *sentence,
        PnHelperRun *self)
{
  g_autofree char *english = pn_sentence_to_english (sentence);

  pn_helper_run_journal (self, G_LOG_LEVEL_MESSAGE, "%s", english);
  pn_run_report_log (self->report, sentence);
  pn_worker_dbus_worker_host1_complete_log (object, invocation);
  return G_DBUS_METHOD_INVOCATION_HANDLED;
}

/* Before each of them. What is kept of it goes to everybody on the bus, and from there a message
 * that is too long would take the helper off, with all its runs. */
static gboolean
heard_cb (PnHelperRun *self, GDBusMethodInvocation *invocation)
{
  pn_helper_run_heard (self);
  return g_variant_get_size (g_dbus_method_invocation_get_parameters (invocation)) > MAX_SAID &&
         pn_refuse (invocation, PN_ERROR_PROTOCOL, "The worker says too much at once");
}

PnWorkerDbusWorkerHost1 *
pn_helper_run_host_new (PnHelperRun *self)
{
  static const struct
  {
    const char *signal;
    GCallback handler;
  } handlers[] = {
    { "handle-admit", G_CALLBACK (admit_cb) },
    { "handle-recall", G_CALLBACK (recall_cb) },
    { "handle-vouch", G_CALLBACK (vouch_cb) },
    { "handle-intent", G_CALLBACK (intent_cb) },
    { "handle-outcome", G_CALLBACK (outcome_cb) },
    { "handle-keep-connected", G_CALLBACK (keep_cb) },
    { "handle-growth", G_CALLBACK (growth_cb) },
    { "handle-dial", G_CALLBACK (pn_helper_run_dial_cb) },
    { "handle-phase", G_CALLBACK (phase_cb) },
    { "handle-progress", G_CALLBACK (progress_cb) },
    { "handle-facts", G_CALLBACK (facts_cb) },
    { "handle-evidence", G_CALLBACK (evidence_cb) },
    { "handle-instruct", G_CALLBACK (instruct_cb) },
    { "handle-log", G_CALLBACK (log_cb) },
    { "handle-finished", G_CALLBACK (pn_helper_run_finished_cb) },
    { "handle-hook", G_CALLBACK (pn_helper_run_hook_cb) },
  };
  PnWorkerDbusWorkerHost1 *host = pn_worker_dbus_worker_host1_skeleton_new ();

  for (guint i = 0; i < G_N_ELEMENTS (handlers); i++)
    {
      g_signal_connect_swapped (host, handlers[i].signal, G_CALLBACK (heard_cb), self);
      g_signal_connect (host, handlers[i].signal, handlers[i].handler, self);
    }
  return host;
}
