/* SPDX-License-Identifier: GPL-3.0-or-later */
/* manifest.json is canonical: what is parsed is written again and has to give the same bytes, so
 * that unknown, doubled or reordered members, white space and other spellings cannot pass. */
#include "config.h"

#include <glib/gi18n-lib.h>

#include "pn-manifest-private.h"

#include <json-glib/json-glib.h>
#include <string.h>

#include "pn-chip.h"
#include "pn-error.h"
#include "pn-hook.h"
#include "pn-idp.h"
#include "pn-json.h"
#include "pn-support.h"

#define MAX_DEPTH 16
/* What canonical text is made of, outside strings. */
#define CANONICAL "{}[]:,-0123456789aeflnrstu\n"
#define MAX_NAME 200
#define MAX_FOLDER 4096
#define GRAIN (4 * 1024 * 1024) /* bytes: partitions are multiples of it (fastboot.md §9.4) */
#define BLOCK 4096              /* bytes: sparse artefacts expand to multiples of it */
#define MAX_SIZE (G_GUINT64_CONSTANT (1) << 46) /* 64 TiB: more than any storage */

static const char *const role_words[] = {
  "recovery",
  "recovery-countersigned",
  "recovery-config-inspect",
  "recovery-config-lock",
  "recovery-config-update",
  "recovery-config-jtag",
  "eeprom",
  "eeprom-signature",
  "bootfiles",
  "bootfiles-countersigned",
  "gadget",
  "gadget-signature",
  "gadget-config",
  "boot-partition",
  "root-filesystem",
  "root-metadata",
  "disk",
  "image-set",
  "image-set-file",
  "hook-bootfs-mounted",
  "hook-rootfs-mounted",
  "hook-bootstrap",
  "hook-provision-started",
  "hook-post-flash",
  "hook-provision-failed",
};
G_STATIC_ASSERT (G_N_ELEMENTS (role_words) == PN_N_ROLES);

/* Which bundles have a role: those of these modes and chips; some only where the EEPROM is written,
 * which locking does in any case. */
#define EVERY 0x7u
#define LOCKS (1u << PN_MODE_SECURE_BOOT)
#define ENCRYPTS (LOCKS | 1u << PN_MODE_FDE_ONLY)
#define NAKED (1u << PN_MODE_NAKED)
#define EEPROM (1u << PN_CHIP_BCM2711 | 1u << PN_CHIP_BCM2712)
#define COUNTERSIGNED (1u << PN_CHIP_BCM2712)

static const struct
{
  guint modes, chips;
  gboolean with_eeprom;
} needs[PN_ROLE_HOOKS] = {
  [PN_ROLE_RECOVERY] = { EVERY, EEPROM, FALSE },
  [PN_ROLE_RECOVERY_COUNTERSIGNED] = { LOCKS, COUNTERSIGNED, FALSE },
  [PN_ROLE_RECOVERY_CONFIG_INSPECT] = { EVERY, EEPROM, FALSE },
  [PN_ROLE_RECOVERY_CONFIG_LOCK] = { LOCKS, EEPROM, FALSE },
  [PN_ROLE_RECOVERY_CONFIG_UPDATE] = { EVERY, EEPROM, TRUE },
  [PN_ROLE_RECOVERY_CONFIG_JTAG] = { LOCKS, EEPROM, TRUE },
  [PN_ROLE_EEPROM] = { EVERY, EEPROM, TRUE },
  [PN_ROLE_EEPROM_SIGNATURE] = { EVERY, EEPROM, TRUE },
  [PN_ROLE_BOOTFILES] = { EVERY, EVERY, FALSE },
  [PN_ROLE_BOOTFILES_COUNTERSIGNED] = { LOCKS, COUNTERSIGNED, FALSE },
  [PN_ROLE_GADGET] = { EVERY, EEPROM, FALSE },
  [PN_ROLE_GADGET_SIGNATURE] = { LOCKS, EEPROM, FALSE },
  [PN_ROLE_GADGET_CONFIG] = { EVERY, EEPROM, FALSE },
  [PN_ROLE_BOOT_PARTITION] = { ENCRYPTS, EVERY, FALSE },
  [PN_ROLE_ROOT_FILESYSTEM] = { ENCRYPTS, EVERY, FALSE },
  [PN_ROLE_ROOT_METADATA] = { ENCRYPTS, EVERY, FALSE },
  [PN_ROLE_DISK] = { NAKED, EVERY, FALSE },
  [PN_ROLE_IMAGE_SET] = { EVERY, EVERY, FALSE },
  [PN_ROLE_IMAGE_SET_FILE] = { EVERY, EVERY, FALSE },
};

