/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The records of rpi-sb-provisioner, as its versions left them, and databases that are none. */
#include "config.h"

#include <glib/gstdio.h>
#include <sqlite3.h>
#include <string.h>

#include "pn-error.h"
#include "pn-old-records.h"

typedef struct
{
  char *folder, *path;
  GPtrArray *rows;
} Fixture;

static void
set_up (Fixture *self, gconstpointer data)
{
  self->folder = g_dir_make_tmp ("punnet-old-XXXXXX", NULL);
  self->path = g_build_filename (self->folder, "manufacturing 100%?.db", NULL);
  self->rows = g_ptr_array_new_with_free_func ((GDestroyNotify) g_variant_unref);
}

static void
tear_down (Fixture *self, gconstpointer data)
{
  (void) g_remove (self->path);
  g_assert_cmpint (g_rmdir (self->folder), ==, 0);
  g_ptr_array_unref (self->rows);
  g_free (self->folder);
  g_free (self->path);
}

static void
make (Fixture *self, const char *sql)
{
  sqlite3 *db = NULL;
  char *message = NULL;

  g_assert_cmpint (sqlite3_open (self->path, &db), ==, SQLITE_OK);
  (void) sqlite3_exec (db, sql, NULL, NULL, &message);
  g_assert_null (message);
  g_assert_cmpint (sqlite3_close (db), ==, SQLITE_OK);
}

static gboolean
row_cb (GVariant *row, gpointer rows, GError **error)
{
  g_ptr_array_add (rows, g_variant_ref (row));
  return TRUE;
}

static const char *
get_text (GVariant *row, const char *name)
{
  const char *text = NULL;

  return g_variant_lookup (row, name, "&s", &text) ? text : NULL;
}

/* The columns of version 2, one value of a wrong type and one that is no text among them. */
static void
test_version_2 (Fixture *self, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  gint64 number = 0;

  make (self, "PRAGMA journal_mode = WAL;"
              "CREATE TABLE devices (id integer primary key, boardname varchar(255) not null,"
              " serial char(8) not null, eth_mac char(17) not null, mmc_size integer not null,"
              " secure integer not null default 1, jtag_locked integer, os_image_sha256 char(64),"
              " memory varchar(255), provision_ts timestamp default current_timestamp);"
              "INSERT INTO devices VALUES (1, 'CM5', '10000000deadbeef', 'd8:3a', 31268536320, 1,"
              " NULL, 'ab', x'00ff', '2025-03-01 10:11:12'),"
              " (2, '5', '00000000cafe0001', '', 0, '', 1, NULL, '8GB', '2025-03-02 10:11:12');");
  g_assert_true (pn_old_records_read (self->path, row_cb, self->rows, &error));
  g_assert_no_error (error);
  g_assert_cmpuint (self->rows->len, ==, 2);
  g_assert_cmpstr (get_text (self->rows->pdata[0], "serial"), ==, "10000000deadbeef");
  g_assert_true (g_variant_lookup (self->rows->pdata[0], "mmc_size", "x", &number));
  g_assert_cmpint (number, ==, 31268536320);
  g_assert_null (g_variant_lookup_value (self->rows->pdata[0], "jtag_locked", NULL));
  g_assert_null (g_variant_lookup_value (self->rows->pdata[0], "memory", NULL));
  g_assert_null (g_variant_lookup_value (self->rows->pdata[0], "customer_key_label", NULL));
  g_assert_cmpstr (get_text (self->rows->pdata[1], "memory"), ==, "8GB");
  g_assert_null (g_variant_lookup_value (self->rows->pdata[1], "secure", NULL));
}

static void
test_version_1 (Fixture *self, gconstpointer data)
{
  g_autoptr (GError) error = NULL;

  make (self,
        "CREATE TABLE rpi_sb_provisioner (id integer primary key, boardname text, serial text,"
        " secure integer, provision_ts timestamp);"
        "INSERT INTO rpi_sb_provisioner VALUES (1, 'CM4', '10000000aaaa0001', 1, 'x');");
  g_assert_true (pn_old_records_read (self->path, row_cb, self->rows, &error));
  g_assert_no_error (error);
  g_assert_cmpuint (self->rows->len, ==, 1);
}

