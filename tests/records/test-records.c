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
#include "pn-records.h"

#define KEY_A "aa00000000000000000000000000000000000000000000000000000000000000"
#define KEY_B "bb00000000000000000000000000000000000000000000000000000000000000"

typedef struct
{
  char *folder;
  char *path;
} Fixture;

static void
set_up (Fixture *self, gconstpointer data)
{
  self->folder = g_dir_make_tmp ("punnet-records-XXXXXX", NULL);
  g_assert_nonnull (self->folder);
  self->path = g_build_filename (self->folder, "records.db", NULL);
}

static void
tear_down (Fixture *self, gconstpointer data)
{
  g_autoptr (GDir) dir = g_dir_open (self->folder, 0, NULL);
  const char *name;

  while ((name = g_dir_read_name (dir)) != NULL)
    {
      g_autofree char *path = g_build_filename (self->folder, name, NULL);

      g_assert_cmpint (g_unlink (path), ==, 0);
    }
  g_assert_cmpint (g_rmdir (self->folder), ==, 0);
  g_free (self->folder);
  g_free (self->path);
}

static PnRecords *
open_records (Fixture *self)
{
  g_autoptr (GError) error = NULL;
  PnRecords *records = pn_records_open (self->path, &error);

  g_assert_no_error (error);
  g_assert_nonnull (records);
  return records;
}

static PnRecord
passed (const char *serial)
{
  return (PnRecord){
    .started = 1760000000000000,
    .ended = 1760000001000000,
    .slot = "1-1.2",
    .batch = "",
    .recipe = "A “recipe”",
    .bundle = "digest",
    .image_name = "image.img",
    .image_sha256 = "hash",
    .mode = "secure-boot",
    .storage = "emmc",
    .verdict = "passed",
    .condition = "done",
    .phase = "record",
    .serial = serial,
    .key_hash = KEY_A,
    .board_revision = 0xd04170,
    .storage_size = G_GUINT64_CONSTANT (1) << 40,
    .bytes_sent = 7,
    .bytes_verified = 8,
    .secure = TRUE,
    .evidence = "{\"EEPROM_UPDATE\":\"success\"}",
  };
}

static void
add (PnRecords *records, const PnRecord *record)
{
  g_autoptr (GError) error = NULL;

  g_assert_cmpint (pn_records_add (records, 0, record, &error), >, 0);
  g_assert_no_error (error);
}

/* The newest record's @column. */
static char *
newest (PnRecords *records, const char *column)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GVariant) rows = pn_records_query (records, 0, 1, &error);
  g_autoptr (GVariant) row = NULL;
  g_autoptr (GVariant) value = NULL;

  g_assert_no_error (error);
  g_assert_cmpuint (g_variant_n_children (rows), ==, 1);
  row = g_variant_get_child_value (rows, 0);
  value = g_variant_lookup_value (row, column, NULL);
  if (value == NULL)
    return NULL;
  return g_variant_is_of_type (value, G_VARIANT_TYPE_STRING)
             ? g_variant_dup_string (value, NULL)
             : g_strdup_printf ("%" G_GINT64_FORMAT, g_variant_get_int64 (value));
}

static void
assert_newest (PnRecords *records, const char *column, const char *expected)
{
  g_autofree char *value = newest (records, column);

  g_assert_cmpstr (value, ==, expected);
}

static guint
count_records (PnRecords *records)
{
  g_autoptr (GVariant) rows = pn_records_query (records, 0, 10000, NULL);

  return (guint) g_variant_n_children (rows);
}

/* What sqlite itself says, through a connection of its own. */
static char *
ask (const char *path, const char *sql)
{
  sqlite3 *db = NULL;
  sqlite3_stmt *statement = NULL;
  char *answer = NULL;

  g_assert_cmpint (sqlite3_open (path, &db), ==, SQLITE_OK);
  (void) sqlite3_busy_timeout (db, 5000);
  g_assert_cmpint (sqlite3_prepare_v2 (db, sql, -1, &statement, NULL), ==, SQLITE_OK);
  if (sqlite3_step (statement) == SQLITE_ROW)
    answer = g_strdup ((const char *) sqlite3_column_text (statement, 0));
  sqlite3_finalize (statement);
  sqlite3_close (db);
  return answer;
}

