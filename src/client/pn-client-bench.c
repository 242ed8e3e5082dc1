/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include <glib/gi18n-lib.h>

#include "pn-client-bench.h"

#include <signal.h>

#include "pn-client-private.h"
#include "pn-client-start.h"
#include "pn-error.h"

#define ROOT "/org/punnet/Bench1"
#define MANAGER ROOT "/manager"
#define MANAGER_INTERFACE "org.punnet.Bench1.Manager"
#define DEVICE_INTERFACE "org.punnet.Bench1.Device"

struct _PnClientBench
{
  GObject parent_instance;
  PnClientState state;
  char *error;
  GListStore *devices;
  GHashTable *known; /* object path → PnClientBenchDevice */
  guint watch;
  GCancellable *cancellable; /* of the look at what the bench has */
  GDBusObjectManager *objects;
  GStrv command; /* of the program that is to be the bench while there is none; or NULL */
  GSubprocess *process;
  GCancellable *waiting; /* for its end */
};

typedef enum
{
  PROP_STATE = 1,
  PROP_ERROR,
  PROP_DEVICES,
  N_PROPS
} PnClientBenchProperty;
static GParamSpec *properties[N_PROPS];

G_DEFINE_FINAL_TYPE (PnClientBench, pn_client_bench, G_TYPE_OBJECT)

static void
set_state (PnClientBench *self, PnClientState state, const char *error)
{
  g_object_freeze_notify (G_OBJECT (self));
  if (self->state != state)
    g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_STATE]);
  if (g_strcmp0 (self->error, error) != 0)
    g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_ERROR]);
  self->state = state;
  if (self->error != error)
    {
      g_free (self->error);
      self->error = g_strdup (error);
    }
  g_object_thaw_notify (G_OBJECT (self));
}

/* ---- devices ---- */

/* “Device 2” is before “Device 10”. */
static int
compare_cb (gconstpointer a, gconstpointer b, gpointer user_data)
{
  const char *names[] = { pn_client_bench_device_get_name ((gpointer) a),
                          pn_client_bench_device_get_name ((gpointer) b) };
  g_autofree char *key_a = g_utf8_collate_key_for_filename (names[0], -1);
  g_autofree char *key_b = g_utf8_collate_key_for_filename (names[1], -1);

  return strcmp (key_a, key_b);
}

static void
added_cb (PnClientBench *self, GDBusObject *object)
{
  g_autoptr (GDBusInterface) proxy = g_dbus_object_get_interface (object, DEVICE_INTERFACE);
  const char *path = g_dbus_object_get_object_path (object);
  g_autoptr (PnClientBenchDevice) device = NULL;

  if (proxy == NULL || g_hash_table_contains (self->known, path))
    return;
  device = pn_client_bench_device_new (G_DBUS_PROXY (proxy));
  g_hash_table_insert (self->known, g_strdup (path), g_object_ref (device));
  g_list_store_insert_sorted (self->devices, device, compare_cb, NULL);
}

static void
removed_cb (PnClientBench *self, GDBusObject *object)
{
  const char *path = g_dbus_object_get_object_path (object);
  PnClientBenchDevice *device = g_hash_table_lookup (self->known, path);
  guint at;

  if (device == NULL)
    return;
  if (g_list_store_find (self->devices, device, &at))
    g_list_store_remove (self->devices, at);
  g_hash_table_remove (self->known, path);
}

/* ---- the bench ---- */

static void
forget (PnClientBench *self)
{
  g_cancellable_cancel (self->cancellable);
  g_clear_object (&self->cancellable);
  if (self->objects != NULL)
    g_signal_handlers_disconnect_by_data (self->objects, self);
  g_clear_object (&self->objects);
  g_hash_table_remove_all (self->known);
  g_list_store_remove_all (self->devices);
}

static void
looked_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (PnClientBench) self = user_data;
  GError *error = NULL;
  GDBusObjectManager *objects = g_dbus_object_manager_client_new_finish (result, &error);
  GList *list;

  if (objects == NULL)
    {
      error = pn_client_explain (error);
      if (!pn_error_is_cancelled (error))
        set_state (self, PN_CLIENT_ABSENT, pn_error_text (error));
      g_error_free (error);
      return;
    }
  self->objects = objects;
  g_signal_connect_swapped (objects, "object-added", G_CALLBACK (added_cb), self);
  g_signal_connect_swapped (objects, "object-removed", G_CALLBACK (removed_cb), self);
  list = g_dbus_object_manager_get_objects (objects);
  for (GList *at = list; at != NULL; at = at->next)
    added_cb (self, at->data);
  g_list_free_full (list, g_object_unref);
  set_state (self, PN_CLIENT_READY, NULL);
}

/* ---- the program ---- */

static void
ended_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  PnClientBench *self = user_data;
  g_autoptr (GError) error = NULL;

  (void) g_subprocess_wait_finish (G_SUBPROCESS (source), result, &error);
  if (pn_error_is_cancelled (error))
    return; /* it was stopped, and there may be no bench any more */
  g_clear_object (&self->process);
  g_clear_pointer (&self->command, g_strfreev); /* not again and again */
  forget (self);
  set_state (self, PN_CLIENT_ABSENT, "The practice bench has ended unexpectedly");
}

static void
spawn (PnClientBench *self)
{
  g_autoptr (GError) error = NULL;

  self->process = pn_client_spawn_child ((const char *const *) self->command, &error);
  if (self->process == NULL)
    {
      g_autofree char *text = g_strdup_printf ("The practice bench (%s) cannot be started: %s",
                                               self->command[0], error->message);

      g_clear_pointer (&self->command, g_strfreev);
      set_state (self, PN_CLIENT_ABSENT, text);
      return;
    }
  set_state (self, PN_CLIENT_STARTING, NULL);
  g_clear_object (&self->waiting);
  self->waiting = g_cancellable_new ();
  g_subprocess_wait_async (self->process, self->waiting, ended_cb, self);
}

