/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gtk/gtk.h>

G_BEGIN_DECLS

/* The eight phases of a run as eight pieces: those that are over are short and full, those to come
 * short and pale, the one that goes takes all the room that is left and fills. For assistive tools
 * it is one progress bar. Properties: "run" (PnClientRun), "still" (nobody works: the phase stands
 * and is hatched). Its colour is that of the phase that goes, its parent's that of the others. */
#define PN_TYPE_PHASE_BAR (pn_phase_bar_get_type ())
G_DECLARE_FINAL_TYPE (PnPhaseBar, pn_phase_bar, PN, PHASE_BAR, GtkWidget)

G_END_DECLS
