/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "pn-station.h"

#include <errno.h>
#include <fcntl.h>
#include <gio/gunixfdlist.h>
#include <glib/gstdio.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <unistd.h>

#include "pn-io.h"

#define MAX_NAME 64
#define MAX_OPENING 16
#define ENDING "The helper is ending; nothing new begins"

static gboolean
refuse (GDBusMethodInvocation *invocation, PnError code, const char *sentence)
{
  g_dbus_method_invocation_return_error_literal (invocation, PN_ERROR, (int) code, sentence);
  return G_DBUS_METHOD_INVOCATION_HANDLED;
}

/* Who may call what. In a session everything is for the helper's own user, and nothing without a
 * row here is for anybody. */
static const char *const session_methods[] = { "OpenBatch", "AttachVirtual", "QueryRecords",
                                               "Cancel",    "Close",         NULL };

static gboolean
caller_is_user (GDBusConnection *connection, const char *sender)
{
  g_autoptr (GVariant) reply = g_dbus_connection_call_sync (
      connection, "org.freedesktop.DBus", "/org/freedesktop/DBus", "org.freedesktop.DBus",
      "GetConnectionUnixUser", g_variant_new ("(s)", sender), G_VARIANT_TYPE ("(u)"),
      G_DBUS_CALL_FLAGS_NONE, -1, NULL, NULL);
  guint32 uid = G_MAXUINT32;

  if (reply != NULL)
    g_variant_get (reply, "(u)", &uid);
  return uid == getuid ();
}

gboolean
pn_station_authorize (GDBusInterfaceSkeleton *skeleton,
                      GDBusMethodInvocation *invocation,
                      gpointer station)
{
  PnStation *self = station;

  if (g_strv_contains (session_methods, g_dbus_method_invocation_get_method_name (invocation)) &&
      caller_is_user (self->connection, g_dbus_method_invocation_get_sender (invocation)))
    return TRUE;
  refuse (invocation, PN_ERROR_PERMISSION, "Only the helper's own user may ask for this");
  return FALSE;
}

/* ---- OpenBatch ---- */

typedef struct
{
  PnStation *station;
  GDBusMethodInvocation *invocation;
  GVariant *options;
  int directory;
  guint caller; /* watch on its name */
  GCancellable *left;
} Opening;

static void
opening_free (Opening *self)
{
  g_object_unref (self->left);
  pn_fd_close (self->directory);
  g_variant_unref (self->options);
  g_free (self);
}

static void
remove_folder (const char *folder)
{
  g_autoptr (GDir) dir = g_dir_open (folder, 0, NULL);
  const char *name;

  while (dir != NULL && (name = g_dir_read_name (dir)) != NULL)
    {
      g_autofree char *path = g_build_filename (folder, name, NULL);

      (void) g_unlink (path);
    }
  (void) g_rmdir (folder);
}

/* Copies the bundle into the store while it is hashed, verifies it, and keeps it under its digest.
 */
static PnBundle *
import_bundle (PnStation *station, int directory, GCancellable *cancellable, GError **error)
{
  g_autofree char *store = g_build_filename (station->state_dir, "bundles", NULL);
  g_autofree char *aside = g_build_filename (store, ".partial-XXXXXX", NULL);
  g_autofree char *hex = NULL;
  g_autofree char *kept = NULL;
  g_autoptr (PnBundle) bundle = NULL;
  g_auto (PnFd) target = -1;
  PnSha256 digest;

  if (g_mkdir_with_parents (store, 0700) < 0 || g_mkdtemp (aside) == NULL)
    {
      pn_set_error_from_errno (error, errno, "Cannot write into %s", store);
      return NULL;
    }
  target = pn_open (aside, O_RDONLY | O_DIRECTORY, error);
  if (target >= 0)
    bundle = pn_bundle_import (directory, target, NULL, NULL, cancellable, error);
  if (bundle == NULL || !pn_bundle_verify (bundle, cancellable, error))
    {
      remove_folder (aside);
      return NULL;
    }
  digest = pn_manifest_get_digest (pn_bundle_get_manifest (bundle));
  hex = pn_sha256_to_hex (&digest);
  kept = g_build_filename (store, hex, NULL);
  /* The descriptors stay good wherever the folder is; one that is there already has the same bytes.
   */
  if (g_rename (aside, kept) < 0)
    remove_folder (aside);
  return g_steal_pointer (&bundle);
}

static void
import_thread (GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
  Opening *opening = data;
  GError *error = NULL;
  PnBundle *bundle = import_bundle (opening->station, opening->directory, cancellable, &error);

  if (bundle == NULL)
    g_task_return_error (task, error);
  else
    g_task_return_pointer (task, bundle, (GDestroyNotify) pn_bundle_free);
}