static void
do_sql (const char *path, const char *sql)
{
  sqlite3 *db = NULL;

  g_assert_cmpint (sqlite3_open (path, &db), ==, SQLITE_OK);
  g_assert_cmpint (sqlite3_exec (db, sql, NULL, NULL, NULL), ==, SQLITE_OK);
  sqlite3_close (db);
}

/* ---- what is kept ---- */

static void
test_reopen (Fixture *self, gconstpointer data)
{
  for (guint i = 0; i < 3; i++)
    {
      g_autoptr (PnRecords) records = open_records (self);
      PnRecord record = passed ("1000000040072f01");

      g_assert_cmpuint (count_records (records), ==, i);
      add (records, &record);
      assert_newest (records, "serial", "1000000040072f01");
      assert_newest (records, "recipe", "A “recipe”");
      assert_newest (records, "storage_size", "1099511627776");
      assert_newest (records, "secure", "1");
      assert_newest (records, "mac", NULL); /* not known is not there */
    }
}

/* What makes no sense is not kept by halves. */
static void
test_incomplete (Fixture *self, gconstpointer data)
{
  g_autoptr (PnRecords) records = open_records (self);
  g_autoptr (GError) error = NULL;
  PnRecord record = passed ("1");
  gint64 run;

  run = pn_records_begin (records, &record, &error);
  g_assert_no_error (error);
  record.verdict = NULL;
  g_assert_cmpint (pn_records_add (records, run, &record, &error), ==, 0);
  g_assert_error (error, PN_ERROR, PN_ERROR_IO);
  g_assert_cmpuint (count_records (records), ==, 0);
  /* And the next one goes well. */
  record.verdict = "passed";
  g_clear_error (&error);
  g_assert_cmpint (pn_records_add (records, run, &record, &error), >, 0);
  g_assert_no_error (error);
}

static void
test_query (Fixture *self, gconstpointer data)
{
  static const struct
  {
    guint offset, limit, expected;
  } cases[] = {
    { 0, 0, 0 },         { 0, 3, 3 }, { 8, 5, 2 }, { 10, 1, 0 }, { G_MAXUINT, G_MAXUINT, 0 },
    { 0, G_MAXUINT, 10 }
  };
  g_autoptr (PnRecords) records = open_records (self);

  for (guint i = 0; i < 10; i++)
    {
      g_autofree char *serial = g_strdup_printf ("%016u", i);
      PnRecord record = passed (serial);

      add (records, &record);
    }
  assert_newest (records, "serial", "0000000000000009");
  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (GVariant) rows = pn_records_query (records, cases[i].offset, cases[i].limit, NULL);

      g_assert_cmpuint (g_variant_n_children (rows), ==, cases[i].expected);
    }
}

/* The old tool's query, as its README prints it; and both names of the table. */
static void
test_views (Fixture *self, gconstpointer data)
{
  g_autoptr (PnRecords) records = open_records (self);
  PnRecord record = passed ("1000000040072f01");
  PnRecord failed = passed ("1000000040072f02");
  g_autofree char *serial = NULL;
  g_autofree char *devices = NULL;
  g_autofree char *time = NULL;

  failed.verdict = "failed";
  add (records, &record);
  add (records, &failed);
  serial = ask (self->path, "SELECT serial FROM rpi_sb_provisioner WHERE secure = 1");
  g_assert_cmpstr (serial, ==, "1000000040072f01");
  devices = ask (self->path, "SELECT count(*) FROM devices");
  g_assert_cmpstr (devices, ==, "1");
  time = ask (self->path, "SELECT provision_ts FROM devices");
  g_assert_cmpstr (time, ==, "2025-10-09 08:53:21");
}

