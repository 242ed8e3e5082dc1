/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "pn-recipe.h"

#include <string.h>

#include "pn-io.h"

#define MAX_RECIPE (64 * 1024)
#define MAX_NAME 100
#define DEFAULT_CIPHER "aes-xts-plain64"

/* Every key there is, so that a misspelt one is an error and not silently the default. */
static const struct
{
  const char *group, *key;
} known[] = {
  { "Recipe", "Name" },           { "Recipe", "Revision" },         { "Recipe", "Mode" },
  { "Recipe", "Chip" },           { "Recipe", "Storage" },          { "Image", "File" },
  { "Firmware", "Eeprom" },       { "Firmware", "Recovery" },       { "Firmware", "Bootfiles" },
  { "Firmware", "Gadget" },       { "Firmware", "Initramfs" },      { "Firmware", "Config" },
  { "Firmware", "UpdateEeprom" }, { "Firmware", "MatchBootOrder" }, { "Key", "Pem" },
  { "Encryption", "Cipher" },     { "Permanent", "JtagLock" },      { "Permanent", "DeviceKey" },
};

static gboolean refuse (GError **error, PnError code, const char *format, ...) G_GNUC_PRINTF (3, 4);

static gboolean
refuse (GError **error, PnError code, const char *format, ...)
{
  va_list args;

  va_start (args, format);
  if (error != NULL)
    *error = g_error_new_valist (PN_ERROR, (int) code, format, args);
  va_end (args);
  return FALSE;
}

void
pn_recipe_free (PnRecipe *self)
{
  g_free (self->name);
  g_free (self->image);
  g_free (self->eeprom);
  g_free (self->recovery);
  g_free (self->bootfiles);
  g_free (self->gadget);
  g_free (self->initramfs);
  g_free (self->config);
  g_free (self->key);
  g_free (self->cipher);
  g_free (self);
}

static gboolean
check_keys (GKeyFile *file, GError **error)
{
  g_auto (GStrv) groups = g_key_file_get_groups (file, NULL);

  for (guint i = 0; groups[i] != NULL; i++)
    {
      g_auto (GStrv) keys = g_key_file_get_keys (file, groups[i], NULL, NULL);
      gboolean group_found = FALSE;

      for (guint k = 0; k < G_N_ELEMENTS (known) && !group_found; k++)
        group_found = g_str_equal (groups[i], known[k].group);
      if (!group_found)
        return refuse (error, PN_ERROR_INVALID_ARGUMENT,
                       "The recipe has a section that is not known: [%s]", groups[i]);
      for (guint j = 0; keys[j] != NULL; j++)
        {
          gboolean found = FALSE;

          for (guint k = 0; k < G_N_ELEMENTS (known) && !found; k++)
            found = g_str_equal (groups[i], known[k].group) && g_str_equal (keys[j], known[k].key);
          if (!found)
            return refuse (error, PN_ERROR_INVALID_ARGUMENT,
                           "The recipe has a line that is not known: %s in [%s]", keys[j],
                           groups[i]);
        }
    }
  return TRUE;
}

/* GKeyFile takes the last of two lines for the same key, and says nothing; which of two images a
 * person meant is not ours to guess. */
static gboolean
check_once (const char *data, gsize size, GError **error)
{
  g_autofree char *text = g_strndup (data, size);
  g_auto (GStrv) lines = g_strsplit (text, "\n", -1);
  g_autoptr (GHashTable) seen = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  const char *group = "";

  for (guint i = 0; lines[i] != NULL; i++)
    {
      char *line = g_strstrip (lines[i]);
      char *end = strchr (line, line[0] == '[' ? ']' : '=');

      if (line[0] == '#' || end == NULL)
        continue;
      *end = '\0';
      if (line[0] == '[')
        group = line + 1;
      else if (!g_hash_table_add (seen, g_strconcat (group, "]", g_strchomp (line), NULL)))
        return refuse (error, PN_ERROR_INVALID_ARGUMENT,
                       "The recipe says %s in [%s] twice; remove one of the lines", line, group);
    }
  return TRUE;
}