static const char *const permanent_words[] = { PN_PERMANENT_CUSTOMER_KEY, PN_PERMANENT_DEVICE_KEY,
                                               PN_PERMANENT_JTAG_LOCK, PN_PERMANENT_RPIBOOT_GPIO,
                                               NULL };

const char *
pn_role_to_word (PnRole role)
{
  return role_words[role];
}

gboolean
pn_role_from_word (const char *word, PnRole *role)
{
  for (guint i = 0; i < PN_N_ROLES; i++)
    if (g_strcmp0 (word, role_words[i]) == 0)
      {
        *role = (PnRole) i;
        return TRUE;
      }
  return FALSE;
}

static gboolean
is_sparse (PnRole role)
{
  return role == PN_ROLE_BOOT_PARTITION || role == PN_ROLE_ROOT_FILESYSTEM ||
         role == PN_ROLE_ROOT_METADATA || role == PN_ROLE_DISK || role == PN_ROLE_IMAGE_SET_FILE;
}

static void
clear_artefact (gpointer data)
{
  g_clear_pointer (&((PnArtefact *) data)->name, g_free);
}

static void
clear_hook (gpointer data)
{
  g_clear_pointer (&((PnManifestHook *) data)->write, g_strfreev);
}

PnManifest *
pn_manifest_new (void)
{
  PnManifest *self = g_new0 (PnManifest, 1);

  g_atomic_ref_count_init (&self->references);
  self->artefacts = g_array_new (FALSE, TRUE, sizeof (PnArtefact));
  g_array_set_clear_func (self->artefacts, clear_artefact);
  self->hooks = g_array_new (FALSE, TRUE, sizeof (PnManifestHook));
  g_array_set_clear_func (self->hooks, clear_hook);
  return self;
}

PnManifest *
pn_manifest_ref (PnManifest *self)
{
  g_atomic_ref_count_inc (&self->references);
  return self;
}

void
pn_manifest_unref (PnManifest *self)
{
  if (!g_atomic_ref_count_dec (&self->references))
    return;
  g_free (self->recipe_name);
  g_free (self->cipher);
  g_clear_pointer (&self->public_key, pn_public_key_unref);
  g_strfreev (self->permanent);
  g_free (self->image_name);
  g_array_unref (self->artefacts);
  g_array_unref (self->hooks);
  g_clear_pointer (&self->bytes, g_bytes_unref);
  g_free (self);
}

void
pn_manifest_add (PnManifest *self,
                 PnRole role,
                 const char *name,
                 guint64 size,
                 const PnSha256 *digest,
                 guint64 expanded_size)
{
  PnArtefact artefact = { role, g_strdup (name), size, *digest, expanded_size };

  g_array_append_val (self->artefacts, artefact);
}

void
pn_manifest_add_hook (
    PnManifest *self, PnHookStage stage, guint seconds, gboolean network, const char *const *write)
{
  PnManifestHook hook = { stage, seconds, network, g_strdupv ((char **) write) };

  g_array_append_val (self->hooks, hook);
}

static void
write_string (GString *out, const char *text)
{
  g_string_append_c (out, '"');
  for (const char *at = text; *at != '\0'; at++)
    {
      if (*at == '"' || *at == '\\')
        g_string_append_c (out, '\\');
      g_string_append_c (out, *at);
    }
  g_string_append_c (out, '"');
}

static void
write_digest (GString *out, const PnSha256 *digest)
{
  g_autofree char *hex = pn_sha256_to_hex (digest);

  write_string (out, hex);
}

static void
write_fingerprint (GString *out, PnPublicKey *key)
{
  PnSha256 fingerprint;

  if (key == NULL)
    {
      g_string_append (out, "null");
      return;
    }
  fingerprint = pn_public_key_get_fingerprint (key);
  write_digest (out, &fingerprint);
}

static void
write_public_key (GString *out, PnPublicKey *key)
{
  g_autofree char *hex = NULL;
  GBytes *blob;

  if (key == NULL)
    {
      g_string_append (out, "null");
      return;
    }
  blob = pn_public_key_get_blob (key);
  hex = pn_hex_encode (g_bytes_get_data (blob, NULL), g_bytes_get_size (blob));
  write_string (out, hex);
}

