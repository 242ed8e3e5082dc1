/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "pn-test-app.h"
#include "pn-test-station.h"

G_BEGIN_DECLS

/* Something to look at: a page in a state. Each page's file of scenes has an array that ends with a
 * scene without a name, and stands in the table of pn-shots.c. */
typedef struct
{
  const char *name; /* of the picture */
  void (*open) (PnWindow *window);
  gboolean (*is_ready) (PnWindow *window); /* NULL = as soon as it is drawn */
  void (*close) (PnWindow *window);        /* NULL = nothing to put away */
  int width, height; /* 0 = 1180 × 800; a narrow variant is always 360 × 720 */
} PnScene;

/* The dialog or popover to draw in place of the main window: set by open (). A dialog is destroyed
 * when it was drawn; in narrow variants it is as narrow as the main window. */
extern GtkWidget *pn_scene_over;
/* The newest window of that type (a dialog); NULL where there is none. */
GtkWidget *pn_scene_find_window (GType type);

/* A station with a real helper and two prepared recipes, made when it is first asked for: what
 * scenes show is real. */
PnTestStation *pn_scene_need_station (void);

G_END_DECLS
