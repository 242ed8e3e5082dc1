/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "pn-hook.h"

G_BEGIN_DECLS

/* Descriptors that the sandbox's program is started with. */
#define PN_SANDBOX_OPTIONS 3
#define PN_SANDBOX_SCRIPT 4
#define PN_SANDBOX_STATUS 5

/* What bubblewrap is told for @job: its options, each with its zero byte (its --args), and the
 * command that it starts. @proc: with a /proc of its own. */
GBytes *pn_sandbox_options (const PnHookJob *job, gboolean proc);
GStrv pn_sandbox_command (const PnHookJob *job);
/* Its path, or PN_ERROR_NOT_SUPPORTED. (transfer full) */
char *pn_sandbox_find (GError **error);

G_END_DECLS
