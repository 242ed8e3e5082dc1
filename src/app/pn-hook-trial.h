/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "pn-dialog.h"
#include "pn-hook-stage.h"

G_BEGIN_DECLS

/* Runs a script as a station would, for a device that does not exist, and shows what it printed and
 * how it ended. Closing it ends the script. */
#define PN_TYPE_HOOK_TRIAL (pn_hook_trial_get_type ())
G_DECLARE_FINAL_TYPE (PnHookTrial, pn_hook_trial, PN, HOOK_TRIAL, PnDialog)

/* @path: the script, which is read each time; @write: folders that it may write to. Begins at
 * once. */
PnDialog *pn_hook_trial_new (
    PnHookStage stage, const char *path, guint seconds, gboolean network, const char *const *write);
/* It has ended, or could not begin. */
gboolean pn_hook_trial_is_over (PnHookTrial *self);

G_END_DECLS
