/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "pn-prepare-job.h"

#include <glib/gi18n.h>

#include "pn-app.h"
#include "pn-error.h"
#include "pn-passphrase-dialog.h"
#include "pn-pem-signer.h"
#include "pn-prepare.h"
#include "pn-recipe-list.h"
#include "pn-sentence.h"

typedef struct
{
  PnJob *job;
  GtkWidget *parent; /* weak */
  char *id;
  guint revision;
  PnSecret *passphrase; /* NULL until it was asked for */
  gboolean wants_passphrase;
  char *key; /* the key's file */
} Preparing;

static void
preparing_free (Preparing *self)
{
  g_clear_weak_pointer (&self->parent);
  g_clear_object (&self->job);
  g_clear_pointer (&self->passphrase, pn_secret_unref);
  g_free (self->id);
  g_free (self->key);
  g_free (self);
}

/* ---- in the thread ---- */

static PnSecret *
passphrase_cb (gpointer user_data, GError **error)
{
  Preparing *self = user_data;

  self->wants_passphrase = TRUE;
  if (self->passphrase != NULL)
    return pn_secret_ref (self->passphrase);
  g_set_error_literal (error, PN_ERROR, PN_ERROR_KEY, _ ("The key’s passphrase is needed"));
  return NULL;
}

static void
say_cb (const char *sentence, gboolean warning, gpointer user_data)
{
  Preparing *self = user_data;

  g_autofree char *text = pn_sentence_to_local (sentence);

  pn_job_report (self->job, text, 0, 0);
}

static void
progress_cb (guint64 done, guint64 total, gpointer user_data)
{
  Preparing *self = user_data;

  pn_job_report (self->job, NULL, done, total);
}

static gboolean
prepare (Preparing *self, GCancellable *cancellable, GError **error)
{
  g_autoptr (PnRecipeStore) store = pn_recipe_store_new (NULL, NULL);
  g_autoptr (PnRecipeDraft) draft = pn_recipe_store_load (store, self->id, self->revision, error);
  g_autoptr (PnRecipe) recipe = draft != NULL ? pn_recipe_new_from_draft (draft, error) : NULL;
  g_autoptr (PnSigner) signer = NULL;
  g_autofree char *folder = NULL;

  if (recipe == NULL)
    return FALSE;
  if (recipe->mode == PN_MODE_SECURE_BOOT)
    {
      self->wants_passphrase = FALSE;
      g_free (self->key);
      self->key = g_strdup (recipe->key);
      pn_job_report (self->job, _ ("Opening the signing key"), 0, 0);
      signer = pn_pem_signer_new_from_file (recipe->key, passphrase_cb, self, error);
      if (signer == NULL)
        return FALSE;
      self->wants_passphrase = FALSE;
    }
  folder = pn_recipe_store_choose_bundle (store, self->id, self->revision, error);
  return folder != NULL &&
         pn_prepare (recipe, signer, folder, g_get_real_time () / G_USEC_PER_SEC, say_cb,
                     progress_cb, self, cancellable, error) &&
         pn_recipe_store_set_bundle (store, self->id, self->revision, folder, error);
}

static void
prepare_thread (GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
  GError *error = NULL;

  if (prepare (data, cancellable, &error))
    g_task_return_boolean (task, TRUE);
  else
    g_task_return_error (task, error);
}

/* ---- on the main thread ---- */

static void start (Preparing *self);

static void
end (Preparing *self, const GError *error)
{
  g_autoptr (PnRecipeList) list = pn_recipe_list_get ();

  pn_job_end (self->job, _ ("The bundle is sealed and checked."), error);
  pn_recipe_list_refresh (list);
  preparing_free (self);
}

static void
answered_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  Preparing *self = user_data;
  g_autoptr (GError) error = NULL;
  PnSecret *passphrase = pn_passphrase_dialog_ask_finish (result, &error);

  if (passphrase == NULL)
    {
      end (self, error);
      return;
    }
  g_clear_pointer (&self->passphrase, pn_secret_unref);
  self->passphrase = passphrase;
  start (self);
}

static void
prepared_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  Preparing *self = user_data;
  g_autoptr (GError) error = NULL;

  if (!g_task_propagate_boolean (G_TASK (result), &error) && self->wants_passphrase &&
      g_error_matches (error, PN_ERROR, PN_ERROR_KEY) && self->parent != NULL)
    {
      pn_job_report (self->job, _ ("Waiting for the passphrase"), 0, 0);
      pn_passphrase_dialog_ask_async (self->parent, self->key,
                                      self->passphrase != NULL ? pn_error_text (error) : NULL,
                                      pn_job_get_cancellable (self->job), answered_cb, self);
      return;
    }
  end (self, error);
}

static void
start (Preparing *self)
{
  g_autoptr (GTask) task = g_task_new (NULL, pn_job_get_cancellable (self->job), prepared_cb, self);

  g_task_set_check_cancellable (task, FALSE);
  g_task_set_task_data (task, self, NULL);
  g_task_run_in_thread (task, prepare_thread);
}

PnJob *
pn_prepare_job_start (GtkWidget *parent, const char *id, guint revision, const char *name)
{
  Preparing *self = g_new0 (Preparing, 1);
  /* Translators: a recipe's name and the number of its revision */
  g_autofree char *title = g_strdup_printf (_ ("Prepare %s, revision %u"), name, revision);
  g_autoptr (PnJob) job = pn_job_new (PN_PREPARE_JOB, title);

  self->job = g_object_ref (job);
  self->id = g_strdup (id);
  self->revision = revision;
  g_set_weak_pointer (&self->parent, parent);
  pn_job_set_subject (job, id);
  pn_app_add_job (pn_app_get_default (), job);
  start (self);
  return job; /* which the application keeps */
}
