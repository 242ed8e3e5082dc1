/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "pn-job.h"

G_BEGIN_DECLS

#define PN_REHEARSAL_JOB "rehearse" /* kind; its subject is the recipe's id */

/* Rehearses a prepared revision, as a job that is on Activity too. It fails where the rehearsal did
 * not pass, with what the run said. (transfer none) */
PnJob *pn_rehearsal_job_start (const char *id, guint revision, const char *name);

G_END_DECLS