/* An absolute path, or NULL where the key is missing and may be. */
static gboolean
get_path (GKeyFile *file,
          const char *group,
          const char *key,
          const char *folder,
          gboolean required,
          char **path,
          GError **error)
{
  g_autofree char *value = g_key_file_get_string (file, group, key, NULL);

  if (value == NULL || value[0] == '\0')
    return !required ||
           refuse (error, PN_ERROR_INVALID_ARGUMENT, "The recipe names no %s in [%s]", key, group);
  *path = g_canonicalize_filename (value, folder);
  return TRUE;
}

static gboolean
is_missing (const GError *error)
{
  return g_error_matches (error, G_KEY_FILE_ERROR, G_KEY_FILE_ERROR_KEY_NOT_FOUND) ||
         g_error_matches (error, G_KEY_FILE_ERROR, G_KEY_FILE_ERROR_GROUP_NOT_FOUND);
}

static gboolean
get_boolean (GKeyFile *file, const char *group, const char *key, gboolean *value, GError **error)
{
  g_autoptr (GError) local = NULL;
  gboolean found = g_key_file_get_boolean (file, group, key, &local);

  if (local == NULL)
    *value = found;
  else if (!is_missing (local))
    return refuse (error, PN_ERROR_INVALID_ARGUMENT,
                   "%s in [%s] of the recipe is neither true nor false", key, group);
  return TRUE;
}

static gboolean
parse_head (PnRecipe *self, GKeyFile *file, GError **error)
{
  g_autofree char *mode = g_key_file_get_string (file, "Recipe", "Mode", NULL);
  g_autofree char *chip = g_key_file_get_string (file, "Recipe", "Chip", NULL);
  g_autofree char *storage = g_key_file_get_string (file, "Recipe", "Storage", NULL);
  g_autoptr (GError) local = NULL;
  int revision;

  self->name = g_key_file_get_string (file, "Recipe", "Name", NULL);
  if (self->name == NULL || self->name[0] == '\0' || strlen (self->name) > MAX_NAME)
    return refuse (error, PN_ERROR_INVALID_ARGUMENT, "The recipe has no name, or a very long one");
  for (const char *at = self->name; *at != '\0'; at++)
    if (g_ascii_iscntrl (*at))
      return refuse (error, PN_ERROR_INVALID_ARGUMENT, "The recipe's name has control characters");
  revision = g_key_file_get_integer (file, "Recipe", "Revision", &local);
  if (local != NULL ? !is_missing (local) : revision < 1)
    return refuse (error, PN_ERROR_INVALID_ARGUMENT,
                   "The recipe's revision is not a number from 1 on");
  self->revision = local == NULL ? (guint) revision : 1;
  if (!pn_mode_from_word (mode, &self->mode))
    return refuse (error, PN_ERROR_INVALID_ARGUMENT,
                   "The recipe's mode is “%s”; choose secure-boot, fde-only or naked",
                   mode != NULL ? mode : "");
  if (!pn_chip_from_word (chip, &self->chip))
    return refuse (error, PN_ERROR_INVALID_ARGUMENT,
                   "The recipe's chip is “%s”; choose bcm2710, bcm2711 or bcm2712",
                   chip != NULL ? chip : "");
  if (!pn_storage_from_word (storage, &self->storage))
    return refuse (error, PN_ERROR_INVALID_ARGUMENT,
                   "The recipe's storage is “%s”; choose sd, emmc or nvme",
                   storage != NULL ? storage : "");
  if (self->chip == PN_CHIP_BCM2710 && self->mode == PN_MODE_SECURE_BOOT)
    return refuse (error, PN_ERROR_NOT_SUPPORTED,
                   "BCM2710 has no secure boot; choose mode fde-only or naked");
  if (self->chip != PN_CHIP_BCM2712 || self->mode == PN_MODE_FDE_ONLY)
    return refuse (error, PN_ERROR_NOT_SUPPORTED,
                   "Mode %s on %s is not supported yet; secure-boot and naked on bcm2712 are",
                   pn_mode_to_word (self->mode), pn_chip_to_word (self->chip));
  return TRUE;
}

