/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A description of an image set: what the device will make of it (idp.md §3, §6), and its JSON. */
#include "config.h"

#include "pn-idp-private.h"

#include <json-glib/json-glib.h>
#include <string.h>

#define N_FAMILIES 3

void
pn_idp_image_free (gpointer data)
{
  PnIdpImage *self = data;

  g_free (self->key);
  g_free (self->raw);
  g_free (self->file);
  g_free (self->kind);
  g_free (self->type);
  g_free (self->type_uuid);
  g_free (self->label);
  g_free (self->uuid);
  g_free (self);
}

static void
free_luks (PnIdpLuks *self)
{
  g_free (self->name);
  g_free (self->label);
  g_free (self->uuid);
  g_free (self->cipher);
  g_free (self->hash);
  g_free (self);
}

void
pn_idp_item_free (gpointer data)
{
  PnIdpItem *self = data;

  g_free (self->slot);
  g_clear_pointer (&self->luks, free_luks);
  g_clear_pointer (&self->children, g_ptr_array_unref);
  g_free (self);
}

void
pn_idp_free (PnIdp *self)
{
  g_free (self->device_class);
  g_free (self->variant);
  g_free (self->version);
  g_free (self->name);
  g_free (self->disk_id);
  g_clear_pointer (&self->items, g_ptr_array_unref);
  g_clear_pointer (&self->images, g_ptr_array_unref);
  g_free (self);
}

/* ---- sizes ---- */

static guint64
add (guint64 a, guint64 b)
{
  return a > G_MAXUINT64 - b ? G_MAXUINT64 : a + b;
}

static guint64
round_up (const PnIdp *self, guint64 size)
{
  guint64 over = self->alignment > 0 ? size % self->alignment : 0;

  return over > 0 ? add (size, self->alignment - over) : size;
}

/* All partitions of a container begin behind one alignment, and a GPT's end needs another. */
static guint64
get_inside (const PnIdp *self, const PnIdpItem *container)
{
  guint64 size = container->luks->partitioned ? 2 * self->alignment : 0;

  for (guint i = 0; i < container->children->len; i++)
    size = add (size, pn_idp_get_item_size (self, container->children->pdata[i]));
  return size;
}

guint64
pn_idp_get_item_size (const PnIdp *self, const PnIdpItem *item)
{
  if (item->luks == NULL)
    return round_up (self, item->image->size);
  return add (round_up (self, PN_IDP_LUKS_HEADER), get_inside (self, item));
}

guint64
pn_idp_get_needed (const PnIdp *self)
{
  guint64 needed = (self->gpt ? 2 : 1) * self->alignment;

  for (guint i = 0; i < self->items->len; i++)
    needed = add (needed, pn_idp_get_item_size (self, self->items->pdata[i]));
  return needed;
}

/* ---- plan ---- */

static void
free_target (gpointer data)
{
  g_free (((PnIdpTarget *) data)->node);
  g_free (data);
}

static PnIdpTarget *
add_target (GPtrArray *plan, const PnIdpItem *item, const PnIdpItem *container, char *node)
{
  PnIdpTarget *target = g_new0 (PnIdpTarget, 1);

  target->item = item;
  target->container = container;
  target->node = node;
  g_ptr_array_add (plan, target);
  return target;
}

/* The data of a container begins at the alignment, although more is set aside for its header. */
static void
plan_container (const PnIdp *self, const PnIdpItem *container, GPtrArray *plan)
{
  const PnIdpLuks *luks = container->luks;

  for (guint i = 0; i < container->children->len; i++)
    {
      const PnIdpItem *child = container->children->pdata[i];
      PnIdpTarget *target;

      target = add_target (plan, child, container,
                           luks->partitioned ? g_strdup_printf ("mapper/%s%u", luks->name, i + 1)
                                             : g_strdup_printf ("mapper/%s", luks->name));
      target->grows = luks->partitioned ? child->expand : container->expand;
      target->size = luks->partitioned ? pn_idp_get_item_size (self, child)
                                       : pn_idp_get_item_size (self, container) - self->alignment;
    }
}

GPtrArray *
pn_idp_plan (const PnIdp *self)
{
  GPtrArray *plan = g_ptr_array_new_with_free_func (free_target);

  for (guint i = 0; i < self->items->len; i++)
    {
      const PnIdpItem *item = self->items->pdata[i];
      PnIdpTarget *target;

      if (item->luks != NULL)
        {
          plan_container (self, item, plan);
          continue;
        }
      target = add_target (plan, item, NULL,
                           g_strdup_printf ("%sp%u", pn_storage_to_disk (self->storage), i + 1));
      target->grows = item->expand;
      target->size = pn_idp_get_item_size (self, item);
    }
  return plan;
}

gboolean
pn_idp_encrypts (const PnIdp *self)
{
  for (guint i = 0; i < self->items->len; i++)
    if (((PnIdpItem *) self->items->pdata[i])->luks != NULL)
      return TRUE;
  return FALSE;
}

