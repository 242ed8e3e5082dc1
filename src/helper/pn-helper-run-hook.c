/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Scripts of the bundle's that run here for a device, with the arguments and the environment that
 * rpi-sb-provisioner gives them. They see no device: its node and its name on the fastboot protocol
 * are words to them. */
#include "config.h"

#include "pn-helper-run-private.h"

#include "pn-chip.h"
#include "pn-io.h"

#define MAX_LINES 100 /* of what a hook printed that are in the log */

typedef struct
{
  PnStation *station;
  PnHelperRun *run; /* while its life goes on */
  GCancellable *life, *stop;
  PnHookStage stage;
  GBytes *script;
  GStrv arguments, environment, write;
  guint seconds;
  gboolean network;
  char *output;
  PnHookDone done;
  gpointer user_data;
} Hooking;

static void
hooking_free (Hooking *self)
{
  g_object_unref (self->life);
  g_object_unref (self->stop);
  g_clear_pointer (&self->script, g_bytes_unref);
  g_strfreev (self->arguments);
  g_strfreev (self->environment);
  g_strfreev (self->write);
  g_free (self->output);
  g_free (self);
}

/* ---- what it is told ---- */

static GVariant *
get_facts (GVariant *result)
{
  return g_variant_lookup_value (result, "facts", G_VARIANT_TYPE_VARDICT);
}

static const char *
get_serial (PnHelperRun *self, GVariant *facts)
{
  const char *serial = NULL;

  if (facts == NULL || !g_variant_lookup (facts, "serial", "&s", &serial))
    serial = self->serial;
  return serial != NULL ? serial : "";
}

static char *
get_node (PnHelperRun *self)
{
  PnUsbWatch *usb = self->slot->station->usb;
  char *node = usb != NULL ? pn_usb_watch_get_node (usb, self->slot->name) : NULL;

  return node != NULL ? node : g_strdup ("");
}

/* A run that ends before its gadget was seen ends in what was the bootstrap. */
static gboolean
is_bootstrap (PnHelperRun *self, PnHookStage stage)
{
  PnPhase phase;

  if (stage != PN_HOOK_PROVISION_FAILED)
    return stage == PN_HOOK_BOOTSTRAP;
  return !pn_phase_from_word (pn_dbus_run_get_phase (self->object), &phase) ||
         phase < PN_PHASE_STORAGE;
}

static char *
get_product (PnManifest *manifest)
{
  return g_strdup_printf ("%04x", pn_chip_get_traits (pn_manifest_get_chip (manifest))->product);
}

static GStrv
make_arguments (PnHelperRun *self, PnHookStage stage, const char *serial, const char *node)
{
  PnManifest *manifest = pn_bundle_get_manifest (self->batch->bundle);
  PnStorage storage = pn_manifest_get_storage (manifest);
  gboolean disk = stage == PN_HOOK_POST_FLASH || pn_manifest_has_image_set (manifest);
  g_autofree char *family = get_product (manifest);
  g_autoptr (GStrvBuilder) builder = g_strv_builder_new ();

  if (is_bootstrap (self, stage))
    g_strv_builder_add_many (builder, serial, family, self->slot->name, node, NULL);
  else
    g_strv_builder_add_many (builder, serial, serial,
                             disk ? pn_storage_to_disk (storage) : pn_storage_to_word (storage),
                             NULL);
  return g_strv_builder_end (builder);
}

static void
add_variable (GStrvBuilder *builder, const char *name, const char *value)
{
  g_autofree char *whole = g_strconcat (name, "=", value, NULL);

  g_strv_builder_add (builder, whole);
}

/* What the record will say, if nothing else happens. */
static void
add_record (PnHelperRun *self, GVariant *result, GStrvBuilder *builder)
{
  g_auto (PnHelperRunText) kept = { NULL };
  PnRecord row = pn_helper_run_describe (self, result, &kept);
  g_autoptr (GError) error = NULL;
  g_auto (GStrv) columns = NULL;

  row.verdict = pn_verdict_to_word (PN_VERDICT_PASSED);
  row.condition = pn_condition_to_word (PN_CONDITION_DONE);
  row.phase = pn_phase_to_word (PN_PHASE_RECORD);
  columns = pn_records_preview (self->slot->station->records, &row, &error);
  if (columns != NULL)
    g_strv_builder_addv (builder, (const char **) columns);
  else
    pn_helper_run_journal (self, G_LOG_LEVEL_WARNING, "%s", error->message);
}

