/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "pn-worker-host.h"

#include <gio/gunixfdlist.h>

#include "pn-io.h"
#include "pn-usb-memory.h"
#include "pn-usb-transport.h"
#include "pn-vusb-transport.h"
#include "pn-worker-dbus.h"

#define WORKER_PATH "/org/punnet/Worker1"
#define HOST_PATH "/org/punnet/WorkerHost1"
#define PROGRESS_US (100 * 1000) /* at most ten a second */

typedef struct
{
  gboolean usbfs;
  int fd;
  guint id;
} Arrival;

struct _PnWorkerHost
{
  GObject parent_instance;
  GMainLoop *loop;
  PnWorkerDbusWorker1 *object;     /* exported */
  PnWorkerDbusWorkerHost1 *helper; /* proxy */
  GThread *engine;
  GCancellable *cancellable;

  PnManifest *manifest;
  int *artefacts; /* descriptors in its order, owned */
  PnJob job;
  guint usb_memory; /* bytes, atomic: the engine's thread reads it at every transfer */

  GMutex mutex; /* guards what follows */
  GCond cond;
  GQueue arrivals;
  guint n_arrived, n_left, returned;
  guint64 done, total;
  gboolean progress_waits; /* done and total have not been told yet */
  gint64 progress_told;    /* monotonic, µs */
  guint progress_timer;
};

static void run_host_iface_init (PnRunHostInterface *iface);

G_DEFINE_FINAL_TYPE_WITH_CODE (PnWorkerHost,
                               pn_worker_host,
                               G_TYPE_OBJECT,
                               G_IMPLEMENT_INTERFACE (PN_TYPE_RUN_HOST, run_host_iface_init))

static void
free_arrival (gpointer data)
{
  pn_fd_close (((Arrival *) data)->fd);
  g_free (data);
}

/* ---- what the engine asks ---- */

static GVariant *
facts_to_variant (const PnDeviceFacts *facts)
{
  GVariantBuilder builder;
  const struct
  {
    const char *name, *value;
  } texts[] = { { "serial", facts->serial },
                { "model", facts->model },
                { "mac", facts->mac },
                { "duid", facts->duid } };
  g_autofree char *hash = NULL;

  g_variant_builder_init (&builder, G_VARIANT_TYPE_VARDICT);
  for (guint i = 0; i < G_N_ELEMENTS (texts); i++)
    if (texts[i].value != NULL)
      g_variant_builder_add (&builder, "{sv}", texts[i].name,
                             g_variant_new_string (texts[i].value));
  if (facts->key_hash_known)
    {
      hash = pn_sha256_to_hex (&facts->key_hash);
      g_variant_builder_add (&builder, "{sv}", "key-hash", g_variant_new_string (hash));
    }
  g_variant_builder_add (&builder, "{sv}", "board-revision",
                         g_variant_new_uint32 (facts->board_revision));
  g_variant_builder_add (&builder, "{sv}", "storage-size",
                         g_variant_new_uint64 (facts->storage_size));
  return g_variant_builder_end (&builder);
}

static GVariant *
result_to_variant (const PnRunResult *result, const GError *error)
{
  GVariantBuilder builder;

  g_variant_builder_init (&builder, G_VARIANT_TYPE_VARDICT);
  g_variant_builder_add (&builder, "{sv}", "verdict",
                         g_variant_new_string (pn_verdict_to_word (result->verdict)));
  g_variant_builder_add (&builder, "{sv}", "condition",
                         g_variant_new_string (pn_condition_to_word (result->condition)));
  g_variant_builder_add (&builder, "{sv}", "phase",
                         g_variant_new_string (pn_phase_to_word (result->phase)));
  g_variant_builder_add (&builder, "{sv}", "advice",
                         g_variant_new_string (pn_run_result_advice (result)));
  g_variant_builder_add (&builder, "{sv}", "bytes-sent", g_variant_new_uint64 (result->bytes_sent));
  g_variant_builder_add (&builder, "{sv}", "bytes-verified",
                         g_variant_new_uint64 (result->bytes_verified));
  g_variant_builder_add (&builder, "{sv}", "facts", facts_to_variant (&result->facts));
  if (error != NULL)
    {
      g_autofree char *sentence = pn_error_to_sentence (error);

      g_variant_builder_add (&builder, "{sv}", "message", g_variant_new_string (sentence));
      g_variant_builder_add (&builder, "{sv}", "error-code",
                             g_variant_new_string (pn_error_word (error)));
    }
  return g_variant_builder_end (&builder);
}

