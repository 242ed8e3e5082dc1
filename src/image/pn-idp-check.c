/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a device would take and be hurt by, or what would be written wrongly (idp.md §8): said
 * before a device is there. */
#include "config.h"

#include "pn-idp-private.h"

#include <string.h>

#include "pn-error.h"

#define MAX_SIZE (G_GUINT64_CONSTANT (1) << 46) /* bytes: more than any storage */
#define MAX_NAME 32                             /* bytes under /dev/mapper */
#define MAX_GPT_NAME 36                         /* UTF-16 units */
#define MAX_ANSWER 252                          /* bytes of an idpgetblk answer */
#define MAX_FILE_NAME 200                       /* bytes: as a bundle's artefacts */

#define NAME_CHARACTERS "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-"

static gboolean
is_printable (const char *text)
{
  if (!g_utf8_validate (text, -1, NULL))
    return FALSE;
  for (const char *at = text; *at != '\0'; at = g_utf8_next_char (at))
    if (g_unichar_iscntrl (g_utf8_get_char (at)))
      return FALSE;
  return TRUE;
}

static gboolean
check_text (const char *what, const char *text, gsize max, GError **error)
{
  return text == NULL || (is_printable (text) && strlen (text) <= max) ||
         pn_idp_refuse (error, "%s is too long, or not printable", what);
}

static gboolean
check_uuid (const char *what, const char *uuid, GError **error)
{
  return uuid == NULL || g_uuid_string_is_valid (uuid) ||
         pn_idp_refuse (error, "%s is no UUID", what);
}

/* "0xC", "83" */
static gboolean
is_dos_type (const char *type)
{
  guint64 code;

  if (g_ascii_strncasecmp (type, "0x", 2) == 0)
    type += 2;
  return g_ascii_string_to_unsigned (type, 16, 1, 0xff, &code, NULL);
}

static gboolean
check_head (const PnIdp *self, GError **error)
{
  PnChip chip;

  if (!pn_idp_class_to_chip (self->device_class, &chip))
    return pn_idp_refuse (error, "its device class is none of zero2w, pi4, cm4, pi5 and cm5");
  if (self->sector_size != 512 && self->sector_size != 4096)
    return pn_idp_refuse (error, "its sector size is neither 512 nor 4096");
  if (self->alignment == 0)
    return pn_idp_refuse (error, "“image-palign-bytes” is 0");
  if (self->gpt && !check_uuid ("its disk id", self->disk_id, error))
    return FALSE;
  return check_text ("its name", self->name, MAX_FILE_NAME, error) &&
         check_text ("its version", self->version, MAX_FILE_NAME, error) &&
         check_text ("its variant", self->variant, MAX_FILE_NAME, error);
}

/* It becomes a file's name, and the device says it back behind a colon, byte for byte. */
static gboolean
check_file_name (const char *name, GError **error)
{
  gboolean plain = TRUE;

  for (const char *at = name; *at != '\0'; at++)
    plain = plain && g_ascii_isprint (*at) && strchr ("/:\\\"", *at) == NULL;
  return (plain && name[0] != '.' && strlen (name) <= MAX_FILE_NAME &&
          !g_str_has_prefix (name, "manifest.")) ||
         pn_idp_refuse (error, "“%s” is not a name that a sparse file can have",
                        is_printable (name) ? name : "");
}

static gboolean
check_image (const PnIdp *self, const PnIdpImage *image, GError **error)
{
  if (!check_text ("a key", image->key, MAX_FILE_NAME, error) ||
      !check_file_name (image->file, error) ||
      !check_text ("a raw file's name", image->raw, MAX_FILE_NAME, error) ||
      !check_text ("a file system's kind", image->kind, MAX_FILE_NAME, error))
    return FALSE;
  if (image->size == 0 || image->size > MAX_SIZE)
    return pn_idp_refuse (error, "“%s” has an impossible size", image->key);
  if (self->gpt && image->type_uuid == NULL)
    return pn_idp_refuse (error, "“%s” has no partition-type-uuid, which its gpt table needs",
                          image->key);
  if (!self->gpt && (image->type == NULL || !is_dos_type (image->type)))
    return pn_idp_refuse (error, "“%s” has no partition-type, which its dos table needs",
                          image->key);
  if (image->label != NULL &&
      (!is_printable (image->label) || g_utf8_strlen (image->label, -1) > MAX_GPT_NAME))
    return pn_idp_refuse (error, "the partition label of “%s” is too long, or not printable",
                          image->key);
  return check_uuid ("a partition type", self->gpt ? image->type_uuid : NULL, error) &&
         check_uuid ("a partition's UUID", image->uuid, error);
}

