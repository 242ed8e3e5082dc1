/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The helper runs no script itself, for it holds devices, records and keys: a runner does. In a
 * session that is a child, which may do what its user may; a station's helper is too confined to
 * have one that makes sandboxes, and asks systemd, over a socket, for one of another user. */
#include "config.h"

#include "pn-hook-runner.h"
#include "pn-station.h"

gboolean
pn_station_run_hook (
    PnStation *self, const PnHookJob *job, char **output, GCancellable *cancellable, GError **error)
{
  g_autofree char *program = pn_libexec_path ("punnet-hook-runner");
  const PnHookRunner runner = { .program = program, .folder = self->hook_sockets };

  return pn_hook_call (&runner, job, output, cancellable, error);
}

gboolean
pn_station_check_hooks (PnStation *self,
                        PnManifest *manifest,
                        GCancellable *cancellable,
                        GError **error)
{
  static const char script[] = "#!/bin/sh\nexit 0\n";
  g_autoptr (GBytes) content = g_bytes_new_static (script, sizeof script - 1);

  for (guint i = PN_HOOK_BOOTSTRAP; i < PN_N_HOOK_STAGES; i++)
    {
      const PnManifestHook *hook = pn_manifest_find_hook (manifest, (PnHookStage) i);
      PnHookJob job = { .stage = (PnHookStage) i,
                        .script = content,
                        .seconds = PN_HOOK_SECONDS_DEFAULT };

      if (hook == NULL)
        continue;
      job.network = hook->network;
      job.write = (const char *const *) hook->write;
      if (!pn_station_run_hook (self, &job, NULL, cancellable, error))
        return FALSE;
    }
  return TRUE;
}