static void
imported_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  Opening *opening = user_data;
  PnStation *self = opening->station;
  g_autoptr (GError) error = NULL;
  g_autoptr (PnBundle) bundle = g_task_propagate_pointer (G_TASK (result), &error);
  PnBatch *batch = NULL;
  GHashTableIter iter;
  gpointer slot;

  g_clear_handle_id (&opening->caller, g_bus_unwatch_name);
  self->n_opening--;
  /* Whoever consented does not know of it any more: nothing begins. */
  if (bundle != NULL && !g_cancellable_set_error_if_cancelled (opening->left, &error) &&
      !self->ending)
    batch = pn_batch_new (self, bundle, opening->options, &error);
  if (batch == NULL && error == NULL)
    g_set_error_literal (&error, PN_ERROR, PN_ERROR_BUSY, ENDING);
  if (batch == NULL)
    {
      g_dbus_method_invocation_take_error (opening->invocation, g_steal_pointer (&error));
      return;
    }
  (void) g_steal_pointer (&bundle);
  g_ptr_array_add (self->batches, batch);
  pn_dbus_manager_complete_open_batch (self->object, opening->invocation, NULL, batch->path);
  g_hash_table_iter_init (&iter, self->slots);
  while (g_hash_table_iter_next (&iter, NULL, &slot))
    pn_slot_consider (slot);
}

static void
caller_left_cb (GDBusConnection *connection, const char *name, gpointer user_data)
{
  Opening *opening = user_data;

  g_cancellable_cancel (opening->left);
}

/* TRUE where there is room for one more batch; what is closed and over makes room. */
static gboolean
make_room (PnStation *self)
{
  for (guint i = 0;
       i < self->batches->len && self->batches->len + self->n_opening >= PN_STATION_MAX_BATCHES;)
    {
      PnBatch *batch = self->batches->pdata[i];

      if (batch->closed && batch->going == 0)
        g_ptr_array_remove_index (self->batches, i);
      else
        i++;
    }
  return self->batches->len + self->n_opening < PN_STATION_MAX_BATCHES;
}

/* A descriptor out of a message, owned; -1 with an answer sent. */
static int
take_fd (GDBusMethodInvocation *invocation, GUnixFDList *fds, GVariant *handle)
{
  g_autoptr (GError) error = NULL;
  int fd = fds != NULL ? g_unix_fd_list_get (fds, g_variant_get_handle (handle), &error) : -1;

  if (fd < 0)
    refuse (invocation, PN_ERROR_INVALID_ARGUMENT, "A descriptor is missing");
  return fd;
}

static gboolean
open_batch_cb (PnDbusManager *object,
               GDBusMethodInvocation *invocation,
               GUnixFDList *fds,
               GVariant *handle,
               GVariant *options,
               PnStation *self)
{
  int directory = take_fd (invocation, fds, handle);
  Opening *opening;
  g_autoptr (GTask) task = NULL;
  g_autoptr (GError) error = NULL;

  if (directory < 0)
    return G_DBUS_METHOD_INVOCATION_HANDLED;
  if (!pn_batch_check_options (options, &error))
    {
      pn_fd_close (directory);
      g_dbus_method_invocation_take_error (invocation, g_steal_pointer (&error));
      return G_DBUS_METHOD_INVOCATION_HANDLED;
    }
  if (self->ending || self->n_opening >= MAX_OPENING || !make_room (self))
    {
      pn_fd_close (directory);
      return refuse (invocation, PN_ERROR_BUSY,
                     self->ending                     ? ENDING
                     : self->n_opening >= MAX_OPENING ? "Too many bundles are being opened; try it "
                                                        "again in a moment"
                                                      : "There are too many batches; close some");
    }
  opening = g_new0 (Opening, 1);
  *opening = (Opening){ self, invocation, g_variant_ref (options), directory };
  opening->left = g_cancellable_new ();
  opening->caller = g_bus_watch_name_on_connection (
      self->connection, g_dbus_method_invocation_get_sender (invocation),
      G_BUS_NAME_WATCHER_FLAGS_NONE, NULL, caller_left_cb, opening, NULL);
  self->n_opening++;
  task = g_task_new (NULL, opening->left, imported_cb, opening);
  /* A task's own answer to being cancelled would come before the thread is done. */
  g_task_set_check_cancellable (task, FALSE);
  g_task_set_task_data (task, opening, (GDestroyNotify) opening_free);
  g_task_run_in_thread (task, import_thread);
  return G_DBUS_METHOD_INVOCATION_HANDLED;
}

/* ---- the other methods ---- */

static gboolean
name_is_fit (const char *name)
{
  gsize length = strlen (name);

  for (gsize i = 0; i < length; i++)
    if (!g_ascii_isprint (name[i]))
      return FALSE;
  return length > 0 && length <= MAX_NAME;
}

