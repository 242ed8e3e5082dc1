/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "pn-progress.h"

#include <math.h>

#define WINDOW (5 * G_USEC_PER_SEC) /* that the rate is taken over */
#define SPAN (1 * G_USEC_PER_SEC)   /* that it needs at least */
#define SAMPLE_GAP (G_USEC_PER_SEC / 5)
/* Before the device runs our system it asks for one file after the other: how far it is shows only
 * in the large ones. */
#define LARGE_FILE (1u << 20)
#define MOST 0.99

G_STATIC_ASSERT ((PN_PROGRESS_SAMPLES - 1) * SAMPLE_GAP >= WINDOW);

/* Each phase's part of the time, in percent; where a device needs no lock the others share its. */
static double
share (PnPhase phase, PnMode mode)
{
  static const guint8 shares[PN_N_PHASES] = { 1, 4, 13, 5, 4, 53, 17, 3 };

  return phase == PN_PHASE_LOCK && mode != PN_MODE_SECURE_BOOT ? 0 : shares[phase];
}

static double
whole (PnMode mode, PnPhase phase, double fraction)
{
  double before = 0, all = 0;

  for (guint i = 0; i < PN_N_PHASES; i++)
    {
      all += share ((PnPhase) i, mode);
      if (i < phase)
        before += share ((PnPhase) i, mode);
    }
  return MIN ((before + share (phase, mode) * MAX (fraction, 0)) / all, MOST);
}

static void
sample (PnProgress *self, gint64 now, guint64 done)
{
  guint last = (self->n_samples - 1) % PN_PROGRESS_SAMPLES;

  if (self->n_samples > 0 && done < self->samples[last].done)
    self->n_samples = 0;
  if (self->n_samples > 0 && now - self->samples[last].time < SAMPLE_GAP)
    return;
  last = self->n_samples++ % PN_PROGRESS_SAMPLES;
  self->samples[last].time = now;
  self->samples[last].done = done;
}

static double
measure (const PnProgress *self, gint64 now)
{
  guint newest = (self->n_samples - 1) % PN_PROGRESS_SAMPLES;
  guint kept = MIN (self->n_samples, PN_PROGRESS_SAMPLES);

  /* The oldest that is within the window. */
  for (guint i = self->n_samples - kept; i < self->n_samples; i++)
    {
      guint at = i % PN_PROGRESS_SAMPLES;
      gint64 span = self->samples[newest].time - self->samples[at].time;

      if (now - self->samples[at].time > WINDOW)
        continue;
      return span < SPAN ? 0
                         : (double) (self->samples[newest].done - self->samples[at].done) *
                               G_USEC_PER_SEC / (double) span;
    }
  return 0;
}

void
pn_progress_update (PnProgress *self,
                    gint64 now,
                    PnMode mode,
                    PnVerdict verdict,
                    PnPhase phase,
                    guint64 done,
                    guint64 total)
{
  gboolean known = total > 0 && (phase > PN_PHASE_START || total >= LARGE_FILE);

  if (phase != self->phase)
    self->n_samples = 0;
  self->phase = phase;
  self->fraction = known ? MIN ((double) done / (double) total, 1) : -1;
  self->whole =
      verdict == PN_VERDICT_PASSED ? 1 : MAX (self->whole, whole (mode, phase, self->fraction));
  self->rate = 0;
  self->seconds_left = -1;
  if (verdict != PN_VERDICT_RUNNING)
    return;
  sample (self, now, done);
  self->rate = measure (self, now);
  if (known && self->rate > 0)
    self->seconds_left =
        (int) MIN (ceil ((double) (total - MIN (done, total)) / self->rate), G_MAXINT);
}
