/* SPDX-License-Identifier: GPL-3.0-or-later */
/* image.json is canonical: what is parsed is written again and has to give the same bytes, so that
 * unknown, doubled or reordered members and other spellings cannot pass. */
#include "config.h"

#include "pn-stored-image.h"

#include <json-glib/json-glib.h>
#include <string.h>

#include "pn-error.h"
#include "pn-json.h"

#define FORMAT 1
#define FLAT "{}:,0123456789aeflrstu \n" /* outside strings: one object, nothing nested */
#define TEXT_MAX 255                     /* characters of the system's and the source's name */

struct _PnStoredImage
{
  GObject parent_instance;
  PnStoredImageFields fields; /* its strings are owned */
  char *id;
};

typedef enum
{
  PROP_NAME = 1,
  PROP_NOTES,
  N_PROPS
} PnStoredImageProperty;
static GParamSpec *properties[N_PROPS];
G_DEFINE_FINAL_TYPE (PnStoredImage, pn_stored_image, G_TYPE_OBJECT)

static void
pn_stored_image_get_property (GObject *object, guint prop_id, GValue *value, GParamSpec *pspec)
{
  PnStoredImage *self = PN_STORED_IMAGE (object);

  switch ((PnStoredImageProperty) prop_id)
    {
    case PROP_NAME:
      g_value_set_string (value, self->fields.name);
      break;
    case PROP_NOTES:
      g_value_set_string (value, self->fields.notes);
      break;
    case N_PROPS:
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
    }
}

static void
pn_stored_image_finalize (GObject *object)
{
  PnStoredImage *self = PN_STORED_IMAGE (object);

  g_free ((char *) self->fields.name);
  g_free ((char *) self->fields.system);
  g_free ((char *) self->fields.notes);
  g_free ((char *) self->fields.source);
  g_free (self->id);
  G_OBJECT_CLASS (pn_stored_image_parent_class)->finalize (object);
}

static void
pn_stored_image_class_init (PnStoredImageClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->get_property = pn_stored_image_get_property;
  object_class->finalize = pn_stored_image_finalize;
  properties[PROP_NAME] =
      g_param_spec_string ("name", NULL, NULL, NULL, G_PARAM_READABLE | G_PARAM_STATIC_STRINGS);
  properties[PROP_NOTES] =
      g_param_spec_string ("notes", NULL, NULL, NULL, G_PARAM_READABLE | G_PARAM_STATIC_STRINGS);
  g_object_class_install_properties (object_class, N_PROPS, properties);
}

static void
pn_stored_image_init (PnStoredImage *self)
{
}

/* No control characters, except line ends where @lines. */
static gboolean
is_text (const char *text, glong max, gboolean lines)
{
  if (!g_utf8_validate (text, -1, NULL) || g_utf8_strlen (text, -1) > max)
    return FALSE;
  for (const char *at = text; *at != '\0'; at = g_utf8_next_char (at))
    if (g_unichar_iscntrl (g_utf8_get_char (at)) && !(lines && *at == '\n'))
      return FALSE;
  return TRUE;
}

gboolean
pn_image_name_check (const char *name, GError **error)
{
  g_autofree char *stripped = NULL;

  if (name[0] == '\0')
    return pn_set_error (error, PN_ERROR_INVALID_ARGUMENT, "The image needs a name");
  if (!g_utf8_validate (name, -1, NULL) || strchr (name, '/') != NULL)
    return pn_set_error (error, PN_ERROR_INVALID_ARGUMENT, "The name of an image has no slash");
  if (g_utf8_strlen (name, -1) > PN_IMAGE_NAME_MAX)
    return pn_set_error (error, PN_ERROR_INVALID_ARGUMENT,
                         "The name of an image has at most 80 characters");
  if (!is_text (name, PN_IMAGE_NAME_MAX, FALSE))
    return pn_set_error (error, PN_ERROR_INVALID_ARGUMENT,
                         "The name of an image has no control characters");
  stripped = g_strstrip (g_strdup (name));
  return g_str_equal (stripped, name) ||
         pn_set_error (error, PN_ERROR_INVALID_ARGUMENT,
                       "The name of an image does not begin or end with a space");
}

