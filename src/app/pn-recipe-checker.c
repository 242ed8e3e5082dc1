/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "pn-recipe-checker.h"

#include <string.h>

#include "pn-digest.h"
#include "pn-error.h"
#include "pn-hook.h"
#include "pn-io.h"
#include "pn-recipe-files.h"
#include "pn-recipe-store.h"

#define REST_MS 300

typedef struct
{
  PnRecipeDraft *draft;
  char *id;
  char *problems[PN_N_RECIPE_FIELDS];
  char *remarks[PN_N_RECIPE_FIELDS];
  char *hashes[PN_N_HOOK_STAGES];
} Check;

struct _PnRecipeChecker
{
  GObject parent_instance;
  Check *asked;  /* waits for the rest */
  Check *result; /* the last, or NULL */
  GCancellable *cancellable;
  guint rest;
  gboolean running;
};

static guint checked_signal;

G_DEFINE_FINAL_TYPE (PnRecipeChecker, pn_recipe_checker, G_TYPE_OBJECT)

static void
check_free (Check *check)
{
  pn_recipe_draft_free (check->draft);
  g_free (check->id);
  for (guint i = 0; i < PN_N_RECIPE_FIELDS; i++)
    {
      g_free (check->problems[i]);
      g_free (check->remarks[i]);
    }
  for (guint i = 0; i < PN_N_HOOK_STAGES; i++)
    g_free (check->hashes[i]);
  g_free (check);
}

/* As long as the recipe does not say what the script has to be: what it is. */
static void
hash_script (Check *check, PnHookStage stage)
{
  const char *path =
      pn_recipe_draft_get (check->draft, pn_recipe_hook_field (stage, PN_RECIPE_HOOK_FILE));
  PnRecipeField digest = pn_recipe_hook_field (stage, PN_RECIPE_HOOK_SHA256);
  g_autoptr (GBytes) script = NULL;
  PnSha256 hash;

  if (path == NULL || pn_recipe_draft_get (check->draft, digest) != NULL)
    return;
  script = pn_read_file (path, PN_HOOK_MAX, NULL);
  if (script == NULL)
    return;
  hash = pn_sha256_bytes (script);
  check->hashes[stage] = pn_sha256_to_hex (&hash);
}

static void
check_thread (GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
  Check *check = data;
  g_autoptr (PnRecipeStore) store = pn_recipe_store_new (NULL, NULL);

  for (guint i = 0; i < PN_N_RECIPE_FIELDS && !g_cancellable_is_cancelled (cancellable); i++)
    {
      PnRecipeField field = (PnRecipeField) i;
      g_autoptr (GError) error = NULL;

      if (!pn_recipe_draft_check (check->draft, field, &error) ||
          (field == PN_RECIPE_NAME &&
           !pn_recipe_store_check_name (store, check->id, pn_recipe_draft_get (check->draft, field),
                                        &error)) ||
          !pn_recipe_check_file (check->draft, field, &check->remarks[i], cancellable, &error))
        check->problems[i] = g_strdup (pn_error_text (error));
    }
  for (guint i = 0; i < PN_N_HOOK_STAGES; i++)
    hash_script (check, (PnHookStage) i);
  g_task_return_boolean (task, TRUE);
}

static void start (PnRecipeChecker *self);

static void
check_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  PnRecipeChecker *self = PN_RECIPE_CHECKER (source);
  Check *check = g_task_get_task_data (G_TASK (result));

  self->running = FALSE;
  g_clear_object (&self->cancellable);
  if (self->asked != NULL)
    {
      if (self->rest == 0)
        start (self);
      return; /* it was of what is not so any more */
    }
  g_clear_pointer (&self->result, check_free);
  self->result = g_new0 (Check, 1);
  *self->result = *check;
  memset (check, 0, sizeof *check);
  check->draft = pn_recipe_draft_new ();
  g_signal_emit (self, checked_signal, 0);
}

