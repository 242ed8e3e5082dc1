/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "pn-test-host.h"

#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "pn-ext4.h"
#include "pn-io.h"
#include "pn-network.h"
#include "pn-sparse.h"
#include "pn-usb-memory.h"
#include "pn-usb-transport.h"
#include "pn-vusb-transport.h"
#include "pn-vusb.h"

typedef struct
{
  PnTestDeviceKind kind;
  int fd;
  guint id;
} Arrival;

struct _PnTestHost
{
  GObject parent_instance;

  PnBundle *bundle; /* borrowed, nullable */
  guint64 grown_size;
  int grown_fd; /* borrowed */
  GMutex mutex;
  GCond cond;
  GQueue arrivals; /* Arrival, not returned yet */
  guint n_arrived;
  guint n_left;   /* the last enumeration that left */
  guint returned; /* the last enumeration handed to the engine */
  GThread *listener;
  int plug;

  PnTestPerson person;
  gpointer person_data;
  PnTestPhase phase_func;
  gpointer phase_data;
  PnTestAsk ask_func;
  gpointer ask_data;
  PnTestWireFunc wire_func;
  gpointer wire_data;
  gboolean quiet, cut;
  gboolean kept; /* nobody may unplug it */
  int line;      /* of the last enumeration, a duplicate; -1 = none */
  char *denied;
  PnHistory history;
  PnPhase phase;
  guint64 progress[PN_N_PHASES];
  GPtrArray *journal;
  GHashTable *evidence;
  GHashTable *told; /* fact → the phase in which it was told first */
  GString *log;
  guint usb_memory, n_refused; /* atomic */
};

static void run_host_iface_init (PnRunHostInterface *iface);

G_DEFINE_FINAL_TYPE_WITH_CODE (PnTestHost,
                               pn_test_host,
                               G_TYPE_OBJECT,
                               G_IMPLEMENT_INTERFACE (PN_TYPE_RUN_HOST, run_host_iface_init))

static void
free_arrival (gpointer data)
{
  pn_fd_close (((Arrival *) data)->fd);
  g_free (data);
}

static void
pn_test_host_finalize (GObject *object)
{
  PnTestHost *self = PN_TEST_HOST (object);

  if (self->listener != NULL)
    g_thread_join (self->listener);
  g_queue_clear_full (&self->arrivals, free_arrival);
  if (self->line >= 0)
    pn_fd_close (self->line);
  g_ptr_array_unref (self->journal);
  g_hash_table_unref (self->evidence);
  g_hash_table_unref (self->told);
  g_string_free (self->log, TRUE);
  g_free (self->denied);
  g_mutex_clear (&self->mutex);
  g_cond_clear (&self->cond);
  G_OBJECT_CLASS (pn_test_host_parent_class)->finalize (object);
}

static void
pn_test_host_class_init (PnTestHostClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = pn_test_host_finalize;
}

static void
pn_test_host_init (PnTestHost *self)
{
  g_mutex_init (&self->mutex);
  g_cond_init (&self->cond);
  g_queue_init (&self->arrivals);
  self->journal = g_ptr_array_new_with_free_func (g_free);
  self->line = -1;
  self->evidence = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  self->told = g_hash_table_new (g_str_hash, g_str_equal);
  self->log = g_string_new (NULL);
  self->usb_memory = PN_USB_MEMORY_ENOUGH;
}

PnTestHost *
pn_test_host_new (PnBundle *bundle)
{
  PnTestHost *self = g_object_new (PN_TYPE_TEST_HOST, NULL);

  self->bundle = bundle;
  return self;
}

void
pn_test_host_set_growth (PnTestHost *self, guint64 size, int fd)
{
  self->grown_size = size;
  self->grown_fd = fd;
}

