/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gtk/gtk.h>

G_BEGIN_DECLS

/* One line of text that changes several times a second: a new text is drawn in the same place and
 * nothing around it is laid out again. Its room is that of "sample", the widest text that is
 * expected; digits are all equally wide. Assistive tools do not see it: what it says is said
 * elsewhere. Properties: "label", "brief" (drawn where the label does not fit; NULL = the label,
 * cut off), "sample", "xalign" (0 = start). */
#define PN_TYPE_STEADY_LABEL (pn_steady_label_get_type ())
G_DECLARE_FINAL_TYPE (PnSteadyLabel, pn_steady_label, PN, STEADY_LABEL, GtkWidget)

G_END_DECLS
