/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <adwaita.h>

#include "pn-job.h"

G_BEGIN_DECLS

/* Prepares the bundle of a saved revision, as a job of kind "prepare" that is on Activity too: asks
 * for a passphrase over the window that @parent is in where the key's file has one, prepares in a
 * thread, and notes the bundle beside the recipe. Cancelling leaves nothing behind. */
PnJob *pn_prepare_job_start (GtkWidget *parent, const char *id, guint revision, const char *name);
/* The one that goes for the recipe: (transfer none) or NULL. */
PnJob *pn_prepare_job_find (const char *id);

G_END_DECLS
