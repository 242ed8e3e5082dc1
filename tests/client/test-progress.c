/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "pn-progress.h"

#define MB G_GUINT64_CONSTANT (1000000)
#define BEAT (G_USEC_PER_SEC / 4)

static void
update (PnProgress *progress, gint64 now, PnPhase phase, guint64 done, guint64 total)
{
  pn_progress_update (progress, now, PN_MODE_SECURE_BOOT, PN_VERDICT_RUNNING, phase, done, total);
}

static void
test_shares (void)
{
  static const double begins[PN_N_PHASES] = { 0, .01, .05, .18, .23, .27, .80, .97 };
  PnProgress progress = { 0 };

  for (guint i = 0; i < PN_N_PHASES; i++)
    {
      update (&progress, i, (PnPhase) i, 0, 0);
      g_assert_cmpfloat_with_epsilon (progress.whole, begins[i], 1e-9);
      g_assert_cmpfloat (progress.fraction, ==, -1);
      g_assert_cmpint (progress.seconds_left, ==, -1);
    }
  pn_progress_update (&progress, 99, PN_MODE_SECURE_BOOT, PN_VERDICT_PASSED, PN_PHASE_RECORD, 0, 0);
  g_assert_cmpfloat (progress.whole, ==, 1);
}

/* What is not locked gives that time to the others. */
static void
test_skipped (void)
{
  PnProgress progress = { 0 };

  for (PnMode mode = PN_MODE_FDE_ONLY; mode <= PN_MODE_NAKED; mode++)
    {
      progress = (PnProgress){ 0 };
      pn_progress_update (&progress, 0, mode, PN_VERDICT_RUNNING, PN_PHASE_LOCK, 1, 1);
      g_assert_cmpfloat_with_epsilon (progress.whole, .05 / .87, 1e-9);
      pn_progress_update (&progress, 0, mode, PN_VERDICT_RUNNING, PN_PHASE_VERIFY, 0, 0);
      g_assert_cmpfloat_with_epsilon (progress.whole, .67 / .87, 1e-9);
    }
}

static void
test_never_backwards (void)
{
  PnProgress progress = { 0 };
  GRand *random = g_rand_new_with_seed (20261126);
  double before = 0;

  for (guint i = 0; i < 20000; i++)
    {
      PnPhase phase = (PnPhase) g_rand_int_range (random, 0, PN_N_PHASES);
      guint64 total = g_rand_int_range (random, 0, 3) * (guint64) g_rand_int (random);
      guint64 done = g_rand_int (random);

      pn_progress_update (
          &progress, i * BEAT, (PnMode) g_rand_int_range (random, 0, 3),
          (PnVerdict) (g_rand_boolean (random) ? PN_VERDICT_RUNNING : PN_VERDICT_FAILED), phase,
          done, total);
      g_assert_cmpfloat (progress.whole, >=, before);
      g_assert_cmpfloat (progress.whole, <=, .99);
      g_assert_cmpfloat (progress.fraction, <=, 1);
      g_assert_true (progress.fraction == -1 || progress.fraction >= 0);
      g_assert_cmpfloat (progress.rate, >=, 0);
      g_assert_cmpint (progress.seconds_left, >=, -1);
      before = progress.whole;
    }
  g_rand_free (random);
}

static void
test_rate (void)
{
  PnProgress progress = { 0 };
  gint64 now = 1000 * G_USEC_PER_SEC;
  guint64 done = 0;

  /* 10 MB/s: nothing is said before there is a second to say it of. */
  for (guint i = 0; i <= 40; i++, now += BEAT, done += 10 * MB / 4)
    {
      update (&progress, now, PN_PHASE_WRITE, done, 1000 * MB);
      if (i < 4)
        g_assert_cmpfloat (progress.rate, ==, 0);
      else
        g_assert_cmpfloat_with_epsilon (progress.rate, 10e6, 1);
    }
  /* The last update was at 100 MB. */
  g_assert_cmpint (progress.seconds_left, ==, 90);
  g_assert_cmpfloat_with_epsilon (progress.fraction, .1, 1e-9);
  done -= 10 * MB / 4;
  /* Twice as fast, and seen in full after five seconds. */
  for (guint i = 0; i < 21; i++, now += BEAT)
    update (&progress, now, PN_PHASE_WRITE, done += 20 * MB / 4, 1000 * MB);
  g_assert_cmpfloat_with_epsilon (progress.rate, 20e6, 1);
  /* Silent: it falls, and is gone in the end. */
  for (guint i = 0; i < 10; i++, now += BEAT)
    update (&progress, now, PN_PHASE_WRITE, done, 1000 * MB);
  g_assert_cmpfloat (progress.rate, <, 11e6);
  g_assert_cmpfloat (progress.rate, >, 0);
  for (guint i = 0; i < 14; i++, now += BEAT)
    update (&progress, now, PN_PHASE_WRITE, done, 1000 * MB);
  g_assert_cmpfloat (progress.rate, ==, 0);
  g_assert_cmpint (progress.seconds_left, ==, -1);
  /* After a minute of silence the first word is no rate. */
  now += 60 * G_USEC_PER_SEC;
  update (&progress, now, PN_PHASE_WRITE, done + 100 * MB, 1000 * MB);
  g_assert_cmpfloat (progress.rate, ==, 0);
  /* Nor is what another phase did. */
  update (&progress, now + 2 * G_USEC_PER_SEC, PN_PHASE_VERIFY, 900 * MB, 1000 * MB);
  g_assert_cmpfloat (progress.rate, ==, 0);
}

/* Many reports a second do not push the window out. */
static void
test_often (void)
{
  PnProgress progress = { 0 };

  for (guint i = 0; i <= 6000; i++)
    update (&progress, i * 1000, PN_PHASE_WRITE, i * (MB / 100), 1000 * MB);
  g_assert_cmpfloat_with_epsilon (progress.rate, 10e6, 1);
}

/* Before the device runs our system only large files say how far it is. */
static void
test_small_files (void)
{
  PnProgress progress = { 0 };

  update (&progress, 0, PN_PHASE_START, 100, 100);
  g_assert_cmpfloat (progress.fraction, ==, -1);
  g_assert_cmpfloat_with_epsilon (progress.whole, .18, 1e-9);
  update (&progress, 1, PN_PHASE_START, 10 * MB, 40 * MB);
  g_assert_cmpfloat_with_epsilon (progress.fraction, .25, 1e-9);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/progress/shares", test_shares);
  g_test_add_func ("/progress/skipped", test_skipped);
  g_test_add_func ("/progress/never-backwards", test_never_backwards);
  g_test_add_func ("/progress/rate", test_rate);
  g_test_add_func ("/progress/often", test_often);
  g_test_add_func ("/progress/small-files", test_small_files);
  return g_test_run ();
}
