/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "pn-bench.h"

#include <string.h>

#include "pn-bench-device.h"
#include "pn-dbus.h"
#include "pn-error.h"

#define ROOT "/org/punnet/Bench1"
#define HELPER_ROOT "/org/punnet/Provisioner1"
#define MAX_DEVICES 128
#define MAX_NAME 64 /* as a slot's */

struct _PnBench
{
  GDBusConnection *bus;
  char *helper;
  char *folder;
  GDBusObjectManagerServer *objects;
  PnBenchDbusManager *object;
  GHashTable *devices;      /* name → PnBenchDevice */
  guint n_added;            /* for object paths */
  GDBusObjectManager *runs; /* what the helper shows */
};

static gboolean
is_connected (PnBench *self)
{
  return pn_bench_dbus_manager_get_connected (self->object);
}

static void
connect_device (PnBench *self, PnBenchDevice *device)
{
  g_autoptr (GError) error = NULL;

  if (pn_bench_device_connect (device, self->bus, self->helper, &error))
    return;
  pn_error_take_remote (&error);
  g_warning ("Device %s is not at the helper: %s", pn_bench_device_get_name (device),
             error->message);
}

/* ---- the helper ---- */

static void
owner_cb (GDBusObjectManagerClient *runs, GParamSpec *pspec, PnBench *self)
{
  g_autofree char *owner = g_dbus_object_manager_client_get_name_owner (runs);
  GHashTableIter iter;
  gpointer device;

  pn_bench_dbus_manager_set_connected (self->object, owner != NULL);
  g_hash_table_iter_init (&iter, self->devices);
  while (g_hash_table_iter_next (&iter, NULL, &device))
    if (owner != NULL)
      connect_device (self, device);
    else
      pn_bench_device_disconnect (device);
}

/* Whatever is asked of the person at a slot: it is to plug the device in again. */
static void
look_at_run (PnBench *self, PnDbusRun *run)
{
  const char *instruction = pn_dbus_run_get_instruction (run);
  const char *slot = pn_dbus_run_get_slot (run);
  PnBenchDevice *device = slot != NULL ? g_hash_table_lookup (self->devices, slot) : NULL;

  if (device != NULL && instruction != NULL && instruction[0] != '\0')
    pn_bench_device_instructed (device);
}

static void
changed_cb (GDBusObjectManagerClient *runs,
            GDBusObjectProxy *object,
            GDBusProxy *proxy,
            GVariant *changed,
            GStrv invalidated,
            PnBench *self)
{
  g_autoptr (GVariant) instruction =
      g_variant_lookup_value (changed, "Instruction", G_VARIANT_TYPE_STRING);

  if (PN_DBUS_IS_RUN (proxy) && instruction != NULL)
    look_at_run (self, PN_DBUS_RUN (proxy));
}

/* ---- methods ---- */

static gboolean
remove_cb (PnBenchDbusDevice *object,
           GDBusMethodInvocation *invocation,
           GVariant *options,
           PnBench *self)
{
  PnBenchDevice *device =
      g_hash_table_lookup (self->devices, pn_bench_dbus_device_get_name (object));
  g_autofree char *path = g_strdup (
      g_dbus_object_get_object_path (G_DBUS_OBJECT (pn_bench_device_get_skeleton (device))));

  pn_bench_dbus_device_complete_remove (object, invocation);
  pn_bench_device_remove (device);
  g_dbus_object_manager_server_unexport (self->objects, path);
  g_hash_table_remove (self->devices, pn_bench_device_get_name (device));
  return G_DBUS_METHOD_INVOCATION_HANDLED;
}

static gboolean
check_name (PnBench *self, const char *name, GError **error)
{
  gsize length = strlen (name);
  gboolean fit = length > 0 && length <= MAX_NAME;

  for (gsize i = 0; fit && i < length; i++)
    fit = g_ascii_isprint (name[i]);
  if (!fit)
    g_set_error_literal (error, PN_ERROR, PN_ERROR_INVALID_ARGUMENT,
                         "A device's name has 1 to 64 printable ASCII characters");
  else if (g_hash_table_contains (self->devices, name))
    g_set_error (error, PN_ERROR, PN_ERROR_EXISTS, "There is a device “%s” already", name);
  else if (g_hash_table_size (self->devices) >= MAX_DEVICES)
    g_set_error (error, PN_ERROR, PN_ERROR_BUSY, "There is room for %d devices; remove one first",
                 MAX_DEVICES);
  else
    return TRUE;
  return FALSE;
}

