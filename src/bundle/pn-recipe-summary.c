/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "pn-recipe-summary.h"

#include "pn-chip.h"
#include "pn-image-store.h"

#include <glib/gi18n-lib.h>

static void
line_free (PnSummaryLine *line)
{
  g_free (line->text);
  g_free (line);
}

static void
change_free (PnRecipeChange *change)
{
  g_free (change->before);
  g_free (change->after);
  g_free (change);
}

/* Takes @text. */
static void
add (GPtrArray *lines, gboolean does, PnPermanence permanence, char *text)
{
  PnSummaryLine *line = g_new0 (PnSummaryLine, 1);

  line->does = does;
  line->permanence = permanence;
  line->text = text;
  g_ptr_array_add (lines, line);
}

static const char *
models_of (PnChip chip)
{
  static const char *const sentences[] = {
    N_ ("be taken only if it is a Raspberry Pi Zero 2 W; others are refused untouched"),
    N_ ("be taken only if it is a Raspberry Pi 4, 400 or Compute Module 4; others are refused "
        "untouched"),
    N_ ("be taken only if it is a Raspberry Pi 5, 500 or Compute Module 5; others are refused "
        "untouched"),
  };

  return _ (sentences[chip]);
}

static void
add_actions (GPtrArray *lines, const PnRecipe *recipe)
{
  g_autofree char *image = pn_image_store_name_file (recipe->image);
  const char *storage = pn_storage_to_label (recipe->storage);

  add (lines, TRUE, 0, g_strdup (models_of (recipe->chip)));
  /* Translators: “SD card”, “eMMC” or “NVMe drive”, and the name of an image */
  add (lines, TRUE, 0,
       g_strdup_printf (_ ("have its %s erased and ‘%s’ written to it"), storage, image));
  if (recipe->network)
    add (lines, TRUE, 0,
         g_strdup (_ ("take its image over the network where it is on the same one as the station, "
                      "else over USB")));
  if (pn_mode_encrypts (recipe->mode))
    add (lines, TRUE, 0,
         g_strdup (_ ("encrypt its system with AES-XTS, and open it by itself at "
                      "every start")));
  if (pn_mode_locks (recipe->mode))
    add (lines, TRUE, 0, g_strdup (_ ("start only software that is signed with your key")));
  if (recipe->update_eeprom || pn_mode_locks (recipe->mode))
    add (lines, TRUE, 0,
         recipe->match_boot_order
             ? g_strdup_printf (_ ("get its boot firmware renewed, and start from its %s first"),
                                storage)
             : g_strdup (_ ("get its boot firmware renewed")));
}

static char *
describe_lock (const PnRecipe *recipe)
{
  g_autofree char *hex = pn_sha256_to_hex (&recipe->fingerprint);

  if (pn_sha256_is_zero (&recipe->fingerprint))
    return g_strdup (_ ("it is locked to the signing key: without the key nobody can ever give it "
                        "new software"));
  hex[8] = '\0';
  /* Translators: the first eight digits of a key's fingerprint */
  return g_strdup_printf (_ ("it is locked to the signing key %s: without the key nobody can ever "
                             "give it new software"),
                          hex);
}

/* What a recipe lets a hook do, in words: "", or from a comma on. */
static char *
describe_leave (const PnRecipeHook *hook)
{
  g_autofree char *folders = g_strjoinv (", ", hook->write);
  g_autofree char *write = hook->write[0] != NULL
                               /* Translators: goes on behind the name of a script */
                               ? g_strdup_printf (_ (", which may write to %s"), folders)
                               : g_strdup ("");

  return g_strconcat (hook->network ? _ (", which may use the network") : "", write, NULL);
}