/* What fits of a text that others chose; NULL where nothing is left. */
static char *
tidy (const char *text, glong max)
{
  g_autofree char *valid = text != NULL ? g_utf8_make_valid (text, -1) : NULL;
  g_autoptr (GString) out = g_string_new (NULL);

  for (const char *at = valid; at != NULL && *at != '\0' && max > 0; at = g_utf8_next_char (at))
    if (!g_unichar_iscntrl (g_utf8_get_char (at)))
      {
        g_string_append_unichar (out, g_utf8_get_char (at));
        max--;
      }
  g_strstrip (out->str);
  return out->str[0] != '\0' ? g_strdup (out->str) : NULL;
}

char *
pn_image_name_from_file (const char *path)
{
  g_autofree char *base = g_path_get_basename (path);
  gsize length = strlen (base);
  char *name;

  if (length > 4 && g_ascii_strcasecmp (base + length - 4, ".img") == 0)
    base[length - 4] = '\0';
  g_strdelimit (base, "/", ' ');
  name = tidy (base, PN_IMAGE_NAME_MAX);
  return name != NULL ? name : g_strdup ("Image");
}

static gboolean
check_notes (const char *notes, GError **error)
{
  return is_text (notes, PN_IMAGE_NOTES_MAX, TRUE) ||
         pn_set_error (error, PN_ERROR_INVALID_ARGUMENT,
                       "The notes have at most 1000 characters and no control characters");
}

/* NULL and "" are the same. */
static char *
copy_text (const char *text)
{
  return text != NULL && text[0] != '\0' ? g_strdup (text) : NULL;
}

PnStoredImage *
pn_stored_image_new (const PnStoredImageFields *fields, GError **error)
{
  PnStoredImage *self;

  if (!pn_image_name_check (fields->name, error) ||
      (fields->notes != NULL && !check_notes (fields->notes, error)))
    return NULL;
  if (fields->imported < 0 || fields->size > G_MAXINT64 || fields->stored_size > G_MAXINT64)
    return pn_set_error (error, PN_ERROR_INVALID_ARGUMENT,
                         "What is to be kept about the image is not valid"),
           NULL;
  self = g_object_new (PN_TYPE_STORED_IMAGE, NULL);
  self->fields = *fields;
  self->fields.name = g_strdup (fields->name);
  self->fields.system = tidy (fields->system, TEXT_MAX);
  self->fields.notes = copy_text (fields->notes);
  self->fields.source = tidy (fields->source, TEXT_MAX);
  self->id = pn_sha256_to_hex (&fields->digest);
  return self;
}

static void
write_string (GString *out, const char *name, const char *text)
{
  g_string_append_printf (out, "  \"%s\": \"", name);
  for (const char *at = text != NULL ? text : ""; *at != '\0'; at++)
    {
      if (*at == '"' || *at == '\\')
        g_string_append_c (out, '\\');
      if (*at == '\n')
        g_string_append (out, "\\n");
      else
        g_string_append_c (out, *at);
    }
  g_string_append (out, "\",\n");
}

static void
write_number (GString *out, const char *name, guint64 value)
{
  g_string_append_printf (out, "  \"%s\": %" G_GUINT64_FORMAT ",\n", name, value);
}

GBytes *
pn_stored_image_to_json (PnStoredImage *self)
{
  GString *out = g_string_new ("{\n");

  write_number (out, "format", FORMAT);
  write_string (out, "name", self->fields.name);
  write_string (out, "sha256", self->id);
  write_number (out, "size", self->fields.size);
  write_number (out, "stored-size", self->fields.stored_size);
  write_number (out, "imported", (guint64) self->fields.imported);
  write_string (out, "system", self->fields.system);
  write_string (out, "notes", self->fields.notes);
  write_string (out, "source", self->fields.source);
  g_string_append_printf (out, "  \"published\": %s\n}\n",
                          self->fields.published ? "true" : "false");
  return g_string_free_to_bytes (out);
}

