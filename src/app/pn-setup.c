/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "pn-setup.h"

#include "pn-chip.h"
#include "pn-firmware-folder.h"

struct _PnSetup
{
  GObject parent_instance;
  GSettings *settings;
  PnRecipeDraft *draft;
  gboolean one_device;
  char *recipe;
  guint revision;
};

enum
{
  CHANGED,
  N_SIGNALS
};
static guint signals[N_SIGNALS];

G_DEFINE_FINAL_TYPE (PnSetup, pn_setup, G_TYPE_OBJECT)

static void
changed (PnSetup *self)
{
  g_autoptr (GBytes) text = pn_recipe_draft_to_text (self->draft);
  g_autofree char *kept = g_strndup (g_bytes_get_data (text, NULL), g_bytes_get_size (text));

  if (self->recipe == NULL)
    {
      g_settings_set_string (self->settings, "setup-draft", kept);
      g_settings_set_boolean (self->settings, "setup-one-device", self->one_device);
    }
  g_signal_emit (self, signals[CHANGED], 0);
}

static void
pn_setup_finalize (GObject *object)
{
  PnSetup *self = PN_SETUP (object);

  g_object_unref (self->settings);
  pn_recipe_draft_free (self->draft);
  g_free (self->recipe);
  G_OBJECT_CLASS (pn_setup_parent_class)->finalize (object);
}

static void
pn_setup_class_init (PnSetupClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = pn_setup_finalize;
  signals[CHANGED] = g_signal_new ("changed", PN_TYPE_SETUP, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
                                   G_TYPE_NONE, 0);
}

static void
pn_setup_init (PnSetup *self)
{
}

static PnRecipeDraft *
make_defaults (gboolean one_device)
{
  PnRecipeDraft *draft = pn_recipe_draft_new ();

  pn_recipe_draft_set (draft, PN_RECIPE_CHIP, pn_chip_to_word (PN_CHIP_BCM2712));
  pn_recipe_draft_set (draft, PN_RECIPE_MODE,
                       pn_mode_to_word (one_device ? PN_MODE_NAKED : PN_MODE_SECURE_BOOT));
  pn_recipe_draft_set (draft, PN_RECIPE_STORAGE,
                       pn_storage_to_word (one_device ? PN_STORAGE_SD : PN_STORAGE_EMMC));
  return draft;
}

PnSetup *
pn_setup_new (GSettings *settings)
{
  PnSetup *self = g_object_new (PN_TYPE_SETUP, NULL);
  g_autofree char *kept = g_settings_get_string (settings, "setup-draft");
  g_autoptr (GBytes) text = g_bytes_new (kept, strlen (kept));

  self->settings = g_object_ref (settings);
  self->one_device = g_settings_get_boolean (settings, "setup-one-device");
  if (kept[0] != '\0')
    self->draft = pn_recipe_draft_parse (text, "/", NULL);
  if (self->draft == NULL)
    {
      self->draft = make_defaults (self->one_device);
      pn_setup_set_step (self, 0);
    }
  return self;
}

void
pn_setup_begin (PnSetup *self, gboolean one_device)
{
  g_autofree char *image = g_strdup (pn_setup_get (self, PN_RECIPE_IMAGE));

  self->one_device = one_device;
  g_clear_pointer (&self->recipe, g_free);
  self->revision = 0;
  pn_recipe_draft_free (self->draft);
  self->draft = make_defaults (one_device);
  pn_recipe_draft_set (self->draft, PN_RECIPE_IMAGE, image);
  changed (self);
}

gboolean
pn_setup_is_one_device (PnSetup *self)
{
  return self->one_device;
}

guint
pn_setup_get_step (PnSetup *self)
{
  return g_settings_get_uint (self->settings, "setup-step");
}

void
pn_setup_set_step (PnSetup *self, guint step)
{
  if (self->recipe == NULL)
    g_settings_set_uint (self->settings, "setup-step", step);
}

const char *
pn_setup_get (PnSetup *self, PnRecipeField field)
{
  return pn_recipe_draft_get (self->draft, field);
}

