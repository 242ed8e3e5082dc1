/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include <glib/gi18n-lib.h>
#include <json-glib/json-glib.h>

#include "pn-authority.h"
#include "pn-device-class.h"
#include "pn-helper-run-private.h"
#include "pn-io.h"
#include "pn-journal.h"
#include "pn-overrides.h"
#include "pn-second-person.h"
#include "pn-sentence.h"
#include "pn-station-audit.h"

static void
free_run (PnHelperRun *self)
{
  /* The object outlives the run on the bus: nobody may cancel what is over. */
  g_signal_handlers_disconnect_by_data (self->object, self);
  pn_helper_run_disconnect (self);
  g_clear_object (&self->skeleton);
  g_clear_object (&self->object);
  g_hash_table_unref (self->evidence);
  g_ptr_array_unref (self->overrides);
  g_hash_table_unref (self->intents);
  g_free (self->serial);
  g_free (self->verdict);
  g_free (self->record);
  g_free (self->path);
  g_free (self);
}

void
pn_helper_run_journal (PnHelperRun *self, GLogLevelFlags level, const char *format, ...)
{
  g_autofree char *message = NULL;
  va_list args;

  va_start (args, format);
  message = g_strdup_vprintf (format, args);
  va_end (args);
  pn_journal (level,
              &(PnJournalFields){ .slot = self->slot->name,
                                  .serial = pn_dbus_run_get_serial (self->object),
                                  .run = self->path,
                                  .record = self->record,
                                  .batch = self->batch->path,
                                  .bundle = self->batch->digest,
                                  .verdict = self->verdict },
              "Slot %s: %s", self->slot->name, message);
}

const char *
pn_helper_run_get_path (PnHelperRun *self)
{
  return self->path;
}

/* What the device said, and what people did; who approved the batch is known before either. */
static char *
evidence_to_json (PnHelperRun *self)
{
  const char *approver = self->batch->approver;
  g_autoptr (JsonBuilder) builder = json_builder_new ();
  g_autoptr (JsonGenerator) generator = json_generator_new ();
  g_autoptr (JsonNode) root = NULL;
  g_autoptr (GList) keys =
      g_list_sort (g_hash_table_get_keys (self->evidence), (GCompareFunc) g_strcmp0);

  if (approver != NULL)
    keys = g_list_insert_sorted (g_steal_pointer (&keys), (gpointer) PN_SECOND_PERSON_EVIDENCE,
                                 (GCompareFunc) g_strcmp0);
  json_builder_begin_object (builder);
  for (GList *at = keys; at != NULL; at = at->next)
    {
      const char *value = g_hash_table_lookup (self->evidence, at->data);

      json_builder_set_member_name (builder, at->data);
      json_builder_add_string_value (builder, value != NULL ? value : approver);
    }
  json_builder_end_object (builder);
  root = json_builder_get_root (builder);
  json_generator_set_root (generator, root);
  return json_generator_to_data (generator, NULL);
}

static const char *
text (GVariant *dict, const char *key)
{
  const char *value = NULL;

  (void) g_variant_lookup (dict, key, "&s", &value);
  return value;
}

static guint64
number (GVariant *dict, const char *key)
{
  guint64 value = 0;

  (void) g_variant_lookup (dict, key, "t", &value);
  return value;
}

static void
count_verdict (PnHelperRun *self, const char *verdict)
{
  PnDbusBatch *batch = self->batch->object;

  if (g_str_equal (verdict, "passed"))
    pn_dbus_batch_set_passed (batch, pn_dbus_batch_get_passed (batch) + 1);
  else if (g_str_equal (verdict, "refused"))
    {
      const char *done = g_hash_table_lookup (self->evidence, PN_DONE_EVIDENCE);

      pn_dbus_batch_set_refused (batch, pn_dbus_batch_get_refused (batch) + 1);
      if (done != NULL && g_str_equal (done, pn_done_policy_to_word (PN_DONE_SKIP)))
        pn_dbus_batch_set_skipped (batch, pn_dbus_batch_get_skipped (batch) + 1);
    }
  else if (g_str_equal (verdict, "set-aside"))
    pn_dbus_batch_set_set_aside (batch, pn_dbus_batch_get_set_aside (batch) + 1);
  else
    pn_dbus_batch_set_failed (batch, pn_dbus_batch_get_failed (batch) + 1);
  /* A place is used up by a device that passed or changed for good. */
  if (self->reserved && !self->permanent && !g_str_equal (verdict, "passed"))
    {
      self->batch->used--;
      self->reserved = FALSE;
    }
  pn_batch_update (self->batch);
}