static void
add_hooks (GPtrArray *lines, const PnRecipe *recipe)
{
  for (guint i = 0; i < PN_N_HOOK_STAGES; i++)
    {
      const PnRecipeHook *hook = &recipe->hooks[i];
      const char *stage = pn_hook_stage_to_word ((PnHookStage) i);
      g_autofree char *name = NULL;
      g_autofree char *leave = NULL;

      if (hook->file == NULL || !hook->enabled)
        continue;
      name = g_filename_display_basename (hook->file);
      leave = describe_leave (hook);
      /* Translators: a script's file name, when it runs (“post-flash”), and “”, or “, which may use
       * the network” */
      add (lines, TRUE, 0,
           g_strdup_printf (pn_hook_stage_is_image ((PnHookStage) i)
                                ? _ ("get an image that your script ‘%s’ (%s) has worked on%s")
                                : _ ("have your script ‘%s’ (%s) run at the station%s"),
                            name, stage, leave));
    }
}

GPtrArray *
pn_recipe_summary (const PnRecipe *recipe)
{
  GPtrArray *lines = g_ptr_array_new_with_free_func ((GDestroyNotify) line_free);
  gboolean locked = pn_mode_locks (recipe->mode);
  PnPermanence lasting = locked ? PN_PERMANENCE_SAME_KEY : PN_PERMANENCE_REVERSIBLE;

  add_actions (lines, recipe);
  add_hooks (lines, recipe);
  if (locked)
    add (lines, FALSE, PN_PERMANENCE_PERMANENT, describe_lock (recipe));
  if (recipe->device_key)
    add (lines, FALSE, PN_PERMANENCE_PERMANENT,
         g_strdup (_ ("it makes an identity of its own, once, and keeps it")));
  if (recipe->jtag_lock)
    add (lines, FALSE, PN_PERMANENCE_PERMANENT,
         g_strdup (_ ("its debug port is closed: the maker’s support cannot examine the chip")));
  if (recipe->rpiboot_gpio != 0)
    add (lines, FALSE, PN_PERMANENCE_PERMANENT,
         g_strdup_printf (_ ("its GPIO %u starts USB boot whenever it is connected to ground"),
                          recipe->rpiboot_gpio));
  if (recipe->update_eeprom || locked)
    add (lines, FALSE, lasting, g_strdup (_ ("its boot firmware and boot settings")));
  add (lines, FALSE, lasting, g_strdup (_ ("everything on its storage")));
  return lines;
}

/* Where two files have the same name, their folders are what differs. */
static void
describe (const PnRecipeDraft *before, const PnRecipeDraft *after, PnRecipeChange *change)
{
  const char *old = pn_recipe_draft_get (before, change->field);
  const char *new = pn_recipe_draft_get (after, change->field);

  change->before = pn_recipe_draft_get_words (before, change->field);
  change->after = pn_recipe_draft_get_words (after, change->field);
  if (old == NULL || new == NULL || !g_str_equal (change->before, change->after))
    return;
  g_free (change->before);
  g_free (change->after);
  change->before = g_filename_display_name (old);
  change->after = g_filename_display_name (new);
}

static gboolean
differs (const PnRecipeDraft *before, const PnRecipeDraft *after, PnRecipeField field)
{
  if (pn_recipe_field_get_kind (field) == PN_RECIPE_KIND_SWITCH)
    return pn_recipe_draft_get_switch (before, field) != pn_recipe_draft_get_switch (after, field);
  return g_strcmp0 (pn_recipe_draft_get (before, field), pn_recipe_draft_get (after, field)) != 0;
}

GPtrArray *
pn_recipe_differences (const PnRecipeDraft *before, const PnRecipeDraft *after)
{
  GPtrArray *changes = g_ptr_array_new_with_free_func ((GDestroyNotify) change_free);

  for (guint i = 0; i < PN_N_RECIPE_FIELDS; i++)
    if (i != PN_RECIPE_REVISION && differs (before, after, (PnRecipeField) i))
      {
        PnRecipeChange *change = g_new0 (PnRecipeChange, 1);

        change->field = (PnRecipeField) i;
        describe (before, after, change);
        g_ptr_array_add (changes, change);
      }
  return changes;
}