static void
test_passed (Fixture *self, gconstpointer data)
{
  g_autoptr (PnRecords) records = open_records (self);
  PnRecord record = passed ("1000000040072f01");

  g_assert_false (pn_records_has_passed (records, "digest", "1000000040072f01"));
  record.verdict = "failed";
  add (records, &record);
  g_assert_false (pn_records_has_passed (records, "digest", "1000000040072f01"));
  record.verdict = "passed";
  add (records, &record);
  g_assert_true (pn_records_has_passed (records, "digest", "1000000040072f01"));
  g_assert_true (pn_records_has_passed (records, "digest", "40072f01")); /* the ROM's half */
  g_assert_false (pn_records_has_passed (records, "other", "40072f01"));
  g_assert_false (pn_records_has_passed (records, "digest", "40072f02"));
  g_assert_false (pn_records_has_passed (records, "digest", ""));
  g_assert_false (pn_records_has_passed (records, "digest", "%"));
}

/* The last that is known of the device's key counts. */
static void
test_locked_with (Fixture *self, gconstpointer data)
{
  g_autoptr (PnRecords) records = open_records (self);
  PnRecord record = passed ("1000000040072f01");

  g_assert_false (pn_records_is_locked_with (records, "40072f01", KEY_A));
  add (records, &record);
  g_assert_true (pn_records_is_locked_with (records, "40072f01", KEY_A));
  g_assert_true (pn_records_is_locked_with (records, "1000000040072f01", KEY_A));
  g_assert_false (pn_records_is_locked_with (records, "40072f01", KEY_B));
  g_assert_false (pn_records_is_locked_with (records, "40072f02", KEY_A));
  g_assert_false (pn_records_is_locked_with (records, "", KEY_A));
  /* A run that learned nothing of the key changes nothing. */
  record.verdict = "failed";
  record.secure = FALSE;
  record.key_hash = NULL;
  add (records, &record);
  g_assert_true (pn_records_is_locked_with (records, "40072f01", KEY_A));
  /* Another board with the same half, or a lie: we do not know any more. */
  record.key_hash = KEY_B;
  add (records, &record);
  g_assert_false (pn_records_is_locked_with (records, "40072f01", KEY_A));
  g_assert_false (pn_records_is_locked_with (records, "40072f01", KEY_B));
}

/* ---- the journal ---- */

static void
assert_open (PnRecords *records, const char *expected)
{
  g_auto (GStrv) intents = pn_records_open_intents (records);
  g_autofree char *all = g_strjoinv ("; ", intents);

  g_assert_cmpstr (all, ==, expected);
}

static void
test_journal (Fixture *self, gconstpointer data)
{
  g_autoptr (PnRecords) records = open_records (self);
  g_autoptr (GError) error = NULL;
  gint64 first = pn_records_intent (records, "a", "1234", "customer-key", &error);
  gint64 second = pn_records_intent (records, "b", NULL, "device-key", &error);
  gint64 third = pn_records_intent (records, "c", "99", "jtag-lock", &error);
  g_autofree char *made = NULL;

  g_assert_no_error (error);
  g_assert_true (first > 0 && second > first && third > second);
  assert_open (records, "a 1234 customer-key; b ? device-key; c 99 jtag-lock");
  g_assert_true (pn_records_outcome (records, second, FALSE, &error));
  g_assert_true (pn_records_outcome (records, first, TRUE, &error));
  g_assert_true (pn_records_give_up (records, third, &error));
  assert_open (records, "");
  made = ask (self->path, "SELECT group_concat(coalesce(made, 'unknown')) FROM journal");
  g_assert_cmpstr (made, ==, "1,0,unknown");
}

typedef void (*Crime) (PnRecords *records);

/* Runs @crime in another process, which is killed as it returns. */
static void
kill_after (Fixture *self, Crime crime)
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

static PnRecord
begun (const char *slot)
{
  PnRecord record = passed (NULL);

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
  PnRecord done = passed ("1000000040072f01");
  gint64 run = pn_records_begin (records, &record, NULL);
  gint64 intent = pn_records_intent (records, "a", "40072f01", "customer-key", NULL);

  (void) pn_records_outcome (records, intent, TRUE, NULL);
  (void) pn_records_add (records, run, &done, NULL);
}