void
pn_test_host_arrived (PnTestHost *self, PnTestDeviceKind kind, int fd)
{
  Arrival *arrival = g_new0 (Arrival, 1);

  g_mutex_lock (&self->mutex);
  arrival->kind = kind;
  arrival->fd = fd;
  arrival->id = ++self->n_arrived;
  g_queue_push_tail (&self->arrivals, arrival);
  g_cond_broadcast (&self->cond);
  g_mutex_unlock (&self->mutex);
}

void
pn_test_host_left (PnTestHost *self)
{
  g_mutex_lock (&self->mutex);
  g_queue_clear_full (&self->arrivals, free_arrival);
  self->n_left = self->n_arrived;
  g_cond_broadcast (&self->cond);
  g_mutex_unlock (&self->mutex);
}

static gpointer
listen_thread (gpointer data)
{
  PnTestHost *self = data;
  guint32 message;
  int fd;

  while (pn_vusb_plug_receive (self->plug, &message, &fd, NULL))
    {
      if (message == PN_VUSB_ATTACH && fd >= 0)
        pn_test_host_arrived (self, PN_TEST_DEVICE_VUSB, fd);
      else if (message == PN_VUSB_DETACH)
        pn_test_host_left (self);
    }
  pn_test_host_left (self);
  pn_fd_close (self->plug);
  return NULL;
}

void
pn_test_host_listen (PnTestHost *self, int plug)
{
  self->plug = plug;
  self->listener = g_thread_new ("plug", listen_thread, self);
}

void
pn_test_host_set_person (PnTestHost *self, PnTestPerson person, gpointer user_data)
{
  self->person = person;
  self->person_data = user_data;
}

void
pn_test_host_set_phase_func (PnTestHost *self, PnTestPhase func, gpointer user_data)
{
  self->phase_func = func;
  self->phase_data = user_data;
}

void
pn_test_host_set_ask_func (PnTestHost *self, PnTestAsk func, gpointer user_data)
{
  self->ask_func = func;
  self->ask_data = user_data;
}

void
pn_test_host_set_wire_func (PnTestHost *self, PnTestWireFunc func, gpointer user_data)
{
  self->wire_func = func;
  self->wire_data = user_data;
}

void
pn_test_host_be_quiet (PnTestHost *self)
{
  self->quiet = TRUE;
}

void
pn_test_host_cut (PnTestHost *self)
{
  g_mutex_lock (&self->mutex);
  self->cut = TRUE;
  if (self->line >= 0)
    (void) shutdown (self->line, SHUT_RDWR);
  g_cond_broadcast (&self->cond);
  g_mutex_unlock (&self->mutex);
}

void
pn_test_host_mend (PnTestHost *self)
{
  g_mutex_lock (&self->mutex);
  while (self->n_left < self->n_arrived)
    g_cond_wait (&self->cond, &self->mutex);
  g_queue_clear_full (&self->arrivals, free_arrival);
  self->cut = FALSE;
  g_mutex_unlock (&self->mutex);
}

/* Whether somebody is there who says yes. */
static gboolean
ask (PnTestHost *self, const char *question, const char *what, GError **error)
{
  g_autofree char *whole = g_strconcat (question, what, NULL);
  gboolean yes = self->ask_func == NULL || self->ask_func (whole, self->ask_data);

  g_mutex_lock (&self->mutex);
  yes &= !self->cut;
  g_mutex_unlock (&self->mutex);
  if (!yes)
    g_set_error (error, PN_ERROR, PN_ERROR_IO, "The host said no: %s", whole);
  return yes;
}

static void
write_down (PnTestHost *self, const char *what, const char *step)
{
  g_mutex_lock (&self->mutex);
  g_ptr_array_add (self->journal, g_strconcat (what, step, NULL));
  g_mutex_unlock (&self->mutex);
}

void
pn_test_host_know (PnTestHost *self, PnHistory history)
{
  self->history = history;
}

void
pn_test_host_deny (PnTestHost *self, const char *sentence)
{
  g_free (self->denied);
  self->denied = g_strdup (sentence);
}

