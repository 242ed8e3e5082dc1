/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Records and the journal: what is said to be kept is on the disk, also when the process is killed
 * the next moment; a file that is damaged or not ours is named and left alone. */
#include "config.h"

#include <glib/gstdio.h>
#include <signal.h>
#include <sqlite3.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "pn-error.h"
#include "pn-io.h"
#include "pn-record-column.h"
#include "pn-records-fixture.h"

/* ---- what is kept ---- */

static void
test_reopen (PnRecordsFixture *self, gconstpointer data)
{
  for (guint i = 0; i < 3; i++)
    {
      g_autoptr (PnRecords) records = pn_records_fixture_open (self);
      PnRecord record = pn_records_fixture_passed ("1000000040072f01");

      g_assert_cmpuint (pn_records_fixture_count (records), ==, i);
      pn_records_fixture_add (records, &record);
      pn_records_fixture_assert_newest (records, "serial", "1000000040072f01");
      pn_records_fixture_assert_newest (records, "recipe", "A “recipe”");
      pn_records_fixture_assert_newest (records, "storage_size", "1099511627776");
      pn_records_fixture_assert_newest (records, "secure", "1");
      pn_records_fixture_assert_newest (records, "mac", NULL); /* not known is not there */
    }
}

/* No column is forgotten on the way to the disk or back. */
static void
test_every_column (PnRecordsFixture *self, gconstpointer data)
{
  g_autoptr (PnRecords) records = pn_records_fixture_open (self);
  PnRecord record = pn_records_fixture_passed ("1000000040072f01");
  g_autoptr (GVariant) rows = NULL;
  g_autoptr (GVariant) row = NULL;
  g_autoptr (GError) error = NULL;
  gint64 run;

  record.batch = "order";
  record.station = "Hall 2";
  record.model = "Compute Module 5";
  record.mac = "2c:cf:67:00:00:01";
  record.duid = "1001";
  record.error_code = "failed";
  record.message = "A message";
  record.overrides = "again";
  run = pn_records_begin (records, &record, &error);
  g_assert_no_error (error);
  g_assert_cmpint (pn_records_add (records, run, &record, &error), >, 0);
  g_assert_no_error (error);
  rows = pn_records_query (records, 0, 1, pn_records_fixture_options (NULL, NULL), &error);
  g_assert_no_error (error);
  row = g_variant_get_child_value (rows, 0);
  for (const char *const *column = pn_record_columns (); *column != NULL; column++)
    {
      g_autoptr (GVariant) value = g_variant_lookup_value (row, *column, NULL);

      g_test_message ("%s", *column);
      g_assert_nonnull (value);
      if (g_variant_is_of_type (value, G_VARIANT_TYPE_STRING))
        g_assert_cmpuint (strlen (g_variant_get_string (value, NULL)), >, 0);
      else
        g_assert_cmpint (g_variant_get_int64 (value), !=, 0);
    }
  g_assert_cmpuint (g_variant_n_children (row), ==, g_strv_length ((char **) pn_record_columns ()));
}

static void
assert_story (PnRecords *records, gint64 record, const char *expected)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GVariant) story = pn_records_get_story (records, record, &error);
  g_autofree char *text = story != NULL ? g_variant_print (story, FALSE) : NULL;

  g_assert_cmpstr (text, ==, expected);
  if (expected == NULL)
    g_assert_error (error, PN_ERROR, PN_ERROR_NOT_FOUND);
}

