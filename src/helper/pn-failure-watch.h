/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* Tells apart devices that fail from a station at which they fail: the last failure of each slot,
 * until a device passes there. */
#define PN_FAILURE_WATCH_SLOTS 3
#define PN_FAILURE_WATCH_TIME (10 * 60 * G_USEC_PER_SEC) /* µs */

typedef struct _PnFailureWatch PnFailureWatch;
PnFailureWatch *pn_failure_watch_new (void) G_GNUC_WARN_UNUSED_RESULT;
void pn_failure_watch_free (PnFailureWatch *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (PnFailureWatch, pn_failure_watch_free)

/* A device in @slot failed at @now (µs, never less than before), with @failure, which is the same
 * word for word where it is the same failure. TRUE where that happened to
 * PN_FAILURE_WATCH_SLOTS slots within PN_FAILURE_WATCH_TIME. */
gboolean pn_failure_watch_failed (PnFailureWatch *self,
                                  const char *slot,
                                  const char *failure,
                                  gint64 now) G_GNUC_WARN_UNUSED_RESULT;
void pn_failure_watch_passed (PnFailureWatch *self, const char *slot);
/* Nothing of what happened counts any more. */
void pn_failure_watch_clear (PnFailureWatch *self);

G_END_DECLS