/* Waits for @condition under the lock; FALSE when @timeout ms are over or it was cancelled. */
static gboolean
wait_for (PnTestHost *self, gboolean (*condition) (PnTestHost *), guint timeout, GCancellable *stop)
{
  gint64 deadline = g_get_monotonic_time () + timeout * G_TIME_SPAN_MILLISECOND;

  while (!condition (self))
    {
      /* Cancelling has no condition variable of its own; look now and then. */
      gint64 next = MIN (deadline, g_get_monotonic_time () + 20 * G_TIME_SPAN_MILLISECOND);

      if (self->cut || g_cancellable_is_cancelled (stop) || g_get_monotonic_time () >= deadline)
        return FALSE;
      g_cond_wait_until (&self->cond, &self->mutex, next);
    }
  return TRUE;
}

static gboolean
has_arrival (PnTestHost *self)
{
  return !g_queue_is_empty (&self->arrivals);
}

static gboolean
has_left (PnTestHost *self)
{
  return self->n_left >= self->returned || self->n_arrived > self->returned;
}

static void
memory_refused_cb (PnTransport *transport, PnTestHost *self)
{
  g_atomic_int_inc (&self->n_refused);
}

static PnTransport *
open_usb (PnTestHost *self, int fd, GCancellable *cancellable, GError **error)
{
  PnTransport *transport = pn_usb_transport_new (fd, &self->usb_memory, cancellable, error);

  if (transport != NULL)
    g_signal_connect (transport, "memory-refused", G_CALLBACK (memory_refused_cb), self);
  return transport;
}

static PnTransport *
next_device (PnRunHost *host, guint timeout, GCancellable *cancellable, GError **error)
{
  PnTestHost *self = PN_TEST_HOST (host);
  g_autoptr (PnTransport) transport = NULL;
  g_autofree Arrival *arrival = NULL;

  g_mutex_lock (&self->mutex);
  if (wait_for (self, has_arrival, timeout, cancellable))
    {
      arrival = g_queue_pop_head (&self->arrivals);
      self->returned = arrival->id;
      if (self->line >= 0)
        pn_fd_close (self->line);
      /* A line that is held ends only when it is cut. */
      self->line = self->ask_func != NULL ? fcntl (arrival->fd, F_DUPFD_CLOEXEC, 0) : -1;
    }
  g_mutex_unlock (&self->mutex);
  if (arrival == NULL)
    {
      if (!g_cancellable_set_error_if_cancelled (cancellable, error))
        g_set_error_literal (error, PN_ERROR, PN_ERROR_TIMED_OUT, "No device came");
      return NULL;
    }
  transport = arrival->kind == PN_TEST_DEVICE_VUSB
                  ? pn_vusb_transport_new (arrival->fd, cancellable, error)
                  : open_usb (self, arrival->fd, cancellable, error);
  return transport != NULL && self->wire_func != NULL
             ? pn_test_wire_new (transport, self->wire_func, self->wire_data)
             : g_steal_pointer (&transport);
}

static gboolean
wait_gone (PnRunHost *host, guint timeout, GCancellable *cancellable)
{
  PnTestHost *self = PN_TEST_HOST (host);
  gboolean gone;

  g_mutex_lock (&self->mutex);
  gone = wait_for (self, has_left, timeout, cancellable);
  g_mutex_unlock (&self->mutex);
  return gone;
}

static gboolean
host_admit (PnRunHost *host, const PnDeviceFacts *facts, GCancellable *cancellable, GError **error)
{
  PnTestHost *self = PN_TEST_HOST (host);

  if (!ask (self, "admit", NULL, error))
    return FALSE;
  if (self->denied == NULL)
    return TRUE;
  g_set_error_literal (error, PN_ERROR, PN_ERROR_EXISTS, self->denied);
  return FALSE;
}

