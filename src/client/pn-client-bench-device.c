/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "pn-client-bench-device.h"

#include "pn-client-private.h"

struct _PnClientBenchDevice
{
  GObject parent_instance;
  GDBusProxy *proxy;
};

typedef enum
{
  PROP_NAME = 1,
  PROP_MODEL,
  PROP_SERIAL,
  PROP_STORAGE,
  PROP_STORAGE_SIZE,
  PROP_STATE,
  PROP_FINGERPRINT,
  PROP_STAGE,
  PROP_DONE,
  PROP_PLUGGED,
  PROP_FAULTS,
  N_PROPS
} PnClientBenchDeviceProperty;
static GParamSpec *properties[N_PROPS];

/* As the bench calls them, and of what type they have to be. */
static const struct
{
  const char *name, *type;
} remote[N_PROPS] = {
  [PROP_NAME] = { "Name", "s" },
  [PROP_MODEL] = { "Model", "s" },
  [PROP_SERIAL] = { "Serial", "s" },
  [PROP_STORAGE] = { "Storage", "s" },
  [PROP_STORAGE_SIZE] = { "StorageSize", "t" },
  [PROP_STATE] = { "State", "s" },
  [PROP_FINGERPRINT] = { "Fingerprint", "s" },
  [PROP_STAGE] = { "Stage", "s" },
  [PROP_DONE] = { "Done", "b" },
  [PROP_PLUGGED] = { "Plugged", "b" },
  [PROP_FAULTS] = { "Faults", "as" },
};

G_DEFINE_FINAL_TYPE (PnClientBenchDevice, pn_client_bench_device, G_TYPE_OBJECT)

/* NULL where the bench has not said it, or not properly. */
static GVariant *
get_remote (PnClientBenchDevice *self, PnClientBenchDeviceProperty property)
{
  g_autoptr (GVariant) value =
      g_dbus_proxy_get_cached_property (self->proxy, remote[property].name);

  if (value == NULL || !g_variant_is_of_type (value, G_VARIANT_TYPE (remote[property].type)))
    return NULL;
  return g_steal_pointer (&value);
}

/* The proxy keeps the value: so does the text that is given out. */
static const char *
get_text (PnClientBenchDevice *self, PnClientBenchDeviceProperty property)
{
  g_autoptr (GVariant) value = get_remote (self, property);

  return value != NULL ? g_intern_string (g_variant_get_string (value, NULL)) : "";
}

static void
pn_client_bench_device_get_property (GObject *object,
                                     guint prop_id,
                                     GValue *value,
                                     GParamSpec *pspec)
{
  PnClientBenchDevice *self = PN_CLIENT_BENCH_DEVICE (object);
  g_autoptr (GVariant) said = get_remote (self, (PnClientBenchDeviceProperty) prop_id);

  switch ((PnClientBenchDeviceProperty) prop_id)
    {
    case PROP_NAME:
    case PROP_MODEL:
    case PROP_SERIAL:
    case PROP_STORAGE:
    case PROP_STATE:
    case PROP_FINGERPRINT:
    case PROP_STAGE:
      g_value_set_string (value, said != NULL ? g_variant_get_string (said, NULL) : "");
      break;
    case PROP_STORAGE_SIZE:
      g_value_set_uint64 (value, said != NULL ? g_variant_get_uint64 (said) : 0);
      break;
    case PROP_DONE:
    case PROP_PLUGGED:
      g_value_set_boolean (value, said != NULL && g_variant_get_boolean (said));
      break;
    case PROP_FAULTS:
      g_value_take_boxed (value, pn_client_bench_device_dup_faults (self));
      break;
    case N_PROPS:
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
    }
}

static void
changed_cb (PnClientBenchDevice *self, GVariant *changed, const char *const *invalidated)
{
  for (guint i = PROP_NAME; i < N_PROPS; i++)
    {
      g_autoptr (GVariant) value = g_variant_lookup_value (changed, remote[i].name, NULL);

      if (value != NULL)
        g_object_notify_by_pspec (G_OBJECT (self), properties[i]);
    }
}

static void
pn_client_bench_device_finalize (GObject *object)
{
  g_object_unref (PN_CLIENT_BENCH_DEVICE (object)->proxy);
  G_OBJECT_CLASS (pn_client_bench_device_parent_class)->finalize (object);
}

