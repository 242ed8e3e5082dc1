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
#include "pn-records-private.h"

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

static GVariant *
options_new (const char *name, GVariant *value)
{
  GVariantBuilder builder;

  g_variant_builder_init (&builder, G_VARIANT_TYPE_VARDICT);
  if (name != NULL)
    g_variant_builder_add (&builder, "{sv}", name, value);
  return g_variant_builder_end (&builder);
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
  g_autoptr (GVariant) rows = pn_records_query (records, 0, 1, options_new (NULL, NULL), &error);
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
  g_autoptr (GVariant) rows = pn_records_query (records, 0, 10000, options_new (NULL, NULL), NULL);

  return (guint) g_variant_n_children (rows);
}

/* What sqlite itself says, through a connection of its own. */
static char *
ask_column (const char *path, const char *sql, int column)
{
  sqlite3 *db = NULL;
  sqlite3_stmt *statement = NULL;
  char *answer = NULL;

  g_assert_cmpint (sqlite3_open (path, &db), ==, SQLITE_OK);
  (void) sqlite3_busy_timeout (db, 5000);
  g_assert_cmpint (sqlite3_prepare_v2 (db, sql, -1, &statement, NULL), ==, SQLITE_OK);
  if (sqlite3_step (statement) == SQLITE_ROW)
    answer = g_strdup ((const char *) sqlite3_column_text (statement, column));
  sqlite3_finalize (statement);
  sqlite3_close (db);
  return answer;
}

static char *
ask (const char *path, const char *sql)
{
  return ask_column (path, sql, 0);
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

/* No column is forgotten on the way to the disk or back. */
static void
test_every_column (Fixture *self, gconstpointer data)
{
  g_autoptr (PnRecords) records = open_records (self);
  PnRecord record = passed ("1000000040072f01");
  g_autoptr (GVariant) rows = NULL;
  g_autoptr (GVariant) row = NULL;
  g_autoptr (GError) error = NULL;
  gint64 run;

  record.batch = "order";
  record.model = "Compute Module 5";
  record.mac = "2c:cf:67:00:00:01";
  record.duid = "1001";
  record.error_code = "failed";
  record.message = "A message";
  run = pn_records_begin (records, &record, &error);
  g_assert_no_error (error);
  g_assert_cmpint (pn_records_add (records, run, &record, &error), >, 0);
  g_assert_no_error (error);
  rows = pn_records_query (records, 0, 1, options_new (NULL, NULL), &error);
  g_assert_no_error (error);
  row = g_variant_get_child_value (rows, 0);
  for (const char *const *column = pn_record_columns (); *column != NULL; column++)
    {
      g_autoptr (GVariant) value = g_variant_lookup_value (row, *column, NULL);

      g_test_message ("%s", *column);
      g_assert_nonnull (value);
      if (pn_record_column_get_kind (*column) == PN_COLUMN_TEXT)
        g_assert_cmpuint (strlen (g_variant_get_string (value, NULL)), >, 0);
      else
        g_assert_cmpint (g_variant_get_int64 (value), !=, 0);
    }
  g_assert_cmpuint (g_variant_n_children (row), ==, g_strv_length ((char **) pn_record_columns ()));
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
      g_autoptr (GVariant) rows = pn_records_query (records, cases[i].offset, cases[i].limit,
                                                    options_new (NULL, NULL), NULL);

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

/* ---- choosing and ordering ---- */

static guint
count_chosen (PnRecords *records, const char *name, GVariant *value)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GVariant) options = g_variant_ref_sink (options_new (name, value));
  g_autoptr (GVariant) rows = pn_records_query (records, 0, 10000, options, &error);
  gint64 count = pn_records_count (records, options, &error);

  g_assert_no_error (error);
  g_assert_cmpint (count, ==, (gint64) g_variant_n_children (rows));
  return (guint) count;
}

static void
add_some (PnRecords *records)
{
  static const struct
  {
    const char *serial, *slot, *verdict, *message, *mac;
  } runs[] = {
    { "1000000040072f01", "1-1", "passed", NULL, "2C:CF:67:00:00:01" },
    { "40072f01", "1-2", "failed", "It is 100% broken_", NULL },
    { "1000000040072f02", "1-2", "refused", "Back\\slash", NULL },
    { NULL, "1-3", "cancelled", "Stopped", NULL },
    { "2000000040072f01", "1-3", "passed", NULL, NULL },
  };

  for (guint i = 0; i < G_N_ELEMENTS (runs); i++)
    {
      PnRecord record = passed (runs[i].serial);

      record.started = 1000 + i;
      record.slot = runs[i].slot;
      record.verdict = runs[i].verdict;
      record.message = runs[i].message;
      record.mac = runs[i].mac;
      add (records, &record);
    }
}

