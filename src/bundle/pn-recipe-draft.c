/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "pn-recipe-draft.h"

#include <string.h>

#include "pn-chip.h"
#include "pn-digest.h"
#include "pn-error.h"
#include "pn-hook.h"
#include "pn-image-store.h"

#include <glib/gi18n-lib.h>

#define MAX_VALUE 4096 /* bytes */

struct _PnRecipeDraft
{
  char *values[PN_N_RECIPE_FIELDS];
};

PnRecipeDraft *
pn_recipe_draft_new (void)
{
  return g_new0 (PnRecipeDraft, 1);
}

PnRecipeDraft *
pn_recipe_draft_copy (const PnRecipeDraft *self)
{
  PnRecipeDraft *copy = pn_recipe_draft_new ();

  for (guint i = 0; i < PN_N_RECIPE_FIELDS; i++)
    copy->values[i] = g_strdup (self->values[i]);
  return copy;
}

void
pn_recipe_draft_free (PnRecipeDraft *self)
{
  for (guint i = 0; i < PN_N_RECIPE_FIELDS; i++)
    g_free (self->values[i]);
  g_free (self);
}

gboolean
pn_recipe_draft_equal (const PnRecipeDraft *a, const PnRecipeDraft *b)
{
  for (guint i = 0; i < PN_N_RECIPE_FIELDS; i++)
    if (g_strcmp0 (a->values[i], b->values[i]) != 0)
      return FALSE;
  return TRUE;
}

const char *
pn_recipe_draft_get (const PnRecipeDraft *self, PnRecipeField field)
{
  return self->values[field];
}

void
pn_recipe_draft_set (PnRecipeDraft *self, PnRecipeField field, const char *value)
{
  char *copy = NULL;

  if (value != NULL &&
      (value[0] != '\0' || pn_recipe_field_get_kind (field) != PN_RECIPE_KIND_PATH))
    copy = g_strdup (value);
  g_free (self->values[field]);
  self->values[field] = copy;
}

void
pn_recipe_draft_set_switch (PnRecipeDraft *self, PnRecipeField field, gboolean value)
{
  pn_recipe_draft_set (self, field, value ? "true" : "false");
}

PnMode
pn_recipe_draft_get_mode (const PnRecipeDraft *self)
{
  PnMode mode;

  return pn_mode_from_word (self->values[PN_RECIPE_MODE], &mode) ? mode : PN_MODE_NAKED;
}

PnChip
pn_recipe_draft_get_chip (const PnRecipeDraft *self)
{
  PnChip chip;

  return pn_chip_from_word (self->values[PN_RECIPE_CHIP], &chip) ? chip : PN_CHIP_BCM2712;
}

gboolean
pn_recipe_draft_is_used (const PnRecipeDraft *self, PnRecipeField field)
{
  return pn_recipe_field_is_used (field, pn_recipe_draft_get_chip (self),
                                  pn_recipe_draft_get_mode (self),
                                  pn_recipe_draft_get_switch (self, PN_RECIPE_UPDATE_EEPROM));
}

gboolean
pn_recipe_draft_get_switch (const PnRecipeDraft *self, PnRecipeField field)
{
  const char *value = self->values[field];
  PnRecipeHookKey key;

  if (value != NULL)
    return g_str_equal (value, "true");
  if (pn_recipe_field_get_hook (field, NULL, &key))
    return key == PN_RECIPE_HOOK_ENABLED;
  if (field == PN_RECIPE_DEVICE_KEY) /* the storage's passphrase is derived from it */
    return pn_mode_encrypts (pn_recipe_draft_get_mode (self));
  return (field == PN_RECIPE_UPDATE_EEPROM || field == PN_RECIPE_MATCH_BOOT_ORDER) &&
         pn_chip_get_traits (pn_recipe_draft_get_chip (self))->has_eeprom;
}

