/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "pn-narrow-bin.h"

typedef struct
{
  gboolean narrow;
} PnNarrowBinPrivate;

typedef enum
{
  PROP_NARROW = 1,
  N_PROPS
} PnNarrowBinProperty;
static GParamSpec *properties[N_PROPS];

G_DEFINE_ABSTRACT_TYPE_WITH_PRIVATE (PnNarrowBin, pn_narrow_bin, ADW_TYPE_BIN)

static void
tell (PnNarrowBin *self)
{
  PnNarrowBinPrivate *priv = pn_narrow_bin_get_instance_private (self);

  PN_NARROW_BIN_GET_CLASS (self)->narrow_changed (self, priv->narrow);
}

static void
pn_narrow_bin_get_property (GObject *object, guint prop_id, GValue *value, GParamSpec *pspec)
{
  PnNarrowBinPrivate *priv = pn_narrow_bin_get_instance_private (PN_NARROW_BIN (object));

  if (prop_id == PROP_NARROW)
    g_value_set_boolean (value, priv->narrow);
  else
    G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
}

static void
pn_narrow_bin_set_property (GObject *object, guint prop_id, const GValue *value, GParamSpec *pspec)
{
  PnNarrowBinPrivate *priv = pn_narrow_bin_get_instance_private (PN_NARROW_BIN (object));

  if (prop_id != PROP_NARROW)
    G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
  else if (priv->narrow != g_value_get_boolean (value))
    {
      priv->narrow = !priv->narrow;
      tell (PN_NARROW_BIN (object));
      g_object_notify_by_pspec (object, pspec);
    }
}

static void
pn_narrow_bin_constructed (GObject *object)
{
  G_OBJECT_CLASS (pn_narrow_bin_parent_class)->constructed (object);
  tell (PN_NARROW_BIN (object));
}

static void
pn_narrow_bin_class_init (PnNarrowBinClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->constructed = pn_narrow_bin_constructed;
  object_class->get_property = pn_narrow_bin_get_property;
  object_class->set_property = pn_narrow_bin_set_property;
  properties[PROP_NARROW] =
      g_param_spec_boolean ("narrow", NULL, NULL, FALSE,
                            G_PARAM_READWRITE | G_PARAM_EXPLICIT_NOTIFY | G_PARAM_STATIC_STRINGS);
  g_object_class_install_properties (object_class, N_PROPS, properties);
}

static void
pn_narrow_bin_init (PnNarrowBin *self)
{
}