static gboolean
check_container (const PnIdpItem *item, GError **error)
{
  const PnIdpLuks *luks = item->luks;
  gsize length = strlen (luks->name);

  if (length > MAX_NAME || strspn (luks->name, NAME_CHARACTERS) != length ||
      !g_ascii_isalnum (luks->name[0]) ||
      (luks->partitioned && g_ascii_isdigit (luks->name[length - 1])))
    return pn_idp_refuse (error, "“%s” is not a name that a container can have", luks->name);
  if (luks->key_bits != 128 && luks->key_bits != 256 && luks->key_bits != 512)
    return pn_idp_refuse (error, "the key size of “%s” is none of 128, 256 and 512", luks->name);
  if (!luks->partitioned && item->children->len != 1)
    return pn_idp_refuse (error, "the container “%s” is raw, but holds %u partitions", luks->name,
                          item->children->len);
  return check_text ("a container's label", luks->label, MAX_FILE_NAME, error) &&
         check_text ("a container's cipher", luks->cipher, 64, error) &&
         check_text ("a container's hash", luks->hash, 32, error) &&
         check_uuid ("a container's UUID", luks->uuid, error);
}

/* What grows takes all that is left, so that it has to be the last of its level. */
static gboolean
check_growing (GPtrArray *items, GError **error)
{
  for (guint i = 0; i + 1 < items->len; i++)
    if (((PnIdpItem *) items->pdata[i])->expand)
      return pn_idp_refuse (error, "a partition that is not the last one expands");
  return TRUE;
}

/* Nothing may be there twice: images (their UUIDs would be, too), UUIDs, names on the device. */
typedef struct
{
  GHashTable *images, *uuids, *nodes;
} Seen;

static gboolean
check_once (Seen *seen, const PnIdpTarget *target, GError **error)
{
  const PnIdpImage *image = target->item->image;

  if (!g_hash_table_add (seen->images, (gpointer) image))
    return pn_idp_refuse (error, "its map names the image “%s” twice", image->key);
  if (image->uuid != NULL && !g_hash_table_add (seen->uuids, g_ascii_strdown (image->uuid, -1)))
    return pn_idp_refuse (error, "two partitions have the UUID %s", image->uuid);
  if (!g_hash_table_add (seen->nodes, g_strdup (target->node)))
    return pn_idp_refuse (error, "two partitions would be /dev/%s", target->node);
  return strlen (target->node) + 1 + strlen (image->file) <= MAX_ANSWER ||
         pn_idp_refuse (error, "the name “%s” is too long", image->file);
}

static gboolean
check_targets (const PnIdp *self, GError **error)
{
  g_autoptr (GPtrArray) plan = pn_idp_plan (self);
  g_autoptr (GHashTable) images = g_hash_table_new (NULL, NULL);
  g_autoptr (GHashTable) uuids = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  g_autoptr (GHashTable) nodes = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  Seen seen = { images, uuids, nodes };

  for (guint i = 0; i < plan->len; i++)
    if (!check_once (&seen, plan->pdata[i], error))
      return FALSE;
  return TRUE;
}

static gboolean
check_items (const PnIdp *self, GError **error)
{
  g_autoptr (GHashTable) names = g_hash_table_new (g_str_hash, g_str_equal);

  for (guint i = 0; i < self->items->len; i++)
    {
      const PnIdpItem *item = self->items->pdata[i];

      if (item->slot != NULL && !g_str_equal (item->slot, "A") && !g_str_equal (item->slot, "B"))
        return pn_idp_refuse (error, "it has a slot that is neither A nor B");
      if (item->luks == NULL)
        continue;
      if (!check_container (item, error) || !check_growing (item->children, error))
        return FALSE;
      if (!g_hash_table_add (names, item->luks->name))
        return pn_idp_refuse (error, "two containers are named “%s”", item->luks->name);
    }
  return check_growing (self->items, error);
}

gboolean
pn_idp_check (const PnIdp *self, GError **error)
{
  if (!check_head (self, error))
    return FALSE;
  for (guint i = 0; i < self->images->len; i++)
    if (!check_image (self, self->images->pdata[i], error))
      return FALSE;
  if (!check_items (self, error) || !check_targets (self, error))
    return FALSE;
  return pn_idp_get_needed (self) <= MAX_SIZE ||
         pn_idp_refuse (error, "its partitions are larger than any storage");
}