gboolean
pn_idp_is_boot_file (const PnIdp *idp, const char *file)
{
  g_autoptr (GPtrArray) plan = pn_idp_plan (idp);
  gboolean roles = FALSE;

  for (guint i = 0; i < plan->len; i++)
    roles |= ((PnIdpTarget *) plan->pdata[i])->item->role == PN_IDP_ROLE_BOOT;
  for (guint i = 0; i < plan->len; i++)
    {
      const PnIdpItem *item = ((PnIdpTarget *) plan->pdata[i])->item;

      if (g_str_equal (item->image->file, file) &&
          (roles ? item->role == PN_IDP_ROLE_BOOT : item->image->bootable))
        return TRUE;
    }
  return FALSE;
}

/* ---- device classes ---- */

static const struct
{
  const char *word;
  PnChip chip;
} classes[] = {
  { "zero2w", PN_CHIP_BCM2710 }, { "pi4", PN_CHIP_BCM2711 }, { "cm4", PN_CHIP_BCM2711 },
  { "pi5", PN_CHIP_BCM2712 },    { "cm5", PN_CHIP_BCM2712 },
};

/* What the device-tree models of a family have in them. */
static const char *const families[N_FAMILIES][4] = {
  [PN_CHIP_BCM2710] = { "Raspberry Pi Zero 2" },
  [PN_CHIP_BCM2711] = { "Raspberry Pi 4", "Raspberry Pi Compute Module 4", "Raspberry Pi 400" },
  [PN_CHIP_BCM2712] = { "Raspberry Pi 5", "Raspberry Pi Compute Module 5" },
};

gboolean
pn_idp_class_to_chip (const char *device_class, PnChip *chip)
{
  for (guint i = 0; i < G_N_ELEMENTS (classes); i++)
    if (g_str_equal (device_class, classes[i].word))
      {
        *chip = classes[i].chip;
        return TRUE;
      }
  return FALSE;
}

static gboolean
contains (const char *model, const char *text)
{
  g_autofree char *lower_model = g_ascii_strdown (model, -1);
  g_autofree char *lower_text = g_ascii_strdown (text, -1);

  return strstr (lower_model, lower_text) != NULL;
}

gboolean
pn_idp_class_matches (const char *device_class, const char *model)
{
  g_autofree char *lower = g_ascii_strdown (device_class, -1);
  PnChip chip;

  if (!pn_idp_class_to_chip (lower, &chip))
    return contains (model, device_class);
  for (guint i = 0; families[chip][i] != NULL; i++)
    if (contains (model, families[chip][i]))
      return TRUE;
  return FALSE;
}

/* ---- JSON ---- */

static void
put_text (JsonBuilder *builder, const char *name, const char *text)
{
  if (text == NULL)
    return;
  json_builder_set_member_name (builder, name);
  json_builder_add_string_value (builder, text);
}

static void
put_number (JsonBuilder *builder, const char *name, guint64 number)
{
  json_builder_set_member_name (builder, name);
  json_builder_add_int_value (builder, (gint64) number);
}

static void
put_true (JsonBuilder *builder, const char *name, gboolean value)
{
  if (!value)
    return;
  json_builder_set_member_name (builder, name);
  json_builder_add_boolean_value (builder, TRUE);
}

static void
begin (JsonBuilder *builder, const char *name)
{
  if (name != NULL)
    json_builder_set_member_name (builder, name);
  json_builder_begin_object (builder);
}

static void
put_head (const PnIdp *self, JsonBuilder *builder)
{
  g_autofree char *alignment = g_strdup_printf ("%" G_GUINT64_FORMAT, self->alignment);

  put_text (builder, "IGversion", "2.2.0");
  begin (builder, "IGmeta");
  put_text (builder, "IGconf_device_class", self->device_class);
  put_text (builder, "IGconf_device_variant", self->variant);
  put_text (builder, "IGconf_device_storage_type", pn_storage_to_word (self->storage));
  put_number (builder, "IGconf_device_sector_size", self->sector_size);
  put_text (builder, "IGconf_image_version", self->version);
  json_builder_end_object (builder);
  begin (builder, "attributes");
  put_text (builder, "image-name", self->name);
  put_number (builder, "image-size", self->image_size);
  put_text (builder, "image-palign-bytes", alignment);
  json_builder_end_object (builder);
}

/* Only the type that counts in this table: the device would take the wrong one. */
static void
put_image (const PnIdp *self, const PnIdpImage *image, JsonBuilder *builder)
{
  begin (builder, image->key);
  put_text (builder, "name", image->key);
  put_text (builder, "in-partition-table", "true");
  put_text (builder, "type", image->kind != NULL ? image->kind : "raw");
  put_text (builder, "image", image->raw);
  put_text (builder, "simage", image->file);
  put_number (builder, "size", image->size);
  put_text (builder, "bootable", image->bootable ? "true" : NULL);
  put_text (builder, "partition-type", self->gpt ? NULL : image->type);
  put_text (builder, "partition-type-uuid", self->gpt ? image->type_uuid : NULL);
  put_text (builder, "partition-label", image->label);
  put_text (builder, "partition-uuid", image->uuid);
  json_builder_end_object (builder);
}