static gboolean
is_plug (int fd)
{
  int domain = 0, type = 0;
  socklen_t size = sizeof domain;

  return getsockopt (fd, SOL_SOCKET, SO_DOMAIN, &domain, &size) == 0 && domain == AF_UNIX &&
         getsockopt (fd, SOL_SOCKET, SO_TYPE, &type, &size) == 0 && type == SOCK_SEQPACKET;
}

static gboolean
attach_virtual_cb (PnDbusManager *object,
                   GDBusMethodInvocation *invocation,
                   GUnixFDList *fds,
                   GVariant *handle,
                   const char *name,
                   GVariant *options,
                   PnStation *self)
{
  int plug = take_fd (invocation, fds, handle);
  PnSlot *slot = g_hash_table_lookup (self->slots, name);

  if (plug < 0)
    return G_DBUS_METHOD_INVOCATION_HANDLED;
  if (self->ending)
    {
      pn_fd_close (plug);
      return refuse (invocation, PN_ERROR_BUSY, ENDING);
    }
  if (!name_is_fit (name) || !is_plug (plug))
    {
      pn_fd_close (plug);
      return refuse (invocation, PN_ERROR_INVALID_ARGUMENT,
                     "A slot's name has 1 to 64 printable ASCII characters, and its plug is a "
                     "packet socket");
    }
  if ((slot != NULL && (slot->usb || pn_slot_is_plugged (slot))) ||
      (slot == NULL && g_hash_table_size (self->slots) >= PN_STATION_MAX_SLOTS))
    {
      pn_fd_close (plug);
      return refuse (invocation, PN_ERROR_BUSY,
                     "A slot of that name is in use, or there are too many");
    }
  if (slot == NULL)
    {
      slot = pn_slot_new (self, name, plug);
      g_hash_table_insert (self->slots, slot->name, slot);
    }
  else
    pn_slot_replug (slot, plug);
  pn_dbus_manager_complete_attach_virtual (
      object, invocation, NULL, g_dbus_object_get_object_path (G_DBUS_OBJECT (slot->skeleton)));
  return G_DBUS_METHOD_INVOCATION_HANDLED;
}

static gboolean
query_records_cb (PnDbusManager *object,
                  GDBusMethodInvocation *invocation,
                  guint offset,
                  guint limit,
                  GVariant *options,
                  PnStation *self)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GVariant) rows = pn_records_query (self->records, offset, limit, options, &error);

  if (rows == NULL)
    g_dbus_method_invocation_take_error (invocation, g_steal_pointer (&error));
  else
    pn_dbus_manager_complete_query_records (object, invocation, rows);
  return G_DBUS_METHOD_INVOCATION_HANDLED;
}

/* ---- real sockets ---- */

/* The slot of a socket, made when something is plugged into it for the first time. */
static PnSlot *
find_usb_slot (PnStation *self, const char *port)
{
  PnSlot *slot = g_hash_table_lookup (self->slots, port);

  if (slot == NULL && g_hash_table_size (self->slots) < PN_STATION_MAX_SLOTS)
    {
      slot = pn_slot_new (self, port, -1);
      g_hash_table_insert (self->slots, slot->name, slot);
    }
  return slot != NULL && slot->usb ? slot : NULL;
}

static void
usb_arrived_cb (const char *port, int device, const GError *error, gpointer user_data)
{
  PnSlot *slot = find_usb_slot (user_data, port);

  if (error != NULL)
    g_warning ("Slot %s: %s", port, error->message);
  if (slot != NULL)
    pn_slot_usb_arrived (slot, device);
  else if (device >= 0)
    {
      g_warning ("Slot %s: there are too many slots, ignoring the device", port);
      pn_fd_close (device);
    }
}

static void
usb_left_cb (const char *port, gpointer user_data)
{
  PnSlot *slot = g_hash_table_lookup (((PnStation *) user_data)->slots, port);

  if (slot != NULL && slot->usb)
    pn_slot_usb_left (slot);
}

/* One helper for a state folder, on whatever bus: another one's open runs are not lost. */
static int
lock_state (const char *state_dir, GError **error)
{
  g_autofree char *path = g_build_filename (state_dir, "lock", NULL);
  g_auto (PnFd) fd = -1;

  if (g_mkdir_with_parents (state_dir, 0700) < 0)
    {
      pn_set_error_from_errno (error, errno, "Cannot make %s", state_dir);
      return -1;
    }
  fd = pn_open (path, O_RDWR | O_CREAT, error);
  if (fd < 0)
    return -1;
  if (flock (fd, LOCK_EX | LOCK_NB) == 0)
    return g_steal_fd (&fd);
  if (errno == EWOULDBLOCK)
    g_set_error (error, PN_ERROR, PN_ERROR_BUSY, "Another helper uses %s already", state_dir);
  else
    pn_set_error_from_errno (error, errno, "Cannot lock %s", path);
  return -1;
}

