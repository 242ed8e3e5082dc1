/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A run's worker: its process, the connection to it, and what it is told. Nothing here waits for
 * it: a worker that is stopped, or that never says a word, holds only its own run, and not for
 * long. */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <gio/gunixfdlist.h>
#include <glib/gi18n-lib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "pn-confine.h"
#include "pn-helper-run-private.h"
#include "pn-io.h"
#include "pn-usb-memory.h"

#define WORKER_PATH "/org/punnet/Worker1"
#define HOST_PATH "/org/punnet/WorkerHost1"
#define ASK_MS 15000     /* between two looks; stretched as all time limits … */
#define MIN_ASK_MS 2500  /* … but a busy machine is slow all the same */
#define MAX_UNANSWERED 4 /* looks: so long it may take to answer, or to begin */
/* … and so long where ending it could cost the device what is being written for ever. */
#define MAX_UNANSWERED_PERMANENT 40
#define MAX_SILENT 120 /* looks: longer than any limit that it has itself */

/* ---- what it is told ---- */

static void
start_job (PnHelperRun *self)
{
  PnManifest *manifest = pn_bundle_get_manifest (self->batch->bundle);
  g_autoptr (GUnixFDList) fds = g_unix_fd_list_new ();
  const int *artefacts = pn_bundle_get_fds (self->batch->bundle);
  GVariantBuilder handles, options;

  g_variant_builder_init (&handles, G_VARIANT_TYPE ("ah"));
  for (guint i = 0; i < pn_manifest_get_n_artefacts (manifest); i++)
    g_variant_builder_add (&handles, "h", g_unix_fd_list_append (fds, artefacts[i], NULL));
  g_variant_builder_init (&options, G_VARIANT_TYPE_VARDICT);
  if (self->batch->permit != NULL)
    g_variant_builder_add (&options, "{sv}", "permit", g_variant_new_string (self->batch->permit));
  g_variant_builder_add (&options, "{sv}", "by-hand", g_variant_new_boolean (self->by_hand));
  g_variant_builder_add (&options, "{sv}", "skip-firmware",
                         g_variant_new_boolean (pn_helper_run_skips_firmware (self)));
  g_variant_builder_add (&options, "{sv}", "time-scale",
                         g_variant_new_double (self->slot->station->time_scale));
  pn_worker_dbus_worker1_call_start (
      self->worker,
      g_variant_new_from_bytes (G_VARIANT_TYPE_BYTESTRING, pn_manifest_get_bytes (manifest), TRUE),
      g_variant_builder_end (&handles), g_variant_builder_end (&options), G_DBUS_CALL_FLAGS_NONE,
      G_MAXINT, fds, NULL, NULL, NULL);
}

static void
drop_device (PnHelperRun *self)
{
  if (self->device >= 0)
    pn_fd_close (self->device);
  self->device = -1;
}

static void
hand_over_device (PnHelperRun *self)
{
  g_autoptr (GUnixFDList) fds = g_unix_fd_list_new_from_array (&self->device, 1);

  self->device = -1;
  pn_worker_dbus_worker1_call_device_arrived (
      self->worker, self->slot->settings.usb ? "usbfs" : "vusb", g_variant_new_handle (0),
      G_DBUS_CALL_FLAGS_NONE, G_MAXINT, fds, NULL, NULL, NULL);
}

void
pn_helper_run_device_arrived (PnHelperRun *self, int device)
{
  drop_device (self);
  self->device = device;
  if (self->worker != NULL)
    hand_over_device (self);
}

void
pn_helper_run_device_left (PnHelperRun *self)
{
  drop_device (self);
  if (self->worker != NULL)
    pn_worker_dbus_worker1_call_device_left (self->worker, G_DBUS_CALL_FLAGS_NONE, G_MAXINT, NULL,
                                             NULL, NULL);
}

void
pn_helper_run_cancel (PnHelperRun *self)
{
  self->cancelled = TRUE;
  if (self->hook != NULL)
    g_cancellable_cancel (self->hook);
  if (self->worker != NULL)
    pn_worker_dbus_worker1_call_cancel (self->worker, G_DBUS_CALL_FLAGS_NONE, G_MAXINT, NULL, NULL,
                                        NULL);
}

static void
kill_worker (PnHelperRun *self)
{
  if (self->hook != NULL)
    g_cancellable_cancel (self->hook);
  g_subprocess_force_exit (self->process);
}

/* Flash or OTP is written. */
static gboolean
is_writing (PnHelperRun *self)
{
  return pn_dbus_run_get_do_not_disconnect (self->object);
}

void
pn_helper_run_end (PnHelperRun *self)
{
  if (!is_writing (self))
    kill_worker (self);
}