/* A view or a trigger of an attacker's, a program in the schema, no database, none of that kind. */
static void
test_hostile (Fixture *self, gconstpointer data)
{
  static const struct
  {
    const char *sql;
    PnError code;
  } cases[] = {
    { "CREATE TABLE t (x); CREATE VIEW devices AS SELECT load_extension('/tmp/x') AS serial;",
      PN_ERROR_NOT_FOUND },
    { "CREATE TABLE other (serial text);", PN_ERROR_NOT_FOUND },
    { "CREATE VIEW devices AS WITH RECURSIVE n (x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n)"
      " SELECT x AS serial FROM n;",
      PN_ERROR_NOT_FOUND },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (GError) error = NULL;

      make (self, cases[i].sql);
      g_assert_false (pn_old_records_read (self->path, row_cb, self->rows, &error));
      g_assert_error (error, PN_ERROR, (int) cases[i].code);
      g_assert_cmpint (g_remove (self->path), ==, 0);
    }
  g_assert_cmpuint (self->rows->len, ==, 0);
}

/* A column that is computed would run as long as it likes. */
static void
test_endless (Fixture *self, gconstpointer data)
{
  g_autoptr (GError) error = NULL;

  make (self, "CREATE TABLE devices (serial text, boardname text GENERATED ALWAYS AS"
              " (replace(hex(zeroblob(4000)), '0', hex(zeroblob(4000)))) VIRTUAL);"
              "INSERT INTO devices (serial) VALUES ('10000000aaaa0001');");
  g_assert_false (pn_old_records_read (self->path, row_cb, self->rows, &error));
  g_assert_error (error, PN_ERROR, PN_ERROR_INVALID_DATA);
}

/* What a schema says is not said to anybody: it may be no text, or text that a terminal obeys. */
static void
test_words (Fixture *self, gconstpointer data)
{
  g_autofree char *contents = NULL;
  g_autoptr (GError) error = NULL;
  char *words;
  gsize size;

  make (self, "CREATE TABLE devices (serial text, boardname text);");
  g_assert_true (g_file_get_contents (self->path, &contents, &size, NULL));
  words = memmem (contents, size, "TABLE devices", 13);
  g_assert_nonnull (words);
  memcpy (words, "\x1b[2J\xff evil   ", 13);
  g_assert_true (g_file_set_contents (self->path, contents, (gssize) size, NULL));
  g_assert_false (pn_old_records_read (self->path, row_cb, self->rows, &error));
  g_assert_error (error, PN_ERROR, PN_ERROR_INVALID_DATA);
  g_assert_null (strstr (error->message, "evil"));
  g_assert_null (strchr (error->message, '\x1b'));
}

static void
test_no_database (Fixture *self, gconstpointer data)
{
  g_autoptr (GError) missing = NULL;
  g_autoptr (GError) error = NULL;

  g_assert_false (pn_old_records_read (self->path, row_cb, self->rows, &missing));
  g_assert_error (missing, PN_ERROR, PN_ERROR_NOT_FOUND);
  g_assert_true (g_file_set_contents (self->path, "SQLite format 3, or not", -1, NULL));
  g_assert_false (pn_old_records_read (self->path, row_cb, self->rows, &error));
  g_assert_error (error, PN_ERROR, PN_ERROR_INVALID_DATA);
}

int
main (int argc, char **argv)
{
  static const struct
  {
    const char *path;
    void (*func) (Fixture *self, gconstpointer data);
  } tests[] = {
    { "/old-records/version-2", test_version_2 }, { "/old-records/version-1", test_version_1 },
    { "/old-records/hostile", test_hostile },     { "/old-records/endless", test_endless },
    { "/old-records/words", test_words },         { "/old-records/no-database", test_no_database },
  };

  g_test_init (&argc, &argv, NULL);
  for (guint i = 0; i < G_N_ELEMENTS (tests); i++)
    g_test_add (tests[i].path, Fixture, NULL, set_up, tests[i].func, tear_down);
  return g_test_run ();
}
