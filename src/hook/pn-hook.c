/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A script that this process runs itself. */
#include "config.h"

#include "pn-hook-private.h"

#include "pn-io.h"

void
pn_hook_explain (GError **error, const char *printed)
{
  if (error != NULL && g_error_matches (*error, PN_ERROR, PN_ERROR_NOT_SUPPORTED) &&
      printed[0] != '\0')
    pn_prefix_error (error, "It was said “%s”", printed);
}

/* As of pn_hook_run; @output is set in any case. */
static gboolean
run (const PnHookJob *job, char **output, GCancellable *cancellable, GError **error)
{
  g_auto (PnHearing) hearing = { .fd = -1 };
  g_auto (PnFd) write_end = -1;
  int cancelled;
  gboolean fine;

  *output = g_strdup ("");
  if (g_cancellable_set_error_if_cancelled (cancellable, error) ||
      !pn_hearing_open (&hearing, &write_end, error))
    return FALSE;
  cancelled = g_cancellable_get_fd (cancellable);
  fine = pn_sandbox_run (job, write_end, &hearing, cancelled, error);
  if (cancelled >= 0)
    g_cancellable_release_fd (cancellable);
  g_free (*output);
  *output = pn_hearing_finish (&hearing);
  return fine;
}

gboolean
pn_hook_run (const PnHookJob *job, char **output, GCancellable *cancellable, GError **error)
{
  g_autofree char *printed = NULL;
  g_autoptr (GError) local = NULL;
  gboolean fine;

  g_return_val_if_fail (job->seconds > 0 && job->seconds <= PN_HOOK_SECONDS_MAX, FALSE);
  fine = run (job, &printed, cancellable, &local);
  pn_hook_explain (&local, printed);
  if (local != NULL)
    g_propagate_error (error, g_steal_pointer (&local));
  if (output != NULL)
    *output = g_steal_pointer (&printed);
  return fine;
}

gboolean
pn_hook_check_machine (GError **error)
{
  static const char script[] = "#!/bin/sh\nexit 0\n";
  g_autoptr (GBytes) content = g_bytes_new_static (script, sizeof script - 1);
  const PnHookJob job = { .script = content, .seconds = PN_HOOK_SECONDS_DEFAULT };

  return pn_hook_run (&job, NULL, NULL, error);
}