static char *
get_word_words (const PnRecipeDraft *self, PnRecipeField field)
{
  const char *value = self->values[field];
  PnMode mode;
  PnChip chip;
  PnStorage storage;

  if (field == PN_RECIPE_MODE && pn_mode_from_word (value, &mode))
    return g_strdup (pn_mode_to_label (mode));
  if (field == PN_RECIPE_CHIP && pn_chip_from_word (value, &chip))
    return g_strdup (pn_chip_to_label (chip));
  if (field == PN_RECIPE_STORAGE && pn_storage_from_word (value, &storage))
    return g_strdup (pn_storage_to_label (storage));
  return g_strdup (value != NULL ? value : "");
}

char *
pn_recipe_draft_get_words (const PnRecipeDraft *self, PnRecipeField field)
{
  const char *value = self->values[field];

  switch (pn_recipe_field_get_kind (field))
    {
    case PN_RECIPE_KIND_SWITCH:
      return g_strdup (pn_recipe_draft_get_switch (self, field) ? _ ("On") : _ ("Off"));
    case PN_RECIPE_KIND_PATH:
      if (field == PN_RECIPE_IMAGE && value != NULL)
        return pn_image_store_name_file (value);
      return value != NULL ? g_filename_display_basename (value) : g_strdup ("");
    case PN_RECIPE_KIND_WORD:
      return get_word_words (self, field);
    case PN_RECIPE_KIND_TEXT:
    case PN_RECIPE_KIND_NUMBER:
    case PN_RECIPE_KIND_DIGEST:
    default:
      return g_strdup (value != NULL ? value : "");
    }
}

static gboolean
check_name (const char *name, GError **error)
{
  if (name[strspn (name, " ")] == '\0')
    return pn_set_error (error, PN_ERROR_INVALID_ARGUMENT, "%s",
                         pn_recipe_field_get_missing (PN_RECIPE_NAME));
  if (g_utf8_strlen (name, -1) > PN_RECIPE_NAME_MAX)
    return pn_set_error (error, PN_ERROR_INVALID_ARGUMENT,
                         "The name is longer than %s characters: shorten it",
                         PN_NUMBER (PN_RECIPE_NAME_MAX));
  return TRUE;
}

static gboolean
check_mode (const PnRecipeDraft *self, const char *value, GError **error)
{
  PnMode mode;
  PnChip chip;
  const char *why;

  if (!pn_mode_from_word (value, &mode))
    return pn_set_error (error, PN_ERROR_INVALID_ARGUMENT,
                         "The mode is “%s”; choose secure-boot, fde-only or naked", value);
  if (!pn_chip_from_word (self->values[PN_RECIPE_CHIP], &chip))
    return TRUE; /* which is said at the chip */
  why = pn_recipe_why_not (chip, mode);
  return why == NULL || pn_set_error (error, PN_ERROR_NOT_SUPPORTED, "%s", why);
}

static gboolean
check_chip (const char *value, GError **error)
{
  PnChip chip;

  return pn_chip_from_word (value, &chip) ||
         pn_set_error (error, PN_ERROR_INVALID_ARGUMENT,
                       "The chip is “%s”; choose bcm2710, bcm2711 or bcm2712", value);
}

static gboolean
check_storage (const PnRecipeDraft *self, const char *value, GError **error)
{
  PnStorage storage;
  PnChip chip;
  PnMode mode;
  const char *why;

  if (!pn_storage_from_word (value, &storage))
    return pn_set_error (error, PN_ERROR_INVALID_ARGUMENT,
                         "The storage is “%s”; choose sd, emmc or nvme", value);
  if (!pn_chip_from_word (self->values[PN_RECIPE_CHIP], &chip) ||
      !pn_mode_from_word (self->values[PN_RECIPE_MODE], &mode) ||
      pn_recipe_why_not (chip, mode) != NULL)
    return TRUE;
  why = pn_recipe_why_not_storage (chip, mode, storage);
  return why == NULL || pn_set_error (error, PN_ERROR_NOT_SUPPORTED, "%s", why);
}

