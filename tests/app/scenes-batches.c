/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "pn-scene.h"

static void
open_batches (PnWindow *window)
{
  pn_window_show_page (window, "batches");
}

const PnScene pn_scenes_batches[] = {
  { .name = "batches", .open = open_batches },
  { 0 },
};
