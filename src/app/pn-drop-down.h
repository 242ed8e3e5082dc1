/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gtk/gtk.h>

G_BEGIN_DECLS

/* In GTK 4.8 the part of a drop-down that takes the keyboard has no name, whatever the drop-down is
 * called. From now on a screen reader says “@name: what is chosen”. @self is one of a
 * GtkStringList. */
void pn_drop_down_set_name (GtkDropDown *self, const char *name);

G_END_DECLS
