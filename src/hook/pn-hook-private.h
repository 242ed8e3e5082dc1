/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "pn-hook.h"

G_BEGIN_DECLS

/* Descriptors that the sandbox's program is started with. */
#define PN_SANDBOX_OPTIONS 3
#define PN_SANDBOX_SCRIPT 4
#define PN_SANDBOX_STATUS 5

/* What bubblewrap is told for @job: its options, each with its zero byte (its --args), and the
 * command that it starts. */
GBytes *pn_sandbox_options (const PnHookJob *job);
GStrv pn_sandbox_command (const PnHookJob *job);
/* Its path, or PN_ERROR_NOT_SUPPORTED. (transfer full) */
char *pn_sandbox_find (GError **error);

/* The last of what a script prints into a pipe. */
typedef struct
{
  int fd; /* its read end; -1 = at its end */
  GString *text;
} PnHearing;

gboolean pn_hearing_open (PnHearing *self, int *write_end, GError **error);
void pn_hearing_clear (PnHearing *self);
/* Some of what there is now; FALSE where there is nothing. */
gboolean pn_hearing_drain (PnHearing *self);
/* All that there is still, fit to be shown. (transfer full) */
char *pn_hearing_finish (PnHearing *self);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (PnHearing, pn_hearing_clear)

/* A file in memory with @content, at its start; sealed. -1 on error. */
int pn_hook_make_file (GBytes *content, GError **error);

/* Runs @job in its sandbox, in which it prints to @output, and waits until nothing of it is left.
 * @hearing (nullable) is drained meanwhile. @stop (-1 = none): it is ended once that can be read
 * (PN_ERROR_CANCELLED). Blocks; errors as of pn_hook_run. */
gboolean
pn_sandbox_run (const PnHookJob *job, int output, PnHearing *hearing, int stop, GError **error);

/* Where bubblewrap could not do it, what it printed says why. */
void pn_hook_explain (GError **error, const char *printed);

G_END_DECLS