static void
test_choose (Fixture *self, gconstpointer data)
{
  static const struct
  {
    const char *text;
    guint expected;
  } texts[] = { { "2f01", 3 },       { "2c:cf", 1 },       { "BROKEN", 1 }, { "%", 1 },
                { "_", 1 },          { "\\", 1 },          { "1-2", 2 },    { "nothing", 0 },
                { "a “RECIPE”", 5 }, { "' OR 1=1 --", 0 }, { "", 5 } };
  static const char *const two[] = { "passed", "failed", NULL };
  static const char *const odd[] = { "", "pass", "passed|failed", NULL };
  static const char *const none[] = { NULL };
  g_autoptr (PnRecords) records = open_records (self);

  add_some (records);
  for (guint i = 0; i < G_N_ELEMENTS (texts); i++)
    g_assert_cmpuint (count_chosen (records, "text", g_variant_new_string (texts[i].text)), ==,
                      texts[i].expected);
  g_assert_cmpuint (count_chosen (records, "verdicts", g_variant_new_strv (two, -1)), ==, 3);
  g_assert_cmpuint (count_chosen (records, "verdicts", g_variant_new_strv (odd, -1)), ==, 0);
  g_assert_cmpuint (count_chosen (records, "verdicts", g_variant_new_strv (none, -1)), ==, 0);
  g_assert_cmpuint (count_chosen (records, "id", g_variant_new_int64 (3)), ==, 1);
  g_assert_cmpuint (count_chosen (records, "id", g_variant_new_int64 (6)), ==, 0);
  g_assert_cmpuint (count_chosen (records, "recipe", g_variant_new_string ("A “recipe”")), ==, 5);
  g_assert_cmpuint (count_chosen (records, "recipe", g_variant_new_string ("A")), ==, 0);
  g_assert_cmpuint (count_chosen (records, "batch", g_variant_new_string ("")), ==, 5);
  g_assert_cmpuint (count_chosen (records, "since", g_variant_new_int64 (1003)), ==, 2);
  g_assert_cmpuint (count_chosen (records, "until", g_variant_new_int64 (1003)), ==, 3);
  g_assert_cmpuint (count_chosen (records, "after", g_variant_new_int64 (3)), ==, 2);
  g_assert_cmpuint (count_chosen (records, "after", g_variant_new_int64 (5)), ==, 0);
  g_assert_cmpuint (count_chosen (records, "secure", g_variant_new_boolean (TRUE)), ==, 5);
  g_assert_cmpuint (count_chosen (records, "secure", g_variant_new_boolean (FALSE)), ==, 0);
  /* A run that knew the ROM's half is each such device's; whole serials have to be the same. */
  g_assert_cmpuint (count_chosen (records, "serial", g_variant_new_string ("1000000040072f01")), ==,
                    2);
  g_assert_cmpuint (count_chosen (records, "serial", g_variant_new_string ("40072f01")), ==, 3);
  g_assert_cmpuint (pn_records_count_runs (records, "1000000040072f01"), ==, 2);
  g_assert_cmpuint (pn_records_count_runs (records, "40072f01"), ==, 3);
  g_assert_cmpuint (pn_records_count_runs (records, "40072f09"), ==, 0);
}

/* All that choose have to fit. */
static void
test_choose_together (Fixture *self, gconstpointer data)
{
  g_autoptr (PnRecords) records = open_records (self);
  g_autoptr (GError) error = NULL;
  GVariantBuilder builder;

  add_some (records);
  g_variant_builder_init (&builder, G_VARIANT_TYPE_VARDICT);
  g_variant_builder_add (&builder, "{sv}", "text", g_variant_new_string ("2f01"));
  g_variant_builder_add (&builder, "{sv}", "since", g_variant_new_int64 (1001));
  g_variant_builder_add (&builder, "{sv}", "until", g_variant_new_int64 (1004));
  g_assert_cmpint (pn_records_count (records, g_variant_builder_end (&builder), &error), ==, 1);
  g_assert_no_error (error);
}