void
pn_helper_run_text_clear (PnHelperRunText *self)
{
  g_free (self->image);
  g_free (self->permanent);
  g_free (self->key);
  g_free (self->evidence);
  g_free (self->overrides);
  g_clear_pointer (&self->facts, g_variant_unref);
}

static PnHelperRunText
make_wanted (PnHelperRun *self)
{
  PnManifest *manifest = pn_bundle_get_manifest (self->batch->bundle);
  PnPublicKey *key = pn_manifest_get_public_key (manifest);
  PnSha256 image = pn_manifest_get_image_digest (manifest);
  PnSha256 fingerprint = { { 0 } };

  if (key != NULL)
    fingerprint = pn_public_key_get_fingerprint (key);
  return (PnHelperRunText){
    .image = pn_sha256_to_hex (&image),
    .permanent = g_strjoinv (" ", (char **) pn_manifest_get_permanent (manifest)),
    .key = key != NULL ? pn_sha256_to_hex (&fingerprint) : g_strdup (""),
  };
}

/* What is known before the run has said anything. The strings are the run's and @wanted's. */
static PnRecord
new_record (PnHelperRun *self, const PnHelperRunText *wanted)
{
  PnManifest *manifest = pn_bundle_get_manifest (self->batch->bundle);

  return (PnRecord){
    .started = pn_dbus_run_get_started (self->object),
    .ended = g_get_real_time (),
    .slot = self->slot->name,
    .batch = self->batch->reference,
    .recipe = pn_manifest_get_recipe_name (manifest),
    .recipe_revision = pn_manifest_get_recipe_revision (manifest),
    .opened_by = self->batch->opener,
    .attempt = pn_dbus_run_get_attempt (self->object),
    .bundle = self->batch->digest,
    .image_name = pn_manifest_get_image_name (manifest),
    .image_sha256 = wanted->image,
    .permanent = wanted->permanent,
    .wanted_key = wanted->key,
    .mode = pn_mode_to_word (pn_manifest_get_mode (manifest)),
    .storage = pn_storage_to_word (pn_manifest_get_storage (manifest)),
    .verdict = pn_verdict_to_word (PN_VERDICT_RUNNING),
    .phase = pn_phase_to_word (PN_PHASE_CONNECT),
    .serial = self->serial,
    .evidence = wanted->evidence,
  };
}

/* What is known by now of how it goes. */
gboolean
pn_helper_run_keep_story (PnHelperRun *self, GError **error)
{
  return pn_records_keep_story (self->slot->station->records, self->open_run,
                                pn_dbus_run_get_phases (self->object),
                                pn_run_report_read (self->report, 0, NULL), error);
}

static void
journal_record (PnHelperRun *self, const PnRecord *row)
{
  g_autofree char *english = row->message != NULL ? pn_sentence_to_english (row->message) : NULL;

  pn_helper_run_journal (self, G_LOG_LEVEL_MESSAGE, "%s in %s, record %s%s%s", row->verdict,
                         row->phase, self->record, english != NULL ? ": " : "",
                         english != NULL ? english : "");
}

static gboolean
tell_record (PnHelperRun *self, gint64 id, const PnRecord *row, GError **error)
{
  g_autofree char *number = g_strdup_printf ("%" G_GINT64_FORMAT, id);
  GVariantBuilder details;
  PnAuditEntry entry = {
    .uid = getuid (), .who = "punnetd", .what = "record", .object = number, .result = "done"
  };

  g_variant_builder_init (&details, G_VARIANT_TYPE_VARDICT);
  g_variant_builder_add (&details, "{sv}", "batch", g_variant_new_string (self->batch->path));
  g_variant_builder_add (&details, "{sv}", "slot", g_variant_new_string (row->slot));
  if (row->serial != NULL)
    g_variant_builder_add (&details, "{sv}", "serial", g_variant_new_string (row->serial));
  entry.after = row->verdict;
  entry.details = g_variant_builder_end (&details);
  return pn_audit_add (self->slot->station->records, &entry, error) != 0;
}

/* The record, how it went, what it used and what it leaves open: together or not at all. Its
 * number, or 0 with @error. */
