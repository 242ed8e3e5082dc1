/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gtk/gtk.h>

G_BEGIN_DECLS

/* Whether @width is under @limit, both in pixels. The limit is for text of the usual size: where it
 * is larger, what stands side by side needs more room. */
gboolean pn_is_narrow (GtkWidget *widget, int width, int limit);

G_END_DECLS
