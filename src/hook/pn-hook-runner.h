/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "pn-hook.h"

G_BEGIN_DECLS

/* Who runs device hooks for a helper, which holds devices, records and keys, and may not make
 * sandboxes at a station: a process of its own for each. One of both is set. */
typedef struct
{
  const char *program; /* is started: punnet-hook-runner */
  const char *folder;  /* has the sockets that start one: a station's */
} PnHookRunner;

/* As pn_hook_run, by a runner. PN_ERROR_NOT_SUPPORTED where there is none, PN_ERROR_FAILED where it
 * went away. */
gboolean pn_hook_call (const PnHookRunner *runner,
                       const PnHookJob *job,
                       char **output,
                       GCancellable *cancellable,
                       GError **error);

/* The runner's side: what one connection asks for, until it is answered. Only @peer's processes are
 * answered (PN_ERROR_PERMISSION). Once the other end says that it has no more to say, or is gone,
 * the script is ended. FALSE with @error where it could not be answered, or what was asked makes no
 * sense. */
gboolean pn_hook_serve (int connection, uid_t peer, GError **error);

G_END_DECLS
