/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "pn-records.h"

#include <sqlite3.h>

#include "pn-error.h"

G_DEFINE_AUTOPTR_CLEANUP_FUNC (sqlite3_stmt, sqlite3_finalize)

#define BUSY_MS 5000
#define MAX_ROWS 10000

struct _PnRecords
{
  sqlite3 *db;
};

/* One string a version of the schema; PRAGMA user_version says which have been applied. The views
 * carry the old tool's names (operations.md), so that its queries work here. */
static const char *const migrations[] = {
  "CREATE TABLE records ("
  " id INTEGER PRIMARY KEY, started INTEGER NOT NULL, ended INTEGER NOT NULL,"
  " slot TEXT NOT NULL, batch TEXT NOT NULL, recipe TEXT NOT NULL, bundle TEXT NOT NULL,"
  " image_name TEXT NOT NULL, image_sha256 TEXT NOT NULL, mode TEXT NOT NULL,"
  " storage TEXT NOT NULL, verdict TEXT NOT NULL, condition TEXT NOT NULL, phase TEXT NOT NULL,"
  " serial TEXT, model TEXT, mac TEXT, duid TEXT, key_hash TEXT, error_code TEXT, message TEXT,"
  " board_revision INTEGER NOT NULL, storage_size INTEGER NOT NULL, bytes_sent INTEGER NOT NULL,"
  " bytes_verified INTEGER NOT NULL, secure INTEGER NOT NULL, evidence TEXT NOT NULL) STRICT;"
  "CREATE INDEX records_serial ON records (serial);"
  "CREATE TABLE journal ("
  " id INTEGER PRIMARY KEY, time INTEGER NOT NULL, slot TEXT NOT NULL, serial TEXT,"
  " step TEXT NOT NULL, made INTEGER, closed INTEGER) STRICT;"
  "CREATE VIEW devices AS SELECT id, serial, model AS boardname, mac AS eth_mac, duid,"
  " secure, image_name AS os_image_filename, image_sha256 AS os_image_sha256,"
  " datetime(ended / 1000000, 'unixepoch') AS provision_ts FROM records"
  " WHERE verdict = 'passed';"
  "CREATE VIEW rpi_sb_provisioner AS SELECT * FROM devices;",
};

static gboolean
failed (PnRecords *self, GError **error)
{
  g_set_error (error, PN_ERROR, PN_ERROR_IO, "The records cannot be kept: %s",
               sqlite3_errmsg (self->db));
  return FALSE;
}

static gboolean
run (PnRecords *self, const char *sql, GError **error)
{
  return sqlite3_exec (self->db, sql, NULL, NULL, NULL) == SQLITE_OK || failed (self, error);
}

static sqlite3_stmt *
prepare (PnRecords *self, const char *sql)
{
  sqlite3_stmt *statement = NULL;

  (void) sqlite3_prepare_v2 (self->db, sql, -1, &statement, NULL);
  return statement;
}

static gint64
read_version (PnRecords *self)
{
  g_autoptr (sqlite3_stmt) statement = prepare (self, "PRAGMA user_version");

  return sqlite3_step (statement) == SQLITE_ROW ? sqlite3_column_int64 (statement, 0) : -1;
}

static gboolean
migrate (PnRecords *self, GError **error)
{
  gint64 version = read_version (self);

  if (version < 0 || version > (gint64) G_N_ELEMENTS (migrations))
    {
      g_set_error_literal (error, PN_ERROR, PN_ERROR_NOT_SUPPORTED,
                           "The records were made by a newer version of Punnet");
      return FALSE;
    }
  for (; version < (gint64) G_N_ELEMENTS (migrations); version++)
    {
      g_autofree char *sql =
          g_strdup_printf ("BEGIN IMMEDIATE; %s PRAGMA user_version = %d; COMMIT;",
                           migrations[version], (int) version + 1);

      if (!run (self, sql, error))
        return FALSE;
    }
  return TRUE;
}

PnRecords *
pn_records_open (const char *path, GError **error)
{
  g_autoptr (PnRecords) self = g_new0 (PnRecords, 1);

  if (sqlite3_open_v2 (path, &self->db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, NULL) !=
      SQLITE_OK)
    {
      failed (self, error);
      return NULL;
    }
  (void) sqlite3_busy_timeout (self->db, BUSY_MS);
  if (!run (self, "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;", error) ||
      !migrate (self, error))
    return NULL;
  return g_steal_pointer (&self);
}

void
pn_records_close (PnRecords *self)
{
  (void) sqlite3_close (self->db);
  g_free (self);
}

static void
bind_text (sqlite3_stmt *statement, int *index, const char *text)
{
  (void) sqlite3_bind_text (statement, (*index)++, text, -1, SQLITE_TRANSIENT);
}

static void
bind_number (sqlite3_stmt *statement, int *index, guint64 number)
{
  (void) sqlite3_bind_int64 (statement, (*index)++, (gint64) number);
}

static gboolean
finish (PnRecords *self, sqlite3_stmt *statement, GError **error)
{
  return (statement != NULL && sqlite3_step (statement) == SQLITE_DONE) || failed (self, error);
}

