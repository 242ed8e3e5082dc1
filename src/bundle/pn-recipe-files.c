/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "pn-recipe-files.h"

#include <fcntl.h>
#include <string.h>

#include "pn-bootcode.h"
#include "pn-bootfiles.h"
#include "pn-bootloader-config.h"
#include "pn-chip.h"
#include "pn-idp-set.h"
#include "pn-image.h"
#include "pn-hook.h"
#include "pn-io.h"
#include "pn-pem-signer.h"

#include <glib/gi18n-lib.h>

#define FIRST_SECURE_BOOT 1632136573 /* BUILD_TIMESTAMP, unix seconds: eeprom.md §5 */
#define MIB (1024 * 1024)

PnEeprom *
pn_recipe_load_eeprom (const char *path, PnChip chip, PnMode mode, GBytes **bytes, GError **error)
{
  g_autoptr (GBytes) source = pn_read_file (path, PN_FIRMWARE_MAX, error);
  g_autoptr (PnEeprom) eeprom = source != NULL ? pn_eeprom_new (source, error) : NULL;

  if (eeprom == NULL)
    {
      g_prefix_error (error, "%s: ", path);
      return NULL;
    }
  if (pn_eeprom_get_chip (eeprom) != chip)
    {
      pn_set_error (error, PN_ERROR_WRONG_DEVICE, "%s is for %s, but the recipe is for %s", path,
                    pn_chip_to_word (pn_eeprom_get_chip (eeprom)), pn_chip_to_word (chip));
      return NULL;
    }
  if (mode == PN_MODE_SECURE_BOOT && pn_eeprom_get_build_timestamp (eeprom) < FIRST_SECURE_BOOT)
    {
      pn_set_error (error, PN_ERROR_NOT_SUPPORTED,
                    "%s is too old for secure boot (built before 2021-09-20): take a newer release",
                    path);
      return NULL;
    }
  if (bytes != NULL)
    *bytes = g_steal_pointer (&source);
  return g_steal_pointer (&eeprom);
}

GBytes *
pn_recipe_load_recovery (const char *path, PnChip chip, PnMode mode, GError **error)
{
  g_autoptr (GBytes) bytes = pn_read_file (path, PN_FIRMWARE_MAX, error);

  if (bytes == NULL)
    return NULL;
  if (memmem (g_bytes_get_data (bytes, NULL), g_bytes_get_size (bytes), "program_pubkey", 14) ==
      NULL)
    {
      pn_set_error (error, PN_ERROR_INVALID_DATA, "%s is not a recovery.bin", path);
      return NULL;
    }
  if (pn_bootcode_check_published (bytes, chip, pn_mode_locks (mode), error))
    return g_steal_pointer (&bytes);
  g_prefix_error (error, "%s: ", path);
  return NULL;
}

GBytes *
pn_recipe_load_config (const char *path, GError **error)
{
  g_autoptr (GBytes) text = pn_read_file (path, PN_FIRMWARE_MAX, error);

  return text != NULL && pn_bootloader_config_check (text, error) ? g_steal_pointer (&text) : NULL;
}

static gboolean
check_image_set (const char *path, char **remark, GCancellable *cancellable, GError **error)
{
  g_autoptr (PnIdp) idp = pn_idp_set_peek (path, cancellable, error);

  if (idp == NULL)
    return FALSE;
  /* Translators: the name of an image set, its version, and the class of devices it is for: “cm5”
   */
  *remark = g_strdup_printf (_ ("Image set %s, version %s, for %s"), idp->name, idp->version,
                             idp->device_class);
  return TRUE;
}

static gboolean
check_image (const char *path, char **remark, GError **error)
{
  g_autoptr (PnImage) image = pn_image_open (path, FALSE, error);
  g_autofree char *size = image != NULL ? g_format_size (image->size) : NULL;

  if (image == NULL)
    return FALSE;
  /* Translators: an operating system's name and the size of its image */
  *remark = g_strdup_printf (
      _ ("%s, %s"), image->os_release != NULL ? image->os_release : _ ("Unknown system"), size);
  return TRUE;
}

