/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

typedef enum
{
  PN_JOB_WAITING,
  PN_JOB_RUNNING,
  PN_JOB_SUCCEEDED,
  PN_JOB_FAILED,
  PN_JOB_CANCELLED,
} PnJobState;
#define PN_TYPE_JOB_STATE (pn_job_state_get_type ())
GType pn_job_state_get_type (void) G_GNUC_CONST;

/* A long task of the window: an import, a prepare, an export. Properties (all notify, on the main
 * thread): "title", "step" (what it does now), "done", "total" (of the step, in bytes; total 0 =
 * not known), "rate" (bytes a second; 0 = not known), "fraction" (0…1, -1 = not known), "state",
 * "message" (how it ended), "started", "ended" (unix µs). */
#define PN_TYPE_JOB (pn_job_get_type ())
G_DECLARE_FINAL_TYPE (PnJob, pn_job, PN, JOB, GObject)

/* @kind: a word such as "import", for what shows only its own jobs. */
PnJob *pn_job_new (const char *kind, const char *title) G_GNUC_WARN_UNUSED_RESULT;
const char *pn_job_get_kind (PnJob *self);
/* What it works on, such as a recipe's id; NULL = not said. Set before the job is shown. */
void pn_job_set_subject (PnJob *self, const char *subject);
const char *pn_job_get_subject (PnJob *self);
const char *pn_job_get_title (PnJob *self);
const char *pn_job_get_step (PnJob *self);
const char *pn_job_get_message (PnJob *self);
PnJobState pn_job_get_state (PnJob *self);
guint64 pn_job_get_done (PnJob *self);
guint64 pn_job_get_total (PnJob *self);
double pn_job_get_rate (PnJob *self);
double pn_job_get_fraction (PnJob *self);
gint64 pn_job_get_started (PnJob *self);
gint64 pn_job_get_ended (PnJob *self);
gboolean pn_job_is_going (PnJob *self);             /* waiting or running */
GCancellable *pn_job_get_cancellable (PnJob *self); /* (transfer none) */
void pn_job_cancel (PnJob *self);

/* From any thread, as often as it likes: what is shown changes at most four times a second. @step
 * NULL = as before. The first one makes a waiting job running. */
void pn_job_report (PnJob *self, const char *step, guint64 done, guint64 total);
/* Main thread, once: @error NULL = it succeeded, and @message says what came of it. A cancelled
 * @error ends it as cancelled. */
void pn_job_end (PnJob *self, const char *message, const GError *error);

G_END_DECLS
