/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "pn-window.h"

G_BEGIN_DECLS

/* What waits for a second person, for one window: a banner for whoever may answer, and a dialog at
 * once for what was asked for from here. */
#define PN_TYPE_APPROVAL_WATCH (pn_approval_watch_get_type ())
G_DECLARE_FINAL_TYPE (PnApprovalWatch, pn_approval_watch, PN, APPROVAL_WATCH, GObject)

/* @window: not kept; has to live as long. */
PnApprovalWatch *pn_approval_watch_new (PnWindow *window) G_GNUC_WARN_UNUSED_RESULT;
void pn_approval_watch_set_client (PnApprovalWatch *self, PnClient *client); /* nullable */
/* Shows what the banner speaks of. */
void pn_approval_watch_show (PnApprovalWatch *self);

G_END_DECLS