static gboolean
host_vouch (PnRunHost *host, GCancellable *cancellable, GError **error)
{
  PnTestHost *self = PN_TEST_HOST (host);

  return ask (self, "vouch", NULL, error) &&
         (self->bundle == NULL || pn_bundle_check_whole (self->bundle, cancellable, error));
}

static PnHistory
host_recall (PnRunHost *host, const char *serial, GCancellable *cancellable)
{
  g_assert_cmpuint (strlen (serial), >=, 8);
  if (!ask (PN_TEST_HOST (host), "recall", NULL, NULL))
    return (PnHistory){ 0 };
  return PN_TEST_HOST (host)->history;
}

static gboolean
host_intent (PnRunHost *host,
             const char *step,
             const PnDeviceFacts *facts,
             GCancellable *cancellable,
             GError **error)
{
  if (!ask (PN_TEST_HOST (host), "intent ", step, error))
    return FALSE;
  write_down (PN_TEST_HOST (host), "intent ", step);
  (void) ask (PN_TEST_HOST (host), "noted intent ", step, NULL);
  return TRUE;
}

static gboolean
host_outcome (PnRunHost *host, const char *step, gboolean made, GError **error)
{
  if (!ask (PN_TEST_HOST (host), "outcome ", step, error))
    return FALSE;
  write_down (PN_TEST_HOST (host), made ? "made " : "not made ", step);
  (void) ask (PN_TEST_HOST (host), "noted outcome ", step, NULL);
  return TRUE;
}

static int
host_growth (PnRunHost *host, guint64 size, GCancellable *cancellable, GError **error)
{
  PnTestHost *self = PN_TEST_HOST (host);
  const PnArtefact *artefact =
      self->bundle != NULL
          ? pn_manifest_find (pn_bundle_get_manifest (self->bundle), PN_ROLE_ROOT_METADATA)
          : NULL;
  g_autoptr (PnRuns) metadata = NULL;
  g_autoptr (PnRuns) grown = NULL;
  g_auto (PnFd) fd = -1;

  if (!ask (self, "growth", NULL, error))
    return -1;
  if (artefact == NULL)
    {
      g_set_error_literal (error, PN_ERROR, PN_ERROR_IO, "Nothing here grows");
      return -1;
    }
  if (self->grown_size != 0 && size / PN_RUN_BLOCK_SIZE == self->grown_size / PN_RUN_BLOCK_SIZE)
    return fcntl (self->grown_fd, F_DUPFD_CLOEXEC, 0);
  metadata = pn_sparse_parse_fd (pn_bundle_get_fd (self->bundle, PN_ROLE_ROOT_METADATA), 0,
                                 artefact->size, PN_SPARSE_STRICT, error);
  if (metadata == NULL || (grown = pn_ext4_grow (metadata, size, cancellable, error)) == NULL ||
      (fd = pn_temporary_file (error)) < 0 || !pn_sparse_write_fd (grown, fd, cancellable, error))
    return -1;
  return g_steal_fd (&fd);
}

/* The stages in their order are in the journal; scripts run where there is a helper. */
static gboolean
host_hook (PnRunHost *host,
           PnHookStage stage,
           const PnRunResult *so_far,
           GCancellable *cancellable,
           GError **error)
{
  return ask (PN_TEST_HOST (host), "hook ", pn_hook_stage_to_word (stage), error);
}

static void
host_phase (PnRunHost *host, PnPhase phase)
{
  PnTestHost *self = PN_TEST_HOST (host);

  self->phase = phase;
  if (self->phase_func != NULL)
    self->phase_func (phase, self->phase_data);
}

static void
host_progress (PnRunHost *host, guint64 done, guint64 total)
{
  PnTestHost *self = PN_TEST_HOST (host);

  g_assert_true (total == 0 || done <= total);
  self->progress[self->phase] = MAX (self->progress[self->phase], done);
}

