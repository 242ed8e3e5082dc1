/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Scripts of the recipe: all of them travel in the bundle; those for images run here, on copies of
 * the image's files. */
#include "config.h"

#include "pn-prepare-private.h"

#include <errno.h>
#include <glib/gstdio.h>

#include "pn-ext4-tree.h"
#include "pn-hook.h"
#include "pn-io.h"
#include "pn-recipe-files.h"

#define MAX_LINES 100 /* of what a hook printed that are said */

gboolean
pn_preparing_has_image_hooks (PnPreparing *self)
{
  return self->scripts[PN_HOOK_BOOTFS_MOUNTED] != NULL ||
         self->scripts[PN_HOOK_ROOTFS_MOUNTED] != NULL;
}

static gboolean
add_hook (PnPreparing *self, PnHookStage stage, GError **error)
{
  const PnRecipeHook *hook = &self->recipe->hooks[stage];
  g_autofree char *name = g_strdup_printf ("hook-%s.sh", pn_hook_stage_to_word (stage));
  g_autoptr (GBytes) script = pn_recipe_load_hook (hook, stage, error);

  if (script == NULL ||
      !pn_preparing_add_bytes (self, (PnRole) (PN_ROLE_HOOKS + stage), name, script, error))
    return FALSE;
  pn_manifest_add_hook (self->manifest, stage, hook->seconds, hook->network,
                        (const char *const *) hook->write);
  self->scripts[stage] = g_steal_pointer (&script);
  return TRUE;
}

gboolean
pn_preparing_add_hooks (PnPreparing *self, GError **error)
{
  for (guint i = 0; i < PN_N_HOOK_STAGES; i++)
    {
      const PnRecipeHook *hook = &self->recipe->hooks[i];

      if (hook->file != NULL && hook->enabled && !add_hook (self, (PnHookStage) i, error))
        return FALSE;
    }
  if (!pn_preparing_has_image_hooks (self))
    return TRUE;
  if (self->set != NULL)
    return pn_set_error (error, PN_ERROR_NOT_SUPPORTED,
                         "The hooks bootfs-mounted and rootfs-mounted work on an image; an image "
                         "set is taken as it is. Remove them from the recipe, or have them done "
                         "where the set is made");
  return pn_hook_check_machine (error);
}

static void
say_output (PnPreparing *self, PnHookStage stage, const char *output)
{
  g_auto (GStrv) lines = g_strsplit (output, "\n", -1);
  guint n = g_strv_length (lines);

  for (guint i = n > MAX_LINES ? n - MAX_LINES : 0; i < n; i++)
    if (lines[i][0] != '\0')
      pn_preparing_say (self, FALSE, "%s: %s", pn_hook_stage_to_word (stage), lines[i]);
}

static gboolean
run_hook (PnPreparing *self,
          PnHookStage stage,
          const char *boot,
          const char *root,
          const char *owners,
          GError **error)
{
  static const char *const arguments[] = { PN_HOOK_BOOT, PN_HOOK_ROOT, NULL };
  const PnRecipeHook *hook = &self->recipe->hooks[stage];
  g_autofree char *storage =
      g_strconcat ("RPI_DEVICE_STORAGE_TYPE=", pn_storage_to_word (self->recipe->storage), NULL);
  const char *const environment[] = { "GOLD_MASTER_OS_KIND=image", storage, NULL };
  const PnHookJob job = { .stage = stage,
                          .script = self->scripts[stage],
                          .arguments = arguments,
                          .environment = environment,
                          .seconds = hook->seconds,
                          .network = hook->network,
                          .write = (const char *const *) hook->write,
                          .boot = boot,
                          .root = root,
                          .owners = owners };
  g_autofree char *output = NULL;
  gboolean fine;

  if (self->scripts[stage] == NULL)
    return TRUE;
  pn_preparing_say (self, FALSE, "Running the hook %s", pn_hook_stage_to_word (stage));
  fine = pn_hook_run (&job, &output, self->cancellable, error);
  say_output (self, stage, output);
  return fine;
}

static gboolean
run_both (PnPreparing *self, const char *boot, const char *root, const char *owners, GError **error)
{
  return run_hook (self, PN_HOOK_BOOTFS_MOUNTED, boot, root, owners, error) &&
         run_hook (self, PN_HOOK_ROOTFS_MOUNTED, boot, root, owners, error);
}

/* The root file system costs a copy of its files, and time: only where there is a hook for it. The
 * other one sees an empty folder in its place. */
static gboolean
run_on_folders (
    PnPreparing *self, const char *folder, const char *boot, PnExt4 *root, GError **error)
{
  g_autofree char *empty = g_build_filename (folder, "empty", NULL);
  g_autoptr (PnExt4Tree) tree = NULL;

  if (self->scripts[PN_HOOK_ROOTFS_MOUNTED] == NULL)
    {
      if (g_mkdir (empty, 0755) == 0)
        return run_both (self, boot, empty, NULL, error);
      pn_set_error_from_errno (error, errno, "Cannot make %s", empty);
      return FALSE;
    }
  pn_preparing_say (self, FALSE, "Unpacking the root file system for the hook rootfs-mounted");
  tree = pn_ext4_unpack (root, folder, self->cancellable, error);
  if (tree == NULL ||
      !run_both (self, boot, pn_ext4_tree_get_root (tree), pn_ext4_tree_get_owners (tree), error))
    return FALSE;
  pn_preparing_say (self, FALSE, "Taking over what the hook rootfs-mounted changed");
  return pn_ext4_tree_merge (tree, self->timestamp, self->cancellable, error);
}

gboolean
pn_preparing_run_hooks (PnPreparing *self, GPtrArray *files, PnExt4 *root, GError **error)
{
  g_autofree char *folder = g_build_filename (self->folder, "hooks", NULL);
  g_autofree char *boot = g_build_filename (folder, "boot", NULL);
  gboolean fine;

  if (g_mkdir (folder, 0700) < 0)
    {
      pn_set_error_from_errno (error, errno, "Cannot make %s", folder);
      return FALSE;
    }
  fine = pn_preparing_write_folder (files, boot, error) &&
         run_on_folders (self, folder, boot, root, error) &&
         pn_preparing_read_folder (files, boot, error);
  pn_remove_tree (folder);
  return fine;
}
