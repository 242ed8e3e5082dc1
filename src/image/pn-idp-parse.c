/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The JSON of an image set, read as the device's daemon reads it (idp.md §2, §3): its leniencies
 * for the virtual device, and on top of them what a host has to refuse (pn-idp-check.c). */
#include "config.h"

#include "pn-idp-private.h"

#include <json-glib/json-glib.h>
#include <string.h>

#include "pn-error.h"
#include "pn-json.h"

#define MAX_DEPTH 16
#define ALLOWED "{}[]:,-+.0123456789Eaeflnrstu \t\r\n" /* outside strings */
#define MAX_TEXT 1024                                  /* bytes of any string that is kept */
#define MIB (1024 * 1024)
#define MAX_LUKS_LABEL 36

typedef struct
{
  PnIdp *idp;
  PnIdpRules rules;
  GHashTable *by_key; /* → PnIdpImage, borrowed */
  guint n_items;
  gboolean has_attributes;
  GError **error;
} Parser;

gboolean
pn_idp_refuse (GError **error, const char *format, ...)
{
  g_autofree char *text = NULL;
  va_list args;

  va_start (args, format);
  text = g_strdup_vprintf (format, args);
  va_end (args);
  pn_set_error (error, PN_ERROR_INVALID_DATA,
                "The image description is not valid: %s. Build the image set again", text);
  return FALSE;
}

/* What the real daemon does not survive. */
static gboolean
crash (Parser *self, const char *what)
{
  if (self->rules == PN_IDP_HOST)
    return pn_idp_refuse (self->error, "%s", what);
  pn_set_error (self->error, PN_ERROR_FAILED, "The daemon crashes: %s", what);
  return FALSE;
}

/* ---- members ---- */

static JsonObject *
get_object (Parser *self, JsonObject *object, const char *name)
{
  JsonNode *node = json_object_get_member (object, name);

  if (node != NULL && JSON_NODE_HOLDS_OBJECT (node))
    return json_node_get_object (node);
  pn_idp_refuse (self->error, "it has no object “%s” where one has to be", name);
  return NULL;
}

/* NULL where it is missing or empty. */
static const char *
peek_text (JsonObject *object, const char *name)
{
  JsonNode *node = json_object_get_member (object, name);
  const char *text = node != NULL && JSON_NODE_HOLDS_VALUE (node) &&
                             json_node_get_value_type (node) == G_TYPE_STRING
                         ? json_node_get_string (node)
                         : NULL;

  return text != NULL && text[0] != '\0' && strlen (text) <= MAX_TEXT ? text : NULL;
}

static char *
dup_text (JsonObject *object, const char *name)
{
  return g_strdup (peek_text (object, name));
}

static gboolean
take_text (Parser *self, JsonObject *object, const char *name, char **text)
{
  *text = dup_text (object, name);
  return *text != NULL || pn_idp_refuse (self->error, "“%s” is missing, empty or no text", name);
}

static gboolean
take_number (Parser *self, JsonObject *object, const char *name, guint64 *number)
{
  JsonNode *node = json_object_get_member (object, name);

  if (node == NULL || !JSON_NODE_HOLDS_VALUE (node) ||
      json_node_get_value_type (node) != G_TYPE_INT64 || json_node_get_int (node) < 0)
    return pn_idp_refuse (self->error, "“%s” is missing, or no whole number", name);
  *number = (guint64) json_node_get_int (node);
  return TRUE;
}

static gboolean
take_switch (Parser *self, JsonObject *object, const char *name, gboolean *value)
{
  JsonNode *node = json_object_get_member (object, name);

  *value = FALSE;
  if (node == NULL)
    return TRUE;
  if (!JSON_NODE_HOLDS_VALUE (node) || json_node_get_value_type (node) != G_TYPE_BOOLEAN)
    return pn_idp_refuse (self->error, "“%s” is neither true nor false", name);
  *value = json_node_get_boolean (node);
  return TRUE;
}