static gboolean
check_eeprom (const PnRecipeDraft *draft, const char *path, char **remark, GError **error)
{
  g_autoptr (PnEeprom) eeprom = NULL;
  g_autoptr (GDateTime) built = NULL;
  g_autofree char *date = NULL;
  PnChip chip;

  if (!pn_chip_from_word (pn_recipe_draft_get (draft, PN_RECIPE_CHIP), &chip))
    return TRUE; /* which is said at the chip */
  eeprom = pn_recipe_load_eeprom (path, chip, pn_recipe_draft_get_mode (draft), NULL, error);
  if (eeprom == NULL)
    return FALSE;
  built = g_date_time_new_from_unix_utc ((gint64) pn_eeprom_get_build_timestamp (eeprom));
  date = built != NULL ? g_date_time_format (built, "%x") : g_strdup ("?");
  /* Translators: the date on which the firmware was built */
  *remark = g_strdup_printf (_ ("Built on %s"), date);
  return TRUE;
}

static gboolean
check_bootfiles (const PnRecipeDraft *draft, const char *path, GError **error)
{
  const PnChipTraits *traits = pn_chip_get_traits (pn_recipe_draft_get_chip (draft));
  g_autoptr (GBytes) bytes = pn_read_file (path, PN_FIRMWARE_MAX, error);
  g_autoptr (GPtrArray) files = bytes != NULL ? pn_bootfiles_parse (bytes, error) : NULL;
  g_autofree char *loader = g_strconcat (traits->folder, traits->loader, NULL);

  if (files == NULL)
    return FALSE;
  if (pn_bootfiles_lookup (files, loader) != NULL)
    return TRUE;
  pn_set_error (error, PN_ERROR_INVALID_DATA,
                "There is no %s inside: it is not a bootfiles.bin for this device family", loader);
  return FALSE;
}

static gboolean
check_readable (const char *path, GError **error)
{
  g_auto (PnFd) fd = pn_open (path, O_RDONLY, error);
  goffset size = fd >= 0 ? pn_file_size (fd, error) : -1;

  if (size != 0)
    return size > 0;
  pn_set_error (error, PN_ERROR_INVALID_DATA, "The file is empty");
  return FALSE;
}

static PnSecret *
note_passphrase_cb (gpointer user_data, GError **error)
{
  gboolean *wanted = user_data;

  *wanted = TRUE;
  pn_set_error (error, PN_ERROR_KEY, "A passphrase is needed");
  return NULL;
}

static gboolean
check_key (const PnRecipeDraft *draft, const char *path, char **remark, GError **error)
{
  const char *pinned = pn_recipe_draft_get (draft, PN_RECIPE_FINGERPRINT);
  g_autoptr (PnSigner) signer = NULL;
  g_autoptr (GError) local = NULL;
  g_autofree char *hex = NULL;
  gboolean wanted = FALSE;
  PnSha256 digest;

  signer = pn_pem_signer_new_from_file (path, note_passphrase_cb, &wanted, &local);
  if (signer == NULL && wanted)
    {
      *remark = g_strdup (_ ("Protected by a passphrase, which is asked for when preparing"));
      return TRUE;
    }
  if (signer == NULL)
    {
      g_propagate_error (error, g_steal_pointer (&local));
      return FALSE;
    }
  digest = pn_public_key_get_fingerprint (pn_signer_get_public_key (signer));
  hex = pn_sha256_to_hex (&digest);
  if (pinned != NULL && g_ascii_strcasecmp (pinned, hex) != 0)
    {
      pn_set_error (error, PN_ERROR_KEY,
                    "The file holds another key than the one that this recipe is for");
      return FALSE;
    }
  *remark = g_steal_pointer (&hex);
  return TRUE;
}

static GBytes *
load_script (const char *path, GError **error)
{
  g_autoptr (GBytes) script = pn_read_file (path, PN_HOOK_MAX, error);

  if (script == NULL)
    return NULL;
  if (pn_hook_check_script (script, error))
    return g_steal_pointer (&script);
  pn_prefix_error (error, "%s", path);
  return NULL;
}

static gboolean
check_frozen (GBytes *script, const PnSha256 *frozen, GError **error)
{
  PnSha256 digest = pn_sha256_bytes (script);

  return pn_sha256_equal (&digest, frozen) ||
         pn_set_error (error, PN_ERROR_STALE,
                       "The script has changed since this revision of the recipe: look at it, then "
                       "make a new revision with it");
}

