/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "pn-json.h"

#include <json-glib/json-glib.h>
#include <string.h>

#define MAX_DEPTH 16

gssize
pn_json_scan (const char *data, gsize size, const char *allowed, guint max_depth)
{
  gboolean string = FALSE;
  gssize n_opened = 0;
  guint depth = 0;

  for (gsize i = 0; i < size; i++)
    {
      if (string && data[i] == '\\')
        i++;
      else if (data[i] == '"')
        string = !string;
      else if (string)
        continue;
      else if (data[i] == '\0' || strchr (allowed, data[i]) == NULL)
        return -1;
      else if (data[i] == '{' || data[i] == '[')
        {
          n_opened++;
          depth++;
        }
      else if ((data[i] == '}' || data[i] == ']') && depth > 0)
        depth--;
      if (depth > max_depth)
        return -1;
    }
  return n_opened;
}

static gboolean has_type (JsonNode *node, const GVariantType *type);

/* Each of @nodes with @type in turn; of a tuple (@type is its first item) each with its own. */
static gboolean
have_types (GList *nodes, const GVariantType *type, gboolean tuple)
{
  for (; nodes != NULL && type != NULL; nodes = nodes->next)
    {
      if (!has_type (nodes->data, type))
        return FALSE;
      if (tuple)
        type = g_variant_type_next (type);
    }
  return nodes == NULL && (!tuple || type == NULL);
}

static gboolean
has_type (JsonNode *node, const GVariantType *type)
{
  g_autoptr (GList) nodes = NULL;

  if (g_variant_type_equal (type, G_VARIANT_TYPE_STRING))
    return JSON_NODE_HOLDS_VALUE (node) && json_node_get_value_type (node) == G_TYPE_STRING;
  if (g_variant_type_equal (type, G_VARIANT_TYPE_INT64))
    return JSON_NODE_HOLDS_VALUE (node) && json_node_get_value_type (node) == G_TYPE_INT64;
  if (g_variant_type_equal (type, G_VARIANT_TYPE ("a{ss}")) && JSON_NODE_HOLDS_OBJECT (node))
    {
      nodes = json_object_get_values (json_node_get_object (node));
      return have_types (nodes, G_VARIANT_TYPE_STRING, FALSE);
    }
  if (!JSON_NODE_HOLDS_ARRAY (node))
    return FALSE;
  nodes = json_array_get_elements (json_node_get_array (node));
  return g_variant_type_is_tuple (type)   ? have_types (nodes, g_variant_type_first (type), TRUE)
         : g_variant_type_is_array (type) ? have_types (nodes, g_variant_type_element (type), FALSE)
                                          : FALSE;
}

GVariant *
pn_json_to_variant (const char *text, const char *type)
{
  g_autoptr (JsonParser) parser = json_parser_new ();
  GVariant *value;

  /* json_gvariant_deserialize_data () would not free its parser where the text is not JSON. */
  if (pn_json_scan (text, strlen (text), "{}[]:,-+.0123456789Eaeflnrstu \t\r\n", MAX_DEPTH) < 0 ||
      !json_parser_load_from_data (parser, text, -1, NULL) || json_parser_get_root (parser) == NULL)
    return NULL;
  /* json_gvariant_deserialize () keeps memory where it finds another type half-way. */
  if (!has_type (json_parser_get_root (parser), G_VARIANT_TYPE (type)))
    return NULL;
  value = json_gvariant_deserialize (json_parser_get_root (parser), type, NULL);
  return value != NULL ? g_variant_ref_sink (value) : NULL;
}

/* ---- canonical text ---- */

static void
write_string (GString *text, const char *string)
{
  static const char letters[] = "\b\t\n\f\r\"\\", names[] = "btnfr\"\\";

  g_string_append_c (text, '"');
  for (const char *at = string; *at != '\0'; at++)
    {
      const char *letter = strchr (letters, *at);

      if (letter != NULL)
        g_string_append_printf (text, "\\%c", names[letter - letters]);
      else if ((guchar) *at < 0x20)
        g_string_append_printf (text, "\\u%04x", (guint) *at);
      else
        g_string_append_c (text, *at);
    }
  g_string_append_c (text, '"');
}

static int
compare_entries (gconstpointer a, gconstpointer b)
{
  g_autoptr (GVariant) first = g_variant_get_child_value (*(GVariant *const *) a, 0);
  g_autoptr (GVariant) second = g_variant_get_child_value (*(GVariant *const *) b, 0);

  return strcmp (g_variant_get_string (first, NULL), g_variant_get_string (second, NULL));
}

static void write_value (GString *text, GVariant *value);

/* "name":value, or a value alone. */
static void
write_child (GString *text, GVariant *child)
{
  if (g_variant_is_of_type (child, G_VARIANT_TYPE_DICT_ENTRY))
    {
      g_autoptr (GVariant) name = g_variant_get_child_value (child, 0);
      g_autoptr (GVariant) value = g_variant_get_child_value (child, 1);

      write_string (text, g_variant_get_string (name, NULL));
      g_string_append_c (text, ':');
      write_value (text, value);
    }
  else
    write_value (text, child);
}

static void
write_container (GString *text, GVariant *value)
{
  gboolean dictionary = g_variant_is_of_type (value, G_VARIANT_TYPE_DICTIONARY);
  g_autoptr (GPtrArray) children =
      g_ptr_array_new_with_free_func ((GDestroyNotify) g_variant_unref);

  for (gsize i = 0; i < g_variant_n_children (value); i++)
    g_ptr_array_add (children, g_variant_get_child_value (value, i));
  if (dictionary)
    g_ptr_array_sort (children, compare_entries);
  g_string_append_c (text, dictionary ? '{' : '[');
  for (guint i = 0; i < children->len; i++)
    {
      if (i > 0)
        g_string_append_c (text, ',');
      write_child (text, children->pdata[i]);
    }
  g_string_append_c (text, dictionary ? '}' : ']');
}

static void
write_value (GString *text, GVariant *value)
{
  if (g_variant_is_of_type (value, G_VARIANT_TYPE_VARIANT))
    {
      g_autoptr (GVariant) inner = g_variant_get_variant (value);

      write_value (text, inner);
    }
  else if (g_variant_is_of_type (value, G_VARIANT_TYPE_STRING))
    write_string (text, g_variant_get_string (value, NULL));
  else if (g_variant_is_of_type (value, G_VARIANT_TYPE_BOOLEAN))
    g_string_append (text, g_variant_get_boolean (value) ? "true" : "false");
  else if (g_variant_is_of_type (value, G_VARIANT_TYPE_INT64))
    g_string_append_printf (text, "%" G_GINT64_FORMAT, g_variant_get_int64 (value));
  else if (g_variant_is_of_type (value, G_VARIANT_TYPE_UINT64))
    g_string_append_printf (text, "%" G_GUINT64_FORMAT, g_variant_get_uint64 (value));
  else if (g_variant_is_of_type (value, G_VARIANT_TYPE_UINT32))
    g_string_append_printf (text, "%u", g_variant_get_uint32 (value));
  else
    write_container (text, value);
}

char *
pn_json_to_canonical (GVariant *value)
{
  g_autoptr (GVariant) owned = g_variant_ref_sink (value);
  g_autoptr (GString) text = g_string_new (NULL);

  write_value (text, owned);
  return g_string_free (g_steal_pointer (&text), FALSE);
}