/* The first storage that the family has, where it does not have the chosen one. */
static void
adapt_storage (PnSetup *self)
{
  static const PnStorage order[] = { PN_STORAGE_SD, PN_STORAGE_EMMC, PN_STORAGE_NVME };
  PnChip chip = pn_setup_get_chip (self);
  PnMode mode = pn_setup_get_mode (self);

  if (pn_recipe_why_not_storage (chip, mode, pn_setup_get_storage (self)) == NULL)
    return;
  for (guint i = 0; i < G_N_ELEMENTS (order); i++)
    if (pn_recipe_why_not_storage (chip, mode, order[i]) == NULL)
      {
        pn_recipe_draft_set (self->draft, PN_RECIPE_STORAGE, pn_storage_to_word (order[i]));
        return;
      }
}

void
pn_setup_set (PnSetup *self, PnRecipeField field, const char *value)
{
  if (g_strcmp0 (pn_recipe_draft_get (self->draft, field), value) == 0)
    return;
  pn_recipe_draft_set (self->draft, field, value);
  /* What comes nearest to a lock where there is none. */
  if (field == PN_RECIPE_CHIP &&
      pn_recipe_why_not (pn_setup_get_chip (self), pn_setup_get_mode (self)) != NULL)
    pn_setup_set (self, PN_RECIPE_MODE, pn_mode_to_word (PN_MODE_FDE_ONLY));
  if (field == PN_RECIPE_CHIP || field == PN_RECIPE_MODE)
    adapt_storage (self);
  if (field == PN_RECIPE_MODE && !pn_mode_locks (pn_setup_get_mode (self)))
    {
      pn_recipe_draft_set (self->draft, PN_RECIPE_KEY, NULL);
      pn_recipe_draft_set (self->draft, PN_RECIPE_FINGERPRINT, NULL);
    }
  if (field == PN_RECIPE_CHIP || field == PN_RECIPE_MODE)
    pn_recipe_draft_adapt (self->draft);
  changed (self);
}

PnChip
pn_setup_get_chip (PnSetup *self)
{
  PnChip chip = PN_CHIP_BCM2712;
  const char *word = pn_setup_get (self, PN_RECIPE_CHIP);

  if (word != NULL)
    (void) pn_chip_from_word (word, &chip);
  return chip;
}

PnMode
pn_setup_get_mode (PnSetup *self)
{
  return pn_recipe_draft_get_mode (self->draft);
}

PnStorage
pn_setup_get_storage (PnSetup *self)
{
  PnStorage storage = PN_STORAGE_SD;
  const char *word = pn_setup_get (self, PN_RECIPE_STORAGE);

  if (word != NULL)
    (void) pn_storage_from_word (word, &storage);
  return storage;
}

PnRecipeDraft *
pn_setup_get_draft (PnSetup *self)
{
  return self->draft;
}

void
pn_setup_take_firmware (PnSetup *self, const char *folder)
{
  gboolean eeprom = pn_recipe_draft_get_switch (self->draft, PN_RECIPE_UPDATE_EEPROM);
  PnMode mode = pn_setup_get_mode (self);
  PnChip chip = pn_setup_get_chip (self);

  for (PnRecipeField field = PN_RECIPE_EEPROM; field <= PN_RECIPE_INITRAMFS; field++)
    {
      g_autofree char *path = NULL;

      if (pn_recipe_field_is_required (field, chip, mode, eeprom))
        path = pn_firmware_folder_find (folder, chip, field);
      pn_recipe_draft_set (self->draft, field, path);
    }
  changed (self);
}

const char *
pn_setup_get_recipe (PnSetup *self)
{
  return self->recipe;
}

guint
pn_setup_get_revision (PnSetup *self)
{
  return self->revision;
}

void
pn_setup_set_created (PnSetup *self, const char *recipe, guint revision)
{
  pn_setup_set_step (self, 0);
  g_settings_reset (self->settings, "setup-draft");
  g_settings_reset (self->settings, "setup-one-device");
  g_free (self->recipe);
  self->recipe = g_strdup (recipe);
  self->revision = revision;
  changed (self);
}
