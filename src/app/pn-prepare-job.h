/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <adwaita.h>

#include "pn-job.h"

G_BEGIN_DECLS

#define PN_PREPARE_JOB "prepare" /* kind; its subject is the recipe's id */

/* Prepares the bundle of a saved revision, as a job that is on Activity too: asks
 * for a passphrase over the window that @parent is in where the key's file has one, prepares in a
 * thread, and notes the bundle beside the recipe. Cancelling leaves nothing behind. */
PnJob *pn_prepare_job_start (GtkWidget *parent, const char *id, guint revision, const char *name);

G_END_DECLS