static gboolean
check_switch (const PnRecipeDraft *self, PnRecipeField field, GError **error)
{
  PnMode mode = pn_recipe_draft_get_mode (self);
  const char *value = self->values[field];

  if (!g_str_equal (value, "true") && !g_str_equal (value, "false"))
    return pn_set_error (error, PN_ERROR_INVALID_ARGUMENT,
                         "It says “%s”, which is neither true nor false", value);
  if (field == PN_RECIPE_DEVICE_KEY && pn_mode_encrypts (mode) && !g_str_equal (value, "true"))
    return pn_set_error (
        error, PN_ERROR_INVALID_ARGUMENT,
        "The storage is encrypted with the device’s identity: it cannot be left out "
        "of a recipe that encrypts");
  if (field == PN_RECIPE_JTAG_LOCK && !pn_mode_locks (mode) && g_str_equal (value, "true"))
    return pn_set_error (error, PN_ERROR_INVALID_ARGUMENT,
                         "The debug port (JTAG) can be closed only by a recipe that locks");
  if (field == PN_RECIPE_UPDATE_EEPROM && g_str_equal (value, "true") &&
      !pn_recipe_draft_is_used (self, field))
    return pn_set_error (
        error, PN_ERROR_NOT_SUPPORTED,
        "This device family has no boot firmware of its own that could be written");
  if (field == PN_RECIPE_NETWORK && g_str_equal (value, "true") &&
      !pn_recipe_draft_is_used (self, field))
    return pn_set_error (error, PN_ERROR_NOT_SUPPORTED,
                         "This device family has no network socket: its image goes over USB");
  return TRUE;
}

static gboolean
check_cipher (const PnRecipeDraft *self, const char *value, GError **error)
{
  if (!pn_mode_encrypts (pn_recipe_draft_get_mode (self)))
    return pn_set_error (error, PN_ERROR_INVALID_ARGUMENT,
                         "This protection does not encrypt: remove the cipher, or choose another "
                         "protection");
  return g_str_equal (value, PN_RECIPE_CIPHER_DEFAULT) ||
         pn_set_error (error, PN_ERROR_NOT_SUPPORTED, "The cipher %s is not supported; use %s",
                       value, PN_RECIPE_CIPHER_DEFAULT);
}

static gboolean
check_rpiboot_gpio (const PnRecipeDraft *self, const char *value, GError **error)
{
  guint64 gpio;

  if (!pn_recipe_draft_is_used (self, PN_RECIPE_RPIBOOT_GPIO))
    return pn_set_error (error, PN_ERROR_INVALID_ARGUMENT,
                         "A pin for USB boot belongs only to a recipe that locks devices of the "
                         "Raspberry Pi 4 family: remove it");
  return (g_ascii_string_to_unsigned (value, 10, 0, G_MAXUINT, &gpio, NULL) &&
          pn_rpiboot_gpio_is_valid (gpio)) ||
         pn_set_error (error, PN_ERROR_INVALID_ARGUMENT,
                       "The pin for USB boot is “%s”; choose 2, 4, 5, 6, 7 or 8", value);
}

/* What every value must be, and is so that it can be written down and read again. */
static gboolean
check_text (const char *value, GError **error)
{
  if (strlen (value) > MAX_VALUE)
    return pn_set_error (error, PN_ERROR_INVALID_ARGUMENT, "It is longer than %s bytes",
                         PN_NUMBER (MAX_VALUE));
  if (!g_utf8_validate (value, -1, NULL))
    return pn_set_error (error, PN_ERROR_INVALID_ARGUMENT,
                         "It holds bytes that are no text (UTF-8): rename the file");
  for (const char *at = value; *at != '\0'; at = g_utf8_next_char (at))
    if (g_unichar_iscntrl (g_utf8_get_char (at)))
      return pn_set_error (error, PN_ERROR_INVALID_ARGUMENT, "It has control characters");
  return TRUE;
}

static gboolean
check_missing (const PnRecipeDraft *self, PnRecipeField field, GError **error)
{
  gboolean eeprom = pn_recipe_draft_get_switch (self, PN_RECIPE_UPDATE_EEPROM);

  return !pn_recipe_field_is_required (field, pn_recipe_draft_get_chip (self),
                                       pn_recipe_draft_get_mode (self), eeprom) ||
         pn_set_error (error, PN_ERROR_INVALID_ARGUMENT, "%s", pn_recipe_field_get_missing (field));
}

