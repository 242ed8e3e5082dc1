/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "pn-client-run.h"
#include "pn-job.h"

G_BEGIN_DECLS

/* Runs the bundle of a recipe's newest revision on one fresh virtual device that fits it, with a
 * helper of its own that nobody else sees, and notes with the recipe how it went. @job (nullable)
 * gets the phases as steps; the caller ends it. Both programs have ended and what they kept is
 * removed when @callback is called, also where it was cancelled. Main thread. */
void pn_rehearsal_run_async (const char *recipe_id,
                             guint revision,
                             PnJob *job,
                             GCancellable *cancellable,
                             GAsyncReadyCallback callback,
                             gpointer user_data);
/* TRUE where there is a result: whether the run @passed, and the sentence (transfer full) that was
 * noted. Errors are of the rehearsal itself; then nothing was noted. */
gboolean
pn_rehearsal_run_finish (GAsyncResult *result, gboolean *passed, char **message, GError **error);

/* The run that @job follows; NULL = not yet. Look again when the job's step changes. */
PnClientRun *pn_rehearsal_get_run (PnJob *job); /* (transfer none) */

G_END_DECLS