/* At each point a process can be killed, the next one knows what to say. */
static void
test_killed (Fixture *self, gconstpointer data)
{
  static const struct
  {
    Crime crime;
    guint n_lost;
    const char *verdict, *condition, *phase, *serial;
  } cases[] = {
    { begin_only, 1, "failed", "power-cycle", "write", "40072f01" },
    { begin_and_intend, 1, "failed", "set-aside", "write", "40072f01" },
    { begin_intend_and_settle, 1, "failed", "power-cycle", "write", "40072f01" },
    { whole_run, 0, "passed", "done", "record", "1000000040072f01" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (PnRecords) records = NULL;
      g_autoptr (GError) error = NULL;
      guint n_lost = 99;

      kill_after (self, cases[i].crime);
      records = open_records (self);
      g_assert_cmpuint (count_records (records), ==, i + (cases[i].n_lost == 0));
      assert_open (records, cases[i].crime == begin_and_intend ? "a 40072f01 customer-key" : "");
      g_assert_true (pn_records_recover (records, &n_lost, &error));
      g_assert_no_error (error);
      g_assert_cmpuint (n_lost, ==, cases[i].n_lost);
      g_assert_cmpuint (count_records (records), ==, i + 1);
      assert_newest (records, "verdict", cases[i].verdict);
      assert_newest (records, "condition", cases[i].condition);
      assert_newest (records, "phase", cases[i].phase);
      assert_newest (records, "serial", cases[i].serial);
      assert_open (records, "");
      /* It is said once. */
      g_assert_true (pn_records_recover (records, &n_lost, &error));
      g_assert_cmpuint (n_lost, ==, 0);
    }
}

/* Another slot's open intent is not this run's. */
static void
test_recover_by_slot (Fixture *self, gconstpointer data)
{
  g_autoptr (PnRecords) records = open_records (self);
  g_autoptr (GError) error = NULL;
  PnRecord a = begun ("a");
  guint n_lost;

  (void) pn_records_intent (records, "a", "1", "customer-key", &error); /* of an earlier run */
  a.started = g_get_real_time () + 1;
  (void) pn_records_begin (records, &a, &error);
  (void) pn_records_intent (records, "b", "2", "customer-key", &error);
  g_assert_no_error (error);
  g_assert_true (pn_records_recover (records, &n_lost, &error));
  g_assert_cmpuint (n_lost, ==, 1);
  assert_newest (records, "condition", "power-cycle");
  assert_open (records, "a 1 customer-key; b 2 customer-key");
}

/* ---- files ---- */

static void
assert_refused (Fixture *self, int code)
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
test_not_a_database (Fixture *self, gconstpointer data)
{
  g_autofree char *text = g_strnfill (10000, 'x');

  g_assert_true (g_file_set_contents (self->path, text, -1, NULL));
  assert_refused (self, PN_ERROR_INVALID_DATA);
  g_assert_true (g_file_set_contents (self->path, "short", -1, NULL));
  assert_refused (self, PN_ERROR_INVALID_DATA);
}

static void
test_foreign (Fixture *self, gconstpointer data)
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
      do_sql (self->path, foreign[i]);
      assert_refused (self, PN_ERROR_INVALID_DATA);
      g_assert_cmpint (g_unlink (self->path), ==, 0);
    }
}

static void
test_newer (Fixture *self, gconstpointer data)
{
  pn_records_close (open_records (self));
  do_sql (self->path, "PRAGMA user_version = 1000");
  assert_refused (self, PN_ERROR_NOT_SUPPORTED);
}

