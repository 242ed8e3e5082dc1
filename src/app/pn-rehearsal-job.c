/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "pn-rehearsal-job.h"

#include <glib/gi18n.h>

#include "pn-app.h"
#include "pn-error.h"
#include "pn-recipe-list.h"
#include "pn-rehearsal.h"

static void
rehearsed_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (PnJob) job = user_data;
  g_autoptr (PnRecipeList) list = pn_recipe_list_get ();
  g_autoptr (GError) error = NULL;
  g_autofree char *message = NULL;
  gboolean passed = FALSE;

  if (pn_rehearsal_run_finish (result, &passed, &message, &error) && !passed)
    error = g_error_new_literal (PN_ERROR, PN_ERROR_FAILED, message);
  pn_job_end (job, _ ("It passed on a virtual device."), error);
  pn_recipe_list_refresh (list);
}

PnJob *
pn_rehearsal_job_start (const char *id, guint revision, const char *name)
{
  /* Translators: a recipe's name and the number of its revision */
  g_autofree char *title = g_strdup_printf (_ ("Rehearse %s, revision %u"), name, revision);
  g_autoptr (PnJob) job = pn_job_new (PN_REHEARSAL_JOB, title);

  pn_job_set_subject (job, id);
  pn_app_add_job (pn_app_get_default (), job);
  pn_rehearsal_run_async (id, revision, job, pn_job_get_cancellable (job), rehearsed_cb,
                          g_object_ref (job));
  return job; /* which the application keeps */
}
