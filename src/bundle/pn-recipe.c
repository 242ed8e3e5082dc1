/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "pn-recipe.h"

#include "pn-chip.h"
#include "pn-hook.h"
#include "pn-io.h"

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
  for (guint i = 0; i < PN_N_HOOK_STAGES; i++)
    {
      g_free (self->hooks[i].file);
      g_strfreev (self->hooks[i].write);
    }
  g_free (self);
}

static char *
take (const PnRecipeDraft *draft, PnRecipeField field)
{
  return g_strdup (pn_recipe_draft_get (draft, field));
}

static const char *
get_of_hook (const PnRecipeDraft *draft, PnHookStage stage, PnRecipeHookKey key)
{
  return pn_recipe_draft_get (draft, pn_recipe_hook_field (stage, key));
}

static void
make_hook (const PnRecipeDraft *draft, PnHookStage stage, PnRecipeHook *hook)
{
  const char *seconds = get_of_hook (draft, stage, PN_RECIPE_HOOK_SECONDS);
  const char *write = get_of_hook (draft, stage, PN_RECIPE_HOOK_WRITE);
  guint64 number = PN_HOOK_SECONDS_DEFAULT;

  if (seconds != NULL)
    (void) g_ascii_string_to_unsigned (seconds, 10, 1, PN_HOOK_SECONDS_MAX, &number, NULL);
  (void) pn_sha256_from_hex (get_of_hook (draft, stage, PN_RECIPE_HOOK_SHA256), &hook->digest);
  hook->file = g_strdup (get_of_hook (draft, stage, PN_RECIPE_HOOK_FILE));
  hook->enabled =
      pn_recipe_draft_get_switch (draft, pn_recipe_hook_field (stage, PN_RECIPE_HOOK_ENABLED));
  hook->seconds = (guint) number;
  hook->network =
      pn_recipe_draft_get_switch (draft, pn_recipe_hook_field (stage, PN_RECIPE_HOOK_NETWORK));
  hook->write = g_strsplit (write != NULL ? write : "", ";", -1);
}

static void
set_hook (PnRecipeDraft *draft, PnHookStage stage, const PnRecipeHook *hook)
{
  g_autofree char *digest = pn_sha256_to_hex (&hook->digest);
  g_autofree char *seconds = g_strdup_printf ("%u", hook->seconds);
  g_autofree char *write = hook->write[0] != NULL ? g_strjoinv (";", hook->write) : NULL;

  pn_recipe_draft_set (draft, pn_recipe_hook_field (stage, PN_RECIPE_HOOK_FILE), hook->file);
  pn_recipe_draft_set (draft, pn_recipe_hook_field (stage, PN_RECIPE_HOOK_SHA256), digest);
  pn_recipe_draft_set_switch (draft, pn_recipe_hook_field (stage, PN_RECIPE_HOOK_ENABLED),
                              hook->enabled);
  pn_recipe_draft_set (draft, pn_recipe_hook_field (stage, PN_RECIPE_HOOK_SECONDS), seconds);
  pn_recipe_draft_set_switch (draft, pn_recipe_hook_field (stage, PN_RECIPE_HOOK_NETWORK),
                              hook->network);
  pn_recipe_draft_set (draft, pn_recipe_hook_field (stage, PN_RECIPE_HOOK_WRITE), write);
}

/* Of a draft that was checked. */
static PnRecipe *
make (const PnRecipeDraft *draft)
{
  PnRecipe *self = g_new0 (PnRecipe, 1);
  const char *fingerprint = pn_recipe_draft_get (draft, PN_RECIPE_FINGERPRINT);
  const char *number = pn_recipe_draft_get (draft, PN_RECIPE_REVISION);
  const char *gpio = pn_recipe_draft_get (draft, PN_RECIPE_RPIBOOT_GPIO);
  guint64 revision = 1;

  if (number != NULL)
    (void) g_ascii_string_to_unsigned (number, 10, 1, G_MAXINT, &revision, NULL);
  if (gpio != NULL)
    self->rpiboot_gpio = (guint) g_ascii_digit_value (gpio[0]);
  if (fingerprint != NULL)
    (void) pn_sha256_from_hex (fingerprint, &self->fingerprint);
  (void) pn_mode_from_word (pn_recipe_draft_get (draft, PN_RECIPE_MODE), &self->mode);
  (void) pn_chip_from_word (pn_recipe_draft_get (draft, PN_RECIPE_CHIP), &self->chip);
  (void) pn_storage_from_word (pn_recipe_draft_get (draft, PN_RECIPE_STORAGE), &self->storage);
  self->revision = (guint) revision;
  self->name = take (draft, PN_RECIPE_NAME);
  self->image = take (draft, PN_RECIPE_IMAGE);
  self->eeprom = take (draft, PN_RECIPE_EEPROM);
  self->recovery = take (draft, PN_RECIPE_RECOVERY);
  self->bootfiles = take (draft, PN_RECIPE_BOOTFILES);
  self->gadget = take (draft, PN_RECIPE_GADGET);
  self->config = take (draft, PN_RECIPE_CONFIG);
  self->key = take (draft, PN_RECIPE_KEY);
  if (pn_mode_encrypts (self->mode))
    {
      self->initramfs = take (draft, PN_RECIPE_INITRAMFS);
      self->cipher = g_strdup (PN_RECIPE_CIPHER_DEFAULT);
    }
  self->update_eeprom = pn_recipe_draft_get_switch (draft, PN_RECIPE_UPDATE_EEPROM);
  self->match_boot_order = pn_recipe_draft_get_switch (draft, PN_RECIPE_MATCH_BOOT_ORDER);
  self->network = pn_recipe_draft_get_switch (draft, PN_RECIPE_NETWORK);
  self->jtag_lock = pn_recipe_draft_get_switch (draft, PN_RECIPE_JTAG_LOCK);
  self->device_key = pn_recipe_draft_get_switch (draft, PN_RECIPE_DEVICE_KEY);
  for (guint i = 0; i < PN_N_HOOK_STAGES; i++)
    if (pn_recipe_draft_has_hook (draft, (PnHookStage) i))
      make_hook (draft, (PnHookStage) i, &self->hooks[i]);
  return self;
}