/* How a run went is its record's, and nobody else's. */
static void
test_story (PnRecordsFixture *self, gconstpointer data)
{
  static const char first[] = "([('connect', 1, 2), ('inspect', 2, 0)], [(1, 'A “line”')])";
  static const char second[] = "([('connect', 1, 2)], [(1, 'line'), (3, 'last \\n line')])";
  g_autoptr (PnRecords) records = pn_records_fixture_open (self);
  PnRecord record = pn_records_fixture_passed ("1000000040072f01");
  g_autoptr (GError) error = NULL;
  gint64 runs[2], ids[3];

  for (guint i = 0; i < 2; i++)
    {
      const char *text = i == 0 ? first : second;
      g_autoptr (GVariant) story =
          g_variant_parse (G_VARIANT_TYPE ("(a(sxx)a(xs))"), text, NULL, NULL, &error);
      g_autoptr (GVariant) phases = NULL, lines = NULL;

      g_assert_no_error (error);
      phases = g_variant_get_child_value (story, 0);
      lines = g_variant_get_child_value (story, 1);
      runs[i] = pn_records_begin (records, &record, &error);
      g_assert_cmpint (runs[i], >, 0);
      /* The last one counts. */
      for (guint j = 0; j < 2; j++)
        g_assert_true (pn_records_keep_story (
            records, runs[i], j == 0 ? g_variant_new ("a(sxx)", NULL) : phases, lines, &error));
    }
  ids[0] = pn_records_add (records, runs[1], &record, &error);
  ids[1] = pn_records_add (records, runs[0], &record, &error);
  ids[2] = pn_records_add (records, 0, &record, &error);
  assert_story (records, ids[0], second);
  assert_story (records, ids[1], first);
  assert_story (records, ids[2], NULL);
  assert_story (records, 999, NULL);
  /* A run that takes the number of one that is over begins without a story. */
  g_assert_cmpint (pn_records_begin (records, &record, &error), ==, runs[0]);
  ids[2] = pn_records_add (records, runs[0], &record, &error);
  assert_story (records, ids[2], NULL);
  /* Whatever somebody wrote there. */
  pn_records_fixture_do (self->path, "UPDATE stories SET log = '[[\"x\"' WHERE record = 1");
  assert_story (records, 1, NULL);
  pn_records_fixture_do (self->path, "UPDATE stories SET phases = '[[1,2,3]]' WHERE record = 2");
  assert_story (records, 2, NULL);
}

/* What makes no sense is not kept by halves. */
static void
test_incomplete (PnRecordsFixture *self, gconstpointer data)
{
  g_autoptr (PnRecords) records = pn_records_fixture_open (self);
  g_autoptr (GError) error = NULL;
  PnRecord record = pn_records_fixture_passed ("1");
  gint64 run;

  run = pn_records_begin (records, &record, &error);
  g_assert_no_error (error);
  record.verdict = NULL;
  g_assert_cmpint (pn_records_add (records, run, &record, &error), ==, 0);
  g_assert_error (error, PN_ERROR, PN_ERROR_IO);
  g_assert_cmpuint (pn_records_fixture_count (records), ==, 0);
  /* And the next one goes well. */
  record.verdict = "passed";
  g_clear_error (&error);
  g_assert_cmpint (pn_records_add (records, run, &record, &error), >, 0);
  g_assert_no_error (error);
}

static void
test_query (PnRecordsFixture *self, gconstpointer data)
{
  static const struct
  {
    guint offset, limit, expected;
  } cases[] = {
    { 0, 0, 0 },         { 0, 3, 3 }, { 8, 5, 2 }, { 10, 1, 0 }, { G_MAXUINT, G_MAXUINT, 0 },
    { 0, G_MAXUINT, 10 }
  };
  g_autoptr (PnRecords) records = pn_records_fixture_open (self);

  for (guint i = 0; i < 10; i++)
    {
      g_autofree char *serial = g_strdup_printf ("%016u", i);
      PnRecord record = pn_records_fixture_passed (serial);

      pn_records_fixture_add (records, &record);
    }
  pn_records_fixture_assert_newest (records, "serial", "0000000000000009");
  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (GVariant) rows = pn_records_query (records, cases[i].offset, cases[i].limit,
                                                    pn_records_fixture_options (NULL, NULL), NULL);

      g_assert_cmpuint (g_variant_n_children (rows), ==, cases[i].expected);
    }
}

/* The old tool's query, as its README prints it; and both names of the table. */
static void
test_views (PnRecordsFixture *self, gconstpointer data)
{
  g_autoptr (PnRecords) records = pn_records_fixture_open (self);
  PnRecord record = pn_records_fixture_passed ("1000000040072f01");
  PnRecord failed = pn_records_fixture_passed ("1000000040072f02");
  g_autofree char *serial = NULL;
  g_autofree char *devices = NULL;
  g_autofree char *time = NULL;

  failed.verdict = "failed";
  pn_records_fixture_add (records, &record);
  pn_records_fixture_add (records, &failed);
  serial =
      pn_records_fixture_ask (self->path, "SELECT serial FROM rpi_sb_provisioner WHERE secure = 1");
  g_assert_cmpstr (serial, ==, "1000000040072f01");
  devices = pn_records_fixture_ask (self->path, "SELECT count(*) FROM devices");
  g_assert_cmpstr (devices, ==, "1");
  time = pn_records_fixture_ask (self->path, "SELECT provision_ts FROM devices");
  g_assert_cmpstr (time, ==, "2025-10-09 08:53:21");
}