static void
write_strings (GString *out, char **strings)
{
  g_string_append_c (out, '[');
  for (guint i = 0; strings[i] != NULL; i++)
    {
      if (i > 0)
        g_string_append_c (out, ',');
      write_string (out, strings[i]);
    }
  g_string_append_c (out, ']');
}

/* Left out where there are none, as they were before there could be any. */
static void
write_hooks (GString *out, GArray *hooks)
{
  for (guint i = 0; i < hooks->len; i++)
    {
      const PnManifestHook *hook = &g_array_index (hooks, PnManifestHook, i);

      g_string_append_printf (out, "%s{\"network\":%s,\"seconds\":%u,\"stage\":\"%s\",\"write\":",
                              i == 0 ? ",\"hooks\":[" : ",", hook->network ? "true" : "false",
                              hook->seconds, pn_hook_stage_to_word (hook->stage));
      write_strings (out, hook->write);
      g_string_append_c (out, '}');
    }
  if (hooks->len > 0)
    g_string_append_c (out, ']');
}

/* Members in alphabetical order, no white space. */
static GBytes *
serialise (PnManifest *self)
{
  GString *out = g_string_new ("{\"artefacts\":[");

  for (guint i = 0; i < self->artefacts->len; i++)
    {
      const PnArtefact *artefact = &g_array_index (self->artefacts, PnArtefact, i);

      g_string_append (out, i > 0 ? ",{\"digest\":" : "{\"digest\":");
      write_digest (out, &artefact->digest);
      g_string_append_printf (
          out, ",\"expanded-size\":%" G_GUINT64_FORMAT ",\"name\":", artefact->expanded_size);
      write_string (out, artefact->name);
      g_string_append (out, ",\"role\":");
      write_string (out, pn_role_to_word (artefact->role));
      g_string_append_printf (out, ",\"size\":%" G_GUINT64_FORMAT "}", artefact->size);
    }
  g_string_append_printf (out, "],\"boot-partition-size\":%" G_GUINT64_FORMAT ",\"chip\":\"%s\",",
                          self->boot_partition_size, pn_chip_to_word (self->chip));
  g_string_append (out, "\"cipher\":");
  if (self->cipher != NULL)
    write_string (out, self->cipher);
  else
    g_string_append (out, "null");
  g_string_append_printf (out, ",\"disk-id\":%u,\"fingerprint\":", self->disk_id);
  write_fingerprint (out, self->public_key);
  g_string_append_printf (out, ",\"format\":%d", PN_MANIFEST_FORMAT);
  write_hooks (out, self->hooks);
  g_string_append (out, ",\"image\":{\"digest\":");
  write_digest (out, &self->image_digest);
  g_string_append (out, ",\"name\":");
  write_string (out, self->image_name);
  g_string_append_printf (out, "},\"minimum-storage\":%" G_GUINT64_FORMAT ",\"mode\":\"%s\",",
                          self->minimum_storage, pn_mode_to_word (self->mode));
  if (self->network)
    g_string_append (out, "\"network\":true,");
  g_string_append (out, "\"permanent\":");
  write_strings (out, self->permanent);
  g_string_append (out, ",\"public-key\":");
  write_public_key (out, self->public_key);
  g_string_append (out, ",\"recipe\":{\"name\":");
  write_string (out, self->recipe_name);
  g_string_append_printf (out, ",\"revision\":%u}", self->recipe_revision);
  if (self->rpiboot_gpio != 0)
    g_string_append_printf (out, ",\"rpiboot-gpio\":%u", self->rpiboot_gpio);
  g_string_append_printf (
      out, ",\"storage\":\"%s\",\"timestamp\":%" G_GINT64_FORMAT ",\"updates-eeprom\":%s}\n",
      pn_storage_to_word (self->storage), self->timestamp, self->updates_eeprom ? "true" : "false");
  return g_string_free_to_bytes (out);
}

static gboolean
is_text (const char *text, gsize max)
{
  if (text == NULL || text[0] == '\0' || strlen (text) > max || !g_utf8_validate (text, -1, NULL))
    return FALSE;
  for (const char *at = text; *at != '\0'; at++)
    if (g_ascii_iscntrl (*at))
      return FALSE;
  return TRUE;
}