static gboolean
add_device_cb (PnBenchDbusManager *object,
               GDBusMethodInvocation *invocation,
               const char *name,
               GVariant *options,
               PnBench *self)
{
  g_autofree char *escaped = g_uri_escape_string (name, NULL, FALSE);
  g_autofree char *folder_name = g_strconcat ("device-", escaped, NULL);
  g_autofree char *folder = g_build_filename (self->folder, folder_name, NULL);
  g_autofree char *path = g_strdup_printf (ROOT "/devices/%u", self->n_added + 1);
  PnBenchDevice *device = NULL;
  GError *error = NULL;

  if (check_name (self, name, &error))
    device = pn_bench_device_new (name, folder, path, options, &error);
  if (device == NULL)
    {
      pn_error_answer (invocation, error);
      return G_DBUS_METHOD_INVOCATION_HANDLED;
    }
  self->n_added++;
  g_hash_table_insert (self->devices, (char *) pn_bench_device_get_name (device), device);
  if (is_connected (self))
    connect_device (self, device);
  g_signal_connect (pn_bench_device_get_object (device), "handle-remove", G_CALLBACK (remove_cb),
                    self);
  g_dbus_object_manager_server_export (
      self->objects, G_DBUS_OBJECT_SKELETON (pn_bench_device_get_skeleton (device)));
  pn_bench_dbus_manager_complete_add_device (object, invocation, path);
  return G_DBUS_METHOD_INVOCATION_HANDLED;
}

/* ---- the bench ---- */

PnBench *
pn_bench_new (GDBusConnection *bus, const char *helper, const char *folder, GError **error)
{
  PnBench *self = g_new0 (PnBench, 1);
  g_autoptr (PnBenchDbusObjectSkeleton) root = pn_bench_dbus_object_skeleton_new (ROOT "/manager");

  self->bus = g_object_ref (bus);
  self->helper = g_strdup (helper);
  self->folder = g_strdup (folder);
  self->devices = g_hash_table_new_full (g_str_hash, g_str_equal, NULL, g_object_unref);
  self->object = pn_bench_dbus_manager_skeleton_new ();
  self->objects = g_dbus_object_manager_server_new (ROOT);
  pn_bench_dbus_manager_set_helper (self->object, helper);
  g_signal_connect (self->object, "handle-add-device", G_CALLBACK (add_device_cb), self);
  self->runs = pn_dbus_object_manager_client_new_sync (
      bus, G_DBUS_OBJECT_MANAGER_CLIENT_FLAGS_DO_NOT_AUTO_START, helper, HELPER_ROOT, NULL, error);
  if (self->runs == NULL)
    {
      pn_bench_free (self);
      return NULL;
    }
  g_signal_connect (self->runs, "notify::name-owner", G_CALLBACK (owner_cb), self);
  g_signal_connect (self->runs, "interface-proxy-properties-changed", G_CALLBACK (changed_cb),
                    self);
  owner_cb (G_DBUS_OBJECT_MANAGER_CLIENT (self->runs), NULL, self);
  pn_bench_dbus_object_skeleton_set_manager (root, self->object);
  g_dbus_object_manager_server_export (self->objects, G_DBUS_OBJECT_SKELETON (root));
  g_dbus_object_manager_server_set_connection (self->objects, bus);
  return self;
}

void
pn_bench_free (PnBench *self)
{
  if (self->runs != NULL)
    g_signal_handlers_disconnect_by_data (self->runs, self);
  g_clear_object (&self->runs);
  g_hash_table_unref (self->devices);
  g_clear_object (&self->objects);
  g_clear_object (&self->object);
  g_object_unref (self->bus);
  g_free (self->helper);
  g_free (self->folder);
  g_free (self);
}