static void
assert_last (PnRecords *records, const char *bundle, const char *serial, const char *expected)
{
  g_autofree char *last = pn_records_get_last (records, bundle, serial);

  g_assert_cmpstr (last, ==, expected);
}

/* What a device is now is what the last run that changed it left. */
static void
test_last (PnRecordsFixture *self, gconstpointer data)
{
  g_autoptr (PnRecords) records = pn_records_fixture_open (self);
  PnRecord passed = pn_records_fixture_passed ("1000000040072f01");
  PnRecord failed = passed;
  PnRecord refused = passed;

  assert_last (records, "digest", "1000000040072f01", NULL);
  failed.verdict = "failed";
  failed.condition = "power-cycle";
  failed.phase = "write";
  pn_records_fixture_add (records, &failed);
  assert_last (records, "digest", "1000000040072f01", "write");
  assert_last (records, "other", "40072f01", "write");
  pn_records_fixture_add (records, &passed);
  assert_last (records, "digest", "1000000040072f01", "passed");
  assert_last (records, "digest", "40072f01", "passed"); /* the ROM's half */
  assert_last (records, "other", "40072f01", NULL);
  assert_last (records, "digest", "40072f02", NULL);
  assert_last (records, "digest", "", NULL);
  assert_last (records, "digest", "%", NULL);
  /* Looking at it changes nothing, also where the helper died of it. */
  refused.verdict = "refused";
  refused.condition = "untouched";
  refused.phase = "start";
  pn_records_fixture_add (records, &refused);
  failed.phase = "inspect";
  pn_records_fixture_add (records, &failed);
  assert_last (records, "digest", "40072f01", "passed");
  /* Another bundle's run has changed it since. */
  passed.bundle = "other";
  pn_records_fixture_add (records, &passed);
  assert_last (records, "digest", "40072f01", NULL);
  assert_last (records, "other", "40072f01", "passed");
  failed.phase = "verify";
  pn_records_fixture_add (records, &failed);
  assert_last (records, "other", "40072f01", "verify");
}

/* The last that is known of the device's key counts. */
static void
test_locked_with (PnRecordsFixture *self, gconstpointer data)
{
  g_autoptr (PnRecords) records = pn_records_fixture_open (self);
  PnRecord record = pn_records_fixture_passed ("1000000040072f01");

  g_assert_false (pn_records_is_locked_with (records, "40072f01", PN_RECORDS_FIXTURE_KEY_A));
  pn_records_fixture_add (records, &record);
  g_assert_true (pn_records_is_locked_with (records, "40072f01", PN_RECORDS_FIXTURE_KEY_A));
  g_assert_true (pn_records_is_locked_with (records, "1000000040072f01", PN_RECORDS_FIXTURE_KEY_A));
  g_assert_false (pn_records_is_locked_with (records, "40072f01", PN_RECORDS_FIXTURE_KEY_B));
  g_assert_false (pn_records_is_locked_with (records, "40072f02", PN_RECORDS_FIXTURE_KEY_A));
  g_assert_false (pn_records_is_locked_with (records, "", PN_RECORDS_FIXTURE_KEY_A));
  /* A run that learned nothing of the key changes nothing. */
  record.verdict = "failed";
  record.secure = FALSE;
  record.key_hash = NULL;
  pn_records_fixture_add (records, &record);
  g_assert_true (pn_records_is_locked_with (records, "40072f01", PN_RECORDS_FIXTURE_KEY_A));
  /* Another board with the same half, or a lie. */
  record.key_hash = PN_RECORDS_FIXTURE_KEY_B;
  pn_records_fixture_add (records, &record);
  g_assert_false (pn_records_is_locked_with (records, "40072f01", PN_RECORDS_FIXTURE_KEY_A));
  /* One that was locked and then failed is locked. */
  record.key_hash = PN_RECORDS_FIXTURE_KEY_A;
  pn_records_fixture_add (records, &record);
  g_assert_true (pn_records_is_locked_with (records, "40072f01", PN_RECORDS_FIXTURE_KEY_A));
}

