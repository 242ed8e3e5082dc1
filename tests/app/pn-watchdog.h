/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* How long the main loop takes to come round: a thread asks it again and again, and notes how long
 * it waited for the answer, less the time that the main thread was ready and got no processor. */
typedef struct _PnWatchdog PnWatchdog;

typedef struct
{
  guint n;
  double usual; /* ms, of 99 in 100 */
  double longest, third_longest;
} PnWatchdogResult;

/* Both from the main thread. */
PnWatchdog *pn_watchdog_start (void);
PnWatchdogResult pn_watchdog_stop (PnWatchdog *self);

G_END_DECLS