PnRecipe *
pn_recipe_new_from_draft (const PnRecipeDraft *draft, GError **error)
{
  return pn_recipe_draft_check_all (draft, NULL, error) ? make (draft) : NULL;
}

PnRecipe *
pn_recipe_parse (GBytes *text, const char *folder, GError **error)
{
  g_autoptr (PnRecipeDraft) draft = pn_recipe_draft_parse (text, folder, error);
  PnRecipeField wrong;

  if (draft == NULL)
    return NULL;
  if (pn_recipe_draft_check_all (draft, &wrong, error))
    return make (draft);
  pn_prefix_error (error, "[%s] %s", pn_recipe_field_get_group (wrong),
                   pn_recipe_field_get_key (wrong));
  return NULL;
}

PnRecipe *
pn_recipe_load (const char *path, GError **error)
{
  g_autoptr (GBytes) text = pn_read_file (path, PN_RECIPE_MAX, error);
  g_autofree char *absolute = g_canonicalize_filename (path, NULL);
  g_autofree char *folder = g_path_get_dirname (absolute);

  return text != NULL ? pn_recipe_parse (text, folder, error) : NULL;
}

PnRecipeDraft *
pn_recipe_to_draft (const PnRecipe *self)
{
  PnRecipeDraft *draft = pn_recipe_draft_new ();
  g_autofree char *revision = g_strdup_printf ("%u", self->revision);
  g_autofree char *gpio =
      self->rpiboot_gpio != 0 ? g_strdup_printf ("%u", self->rpiboot_gpio) : NULL;
  g_autofree char *fingerprint =
      pn_sha256_is_zero (&self->fingerprint) ? NULL : pn_sha256_to_hex (&self->fingerprint);

  pn_recipe_draft_set (draft, PN_RECIPE_NAME, self->name);
  pn_recipe_draft_set (draft, PN_RECIPE_REVISION, revision);
  pn_recipe_draft_set (draft, PN_RECIPE_MODE, pn_mode_to_word (self->mode));
  pn_recipe_draft_set (draft, PN_RECIPE_CHIP, pn_chip_to_word (self->chip));
  pn_recipe_draft_set (draft, PN_RECIPE_STORAGE, pn_storage_to_word (self->storage));
  pn_recipe_draft_set (draft, PN_RECIPE_IMAGE, self->image);
  pn_recipe_draft_set (draft, PN_RECIPE_EEPROM, self->eeprom);
  pn_recipe_draft_set (draft, PN_RECIPE_RECOVERY, self->recovery);
  pn_recipe_draft_set (draft, PN_RECIPE_BOOTFILES, self->bootfiles);
  pn_recipe_draft_set (draft, PN_RECIPE_GADGET, self->gadget);
  pn_recipe_draft_set (draft, PN_RECIPE_INITRAMFS, self->initramfs);
  pn_recipe_draft_set (draft, PN_RECIPE_CONFIG, self->config);
  pn_recipe_draft_set (draft, PN_RECIPE_KEY, self->key);
  pn_recipe_draft_set (draft, PN_RECIPE_FINGERPRINT, fingerprint);
  pn_recipe_draft_set (draft, PN_RECIPE_CIPHER, self->cipher);
  pn_recipe_draft_set_switch (draft, PN_RECIPE_UPDATE_EEPROM, self->update_eeprom);
  pn_recipe_draft_set_switch (draft, PN_RECIPE_MATCH_BOOT_ORDER, self->match_boot_order);
  pn_recipe_draft_set_switch (draft, PN_RECIPE_NETWORK, self->network);
  pn_recipe_draft_set_switch (draft, PN_RECIPE_JTAG_LOCK, self->jtag_lock);
  pn_recipe_draft_set_switch (draft, PN_RECIPE_DEVICE_KEY, self->device_key);
  pn_recipe_draft_set (draft, PN_RECIPE_RPIBOOT_GPIO, gpio);
  for (guint i = 0; i < PN_N_HOOK_STAGES; i++)
    if (self->hooks[i].file != NULL)
      set_hook (draft, (PnHookStage) i, &self->hooks[i]);
  return draft;
}

GBytes *
pn_recipe_to_text (const PnRecipe *self)
{
  g_autoptr (PnRecipeDraft) draft = pn_recipe_to_draft (self);

  return pn_recipe_draft_to_text (draft);
}
