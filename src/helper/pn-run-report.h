/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "pn-dbus.h"

G_BEGIN_DECLS

/* What a run shows of itself besides the simple properties: Evidence, Phases, GetLog and Logged.
 * Stays with @object, which outlives the run. */
typedef struct _PnRunReport PnRunReport;
PnRunReport *pn_run_report_new (PnDbusRun *object);
/* What the device said of itself, or a proof. */
void pn_run_report_learn (PnRunReport *self, const char *key, const char *value);
/* The last phase ends, and @phase begins; NULL = none any more. */
void pn_run_report_phase (PnRunReport *self, const char *phase);
void pn_run_report_log (PnRunReport *self, const char *sentence);
/* What was said from the line @first on, as of GetLog: a(xs), floating; and the number of the line
 * that is said next in @next (nullable). The newest 2,000 lines are kept, of each the first 2,000
 * bytes. */
GVariant *pn_run_report_read (PnRunReport *self, guint first, guint *next);

G_END_DECLS