static gboolean
check_artefact (PnManifest *self, guint index, GError **error)
{
  const PnArtefact *artefact = &g_array_index (self->artefacts, PnArtefact, index);

  if (!is_text (artefact->name, MAX_NAME) || strchr (artefact->name, '/') != NULL ||
      artefact->name[0] == '.' || g_str_has_prefix (artefact->name, "manifest."))
    return pn_set_error (error, PN_ERROR_INVALID_DATA,
                         "An artefact has a name that is not allowed");
  if (artefact->size == 0 ||
      artefact->size > (artefact->role >= PN_ROLE_HOOKS ? PN_HOOK_MAX : MAX_SIZE) ||
      artefact->expanded_size > MAX_SIZE)
    return pn_set_error (error, PN_ERROR_INVALID_DATA, "%s has an impossible size", artefact->name);
  if (is_sparse (artefact->role)
          ? artefact->expanded_size == 0 || artefact->expanded_size % BLOCK != 0
          : artefact->expanded_size != 0)
    return pn_set_error (error, PN_ERROR_INVALID_DATA, "%s expands to an impossible size",
                         artefact->name);
  for (guint i = 0; i < index; i++)
    {
      const PnArtefact *other = &g_array_index (self->artefacts, PnArtefact, i);

      if ((other->role == artefact->role && artefact->role != PN_ROLE_IMAGE_SET_FILE) ||
          g_str_equal (other->name, artefact->name))
        return pn_set_error (error, PN_ERROR_INVALID_DATA, "%s is there twice", artefact->name);
    }
  return TRUE;
}

gboolean
pn_manifest_has_image_set (PnManifest *self)
{
  return pn_manifest_find (self, PN_ROLE_IMAGE_SET) != NULL;
}

/* The system is an image's, or an image set. */
static gboolean
belongs_to_system (PnManifest *self, PnRole role)
{
  gboolean of_set = role == PN_ROLE_IMAGE_SET || role == PN_ROLE_IMAGE_SET_FILE;
  gboolean of_image = role >= PN_ROLE_BOOT_PARTITION && role <= PN_ROLE_DISK;

  return pn_manifest_has_image_set (self) ? !of_image : !of_set;
}

static gboolean
makes_permanent (PnManifest *self, const char *word)
{
  return g_strv_contains ((const char *const *) self->permanent, word);
}

static gboolean
wants_role (PnManifest *self, PnRole role)
{
  if (role >= PN_ROLE_HOOKS)
    return pn_manifest_find_hook (self, (PnHookStage) (role - PN_ROLE_HOOKS)) != NULL;
  return belongs_to_system (self, (PnRole) role) && (needs[role].modes & 1u << self->mode) != 0 &&
         (needs[role].chips & 1u << self->chip) != 0 &&
         (!needs[role].with_eeprom || self->updates_eeprom || pn_mode_locks (self->mode)) &&
         (role != PN_ROLE_RECOVERY_CONFIG_JTAG || makes_permanent (self, PN_PERMANENT_JTAG_LOCK));
}

static gboolean
check_roles (PnManifest *self, GError **error)
{
  for (guint role = 0; role < PN_N_ROLES; role++)
    {
      gboolean wanted = wants_role (self, (PnRole) role);
      gboolean there = pn_manifest_find (self, (PnRole) role) != NULL;

      if (wanted != there)
        return pn_set_error (error, PN_ERROR_INVALID_DATA,
                             there ? N_ ("It has %s, which does not belong to its mode")
                                   : N_ ("It has no %s"),
                             role_words[role]);
    }
  return TRUE;
}

/* What the mode and the chip make permanent is named, and nothing that they do not. */
static gboolean
check_permanent (PnManifest *self, GError **error)
{
  gboolean locks = pn_mode_locks (self->mode);
  gboolean gpio = locks && pn_chip_get_traits (self->chip)->needs_gpio;

  for (guint i = 0; self->permanent[i] != NULL; i++)
    if (!g_strv_contains (permanent_words, self->permanent[i]) ||
        (i > 0 && strcmp (self->permanent[i - 1], self->permanent[i]) >= 0))
      return pn_set_error (error, PN_ERROR_INVALID_DATA, "What it makes permanent is not known");
  if (locks != makes_permanent (self, PN_PERMANENT_CUSTOMER_KEY) ||
      gpio != makes_permanent (self, PN_PERMANENT_RPIBOOT_GPIO) ||
      (pn_mode_encrypts (self->mode) && !makes_permanent (self, PN_PERMANENT_DEVICE_KEY)) ||
      (!locks && makes_permanent (self, PN_PERMANENT_JTAG_LOCK)))
    return pn_set_error (error, PN_ERROR_INVALID_DATA,
                         "What it makes permanent does not belong to its mode");
  return gpio ? pn_rpiboot_gpio_is_valid (self->rpiboot_gpio) ||
                    pn_set_error (error, PN_ERROR_INVALID_DATA,
                                  "It names a GPIO "
                                  "that is none")
              : self->rpiboot_gpio == 0 ||
                    pn_set_error (error, PN_ERROR_INVALID_DATA, "It names a GPIO without need");
}