static void
put_reference (const PnIdpItem *item, JsonBuilder *builder)
{
  begin (builder, NULL);
  put_text (builder, "image", item->image->key);
  if (item->role != PN_IDP_ROLE_NONE)
    {
      begin (builder, "static");
      put_text (builder, "role", item->role == PN_IDP_ROLE_BOOT ? "boot" : "system");
      json_builder_end_object (builder);
    }
  put_true (builder, "expand-to-fit", item->expand);
  json_builder_end_object (builder);
}

/* The items from @first on that are in the same slot as it; how many there are. */
static guint
put_references (GPtrArray *items, guint first, JsonBuilder *builder)
{
  const char *slot = ((PnIdpItem *) items->pdata[first])->slot;
  guint n = 0;

  json_builder_set_member_name (builder, "partitions");
  json_builder_begin_array (builder);
  for (; first + n < items->len; n++)
    {
      const PnIdpItem *item = items->pdata[first + n];

      if (g_strcmp0 (item->slot, slot) != 0)
        break;
      put_reference (item, builder);
    }
  json_builder_end_array (builder);
  return n;
}

/* Slots come first, in the order of their names, as they were parsed. */
static void
put_children (GPtrArray *children, JsonBuilder *builder)
{
  guint at = 0;

  if (((PnIdpItem *) children->pdata[0])->slot != NULL)
    {
      begin (builder, "slots");
      while (at < children->len && ((PnIdpItem *) children->pdata[at])->slot != NULL)
        {
          begin (builder, ((PnIdpItem *) children->pdata[at])->slot);
          at += put_references (children, at, builder);
          json_builder_end_object (builder);
        }
      json_builder_end_object (builder);
    }
  if (at < children->len)
    put_references (children, at, builder);
}

static void
put_container (const PnIdpItem *item, JsonBuilder *builder)
{
  const PnIdpLuks *luks = item->luks;

  begin (builder, "encrypted");
  begin (builder, "luks2");
  put_number (builder, "key_size", luks->key_bits);
  put_text (builder, "cipher", luks->cipher);
  put_text (builder, "hash", luks->hash);
  put_text (builder, "label", luks->label);
  put_text (builder, "uuid", luks->uuid);
  put_text (builder, "mname", luks->name);
  put_text (builder, "etype", luks->partitioned ? "partitioned" : "raw");
  json_builder_end_object (builder);
  put_children (item->children, builder);
  put_true (builder, "expand-to-fit", item->expand);
  json_builder_end_object (builder);
}

/* One entry of the map for each item, so that their order is the text's. */
static void
put_item (const PnIdpItem *item, JsonBuilder *builder)
{
  begin (builder, NULL);
  if (item->slot != NULL)
    {
      begin (builder, "slots");
      begin (builder, item->slot);
    }
  if (item->luks != NULL)
    put_container (item, builder);
  else
    {
      json_builder_set_member_name (builder, "partitions");
      json_builder_begin_array (builder);
      put_reference (item, builder);
      json_builder_end_array (builder);
    }
  if (item->slot != NULL)
    {
      json_builder_end_object (builder);
      json_builder_end_object (builder);
    }
  json_builder_end_object (builder);
}

static void
put_map (const PnIdp *self, JsonBuilder *builder)
{
  json_builder_set_member_name (builder, "provisionmap");
  json_builder_begin_array (builder);
  begin (builder, NULL);
  begin (builder, "attributes");
  put_text (builder, "PMAPversion", "1.3.0");
  put_text (builder, "system_type", self->slotted ? "slotted" : "flat");
  json_builder_end_object (builder);
  json_builder_end_object (builder);
  for (guint i = 0; i < self->items->len; i++)
    put_item (self->items->pdata[i], builder);
  json_builder_end_array (builder);
}

GBytes *
pn_idp_to_json (const PnIdp *self)
{
  g_autoptr (JsonBuilder) builder = json_builder_new ();
  g_autoptr (JsonGenerator) generator = json_generator_new ();
  g_autoptr (GPtrArray) plan = pn_idp_plan (self);
  g_autoptr (JsonNode) root = NULL;
  gsize size;
  char *text;

  json_builder_begin_object (builder);
  put_head (self, builder);
  begin (builder, "layout");
  begin (builder, "partitiontable");
  put_text (builder, "label", self->gpt ? "gpt" : "dos");
  put_text (builder, "id", self->disk_id);
  json_builder_end_object (builder);
  begin (builder, "partitionimages");
  for (guint i = 0; i < plan->len; i++)
    put_image (self, ((PnIdpTarget *) plan->pdata[i])->item->image, builder);
  json_builder_end_object (builder);
  put_map (self, builder);
  json_builder_end_object (builder);
  json_builder_end_object (builder);
  root = json_builder_get_root (builder);
  json_generator_set_root (generator, root);
  text = json_generator_to_data (generator, &size);
  return g_bytes_new_take (text, size);
}
