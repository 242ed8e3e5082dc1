/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "pn-client-private.h"

struct _PnClientBatch
{
  GObject parent_instance;
  PnDbusBatch *proxy;
};

typedef enum
{
  PROP_PATH = 1,
  PROP_MODE,
  PROP_CHIP,
  PROP_STORAGE,
  PROP_SLOTS,
  PROP_PERMANENT,
  PROP_REFERENCE, /* from here on as the proxy has them */
  PROP_RECIPE,
  PROP_BUNDLE,
  PROP_COUNT,
  PROP_USED,
  PROP_PASSED,
  PROP_FAILED,
  PROP_SET_ASIDE,
  PROP_REFUSED,
  PROP_SKIPPED,
  PROP_CLOSED,
  PROP_PAUSED,
  PROP_AUTOMATIC,
  PROP_OPENED,
  PROP_FINGERPRINT,
  PROP_IMAGE,
  N_PROPS
} PnClientBatchProperty;
static GParamSpec *properties[N_PROPS];
G_DEFINE_FINAL_TYPE (PnClientBatch, pn_client_batch, G_TYPE_OBJECT)

static void
pn_client_batch_get_property (GObject *object, guint prop_id, GValue *value, GParamSpec *pspec)
{
  PnClientBatch *self = PN_CLIENT_BATCH (object);

  switch ((PnClientBatchProperty) prop_id)
    {
    case PROP_PATH:
      g_value_set_string (value, pn_client_batch_get_path (self));
      break;
    case PROP_MODE:
      g_value_set_uint (value, pn_client_batch_get_mode (self));
      break;
    case PROP_CHIP:
      g_value_set_uint (value, pn_client_batch_get_chip (self));
      break;
    case PROP_STORAGE:
      g_value_set_uint (value, pn_client_batch_get_storage (self));
      break;
    case PROP_SLOTS:
      g_value_set_boxed (value, pn_client_batch_get_slots (self));
      break;
    case PROP_PERMANENT:
      g_value_set_boxed (value, pn_client_batch_get_permanent (self));
      break;
    case PROP_REFERENCE:
    case PROP_RECIPE:
    case PROP_BUNDLE:
    case PROP_COUNT:
    case PROP_USED:
    case PROP_PASSED:
    case PROP_FAILED:
    case PROP_SET_ASIDE:
    case PROP_REFUSED:
    case PROP_SKIPPED:
    case PROP_CLOSED:
    case PROP_PAUSED:
    case PROP_AUTOMATIC:
    case PROP_OPENED:
    case PROP_FINGERPRINT:
    case PROP_IMAGE:
      pn_client_get_proxy_property (self->proxy, pspec, value);
      break;
    case N_PROPS:
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
    }
}

static void
pn_client_batch_dispose (GObject *object)
{
  g_clear_object (&PN_CLIENT_BATCH (object)->proxy);
  G_OBJECT_CLASS (pn_client_batch_parent_class)->dispose (object);
}

static void
pn_client_batch_class_init (PnClientBatchClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  const GParamFlags flags = G_PARAM_READABLE | G_PARAM_STATIC_STRINGS | G_PARAM_EXPLICIT_NOTIFY;
  const PnClientPlain plain[] = {
    { PROP_PATH, "path", G_TYPE_STRING },
    { PROP_REFERENCE, "reference", G_TYPE_STRING },
    { PROP_RECIPE, "recipe", G_TYPE_STRING },
    { PROP_BUNDLE, "bundle", G_TYPE_STRING },
    { PROP_FINGERPRINT, "fingerprint", G_TYPE_STRING },
    { PROP_IMAGE, "image", G_TYPE_STRING },
    { PROP_COUNT, "count", G_TYPE_UINT },
    { PROP_USED, "used", G_TYPE_UINT },
    { PROP_PASSED, "passed", G_TYPE_UINT },
    { PROP_FAILED, "failed", G_TYPE_UINT },
    { PROP_SET_ASIDE, "set-aside", G_TYPE_UINT },
    { PROP_REFUSED, "refused", G_TYPE_UINT },
    { PROP_SKIPPED, "skipped", G_TYPE_UINT },
    { PROP_CLOSED, "closed", G_TYPE_BOOLEAN },
    { PROP_PAUSED, "paused", G_TYPE_BOOLEAN },
    { PROP_AUTOMATIC, "automatic", G_TYPE_BOOLEAN },
    { PROP_OPENED, "opened", G_TYPE_INT64 },
    { PROP_SLOTS, "slots", G_TYPE_STRV },
    { PROP_PERMANENT, "permanent", G_TYPE_STRV },
  };

  object_class->get_property = pn_client_batch_get_property;
  object_class->dispose = pn_client_batch_dispose;
  pn_client_make_properties (plain, G_N_ELEMENTS (plain), properties);
  properties[PROP_MODE] = g_param_spec_uint ("mode", NULL, NULL, 0, PN_MODE_NAKED, 0, flags);
  properties[PROP_CHIP] = g_param_spec_uint ("chip", NULL, NULL, 0, PN_CHIP_BCM2712, 0, flags);
  properties[PROP_STORAGE] =
      g_param_spec_uint ("storage", NULL, NULL, 0, PN_STORAGE_NVME, 0, flags);
  g_object_class_install_properties (object_class, N_PROPS, properties);
}