/* "X.Y.Z" in decimal. */
static gboolean
check_version (Parser *self, JsonObject *object, const char *name, guint64 major)
{
  const char *text = peek_text (object, name);
  g_auto (GStrv) parts = g_strsplit (text != NULL ? text : "", ".", 4);
  guint64 numbers[3];

  if (g_strv_length (parts) != 3)
    return pn_idp_refuse (self->error, "“%s” is not a version like %" G_GUINT64_FORMAT ".0.0", name,
                          major);
  for (guint i = 0; i < G_N_ELEMENTS (numbers); i++)
    if (!g_ascii_string_to_unsigned (parts[i], 10, 0, G_MAXUINT32, &numbers[i], NULL))
      return pn_idp_refuse (self->error, "“%s” is not a version like %" G_GUINT64_FORMAT ".0.0",
                            name, major);
  return numbers[0] == major ||
         pn_idp_refuse (self->error, "“%s” is %s, but only %" G_GUINT64_FORMAT ".x is known", name,
                        text, major);
}

/* ---- head ---- */

static gboolean
parse_storage (Parser *self, JsonObject *meta)
{
  const char *word = peek_text (meta, "IGconf_device_storage_type");

  return (word != NULL && pn_storage_from_word (word, &self->idp->storage)) ||
         pn_idp_refuse (self->error, "its storage is none of sd, emmc and nvme");
}

static gboolean
parse_meta (Parser *self, JsonObject *root)
{
  PnIdp *idp = self->idp;
  JsonObject *meta = get_object (self, root, "IGmeta");

  if (meta == NULL || !take_text (self, meta, "IGconf_device_class", &idp->device_class) ||
      !take_text (self, meta, "IGconf_device_variant", &idp->variant) ||
      !take_text (self, meta, "IGconf_image_version", &idp->version) ||
      !parse_storage (self, meta) ||
      !take_number (self, meta, "IGconf_device_sector_size", &idp->sector_size))
    return FALSE;
  return idp->sector_size % 512 == 0 ||
         pn_idp_refuse (self->error, "its sector size is not a multiple of 512 bytes");
}

/* Digits and one letter of size; everything else ends the daemon. */
static gboolean
parse_alignment (Parser *self, const char *text)
{
  static const struct
  {
    char letter;
    guint64 unit;
  } units[] = { { '\0', 1 },  { 'k', 1024 },       { 'K', 1024 },       { 'm', MIB },
                { 'M', MIB }, { 'g', 1024 * MIB }, { 'G', 1024 * MIB }, { 's', 512 } };
  gsize digits = strspn (text, "0123456789");
  g_autofree char *number = g_strndup (text, digits);
  guint64 value;

  if (digits == 0 || (text[digits] != '\0' && text[digits + 1] != '\0') ||
      !g_ascii_string_to_unsigned (number, 10, 0, G_MAXUINT32, &value, NULL))
    return crash (self, "“image-palign-bytes” is no size like 8M");
  for (guint i = 0; i < G_N_ELEMENTS (units); i++)
    if (text[digits] == units[i].letter)
      {
        self->idp->alignment = value * units[i].unit;
        return self->idp->alignment % MIB == 0 ||
               pn_idp_refuse (self->error, "“image-palign-bytes” is not a multiple of 1 MiB");
      }
  return crash (self, "“image-palign-bytes” is no size like 8M");
}

static gboolean
parse_attributes (Parser *self, JsonObject *root)
{
  PnIdp *idp = self->idp;
  JsonObject *attributes = get_object (self, root, "attributes");
  g_autofree char *alignment = NULL;

  return attributes != NULL && take_text (self, attributes, "image-name", &idp->name) &&
         take_number (self, attributes, "image-size", &idp->image_size) &&
         (idp->image_size > 0 || pn_idp_refuse (self->error, "“image-size” is 0")) &&
         take_text (self, attributes, "image-palign-bytes", &alignment) &&
         parse_alignment (self, alignment);
}

static gboolean
parse_table (Parser *self, JsonObject *layout)
{
  JsonObject *table = get_object (self, layout, "partitiontable");
  const char *label = table != NULL ? peek_text (table, "label") : NULL;

  if (table == NULL)
    return FALSE;
  if (g_strcmp0 (label, "gpt") != 0 && g_strcmp0 (label, "dos") != 0)
    return pn_idp_refuse (self->error, "its partition table is neither gpt nor dos");
  self->idp->gpt = g_str_equal (label, "gpt");
  self->idp->disk_id = dup_text (table, "id");
  return TRUE;
}

