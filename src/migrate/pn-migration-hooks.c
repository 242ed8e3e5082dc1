/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The old tool's scripts (operations.md §3), one file for each stage and way of provisioning,
 * become hooks of the recipe: copied and frozen, never run. There they ran as root and could do
 * anything; here a recipe has to say what they may. */
#include "config.h"

#include <errno.h>
#include <glib/gi18n-lib.h>
#include <glib/gstdio.h>
#include <string.h>

#include "pn-digest.h"
#include "pn-hook.h"
#include "pn-idp-set.h"
#include "pn-io.h"
#include "pn-migration-private.h"

#define SHORT_HASH 12 /* hexadecimal digits */
#define MAX_COPIES 100

/* Which of the old tool's programs runs a script. */
static const char *const prefixes[] = {
  [PN_MODE_SECURE_BOOT] = "sb-provisioner-",
  [PN_MODE_FDE_ONLY] = "fde-provisioner-",
  [PN_MODE_NAKED] = "naked-provisioner-",
  "idp-provisioner-",
};
#define IMAGE_SET (G_N_ELEMENTS (prefixes) - 1)

/* "sb-provisioner-post-flash.sh". */
static gboolean
parse_name (const char *name, guint *prefix, PnHookStage *stage)
{
  g_autofree char *word = NULL;

  if (!g_str_has_suffix (name, ".sh"))
    return FALSE;
  for (*prefix = 0; *prefix < G_N_ELEMENTS (prefixes); (*prefix)++)
    if (g_str_has_prefix (name, prefixes[*prefix]))
      break;
  if (*prefix == G_N_ELEMENTS (prefixes))
    return FALSE;
  word = g_strndup (name + strlen (prefixes[*prefix]),
                    strlen (name) - strlen (prefixes[*prefix]) - strlen (".sh"));
  /* An image set's program has nothing mounted, and begins after the bootstrap. */
  return pn_hook_stage_from_word (word, stage) &&
         (*prefix != IMAGE_SET ||
          (!pn_hook_stage_is_image (*stage) && *stage != PN_HOOK_BOOTSTRAP));
}

/* What the old tool would run at @stage for what the recipe says. */
static guint
choose_prefix (const PnRecipeDraft *draft, PnHookStage stage)
{
  const char *image = pn_recipe_draft_get (draft, PN_RECIPE_IMAGE);

  if (stage != PN_HOOK_BOOTSTRAP && image != NULL && pn_idp_set_is (image))
    return IMAGE_SET;
  return (guint) pn_recipe_draft_get_mode (draft);
}

static void
take (PnMigration *self, const PnOldHook *hook, PnHookStage stage)
{
  PnSha256 digest = pn_sha256_bytes (hook->script);
  g_autofree char *hex = pn_sha256_to_hex (&digest);
  const char *sentence;

  hex[SHORT_HASH] = '\0';
  if (!hook->enabled)
    sentence = N_ ("In the recipe, at %s, with the hash %s; it is switched off, as it was");
  else if (pn_hook_stage_is_image (stage))
    sentence = N_ ("In the recipe, at %s, with the hash %s. It runs once, while a bundle is "
                   "prepared, in a sandbox without network");
  else
    sentence = N_ ("In the recipe, at %s, with the hash %s. It runs in a sandbox: it reaches no "
                   "device and no network, and keeps nothing that it writes. What it needs of "
                   "that is for the recipe to allow");
  self->hooks[stage] = hook;
  pn_migration_add (self, PN_MIGRATION_HOOK,
                    hook->enabled ? PN_MIGRATION_CHANGED : PN_MIGRATION_TAKEN, hook->name,
                    pn_sentence_format (sentence, pn_hook_stage_to_word (stage), hex));
}

void
pn_migration_plan_hooks (PnMigration *self)
{
  for (guint i = 0; i < self->station->hooks->len; i++)
    {
      const PnOldHook *hook = self->station->hooks->pdata[i];
      PnHookStage stage;
      guint prefix;
      const char *why;

      if (!parse_name (hook->name, &prefix, &stage))
        why = N_ ("The old tool runs no script of this name");
      else if (prefix != choose_prefix (self->draft, stage))
        why = N_ ("Only for another way of provisioning than the configuration’s; choose it in a "
                  "recipe for that one");
      else if (hook->script == NULL)
        why = hook->why;
      else
        {
          take (self, hook, stage);
          continue;
        }
      pn_migration_add (self, PN_MIGRATION_HOOK, PN_MIGRATION_LEFT, hook->name, g_strdup (why));
    }
}

/* ---- doing it ---- */

static gboolean
has_content (const char *path, GBytes *content)
{
  g_autoptr (GBytes) there = pn_read_file (path, PN_HOOK_MAX, NULL);

  return there != NULL && g_bytes_equal (there, content);
}

/* Where it is then: beside another one of that name, unless that is the same. NULL with @error. */
static char *
copy (const PnOldHook *hook, const char *folder, GError **error)
{
  g_autofree char *stem = g_strndup (hook->name, strlen (hook->name) - strlen (".sh"));

  for (guint i = 1; i <= MAX_COPIES; i++)
    {
      g_autofree char *name =
          i == 1 ? g_strdup (hook->name) : g_strdup_printf ("%s-%u.sh", stem, i);
      g_autofree char *path = g_build_filename (folder, name, NULL);
      g_autoptr (GError) local = NULL;

      if (pn_create_file (path, hook->script, &local) ||
          (g_error_matches (local, PN_ERROR, PN_ERROR_EXISTS) && has_content (path, hook->script)))
        return g_steal_pointer (&path);
      if (g_error_matches (local, PN_ERROR, PN_ERROR_EXISTS) && i < MAX_COPIES)
        continue;
      g_propagate_error (error, g_steal_pointer (&local));
      return NULL;
    }
  g_return_val_if_reached (NULL);
}

static void
put (PnMigration *self, PnHookStage stage, const char *path)
{
  const PnOldHook *hook = self->hooks[stage];
  PnSha256 digest = pn_sha256_bytes (hook->script);
  g_autofree char *hex = pn_sha256_to_hex (&digest);

  pn_recipe_draft_set (self->draft, pn_recipe_hook_field (stage, PN_RECIPE_HOOK_FILE), path);
  pn_recipe_draft_set (self->draft, pn_recipe_hook_field (stage, PN_RECIPE_HOOK_SHA256), hex);
  pn_recipe_draft_set_switch (self->draft, pn_recipe_hook_field (stage, PN_RECIPE_HOOK_ENABLED),
                              hook->enabled);
}

void
pn_migration_copy_hooks (PnMigration *self, const char *folder)
{
  for (guint i = 0; i < PN_N_HOOK_STAGES; i++)
    {
      const PnOldHook *hook = self->hooks[i];
      g_autofree char *path = NULL;
      g_autoptr (GError) error = NULL;

      if (hook == NULL)
        continue;
      if (g_mkdir_with_parents (folder, 0700) == 0)
        path = copy (hook, folder, &error);
      else
        pn_set_error_from_errno (&error, errno, "Cannot make %s", folder);
      if (path != NULL)
        put (self, (PnHookStage) i, path);
      else
        pn_migration_fail (self, PN_MIGRATION_HOOK, hook->name, error);
    }
}
