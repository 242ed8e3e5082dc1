/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gio/gio.h>

#include "pn-hook-stage.h"

G_BEGIN_DECLS

#define PN_HOOK_MAX (1024 * 1024) /* bytes of a script */
#define PN_HOOK_SECONDS_DEFAULT 60
#define PN_HOOK_SECONDS_MAX 3600
#define PN_HOOK_MAX_FOLDERS 8 /* that a recipe may let a hook write to */

/* What a hook's folders are called where it runs. */
#define PN_HOOK_BOOT "/mnt/boot"
#define PN_HOOK_ROOT "/mnt/root"

/* One run of one script. Nothing of it is kept. */
typedef struct
{
  PnHookStage stage;
  GBytes *script;
  const char *const *arguments;   /* nullable */
  const char *const *environment; /* "NAME=value"; nullable */
  guint seconds;                  /* it may take */
  gboolean network;
  const char *const *write; /* folders of the machine that it may write to; nullable */
  /* Its own, to read and to write; nullable. */
  const char *boot, *root; /* shown as PN_HOOK_BOOT and PN_HOOK_ROOT */
  const char *owners;      /* who is said to own what lies in them: a file as of fakeroot -s */
} PnHookJob;

/* Pure. Whether @script may be frozen in a recipe: not empty, not over PN_HOOK_MAX, UTF-8, and its
 * first line names its interpreter ("#!"). PN_ERROR_INVALID_DATA with what to do. */
gboolean pn_hook_check_script (GBytes *script, GError **error);
/* Pure. Whether a recipe may let hooks write to @folder of the machine that they run on: a whole
 * path without “..”, below a folder that is for data. PN_ERROR_INVALID_ARGUMENT. */
gboolean pn_hook_check_folder (const char *folder, GError **error);

/* Whether hooks can be run on this machine at all; takes some milliseconds. PN_ERROR_NOT_SUPPORTED
 * with what to do where bubblewrap is missing or may not make namespaces. */
gboolean pn_hook_check_machine (GError **error);

/* Runs it in a sandbox and waits until all that it started is gone; blocks, and may be called on
 * any thread. @output (nullable; transfer full) gets the end of what it printed, in any case: valid
 * UTF-8, no control characters but line feeds. FALSE: it could not be run (PN_ERROR_NOT_SUPPORTED,
 * PN_ERROR_NOT_FOUND), took longer than it may (PN_ERROR_TIMED_OUT), or ended with another status
 * than 0 (PN_ERROR_REJECTED). */
gboolean
pn_hook_run (const PnHookJob *job, char **output, GCancellable *cancellable, GError **error);

G_END_DECLS
