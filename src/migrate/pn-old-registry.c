/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "pn-old-registry.h"

#include <json-glib/json-glib.h>

#include "pn-error.h"
#include "pn-json.h"

#define MAX_DEPTH 8
#define ALLOWED "{}[]:,-+.0123456789Eaeflnrstu \t\r\n" /* outside strings */
#define MAX_KEYS 256
#define MAX_TEXT 4096 /* bytes */

static void
key_free (PnOldKey *self)
{
  g_free (self->label);
  g_free (self->path);
  g_free (self->uri);
  g_free (self->fingerprint);
  g_free (self);
}

/* The member where it is of that type; NULL for any other. */
static JsonNode *
get_member (JsonObject *object, const char *name, GType type)
{
  JsonNode *node = json_object_get_member (object, name);

  return node != NULL && JSON_NODE_HOLDS_VALUE (node) && json_node_get_value_type (node) == type
             ? node
             : NULL;
}

/* NULL = there is none, or nothing in it. */
static const char *
get_text (JsonObject *object, const char *name)
{
  JsonNode *node = get_member (object, name, G_TYPE_STRING);
  const char *text = node != NULL ? json_node_get_string (node) : NULL;

  return text != NULL && text[0] != '\0' && strlen (text) <= MAX_TEXT ? text : NULL;
}

static PnOldKey *
make_key (JsonObject *object, const char *active)
{
  JsonNode *wrapped = get_member (object, "wrapped", G_TYPE_BOOLEAN);
  const char *id = get_text (object, "id");
  const char *label = get_text (object, "label");
  PnOldKey *key = g_new0 (PnOldKey, 1);

  key->label = g_strdup (label != NULL ? label : id != NULL ? id : "?");
  key->path = g_strdup (get_text (object, "path"));
  key->uri = g_strdup (get_text (object, "uri"));
  key->fingerprint = g_strdup (get_text (object, "fingerprint"));
  key->wrapped = wrapped != NULL && json_node_get_boolean (wrapped);
  key->active = id != NULL && g_strcmp0 (id, active) == 0;
  return key;
}

GPtrArray *
pn_old_registry_parse (GBytes *json, GError **error)
{
  g_autoptr (GPtrArray) keys = g_ptr_array_new_with_free_func ((GDestroyNotify) key_free);
  g_autoptr (JsonParser) parser = json_parser_new_immutable ();
  gsize size;
  const char *data = g_bytes_get_data (json, &size);
  JsonObject *root = NULL;
  JsonNode *list = NULL;
  JsonArray *array;

  if (size > 0 && size <= PN_OLD_REGISTRY_MAX &&
      pn_json_scan (data, size, ALLOWED, MAX_DEPTH) >= 0 &&
      json_parser_load_from_data (parser, data, (gssize) size, NULL) &&
      JSON_NODE_HOLDS_OBJECT (json_parser_get_root (parser)))
    root = json_node_get_object (json_parser_get_root (parser));
  if (root != NULL)
    list = json_object_get_member (root, "keys");
  if (list == NULL || !JSON_NODE_HOLDS_ARRAY (list) ||
      json_array_get_length (json_node_get_array (list)) > MAX_KEYS)
    {
      pn_set_error (error, PN_ERROR_INVALID_DATA,
                    "The list of keys is damaged, or not one of rpi-sb-provisioner");
      return NULL;
    }
  array = json_node_get_array (list);
  for (guint i = 0; i < json_array_get_length (array); i++)
    {
      JsonNode *node = json_array_get_element (array, i);

      if (JSON_NODE_HOLDS_OBJECT (node))
        g_ptr_array_add (keys,
                         make_key (json_node_get_object (node), get_text (root, "activeKeyId")));
    }
  return g_steal_pointer (&keys);
}
