/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <adwaita.h>

#include "pn-client-run.h"

G_BEGIN_DECLS

/* A log, folded away at first: filter, follow, copy, save. */
#define PN_TYPE_LOG_VIEW (pn_log_view_get_type ())
G_DECLARE_FINAL_TYPE (PnLogView, pn_log_view, PN, LOG_VIEW, AdwBin)

/* A run's, which is loaded when the view is opened. */
void pn_log_view_set_run (PnLogView *self, PnClientRun *run); /* nullable: it hides */
/* Any list of PnLogLine; @name for the file that it is saved to. */
void pn_log_view_set_log (PnLogView *self, GListModel *log, const char *name);
void pn_log_view_set_open (PnLogView *self, gboolean open);

/* The lines of @log (PnLogLine) as text, each with its time; (transfer full). */
char *pn_log_to_text (GListModel *log);

G_END_DECLS