/* Waits under the lock; woken by arrivals, departures and the cancellable's callback. */
static gboolean
wait_for (PnWorkerHost *self,
          gboolean (*condition) (PnWorkerHost *),
          guint timeout,
          GCancellable *cancellable)
{
  gint64 deadline = g_get_monotonic_time () + timeout * G_TIME_SPAN_MILLISECOND;

  while (!condition (self))
    if (g_cancellable_is_cancelled (cancellable) ||
        !g_cond_wait_until (&self->cond, &self->mutex, deadline))
      return condition (self);
  return TRUE;
}

static gboolean
has_arrival (PnWorkerHost *self)
{
  return !g_queue_is_empty (&self->arrivals);
}

static gboolean
has_left (PnWorkerHost *self)
{
  return self->n_left >= self->returned || self->n_arrived > self->returned;
}

static void
memory_refused_cb (PnTransport *transport, PnWorkerHost *self)
{
  pn_run_host_log (PN_RUN_HOST (self), "The kernel had too little memory for USB transfers "
                                       "(usbfs_memory_mb); smaller ones are used");
}

static PnTransport *
open_usb (PnWorkerHost *self, int fd, GCancellable *cancellable, GError **error)
{
  PnTransport *transport = pn_usb_transport_new (fd, &self->usb_memory, cancellable, error);

  if (transport != NULL)
    g_signal_connect (transport, "memory-refused", G_CALLBACK (memory_refused_cb), self);
  return transport;
}

static PnTransport *
next_device (PnRunHost *host, guint timeout, GCancellable *cancellable, GError **error)
{
  PnWorkerHost *self = PN_WORKER_HOST (host);
  g_autofree Arrival *arrival = NULL;

  g_mutex_lock (&self->mutex);
  if (wait_for (self, has_arrival, timeout, cancellable))
    {
      arrival = g_queue_pop_head (&self->arrivals);
      self->returned = arrival->id;
    }
  g_mutex_unlock (&self->mutex);
  if (arrival != NULL)
    return arrival->usbfs ? open_usb (self, arrival->fd, cancellable, error)
                          : pn_vusb_transport_new (arrival->fd, cancellable, error);
  if (!g_cancellable_set_error_if_cancelled (cancellable, error))
    pn_set_error (error, PN_ERROR_TIMED_OUT, "No device came back to the slot");
  return NULL;
}

static gboolean
wait_gone (PnRunHost *host, guint timeout, GCancellable *cancellable)
{
  PnWorkerHost *self = PN_WORKER_HOST (host);
  gboolean gone;

  g_mutex_lock (&self->mutex);
  gone = wait_for (self, has_left, timeout, cancellable);
  g_mutex_unlock (&self->mutex);
  return gone;
}

/* Whether the helper said yes; why not is a sentence of its own, as if it were ours. */
static gboolean
answered (gboolean yes, GError **error)
{
  if (!yes)
    pn_error_take_remote (error);
  return yes;
}

static gboolean
host_admit (PnRunHost *host, const PnDeviceFacts *facts, GCancellable *cancellable, GError **error)
{
  return answered (pn_worker_dbus_worker_host1_call_admit_sync (
                       PN_WORKER_HOST (host)->helper, facts_to_variant (facts),
                       G_DBUS_CALL_FLAGS_NONE, G_MAXINT, cancellable, error),
                   error);
}

static gboolean
host_vouch (PnRunHost *host, GCancellable *cancellable, GError **error)
{
  return answered (pn_worker_dbus_worker_host1_call_vouch_sync (PN_WORKER_HOST (host)->helper,
                                                                G_DBUS_CALL_FLAGS_NONE, G_MAXINT,
                                                                cancellable, error),
                   error);
}