static void
start (PnRecipeChecker *self)
{
  g_autoptr (GTask) task = NULL;

  if (self->running)
    {
      g_cancellable_cancel (self->cancellable);
      return;
    }
  self->cancellable = g_cancellable_new ();
  self->running = TRUE;
  task = g_task_new (self, self->cancellable, check_cb, NULL);
  g_task_set_check_cancellable (task, FALSE);
  g_task_set_task_data (task, g_steal_pointer (&self->asked), (GDestroyNotify) check_free);
  g_task_run_in_thread (task, check_thread);
}

static gboolean
rest_cb (gpointer user_data)
{
  PnRecipeChecker *self = user_data;

  self->rest = 0;
  start (self);
  return G_SOURCE_REMOVE;
}

void
pn_recipe_checker_set (PnRecipeChecker *self,
                       const PnRecipeDraft *draft,
                       const char *id,
                       gboolean at_once)
{
  g_clear_pointer (&self->asked, check_free);
  g_clear_handle_id (&self->rest, g_source_remove);
  self->asked = g_new0 (Check, 1);
  self->asked->draft = pn_recipe_draft_copy (draft);
  self->asked->id = g_strdup (id);
  if (at_once)
    start (self);
  else
    self->rest = g_timeout_add (REST_MS, rest_cb, self);
}

gboolean
pn_recipe_checker_is_busy (PnRecipeChecker *self)
{
  return self->asked != NULL || self->running || self->result == NULL;
}

const char *
pn_recipe_checker_get_problem (PnRecipeChecker *self, PnRecipeField field)
{
  return self->result != NULL ? self->result->problems[field] : NULL;
}

const char *
pn_recipe_checker_get_fingerprint (PnRecipeChecker *self)
{
  const char *remark = self->result != NULL ? self->result->remarks[PN_RECIPE_KEY] : NULL;
  PnSha256 digest;

  return remark != NULL && pn_sha256_from_hex (remark, &digest) ? remark : NULL;
}

const char *
pn_recipe_checker_get_hash (PnRecipeChecker *self, PnHookStage stage)
{
  return self->result != NULL ? self->result->hashes[stage] : NULL;
}

const char *
pn_recipe_checker_get_remark (PnRecipeChecker *self, PnRecipeField field)
{
  if (self->result == NULL ||
      (field == PN_RECIPE_KEY && pn_recipe_checker_get_fingerprint (self) != NULL))
    return NULL;
  return self->result->remarks[field];
}

gboolean
pn_recipe_checker_get_first (PnRecipeChecker *self, PnRecipeField *field)
{
  for (guint i = 0; self->result != NULL && i < PN_N_RECIPE_FIELDS; i++)
    if (self->result->problems[i] != NULL)
      {
        *field = (PnRecipeField) i;
        return TRUE;
      }
  return FALSE;
}

static void
pn_recipe_checker_finalize (GObject *object)
{
  PnRecipeChecker *self = PN_RECIPE_CHECKER (object);

  g_clear_handle_id (&self->rest, g_source_remove);
  g_clear_pointer (&self->asked, check_free);
  g_clear_pointer (&self->result, check_free);
  g_clear_object (&self->cancellable);
  G_OBJECT_CLASS (pn_recipe_checker_parent_class)->finalize (object);
}

static void
pn_recipe_checker_class_init (PnRecipeCheckerClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = pn_recipe_checker_finalize;
  checked_signal = g_signal_new ("checked", G_TYPE_FROM_CLASS (klass), G_SIGNAL_RUN_LAST, 0, NULL,
                                 NULL, NULL, G_TYPE_NONE, 0);
}

static void
pn_recipe_checker_init (PnRecipeChecker *self)
{
}

PnRecipeChecker *
pn_recipe_checker_new (void)
{
  return g_object_new (PN_TYPE_RECIPE_CHECKER, NULL);
}
