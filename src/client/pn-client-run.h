/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gio/gio.h>

#include "pn-phase.h"

G_BEGIN_DECLS

/* One run. Properties (all notify): "path", "phase", "fraction" (0…1 of the phase, -1 = not known),
 * "total-fraction" (0…1 of the run, never backwards, at most .99 until it passed), "rate" (bytes a
 * second, over the last seconds; 0 = not known), "seconds-left" (of the phase; -1 = not known),
 * "done", "total", "started", "ended" (unix µs), "permanent", "do-not-disconnect", "instruction",
 * "serial", "verdict", "condition", "message", "advice", "evidence" (a{ss}), "phases" (a(sxx)),
 * "attempt", "record" (0 = none yet), "batch" (object path). Progress is notified at most four
 * times a second, everything else at once; the signal "changed" follows either. Words are their
 * enums' numbers (uint). */
#define PN_TYPE_CLIENT_RUN (pn_client_run_get_type ())
G_DECLARE_FINAL_TYPE (PnClientRun, pn_client_run, PN, CLIENT_RUN, GObject)

const char *pn_client_run_get_path (PnClientRun *self);
const char *pn_client_run_get_batch (PnClientRun *self);
PnPhase pn_client_run_get_phase (PnClientRun *self);
double pn_client_run_get_fraction (PnClientRun *self);
double pn_client_run_get_total_fraction (PnClientRun *self);
double pn_client_run_get_rate (PnClientRun *self);
int pn_client_run_get_seconds_left (PnClientRun *self);
guint64 pn_client_run_get_done (PnClientRun *self);
guint64 pn_client_run_get_total (PnClientRun *self);
gint64 pn_client_run_get_started (PnClientRun *self);
gint64 pn_client_run_get_ended (PnClientRun *self); /* 0 = it goes */
gboolean pn_client_run_get_permanent (PnClientRun *self);
gboolean pn_client_run_get_do_not_disconnect (PnClientRun *self);
const char *pn_client_run_get_instruction (PnClientRun *self);
const char *pn_client_run_get_serial (PnClientRun *self);
PnVerdict pn_client_run_get_verdict (PnClientRun *self);
PnCondition pn_client_run_get_condition (PnClientRun *self);
const char *pn_client_run_get_message (PnClientRun *self);
const char *pn_client_run_get_advice (PnClientRun *self);
guint pn_client_run_get_attempt (PnClientRun *self);
gint64 pn_client_run_get_record (PnClientRun *self);
GVariant *pn_client_run_get_phases (PnClientRun *self); /* (transfer none) a(sxx) */
/* (transfer none) or NULL where the device has not said it: "model", "mac", "storage-size", … */
const char *pn_client_run_get_evidence (PnClientRun *self, const char *key);
GVariant *pn_client_run_get_all_evidence (PnClientRun *self); /* (transfer none) a{ss} */
/* The last time that anything moved, monotonic µs. */
gint64 pn_client_run_get_last_move (PnClientRun *self);

/* The log, loaded when it is first asked for, and grows. */
GListModel *pn_client_run_get_log (PnClientRun *self); /* (transfer none), PnLogLine */

#define PN_TYPE_LOG_LINE (pn_log_line_get_type ())
G_DECLARE_FINAL_TYPE (PnLogLine, pn_log_line, PN, LOG_LINE, GObject)
/* Of PnLogLine: @lines is a(xs), as of Run.GetLog. (transfer full) */
GListModel *pn_client_log_new_from_lines (GVariant *lines) G_GNUC_WARN_UNUSED_RESULT;
PnLogLine *pn_log_line_new (gint64 time, const char *sentence) G_GNUC_WARN_UNUSED_RESULT;
gint64 pn_log_line_get_time (PnLogLine *self); /* unix µs */
const char *pn_log_line_get_sentence (PnLogLine *self);

void pn_client_run_cancel_async (PnClientRun *self,
                                 GCancellable *cancellable,
                                 GAsyncReadyCallback callback,
                                 gpointer user_data);
gboolean pn_client_run_cancel_finish (PnClientRun *self, GAsyncResult *result, GError **error);

G_END_DECLS
