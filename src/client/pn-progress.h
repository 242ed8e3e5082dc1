/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "pn-phase.h"

G_BEGIN_DECLS

#define PN_PROGRESS_SAMPLES 26

/* What can be told of a run's progress from what it says of its phase. Pure: times come from
 * outside, monotonic, in µs. Zeroed is a run that has not begun. */
typedef struct
{
  double fraction;  /* of the phase, 0 … 1; -1 = not known */
  double whole;     /* of the run, never backwards, at most .99 until it passed */
  double rate;      /* bytes a second over the last seconds; 0 = not known */
  int seconds_left; /* of the phase; -1 = not known */

  PnPhase phase;
  guint n_samples; /* ever; the newest are kept */
  struct
  {
    gint64 time;
    guint64 done;
  } samples[PN_PROGRESS_SAMPLES];
} PnProgress;

void pn_progress_update (PnProgress *self,
                         gint64 now,
                         PnMode mode,
                         PnVerdict verdict,
                         PnPhase phase,
                         guint64 done,
                         guint64 total);

G_END_DECLS
