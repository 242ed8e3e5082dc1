/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "pn-hook.h"

G_BEGIN_DECLS

/* Runs @job's script as it would be run for a device, with the arguments and the environment of one
 * that does not exist, and, where its stage is about an image, with a few files of one that is
 * thrown away. What the job says of both is not looked at. As of pn_hook_run. */
gboolean
pn_hook_try (const PnHookJob *job, char **output, GCancellable *cancellable, GError **error);

G_END_DECLS