static void
test_order (Fixture *self, gconstpointer data)
{
  g_autoptr (PnRecords) records = open_records (self);
  static const struct
  {
    const char *sort;
    gboolean ascending;
    const char *expected;
  } orders[] = { { NULL, FALSE, "54321" },    { NULL, TRUE, "12345" },
                 { "slot", TRUE, "12345" },   { "slot", FALSE, "54321" },
                 { "serial", TRUE, "41352" }, { "verdict", TRUE, "42153" } };

  add_some (records);
  for (guint i = 0; i < G_N_ELEMENTS (orders); i++)
    {
      g_autoptr (GString) seen = g_string_new (NULL);

      for (guint page = 0; page < 5; page += 2)
        {
          GVariantBuilder builder;
          g_autoptr (GVariant) rows = NULL;

          g_variant_builder_init (&builder, G_VARIANT_TYPE_VARDICT);
          if (orders[i].sort != NULL)
            g_variant_builder_add (&builder, "{sv}", "sort", g_variant_new_string (orders[i].sort));
          g_variant_builder_add (&builder, "{sv}", "ascending",
                                 g_variant_new_boolean (orders[i].ascending));
          rows = pn_records_query (records, page, 2, g_variant_builder_end (&builder), NULL);
          for (gsize j = 0; j < g_variant_n_children (rows); j++)
            {
              g_autoptr (GVariant) row = g_variant_get_child_value (rows, j);
              gint64 id = 0;

              g_assert_true (g_variant_lookup (row, "id", "x", &id));
              g_string_append_printf (seen, "%d", (int) id);
            }
        }
      g_assert_cmpstr (seen->str, ==, orders[i].expected);
    }
}

static void
test_wrong_options (Fixture *self, gconstpointer data)
{
  g_autoptr (PnRecords) records = open_records (self);
  g_autofree char *long_text = g_strnfill (257, 'x');
  const struct
  {
    const char *name;
    GVariant *value;
  } wrong[] = {
    { "verdict", g_variant_new_string ("passed") },
    { "text", g_variant_new_int64 (1) },
    { "text", g_variant_new_string (long_text) },
    { "verdicts", g_variant_new_string ("passed") },
    { "id", g_variant_new_int32 (1) },
    { "since", g_variant_new_string ("yesterday") },
    { "ascending", g_variant_new_string ("yes") },
    { "sort", g_variant_new_string ("") },
    { "sort", g_variant_new_string ("ID") },
    { "sort", g_variant_new_string ("id; DROP TABLE records") },
    { "sort", g_variant_new_string ("(SELECT 1)") },
    { "sort", g_variant_new_string ("rowid") },
    { "", g_variant_new_string ("") },
  };

  for (guint i = 0; i < G_N_ELEMENTS (wrong); i++)
    {
      g_autoptr (GError) error = NULL;
      g_autoptr (GVariant) options =
          g_variant_ref_sink (options_new (wrong[i].name, wrong[i].value));

      g_assert_null (pn_records_query (records, 0, 1, options, &error));
      g_assert_error (error, PN_ERROR, PN_ERROR_INVALID_ARGUMENT);
      g_clear_error (&error);
      g_assert_cmpint (pn_records_count (records, options, &error), ==, -1);
      g_assert_error (error, PN_ERROR, PN_ERROR_INVALID_ARGUMENT);
    }
  g_assert_cmpuint (count_records (records), ==, 0);
}

/* ---- very many ---- */

#define MANY                                                                                       \
  "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 100000)"              \
  " INSERT INTO records (started, ended, slot, batch, recipe, bundle, image_name, image_sha256,"   \
  " mode, storage, verdict, condition, phase, serial, model, mac, duid, key_hash, error_code,"     \
  " message, board_revision, storage_size, bytes_sent, bytes_verified, secure, evidence)"          \
  " SELECT 1760000000000000 + i * 30000000, 1760000020000000 + i * 30000000, '1-1.' || i % 16,"    \
  " 'order ' || i / 500, 'recipe ' || i % 7, printf('%064x', i % 9), 'image.img',"                 \
  " printf('%064x', i % 5), 'secure-boot', 'emmc', iif(i % 20, 'passed', 'failed'), 'done',"       \
  " 'record', printf('10000000%08x', i * 7919 % 100000), 'Compute Module 5',"                      \
  " printf('2c:cf:67:%02x:%02x:01', i % 256, i / 256 % 256), NULL, printf('%064x', i % 3), NULL,"  \
  " iif(i % 20, NULL, 'The device left the bus'), 12599680, 31268536320, 3000000000, 3000000000,"  \
  " 1, '{\"EEPROM_UPDATE\":\"success\",\"CUSTOMER_KEY_HASH\":\"00\"}' FROM n"

