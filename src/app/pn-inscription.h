/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gtk/gtk.h>

G_BEGIN_DECLS

/* A paragraph lies on the side where its script begins. With this one @text (NULL: "") lies on the
 * right of what is mirrored, whatever is in it, as labels do. What is shown already stays. */
void pn_inscription_set_text (GtkInscription *self, const char *text);

G_END_DECLS
