/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <adwaita.h>

#include "pn-client-run.h"

G_BEGIN_DECLS

/* A run's log, folded away at first: filter, follow, copy, save. It is loaded when it is opened. */
#define PN_TYPE_LOG_VIEW (pn_log_view_get_type ())
G_DECLARE_FINAL_TYPE (PnLogView, pn_log_view, PN, LOG_VIEW, AdwBin)

void pn_log_view_set_run (PnLogView *self, PnClientRun *run); /* nullable: it hides */
void pn_log_view_set_open (PnLogView *self, gboolean open);

/* The lines of @log (PnLogLine) as text, each with its time; (transfer full). */
char *pn_log_to_text (GListModel *log);

G_END_DECLS
