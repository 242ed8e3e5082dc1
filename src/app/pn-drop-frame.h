/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "pn-window.h"

G_BEGIN_DECLS

/* What lies over the window while files are dragged over it: a frame, "Drop to import", or why they
 * would be refused. Dropped files go to pn_window_open_files (). */
#define PN_TYPE_DROP_FRAME (pn_drop_frame_get_type ())
G_DECLARE_FINAL_TYPE (PnDropFrame, pn_drop_frame, PN, DROP_FRAME, AdwBin)

/* Lets files be dropped anywhere on @window, which @self lies over. */
void pn_drop_frame_attach (PnDropFrame *self, PnWindow *window);

G_END_DECLS