static void
host_facts (PnRunHost *host, const PnDeviceFacts *facts)
{
  PnTestHost *self = PN_TEST_HOST (host);
  const struct
  {
    const char *name;
    gboolean known;
  } all[] = { { "serial", facts->serial != NULL },
              { "model", facts->model != NULL },
              { "mac", facts->mac != NULL },
              { "key-hash", facts->key_hash_known },
              { "storage-size", facts->storage_size != 0 } };

  for (guint i = 0; i < G_N_ELEMENTS (all); i++)
    if (all[i].known && !g_hash_table_contains (self->told, all[i].name))
      g_hash_table_insert (self->told, (char *) all[i].name,
                           (char *) pn_phase_to_word (self->phase));
}

static void
host_evidence (PnRunHost *host, const char *key, const char *value)
{
  g_hash_table_insert (PN_TEST_HOST (host)->evidence, g_strdup (key), g_strdup (value));
}

static void
host_log (PnRunHost *host, const char *sentence)
{
  PnTestHost *self = PN_TEST_HOST (host);
  g_autofree char *english = pn_sentence_to_english (sentence);

  g_string_append_printf (self->log, "%s: %s\n", pn_phase_to_word (self->phase), english);
  if (!self->quiet)
    g_test_message ("%s: %s", pn_phase_to_word (self->phase), english);
}

static void
host_keep (PnRunHost *host, gboolean connected)
{
  PnTestHost *self = PN_TEST_HOST (host);

  g_assert_cmpint (self->kept, !=, connected);
  self->kept = connected;
}

static void
host_instruct (PnRunHost *host, const char *sentence)
{
  PnTestHost *self = PN_TEST_HOST (host);

  if (sentence != NULL && self->person != NULL)
    self->person (sentence, self->person_data);
}

/* Virtual devices are on this machine. */
static int
host_dial (PnRunHost *host,
           GPtrArray *addresses,
           guint timeout,
           char **name,
           GCancellable *cancellable,
           GError **error)
{
  if (!ask (PN_TEST_HOST (host), "dial", NULL, error))
    return -1;
  return pn_network_connect (addresses, PN_REACH_LOOPBACK, PN_NETWORK_PORT, timeout, name,
                             cancellable, error);
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

static guint
count (PnTestHost *self, const char *what, const char *step)
{
  g_autofree char *entry = g_strconcat (what, step, NULL);
  guint n = 0;

  for (guint i = 0; i < self->journal->len; i++)
    n += g_str_equal (self->journal->pdata[i], entry);
  return n;
}

GStrv
pn_test_host_get_journal (PnTestHost *self)
{
  g_autoptr (GStrvBuilder) builder = g_strv_builder_new ();

  g_mutex_lock (&self->mutex);
  for (guint i = 0; i < self->journal->len; i++)
    g_strv_builder_add (builder, self->journal->pdata[i]);
  g_mutex_unlock (&self->mutex);
  return g_strv_builder_end (builder);
}

guint
pn_test_host_count_intents (PnTestHost *self, const char *step)
{
  return count (self, "intent ", step);
}

guint
pn_test_host_count_outcomes (PnTestHost *self, const char *step)
{
  return count (self, "made ", step);
}

const char *
pn_test_host_get_evidence (PnTestHost *self, const char *key)
{
  return g_hash_table_lookup (self->evidence, key);
}

const char *
pn_test_host_get_told (PnTestHost *self, const char *fact)
{
  return g_hash_table_lookup (self->told, fact);
}

guint64
pn_test_host_get_progress (PnTestHost *self, PnPhase phase)
{
  return self->progress[phase];
}

void
pn_test_host_set_usb_memory (PnTestHost *self, guint bytes)
{
  g_atomic_int_set (&self->usb_memory, bytes);
}

guint
pn_test_host_count_refused (PnTestHost *self)
{
  return (guint) g_atomic_int_get (&self->n_refused);
}

char *
pn_test_host_get_log (PnTestHost *self)
{
  return g_strdup (self->log->str);
}
