/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "pn-records-fixture.h"

#include <glib/gstdio.h>
#include <sqlite3.h>

void
pn_records_fixture_set_up (PnRecordsFixture *self, gconstpointer data)
{
  self->folder = g_dir_make_tmp ("punnet-records-XXXXXX", NULL);
  g_assert_nonnull (self->folder);
  self->path = g_build_filename (self->folder, "records.db", NULL);
}

void
pn_records_fixture_tear_down (PnRecordsFixture *self, gconstpointer data)
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

PnRecords *
pn_records_fixture_open (PnRecordsFixture *self)
{
  g_autoptr (GError) error = NULL;
  PnRecords *records = pn_records_open (self->path, &error);

  g_assert_no_error (error);
  g_assert_nonnull (records);
  return records;
}

PnRecord
pn_records_fixture_passed (const char *serial)
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
    .permanent = "customer-key device-key",
    .device_class = "ours",
    .overrides = "",
    .opened_by = "ann",
    .recipe_revision = 3,
    .attempt = 1,
    .wanted_key = PN_RECORDS_FIXTURE_KEY_A,
    .key_hash = PN_RECORDS_FIXTURE_KEY_A,
    .board_revision = 0xd04170,
    .storage_size = G_GUINT64_CONSTANT (1) << 40,
    .bytes_sent = 7,
    .bytes_verified = 8,
    .secure = TRUE,
    .evidence = "{\"EEPROM_UPDATE\":\"success\"}",
  };
}

GVariant *
pn_records_fixture_options (const char *name, GVariant *value)
{
  GVariantBuilder builder;

  g_variant_builder_init (&builder, G_VARIANT_TYPE_VARDICT);
  if (name != NULL)
    g_variant_builder_add (&builder, "{sv}", name, value);
  return g_variant_builder_end (&builder);
}

void
pn_records_fixture_add (PnRecords *records, const PnRecord *record)
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
  g_autoptr (GVariant) rows =
      pn_records_query (records, 0, 1, pn_records_fixture_options (NULL, NULL), &error);
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

void
pn_records_fixture_assert_newest (PnRecords *records, const char *column, const char *expected)
{
  g_autofree char *value = newest (records, column);

  g_assert_cmpstr (value, ==, expected);
}

guint
pn_records_fixture_count (PnRecords *records)
{
  g_autoptr (GVariant) rows =
      pn_records_query (records, 0, 10000, pn_records_fixture_options (NULL, NULL), NULL);

  return (guint) g_variant_n_children (rows);
}

/* What sqlite itself says, through a connection of its own. */
char *
pn_records_fixture_ask_column (const char *path, const char *sql, int column)
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

char *
pn_records_fixture_ask (const char *path, const char *sql)
{
  return pn_records_fixture_ask_column (path, sql, 0);
}

void
pn_records_fixture_do (const char *path, const char *sql)
{
  sqlite3 *db = NULL;

  g_assert_cmpint (sqlite3_open (path, &db), ==, SQLITE_OK);
  g_assert_cmpint (sqlite3_exec (db, sql, NULL, NULL, NULL), ==, SQLITE_OK);
  sqlite3_close (db);
}

int
pn_records_fixture_run (int argc, char **argv, const PnRecordsTest *tests, guint n_tests)
{
  g_test_init (&argc, &argv, NULL);
  for (guint i = 0; i < n_tests; i++)
    g_test_add (tests[i].name, PnRecordsFixture, NULL, pn_records_fixture_set_up, tests[i].test,
                pn_records_fixture_tear_down);
  return g_test_run ();
}