/* ---- the journal ---- */

static void
assert_open (PnRecords *records, const char *expected)
{
  g_auto (GStrv) intents = pn_records_open_intents (records);
  g_autofree char *all = g_strjoinv ("; ", intents);

  g_assert_cmpstr (all, ==, expected);
}

static PnRecord
begun (const char *slot)
{
  PnRecord record = pn_records_fixture_passed (NULL);

  record.slot = slot;
  record.started = g_get_real_time ();
  record.verdict = "running";
  record.condition = NULL;
  record.phase = "connect";
  record.key_hash = NULL;
  record.secure = FALSE;
  record.evidence = "{}";
  return record;
}

static void
test_journal (PnRecordsFixture *self, gconstpointer data)
{
  g_autoptr (PnRecords) records = pn_records_fixture_open (self);
  g_autoptr (GError) error = NULL;
  gint64 first = pn_records_intent (records, "a", "1234", "customer-key", &error);
  gint64 second = pn_records_intent (records, "b", NULL, "device-key", &error);
  gint64 third = pn_records_intent (records, "c", "99", "jtag-lock", &error);
  g_autofree char *made = NULL;
  PnRecord told = begun ("c");

  g_assert_no_error (error);
  g_assert_true (first > 0 && second > first && third > second);
  assert_open (records, "a 1234 customer-key; b ? device-key; c 99 jtag-lock");
  g_assert_true (pn_records_outcome (records, second, FALSE, &error));
  g_assert_true (pn_records_outcome (records, first, TRUE, &error));
  assert_open (records, "c 99 jtag-lock");
  /* A record that says so comes together with its end. */
  told.verdict = told.condition = "set-aside";
  pn_records_fixture_add (records, &told);
  assert_open (records, "");
  made = pn_records_fixture_ask (self->path,
                                 "SELECT group_concat(coalesce(made, 'unknown')) FROM journal");
  g_assert_cmpstr (made, ==, "1,0,unknown");
}

typedef void (*Crime) (PnRecords *records);

/* Runs @crime in another process, which is killed as it returns. */
static void
kill_after (PnRecordsFixture *self, Crime crime)
{
  int status = 0;
  pid_t child = fork ();

  g_assert_cmpint (child, >=, 0);
  if (child == 0)
    {
      PnRecords *records = pn_records_open (self->path, NULL);

      if (records != NULL)
        crime (records);
      (void) kill (getpid (), SIGKILL);
    }
  g_assert_cmpint (waitpid (child, &status, 0), ==, child);
  g_assert_true (WIFSIGNALED (status) && WTERMSIG (status) == SIGKILL);
}

static void
begin_only (PnRecords *records)
{
  PnRecord record = begun ("a");
  gint64 run = pn_records_begin (records, &record, NULL);

  (void) pn_records_advance (records, run, "40072f01", NULL, NULL);
  (void) pn_records_advance (records, run, NULL, "write", NULL);
}

static void
begin_and_intend (PnRecords *records)
{
  begin_only (records);
  (void) pn_records_intent (records, "a", "40072f01", "customer-key", NULL);
}

static void
begin_intend_and_settle (PnRecords *records)
{
  gint64 intent;

  begin_only (records);
  intent = pn_records_intent (records, "a", "40072f01", "customer-key", NULL);
  (void) pn_records_outcome (records, intent, TRUE, NULL);
}

static void
whole_run (PnRecords *records)
{
  PnRecord record = begun ("a");
  PnRecord done = pn_records_fixture_passed ("1000000040072f01");
  gint64 run = pn_records_begin (records, &record, NULL);
  gint64 intent = pn_records_intent (records, "a", "40072f01", "customer-key", NULL);

  (void) pn_records_outcome (records, intent, TRUE, NULL);
  (void) pn_records_add (records, run, &done, NULL);
}

