/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "pn-record-row-private.h"

struct _PnRecordRow
{
  GObject parent_instance;
  GVariant *values;   /* NULL = has not arrived */
  GHashTable *fields; /* column → GVariant; NULL until one is asked for */
};

typedef enum
{
  PROP_LOADED = 1,
  PROP_VALUES,
  N_PROPS
} PnRecordRowProperty;
static GParamSpec *properties[N_PROPS];
G_DEFINE_FINAL_TYPE (PnRecordRow, pn_record_row, G_TYPE_OBJECT)

static void
pn_record_row_get_property (GObject *object, guint prop_id, GValue *value, GParamSpec *pspec)
{
  PnRecordRow *self = PN_RECORD_ROW (object);

  switch ((PnRecordRowProperty) prop_id)
    {
    case PROP_LOADED:
      g_value_set_boolean (value, pn_record_row_is_loaded (self));
      break;
    case PROP_VALUES:
      g_value_set_variant (value, self->values);
      break;
    case N_PROPS:
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
    }
}

static void
pn_record_row_finalize (GObject *object)
{
  g_clear_pointer (&PN_RECORD_ROW (object)->fields, g_hash_table_unref);
  g_clear_pointer (&PN_RECORD_ROW (object)->values, g_variant_unref);
  G_OBJECT_CLASS (pn_record_row_parent_class)->finalize (object);
}

static void
pn_record_row_class_init (PnRecordRowClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  const GParamFlags flags = G_PARAM_READABLE | G_PARAM_STATIC_STRINGS | G_PARAM_EXPLICIT_NOTIFY;

  object_class->get_property = pn_record_row_get_property;
  object_class->finalize = pn_record_row_finalize;
  properties[PROP_LOADED] = g_param_spec_boolean ("loaded", NULL, NULL, FALSE, flags);
  properties[PROP_VALUES] =
      g_param_spec_variant ("values", NULL, NULL, G_VARIANT_TYPE_VARDICT, NULL, flags);
  g_object_class_install_properties (object_class, N_PROPS, properties);
}

static void
pn_record_row_init (PnRecordRow *self)
{
}

void
pn_record_row_take_values (PnRecordRow *self, GVariant *values)
{
  gboolean was_loaded = pn_record_row_is_loaded (self);

  if (was_loaded && g_variant_equal (self->values, values))
    {
      g_variant_unref (values);
      return;
    }
  g_clear_pointer (&self->fields, g_hash_table_unref);
  g_clear_pointer (&self->values, g_variant_unref);
  self->values = values;
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_VALUES]);
  if (!was_loaded)
    g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_LOADED]);
}

gboolean
pn_record_row_is_loaded (PnRecordRow *self)
{
  return self->values != NULL;
}

GVariant *
pn_record_row_get_values (PnRecordRow *self)
{
  return self->values;
}

/* To look through the values for each column would cost a table more than to draw it. */
static GVariant *
get_field (PnRecordRow *self, const char *column)
{
  GVariantIter iter;
  char *name;
  GVariant *value;

  if (self->values == NULL)
    return NULL;
  if (self->fields == NULL)
    {
      self->fields =
          g_hash_table_new_full (g_str_hash, g_str_equal, g_free, (GDestroyNotify) g_variant_unref);
      g_variant_iter_init (&iter, self->values);
      while (g_variant_iter_next (&iter, "{sv}", &name, &value))
        g_hash_table_replace (self->fields, name, value);
    }
  return g_hash_table_lookup (self->fields, column);
}

char *
pn_record_row_format (PnRecordRow *self, const char *column)
{
  return pn_record_format_value_for_people (get_field (self, column), column);
}

const char *
pn_record_row_get_text (PnRecordRow *self, const char *column)
{
  GVariant *value = get_field (self, column);

  return value != NULL && g_variant_is_of_type (value, G_VARIANT_TYPE_STRING)
             ? g_variant_get_string (value, NULL)
             : NULL;
}

gint64
pn_record_row_get_number (PnRecordRow *self, const char *column)
{
  GVariant *value = get_field (self, column);

  return value != NULL && g_variant_is_of_type (value, G_VARIANT_TYPE_INT64)
             ? g_variant_get_int64 (value)
             : 0;
}