static PnHistory
host_recall (PnRunHost *host, const char *serial, GCancellable *cancellable)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *last = NULL;
  PnHistory history = { 0 };

  /* Only a shortcut: without an answer the device itself is asked. */
  if (!pn_worker_dbus_worker_host1_call_recall_sync (PN_WORKER_HOST (host)->helper, serial,
                                                     G_DBUS_CALL_FLAGS_NONE, G_MAXINT,
                                                     &history.locked, &last, cancellable, &error))
    {
      g_debug ("The records were not asked: %s", error->message);
      return (PnHistory){ 0 };
    }
  history.done = g_str_equal (last, pn_verdict_to_word (PN_VERDICT_PASSED));
  history.unfinished = pn_phase_from_word (last, &history.phase);
  return history;
}

static gboolean
host_intent (PnRunHost *host,
             const char *step,
             const PnDeviceFacts *facts,
             GCancellable *cancellable,
             GError **error)
{
  return answered (pn_worker_dbus_worker_host1_call_intent_sync (
                       PN_WORKER_HOST (host)->helper, step, facts_to_variant (facts),
                       G_DBUS_CALL_FLAGS_NONE, G_MAXINT, cancellable, error),
                   error);
}

static gboolean
host_outcome (PnRunHost *host, const char *step, gboolean made, GError **error)
{
  return answered (
      pn_worker_dbus_worker_host1_call_outcome_sync (PN_WORKER_HOST (host)->helper, step, made,
                                                     G_DBUS_CALL_FLAGS_NONE, G_MAXINT, NULL, error),
      error);
}

static int
host_growth (PnRunHost *host, guint64 size, GCancellable *cancellable, GError **error)
{
  g_autoptr (GUnixFDList) fds = NULL;
  g_autoptr (GVariant) handle = NULL;

  if (!answered (pn_worker_dbus_worker_host1_call_growth_sync (
                     PN_WORKER_HOST (host)->helper, size, G_DBUS_CALL_FLAGS_NONE, G_MAXINT, NULL,
                     &handle, &fds, cancellable, error),
                 error))
    return -1;
  return g_unix_fd_list_get (fds, g_variant_get_handle (handle), error);
}

static int
host_dial (PnRunHost *host,
           GPtrArray *addresses,
           guint timeout,
           char **name,
           GCancellable *cancellable,
           GError **error)
{
  g_autoptr (GStrvBuilder) builder = g_strv_builder_new ();
  g_autoptr (GUnixFDList) fds = NULL;
  g_autoptr (GVariant) handle = NULL;
  g_autofree char *address = NULL;
  g_auto (GStrv) texts = NULL;
  int fd;

  for (guint i = 0; i < addresses->len; i++)
    {
      g_autofree char *text = g_inet_address_to_string (addresses->pdata[i]);

      g_strv_builder_add (builder, text);
    }
  texts = g_strv_builder_end (builder);
  if (!answered (pn_worker_dbus_worker_host1_call_dial_sync (
                     PN_WORKER_HOST (host)->helper, (const char *const *) texts, timeout,
                     G_DBUS_CALL_FLAGS_NONE, G_MAXINT, NULL, &handle, &address, &fds, cancellable,
                     error),
                 error))
    return -1;
  fd = g_unix_fd_list_get (fds, g_variant_get_handle (handle), error);
  if (fd >= 0)
    *name = g_steal_pointer (&address);
  return fd;
}

/* Under the lock, so that nothing older comes after it. */
static void
tell_progress (PnWorkerHost *self)
{
  if (!self->progress_waits)
    return;
  self->progress_waits = FALSE;
  self->progress_told = g_get_monotonic_time ();
  pn_worker_dbus_worker_host1_call_progress (self->helper, self->done, self->total,
                                             G_DBUS_CALL_FLAGS_NONE, -1, NULL, NULL, NULL);
}

static gboolean
progress_cb (gpointer user_data)
{
  PnWorkerHost *self = user_data;

  g_mutex_lock (&self->mutex);
  self->progress_timer = 0;
  tell_progress (self);
  g_mutex_unlock (&self->mutex);
  return G_SOURCE_REMOVE;
}

/* The last value is told before whatever comes next. */
static void
flush_progress (PnWorkerHost *self)
{
  g_mutex_lock (&self->mutex);
  tell_progress (self);
  g_mutex_unlock (&self->mutex);
}