gint64
pn_records_add (PnRecords *self, const PnRecord *record, GError **error)
{
  g_autoptr (sqlite3_stmt) statement = prepare (
      self, "INSERT INTO records (started, ended, slot, batch, recipe, bundle, image_name,"
            " image_sha256, mode, storage, verdict, condition, phase, serial, model, mac, duid,"
            " key_hash, error_code, message, board_revision, storage_size, bytes_sent,"
            " bytes_verified, secure, evidence) VALUES"
            " (?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)");
  const char *const texts[] = { record->slot,      record->batch,      record->recipe,
                                record->bundle,    record->image_name, record->image_sha256,
                                record->mode,      record->storage,    record->verdict,
                                record->condition, record->phase,      record->serial,
                                record->model,     record->mac,        record->duid,
                                record->key_hash,  record->error_code, record->message };
  int index = 1;

  bind_number (statement, &index, (guint64) record->started);
  bind_number (statement, &index, (guint64) record->ended);
  for (guint i = 0; i < G_N_ELEMENTS (texts); i++)
    bind_text (statement, &index, texts[i]);
  bind_number (statement, &index, record->board_revision);
  bind_number (statement, &index, record->storage_size);
  bind_number (statement, &index, record->bytes_sent);
  bind_number (statement, &index, record->bytes_verified);
  bind_number (statement, &index, record->secure);
  bind_text (statement, &index, record->evidence);
  return finish (self, statement, error) ? sqlite3_last_insert_rowid (self->db) : 0;
}

static GVariant *
read_row (sqlite3_stmt *statement)
{
  GVariantBuilder row;

  g_variant_builder_init (&row, G_VARIANT_TYPE_VARDICT);
  for (int i = 0; i < sqlite3_column_count (statement); i++)
    {
      const char *name = sqlite3_column_name (statement, i);

      if (sqlite3_column_type (statement, i) == SQLITE_INTEGER)
        g_variant_builder_add (&row, "{sv}", name,
                               g_variant_new_int64 (sqlite3_column_int64 (statement, i)));
      else if (sqlite3_column_type (statement, i) == SQLITE_TEXT)
        g_variant_builder_add (
            &row, "{sv}", name,
            g_variant_new_string ((const char *) sqlite3_column_text (statement, i)));
    }
  return g_variant_builder_end (&row);
}

GVariant *
pn_records_query (PnRecords *self, guint offset, guint limit, GError **error)
{
  g_autoptr (sqlite3_stmt) statement =
      prepare (self, "SELECT * FROM records ORDER BY id DESC LIMIT ? OFFSET ?");
  GVariantBuilder rows;
  int index = 1;
  int result;

  bind_number (statement, &index, MIN (limit, MAX_ROWS));
  bind_number (statement, &index, offset);
  g_variant_builder_init (&rows, G_VARIANT_TYPE ("aa{sv}"));
  while ((result = sqlite3_step (statement)) == SQLITE_ROW)
    g_variant_builder_add_value (&rows, read_row (statement));
  if (result != SQLITE_DONE)
    {
      g_variant_builder_clear (&rows);
      failed (self, error);
      return NULL;
    }
  return g_variant_ref_sink (g_variant_builder_end (&rows));
}

/* TRUE where @sql, with two texts bound, has a row. */
static gboolean
exists (PnRecords *self, const char *sql, const char *a, const char *b)
{
  g_autoptr (sqlite3_stmt) statement = prepare (self, sql);
  int index = 1;

  bind_text (statement, &index, a);
  bind_text (statement, &index, b);
  return sqlite3_step (statement) == SQLITE_ROW;
}

/* The boot ROM says the low half of a serial only. */
gboolean
pn_records_has_passed (PnRecords *self, const char *bundle, const char *serial)
{
  return exists (self,
                 "SELECT 1 FROM records WHERE bundle = ?1 AND verdict = 'passed'"
                 " AND substr(serial, -length(?2)) = ?2",
                 bundle, serial);
}

gboolean
pn_records_is_locked_with (PnRecords *self, const char *serial, const char *key_hash)
{
  return exists (self,
                 "SELECT 1 FROM records WHERE substr(serial, -length(?1)) = ?1 AND secure = 1"
                 " AND key_hash = ?2",
                 serial, key_hash);
}

gint64
pn_records_intent (
    PnRecords *self, const char *slot, const char *serial, const char *step, GError **error)
{
  g_autoptr (sqlite3_stmt) statement =
      prepare (self, "INSERT INTO journal (time, slot, serial, step) VALUES (?,?,?,?)");
  int index = 1;

  bind_number (statement, &index, (guint64) g_get_real_time ());
  bind_text (statement, &index, slot);
  bind_text (statement, &index, serial);
  bind_text (statement, &index, step);
  return finish (self, statement, error) ? sqlite3_last_insert_rowid (self->db) : 0;
}

gboolean
pn_records_outcome (PnRecords *self, gint64 intent, gboolean made, GError **error)
{
  g_autoptr (sqlite3_stmt) statement =
      prepare (self, "UPDATE journal SET made = ?, closed = ? WHERE id = ?");
  int index = 1;

  bind_number (statement, &index, made);
  bind_number (statement, &index, (guint64) g_get_real_time ());
  bind_number (statement, &index, (guint64) intent);
  return finish (self, statement, error);
}

GStrv
pn_records_open_intents (PnRecords *self)
{
  g_autoptr (sqlite3_stmt) statement =
      prepare (self, "SELECT slot || ' ' || coalesce(serial, '?') || ' ' || step FROM journal"
                     " WHERE closed IS NULL ORDER BY id");
  g_autoptr (GStrvBuilder) intents = g_strv_builder_new ();

  while (sqlite3_step (statement) == SQLITE_ROW)
    g_strv_builder_add (intents, (const char *) sqlite3_column_text (statement, 0));
  return g_strv_builder_end (intents);
}