static gint64
keep_record (PnHelperRun *self, const PnRecord *row, GError **error)
{
  PnRecords *records = self->slot->station->records;
  gint64 id = 0;
  gboolean fine;

  if (!pn_records_enter (records, error))
    return 0;
  fine = pn_helper_run_keep_story (self, error) &&
         (id = pn_records_add (records, self->open_run, row, error)) != 0 &&
         tell_record (self, id, row, error);
  if (fine)
    pn_helper_run_end_overrides (self, id, g_str_equal (row->verdict, "passed"));
  return pn_records_leave (records, fine, error) ? id : 0;
}

PnRecord
pn_helper_run_describe (PnHelperRun *self, GVariant *result, PnHelperRunText *kept)
{
  PnManifest *manifest = pn_bundle_get_manifest (self->batch->bundle);
  gboolean passed = g_strcmp0 (text (result, "verdict"), "passed") == 0;
  GVariant *facts;
  guint32 revision = 0;
  PnRecord row;

  *kept = make_wanted (self);
  kept->evidence = evidence_to_json (self);
  kept->overrides = pn_helper_run_list_overrides (self);
  kept->facts = facts = g_variant_lookup_value (result, "facts", G_VARIANT_TYPE_VARDICT);
  row = new_record (self, kept);
  row.verdict = text (result, "verdict");
  row.condition = text (result, "condition");
  row.phase = text (result, "phase");
  row.error_code = text (result, "error-code");
  row.message = text (result, "message");
  row.bytes_sent = number (result, "bytes-sent");
  row.bytes_verified = number (result, "bytes-verified");
  row.secure = passed && pn_manifest_get_public_key (manifest) != NULL;
  row.evidence = kept->evidence;
  row.device_class = g_hash_table_lookup (self->evidence, PN_DEVICE_CLASS_EVIDENCE);
  row.overrides = kept->overrides;
  if (facts != NULL)
    {
      row.serial = text (facts, "serial") != NULL ? text (facts, "serial") : self->serial;
      row.model = text (facts, "model");
      row.mac = text (facts, "mac");
      row.duid = text (facts, "duid");
      row.key_hash = text (facts, "key-hash");
      row.storage_size = number (facts, "storage-size");
      (void) g_variant_lookup (facts, "board-revision", "u", &revision);
      row.board_revision = revision;
    }
  return row;
}

/* The record, on the disk when it returns. */
gboolean
pn_helper_run_record (PnHelperRun *self, GVariant *result, GError **error)
{
  g_auto (PnHelperRunText) kept = { NULL };
  PnRecord row = pn_helper_run_describe (self, result, &kept);
  gint64 id;

  if (row.verdict == NULL || row.condition == NULL || row.phase == NULL)
    {
      pn_set_error (error, PN_ERROR_PROTOCOL, "The worker's result is malformed");
      return FALSE;
    }
  pn_run_report_phase (self->report, NULL);
  if (row.message != NULL)
    pn_run_report_log (self->report, row.message);
  if (pn_slot_will_rest (self->slot, row.verdict))
    pn_run_report_log (self->report,
                       N_ ("This slot rests now, after several failures in a row: nothing starts "
                           "there by itself until somebody says that it may be used again"));
  id = keep_record (self, &row, error);
  if (id == 0)
    return FALSE;
  self->recorded = TRUE;
  pn_helper_run_told_overrides (self);
  g_hash_table_remove_all (self->intents);
  pn_station_recorded (self->slot->station);
  pn_dbus_run_set_record (self->object, id);
  pn_dbus_run_set_ended (self->object, row.ended);
  pn_dbus_run_set_message (self->object, row.message != NULL ? row.message : "");
  pn_dbus_run_set_advice (self->object,
                          text (result, "advice") != NULL ? text (result, "advice") : "");
  pn_dbus_run_set_condition (self->object, row.condition);
  pn_dbus_run_set_instruction (self->object, "");
  pn_dbus_run_set_do_not_disconnect (self->object, FALSE);
  pn_dbus_run_set_serial (self->object, row.serial != NULL ? row.serial : "");
  self->verdict = g_strdup (row.verdict);
  self->record = g_strdup_printf ("%" G_GINT64_FORMAT, id);
  journal_record (self, &row);
  pn_slot_count_verdict (self->slot, row.verdict);
  pn_station_count_failure (self->slot->station, &row);
  count_verdict (self, row.verdict);
  return TRUE;
}

/* ---- the worker's life ---- */