GBytes *
pn_recipe_load_hook (const PnRecipeHook *hook, PnHookStage stage, GError **error)
{
  g_autoptr (GBytes) script = load_script (hook->file, error);

  if (script != NULL && check_frozen (script, &hook->digest, error))
    return g_steal_pointer (&script);
  pn_prefix_error (error, "Hook %s", pn_hook_stage_to_word (stage));
  return NULL;
}

static gboolean
check_hook (const PnRecipeDraft *draft, PnHookStage stage, char **remark, GError **error)
{
  PnRecipeField on = pn_recipe_hook_field (stage, PN_RECIPE_HOOK_ENABLED);
  const char *hex =
      pn_recipe_draft_get (draft, pn_recipe_hook_field (stage, PN_RECIPE_HOOK_SHA256));
  g_autoptr (GBytes) script = load_script (
      pn_recipe_draft_get (draft, pn_recipe_hook_field (stage, PN_RECIPE_HOOK_FILE)), error);
  PnSha256 frozen;

  if (script == NULL)
    return FALSE;
  if (hex != NULL && pn_sha256_from_hex (hex, &frozen) && !check_frozen (script, &frozen, error))
    return FALSE;
  *remark =
      g_strdup (!pn_recipe_draft_get_switch (draft, on) ? _ ("Off: it does not run")
                : pn_hook_stage_is_image (stage) ? _ ("Runs once, while the bundle is prepared")
                                                 : _ ("Runs at the station, for each device"));
  return TRUE;
}

/* Whether the field names a file that its mode and chip take. */
static gboolean
is_used (const PnRecipeDraft *draft, PnRecipeField field)
{
  return pn_recipe_field_get_kind (field) == PN_RECIPE_KIND_PATH &&
         pn_recipe_draft_is_used (draft, field);
}

gboolean
pn_recipe_check_file (const PnRecipeDraft *draft,
                      PnRecipeField field,
                      char **remark,
                      GCancellable *cancellable,
                      GError **error)
{
  const char *path = pn_recipe_draft_get (draft, field);
  g_autofree char *found = NULL;
  g_autoptr (GBytes) bytes = NULL;
  PnHookStage stage;
  gboolean fine;

  if (remark != NULL)
    *remark = NULL;
  if (path == NULL || !is_used (draft, field))
    return TRUE;
  if (g_cancellable_set_error_if_cancelled (cancellable, error))
    return FALSE;
  if (pn_recipe_field_get_hook (field, &stage, NULL))
    fine = check_hook (draft, stage, &found, error);
  else if (field == PN_RECIPE_IMAGE)
    fine = pn_idp_set_is (path) ? check_image_set (path, &found, cancellable, error)
                                : check_image (path, &found, error);
  else if (field == PN_RECIPE_EEPROM)
    fine = check_eeprom (draft, path, &found, error);
  else if (field == PN_RECIPE_KEY)
    fine = check_key (draft, path, &found, error);
  else if (field == PN_RECIPE_BOOTFILES)
    fine = check_bootfiles (draft, path, error);
  else if (field == PN_RECIPE_RECOVERY)
    fine = (bytes = pn_recipe_load_recovery (path, pn_recipe_draft_get_chip (draft),
                                             pn_recipe_draft_get_mode (draft), error)) != NULL;
  else if (field == PN_RECIPE_CONFIG)
    fine = (bytes = pn_recipe_load_config (path, error)) != NULL;
  else
    fine = check_readable (path, error);
  if (remark != NULL)
    *remark = g_steal_pointer (&found);
  return fine;
}

gboolean
pn_recipe_check_signer (const PnRecipe *recipe, PnSigner *signer, GError **error)
{
  PnSha256 digest = pn_public_key_get_fingerprint (pn_signer_get_public_key (signer));

  if (pn_sha256_is_zero (&recipe->fingerprint) || pn_sha256_equal (&recipe->fingerprint, &digest))
    return TRUE;
  pn_set_error (error, PN_ERROR_KEY,
                "%s holds another key than the one that the recipe is for (Fingerprint in [Key])",
                recipe->key);
  return FALSE;
}