static gboolean
parse_image (Parser *self, const char *key, JsonNode *node)
{
  PnIdpImage *image = g_new0 (PnIdpImage, 1);
  JsonObject *entry = JSON_NODE_HOLDS_OBJECT (node) ? json_node_get_object (node) : NULL;

  g_ptr_array_add (self->idp->images, image);
  image->key = g_strdup (key);
  g_hash_table_insert (self->by_key, image->key, image);
  if (entry == NULL)
    return pn_idp_refuse (self->error, "“%s” in partitionimages is no object", key);
  if (!take_text (self, entry, "image", &image->raw) ||
      !take_text (self, entry, "simage", &image->file) ||
      !take_number (self, entry, "size", &image->size))
    {
      g_prefix_error (self->error, "%s: ", key);
      return FALSE;
    }
  image->type = dup_text (entry, "partition-type");
  image->type_uuid = dup_text (entry, "partition-type-uuid");
  image->label = dup_text (entry, "partition-label");
  image->uuid = dup_text (entry, "partition-uuid");
  image->kind = dup_text (entry, "type");
  image->bootable = g_strcmp0 (peek_text (entry, "bootable"), "true") == 0;
  return image->type != NULL || image->type_uuid != NULL ||
         pn_idp_refuse (self->error, "“%s” has no partition type", key);
}

static gboolean
parse_images (Parser *self, JsonObject *layout)
{
  JsonObject *images = get_object (self, layout, "partitionimages");
  g_autoptr (GList) keys = images != NULL ? json_object_get_members (images) : NULL;

  if (images == NULL)
    return FALSE;
  keys = g_list_sort (keys, (GCompareFunc) strcmp);
  if (g_list_length (keys) > PN_IDP_MAX_ITEMS)
    return pn_idp_refuse (self->error, "it has more than %d images", PN_IDP_MAX_ITEMS);
  for (GList *at = keys; at != NULL; at = at->next)
    if (strlen (at->data) > MAX_TEXT ||
        !parse_image (self, at->data, json_object_get_member (images, at->data)))
      return FALSE;
  return TRUE;
}

/* ---- provision map ---- */

static PnIdpItem *
add_item (Parser *self, GPtrArray *items, const char *slot)
{
  PnIdpItem *item;

  if (++self->n_items > PN_IDP_MAX_ITEMS)
    {
      pn_idp_refuse (self->error, "it has more than %d partitions", PN_IDP_MAX_ITEMS);
      return NULL;
    }
  item = g_new0 (PnIdpItem, 1);
  item->slot = g_strdup (slot);
  g_ptr_array_add (items, item);
  return item;
}

static gboolean
parse_static (Parser *self, JsonObject *reference, PnIdpItem *item)
{
  JsonObject *fixed;
  const char *role;

  if (!json_object_has_member (reference, "static"))
    return TRUE;
  fixed = get_object (self, reference, "static");
  role = fixed != NULL ? peek_text (fixed, "role") : NULL;
  item->role = g_strcmp0 (role, "boot") == 0     ? PN_IDP_ROLE_BOOT
               : g_strcmp0 (role, "system") == 0 ? PN_IDP_ROLE_SYSTEM
                                                 : PN_IDP_ROLE_NONE;
  return fixed != NULL &&
         (item->role != PN_IDP_ROLE_NONE ||
          pn_idp_refuse (self->error, "a “static” in its map has no role boot or system"));
}

static gboolean
parse_reference (Parser *self, JsonNode *node, GPtrArray *items, const char *slot)
{
  JsonObject *reference = JSON_NODE_HOLDS_OBJECT (node) ? json_node_get_object (node) : NULL;
  PnIdpItem *item;
  const char *key;

  if (reference == NULL)
    return crash (self, "a partition in its map is no object");
  item = add_item (self, items, slot);
  key = peek_text (reference, "image");
  if (item == NULL)
    return FALSE;
  item->image = key != NULL ? g_hash_table_lookup (self->by_key, key) : NULL;
  if (item->image == NULL)
    return pn_idp_refuse (self->error, "its map names the image “%s”, which is not described",
                          key != NULL ? key : "");
  return take_switch (self, reference, "expand-to-fit", &item->expand) &&
         parse_static (self, reference, item);
}

