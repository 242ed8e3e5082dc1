/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <adwaita.h>

#include "pn-device-story.h"

G_BEGIN_DECLS

/* Where the time went: each phase with its beginning and how long it took, as bars of one scale.
 * It grows while a run is going. */
#define PN_TYPE_TIMELINE (pn_timeline_get_type ())
G_DECLARE_FINAL_TYPE (PnTimeline, pn_timeline, PN, TIMELINE, AdwBin)

/* It follows @story, and hides where nothing is known of its phases. Once. */
void pn_timeline_set_story (PnTimeline *self, PnDeviceStory *story);

G_END_DECLS
