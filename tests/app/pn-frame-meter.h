/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gtk/gtk.h>

G_BEGIN_DECLS

/* How smooth a window is: the processor time of its thread in each frame and in each turn of its
 * loop, so that what else the machine does counts little. One at a time. */

void pn_frame_meter_start (GtkWidget *window);
/* Ends it and prints what was found. @what: "64 cards" */
void pn_frame_meter_stop (const char *what);
void pn_frame_meter_run (guint milliseconds); /* the main loop, for so long */

G_END_DECLS
