/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "pn-narrow.h"

#define USUAL_DPI (96.0 * 1024) /* as GTK counts it */

gboolean
pn_is_narrow (GtkWidget *widget, int width, int limit)
{
  int dpi = 0; /* -1 = the usual */

  g_object_get (gtk_widget_get_settings (widget), "gtk-xft-dpi", &dpi, NULL);
  return width < limit * (dpi > 0 ? dpi / USUAL_DPI : 1);
}