static gboolean
parse_partitions (Parser *self, JsonObject *owner, GPtrArray *items, const char *slot)
{
  JsonNode *node = json_object_get_member (owner, "partitions");
  JsonArray *array;

  if (node == NULL)
    return TRUE;
  if (!JSON_NODE_HOLDS_ARRAY (node))
    return pn_idp_refuse (self->error, "a “partitions” in its map is no list");
  array = json_node_get_array (node);
  for (guint i = 0; i < json_array_get_length (array); i++)
    if (!parse_reference (self, json_array_get_element (array, i), items, slot))
      return FALSE;
  return TRUE;
}

static gboolean
parse_luks (Parser *self, JsonObject *luks, PnIdpLuks *out)
{
  const char *kind = peek_text (luks, "etype");
  guint64 bits;

  if (!take_number (self, luks, "key_size", &bits) ||
      !take_text (self, luks, "cipher", &out->cipher) ||
      !take_text (self, luks, "hash", &out->hash) || !take_text (self, luks, "mname", &out->name))
    return FALSE;
  if (bits % 8 != 0 || bits > G_MAXUINT32)
    return pn_idp_refuse (self->error, "a container's key size is not a multiple of 8 bits");
  if (g_strcmp0 (kind, "raw") != 0 && g_strcmp0 (kind, "partitioned") != 0)
    return pn_idp_refuse (self->error, "a container is neither raw nor partitioned");
  out->key_bits = (guint) bits;
  out->partitioned = g_str_equal (kind, "partitioned");
  out->label = dup_text (luks, "label");
  out->uuid = dup_text (luks, "uuid");
  return out->label == NULL || g_utf8_strlen (out->label, -1) <= MAX_LUKS_LABEL ||
         pn_idp_refuse (self->error, "a container's label is longer than %d characters",
                        MAX_LUKS_LABEL);
}

static gboolean parse_slots (Parser *self, JsonObject *owner, GPtrArray *items, gboolean inside);

static gboolean
parse_container (Parser *self, JsonObject *owner, GPtrArray *items, const char *slot)
{
  JsonObject *container, *luks;
  PnIdpItem *item;

  if (!json_object_has_member (owner, "encrypted"))
    return TRUE;
  container = get_object (self, owner, "encrypted");
  luks = container != NULL ? get_object (self, container, "luks2") : NULL;
  item = luks != NULL ? add_item (self, items, slot) : NULL;
  if (item == NULL)
    return FALSE;
  item->luks = g_new0 (PnIdpLuks, 1);
  item->children = g_ptr_array_new_with_free_func (pn_idp_item_free);
  if (!parse_luks (self, luks, item->luks) ||
      !take_switch (self, container, "expand-to-fit", &item->expand) ||
      !parse_slots (self, container, item->children, TRUE) ||
      !parse_partitions (self, container, item->children, NULL))
    return FALSE;
  return item->children->len > 0 || pn_idp_refuse (self->error, "a container holds no partition");
}

/* In alphabetical order of their names, as the device's library keeps them. */
static gboolean
parse_slots (Parser *self, JsonObject *owner, GPtrArray *items, gboolean inside)
{
  JsonObject *slots;
  g_autoptr (GList) names = NULL;

  if (!json_object_has_member (owner, "slots"))
    return TRUE;
  slots = get_object (self, owner, "slots");
  if (slots == NULL)
    return FALSE;
  names = g_list_sort (json_object_get_members (slots), (GCompareFunc) strcmp);
  for (GList *at = names; at != NULL; at = at->next)
    {
      JsonObject *slot = get_object (self, slots, at->data);

      if (slot == NULL || !parse_partitions (self, slot, items, at->data))
        return FALSE;
      if (inside && self->rules == PN_IDP_HOST && json_object_has_member (slot, "encrypted"))
        return pn_idp_refuse (self->error, "it has a container inside of a container");
      if (!inside && !parse_container (self, slot, items, at->data))
        return FALSE;
    }
  return TRUE;
}

