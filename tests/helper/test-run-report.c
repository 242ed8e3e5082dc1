/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a run shows of itself is bounded, whatever its worker says. */
#include "config.h"

#include <string.h>

#include "pn-run-report.h"

#define MAX_LINES 2000
#define MAX_SENTENCE 2000

static void
assert_line (GVariant *lines, gsize index, const char *expected)
{
  const char *sentence;
  gint64 time;

  g_variant_get_child (lines, index, "(x&s)", &time, &sentence);
  g_assert_cmpstr (sentence, ==, expected);
  g_assert_cmpint (time, >, 0);
}

/* The newest 2,000 are there, and their numbers go on. */
static void
test_lines (void)
{
  g_autoptr (PnDbusRun) run = pn_dbus_run_skeleton_new ();
  PnRunReport *report = pn_run_report_new (run);
  g_autoptr (GVariant) lines = NULL;
  guint next = 77;

  lines = g_variant_ref_sink (pn_run_report_read (report, 0, &next));
  g_assert_cmpuint (g_variant_n_children (lines), ==, 0);
  g_assert_cmpuint (next, ==, 0);
  for (guint i = 0; i < 2 * MAX_LINES + 1; i++)
    {
      g_autofree char *sentence = g_strdup_printf ("line %u", i);

      pn_run_report_log (report, sentence);
      if (i != MAX_LINES - 1)
        continue;
      g_clear_pointer (&lines, g_variant_unref);
      lines = g_variant_ref_sink (pn_run_report_read (report, 0, NULL));
      g_assert_cmpuint (g_variant_n_children (lines), ==, MAX_LINES);
      assert_line (lines, 0, "line 0");
    }
  g_clear_pointer (&lines, g_variant_unref);
  lines = g_variant_ref_sink (pn_run_report_read (report, 0, &next));
  g_assert_cmpuint (g_variant_n_children (lines), ==, MAX_LINES);
  g_assert_cmpuint (next, ==, 2 * MAX_LINES + 1);
  assert_line (lines, 0, "line 2001");
  assert_line (lines, MAX_LINES - 1, "line 4000");
  /* From any line on; what is gone is left out, what is not there yet is nothing. */
  g_clear_pointer (&lines, g_variant_unref);
  lines = g_variant_ref_sink (pn_run_report_read (report, 3999, &next));
  g_assert_cmpuint (g_variant_n_children (lines), ==, 2);
  assert_line (lines, 0, "line 3999");
  g_clear_pointer (&lines, g_variant_unref);
  lines = g_variant_ref_sink (pn_run_report_read (report, G_MAXUINT, &next));
  g_assert_cmpuint (g_variant_n_children (lines), ==, 0);
  g_assert_cmpuint (next, ==, 2 * MAX_LINES + 1);
}

/* A line is cut between characters. */
static void
test_long_line (void)
{
  g_autoptr (PnDbusRun) run = pn_dbus_run_skeleton_new ();
  PnRunReport *report = pn_run_report_new (run);
  g_autoptr (GString) line = g_string_new ("x");
  g_autoptr (GVariant) lines = NULL;
  const char *sentence;
  gint64 time;

  for (guint i = 0; i < MAX_SENTENCE; i++)
    g_string_append (line, "ä");
  pn_run_report_log (report, line->str);
  lines = g_variant_ref_sink (pn_run_report_read (report, 0, NULL));
  g_variant_get_child (lines, 0, "(x&s)", &time, &sentence);
  g_assert_true (g_utf8_validate (sentence, -1, NULL));
  g_assert_cmpuint (strlen (sentence), <=, MAX_SENTENCE + strlen ("\357\277\275"));
  g_assert_cmpuint (strlen (sentence), >=, MAX_SENTENCE - 1);
}

static void
test_evidence (void)
{
  g_autoptr (PnDbusRun) run = pn_dbus_run_skeleton_new ();
  PnRunReport *report = pn_run_report_new (run);

  for (guint i = 0; i < 1000; i++)
    {
      g_autofree char *key = g_strdup_printf ("key-%u", i);

      pn_run_report_learn (report, key, "value");
    }
  g_assert_cmpuint (g_variant_n_children (pn_dbus_run_get_evidence (run)), ==, 256);
}

static void
test_phases (void)
{
  g_autoptr (PnDbusRun) run = pn_dbus_run_skeleton_new ();
  PnRunReport *report = pn_run_report_new (run);

  for (guint i = 0; i < 1000; i++)
    pn_run_report_phase (report, "write");
  g_assert_cmpuint (g_variant_n_children (pn_dbus_run_get_phases (run)), ==, 100);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/run-report/lines", test_lines);
  g_test_add_func ("/run-report/long-line", test_long_line);
  g_test_add_func ("/run-report/evidence", test_evidence);
  g_test_add_func ("/run-report/phases", test_phases);
  return g_test_run ();
}