/* At each point a process can be killed, the next one knows what to say. */
static void
test_killed (PnRecordsFixture *self, gconstpointer data)
{
  static const struct
  {
    Crime crime;
    guint n_lost;
    const char *verdict, *condition, *phase, *serial;
  } cases[] = {
    { begin_only, 1, "failed", "power-cycle", "write", "40072f01" },
    { begin_and_intend, 1, "set-aside", "set-aside", "write", "40072f01" },
    { begin_intend_and_settle, 1, "failed", "power-cycle", "write", "40072f01" },
    { whole_run, 0, "passed", "done", "record", "1000000040072f01" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (PnRecords) records = NULL;
      g_autoptr (GError) error = NULL;
      guint n_lost = 99;

      kill_after (self, cases[i].crime);
      records = pn_records_fixture_open (self);
      g_assert_cmpuint (pn_records_fixture_count (records), ==, i + (cases[i].n_lost == 0));
      assert_open (records, cases[i].crime == begin_and_intend ? "a 40072f01 customer-key" : "");
      g_assert_true (pn_records_recover (records, NULL, &n_lost, &error));
      g_assert_no_error (error);
      g_assert_cmpuint (n_lost, ==, cases[i].n_lost);
      g_assert_cmpuint (pn_records_fixture_count (records), ==, i + 1);
      pn_records_fixture_assert_newest (records, "verdict", cases[i].verdict);
      pn_records_fixture_assert_newest (records, "condition", cases[i].condition);
      pn_records_fixture_assert_newest (records, "phase", cases[i].phase);
      pn_records_fixture_assert_newest (records, "serial", cases[i].serial);
      assert_open (records, "");
      /* It is said once. */
      g_assert_true (pn_records_recover (records, NULL, &n_lost, &error));
      g_assert_cmpuint (n_lost, ==, 0);
    }
}

/* Another slot's open intent is not this run's; its own is, also where the clock was set back in
 * between. */
static void
test_recover_by_slot (PnRecordsFixture *self, gconstpointer data)
{
  g_autoptr (PnRecords) records = pn_records_fixture_open (self);
  g_autoptr (GError) error = NULL;
  PnRecord a = begun ("a");
  guint n_lost;

  a.started = g_get_real_time () + 60 * G_USEC_PER_SEC;
  (void) pn_records_begin (records, &a, &error);
  (void) pn_records_intent (records, "a", "1", "customer-key", &error);
  (void) pn_records_intent (records, "b", "2", "customer-key", &error);
  g_assert_no_error (error);
  g_assert_true (pn_records_recover (records, NULL, &n_lost, &error));
  g_assert_cmpuint (n_lost, ==, 1);
  pn_records_fixture_assert_newest (records, "condition", "set-aside");
  assert_open (records, "b 2 customer-key");
}

/* How a run ended could not be kept: it has its record before the next one begins there, and what
 * it left open is not taken for that one's. */
static void
test_recover_one_slot (PnRecordsFixture *self, gconstpointer data)
{
  g_autoptr (PnRecords) records = pn_records_fixture_open (self);
  g_autoptr (GError) error = NULL;
  PnRecord a = begun ("a"), b = begun ("b");
  guint n_lost;

  (void) pn_records_begin (records, &a, &error);
  (void) pn_records_intent (records, "a", "1", "customer-key", &error);
  (void) pn_records_begin (records, &b, &error);
  (void) pn_records_intent (records, "b", "2", "customer-key", &error);
  g_assert_no_error (error);
  g_assert_true (pn_records_recover (records, "c", &n_lost, &error));
  g_assert_cmpuint (n_lost, ==, 0);
  g_assert_true (pn_records_recover (records, "a", &n_lost, &error));
  g_assert_cmpuint (n_lost, ==, 1);
  pn_records_fixture_assert_newest (records, "slot", "a");
  pn_records_fixture_assert_newest (records, "verdict", "set-aside");
  assert_open (records, "b 2 customer-key");
  g_assert_true (pn_records_recover (records, NULL, &n_lost, &error));
  g_assert_cmpuint (n_lost, ==, 1);
  pn_records_fixture_assert_newest (records, "slot", "b");
}

/* ---- files ---- */

static void
assert_refused (PnRecordsFixture *self, int code)
{
  g_autofree char *before = NULL;
  g_autofree char *after = NULL;
  g_autoptr (GError) error = NULL;
  gsize size_before = 0, size_after = 0;

  g_assert_true (g_file_get_contents (self->path, &before, &size_before, NULL));
  g_assert_null (pn_records_open (self->path, &error));
  g_test_message ("%s", error->message);
  g_assert_error (error, PN_ERROR, code);
  g_assert_nonnull (strstr (error->message, self->path));
  g_assert_true (g_file_get_contents (self->path, &after, &size_after, NULL));
  g_assert_cmpmem (before, size_before, after, size_after);
}

static void
test_not_a_database (PnRecordsFixture *self, gconstpointer data)
{
  g_autofree char *text = g_strnfill (10000, 'x');

  g_assert_true (g_file_set_contents (self->path, text, -1, NULL));
  assert_refused (self, PN_ERROR_INVALID_DATA);
  g_assert_true (g_file_set_contents (self->path, "short", -1, NULL));
  assert_refused (self, PN_ERROR_INVALID_DATA);
}

static void
test_foreign (PnRecordsFixture *self, gconstpointer data)
{
  static const char *const foreign[] = {
    "CREATE TABLE photos (id INTEGER)",
    "CREATE TABLE records (id INTEGER)",
    "CREATE TABLE records (id INTEGER); CREATE TABLE journal (id INTEGER);"
    " PRAGMA application_id = 7; PRAGMA user_version = 1",
    "PRAGMA application_id = 7; CREATE TABLE t (id INTEGER)",
    "PRAGMA user_version = 1; CREATE TABLE t (id INTEGER)",
    "PRAGMA user_version = 3",
  };

  for (guint i = 0; i < G_N_ELEMENTS (foreign); i++)
    {
      pn_records_fixture_do (self->path, foreign[i]);
      assert_refused (self, PN_ERROR_INVALID_DATA);
      g_assert_cmpint (g_unlink (self->path), ==, 0);
    }
}

static void
test_newer (PnRecordsFixture *self, gconstpointer data)
{
  pn_records_close (pn_records_fixture_open (self));
  pn_records_fixture_do (self->path, "PRAGMA user_version = 1000");
  assert_refused (self, PN_ERROR_NOT_SUPPORTED);
}

static void
test_damaged (PnRecordsFixture *self, gconstpointer data)
{
  g_autofree char *whole = NULL;
  gsize size = 0;
  guint n_refused = 0;

  {
    g_autoptr (PnRecords) records = pn_records_fixture_open (self);

    for (guint i = 0; i < 200; i++)
      {
        PnRecord record = pn_records_fixture_passed ("1000000040072f01");

        pn_records_fixture_add (records, &record);
      }
  }
  g_assert_true (g_file_get_contents (self->path, &whole, &size, NULL));
  /* Cut, and overwritten, at many places: an error or nothing wrong, never a crash. */
  for (gsize at = 0; at < size; at += 4096)
    {
      g_autofree char *bent = g_memdup2 (whole, size);
      g_autoptr (PnRecords) records = NULL;
      g_autoptr (GError) error = NULL;

      memset (bent + at, 0xff, MIN (512, size - at));
      g_assert_true (g_file_set_contents (self->path, bent, (gssize) size, NULL));
      records = pn_records_open (self->path, &error);
      n_refused += records == NULL;
      g_assert_true ((records == NULL) == (error != NULL));
      if (records != NULL)
        {
          g_autoptr (GVariant) rows =
              pn_records_query (records, 0, 10000, pn_records_fixture_options (NULL, NULL), NULL);

          g_autofree char *last = pn_records_get_last (records, "digest", "40072f01");

          (void) last;
        }
      g_clear_pointer (&records, pn_records_close);
      g_assert_true (g_file_set_contents (self->path, whole, (gssize) at, NULL));
      if (at > 0)
        assert_refused (self, PN_ERROR_INVALID_DATA);
    }
  g_assert_cmpuint (n_refused, >, size / 4096 / 2);
}

/* A file of the first version, as it was written then. */
#define FIRST_VERSION                                                                              \
  "CREATE TABLE records ("                                                                         \
  " id INTEGER PRIMARY KEY, started INTEGER NOT NULL, ended INTEGER NOT NULL,"                     \
  " slot TEXT NOT NULL, batch TEXT NOT NULL, recipe TEXT NOT NULL, bundle TEXT NOT NULL,"          \
  " image_name TEXT NOT NULL, image_sha256 TEXT NOT NULL, mode TEXT NOT NULL,"                     \
  " storage TEXT NOT NULL, verdict TEXT NOT NULL, condition TEXT NOT NULL, phase TEXT NOT NULL,"   \
  " serial TEXT, model TEXT, mac TEXT, duid TEXT, key_hash TEXT, error_code TEXT, message TEXT,"   \
  " board_revision INTEGER NOT NULL, storage_size INTEGER NOT NULL, bytes_sent INTEGER NOT NULL,"  \
  " bytes_verified INTEGER NOT NULL, secure INTEGER NOT NULL, evidence TEXT NOT NULL) STRICT;"     \
  "CREATE INDEX records_serial ON records (serial);"                                               \
  "CREATE TABLE journal ("                                                                         \
  " id INTEGER PRIMARY KEY, time INTEGER NOT NULL, slot TEXT NOT NULL, serial TEXT,"               \
  " step TEXT NOT NULL, made INTEGER, closed INTEGER) STRICT;"                                     \
  "CREATE VIEW devices AS SELECT id, serial, model AS boardname, mac AS eth_mac, duid,"            \
  " secure, image_name AS os_image_filename, image_sha256 AS os_image_sha256,"                     \
  " datetime(ended / 1000000, 'unixepoch') AS provision_ts FROM records"                           \
  " WHERE verdict = 'passed';"                                                                     \
  "CREATE VIEW rpi_sb_provisioner AS SELECT * FROM devices;"                                       \
  "INSERT INTO records VALUES (7, 1760000000000000, 1760000001000000, '1-1.2', '', 'recipe',"      \
  " 'digest', 'image.img', 'hash', 'secure-boot', 'emmc', 'passed', 'done', 'record',"             \
  " '1000000040072f01', NULL, NULL, NULL, NULL, NULL, NULL, 13648240, 4096, 7, 8, 1,"              \
  " '{\"device-class\":\"done\",\"override-recipe\":\"a: b\",\"override-again\":\"a: c\"}');"      \
  "INSERT INTO records SELECT 6, started, ended, slot, batch, recipe, bundle, image_name,"         \
  " image_sha256, mode, storage, 'failed', 'set-aside', phase, serial, model, mac, duid, "         \
  "key_hash,"                                                                                      \
  " error_code, message, board_revision, storage_size, bytes_sent, bytes_verified, 0, '{'"         \
  " FROM records;"                                                                                 \
  "PRAGMA user_version = 1;"

#define SCHEMA                                                                                     \
  "SELECT group_concat(name || ' ' || sql, ';') FROM"                                              \
  " (SELECT name, coalesce(sql, '') AS sql FROM sqlite_schema ORDER BY name)"

static void
assert_asked (PnRecordsFixture *self, const char *sql, const char *expected)
{
  g_autofree char *answer = pn_records_fixture_ask (self->path, sql);

  g_assert_cmpstr (answer, ==, expected);
}

/* It gets what the next ones added, and keeps its records. */
static void
test_migrate (PnRecordsFixture *self, gconstpointer data)
{
  g_autoptr (PnRecords) records = NULL;
  PnRecordsFixture other = { NULL };
  g_autofree char *newest = NULL;
  g_autofree char *schema = NULL;
  PnRecord record = pn_records_fixture_passed ("1000000040072f02");

  pn_records_fixture_set_up (&other, NULL);
  pn_records_close (pn_records_fixture_open (&other));
  pn_records_fixture_do (self->path, FIRST_VERSION);
  records = pn_records_fixture_open (self);
  pn_records_fixture_assert_newest (records, "id", "7");
  pn_records_fixture_assert_newest (records, "serial", "1000000040072f01");
  /* What nobody wrote down then is not made up now. */
  assert_story (records, 7, NULL);
  pn_records_fixture_assert_newest (records, "permanent", NULL);
  pn_records_fixture_assert_newest (records, "wanted_key", NULL);
  pn_records_fixture_assert_newest (records, "device_class", "done");
  pn_records_fixture_assert_newest (records, "overrides", "again recipe");
  assert_asked (self, "SELECT overrides FROM records WHERE id = 6", "");
  g_assert_cmpint (pn_records_begin (records, &record, NULL), >, 0);
  pn_records_fixture_add (records, &record);
  g_assert_cmpuint (pn_records_fixture_count (records), ==, 3);
  assert_asked (self, "SELECT verdict FROM records WHERE id = 6", "set-aside");
  /* It has all that a new one has: tables, indices and views. */
  newest = pn_records_fixture_ask (other.path, "PRAGMA user_version");
  schema = pn_records_fixture_ask (other.path, SCHEMA);
  assert_asked (self, "PRAGMA user_version", newest);
  assert_asked (self, SCHEMA, schema);
  pn_records_fixture_tear_down (&other, NULL);
}

static void
test_cannot_open (PnRecordsFixture *self, gconstpointer data)
{
  g_autofree char *missing = g_build_filename (self->folder, "no", "records.db", NULL);
  g_autoptr (GError) error = NULL;

  g_assert_null (pn_records_open (missing, &error));
  g_assert_error (error, PN_ERROR, PN_ERROR_INVALID_DATA);
  g_clear_error (&error);
  g_assert_null (pn_records_open (self->folder, &error));
  g_assert_error (error, PN_ERROR, PN_ERROR_INVALID_DATA);
}

/* ---- others at the same time ---- */

typedef struct
{
  const char *path;
  int stop; /* atomic */
  guint n_reads;
  guint most;
} Reader;

static gpointer
reader_thread (gpointer data)
{
  Reader *reader = data;

  while (g_atomic_int_get (&reader->stop) == 0 || reader->n_reads == 0)
    {
      g_autofree char *count =
          pn_records_fixture_ask (reader->path, "SELECT count(*) FROM records");
      guint64 number = 0;

      g_assert_nonnull (count); /* never locked out */
      g_assert_true (g_ascii_string_to_unsigned (count, 10, 0, G_MAXUINT, &number, NULL));
      g_assert_cmpuint (number, >=, reader->most);
      reader->most = (guint) number;
      reader->n_reads++;
    }
  return NULL;
}

static void
test_readers (PnRecordsFixture *self, gconstpointer data)
{
  g_autoptr (PnRecords) records = pn_records_fixture_open (self);
  Reader readers[3];
  GThread *threads[G_N_ELEMENTS (readers)];

  for (guint i = 0; i < G_N_ELEMENTS (readers); i++)
    {
      readers[i] = (Reader){ self->path };
      threads[i] = g_thread_new ("reader", reader_thread, &readers[i]);
    }
  for (guint i = 0; i < 100; i++)
    {
      PnRecord record = pn_records_fixture_passed ("1000000040072f01");

      pn_records_fixture_add (records, &record);
    }
  for (guint i = 0; i < G_N_ELEMENTS (readers); i++)
    {
      g_atomic_int_set (&readers[i].stop, 1);
      g_thread_join (threads[i]);
      g_assert_cmpuint (readers[i].n_reads, >, 0);
    }
  g_assert_cmpuint (pn_records_fixture_count (records), ==, 100);
}

/* A row that somebody else wrote cannot bring the helper down. */
static void
test_not_utf8 (PnRecordsFixture *self, gconstpointer data)
{
  g_autoptr (PnRecords) records = pn_records_fixture_open (self);
  PnRecord record = pn_records_fixture_passed ("1000000040072f01");

  pn_records_fixture_add (records, &record);
  pn_records_fixture_do (self->path, "UPDATE records SET message = CAST(x'61ff62' AS TEXT)");
  pn_records_fixture_assert_newest (records, "message",
                                    "a\xef\xbf\xbd"
                                    "b");
}

int
main (int argc, char **argv)
{
  static const PnRecordsTest tests[] = {
    { "/records/reopen", test_reopen },
    { "/records/every-column", test_every_column },
    { "/records/story", test_story },
    { "/records/incomplete", test_incomplete },
    { "/records/query", test_query },
    { "/records/views", test_views },
    { "/records/last", test_last },
    { "/records/locked-with", test_locked_with },
    { "/records/journal", test_journal },
    { "/records/killed", test_killed },
    { "/records/recover-by-slot", test_recover_by_slot },
    { "/records/recover-one-slot", test_recover_one_slot },
    { "/records/not-a-database", test_not_a_database },
    { "/records/foreign", test_foreign },
    { "/records/newer", test_newer },
    { "/records/damaged", test_damaged },
    { "/records/migrate", test_migrate },
    { "/records/cannot-open", test_cannot_open },
    { "/records/readers", test_readers },
    { "/records/not-utf8", test_not_utf8 },
  };

  return pn_records_fixture_run (argc, argv, tests, G_N_ELEMENTS (tests));
}