static void
test_damaged (Fixture *self, gconstpointer data)
{
  g_autofree char *whole = NULL;
  gsize size = 0;
  guint n_refused = 0;

  {
    g_autoptr (PnRecords) records = open_records (self);

    for (guint i = 0; i < 200; i++)
      {
        PnRecord record = passed ("1000000040072f01");

        add (records, &record);
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
          g_autoptr (GVariant) rows = pn_records_query (records, 0, 10000, NULL);

          (void) pn_records_has_passed (records, "digest", "40072f01");
        }
      g_clear_pointer (&records, pn_records_close);
      g_assert_true (g_file_set_contents (self->path, whole, (gssize) at, NULL));
      if (at > 0)
        assert_refused (self, PN_ERROR_INVALID_DATA);
    }
  g_assert_cmpuint (n_refused, >, size / 4096 / 2);
}

/* A database of the first version has what the next ones added, and keeps its records. */
static void
test_migrate (Fixture *self, gconstpointer data)
{
  g_autoptr (PnRecords) records = NULL;
  g_autofree char *version = NULL;
  PnRecord record = passed ("1000000040072f01");

  {
    g_autoptr (PnRecords) first = open_records (self);

    add (first, &record);
  }
  do_sql (self->path, "DROP TABLE open_runs; PRAGMA application_id = 0; PRAGMA user_version = 1");
  records = open_records (self);
  g_assert_cmpuint (count_records (records), ==, 1);
  g_assert_cmpint (pn_records_begin (records, &record, NULL), >, 0);
  version = ask (self->path, "PRAGMA user_version");
  g_assert_cmpstr (version, ==, "2");
}

static void
test_cannot_open (Fixture *self, gconstpointer data)
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
      g_autofree char *count = ask (reader->path, "SELECT count(*) FROM records");
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
test_readers (Fixture *self, gconstpointer data)
{
  g_autoptr (PnRecords) records = open_records (self);
  Reader readers[3];
  GThread *threads[G_N_ELEMENTS (readers)];

  for (guint i = 0; i < G_N_ELEMENTS (readers); i++)
    {
      readers[i] = (Reader){ self->path };
      threads[i] = g_thread_new ("reader", reader_thread, &readers[i]);
    }
  for (guint i = 0; i < 100; i++)
    {
      PnRecord record = passed ("1000000040072f01");

      add (records, &record);
    }
  for (guint i = 0; i < G_N_ELEMENTS (readers); i++)
    {
      g_atomic_int_set (&readers[i].stop, 1);
      g_thread_join (threads[i]);
      g_assert_cmpuint (readers[i].n_reads, >, 0);
    }
  g_assert_cmpuint (count_records (records), ==, 100);
}

/* A row that somebody else wrote cannot bring the helper down. */
static void
test_not_utf8 (Fixture *self, gconstpointer data)
{
  g_autoptr (PnRecords) records = open_records (self);
  PnRecord record = passed ("1000000040072f01");

  add (records, &record);
  do_sql (self->path, "UPDATE records SET message = CAST(x'61ff62' AS TEXT)");
  assert_newest (records, "message",
                 "a\xef\xbf\xbd"
                 "b");
}

int
main (int argc, char **argv)
{
  static const struct
  {
    const char *name;
    void (*test) (Fixture *self, gconstpointer data);
  } tests[] = {
    { "/records/reopen", test_reopen },
    { "/records/incomplete", test_incomplete },
    { "/records/query", test_query },
    { "/records/views", test_views },
    { "/records/passed", test_passed },
    { "/records/locked-with", test_locked_with },
    { "/records/journal", test_journal },
    { "/records/killed", test_killed },
    { "/records/recover-by-slot", test_recover_by_slot },
    { "/records/not-a-database", test_not_a_database },
    { "/records/foreign", test_foreign },
    { "/records/newer", test_newer },
    { "/records/damaged", test_damaged },
    { "/records/migrate", test_migrate },
    { "/records/cannot-open", test_cannot_open },
    { "/records/readers", test_readers },
    { "/records/not-utf8", test_not_utf8 },
  };

  g_test_init (&argc, &argv, NULL);
  for (guint i = 0; i < G_N_ELEMENTS (tests); i++)
    g_test_add (tests[i].name, Fixture, NULL, set_up, tests[i].test, tear_down);
  return g_test_run ();
}