void
pn_client_bench_start (PnClientBench *self, const char *const *command)
{
  g_strfreev (self->command);
  self->command = g_strdupv ((char **) command);
  /* While it is not known whether there is one, the answer decides. */
  if (self->process == NULL && self->state == PN_CLIENT_ABSENT)
    spawn (self);
}

void
pn_client_bench_stop (PnClientBench *self)
{
  g_clear_pointer (&self->command, g_strfreev);
  if (self->process == NULL)
    return;
  g_cancellable_cancel (self->waiting);
  g_subprocess_send_signal (self->process, SIGTERM);
  g_clear_object (&self->process);
}

/* ---- whether there is one ---- */

static void
appeared_cb (GDBusConnection *bus, const char *name, const char *owner, gpointer user_data)
{
  PnClientBench *self = user_data;

  forget (self);
  self->cancellable = g_cancellable_new ();
  g_dbus_object_manager_client_new (bus, G_DBUS_OBJECT_MANAGER_CLIENT_FLAGS_NONE, owner, ROOT, NULL,
                                    NULL, NULL, self->cancellable, looked_cb, g_object_ref (self));
}

static void
vanished_cb (GDBusConnection *bus, const char *name, gpointer user_data)
{
  PnClientBench *self = user_data;

  forget (self);
  if (self->command != NULL && self->process == NULL)
    spawn (self);
  else if (self->state != PN_CLIENT_STARTING)
    set_state (self, PN_CLIENT_ABSENT, self->error);
}

/* ---- the object ---- */

static void
pn_client_bench_get_property (GObject *object, guint prop_id, GValue *value, GParamSpec *pspec)
{
  PnClientBench *self = PN_CLIENT_BENCH (object);

  switch ((PnClientBenchProperty) prop_id)
    {
    case PROP_STATE:
      g_value_set_enum (value, (int) self->state);
      break;
    case PROP_ERROR:
      g_value_set_string (value, self->error);
      break;
    case PROP_DEVICES:
      g_value_set_object (value, self->devices);
      break;
    case N_PROPS:
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
    }
}

static void
pn_client_bench_dispose (GObject *object)
{
  PnClientBench *self = PN_CLIENT_BENCH (object);

  g_clear_handle_id (&self->watch, g_bus_unwatch_name);
  pn_client_bench_stop (self);
  g_clear_object (&self->waiting);
  forget (self);
  G_OBJECT_CLASS (pn_client_bench_parent_class)->dispose (object);
}

static void
pn_client_bench_finalize (GObject *object)
{
  PnClientBench *self = PN_CLIENT_BENCH (object);

  g_object_unref (self->devices);
  g_hash_table_unref (self->known);
  g_free (self->error);
  G_OBJECT_CLASS (pn_client_bench_parent_class)->finalize (object);
}

static void
pn_client_bench_class_init (PnClientBenchClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  const GParamFlags flags = G_PARAM_READABLE | G_PARAM_EXPLICIT_NOTIFY | G_PARAM_STATIC_STRINGS;

  object_class->get_property = pn_client_bench_get_property;
  object_class->dispose = pn_client_bench_dispose;
  object_class->finalize = pn_client_bench_finalize;
  properties[PROP_STATE] =
      g_param_spec_enum ("state", NULL, NULL, PN_TYPE_CLIENT_STATE, PN_CLIENT_CONNECTING, flags);
  properties[PROP_ERROR] = g_param_spec_string ("error", NULL, NULL, NULL, flags);
  properties[PROP_DEVICES] = g_param_spec_object ("devices", NULL, NULL, G_TYPE_LIST_MODEL, flags);
  g_object_class_install_properties (object_class, N_PROPS, properties);
}

static void
pn_client_bench_init (PnClientBench *self)
{
  self->devices = g_list_store_new (PN_TYPE_CLIENT_BENCH_DEVICE);
  self->known = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_object_unref);
}

PnClientBench *
pn_client_bench_new (void)
{
  PnClientBench *self = g_object_new (PN_TYPE_CLIENT_BENCH, NULL);

  self->watch =
      g_bus_watch_name (G_BUS_TYPE_SESSION, PN_CLIENT_BENCH_NAME, G_BUS_NAME_WATCHER_FLAGS_NONE,
                        appeared_cb, vanished_cb, self, NULL);
  return self;
}

PnClientState
pn_client_bench_get_state (PnClientBench *self)
{
  return self->state;
}

const char *
pn_client_bench_get_error (PnClientBench *self)
{
  return self->error;
}

GListModel *
pn_client_bench_get_devices (PnClientBench *self)
{
  return G_LIST_MODEL (self->devices);
}

void
pn_client_bench_add_async (PnClientBench *self,
                           const char *name,
                           GVariant *options,
                           GCancellable *cancellable,
                           GAsyncReadyCallback callback,
                           gpointer user_data)
{
  g_autoptr (GVariant) owned = g_variant_ref_sink (options);
  g_autoptr (GDBusInterface) manager =
      self->objects != NULL
          ? g_dbus_object_manager_get_interface (self->objects, MANAGER, MANAGER_INTERFACE)
          : NULL;

  pn_client_call (self, manager, "AddDevice", g_variant_new ("(s@a{sv})", name, owned), -1, NULL,
                  cancellable, callback, user_data);
}

char *
pn_client_bench_add_finish (PnClientBench *self, GAsyncResult *result, GError **error)
{
  g_autoptr (GVariant) reply = pn_client_call_take (self, result, error);
  char *path = NULL;

  if (reply != NULL)
    g_variant_get (reply, "(o)", &path);
  return path;
}