static JsonNode *
member (JsonObject *object, const char *name, GType type)
{
  JsonNode *node = json_object_get_member (object, name);

  return node != NULL && JSON_NODE_HOLDS_VALUE (node) && json_node_get_value_type (node) == type
             ? node
             : NULL;
}

static const char *
get_string (JsonObject *object, const char *name)
{
  JsonNode *node = member (object, name, G_TYPE_STRING);

  return node != NULL ? json_node_get_string (node) : "";
}

static gint64
get_number (JsonObject *object, const char *name)
{
  JsonNode *node = member (object, name, G_TYPE_INT64);

  return node != NULL ? json_node_get_int (node) : -1;
}

static PnStoredImage *
from_object (JsonObject *object, GError **error)
{
  JsonNode *published = member (object, "published", G_TYPE_BOOLEAN);
  PnStoredImageFields fields = {
    .name = get_string (object, "name"),
    .size = (guint64) get_number (object, "size"),
    .stored_size = (guint64) get_number (object, "stored-size"),
    .imported = get_number (object, "imported"),
    .system = get_string (object, "system"),
    .notes = get_string (object, "notes"),
    .source = get_string (object, "source"),
    .published = published != NULL && json_node_get_boolean (published),
  };

  if (!pn_sha256_from_hex (get_string (object, "sha256"), &fields.digest))
    return pn_set_error (error, PN_ERROR_INVALID_ARGUMENT, "no SHA-256"), NULL;
  return pn_stored_image_new (&fields, error);
}

static PnStoredImage *
parse (GBytes *json, GError **error)
{
  gsize size;
  const char *data = g_bytes_get_data (json, &size);
  g_autoptr (JsonParser) parser = json_parser_new_immutable ();
  g_autoptr (PnStoredImage) self = NULL;
  g_autoptr (GBytes) again = NULL;

  if (size == 0 || size > PN_STORED_IMAGE_MAX || pn_json_scan (data, size, FLAT, 1) != 1)
    return pn_set_error (error, PN_ERROR_INVALID_ARGUMENT, "it is not one flat object"), NULL;
  if (!json_parser_load_from_data (parser, data, (gssize) size, error))
    return NULL;
  if (!JSON_NODE_HOLDS_OBJECT (json_parser_get_root (parser)))
    return pn_set_error (error, PN_ERROR_INVALID_ARGUMENT, "it is not an object"), NULL;
  self = from_object (json_node_get_object (json_parser_get_root (parser)), error);
  if (self == NULL)
    return NULL;
  again = pn_stored_image_to_json (self);
  if (!g_bytes_equal (again, json))
    return pn_set_error (error, PN_ERROR_INVALID_ARGUMENT, "it is not written as Punnet writes it"),
           NULL;
  return g_steal_pointer (&self);
}

PnStoredImage *
pn_stored_image_parse (GBytes *json, GError **error)
{
  g_autoptr (GError) local = NULL;
  PnStoredImage *self = parse (json, &local);

  if (self == NULL)
    pn_set_error (error, PN_ERROR_INVALID_DATA, "What is kept about the image is damaged: %s",
                  local->message);
  return self;
}

const char *
pn_stored_image_get_id (PnStoredImage *self)
{
  return self->id;
}

const PnStoredImageFields *
pn_stored_image_get (PnStoredImage *self)
{
  return &self->fields;
}

gboolean
pn_stored_image_edit (PnStoredImage *self, const char *name, const char *notes, GError **error)
{
  if ((name != NULL && !pn_image_name_check (name, error)) ||
      (notes != NULL && !check_notes (notes, error)))
    return FALSE;
  if (name != NULL && !g_str_equal (name, self->fields.name))
    {
      g_free ((char *) self->fields.name);
      self->fields.name = g_strdup (name);
      g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_NAME]);
    }
  if (notes != NULL && g_strcmp0 (notes, self->fields.notes) != 0)
    {
      g_free ((char *) self->fields.notes);
      self->fields.notes = copy_text (notes);
      g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_NOTES]);
    }
  return TRUE;
}
