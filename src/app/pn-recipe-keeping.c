/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "pn-recipe-keeping.h"

#include "pn-firmware-folder.h"

/* ---- keeping ---- */

static void
keep_thread (GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
  g_autoptr (PnRecipeStore) store = pn_recipe_store_new (NULL, NULL);
  const char *id = g_object_get_data (G_OBJECT (task), "id");
  GError *error = NULL;
  char *kept = NULL;

  if (id == NULL)
    kept = pn_recipe_store_create (store, data, &error);
  else if (pn_recipe_store_save_draft (store, id, data, &error))
    kept = g_strdup (id);
  if (kept != NULL)
    g_task_return_pointer (task, kept, g_free);
  else
    g_task_return_error (task, error);
}

void
pn_recipe_keep_async (const char *id,
                      PnRecipeDraft *draft,
                      GAsyncReadyCallback callback,
                      gpointer user_data)
{
  g_autoptr (GTask) task = g_task_new (NULL, NULL, callback, user_data);

  g_task_set_source_tag (task, pn_recipe_keep_async);
  g_task_set_task_data (task, pn_recipe_draft_copy (draft), (GDestroyNotify) pn_recipe_draft_free);
  g_object_set_data_full (G_OBJECT (task), "id", g_strdup (id), g_free);
  g_task_run_in_thread (task, keep_thread);
}

char *
pn_recipe_keep_finish (GAsyncResult *result, GError **error)
{
  return g_task_propagate_pointer (G_TASK (result), error);
}

static void
discard_thread (GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
  g_autoptr (PnRecipeStore) store = pn_recipe_store_new (NULL, NULL);

  if (data != NULL)
    (void) pn_recipe_store_discard_draft (store, data, NULL);
  g_task_return_boolean (task, TRUE);
}

void
pn_recipe_discard_async (const char *id, GAsyncReadyCallback callback, gpointer user_data)
{
  g_autoptr (GTask) task = g_task_new (NULL, NULL, callback, user_data);

  g_task_set_source_tag (task, pn_recipe_discard_async);
  g_task_set_task_data (task, g_strdup (id), g_free);
  g_task_run_in_thread (task, discard_thread);
}

/* ---- loading ---- */

typedef struct
{
  char *id, *firmware;
  PnRecipeDraft *base, *draft;
} Loading;

static void
loading_free (Loading *loading)
{
  g_free (loading->id);
  g_free (loading->firmware);
  g_clear_pointer (&loading->base, pn_recipe_draft_free);
  g_clear_pointer (&loading->draft, pn_recipe_draft_free);
  g_free (loading);
}

static PnRecipeDraft *
make_first_draft (const char *firmware)
{
  PnRecipeDraft *draft = pn_recipe_draft_new ();

  pn_recipe_draft_set (draft, PN_RECIPE_MODE, pn_mode_to_word (PN_MODE_SECURE_BOOT));
  pn_recipe_draft_set (draft, PN_RECIPE_CHIP, pn_chip_to_word (PN_CHIP_BCM2712));
  pn_recipe_draft_set (draft, PN_RECIPE_STORAGE, pn_storage_to_word (PN_STORAGE_EMMC));
  pn_firmware_folder_follow (firmware, PN_CHIP_BCM2712, draft);
  return draft;
}

static void
load_thread (GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
  Loading *loading = data;
  g_autoptr (PnRecipeStore) store = pn_recipe_store_new (NULL, NULL);
  g_autoptr (PnRecipeEntry) entry = NULL;
  GError *error = NULL;

  if (loading->id == NULL)
    {
      loading->base = make_first_draft (loading->firmware);
      loading->draft = pn_recipe_draft_copy (loading->base);
      g_task_return_boolean (task, TRUE);
      return;
    }
  entry = pn_recipe_store_lookup (store, loading->id, &error);
  if (entry != NULL)
    loading->base = entry->revision > 0
                        ? pn_recipe_store_load (store, loading->id, entry->revision, &error)
                        : pn_recipe_draft_new ();
  if (loading->base != NULL)
    loading->draft = entry->has_draft ? pn_recipe_store_load (store, loading->id, 0, &error)
                                      : pn_recipe_draft_copy (loading->base);
  if (loading->draft != NULL)
    g_task_return_boolean (task, TRUE);
  else
    g_task_return_error (task, error);
}

void
pn_recipe_load_async (const char *id,
                      const char *firmware,
                      GAsyncReadyCallback callback,
                      gpointer user_data)
{
  g_autoptr (GTask) task = g_task_new (NULL, NULL, callback, user_data);
  Loading *loading = g_new0 (Loading, 1);

  loading->id = g_strdup (id);
  loading->firmware = g_strdup (firmware);
  g_task_set_source_tag (task, pn_recipe_load_async);
  g_task_set_task_data (task, loading, (GDestroyNotify) loading_free);
  g_task_run_in_thread (task, load_thread);
}

gboolean
pn_recipe_load_finish (GAsyncResult *result,
                       PnRecipeDraft **base,
                       PnRecipeDraft **draft,
                       GError **error)
{
  Loading *loading = g_task_get_task_data (G_TASK (result));

  if (!g_task_propagate_boolean (G_TASK (result), error))
    return FALSE;
  *base = g_steal_pointer (&loading->base);
  *draft = g_steal_pointer (&loading->draft);
  return TRUE;
}