static gboolean
parse_files (PnRecipe *self, GKeyFile *file, const char *folder, GError **error)
{
  gboolean secure = self->mode == PN_MODE_SECURE_BOOT;

  return get_boolean (file, "Firmware", "UpdateEeprom", &self->update_eeprom, error) &&
         get_boolean (file, "Firmware", "MatchBootOrder", &self->match_boot_order, error) &&
         get_path (file, "Image", "File", folder, TRUE, &self->image, error) &&
         get_path (file, "Firmware", "Eeprom", folder, secure || self->update_eeprom, &self->eeprom,
                   error) &&
         get_path (file, "Firmware", "Recovery", folder, TRUE, &self->recovery, error) &&
         get_path (file, "Firmware", "Bootfiles", folder, TRUE, &self->bootfiles, error) &&
         get_path (file, "Firmware", "Gadget", folder, TRUE, &self->gadget, error) &&
         (!secure ||
          get_path (file, "Firmware", "Initramfs", folder, TRUE, &self->initramfs, error)) &&
         get_path (file, "Firmware", "Config", folder, FALSE, &self->config, error) &&
         get_path (file, "Key", "Pem", folder, secure, &self->key, error);
}

static gboolean
parse_permanent (PnRecipe *self, GKeyFile *file, GError **error)
{
  gboolean secure = self->mode == PN_MODE_SECURE_BOOT;

  self->device_key = secure; /* the storage's passphrase is derived from it */
  if (!get_boolean (file, "Permanent", "JtagLock", &self->jtag_lock, error) ||
      !get_boolean (file, "Permanent", "DeviceKey", &self->device_key, error))
    return FALSE;
  if (secure && !self->device_key)
    return refuse (error, PN_ERROR_INVALID_ARGUMENT,
                   "Mode secure-boot encrypts with the device key: DeviceKey cannot be false");
  if (!secure && self->jtag_lock)
    return refuse (error, PN_ERROR_INVALID_ARGUMENT,
                   "JTAG can be locked only together with a key, in mode secure-boot");
  return TRUE;
}

static gboolean
parse_encryption (PnRecipe *self, GKeyFile *file, GError **error)
{
  g_autofree char *cipher = g_key_file_get_string (file, "Encryption", "Cipher", NULL);

  if (self->mode != PN_MODE_SECURE_BOOT)
    return cipher == NULL ||
           refuse (error, PN_ERROR_INVALID_ARGUMENT,
                   "Mode %s does not encrypt: remove Cipher from [Encryption], or choose another "
                   "mode",
                   pn_mode_to_word (self->mode));
  if (cipher != NULL && !g_str_equal (cipher, DEFAULT_CIPHER))
    return refuse (error, PN_ERROR_NOT_SUPPORTED,
                   "The cipher %s is not supported; use " DEFAULT_CIPHER, cipher);
  self->cipher = g_strdup (DEFAULT_CIPHER);
  return TRUE;
}

PnRecipe *
pn_recipe_parse (GBytes *text, const char *folder, GError **error)
{
  g_autoptr (PnRecipe) self = g_new0 (PnRecipe, 1);
  g_autoptr (GKeyFile) file = g_key_file_new ();
  g_autoptr (GError) local = NULL;
  gsize size;
  const char *data = g_bytes_get_data (text, &size);

  if (size == 0 || size > MAX_RECIPE ||
      !g_key_file_load_from_data (file, data, size, G_KEY_FILE_NONE, &local))
    {
      refuse (error, PN_ERROR_INVALID_ARGUMENT, "The recipe cannot be read%s%s",
              local != NULL ? ": " : "", local != NULL ? local->message : "");
      return NULL;
    }
  self->update_eeprom = TRUE;
  self->match_boot_order = TRUE;
  if (!check_once (data, size, error) || !check_keys (file, error) ||
      !parse_head (self, file, error) || !parse_files (self, file, folder, error) ||
      !parse_permanent (self, file, error) || !parse_encryption (self, file, error))
    return NULL;
  return g_steal_pointer (&self);
}

PnRecipe *
pn_recipe_load (const char *path, GError **error)
{
  g_autoptr (GBytes) text = pn_read_file (path, MAX_RECIPE, error);
  g_autofree char *absolute = g_canonicalize_filename (path, NULL);
  g_autofree char *folder = g_path_get_dirname (absolute);

  return text != NULL ? pn_recipe_parse (text, folder, error) : NULL;
}