/* An image set has no files of its own that an image hook could work on. */
static gboolean
check_hook (PnManifest *self, guint index)
{
  const PnManifestHook *hook = &g_array_index (self->hooks, PnManifestHook, index);
  guint n_folders = g_strv_length (hook->write);

  if ((index > 0 && g_array_index (self->hooks, PnManifestHook, index - 1).stage >= hook->stage) ||
      hook->seconds == 0 || hook->seconds > PN_HOOK_SECONDS_MAX ||
      n_folders > PN_HOOK_MAX_FOLDERS ||
      (pn_hook_stage_is_image (hook->stage) && pn_manifest_has_image_set (self)))
    return FALSE;
  for (guint i = 0; i < n_folders; i++)
    if (!is_text (hook->write[i], MAX_FOLDER) || !pn_hook_check_folder (hook->write[i], NULL))
      return FALSE;
  return TRUE;
}

static gboolean
check_mode (PnManifest *self, GError **error)
{
  PnSupport support = pn_support_check (self->chip, self->mode, self->storage);
  g_autofree char *why = NULL;

  if (support == PN_SUPPORT_YES)
    return TRUE;
  why = pn_sentence_part (pn_support_to_sentence (support));
  pn_set_error (error, PN_ERROR_NOT_SUPPORTED, "A bundle for %s, %s, %s: %s",
                pn_chip_to_word (self->chip), pn_mode_to_word (self->mode),
                pn_storage_to_word (self->storage), why);
  return FALSE;
}

static gboolean
check (PnManifest *self, GError **error)
{
  gboolean set = pn_manifest_has_image_set (self);
  gboolean encrypts = pn_mode_encrypts (self->mode) && !set;

  if (!check_mode (self, error))
    return FALSE;
  if (set && self->mode == PN_MODE_FDE_ONLY)
    return pn_set_error (error, PN_ERROR_INVALID_DATA,
                         "An image set says itself what is encrypted");
  if (!is_text (self->recipe_name, MAX_NAME) || !is_text (self->image_name, MAX_NAME) ||
      (self->cipher != NULL && (!is_text (self->cipher, 64) || strchr (self->cipher, ' ') != NULL)))
    return pn_set_error (error, PN_ERROR_INVALID_DATA, "A name in it is not allowed");
  if (pn_mode_locks (self->mode) != (self->public_key != NULL) ||
      encrypts != (self->cipher != NULL))
    return pn_set_error (error, PN_ERROR_INVALID_DATA,
                         "Its key and cipher do not belong to its mode");
  if (self->minimum_storage == 0 || self->minimum_storage > MAX_SIZE ||
      self->boot_partition_size > MAX_SIZE || self->boot_partition_size % GRAIN != 0 ||
      encrypts != (self->boot_partition_size > 0) || self->timestamp < 0)
    return pn_set_error (error, PN_ERROR_INVALID_DATA, "A size in it is impossible");
  if (self->updates_eeprom && !pn_chip_get_traits (self->chip)->has_eeprom)
    return pn_set_error (error, PN_ERROR_INVALID_DATA,
                         "Its chip has no boot EEPROM that could be written");
  if (self->network && !pn_chip_get_traits (self->chip)->has_network)
    return pn_set_error (error, PN_ERROR_INVALID_DATA,
                         "Its chip has no network that an image could go over");
  if (!check_permanent (self, error))
    return FALSE;
  for (guint i = 0; i < self->hooks->len; i++)
    if (!check_hook (self, i))
      return pn_set_error (error, PN_ERROR_INVALID_DATA, "A hook in it is not allowed");
  for (guint i = 0; i < self->artefacts->len; i++)
    if (!check_artefact (self, i, error))
      return FALSE;
  return check_roles (self, error);
}

