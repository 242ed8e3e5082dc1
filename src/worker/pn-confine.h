/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/* What a process of ours that listens to a device, or looks into a file system, gives up before it
 * does: it opens no file and no socket, starts no program and no process, leaves no core, signals
 * and reads nobody; it has the descriptors that it is given. Landlock knows objects, seccomp knows
 * calls: where one is passed by, the other still holds. */

/* Whether the kernel can: PN_ERROR_NOT_SUPPORTED says what it lacks, and what to do. */
gboolean pn_confine_is_possible (GError **error);

/* Before the first thread; for good. @program: the path of the one program that this process may
 * start, with the libraries that it needs; NULL = none. PN_ERROR_NOT_SUPPORTED, PN_ERROR_FAILED:
 * nothing can be relied on, the process has to end. */
gboolean pn_confine (const char *program, GError **error);

/* What is left where the kernel cannot, or may not: no core, no debugger, limits. */
gboolean pn_confine_limits (GError **error);

/* The layers, in words: "landlock 7, seccomp". (transfer full) */
char *pn_confine_describe (void);

G_END_DECLS