static void
tell_usb_memory (PnHelperRun *self)
{
  pn_worker_dbus_worker1_call_set_usb_memory (self->worker, self->usb_memory,
                                              G_DBUS_CALL_FLAGS_NONE, G_MAXINT, NULL, NULL, NULL);
}

void
pn_helper_run_set_usb_memory (PnHelperRun *self, guint bytes, guint64 memory)
{
  gboolean was_enough = self->usb_memory == 0 || self->usb_memory == PN_USB_MEMORY_ENOUGH;

  if (bytes == self->usb_memory)
    return;
  if (was_enough && bytes < PN_USB_MEMORY_ENOUGH)
    {
      g_autofree char *sentence = pn_sentence_format (
          "All devices together share %s MiB for USB transfers (usbfs_memory_mb): at most %s KiB "
          "are under way to this one",
          PN_NUMBER (memory / 1024 / 1024), PN_NUMBER (bytes / 1024));

      pn_run_report_log (self->report, sentence);
    }
  self->usb_memory = bytes;
  if (self->worker != NULL)
    tell_usb_memory (self);
}

/* ---- whether it lives ---- */

static void
answered_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GCancellable) life = user_data;
  g_autoptr (GVariant) reply =
      g_dbus_connection_call_finish (G_DBUS_CONNECTION (source), result, NULL);
  PnHelperRun *self = g_object_get_data (G_OBJECT (life), "pn-helper-run");

  if (g_cancellable_is_cancelled (life))
    return;
  self->asked = FALSE;
  if (reply != NULL)
    self->unanswered = 0;
}

static void
ask (PnHelperRun *self)
{
  if (self->peer == NULL || self->asked)
    return;
  self->asked = TRUE;
  g_dbus_connection_call (self->peer, NULL, WORKER_PATH, "org.freedesktop.DBus.Peer", "Ping", NULL,
                          NULL, G_DBUS_CALL_FLAGS_NONE, G_MAXINT, self->life, answered_cb,
                          g_object_ref (self->life));
}

/* Looks are counted, not time: one that comes late because this process was slow is one. */
static gboolean
look_cb (gpointer user_data)
{
  PnHelperRun *self = user_data;
  guint limit = is_writing (self) ? MAX_UNANSWERED_PERMANENT : MAX_UNANSWERED;

  if (self->hook != NULL)
    self->silent = 0; /* it waits for the hook, which has a limit of its own */
  self->stuck = ++self->unanswered > limit || ++self->silent > MAX_SILENT;
  if (!self->stuck)
    {
      ask (self);
      return G_SOURCE_CONTINUE;
    }
  pn_helper_run_journal (self, G_LOG_LEVEL_WARNING, "the worker does not answer; it is ended");
  self->watch = 0;
  kill_worker (self);
  return G_SOURCE_REMOVE;
}

void
pn_helper_run_heard (PnHelperRun *self)
{
  self->unanswered = 0;
  self->silent = 0;
}

/* ---- how it begins ---- */

static gboolean
begin (PnHelperRun *self, GError **error)
{
  if (!g_dbus_interface_skeleton_export (G_DBUS_INTERFACE_SKELETON (self->exported), self->peer,
                                         HOST_PATH, error))
    return FALSE;
  /* Nothing is loaded, so that this waits for nothing. */
  self->worker = pn_worker_dbus_worker1_proxy_new_sync (
      self->peer,
      G_DBUS_PROXY_FLAGS_DO_NOT_LOAD_PROPERTIES | G_DBUS_PROXY_FLAGS_DO_NOT_CONNECT_SIGNALS, NULL,
      WORKER_PATH, NULL, error);
  if (self->worker == NULL)
    return FALSE;
  g_dbus_connection_start_message_processing (self->peer);
  start_job (self);
  if (self->usb_memory > 0)
    tell_usb_memory (self);
  if (self->device >= 0)
    hand_over_device (self);
  if (self->cancelled)
    pn_helper_run_cancel (self);
  return TRUE;
}

static void
connected_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GCancellable) life = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (GDBusConnection) peer = g_dbus_connection_new_finish (result, &error);
  PnHelperRun *self = g_object_get_data (G_OBJECT (life), "pn-helper-run");

  if (g_cancellable_is_cancelled (life))
    return;
  self->peer = g_steal_pointer (&peer);
  if (self->peer != NULL && begin (self, &error))
    return;
  pn_helper_run_journal (self, G_LOG_LEVEL_WARNING, "the worker cannot be spoken to: %s",
                         error->message);
  kill_worker (self);
}