static double
time_page (PnRecords *records, const char *sort, guint offset)
{
  gint64 began = g_get_monotonic_time ();
  g_autoptr (GVariant) rows = pn_records_query (
      records, offset, 100, options_new ("sort", g_variant_new_string (sort)), NULL);

  g_assert_cmpuint (g_variant_n_children (rows), ==, 100);
  return (double) (g_get_monotonic_time () - began) / 1000;
}

/* A page of very many records is had by an index, whatever column orders them. */
static void
test_many (Fixture *self, gconstpointer data)
{
  static const char *const sorted[] = {
    "id",        "started",    "ended",          "slot",         "batch",      "recipe",
    "bundle",    "image_name", "image_sha256",   "mode",         "storage",    "verdict",
    "condition", "phase",      "serial",         "model",        "mac",        "duid",
    "key_hash",  "error_code", "board_revision", "storage_size", "bytes_sent", "bytes_verified",
    "secure"
  };
  g_autoptr (PnRecords) records = open_records (self);
  gint64 began;

  do_sql (self->path, MANY);
  for (guint i = 0; i < G_N_ELEMENTS (sorted); i++)
    {
      g_autoptr (GVariant) options =
          g_variant_ref_sink (options_new ("sort", g_variant_new_string (sorted[i])));
      g_autofree char *sql = pn_record_query_to_sql (options, FALSE, NULL);
      g_autofree char *explain = g_strconcat ("EXPLAIN QUERY PLAN ", sql, NULL);
      g_autofree char *plan = ask_column (self->path, explain, 3);
      double first = time_page (records, sorted[i], 0);
      double last = time_page (records, sorted[i], 99900);

      g_assert_cmpstr (plan, !=, NULL);
      g_assert_null (strstr (plan, "TEMP B-TREE"));
      g_test_message ("%s: first page %.1f ms, last page %.1f ms; %s", sorted[i], first, last,
                      plan);
    }
  began = g_get_monotonic_time ();
  g_assert_cmpuint (pn_records_count_runs (records, "100000000000001f"), ==, 1);
  g_assert_true (pn_records_has_passed (records, "nothing", "0000001f") == FALSE);
  g_test_message ("one device's runs: %.1f ms", (double) (g_get_monotonic_time () - began) / 1000);
  began = g_get_monotonic_time ();
  g_assert_cmpint (
      pn_records_count (records, options_new ("text", g_variant_new_string ("LEFT the BUS")), NULL),
      ==, 5000);
  g_test_message ("text in all: %.1f ms", (double) (g_get_monotonic_time () - began) / 1000);
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
          g_autoptr (GVariant) rows =
              pn_records_query (records, 0, 10000, options_new (NULL, NULL), NULL);

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
  for (;;)
    {
      g_autofree char *drop =
          ask (self->path, "SELECT 'DROP INDEX ' || name FROM sqlite_schema"
                           " WHERE type = 'index' AND name != 'records_serial'");

      if (drop == NULL)
        break;
      do_sql (self->path, drop);
    }
  do_sql (self->path, "DROP TABLE open_runs; PRAGMA application_id = 0; PRAGMA user_version = 1");
  records = open_records (self);
  g_assert_cmpuint (count_records (records), ==, 1);
  g_assert_cmpint (pn_records_begin (records, &record, NULL), >, 0);
  version = ask (self->path, "PRAGMA user_version");
  g_assert_cmpstr (version, ==, "3");
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
    { "/records/every-column", test_every_column },
    { "/records/incomplete", test_incomplete },
    { "/records/query", test_query },
    { "/records/views", test_views },
    { "/records/passed", test_passed },
    { "/records/locked-with", test_locked_with },
    { "/records/choose", test_choose },
    { "/records/choose-together", test_choose_together },
    { "/records/order", test_order },
    { "/records/wrong-options", test_wrong_options },
    { "/records/many", test_many },
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
