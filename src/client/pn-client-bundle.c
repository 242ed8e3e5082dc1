/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "pn-client-private.h"

struct _PnClientBundle
{
  GObject parent_instance;
  PnDbusBundle *proxy;
};

enum
{
  PROP_DIGEST = 1,
  PROP_RECIPE,
  PROP_MODE,
  PROP_CHIP,
  PROP_STORAGE,
  PROP_FINGERPRINT,
  PROP_IMAGE,
  PROP_INSTALLED_BY,
  PROP_SIZE,
  PROP_INSTALLED,
  PROP_LAST_USED,
  PROP_IN_USE,
  N_PROPS
};
static GParamSpec *properties[N_PROPS];
G_DEFINE_FINAL_TYPE (PnClientBundle, pn_client_bundle, G_TYPE_OBJECT)

static void
pn_client_bundle_get_property (GObject *object, guint prop_id, GValue *value, GParamSpec *pspec)
{
  if (prop_id > 0 && prop_id < N_PROPS)
    pn_client_get_proxy_property (PN_CLIENT_BUNDLE (object)->proxy, pspec, value);
  else
    G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
}

static void
pn_client_bundle_dispose (GObject *object)
{
  g_clear_object (&PN_CLIENT_BUNDLE (object)->proxy);
  G_OBJECT_CLASS (pn_client_bundle_parent_class)->dispose (object);
}

static void
pn_client_bundle_class_init (PnClientBundleClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  static const PnClientPlain plain[] = {
    { PROP_DIGEST, "digest", G_TYPE_STRING },
    { PROP_RECIPE, "recipe", G_TYPE_STRING },
    { PROP_MODE, "mode", G_TYPE_STRING },
    { PROP_CHIP, "chip", G_TYPE_STRING },
    { PROP_STORAGE, "storage", G_TYPE_STRING },
    { PROP_FINGERPRINT, "fingerprint", G_TYPE_STRING },
    { PROP_IMAGE, "image", G_TYPE_STRING },
    { PROP_INSTALLED_BY, "installed-by", G_TYPE_STRING },
    { PROP_SIZE, "size", G_TYPE_UINT64 },
    { PROP_INSTALLED, "installed", G_TYPE_INT64 },
    { PROP_LAST_USED, "last-used", G_TYPE_INT64 },
    { PROP_IN_USE, "in-use", G_TYPE_BOOLEAN },
  };

  object_class->get_property = pn_client_bundle_get_property;
  object_class->dispose = pn_client_bundle_dispose;
  pn_client_make_properties (plain, G_N_ELEMENTS (plain), properties);
  g_object_class_install_properties (object_class, N_PROPS, properties);
}

static void
pn_client_bundle_init (PnClientBundle *self)
{
}

PnClientBundle *
pn_client_bundle_new (PnDbusBundle *proxy)
{
  PnClientBundle *self = g_object_new (PN_TYPE_CLIENT_BUNDLE, NULL);

  self->proxy = g_object_ref (proxy);
  g_signal_connect_object (proxy, "notify", G_CALLBACK (pn_client_forward_notify_cb), self, 0);
  return self;
}

const char *
pn_client_bundle_get_digest (PnClientBundle *self)
{
  return pn_client_text (pn_dbus_bundle_get_digest (self->proxy));
}

const char *
pn_client_bundle_get_recipe (PnClientBundle *self)
{
  return pn_client_text (pn_dbus_bundle_get_recipe (self->proxy));
}

const char *
pn_client_bundle_get_mode (PnClientBundle *self)
{
  return pn_client_text (pn_dbus_bundle_get_mode (self->proxy));
}

const char *
pn_client_bundle_get_chip (PnClientBundle *self)
{
  return pn_client_text (pn_dbus_bundle_get_chip (self->proxy));
}

const char *
pn_client_bundle_get_fingerprint (PnClientBundle *self)
{
  return pn_client_text (pn_dbus_bundle_get_fingerprint (self->proxy));
}

const char *
pn_client_bundle_get_image (PnClientBundle *self)
{
  return pn_client_text (pn_dbus_bundle_get_image (self->proxy));
}

const char *
pn_client_bundle_get_installed_by (PnClientBundle *self)
{
  return pn_client_text (pn_dbus_bundle_get_installed_by (self->proxy));
}

const char *const *
pn_client_bundle_get_permanent (PnClientBundle *self)
{
  static const char *const none[] = { NULL };
  const char *const *words = pn_dbus_bundle_get_permanent (self->proxy);

  return words != NULL ? words : none;
}

guint64
pn_client_bundle_get_size (PnClientBundle *self)
{
  return pn_dbus_bundle_get_size (self->proxy);
}

gint64
pn_client_bundle_get_installed (PnClientBundle *self)
{
  return pn_dbus_bundle_get_installed (self->proxy);
}

gint64
pn_client_bundle_get_last_used (PnClientBundle *self)
{
  return pn_dbus_bundle_get_last_used (self->proxy);
}

gboolean
pn_client_bundle_get_in_use (PnClientBundle *self)
{
  return pn_dbus_bundle_get_in_use (self->proxy);
}
