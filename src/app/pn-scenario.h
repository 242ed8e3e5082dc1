/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "pn-client-bench.h"

G_BEGIN_DECLS

/* What can happen at a bench, to watch and to learn from: devices that are added and plugged in. */
typedef struct
{
  const char *name;         /* "tutorial", … */
  const char *title, *text; /* N_ () */
} PnScenario;

const PnScenario *pn_scenario_list (void); /* ends with a name that is NULL */

/* Takes all devices from the bench, adds those of the scenario, which fit what was prepared last,
 * and plugs them in. */
void pn_scenario_play_async (PnClientBench *bench,
                             const char *name,
                             GCancellable *cancellable,
                             GAsyncReadyCallback callback,
                             gpointer user_data);
gboolean pn_scenario_play_finish (GAsyncResult *result, GError **error);

G_END_DECLS