static void
host_phase (PnRunHost *host, PnPhase phase)
{
  flush_progress (PN_WORKER_HOST (host));
  pn_worker_dbus_worker_host1_call_phase (PN_WORKER_HOST (host)->helper, pn_phase_to_word (phase),
                                          G_DBUS_CALL_FLAGS_NONE, -1, NULL, NULL, NULL);
}

static void
host_progress (PnRunHost *host, guint64 done, guint64 total)
{
  PnWorkerHost *self = PN_WORKER_HOST (host);
  gint64 since;

  g_mutex_lock (&self->mutex);
  self->done = done;
  self->total = total;
  self->progress_waits = TRUE;
  since = g_get_monotonic_time () - self->progress_told;
  if (since >= PROGRESS_US)
    tell_progress (self);
  else if (self->progress_timer == 0)
    self->progress_timer =
        g_timeout_add ((guint) ((PROGRESS_US - since) / 1000) + 1, progress_cb, self);
  g_mutex_unlock (&self->mutex);
}

static void
host_facts (PnRunHost *host, const PnDeviceFacts *facts)
{
  pn_worker_dbus_worker_host1_call_facts (PN_WORKER_HOST (host)->helper, facts_to_variant (facts),
                                          G_DBUS_CALL_FLAGS_NONE, -1, NULL, NULL, NULL);
}

static void
host_evidence (PnRunHost *host, const char *key, const char *value)
{
  pn_worker_dbus_worker_host1_call_evidence (PN_WORKER_HOST (host)->helper, key, value,
                                             G_DBUS_CALL_FLAGS_NONE, -1, NULL, NULL, NULL);
}

static void
host_keep (PnRunHost *host, gboolean connected)
{
  pn_worker_dbus_worker_host1_call_keep_connected (PN_WORKER_HOST (host)->helper, connected,
                                                   G_DBUS_CALL_FLAGS_NONE, -1, NULL, NULL, NULL);
}

static void
host_instruct (PnRunHost *host, const char *sentence)
{
  pn_worker_dbus_worker_host1_call_instruct (PN_WORKER_HOST (host)->helper,
                                             sentence != NULL ? sentence : "",
                                             G_DBUS_CALL_FLAGS_NONE, -1, NULL, NULL, NULL);
}

static void
host_log (PnRunHost *host, const char *sentence)
{
  pn_worker_dbus_worker_host1_call_log (PN_WORKER_HOST (host)->helper, sentence,
                                        G_DBUS_CALL_FLAGS_NONE, -1, NULL, NULL, NULL);
}

static gboolean
host_hook (PnRunHost *host,
           PnHookStage stage,
           const PnRunResult *so_far,
           GCancellable *cancellable,
           GError **error)
{
  return answered (pn_worker_dbus_worker_host1_call_hook_sync (
                       PN_WORKER_HOST (host)->helper, pn_hook_stage_to_word (stage),
                       result_to_variant (so_far, NULL), G_DBUS_CALL_FLAGS_NONE, G_MAXINT,
                       cancellable, error),
                   error);
}

static void
run_host_iface_init (PnRunHostInterface *iface)
{
  iface->next_device = next_device;
  iface->wait_gone = wait_gone;
  iface->admit = host_admit;
  iface->recall = host_recall;
  iface->vouch = host_vouch;
  iface->intent = host_intent;
  iface->outcome = host_outcome;
  iface->growth = host_growth;
  iface->dial = host_dial;
  iface->hook = host_hook;
  iface->phase = host_phase;
  iface->progress = host_progress;
  iface->facts = host_facts;
  iface->evidence = host_evidence;
  iface->keep = host_keep;
  iface->instruct = host_instruct;
  iface->log = host_log;
}

/* ---- the job ---- */

static gpointer
engine_thread (gpointer data)
{
  PnWorkerHost *self = data;
  g_autoptr (GError) error = NULL;
  g_autoptr (GError) told = NULL;
  PnRunResult result = { 0 };

  (void) pn_run (&self->job, PN_RUN_HOST (self), &result, self->cancellable, &error);
  flush_progress (self);
  if (!pn_worker_dbus_worker_host1_call_finished_sync (
          self->helper, result_to_variant (&result, error), G_DBUS_CALL_FLAGS_NONE, G_MAXINT, NULL,
          &told))
    g_warning ("The helper did not take the result: %s", told->message);
  pn_run_result_clear (&result);
  g_main_loop_quit (self->loop);
  return NULL;
}

