/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "pn-old-records.h"

#include <fcntl.h>
#include <sqlite3.h>

#include "pn-io.h"

#define MAX_VALUE 65536         /* bytes of any value */
#define MAX_STEPS (1000 * 1000) /* thousands of the virtual machine's instructions, in all */
#define STEPS_A_CALL 1000

G_DEFINE_AUTOPTR_CLEANUP_FUNC (sqlite3, sqlite3_close)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (sqlite3_stmt, sqlite3_finalize)

/* Version 2 has all of them, version 1 the first part (operations.md §9). */
static const char *const columns[] = {
  "id",
  "boardname",
  "serial",
  "eth_mac",
  "wifi_mac",
  "bt_mac",
  "mmc_size",
  "mmc_cid",
  "rpi_duid",
  "board_revision",
  "processor",
  "memory",
  "manufacturer",
  "secure",
  "jtag_locked",
  "eeprom_write_protected",
  "pubkey_programmed",
  "devkey_revoked",
  "signed_boot_enabled",
  "os_image_filename",
  "os_image_sha256",
  "connect_registered",
  "connect_device_id",
  "eeprom_size",
  "eeprom_jedec",
  "eeprom_unique_id",
  "bootloader_build_timestamp",
  "customer_key_fingerprint",
  "customer_key_label",
  "provision_ts",
  NULL,
};

const char *const *
pn_old_records_columns (void)
{
  return columns;
}

static int
progress_cb (void *user_data)
{
  guint *left = user_data;

  if (*left > 0)
    (*left)--;
  return *left == 0;
}

/* In sqlite's own words: what it says of this database may be words of the database. */
static gboolean
refuse (sqlite3 *db, const char *path, GError **error)
{
  return pn_set_error (error, PN_ERROR_INVALID_DATA,
                       "%s cannot be read as records of rpi-sb-provisioner: %s", path,
                       sqlite3_errstr (sqlite3_errcode (db)));
}

static sqlite3_stmt *
prepare (sqlite3 *db, const char *sql)
{
  sqlite3_stmt *statement = NULL;

  (void) sqlite3_prepare_v2 (db, sql, -1, &statement, NULL);
  return statement;
}

/* A database that nobody has open is read without touching anything beside it; one in use needs its
 * log (PATH-wal), too. */
static sqlite3 *
open_database (const char *path, guint *steps, GError **error)
{
  g_autoptr (sqlite3) db = NULL;
  g_autofree char *log = g_strconcat (path, "-wal", NULL);
  g_autofree char *escaped = g_uri_escape_string (path, "/", TRUE);
  g_autofree char *uri = g_strdup_printf (
      "file:%s?mode=ro%s", escaped, g_file_test (log, G_FILE_TEST_EXISTS) ? "" : "&immutable=1");

  if (sqlite3_open_v2 (uri, &db, SQLITE_OPEN_READONLY | SQLITE_OPEN_URI, NULL) != SQLITE_OK)
    {
      refuse (db, path, error);
      return NULL;
    }
  (void) sqlite3_db_config (db, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
  (void) sqlite3_db_config (db, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, NULL);
  (void) sqlite3_db_config (db, SQLITE_DBCONFIG_ENABLE_VIEW, 0, NULL);
  (void) sqlite3_db_config (db, SQLITE_DBCONFIG_ENABLE_TRIGGER, 0, NULL);
  (void) sqlite3_limit (db, SQLITE_LIMIT_LENGTH, MAX_VALUE);
  sqlite3_progress_handler (db, STEPS_A_CALL, progress_cb, steps);
  (void) sqlite3_busy_timeout (db, 5000);
  return g_steal_pointer (&db);
}

/* The name of the table with the records, a real one; NULL with @error. */
static const char *
find_table (sqlite3 *db, const char *path, GError **error)
{
  g_autoptr (sqlite3_stmt) statement =
      prepare (db, "SELECT name FROM sqlite_schema WHERE type = 'table' AND name IN ('devices',"
                   " 'rpi_sb_provisioner') AND sql NOT LIKE 'CREATE VIRTUAL%' ORDER BY name");
  int result = statement != NULL ? sqlite3_step (statement) : SQLITE_ERROR;

  if (result == SQLITE_ROW)
    return g_intern_string ((const char *) sqlite3_column_text (statement, 0));
  if (result == SQLITE_DONE)
    pn_set_error (error, PN_ERROR_NOT_FOUND,
                  "%s holds no records of rpi-sb-provisioner: it has no table of that kind", path);
  else
    refuse (db, path, error);
  return NULL;
}

static gboolean
has_column (sqlite3 *db, const char *table, const char *column)
{
  return sqlite3_table_column_metadata (db, NULL, table, column, NULL, NULL, NULL, NULL, NULL) ==
         SQLITE_OK;
}

/* Older versions lack columns: these are NULL. */
static char *
make_query (sqlite3 *db, const char *table)
{
  GString *sql = g_string_new ("SELECT ");

  for (guint i = 0; columns[i] != NULL; i++)
    g_string_append_printf (sql, "%s%s", i > 0 ? ", " : "",
                            has_column (db, table, columns[i]) ? columns[i] : "NULL");
  g_string_append_printf (sql, " FROM %s ORDER BY rowid LIMIT %d", table, PN_OLD_RECORDS_MAX + 1);
  return g_string_free (sql, FALSE);
}

static void
add_value (GVariantBuilder *row, const char *name, sqlite3_stmt *statement, int column)
{
  int type = sqlite3_column_type (statement, column);
  const char *text;

  if (type == SQLITE_INTEGER)
    g_variant_builder_add (row, "{sv}", name,
                           g_variant_new_int64 (sqlite3_column_int64 (statement, column)));
  else if (type == SQLITE_TEXT)
    {
      text = (const char *) sqlite3_column_text (statement, column);
      if (text != NULL && text[0] != '\0' && g_utf8_validate (text, -1, NULL))
        g_variant_builder_add (row, "{sv}", name, g_variant_new_string (text));
    }
}

static GVariant *
make_row (sqlite3_stmt *statement)
{
  GVariantBuilder row;

  g_variant_builder_init (&row, G_VARIANT_TYPE_VARDICT);
  for (guint i = 0; columns[i] != NULL; i++)
    add_value (&row, columns[i], statement, (int) i);
  return g_variant_ref_sink (g_variant_builder_end (&row));
}

gboolean
pn_old_records_read (const char *path, PnOldRecordFunc func, gpointer user_data, GError **error)
{
  guint steps = MAX_STEPS, n_rows = 0;
  g_auto (PnFd) fd = pn_open (path, O_RDONLY, error);
  g_autoptr (sqlite3) db = fd >= 0 ? open_database (path, &steps, error) : NULL;
  const char *table = db != NULL ? find_table (db, path, error) : NULL;
  g_autofree char *sql = table != NULL ? make_query (db, table) : NULL;
  g_autoptr (sqlite3_stmt) statement = sql != NULL ? prepare (db, sql) : NULL;
  int result;

  if (table == NULL)
    return FALSE;
  if (statement == NULL)
    return refuse (db, path, error);
  while ((result = sqlite3_step (statement)) == SQLITE_ROW)
    {
      g_autoptr (GVariant) row = make_row (statement);

      if (++n_rows > PN_OLD_RECORDS_MAX)
        return pn_set_error (error, PN_ERROR_NO_SPACE, "%s has more than %s records", path,
                             PN_NUMBER (PN_OLD_RECORDS_MAX));
      if (!func (row, user_data, error))
        return FALSE;
    }
  return result == SQLITE_DONE || refuse (db, path, error);
}