static void
pn_client_batch_init (PnClientBatch *self)
{
}

PnClientBatch *
pn_client_batch_new (PnDbusBatch *proxy)
{
  PnClientBatch *self = g_object_new (PN_TYPE_CLIENT_BATCH, NULL);

  self->proxy = g_object_ref (proxy);
  g_signal_connect_object (proxy, "notify", G_CALLBACK (pn_client_forward_notify_cb), self, 0);
  return self;
}

static const char *const *
list (const char *const *words)
{
  static const char *const none[] = { NULL };

  return words != NULL ? words : none;
}

const char *
pn_client_batch_get_path (PnClientBatch *self)
{
  return g_dbus_proxy_get_object_path (G_DBUS_PROXY (self->proxy));
}

const char *
pn_client_batch_get_reference (PnClientBatch *self)
{
  return pn_client_text (pn_dbus_batch_get_reference (self->proxy));
}

const char *
pn_client_batch_get_recipe (PnClientBatch *self)
{
  return pn_client_text (pn_dbus_batch_get_recipe (self->proxy));
}

const char *
pn_client_batch_get_bundle (PnClientBatch *self)
{
  return pn_client_text (pn_dbus_batch_get_bundle (self->proxy));
}

const char *const *
pn_client_batch_get_slots (PnClientBatch *self)
{
  return list (pn_dbus_batch_get_slots (self->proxy));
}

guint
pn_client_batch_get_count (PnClientBatch *self)
{
  return pn_dbus_batch_get_count (self->proxy);
}

guint
pn_client_batch_get_used (PnClientBatch *self)
{
  return pn_dbus_batch_get_used (self->proxy);
}

guint
pn_client_batch_get_passed (PnClientBatch *self)
{
  return pn_dbus_batch_get_passed (self->proxy);
}

guint
pn_client_batch_get_failed (PnClientBatch *self)
{
  return pn_dbus_batch_get_failed (self->proxy);
}

guint
pn_client_batch_get_set_aside (PnClientBatch *self)
{
  return pn_dbus_batch_get_set_aside (self->proxy);
}

guint
pn_client_batch_get_refused (PnClientBatch *self)
{
  return pn_dbus_batch_get_refused (self->proxy);
}

guint
pn_client_batch_get_skipped (PnClientBatch *self)
{
  return pn_dbus_batch_get_skipped (self->proxy);
}

gboolean
pn_client_batch_get_closed (PnClientBatch *self)
{
  return pn_dbus_batch_get_closed (self->proxy);
}

gboolean
pn_client_batch_get_paused (PnClientBatch *self)
{
  return pn_dbus_batch_get_paused (self->proxy);
}

gboolean
pn_client_batch_get_automatic (PnClientBatch *self)
{
  return pn_dbus_batch_get_automatic (self->proxy);
}

gint64
pn_client_batch_get_opened (PnClientBatch *self)
{
  return pn_dbus_batch_get_opened (self->proxy);
}

PnDonePolicy
pn_client_batch_get_done (PnClientBatch *self)
{
  PnDonePolicy policy = PN_DONE_ASK;

  (void) pn_done_policy_from_word (pn_dbus_batch_get_done (self->proxy), &policy);
  return policy;
}

PnMode
pn_client_batch_get_mode (PnClientBatch *self)
{
  PnMode mode = PN_MODE_SECURE_BOOT;

  (void) pn_mode_from_word (pn_dbus_batch_get_mode (self->proxy), &mode);
  return mode;
}

PnChip
pn_client_batch_get_chip (PnClientBatch *self)
{
  PnChip chip = PN_CHIP_BCM2712;

  (void) pn_chip_from_word (pn_dbus_batch_get_chip (self->proxy), &chip);
  return chip;
}

PnStorage
pn_client_batch_get_storage (PnClientBatch *self)
{
  PnStorage storage = PN_STORAGE_SD;

  (void) pn_storage_from_word (pn_dbus_batch_get_storage (self->proxy), &storage);
  return storage;
}

const char *const *
pn_client_batch_get_permanent (PnClientBatch *self)
{
  return list (pn_dbus_batch_get_permanent (self->proxy));
}

const char *
pn_client_batch_get_fingerprint (PnClientBatch *self)
{
  return pn_client_text (pn_dbus_batch_get_fingerprint (self->proxy));
}

const char *
pn_client_batch_get_image (PnClientBatch *self)
{
  return pn_client_text (pn_dbus_batch_get_image (self->proxy));
}

void
pn_client_batch_close_async (PnClientBatch *self,
                             GCancellable *cancellable,
                             GAsyncReadyCallback callback,
                             gpointer user_data)
{
  pn_client_call (self, self->proxy, "Close", g_variant_new ("(a{sv})", NULL), G_MAXINT, NULL,
                  cancellable, callback, user_data);
}

void
pn_client_batch_set_paused_async (PnClientBatch *self,
                                  gboolean paused,
                                  GCancellable *cancellable,
                                  GAsyncReadyCallback callback,
                                  gpointer user_data)
{
  pn_client_call (self, self->proxy, "SetPaused", g_variant_new ("(ba{sv})", paused, NULL),
                  G_MAXINT, NULL, cancellable, callback, user_data);
}

gboolean
pn_client_batch_call_finish (PnClientBatch *self, GAsyncResult *result, GError **error)
{
  return pn_client_call_done (self, result, error);
}