static void
pn_client_bench_device_class_init (PnClientBenchDeviceClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  const PnClientPlain plain[] = {
    { PROP_NAME, "name", G_TYPE_STRING },
    { PROP_MODEL, "model", G_TYPE_STRING },
    { PROP_SERIAL, "serial", G_TYPE_STRING },
    { PROP_STORAGE, "storage", G_TYPE_STRING },
    { PROP_STORAGE_SIZE, "storage-size", G_TYPE_UINT64 },
    { PROP_STATE, "state", G_TYPE_STRING },
    { PROP_FINGERPRINT, "fingerprint", G_TYPE_STRING },
    { PROP_STAGE, "stage", G_TYPE_STRING },
    { PROP_DONE, "done", G_TYPE_BOOLEAN },
    { PROP_PLUGGED, "plugged", G_TYPE_BOOLEAN },
    { PROP_FAULTS, "faults", G_TYPE_STRV },
  };

  object_class->get_property = pn_client_bench_device_get_property;
  object_class->finalize = pn_client_bench_device_finalize;
  pn_client_make_properties (plain, G_N_ELEMENTS (plain), properties);
  g_object_class_install_properties (object_class, N_PROPS, properties);
}

static void
pn_client_bench_device_init (PnClientBenchDevice *self)
{
}

PnClientBenchDevice *
pn_client_bench_device_new (GDBusProxy *proxy)
{
  PnClientBenchDevice *self = g_object_new (PN_TYPE_CLIENT_BENCH_DEVICE, NULL);

  self->proxy = g_object_ref (proxy);
  g_signal_connect_object (proxy, "g-properties-changed", G_CALLBACK (changed_cb), self,
                           G_CONNECT_SWAPPED);
  return self;
}

const char *
pn_client_bench_device_get_name (PnClientBenchDevice *self)
{
  return get_text (self, PROP_NAME);
}

const char *
pn_client_bench_device_get_state (PnClientBenchDevice *self)
{
  return get_text (self, PROP_STATE);
}

const char *
pn_client_bench_device_get_stage (PnClientBenchDevice *self)
{
  return get_text (self, PROP_STAGE);
}

gboolean
pn_client_bench_device_get_plugged (PnClientBenchDevice *self)
{
  g_autoptr (GVariant) value = get_remote (self, PROP_PLUGGED);

  return value != NULL && g_variant_get_boolean (value);
}

GStrv
pn_client_bench_device_dup_faults (PnClientBenchDevice *self)
{
  g_autoptr (GVariant) value = get_remote (self, PROP_FAULTS);

  return value != NULL ? g_variant_dup_strv (value, NULL) : g_new0 (char *, 1);
}

static void
call (PnClientBenchDevice *self,
      const char *method,
      GCancellable *cancellable,
      GAsyncReadyCallback callback,
      gpointer user_data)
{
  pn_client_call (self, self->proxy, method, g_variant_new ("(a{sv})", NULL), -1, NULL, cancellable,
                  callback, user_data);
}

void
pn_client_bench_device_plug_async (PnClientBenchDevice *self,
                                   GCancellable *cancellable,
                                   GAsyncReadyCallback callback,
                                   gpointer user_data)
{
  call (self, "Plug", cancellable, callback, user_data);
}

void
pn_client_bench_device_pull_async (PnClientBenchDevice *self,
                                   GCancellable *cancellable,
                                   GAsyncReadyCallback callback,
                                   gpointer user_data)
{
  call (self, "Pull", cancellable, callback, user_data);
}

void
pn_client_bench_device_reset_async (PnClientBenchDevice *self,
                                    GCancellable *cancellable,
                                    GAsyncReadyCallback callback,
                                    gpointer user_data)
{
  call (self, "Reset", cancellable, callback, user_data);
}

void
pn_client_bench_device_set_faults_async (PnClientBenchDevice *self,
                                         const char *const *faults,
                                         GCancellable *cancellable,
                                         GAsyncReadyCallback callback,
                                         gpointer user_data)
{
  pn_client_call (self, self->proxy, "SetFaults", g_variant_new ("(^asa{sv})", faults, NULL), -1,
                  NULL, cancellable, callback, user_data);
}

void
pn_client_bench_device_remove_async (PnClientBenchDevice *self,
                                     GCancellable *cancellable,
                                     GAsyncReadyCallback callback,
                                     gpointer user_data)
{
  call (self, "Remove", cancellable, callback, user_data);
}

gboolean
pn_client_bench_device_call_finish (PnClientBenchDevice *self, GAsyncResult *result, GError **error)
{
  return pn_client_call_done (self, result, error);
}