/* Takes @fd. */
static gboolean
connect_peer (PnHelperRun *self, int fd, GError **error)
{
  g_autoptr (GSocket) socket = g_socket_new_from_fd (fd, error);
  g_autoptr (GSocketConnection) stream = NULL;
  g_autofree char *guid = g_dbus_generate_guid ();

  if (socket == NULL)
    {
      pn_fd_close (fd);
      return FALSE;
    }
  stream = g_socket_connection_factory_create_connection (socket);
  g_dbus_connection_new (G_IO_STREAM (stream), guid,
                         G_DBUS_CONNECTION_FLAGS_AUTHENTICATION_SERVER |
                             G_DBUS_CONNECTION_FLAGS_DELAY_MESSAGE_PROCESSING,
                         NULL, self->life, connected_cb, g_object_ref (self->life));
  return TRUE;
}

/* The record and the log say what the worker was kept from. */
static void
tell_confinement (PnHelperRun *self)
{
  gboolean unconfined = self->slot->station->unconfined;
  g_autofree char *layers = unconfined ? g_strdup ("no") : pn_confine_describe ();

  pn_run_report_learn (self->report, PN_CONFINED_EVIDENCE, layers);
  g_hash_table_insert (self->evidence, g_strdup (PN_CONFINED_EVIDENCE), g_steal_pointer (&layers));
  if (unconfined)
    pn_run_report_log (self->report,
                       N_ ("The worker of this run is not confined (Landlock, seccomp)"));
}

/* Nothing that a run depends on: what libraries complain of, or the last words of a worker. */
static void
said_cb (const char *line, gpointer user_data)
{
  pn_helper_run_journal (user_data, G_LOG_LEVEL_WARNING, "the worker says: %s", line);
}

gboolean
pn_helper_run_spawn (PnHelperRun *self, GError **error)
{
  g_autoptr (GSubprocessLauncher) launcher = g_subprocess_launcher_new (G_SUBPROCESS_FLAGS_NONE);
  g_autofree char *program = pn_libexec_path ("punnet-worker");
  static const char *const empty[] = { "LC_ALL=C.UTF-8", "PATH=/usr/sbin:/usr/bin:/sbin:/bin",
                                       NULL };
  const char *const argv[] = { program, self->slot->station->unconfined ? "--unconfined" : NULL,
                               NULL };
  int pair[2], said[2];

  if (pipe2 (said, O_CLOEXEC) < 0 || fcntl (said[0], F_SETFL, O_NONBLOCK) < 0)
    {
      pn_set_error_from_errno (error, errno, "Cannot make a pipe");
      return FALSE;
    }
  if (socketpair (AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) < 0)
    {
      pn_set_error_from_errno (error, errno, "Cannot make a socket");
      pn_fd_close (said[0]);
      pn_fd_close (said[1]);
      return FALSE;
    }
  g_subprocess_launcher_set_environ (launcher, (char **) empty);
  g_subprocess_launcher_take_fd (launcher, pair[1], 3);
  g_subprocess_launcher_take_stderr_fd (launcher, said[1]);
  self->said = pn_lines_new (said[0], said_cb, self);
  self->process = g_subprocess_launcher_spawnv (launcher, argv, error);
  /* The launcher closes its copy of the worker's end when it goes. */
  g_clear_object (&launcher);
  tell_confinement (self);
  if (self->process == NULL)
    {
      pn_fd_close (pair[0]);
      return FALSE;
    }
  self->life = g_cancellable_new ();
  g_object_set_data (G_OBJECT (self->life), "pn-helper-run", self);
  self->exported = pn_helper_run_host_new (self);
  self->watch = g_timeout_add (MAX ((guint) (ASK_MS * self->slot->station->time_scale), MIN_ASK_MS),
                               look_cb, self);
  return connect_peer (self, pair[0], error);
}

void
pn_helper_run_disconnect (PnHelperRun *self)
{
  g_clear_handle_id (&self->watch, g_source_remove);
  if (self->hook != NULL)
    g_cancellable_cancel (self->hook);
  g_clear_object (&self->hook);
  if (self->life != NULL)
    g_cancellable_cancel (self->life);
  g_clear_object (&self->life);
  drop_device (self);
  g_clear_pointer (&self->said, pn_lines_free);
  if (self->exported != NULL &&
      g_dbus_interface_skeleton_get_connection (G_DBUS_INTERFACE_SKELETON (self->exported)) != NULL)
    g_dbus_interface_skeleton_unexport (G_DBUS_INTERFACE_SKELETON (self->exported));
  g_clear_object (&self->exported);
  g_clear_object (&self->worker);
  g_clear_object (&self->peer);
  g_clear_object (&self->process);
}