static void
add_failure (PnHelperRun *self, GVariant *result, GStrvBuilder *builder)
{
  gboolean bootstrap = is_bootstrap (self, PN_HOOK_PROVISION_FAILED);
  const char *verdict = "";
  gboolean again;

  (void) g_variant_lookup (result, "verdict", "&s", &verdict);
  /* Trying again would change nothing. */
  again = !g_str_equal (verdict, pn_verdict_to_word (PN_VERDICT_REFUSED)) &&
          !g_str_equal (verdict, pn_verdict_to_word (PN_VERDICT_SET_ASIDE));
  add_variable (builder, "PROVISION_FAILED_CONTEXT", bootstrap ? "bootstrap" : "provisioning");
  add_variable (builder, "PROVISION_FAILED_PERMANENT", again ? "0" : "1");
}

static GStrv
make_environment (
    PnHelperRun *self, PnHookStage stage, GVariant *result, const char *serial, const char *node)
{
  PnManifest *manifest = pn_bundle_get_manifest (self->batch->bundle);
  g_autofree char *family = get_product (manifest);
  g_autoptr (GStrvBuilder) builder = g_strv_builder_new ();

  if (stage == PN_HOOK_POST_FLASH)
    add_record (self, result, builder);
  if (stage == PN_HOOK_PROVISION_FAILED)
    add_failure (self, result, builder);
  add_variable (builder, "TARGET_USB_PATH", self->slot->name);
  add_variable (builder, "TARGET_DEVICE_PATH", node);
  add_variable (builder, "TARGET_DEVICE_SERIAL", serial);
  if (stage == PN_HOOK_BOOTSTRAP)
    add_variable (builder, "TARGET_DEVICE_FAMILY", family);
  if (!is_bootstrap (self, stage))
    {
      add_variable (builder, "FASTBOOT_DEVICE_SPECIFIER", serial);
      add_variable (builder, "GOLD_MASTER_OS_KIND",
                    pn_manifest_has_image_set (manifest) ? "idp" : "image");
    }
  add_variable (builder, "RPI_DEVICE_STORAGE_TYPE",
                pn_storage_to_word (pn_manifest_get_storage (manifest)));
  return g_strv_builder_end (builder);
}

/* ---- its run ---- */

/* As the manifest says it is, now. */
static GBytes *
load_script (PnBundle *bundle, PnHookStage stage, GError **error)
{
  PnRole role = (PnRole) (PN_ROLE_HOOKS + stage);
  const PnArtefact *artefact = pn_manifest_find (pn_bundle_get_manifest (bundle), role);
  g_autoptr (GBytes) script = pn_read_file_fd (pn_bundle_get_fd (bundle, role), PN_HOOK_MAX, error);
  PnSha256 digest;

  if (script == NULL)
    return NULL;
  digest = pn_sha256_bytes (script);
  if (pn_sha256_equal (&digest, &artefact->digest))
    return g_steal_pointer (&script);
  pn_set_error (error, PN_ERROR_SIGNATURE, "The bundle’s hook %s is not what was sealed",
                pn_hook_stage_to_word (stage));
  return NULL;
}

static void
log_output (PnHelperRun *self, const Hooking *hooking)
{
  g_auto (GStrv) lines = g_strsplit (hooking->output, "\n", -1);
  guint n = g_strv_length (lines);

  for (guint i = n > MAX_LINES ? n - MAX_LINES : 0; i < n; i++)
    if (lines[i][0] != '\0')
      {
        g_autofree char *sentence =
            pn_sentence_format ("%s: %s", pn_hook_stage_to_word (hooking->stage), lines[i]);

        pn_run_report_log (self->report, sentence);
      }
}

/* With the hash of the script that it was. */
static void
keep_evidence (PnHelperRun *self, const Hooking *hooking, const GError *error)
{
  PnSha256 digest = pn_sha256_bytes (hooking->script);
  g_autofree char *hex = pn_sha256_to_hex (&digest);
  char *key = g_strconcat (PN_HOOK_EVIDENCE, pn_hook_stage_to_word (hooking->stage), NULL);
  g_autofree char *english = error != NULL ? pn_error_to_sentence (error) : g_strdup ("ended well");
  g_autofree char *plain = pn_sentence_to_english (english);
  char *value = g_strdup_printf ("%s (sha256 %s)", plain, hex);

  pn_run_report_learn (self->report, key, value);
  g_hash_table_replace (self->evidence, key, value);
}

static void
hook_thread (GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
  Hooking *self = data;
  const PnHookJob job = { .stage = self->stage,
                          .script = self->script,
                          .arguments = (const char *const *) self->arguments,
                          .environment = (const char *const *) self->environment,
                          .seconds = self->seconds,
                          .network = self->network,
                          .write = (const char *const *) self->write };
  GError *error = NULL;

  if (pn_station_run_hook (self->station, &job, &self->output, cancellable, &error))
    g_task_return_boolean (task, TRUE);
  else
    g_task_return_error (task, error);
}

