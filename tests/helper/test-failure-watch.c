/* SPDX-License-Identifier: GPL-3.0-or-later */
/* When a station is to blame, and not its devices. */
#include "config.h"

#include "pn-failure-watch.h"

#define MINUTE (60 * G_USEC_PER_SEC)

static void
test_three_slots (void)
{
  g_autoptr (PnFailureWatch) watch = pn_failure_watch_new ();

  g_assert_false (pn_failure_watch_failed (watch, "a", "x", 0));
  g_assert_false (pn_failure_watch_failed (watch, "b", "x", MINUTE));
  /* The same slot for the second time, and another failure. */
  g_assert_false (pn_failure_watch_failed (watch, "b", "x", 2 * MINUTE));
  g_assert_false (pn_failure_watch_failed (watch, "c", "y", 3 * MINUTE));
  g_assert_true (pn_failure_watch_failed (watch, "d", "x", 10 * MINUTE));
  pn_failure_watch_clear (watch);
  g_assert_false (pn_failure_watch_failed (watch, "e", "x", 10 * MINUTE));
}

/* What a slot's last device failed with is what counts. */
static void
test_last (void)
{
  g_autoptr (PnFailureWatch) watch = pn_failure_watch_new ();

  g_assert_false (pn_failure_watch_failed (watch, "a", "x", 0));
  g_assert_false (pn_failure_watch_failed (watch, "b", "x", 0));
  g_assert_false (pn_failure_watch_failed (watch, "a", "y", 1));
  g_assert_false (pn_failure_watch_failed (watch, "c", "x", 2));
  g_assert_true (pn_failure_watch_failed (watch, "a", "x", 3));
}

static void
test_too_long_ago (void)
{
  g_autoptr (PnFailureWatch) watch = pn_failure_watch_new ();

  g_assert_false (pn_failure_watch_failed (watch, "a", "x", 0));
  g_assert_false (pn_failure_watch_failed (watch, "b", "x", 5 * MINUTE));
  g_assert_false (pn_failure_watch_failed (watch, "c", "x", 10 * MINUTE + 1));
  g_assert_true (pn_failure_watch_failed (watch, "d", "x", 15 * MINUTE));
}

/* A slot at which a device passes is not in it. */
static void
test_passed (void)
{
  g_autoptr (PnFailureWatch) watch = pn_failure_watch_new ();

  g_assert_false (pn_failure_watch_failed (watch, "a", "x", 0));
  g_assert_false (pn_failure_watch_failed (watch, "b", "x", 0));
  pn_failure_watch_passed (watch, "a");
  pn_failure_watch_passed (watch, "never seen");
  g_assert_false (pn_failure_watch_failed (watch, "c", "x", 0));
  g_assert_true (pn_failure_watch_failed (watch, "a", "x", 0));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/failure-watch/three-slots", test_three_slots);
  g_test_add_func ("/failure-watch/last", test_last);
  g_test_add_func ("/failure-watch/too-long-ago", test_too_long_ago);
  g_test_add_func ("/failure-watch/passed", test_passed);
  return g_test_run ();
}