static gboolean
invalid (GError **error)
{
  pn_prefix_error (error, "The bundle's manifest is not valid");
  return FALSE;
}

gboolean
pn_manifest_seal (PnManifest *self, GError **error)
{
  if (!check (self, error))
    return invalid (error);
  self->bytes = serialise (self);
  return TRUE;
}

static JsonNode *
member (JsonObject *object, const char *name, GType type)
{
  JsonNode *node = object != NULL ? json_object_get_member (object, name) : NULL;

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

static guint64
get_number (JsonObject *object, const char *name)
{
  JsonNode *node = member (object, name, G_TYPE_INT64);

  return node != NULL && json_node_get_int (node) >= 0 ? (guint64) json_node_get_int (node)
                                                       : G_MAXUINT64;
}

static JsonObject *
get_object (JsonObject *object, const char *name)
{
  JsonNode *node = json_object_get_member (object, name);

  return node != NULL && JSON_NODE_HOLDS_OBJECT (node) ? json_node_get_object (node) : NULL;
}

static JsonArray *
get_array (JsonObject *object, const char *name)
{
  JsonNode *node = json_object_get_member (object, name);

  return node != NULL && JSON_NODE_HOLDS_ARRAY (node) ? json_node_get_array (node) : NULL;
}

static gboolean
parse_artefacts (PnManifest *self, JsonArray *array)
{
  if (array == NULL || json_array_get_length (array) > PN_N_ROLES + PN_IDP_MAX_ITEMS)
    return FALSE;
  for (guint i = 0; i < json_array_get_length (array); i++)
    {
      JsonNode *node = json_array_get_element (array, i);
      JsonObject *one = JSON_NODE_HOLDS_OBJECT (node) ? json_node_get_object (node) : NULL;
      PnSha256 digest;
      PnRole role;

      if (one == NULL || !pn_role_from_word (get_string (one, "role"), &role) ||
          !pn_sha256_from_hex (get_string (one, "digest"), &digest))
        return FALSE;
      pn_manifest_add (self, role, get_string (one, "name"), get_number (one, "size"), &digest,
                       get_number (one, "expanded-size"));
    }
  return TRUE;
}

/* NULL where @array is missing, has more than @max, or others than strings. */
static GStrv
parse_strings (JsonArray *array, guint max)
{
  g_autoptr (GStrvBuilder) words = g_strv_builder_new ();

  if (array == NULL || json_array_get_length (array) > max)
    return NULL;
  for (guint i = 0; i < json_array_get_length (array); i++)
    {
      JsonNode *node = json_array_get_element (array, i);

      if (!JSON_NODE_HOLDS_VALUE (node) || json_node_get_value_type (node) != G_TYPE_STRING)
        return NULL;
      g_strv_builder_add (words, json_node_get_string (node));
    }
  return g_strv_builder_end (words);
}

static gboolean
parse_permanent (PnManifest *self, JsonArray *array)
{
  self->permanent = parse_strings (array, G_N_ELEMENTS (permanent_words));
  return self->permanent != NULL;
}

static gboolean
parse_hook (PnManifest *self, JsonNode *node)
{
  JsonObject *one = JSON_NODE_HOLDS_OBJECT (node) ? json_node_get_object (node) : NULL;
  JsonNode *network = member (one, "network", G_TYPE_BOOLEAN);
  guint64 seconds = one != NULL ? get_number (one, "seconds") : 0;
  g_auto (GStrv) write = NULL;
  PnHookStage stage;

  if (network == NULL || seconds > PN_HOOK_SECONDS_MAX ||
      !pn_hook_stage_from_word (get_string (one, "stage"), &stage))
    return FALSE;
  write = parse_strings (get_array (one, "write"), PN_HOOK_MAX_FOLDERS);
  if (write == NULL)
    return FALSE;
  pn_manifest_add_hook (self, stage, (guint) seconds, json_node_get_boolean (network),
                        (const char *const *) write);
  return TRUE;
}

static gboolean
parse_hooks (PnManifest *self, JsonObject *object)
{
  JsonArray *array = get_array (object, "hooks");

  if (array == NULL)
    return TRUE; /* where it is there and no list, what is written again differs */
  if (json_array_get_length (array) > PN_N_HOOK_STAGES)
    return FALSE;
  for (guint i = 0; i < json_array_get_length (array); i++)
    if (!parse_hook (self, json_array_get_element (array, i)))
      return FALSE;
  return TRUE;
}

static gboolean
parse_key (PnManifest *self, JsonObject *object)
{
  JsonNode *node = member (object, "public-key", G_TYPE_STRING);
  g_autoptr (GBytes) blob = NULL;

  if (node == NULL)
    return TRUE;
  blob = pn_hex_decode (json_node_get_string (node), -1);
  self->public_key = blob != NULL ? pn_public_key_new_from_blob (blob, NULL) : NULL;
  return self->public_key != NULL;
}

static gboolean
parse_members (PnManifest *self, JsonObject *object)
{
  JsonObject *image = get_object (object, "image");
  JsonObject *recipe = get_object (object, "recipe");
  JsonNode *cipher = member (object, "cipher", G_TYPE_STRING);
  JsonNode *updates = member (object, "updates-eeprom", G_TYPE_BOOLEAN);
  JsonNode *network = member (object, "network", G_TYPE_BOOLEAN);
  guint64 disk_id = get_number (object, "disk-id");
  guint64 revision = get_number (recipe, "revision");
  guint64 timestamp = get_number (object, "timestamp");
  guint64 gpio =
      json_object_has_member (object, "rpiboot-gpio") ? get_number (object, "rpiboot-gpio") : 0;

  if (get_number (object, "format") != PN_MANIFEST_FORMAT || image == NULL || recipe == NULL ||
      updates == NULL || disk_id > G_MAXUINT32 || revision > G_MAXUINT32 ||
      timestamp > G_MAXINT64 || gpio > G_MAXUINT ||
      !pn_chip_from_word (get_string (object, "chip"), &self->chip) ||
      !pn_mode_from_word (get_string (object, "mode"), &self->mode) ||
      !pn_storage_from_word (get_string (object, "storage"), &self->storage) ||
      !pn_sha256_from_hex (get_string (image, "digest"), &self->image_digest))
    return FALSE;
  self->recipe_name = g_strdup (get_string (recipe, "name"));
  self->recipe_revision = (guint) revision;
  self->image_name = g_strdup (get_string (image, "name"));
  self->cipher = cipher != NULL ? g_strdup (json_node_get_string (cipher)) : NULL;
  self->updates_eeprom = json_node_get_boolean (updates);
  self->network = network != NULL && json_node_get_boolean (network);
  self->disk_id = (guint32) disk_id;
  self->timestamp = (gint64) timestamp;
  self->rpiboot_gpio = (guint) gpio;
  self->boot_partition_size = get_number (object, "boot-partition-size");
  self->minimum_storage = get_number (object, "minimum-storage");
  return parse_key (self, object) && parse_permanent (self, get_array (object, "permanent")) &&
         parse_hooks (self, object) && parse_artefacts (self, get_array (object, "artefacts"));
}

PnManifest *
pn_manifest_parse (GBytes *json, GError **error)
{
  g_autoptr (PnManifest) self = pn_manifest_new ();
  g_autoptr (JsonParser) parser = json_parser_new_immutable ();
  gsize size;
  const char *data = g_bytes_get_data (json, &size);
  JsonNode *root;

  if (size == 0 || size > PN_MANIFEST_MAX || pn_json_scan (data, size, CANONICAL, MAX_DEPTH) < 0 ||
      !json_parser_load_from_data (parser, data, (gssize) size, NULL) ||
      (root = json_parser_get_root (parser)) == NULL || !JSON_NODE_HOLDS_OBJECT (root) ||
      !parse_members (self, json_node_get_object (root)))
    {
      pn_set_error (error, PN_ERROR_INVALID_DATA, "It cannot be read, or is of another format");
      (void) invalid (error);
      return NULL;
    }
  if (!pn_manifest_seal (self, error))
    return NULL;
  if (!g_bytes_equal (self->bytes, json))
    {
      pn_set_error (error, PN_ERROR_INVALID_DATA, "It is not as this program writes it");
      (void) invalid (error);
      return NULL;
    }
  return g_steal_pointer (&self);
}

GBytes *
pn_manifest_get_bytes (PnManifest *self)
{
  return self->bytes;
}

PnSha256
pn_manifest_get_digest (PnManifest *self)
{
  return pn_sha256_bytes (self->bytes);
}

guint
pn_manifest_get_recipe_revision (PnManifest *self)
{
  return self->recipe_revision;
}

const char *
pn_manifest_get_recipe_name (PnManifest *self)
{
  return self->recipe_name;
}

PnChip
pn_manifest_get_chip (PnManifest *self)
{
  return self->chip;
}

PnMode
pn_manifest_get_mode (PnManifest *self)
{
  return self->mode;
}

PnStorage
pn_manifest_get_storage (PnManifest *self)
{
  return self->storage;
}

const char *
pn_manifest_get_cipher (PnManifest *self)
{
  return self->cipher;
}

PnPublicKey *
pn_manifest_get_public_key (PnManifest *self)
{
  return self->public_key;
}

const char *const *
pn_manifest_get_permanent (PnManifest *self)
{
  return (const char *const *) self->permanent;
}

PnSha256
pn_manifest_get_consent (PnManifest *self)
{
  return self->public_key != NULL ? pn_public_key_get_fingerprint (self->public_key)
                                  : pn_manifest_get_digest (self);
}

guint
pn_manifest_get_rpiboot_gpio (PnManifest *self)
{
  return self->rpiboot_gpio;
}

/* What recovery and the gadget's boot loader are told (eeprom.md §9, rpiboot.md §13). Only the
 * lines for locking change something for ever. */
char *
pn_manifest_make_config (PnManifest *self, PnRole role)
{
  const PnChipTraits *traits = pn_chip_get_traits (self->chip);
  gboolean locks = role == PN_ROLE_RECOVERY_CONFIG_LOCK;
  GString *text;

  if (role == PN_ROLE_GADGET_CONFIG)
    return g_strdup (PN_MANIFEST_RAMDISK_CONFIG);
  text = g_string_new (locks ? "program_pubkey=1\n" : "");
  if (traits->sets_reboot_order)
    g_string_append (text, "set_reboot_order=0x3\n");
  g_string_append (text, "recovery_reboot=1\n");
  if ((locks && makes_permanent (self, PN_PERMANENT_JTAG_LOCK)) ||
      role == PN_ROLE_RECOVERY_CONFIG_JTAG)
    g_string_append (text, "program_jtag_lock=1\n");
  if (locks && self->rpiboot_gpio != 0)
    g_string_append_printf (text, "program_rpiboot_gpio=%u\n", self->rpiboot_gpio);
  return g_string_free (text, FALSE);
}

gboolean
pn_manifest_updates_eeprom (PnManifest *self)
{
  return self->updates_eeprom;
}

gboolean
pn_manifest_uses_network (PnManifest *self)
{
  return self->network;
}

guint32
pn_manifest_get_disk_id (PnManifest *self)
{
  return self->disk_id;
}

guint64
pn_manifest_get_boot_partition_size (PnManifest *self)
{
  return self->boot_partition_size;
}

guint64
pn_manifest_get_minimum_storage (PnManifest *self)
{
  return self->minimum_storage;
}

const char *
pn_manifest_get_image_name (PnManifest *self)
{
  return self->image_name;
}

PnSha256
pn_manifest_get_image_digest (PnManifest *self)
{
  return self->image_digest;
}

gint64
pn_manifest_get_timestamp (PnManifest *self)
{
  return self->timestamp;
}

guint
pn_manifest_get_n_artefacts (PnManifest *self)
{
  return self->artefacts->len;
}

const PnArtefact *
pn_manifest_get_artefact (PnManifest *self, guint index)
{
  g_return_val_if_fail (index < self->artefacts->len, NULL);
  return &g_array_index (self->artefacts, PnArtefact, index);
}

const PnArtefact *
pn_manifest_find (PnManifest *self, PnRole role)
{
  for (guint i = 0; i < self->artefacts->len; i++)
    {
      const PnArtefact *artefact = &g_array_index (self->artefacts, PnArtefact, i);

      if (artefact->role == role)
        return artefact;
    }
  return NULL;
}

const PnManifestHook *
pn_manifest_find_hook (PnManifest *self, PnHookStage stage)
{
  for (guint i = 0; i < self->hooks->len; i++)
    if (g_array_index (self->hooks, PnManifestHook, i).stage == stage)
      return &g_array_index (self->hooks, PnManifestHook, i);
  return NULL;
}

guint
pn_manifest_index_of (PnManifest *self, const PnArtefact *artefact)
{
  return (guint) (artefact - (const PnArtefact *) self->artefacts->data);
}