gboolean
pn_recipe_draft_has_hook (const PnRecipeDraft *self, PnHookStage stage)
{
  return self->values[pn_recipe_hook_field (stage, PN_RECIPE_HOOK_FILE)] != NULL;
}

static gboolean
check_folders (const char *value, GError **error)
{
  g_auto (GStrv) folders = g_strsplit (value, ";", -1);

  if (g_strv_length (folders) > PN_HOOK_MAX_FOLDERS)
    return pn_set_error (error, PN_ERROR_INVALID_ARGUMENT, "A hook may write to at most %s folders",
                         PN_NUMBER (PN_HOOK_MAX_FOLDERS));
  for (guint i = 0; folders[i] != NULL; i++)
    if (!pn_hook_check_folder (folders[i], error))
      return FALSE;
  return TRUE;
}

/* Something is said of a hook that has no script, or something is missing of one that has. */
static gboolean
check_missing_of_hook (const PnRecipeDraft *self,
                       PnHookStage stage,
                       PnRecipeHookKey key,
                       GError **error)
{
  gboolean there = pn_recipe_draft_has_hook (self, stage);
  gboolean said = FALSE;

  for (guint i = 0; i < PN_N_RECIPE_HOOK_KEYS; i++)
    said |= self->values[pn_recipe_hook_field (stage, (PnRecipeHookKey) i)] != NULL;
  if (key == PN_RECIPE_HOOK_FILE && said)
    return pn_set_error (error, PN_ERROR_INVALID_ARGUMENT,
                         "Choose the hook’s script, or remove the hook");
  return key != PN_RECIPE_HOOK_SHA256 || !there ||
         pn_set_error (error, PN_ERROR_INVALID_ARGUMENT,
                       "The hook’s script is not frozen: say its SHA-256, which the program "
                       "sha256sum prints");
}

static gboolean
check_hook (const PnRecipeDraft *self, PnHookStage stage, PnRecipeHookKey key, GError **error)
{
  const char *value = self->values[pn_recipe_hook_field (stage, key)];
  PnSha256 digest;

  if (value == NULL)
    return check_missing_of_hook (self, stage, key, error);
  if (!check_text (value, error))
    return FALSE;
  switch (key)
    {
    case PN_RECIPE_HOOK_FILE:
      return g_path_is_absolute (value) ||
             pn_set_error (error, PN_ERROR_INVALID_ARGUMENT,
                           "“%s” is not a whole path, from “/” on", value);
    case PN_RECIPE_HOOK_SHA256:
      return (pn_sha256_from_hex (value, &digest) && !pn_sha256_is_zero (&digest)) ||
             pn_set_error (error, PN_ERROR_INVALID_ARGUMENT,
                           "The script’s hash is not 64 hexadecimal digits");
    case PN_RECIPE_HOOK_SECONDS:
      return g_ascii_string_to_unsigned (value, 10, 1, PN_HOOK_SECONDS_MAX, NULL, NULL) ||
             pn_set_error (error, PN_ERROR_INVALID_ARGUMENT,
                           "The hook’s time limit is not a number of seconds from 1 to %s",
                           PN_NUMBER (PN_HOOK_SECONDS_MAX));
    case PN_RECIPE_HOOK_WRITE:
      return check_folders (value, error);
    case PN_RECIPE_HOOK_ENABLED:
    case PN_RECIPE_HOOK_NETWORK:
    default:
      return g_str_equal (value, "true") || g_str_equal (value, "false") ||
             pn_set_error (error, PN_ERROR_INVALID_ARGUMENT,
                           "It says “%s”, which is neither true nor false", value);
    }
}