static gboolean
take_artefacts (PnWorkerHost *self, GUnixFDList *fds, GVariant *handles, GError **error)
{
  gsize n = g_variant_n_children (handles);

  if (n != pn_manifest_get_n_artefacts (self->manifest))
    {
      pn_set_error (error, PN_ERROR_INVALID_ARGUMENT,
                    "The job's artefacts are not those that its manifest names");
      return FALSE;
    }
  self->artefacts = g_new0 (int, n);
  for (gsize i = 0; i < n; i++)
    {
      gint32 handle;

      g_variant_get_child (handles, i, "h", &handle);
      self->artefacts[i] = g_unix_fd_list_get (fds, handle, error);
      if (self->artefacts[i] < 0)
        return FALSE;
    }
  return TRUE;
}

static gboolean
start_cb (PnWorkerDbusWorker1 *object,
          GDBusMethodInvocation *invocation,
          GUnixFDList *fds,
          GVariant *manifest,
          GVariant *handles,
          GVariant *options,
          PnWorkerHost *self)
{
  g_autoptr (GBytes) bytes = g_variant_get_data_as_bytes (manifest);
  g_autoptr (GError) error = NULL;
  const char *permit = NULL;
  double scale = 1.0;

  if (self->engine != NULL)
    pn_set_error (&error, PN_ERROR_BUSY, "The worker has its job already");
  else if ((self->manifest = pn_manifest_parse (bytes, &error)) != NULL)
    (void) take_artefacts (self, fds, handles, &error);
  if (error != NULL)
    {
      pn_error_answer (invocation, g_steal_pointer (&error));
      return G_DBUS_METHOD_INVOCATION_HANDLED;
    }
  (void) g_variant_lookup (options, "permit", "&s", &permit);
  (void) g_variant_lookup (options, "by-hand", "b", &self->job.by_hand);
  (void) g_variant_lookup (options, "skip-firmware", "b", &self->job.skip_firmware);
  (void) g_variant_lookup (options, "time-scale", "d", &scale);
  self->job.manifest = self->manifest;
  self->job.artefacts = self->artefacts;
  self->job.permit_permanent =
      permit != NULL && pn_sha256_from_hex (permit, &self->job.permit_fingerprint);
  self->job.limits = pn_limits_scale (pn_limits_default (), scale);
  self->engine = g_thread_new ("engine", engine_thread, self);
  pn_worker_dbus_worker1_complete_start (object, invocation, NULL);
  return G_DBUS_METHOD_INVOCATION_HANDLED;
}

static gboolean
arrived_cb (PnWorkerDbusWorker1 *object,
            GDBusMethodInvocation *invocation,
            GUnixFDList *fds,
            const char *kind,
            GVariant *handle,
            PnWorkerHost *self)
{
  g_autoptr (GError) error = NULL;
  int fd = g_unix_fd_list_get (fds, g_variant_get_handle (handle), &error);
  Arrival *arrival;

  if (fd < 0)
    {
      pn_error_answer (invocation, g_steal_pointer (&error));
      return G_DBUS_METHOD_INVOCATION_HANDLED;
    }
  arrival = g_new0 (Arrival, 1);
  arrival->usbfs = g_str_equal (kind, "usbfs");
  arrival->fd = fd;
  g_mutex_lock (&self->mutex);
  arrival->id = ++self->n_arrived;
  g_queue_push_tail (&self->arrivals, arrival);
  g_cond_broadcast (&self->cond);
  g_mutex_unlock (&self->mutex);
  pn_worker_dbus_worker1_complete_device_arrived (object, invocation, NULL);
  return G_DBUS_METHOD_INVOCATION_HANDLED;
}

static gboolean
left_cb (PnWorkerDbusWorker1 *object, GDBusMethodInvocation *invocation, PnWorkerHost *self)
{
  g_mutex_lock (&self->mutex);
  /* What the engine has not looked at yet is not there any more. */
  g_queue_clear_full (&self->arrivals, free_arrival);
  self->n_left = self->n_arrived;
  g_cond_broadcast (&self->cond);
  g_mutex_unlock (&self->mutex);
  pn_worker_dbus_worker1_complete_device_left (object, invocation);
  return G_DBUS_METHOD_INVOCATION_HANDLED;
}