PnStation *
pn_station_new (GDBusConnection *connection,
                const char *state_dir,
                double time_scale,
                GError **error)
{
  static const PnUsbWatchFuncs usb = { usb_arrived_cb, usb_left_cb };
  PnStation *self = g_new0 (PnStation, 1);
  g_autofree char *database = g_build_filename (state_dir, "records.db", NULL);
  g_autoptr (PnDbusObjectSkeleton) root = pn_dbus_object_skeleton_new (PN_STATION_PATH "/manager");
  g_auto (GStrv) open_intents = NULL;
  guint n_lost;

  g_mutex_init (&self->growth_mutex);
  self->connection = g_object_ref (connection);
  self->state_dir = g_strdup (state_dir);
  self->time_scale = time_scale;
  self->slots =
      g_hash_table_new_full (g_str_hash, g_str_equal, NULL, (GDestroyNotify) pn_slot_free);
  self->batches = g_ptr_array_new_with_free_func ((GDestroyNotify) pn_batch_free);
  self->lock = lock_state (state_dir, error);
  if (self->lock < 0 || (self->records = pn_records_open (database, error)) == NULL ||
      !pn_records_recover (self->records, &n_lost, error))
    {
      pn_station_free (self);
      return NULL;
    }
  if (n_lost > 0)
    g_message ("%u runs were cut off when the helper ended; see the records", n_lost);
  open_intents = pn_records_open_intents (self->records);
  for (guint i = 0; open_intents[i] != NULL; i++)
    g_warning ("A permanent step was begun, and how it ended is not known; inspect the device: %s",
               open_intents[i]);
  self->manager = g_dbus_object_manager_server_new (PN_STATION_PATH);
  self->object = pn_dbus_manager_skeleton_new ();
  g_signal_connect (self->object, "g-authorize-method", G_CALLBACK (pn_station_authorize), self);
  g_signal_connect (self->object, "handle-open-batch", G_CALLBACK (open_batch_cb), self);
  g_signal_connect (self->object, "handle-attach-virtual", G_CALLBACK (attach_virtual_cb), self);
  g_signal_connect (self->object, "handle-query-records", G_CALLBACK (query_records_cb), self);
  pn_dbus_object_skeleton_set_manager (root, self->object);
  g_dbus_object_manager_server_export (self->manager, G_DBUS_OBJECT_SKELETON (root));
  g_dbus_object_manager_server_set_connection (self->manager, connection);
  self->usb = pn_usb_watch_start (&usb, self);
  return self;
}

/* ---- the end ---- */

static gboolean
is_going (PnStation *self)
{
  GHashTableIter iter;
  gpointer slot;

  g_hash_table_iter_init (&iter, self->slots);
  while (g_hash_table_iter_next (&iter, NULL, &slot))
    if (((PnSlot *) slot)->run != NULL)
      return TRUE;
  return FALSE;
}

static void
for_each_run (PnStation *self, void (*func) (PnHelperRun *run))
{
  GHashTableIter iter;
  gpointer slot;

  g_hash_table_iter_init (&iter, self->slots);
  while (g_hash_table_iter_next (&iter, NULL, &slot))
    if (((PnSlot *) slot)->run != NULL)
      func (((PnSlot *) slot)->run);
}

void
pn_station_run_ended (PnStation *self)
{
  GFunc ended = self->ended;

  if (ended == NULL || is_going (self))
    return;
  self->ended = NULL;
  ended (self, self->ended_data);
}

void
pn_station_end (PnStation *self, GFunc ended, gpointer user_data)
{
  self->ending = TRUE;
  self->ended = ended;
  self->ended_data = user_data;
  for_each_run (self, pn_helper_run_cancel);
  pn_station_run_ended (self);
}

void
pn_station_kill (PnStation *self)
{
  for_each_run (self, pn_helper_run_kill);
}

void
pn_station_free (PnStation *self)
{
  g_clear_pointer (&self->usb, pn_usb_watch_stop);
  g_clear_pointer (&self->slots, g_hash_table_unref);
  g_clear_pointer (&self->batches, g_ptr_array_unref);
  g_clear_object (&self->object);
  g_clear_object (&self->manager);
  g_clear_pointer (&self->records, pn_records_close);
  if (self->lock >= 0)
    pn_fd_close (self->lock);
  g_clear_object (&self->connection);
  g_free (self->state_dir);
  g_mutex_clear (&self->growth_mutex);
  g_free (self);
}