static gboolean
check_word (const PnRecipeDraft *self, PnRecipeField field, const char *value, GError **error)
{
  if (field == PN_RECIPE_MODE)
    return check_mode (self, value, error);
  if (field == PN_RECIPE_CHIP)
    return check_chip (value, error);
  if (field == PN_RECIPE_STORAGE)
    return check_storage (self, value, error);
  if (field == PN_RECIPE_RPIBOOT_GPIO)
    return check_rpiboot_gpio (self, value, error);
  return check_cipher (self, value, error);
}

gboolean
pn_recipe_draft_check (const PnRecipeDraft *self, PnRecipeField field, GError **error)
{
  const char *value = self->values[field];
  PnHookStage stage;
  PnRecipeHookKey key;
  PnSha256 digest;
  guint64 number;

  if (pn_recipe_field_get_hook (field, &stage, &key))
    return check_hook (self, stage, key, error);
  if (value == NULL)
    return check_missing (self, field, error);
  if (!check_text (value, error))
    return FALSE;
  switch (pn_recipe_field_get_kind (field))
    {
    case PN_RECIPE_KIND_TEXT:
      return check_name (value, error);
    case PN_RECIPE_KIND_NUMBER:
      return g_ascii_string_to_unsigned (value, 10, 1, G_MAXINT, &number, NULL) ||
             pn_set_error (error, PN_ERROR_INVALID_ARGUMENT,
                           "The revision is not a number from 1 on");
    case PN_RECIPE_KIND_WORD:
      return check_word (self, field, value, error);
    case PN_RECIPE_KIND_DIGEST:
      return (pn_sha256_from_hex (value, &digest) && !pn_sha256_is_zero (&digest)) ||
             pn_set_error (error, PN_ERROR_INVALID_ARGUMENT,
                           "The fingerprint is not 64 hexadecimal digits");
    case PN_RECIPE_KIND_SWITCH:
      return check_switch (self, field, error);
    case PN_RECIPE_KIND_PATH:
      return g_path_is_absolute (value) ||
             pn_set_error (error, PN_ERROR_INVALID_ARGUMENT,
                           "“%s” is not a whole path, from “/” on", value);
    default:
      return TRUE;
    }
}

gboolean
pn_recipe_draft_check_all (const PnRecipeDraft *self, PnRecipeField *wrong, GError **error)
{
  for (guint i = 0; i < PN_N_RECIPE_FIELDS; i++)
    if (!pn_recipe_draft_check (self, (PnRecipeField) i, error))
      {
        if (wrong != NULL)
          *wrong = (PnRecipeField) i;
        return FALSE;
      }
  return TRUE;
}

void
pn_recipe_draft_adapt (PnRecipeDraft *self)
{
  static const PnRecipeField fields[] = { PN_RECIPE_UPDATE_EEPROM, PN_RECIPE_CIPHER,
                                          PN_RECIPE_NETWORK, PN_RECIPE_JTAG_LOCK,
                                          PN_RECIPE_RPIBOOT_GPIO };

  for (guint i = 0; i < G_N_ELEMENTS (fields); i++)
    if (!pn_recipe_draft_is_used (self, fields[i]))
      pn_recipe_draft_set (self, fields[i], NULL);
  if (pn_mode_locks (pn_recipe_draft_get_mode (self)))
    pn_recipe_draft_set (self, PN_RECIPE_UPDATE_EEPROM, NULL);
  pn_recipe_draft_set (self, PN_RECIPE_DEVICE_KEY, NULL);
  if (self->values[PN_RECIPE_RPIBOOT_GPIO] == NULL &&
      pn_recipe_draft_is_used (self, PN_RECIPE_RPIBOOT_GPIO))
    pn_recipe_draft_set (self, PN_RECIPE_RPIBOOT_GPIO, PN_RECIPE_RPIBOOT_GPIO_DEFAULT);
}

/* GKeyFile keeps the last of two equal lines and says nothing: a line of an attacker, or of a merge
 * gone wrong, would count while a person reads the other one. */