static gboolean
set_usb_memory_cb (PnWorkerDbusWorker1 *object,
                   GDBusMethodInvocation *invocation,
                   guint bytes,
                   PnWorkerHost *self)
{
  g_atomic_int_set (&self->usb_memory, bytes);
  pn_worker_dbus_worker1_complete_set_usb_memory (object, invocation);
  return G_DBUS_METHOD_INVOCATION_HANDLED;
}

static void
cancel (PnWorkerHost *self)
{
  g_cancellable_cancel (self->cancellable);
  g_mutex_lock (&self->mutex);
  g_cond_broadcast (&self->cond);
  g_mutex_unlock (&self->mutex);
}

static gboolean
cancel_cb (PnWorkerDbusWorker1 *object, GDBusMethodInvocation *invocation, PnWorkerHost *self)
{
  cancel (self);
  pn_worker_dbus_worker1_complete_cancel (object, invocation);
  return G_DBUS_METHOD_INVOCATION_HANDLED;
}

/* Without the helper nobody can take the result; a permanent step that is under way still ends. */
static void
closed_cb (GDBusConnection *connection, gboolean vanished, GError *error, PnWorkerHost *self)
{
  cancel (self);
  if (self->engine == NULL)
    g_main_loop_quit (self->loop);
}

static void
pn_worker_host_finalize (GObject *object)
{
  PnWorkerHost *self = PN_WORKER_HOST (object);

  g_queue_clear_full (&self->arrivals, free_arrival);
  g_clear_handle_id (&self->progress_timer, g_source_remove);
  g_clear_object (&self->object);
  g_clear_object (&self->helper);
  g_clear_object (&self->cancellable);
  g_clear_pointer (&self->manifest, pn_manifest_unref);
  g_free (self->artefacts);
  g_mutex_clear (&self->mutex);
  g_cond_clear (&self->cond);
  G_OBJECT_CLASS (pn_worker_host_parent_class)->finalize (object);
}

static void
pn_worker_host_class_init (PnWorkerHostClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = pn_worker_host_finalize;
}

static void
pn_worker_host_init (PnWorkerHost *self)
{
  g_mutex_init (&self->mutex);
  g_cond_init (&self->cond);
  g_queue_init (&self->arrivals);
  self->cancellable = g_cancellable_new ();
  self->usb_memory = PN_USB_MEMORY_FIRST;
}

PnWorkerHost *
pn_worker_host_new (GDBusConnection *connection, GMainLoop *loop)
{
  PnWorkerHost *self = g_object_new (PN_TYPE_WORKER_HOST, NULL);
  g_autoptr (GError) error = NULL;

  self->loop = loop;
  self->object = pn_worker_dbus_worker1_skeleton_new ();
  g_signal_connect (self->object, "handle-start", G_CALLBACK (start_cb), self);
  g_signal_connect (self->object, "handle-device-arrived", G_CALLBACK (arrived_cb), self);
  g_signal_connect (self->object, "handle-device-left", G_CALLBACK (left_cb), self);
  g_signal_connect (self->object, "handle-set-usb-memory", G_CALLBACK (set_usb_memory_cb), self);
  g_signal_connect (self->object, "handle-cancel", G_CALLBACK (cancel_cb), self);
  g_signal_connect (connection, "closed", G_CALLBACK (closed_cb), self);
  self->helper = pn_worker_dbus_worker_host1_proxy_new_sync (
      connection, G_DBUS_PROXY_FLAGS_DO_NOT_LOAD_PROPERTIES, NULL, HOST_PATH, NULL, &error);
  if (self->helper == NULL ||
      !g_dbus_interface_skeleton_export (G_DBUS_INTERFACE_SKELETON (self->object), connection,
                                         WORKER_PATH, &error))
    g_error ("%s", error->message);
  return self;
}

void
pn_worker_host_join (PnWorkerHost *self)
{
  if (self->engine != NULL)
    g_thread_join (g_steal_pointer (&self->engine));
}