static gboolean
parse_map_attributes (Parser *self, JsonObject *entry)
{
  JsonObject *attributes;
  const char *type;

  if (!json_object_has_member (entry, "attributes"))
    return TRUE;
  if (self->has_attributes)
    return pn_idp_refuse (self->error, "its map has attributes twice");
  self->has_attributes = TRUE;
  attributes = get_object (self, entry, "attributes");
  if (attributes == NULL || !check_version (self, attributes, "PMAPversion", 1))
    return FALSE;
  type = peek_text (attributes, "system_type");
  self->idp->slotted = g_strcmp0 (type, "slotted") == 0;
  return self->idp->slotted || g_strcmp0 (type, "flat") == 0 ||
         pn_idp_refuse (self->error, "its map's system type is neither flat nor slotted");
}

static gboolean
parse_map (Parser *self, JsonObject *layout)
{
  JsonNode *node = json_object_get_member (layout, "provisionmap");
  GPtrArray *items = self->idp->items;
  JsonArray *map;

  if (node == NULL || !JSON_NODE_HOLDS_ARRAY (node))
    return pn_idp_refuse (self->error, "it has no provision map");
  map = json_node_get_array (node);
  for (guint i = 0; i < json_array_get_length (map); i++)
    {
      JsonNode *element = json_array_get_element (map, i);
      JsonObject *entry = JSON_NODE_HOLDS_OBJECT (element) ? json_node_get_object (element) : NULL;

      if (entry == NULL && self->rules == PN_IDP_DEVICE)
        continue; /* happens to pass */
      if (entry == NULL)
        return pn_idp_refuse (self->error, "an entry of its map is no object");
      if (!parse_map_attributes (self, entry) || !parse_partitions (self, entry, items, NULL) ||
          !parse_slots (self, entry, items, FALSE) || !parse_container (self, entry, items, NULL))
        return FALSE;
    }
  if (!self->has_attributes)
    return pn_idp_refuse (self->error, "its map has no attributes");
  if (items->len == 0)
    return pn_idp_refuse (self->error, "its map names no partition");
  return self->idp->gpt || self->n_items <= 4 ||
         pn_idp_refuse (self->error, "a dos table takes 4 partitions and containers, it has %u",
                        self->n_items);
}

static gboolean
parse_root (Parser *self, JsonObject *root)
{
  JsonObject *layout;

  if (!check_version (self, root, "IGversion", 2) || !parse_meta (self, root) ||
      !parse_attributes (self, root))
    return FALSE;
  layout = get_object (self, root, "layout");
  return layout != NULL && parse_table (self, layout) && parse_images (self, layout) &&
         parse_map (self, layout);
}

PnIdp *
pn_idp_parse (GBytes *json, PnIdpRules rules, GError **error)
{
  g_autoptr (PnIdp) idp = g_new0 (PnIdp, 1);
  g_autoptr (GHashTable) by_key = g_hash_table_new (g_str_hash, g_str_equal);
  g_autoptr (JsonParser) json_parser = json_parser_new_immutable ();
  Parser parser = { idp, rules, by_key, 0, FALSE, error };
  gsize size;
  const char *data = g_bytes_get_data (json, &size);
  JsonNode *root;

  idp->images = g_ptr_array_new_with_free_func (pn_idp_image_free);
  idp->items = g_ptr_array_new_with_free_func (pn_idp_item_free);
  if (size == 0 || size > PN_IDP_MAX || pn_json_scan (data, size, ALLOWED, MAX_DEPTH) < 0 ||
      !json_parser_load_from_data (json_parser, data, (gssize) size, NULL) ||
      (root = json_parser_get_root (json_parser)) == NULL || !JSON_NODE_HOLDS_OBJECT (root))
    {
      pn_idp_refuse (error, "it is no JSON object, or too large, or has comments");
      return NULL;
    }
  if (!parse_root (&parser, json_node_get_object (root)) ||
      (rules == PN_IDP_HOST && !pn_idp_check (idp, error)))
    return NULL;
  return g_steal_pointer (&idp);
}
