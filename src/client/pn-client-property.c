/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Properties that an object has because its proxy has them. */
#include "config.h"

#include "pn-client-private.h"

static GParamSpec *
make_property (const char *name, GType type)
{
  const GParamFlags flags = G_PARAM_READABLE | G_PARAM_STATIC_STRINGS | G_PARAM_EXPLICIT_NOTIFY;

  switch (type)
    {
    case G_TYPE_STRING:
      return g_param_spec_string (name, NULL, NULL, NULL, flags);
    case G_TYPE_BOOLEAN:
      return g_param_spec_boolean (name, NULL, NULL, FALSE, flags);
    case G_TYPE_UINT:
      return g_param_spec_uint (name, NULL, NULL, 0, G_MAXUINT, 0, flags);
    case G_TYPE_INT64:
      return g_param_spec_int64 (name, NULL, NULL, G_MININT64, G_MAXINT64, 0, flags);
    case G_TYPE_UINT64:
      return g_param_spec_uint64 (name, NULL, NULL, 0, G_MAXUINT64, 0, flags);
    default:
      return g_param_spec_boxed (name, NULL, NULL, type, flags);
    }
}

void
pn_client_make_properties (const PnClientPlain *table, gsize n, GParamSpec **properties)
{
  for (gsize i = 0; i < n; i++)
    properties[table[i].id] = make_property (table[i].name, table[i].type);
}

const char *
pn_client_text (const char *text)
{
  return text != NULL ? text : "";
}

void
pn_client_forward_notify_cb (GObject *proxy, GParamSpec *pspec, GObject *object)
{
  if (g_object_class_find_property (G_OBJECT_GET_CLASS (object), pspec->name) != NULL)
    g_object_notify (object, pspec->name);
}

void
pn_client_get_proxy_property (gpointer proxy, GParamSpec *pspec, GValue *value)
{
  g_object_get_property (proxy, pspec->name, value);
  if (G_VALUE_HOLDS_STRING (value) && g_value_get_string (value) == NULL)
    g_value_set_static_string (value, "");
}