/* A worker that died without a result: what it was doing is known from the journal. */
static GVariant *
make_death (PnHelperRun *self)
{
  guint n_intents = g_hash_table_size (self->intents);
  const char *condition = n_intents > 0                            ? "set-aside"
                          : self->permanent                        ? "power-cycle"
                          : g_hash_table_size (self->evidence) > 0 ? "power-cycle"
                                                                   : "retry";
  GVariantBuilder builder;

  g_variant_builder_init (&builder, G_VARIANT_TYPE_VARDICT);
  g_variant_builder_add (&builder, "{sv}", "verdict",
                         g_variant_new_string (n_intents > 0 ? "set-aside" : "failed"));
  g_variant_builder_add (&builder, "{sv}", "condition", g_variant_new_string (condition));
  g_variant_builder_add (&builder, "{sv}", "phase",
                         g_variant_new_string (pn_dbus_run_get_phase (self->object)));
  g_variant_builder_add (&builder, "{sv}", "error-code", g_variant_new_string ("failed"));
  g_variant_builder_add (
      &builder, "{sv}", "message",
      g_variant_new_string (
          n_intents > 0
              ? N_ ("The worker ended in the middle of a permanent step; whether it was made is "
                    "not known. Inspect the device")
          : self->stuck
              ? N_ ("The worker did not answer any more and was ended; power-cycle the device and "
                    "try again")
              : N_ ("The worker ended unexpectedly; power-cycle the device and try again")));
  return g_variant_ref_sink (g_variant_builder_end (&builder));
}

static void
record_death (PnHelperRun *self, GVariant *result)
{
  g_autoptr (GError) error = NULL;

  (void) pn_helper_run_record (self, result, &error);
  if (error == NULL)
    return;
  pn_helper_run_journal (self, G_LOG_LEVEL_WARNING, "the record was lost: %s", error->message);
  if (!self->recorded)
    {
      g_autofree char *sentence = pn_error_to_sentence (error);

      pn_dbus_run_set_message (self->object, sentence);
      pn_dbus_run_set_condition (self->object, "set-aside");
      pn_dbus_run_set_do_not_disconnect (self->object, FALSE);
    }
}

/* Its worker is gone, and its record is written. */
static void
end_run (PnHelperRun *self)
{
  PnSlot *slot = self->slot;

  /* Who hears it may start the device again at once, so nothing of this run holds it any more. */
  pn_dbus_run_set_verdict (self->object, self->verdict != NULL ? self->verdict : "failed");
  pn_batch_end (self->batch);
  free_run (self);
  pn_slot_run_ended (slot);
}

static void
dead_cb (PnHelperRun *self, GError *error, gpointer user_data)
{
  g_autoptr (GVariant) result = user_data;

  g_clear_error (&error);
  if (self == NULL)
    return;
  record_death (self, result);
  end_run (self);
}

static void
exited_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  PnHelperRun *self = user_data;
  GVariant *death;

  (void) g_subprocess_wait_finish (G_SUBPROCESS (source), result, NULL);
  g_clear_handle_id (&self->watch, g_source_remove);
  self->exited = TRUE;
  if (self->hook != NULL && !self->finishing)
    g_cancellable_cancel (self->hook);
  if (self->recorded)
    end_run (self);
  else if (!self->finishing)
    {
      self->finishing = TRUE;
      death = make_death (self);
      pn_helper_run_fail (self, death, dead_cb, death);
    }
}

typedef struct
{
  PnWorkerDbusWorkerHost1 *object;
  GDBusMethodInvocation *invocation;
  GVariant *result;
} Finishing;

static void
failed_cb (PnHelperRun *self, GError *why, gpointer user_data)
{
  g_autofree Finishing *finishing = user_data;
  g_autoptr (GError) error = NULL;

  g_clear_error (&why); /* which is in the log */
  if (self == NULL)
    pn_error_answer (finishing->invocation, pn_error_new (PN_ERROR_CANCELLED, "The run is over"));
  else if (!pn_helper_run_record (self, finishing->result, &error))
    {
      pn_helper_run_journal (self, G_LOG_LEVEL_WARNING, "the record was lost: %s", error->message);
      pn_error_answer (finishing->invocation, g_steal_pointer (&error));
    }
  else
    pn_worker_dbus_worker_host1_complete_finished (finishing->object, finishing->invocation);
  g_variant_unref (finishing->result);
  g_object_unref (finishing->object);
  if (self == NULL)
    return;
  self->finishing = FALSE;
  if (!self->exited)
    return;
  if (!self->recorded)
    {
      g_autoptr (GVariant) death = make_death (self);

      record_death (self, death);
    }
  end_run (self);
}