static gboolean
check_doubled (const char *text, GError **error)
{
  g_auto (GStrv) lines = g_strsplit (text, "\n", -1);
  g_autoptr (GHashTable) seen = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  const char *group = "";

  for (guint i = 0; lines[i] != NULL; i++)
    {
      char *line = g_strstrip (lines[i]);
      char *equals = strchr (line, '=');

      if (line[0] == '[')
        group = line;
      else if (line[0] != '\0' && line[0] != '#' && equals != NULL)
        {
          *equals = '\0';
          if (!g_hash_table_add (seen, g_strconcat (group, " ", g_strchomp (line), NULL)))
            return pn_set_error (error, PN_ERROR_INVALID_ARGUMENT,
                                 "The recipe says %s in %s twice: remove one of the lines", line,
                                 group);
        }
    }
  return TRUE;
}

static gboolean
take_group (
    PnRecipeDraft *self, GKeyFile *file, const char *group, const char *folder, GError **error)
{
  g_auto (GStrv) keys = g_key_file_get_keys (file, group, NULL, NULL);
  gboolean known = FALSE;

  for (guint i = 0; i < PN_N_RECIPE_FIELDS; i++)
    known |= g_str_equal (pn_recipe_field_get_group ((PnRecipeField) i), group);
  if (!known)
    return pn_set_error (error, PN_ERROR_INVALID_ARGUMENT,
                         "The recipe has a section that is not known: [%s]", group);
  for (guint i = 0; keys[i] != NULL; i++)
    {
      PnRecipeField field;
      g_autofree char *value = g_key_file_get_string (file, group, keys[i], NULL);
      g_autofree char *path = NULL;

      if (!pn_recipe_field_from_key (group, keys[i], &field))
        return pn_set_error (error, PN_ERROR_INVALID_ARGUMENT,
                             "The recipe has a line that is not known: %s in [%s]", keys[i], group);
      if (value == NULL)
        return pn_set_error (error, PN_ERROR_INVALID_ARGUMENT,
                             "The recipe has a line that cannot be read: %s in [%s]", keys[i],
                             group);
      if (pn_recipe_field_get_kind (field) == PN_RECIPE_KIND_PATH && value[0] != '\0')
        path = g_canonicalize_filename (value, folder);
      pn_recipe_draft_set (self, field, path != NULL ? path : value);
    }
  return TRUE;
}

PnRecipeDraft *
pn_recipe_draft_parse (GBytes *text, const char *folder, GError **error)
{
  g_autoptr (PnRecipeDraft) self = pn_recipe_draft_new ();
  g_autoptr (GKeyFile) file = g_key_file_new ();
  g_autoptr (GError) local = NULL;
  g_autofree char *copy = NULL;
  g_auto (GStrv) groups = NULL;
  gsize size;
  const char *data = g_bytes_get_data (text, &size);

  /* Lines of other languages are kept, to be refused as unknown and not left out in silence. */
  if (size == 0 || size > PN_RECIPE_MAX || !g_utf8_validate (data, (gssize) size, NULL) ||
      !g_key_file_load_from_data (file, data, size, G_KEY_FILE_KEEP_TRANSLATIONS, &local))
    {
      pn_set_error (error, PN_ERROR_INVALID_ARGUMENT, "The recipe cannot be read: %s",
                    local != NULL ? local->message : _ ("it is not a recipe’s text"));
      return NULL;
    }
  copy = g_strndup (data, size);
  if (!check_doubled (copy, error))
    return NULL;
  groups = g_key_file_get_groups (file, NULL);
  for (guint i = 0; groups[i] != NULL; i++)
    if (!take_group (self, file, groups[i], folder, error))
      return NULL;
  return g_steal_pointer (&self);
}

GBytes *
pn_recipe_draft_to_text (const PnRecipeDraft *self)
{
  g_autoptr (GKeyFile) file = g_key_file_new ();
  char *text;
  gsize size;

  for (guint i = 0; i < PN_N_RECIPE_FIELDS; i++)
    if (self->values[i] != NULL)
      g_key_file_set_string (file, pn_recipe_field_get_group ((PnRecipeField) i),
                             pn_recipe_field_get_key ((PnRecipeField) i), self->values[i]);
  text = g_key_file_to_data (file, &size, NULL);
  return g_bytes_new_take (text, size);
}
