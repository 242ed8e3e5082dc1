/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib-object.h>

G_BEGIN_DECLS

/* The time of day, for all that shows how long something has been going on. Property "now" (unix
 * µs): notifies once a second while somebody listens, so that all that is shown changes in one
 * frame. */
#define PN_TYPE_CLOCK (pn_clock_get_type ())
G_DECLARE_FINAL_TYPE (PnClock, pn_clock, PN, CLOCK, GObject)

PnClock *pn_clock_get_default (void); /* (transfer none) */
gint64 pn_clock_get_now (PnClock *self);
/* As often as they are paired: it ticks while anybody needs it. */
void pn_clock_hold (PnClock *self);
void pn_clock_release (PnClock *self);

G_END_DECLS