static void
hooked_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  Hooking *hooking = user_data;
  PnHelperRun *self = hooking->run;
  PnHookDone done = hooking->done;
  gpointer done_data = hooking->user_data;
  GError *error = NULL;

  (void) g_task_propagate_boolean (G_TASK (result), &error);
  if (g_cancellable_is_cancelled (hooking->life))
    {
      hooking_free (hooking);
      done (NULL, error, done_data);
      return;
    }
  if (self->hook == hooking->stop)
    g_clear_object (&self->hook);
  log_output (self, hooking);
  keep_evidence (self, hooking, error);
  if (error != NULL && hooking->stage == PN_HOOK_PROVISION_FAILED)
    {
      g_autofree char *sentence = pn_error_to_sentence (error);

      pn_run_report_log (self->report, sentence);
    }
  hooking_free (hooking);
  done (self, error, done_data);
}

void
pn_helper_run_hook (
    PnHelperRun *self, PnHookStage stage, GVariant *result, PnHookDone done, gpointer user_data)
{
  PnBundle *bundle = self->batch->bundle;
  const PnManifestHook *hook = pn_manifest_find_hook (pn_bundle_get_manifest (bundle), stage);
  g_autoptr (GVariant) facts = get_facts (result);
  const char *serial = get_serial (self, facts);
  g_autofree char *node = get_node (self);
  Hooking *hooking = g_new0 (Hooking, 1);
  g_autoptr (GTask) task = NULL;
  GError *error = NULL;

  hooking->station = self->slot->station;
  hooking->run = self;
  hooking->life = g_object_ref (self->life);
  hooking->stop = g_cancellable_new ();
  hooking->stage = stage;
  hooking->arguments = make_arguments (self, stage, serial, node);
  hooking->environment = make_environment (self, stage, result, serial, node);
  hooking->write = g_strdupv (hook->write);
  hooking->seconds = hook->seconds;
  hooking->network = hook->network;
  hooking->output = g_strdup ("");
  hooking->done = done;
  hooking->user_data = user_data;
  g_set_object (&self->hook, hooking->stop);
  hooking->script = load_script (bundle, stage, &error);
  task = g_task_new (NULL, hooking->stop, hooked_cb, hooking);
  g_task_set_check_cancellable (task, FALSE);
  g_task_set_task_data (task, hooking, NULL);
  if (hooking->script == NULL)
    {
      hooking->script = g_bytes_new (NULL, 0);
      g_task_return_error (task, error);
    }
  else
    {
      g_free (g_steal_pointer (&hooking->output));
      g_task_run_in_thread (task, hook_thread);
    }
}

typedef struct
{
  PnWorkerDbusWorkerHost1 *object;
  GDBusMethodInvocation *invocation;
} Asked;

static void
answer_cb (PnHelperRun *self, GError *error, gpointer user_data)
{
  g_autofree Asked *asked = user_data;

  if (error == NULL && self == NULL)
    error = pn_error_new (PN_ERROR_CANCELLED, "The run is over");
  if (error != NULL)
    pn_error_answer (asked->invocation, error);
  else
    pn_worker_dbus_worker_host1_complete_hook (asked->object, asked->invocation);
  g_object_unref (asked->object);
}

gboolean
pn_helper_run_hook_cb (PnWorkerDbusWorkerHost1 *object,
                       GDBusMethodInvocation *invocation,
                       const char *word,
                       GVariant *result,
                       PnHelperRun *self)
{
  PnManifest *manifest = pn_bundle_get_manifest (self->batch->bundle);
  PnHookStage stage;
  Asked *asked;

  if (!pn_hook_stage_from_word (word, &stage) || pn_hook_stage_is_image (stage) ||
      stage == PN_HOOK_PROVISION_FAILED || pn_manifest_find_hook (manifest, stage) == NULL ||
      self->hook != NULL || self->finishing)
    return pn_refuse (invocation, PN_ERROR_INVALID_ARGUMENT, "There is no such hook to be run now");
  asked = g_new0 (Asked, 1);
  *asked = (Asked){ g_object_ref (object), invocation };
  pn_helper_run_hook (self, stage, result, answer_cb, asked);
  return G_DBUS_METHOD_INVOCATION_HANDLED;
}

void
pn_helper_run_fail (PnHelperRun *self, GVariant *result, PnHookDone then, gpointer user_data)
{
  PnManifest *manifest = pn_bundle_get_manifest (self->batch->bundle);
  const char *verdict = NULL;

  if (g_variant_lookup (result, "verdict", "&s", &verdict) &&
      !g_str_equal (verdict, pn_verdict_to_word (PN_VERDICT_PASSED)) &&
      pn_manifest_find_hook (manifest, PN_HOOK_PROVISION_FAILED) != NULL)
    {
      g_autofree char *sentence = pn_sentence_format (
          "Running the hook %s", pn_hook_stage_to_word (PN_HOOK_PROVISION_FAILED));

      pn_run_report_log (self->report, sentence);
      pn_helper_run_hook (self, PN_HOOK_PROVISION_FAILED, result, then, user_data);
    }
  else
    then (self, NULL, user_data);
}