gboolean
pn_helper_run_finished_cb (PnWorkerDbusWorkerHost1 *object,
                           GDBusMethodInvocation *invocation,
                           GVariant *result,
                           PnHelperRun *self)
{
  Finishing *finishing;

  if (self->finishing || self->recorded)
    return pn_refuse (invocation, PN_ERROR_PROTOCOL, "The worker has said already how it ended");
  finishing = g_new0 (Finishing, 1);
  *finishing = (Finishing){ g_object_ref (object), invocation, g_variant_ref (result) };
  self->finishing = TRUE;
  pn_helper_run_fail (self, result, failed_cb, finishing);
  return G_DBUS_METHOD_INVOCATION_HANDLED;
}

static gboolean
cancel_cb (PnDbusRun *object,
           GDBusMethodInvocation *invocation,
           GVariant *options,
           PnHelperRun *self)
{
  PnAuditEntry entry = { .what = "run-cancel", .object = self->slot->name, .after = self->serial };
  g_autoptr (GError) error = NULL;

  /* To stop is never refused. */
  if (!pn_station_audit (self->slot->station, invocation, entry, &error))
    pn_helper_run_journal (self, G_LOG_LEVEL_WARNING,
                           "that it was cancelled is not in the audit: %s", error->message);
  pn_helper_run_cancel (self);
  pn_dbus_run_complete_cancel (object, invocation);
  return G_DBUS_METHOD_INVOCATION_HANDLED;
}

/* Where it could not be kept how the last run here ended, it has its record before the next begins:
 * what that one made of the slot's journal would be taken for its own. */
static gboolean
recover_last (PnSlot *slot, GError **error)
{
  guint n_lost;

  if (!pn_records_recover (slot->station->records, slot->name, &n_lost, error))
    return FALSE;
  for (; n_lost > 0; n_lost--)
    pn_station_recorded (slot->station);
  return TRUE;
}

PnHelperRun *
pn_helper_run_start (PnSlot *slot, PnBatch *batch, int device, gboolean by_hand, GError **error)
{
  PnHelperRun *self = g_new0 (PnHelperRun, 1);
  g_auto (PnHelperRunText) wanted = { NULL };
  PnRecord begun;

  self->slot = slot;
  self->batch = batch;
  self->device = -1;
  self->by_hand = by_hand;
  self->evidence = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  self->overrides = g_ptr_array_new_with_free_func ((GDestroyNotify) pn_override_unref);
  self->intents = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  self->path = g_strdup_printf (PN_STATION_PATH "/runs/%u", ++slot->station->n_runs);
  self->skeleton = pn_dbus_object_skeleton_new (self->path);
  self->object = pn_dbus_run_skeleton_new ();
  self->report = pn_run_report_new (self->object);
  pn_dbus_run_set_slot (self->object, slot->name);
  pn_dbus_run_set_batch (self->object, batch->path);
  pn_dbus_run_set_phase (self->object, pn_phase_to_word (PN_PHASE_CONNECT));
  pn_dbus_run_set_verdict (self->object, pn_verdict_to_word (PN_VERDICT_RUNNING));
  pn_dbus_run_set_started (self->object, g_get_real_time ());
  g_signal_connect (self->object, "handle-cancel", G_CALLBACK (cancel_cb), self);
  g_signal_connect (self->object, "g-authorize-method", G_CALLBACK (pn_authority_authorize_cb),
                    slot->station);
  wanted = make_wanted (self);
  wanted.evidence = evidence_to_json (self);
  begun = new_record (self, &wanted);
  if (recover_last (slot, error))
    self->open_run = pn_records_begin (slot->station->records, &begun, error);
  if (self->open_run == 0 || !pn_helper_run_spawn (self, error))
    {
      pn_fd_close (device);
      if (self->process != NULL)
        g_subprocess_force_exit (self->process);
      if (self->open_run != 0)
        {
          g_autoptr (GVariant) death = make_death (self);

          record_death (self, death);
        }
      free_run (self);
      return NULL;
    }
  pn_dbus_object_skeleton_set_run (self->skeleton, self->object);
  g_dbus_object_manager_server_export (slot->station->manager,
                                       G_DBUS_OBJECT_SKELETON (self->skeleton));
  pn_batch_begin (batch);
  pn_helper_run_begin_overrides (self);
  if (batch->approver != NULL)
    pn_run_report_learn (self->report, PN_SECOND_PERSON_EVIDENCE, batch->approver);
  pn_helper_run_device_arrived (self, device);
  g_subprocess_wait_async (self->process, NULL, exited_cb, self);
  return self;
}
