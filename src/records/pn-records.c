/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include <glib/gi18n-lib.h>
#include <unistd.h>

#include "pn-records-private.h"

#include "pn-audit.h"
#include "pn-error.h"
#include "pn-place.h"
#include "pn-record-column.h"
#include "pn-record-merge.h"
#include "pn-records-backup.h"
#include "pn-records-views.h"

#define BUSY_MS 5000
/* "PNRR" in the file's header: these are our records. */
#define APPLICATION_NUMBER 0x504e5252
#define APPLICATION_ID G_STRINGIFY (APPLICATION_NUMBER)

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
  /* What is going: a crash of the station cannot lose it. */
  "PRAGMA application_id = " APPLICATION_ID ";"
  "CREATE TABLE open_runs AS SELECT * FROM records WHERE 0;",
  /* A page of 100,000 records by any of these columns without sorting them all. */
  "CREATE INDEX records_device ON records (substr(serial, -8));"
  "CREATE INDEX records_by_started ON records (started);"
  "CREATE INDEX records_by_ended ON records (ended);"
  "CREATE INDEX records_by_slot ON records (slot);"
  "CREATE INDEX records_by_batch ON records (batch);"
  "CREATE INDEX records_by_recipe ON records (recipe);"
  "CREATE INDEX records_by_bundle ON records (bundle);"
  "CREATE INDEX records_by_image_name ON records (image_name);"
  "CREATE INDEX records_by_image_sha256 ON records (image_sha256);"
  "CREATE INDEX records_by_mode ON records (mode);"
  "CREATE INDEX records_by_storage ON records (storage);"
  "CREATE INDEX records_by_verdict ON records (verdict);"
  "CREATE INDEX records_by_condition ON records (condition);"
  "CREATE INDEX records_by_phase ON records (phase);"
  "CREATE INDEX records_by_model ON records (model);"
  "CREATE INDEX records_by_mac ON records (mac);"
  "CREATE INDEX records_by_duid ON records (duid);"
  "CREATE INDEX records_by_key_hash ON records (key_hash);"
  "CREATE INDEX records_by_error_code ON records (error_code);"
  "CREATE INDEX records_by_board_revision ON records (board_revision);"
  "CREATE INDEX records_by_storage_size ON records (storage_size);"
  "CREATE INDEX records_by_bytes_sent ON records (bytes_sent);"
  "CREATE INDEX records_by_bytes_verified ON records (bytes_verified);"
  "CREATE INDEX records_by_secure ON records (secure);",
  /* What was wanted, to be held against what was read back; NULL of runs before this. */
  "ALTER TABLE records ADD COLUMN permanent TEXT;"
  "ALTER TABLE records ADD COLUMN wanted_key TEXT;"
  "ALTER TABLE open_runs ADD COLUMN permanent TEXT;"
  "ALTER TABLE open_runs ADD COLUMN wanted_key TEXT;"
  "CREATE INDEX records_by_permanent ON records (permanent);"
  "CREATE INDEX records_by_wanted_key ON records (wanted_key);",
  /* How runs went, as JSON: beside the records, which are looked through and this is not. A run
   * that goes has no record yet. */
  "CREATE TABLE stories (record INTEGER UNIQUE, run INTEGER UNIQUE, phases TEXT NOT NULL,"
  " log TEXT NOT NULL) STRICT;",
  /* A result of its own since. */
  "UPDATE records SET verdict = 'set-aside' WHERE condition = 'set-aside' AND verdict IN ('failed',"
  " 'cancelled');",
  /* For one device or slot; those that do not count any more are kept, too. */
  "CREATE TABLE overrides (id INTEGER PRIMARY KEY, kind TEXT NOT NULL, serial TEXT, slot TEXT,"
  " bundle TEXT, recipe TEXT, once INTEGER NOT NULL, uid INTEGER NOT NULL, who TEXT NOT NULL,"
  " reason TEXT NOT NULL, made INTEGER NOT NULL, uses INTEGER NOT NULL DEFAULT 0, used INTEGER,"
  " record INTEGER, cleared INTEGER, cleared_by TEXT) STRICT;"
  "CREATE INDEX overrides_that_count ON overrides (id) WHERE cleared IS NULL;",
  /* Evidence said them before they were columns; an older run went by no override. */
  "ALTER TABLE records ADD COLUMN device_class TEXT;"
  "ALTER TABLE records ADD COLUMN overrides TEXT;"
  "ALTER TABLE open_runs ADD COLUMN device_class TEXT;"
  "ALTER TABLE open_runs ADD COLUMN overrides TEXT;"
  "UPDATE records SET overrides = '';"
  "UPDATE records SET device_class = evidence ->> '$.\"device-class\"',"
  " overrides = trim(iif(evidence ->> '$.\"override-skip-firmware\"' IS NULL, '', 'skip-firmware "
  "') ||"
  " iif(evidence ->> '$.\"override-again\"' IS NULL, '', 'again ') ||"
  " iif(evidence ->> '$.\"override-recipe\"' IS NULL, '', 'recipe')) WHERE json_valid(evidence);"
  "CREATE INDEX records_by_device_class ON records (device_class);"
  "CREATE INDEX records_by_overrides ON records (overrides);",
  /* Line by line what is hashed and signed (pn-audit-chain.h), and the same to look at. */
  "CREATE TABLE audit_log (number INTEGER PRIMARY KEY, entry TEXT NOT NULL, hash TEXT NOT NULL,"
  " signature TEXT NOT NULL) STRICT;"
  "CREATE VIEW audit AS SELECT number, entry ->> 'time' AS time, entry ->> 'uid' AS uid,"
  " entry ->> 'who' AS who, entry ->> 'what' AS what, entry ->> 'object' AS object,"
  " entry ->> 'before' AS before, entry ->> 'after' AS after, entry ->> 'result' AS result,"
  " entry -> 'details' AS details"
  " FROM (SELECT number, iif(json_valid(entry), entry, NULL) AS entry FROM audit_log);",
  /* Which revision, who armed the batch, the how many-th run of the device it was, and which
   * station made it ("" = this one). */
  "ALTER TABLE records ADD COLUMN recipe_revision INTEGER;"
  "ALTER TABLE records ADD COLUMN operator TEXT;"
  "ALTER TABLE records ADD COLUMN attempt INTEGER;"
  "ALTER TABLE records ADD COLUMN station TEXT;"
  "ALTER TABLE open_runs ADD COLUMN recipe_revision INTEGER;"
  "ALTER TABLE open_runs ADD COLUMN operator TEXT;"
  "ALTER TABLE open_runs ADD COLUMN attempt INTEGER;"
  "ALTER TABLE open_runs ADD COLUMN station TEXT;"
  "CREATE INDEX records_by_recipe_revision ON records (recipe_revision);"
  "CREATE INDEX records_by_operator ON records (operator);"
  "CREATE INDEX records_by_attempt ON records (attempt);"
  "CREATE INDEX records_by_station ON records (station);" PN_VIEWS,
  /* Records that a merge has added and not kept yet (pn-record-merge.h). */
  "CREATE TABLE merging (record INTEGER PRIMARY KEY) STRICT;",
};

gboolean
pn_records_failed (PnRecords *self, GError **error)
{
  if ((sqlite3_errcode (self->db) & 0xff) == SQLITE_FULL)
    return pn_set_error (error, PN_ERROR_NO_SPACE,
                         "The disk of the station is full, and records cannot be kept. Free up "
                         "space and try it again");
  return pn_set_error (error, PN_ERROR_IO, "The records cannot be kept: %s",
                       sqlite3_errmsg (self->db));
}

static gboolean
run (PnRecords *self, const char *sql, GError **error)
{
  return sqlite3_exec (self->db, sql, NULL, NULL, NULL) == SQLITE_OK ||
         pn_records_failed (self, error);
}

sqlite3_stmt *
pn_records_prepare (PnRecords *self, const char *sql)
{
  sqlite3_stmt *statement = NULL;

  (void) sqlite3_prepare_v2 (self->db, sql, -1, &statement, NULL);
  return statement;
}

/* The one number that @sql says, or -1. */
static gint64
read_number (PnRecords *self, const char *sql)
{
  g_autoptr (sqlite3_stmt) statement = pn_records_prepare (self, sql);

  return sqlite3_step (statement) == SQLITE_ROW ? sqlite3_column_int64 (statement, 0) : -1;
}

/* Whatever else the file is, it stays as it is. */
static gboolean
not_ours (PnRecords *self, const char *why, GError **error)
{
  pn_set_error (error, PN_ERROR_INVALID_DATA,
                "%s cannot be used for records: %s. It was left as it is; move it away, or choose "
                "another folder",
                self->path, why);
  return FALSE;
}

/* Reads only. */
static gboolean
check_file (PnRecords *self, GError **error)
{
  gint64 version = read_number (self, "PRAGMA user_version");
  gint64 application = read_number (self, "PRAGMA application_id");
  gint64 n_tables = read_number (self, "SELECT count(*) FROM sqlite_schema");
  gboolean known = application == APPLICATION_NUMBER;
  g_autoptr (sqlite3_stmt) check = NULL;

  if (sqlite3_errcode (self->db) == SQLITE_BUSY)
    {
      pn_set_error (error, PN_ERROR_BUSY, "%s is in use by another program", self->path);
      return FALSE;
    }
  if (version < 0 || application < 0 || n_tables < 0)
    return not_ours (self, sqlite3_errmsg (self->db), error);
  if (n_tables == 0 && version == 0 && application == 0)
    return TRUE; /* new */
  /* The first version had no application id. */
  if (!known && (application != 0 || version != 1 ||
                 read_number (self, "SELECT count(*) FROM sqlite_schema WHERE type = 'table'"
                                    " AND name IN ('records', 'journal')") != 2))
    return not_ours (self, "it is a database of another program", error);
  if (version > (gint64) G_N_ELEMENTS (migrations))
    {
      pn_set_error (error, PN_ERROR_NOT_SUPPORTED,
                    "The records in %s were made by a newer version of Punnet", self->path);
      return FALSE;
    }
  check = pn_records_prepare (self, "PRAGMA quick_check(1)");
  if (sqlite3_step (check) != SQLITE_ROW)
    return not_ours (self, sqlite3_errmsg (self->db), error);
  if (g_strcmp0 ((const char *) sqlite3_column_text (check, 0), "ok") != 0)
    return not_ours (self, "it is damaged", error);
  return TRUE;
}

/* What is about to be changed is kept as it was, for whoever goes back to the older program. */
static gboolean
copy_if_older (PnRecords *self, GError **error)
{
  gint64 version = read_number (self, "PRAGMA user_version");
  g_autofree char *copy = g_strdup_printf ("%s.version-%" G_GINT64_FORMAT, self->path, version);

  return version == 0 || version == (gint64) G_N_ELEMENTS (migrations) ||
         g_file_test (copy, G_FILE_TEST_EXISTS) || pn_records_backup (self->path, copy, error);
}

static gboolean
migrate (PnRecords *self, GError **error)
{
  gboolean fine = run (self, "BEGIN IMMEDIATE", error);
  gint64 version = read_number (self, "PRAGMA user_version");

  for (; fine && version < (gint64) G_N_ELEMENTS (migrations); version++)
    {
      g_autofree char *sql =
          g_strdup_printf ("%s PRAGMA user_version = %d;", migrations[version], (int) version + 1);

      fine = run (self, sql, error);
    }
  return fine && run (self, "COMMIT", error);
}

PnRecords *
pn_records_open (const char *path, GError **error)
{
  g_autoptr (PnRecords) self = g_new0 (PnRecords, 1);

  self->path = g_strdup (path);
  if (!pn_place_check (path, error))
    return NULL;
  if (sqlite3_open_v2 (path, &self->db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, NULL) !=
      SQLITE_OK)
    {
      not_ours (self, sqlite3_errmsg (self->db), error);
      return NULL;
    }
  (void) sqlite3_busy_timeout (self->db, BUSY_MS);
  if (!check_file (self, error) ||
      !run (self, "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;", error) ||
      !copy_if_older (self, error) || !migrate (self, error) ||
      !pn_record_merging_undo (self, error))
    return NULL;
  return g_steal_pointer (&self);
}

PnRecords *
pn_records_open_reader (const char *path, GError **error)
{
  g_autoptr (PnRecords) self = g_new0 (PnRecords, 1);

  self->path = g_strdup (path);
  if (sqlite3_open_v2 (path, &self->db, SQLITE_OPEN_READONLY, NULL) == SQLITE_OK)
    {
      (void) sqlite3_busy_timeout (self->db, BUSY_MS);
      return g_steal_pointer (&self);
    }
  pn_records_failed (self, error);
  return NULL;
}

void
pn_records_close (PnRecords *self)
{
  pn_audit_close (self);
  (void) sqlite3_close (self->db);
  g_free (self->path);
  g_free (self);
}

gboolean
pn_records_enter (PnRecords *self, GError **error)
{
  if (self->depth == 0 && !run (self, "BEGIN IMMEDIATE", error))
    return FALSE;
  self->spoilt = self->depth++ > 0 && self->spoilt;
  return TRUE;
}

gboolean
pn_records_leave (PnRecords *self, gboolean fine, GError **error)
{
  gboolean kept;

  self->spoilt |= !fine;
  if (--self->depth > 0)
    return fine;
  if (fine && self->spoilt)
    pn_set_error (error, PN_ERROR_IO, "A part of it could not be kept, so nothing of it was");
  kept = !self->spoilt && run (self, "COMMIT", error);
  if (!kept)
    (void) run (self, "ROLLBACK", NULL);
  pn_audit_settle (self, kept);
  return kept;
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

gboolean
pn_records_finish (PnRecords *self, sqlite3_stmt *statement, GError **error)
{
  return (statement != NULL && sqlite3_step (statement) == SQLITE_DONE) ||
         pn_records_failed (self, error);
}

/* Every column but the number: "started, ended, …", each after @before. */
static char *
list_columns (const char *before)
{
  const char *const *columns = pn_record_columns ();
  GString *list = g_string_new (NULL);

  for (guint i = 0; columns[i] != NULL; i++)
    if (!g_str_equal (columns[i], "id"))
      g_string_append_printf (list, "%s%s%s", list->len > 0 ? ", " : "", before, columns[i]);
  return g_string_free (list, FALSE);
}

static int
find_parameter (sqlite3_stmt *statement, const char *column)
{
  g_autofree char *name = g_strconcat (":", column, NULL);

  return sqlite3_bind_parameter_index (statement, name);
}

static void
bind_record (sqlite3_stmt *statement, const PnRecord *record)
{
  const struct
  {
    const char *column, *text;
  } texts[] = {
    { "slot", record->slot },
    { "batch", record->batch },
    { "recipe", record->recipe },
    { "bundle", record->bundle },
    { "image_name", record->image_name },
    { "image_sha256", record->image_sha256 },
    { "mode", record->mode },
    { "storage", record->storage },
    { "verdict", record->verdict },
    { "condition", record->condition },
    { "phase", record->phase },
    { "serial", record->serial },
    { "model", record->model },
    { "mac", record->mac },
    { "duid", record->duid },
    { "key_hash", record->key_hash },
    { "permanent", record->permanent },
    { "wanted_key", record->wanted_key },
    { "device_class", record->device_class },
    { "overrides", record->overrides },
    { "operator", record->opened_by },
    { "station", record->station != NULL ? record->station : "" },
    { "error_code", record->error_code },
    { "message", record->message },
    { "evidence", record->evidence },
  };
  const struct
  {
    const char *column;
    gint64 number;
  } numbers[] = {
    { "started", record->started },
    { "ended", record->ended },
    { "board_revision", record->board_revision },
    { "storage_size", (gint64) record->storage_size },
    { "bytes_sent", (gint64) record->bytes_sent },
    { "bytes_verified", (gint64) record->bytes_verified },
    { "secure", record->secure },
    { "recipe_revision", record->recipe_revision },
    { "attempt", record->attempt },
  };

  for (guint i = 0; i < G_N_ELEMENTS (texts); i++)
    (void) sqlite3_bind_text (statement, find_parameter (statement, texts[i].column), texts[i].text,
                              -1, SQLITE_TRANSIENT);
  for (guint i = 0; i < G_N_ELEMENTS (numbers); i++)
    (void) sqlite3_bind_int64 (statement, find_parameter (statement, numbers[i].column),
                               numbers[i].number);
}

/* A new row of @table; its number, or 0 with @error. */
gint64
pn_records_insert (PnRecords *self, const char *table, const PnRecord *record, GError **error)
{
  g_autofree char *columns = list_columns ("");
  g_autofree char *places = list_columns (":");
  g_autofree char *sql =
      g_strdup_printf ("INSERT INTO %s (%s) VALUES (%s)", table, columns, places);
  g_autoptr (sqlite3_stmt) statement = pn_records_prepare (self, sql);

  bind_record (statement, record);
  return pn_records_finish (self, statement, error) ? sqlite3_last_insert_rowid (self->db) : 0;
}

/* One statement with a number and, where it has two places, a text bound; a third is the slot. */
static gboolean
run_with_slot (PnRecords *self,
               const char *sql,
               gint64 number,
               const char *text,
               const char *slot,
               GError **error)
{
  g_autoptr (sqlite3_stmt) statement = pn_records_prepare (self, sql);
  int index = 1;

  bind_number (statement, &index, (guint64) number);
  bind_text (statement, &index, text);
  bind_text (statement, &index, slot);
  return pn_records_finish (self, statement, error);
}

static gboolean
run_with (PnRecords *self, const char *sql, gint64 number, const char *text, GError **error)
{
  return run_with_slot (self, sql, number, text, NULL, error);
}

gint64
pn_records_begin (PnRecords *self, const PnRecord *record, GError **error)
{
  return pn_records_insert (self, "open_runs", record, error);
}

gboolean
pn_records_advance (
    PnRecords *self, gint64 run, const char *serial, const char *phase, GError **error)
{
  g_autoptr (sqlite3_stmt) statement =
      pn_records_prepare (self, "UPDATE open_runs SET serial = coalesce(?, serial),"
                                " phase = coalesce(?, phase) WHERE rowid = ?");
  int index = 1;

  bind_text (statement, &index, serial);
  bind_text (statement, &index, phase);
  bind_number (statement, &index, (guint64) run);
  return pn_records_finish (self, statement, error);
}

/* The run is over: its record has the number @record, and says of what it began and nobody knows
 * the end of that this is so. A slot has one run at a time, so that whatever is open there is its
 * own; the time says nothing, as clocks are set. */
static gboolean
close_run (PnRecords *self, gint64 open_run, gint64 record, GError **error)
{
  return run_with (self,
                   "UPDATE journal SET closed = (SELECT ended FROM records WHERE id = ?1)"
                   " WHERE closed IS NULL AND slot = (SELECT slot FROM records WHERE id = ?1)",
                   record, NULL, error) &&
         pn_records_claim_story (self, open_run, record, error) &&
         run_with (self, "DELETE FROM open_runs WHERE rowid = ?", open_run, NULL, error);
}

gint64
pn_records_add (PnRecords *self, gint64 open_run, const PnRecord *record, GError **error)
{
  gint64 id;

  if (!pn_records_enter (self, error))
    return 0;
  id = pn_records_insert (self, "records", record, error);
  return pn_records_leave (self, id != 0 && close_run (self, open_run, id, error), error) ? id : 0;
}

/* A run that nobody ended has a record all the same, and the audit says whose doing that was. */
static gboolean
tell_recovered (PnRecords *self, gint64 record, GError **error)
{
  g_autoptr (sqlite3_stmt) statement =
      pn_records_prepare (self, "SELECT verdict, slot, serial FROM records WHERE id = ?");
  g_autofree char *number = g_strdup_printf ("%" G_GINT64_FORMAT, record);
  PnAuditEntry entry = {
    .uid = getuid (), .who = "punnetd", .what = "record", .object = number, .result = "done"
  };
  const char *serial;
  GVariantBuilder details;
  int index = 1;

  if (self->audit == NULL)
    return TRUE;
  bind_number (statement, &index, (guint64) record);
  if (sqlite3_step (statement) != SQLITE_ROW)
    return pn_records_failed (self, error);
  entry.after = (const char *) sqlite3_column_text (statement, 0);
  serial = (const char *) sqlite3_column_text (statement, 2);
  g_variant_builder_init (&details, G_VARIANT_TYPE_VARDICT);
  g_variant_builder_add (&details, "{sv}", "slot",
                         g_variant_new_string ((const char *) sqlite3_column_text (statement, 1)));
  if (serial != NULL)
    g_variant_builder_add (&details, "{sv}", "serial", g_variant_new_string (serial));
  g_variant_builder_add (&details, "{sv}", "recovered", g_variant_new_boolean (TRUE));
  entry.details = g_variant_builder_end (&details);
  return pn_audit_add (self, &entry, error) != 0;
}

/* The first run that is open in @slot (NULL = in any); 0 = none, -1 = nobody can say. */
static gint64
find_open_run (PnRecords *self, const char *slot)
{
  g_autoptr (sqlite3_stmt) statement = pn_records_prepare (
      self, "SELECT coalesce(min(rowid), 0) FROM open_runs WHERE slot = coalesce(?, slot)");
  int index = 1;

  bind_text (statement, &index, slot);
  return sqlite3_step (statement) == SQLITE_ROW ? sqlite3_column_int64 (statement, 0) : -1;
}

gboolean
pn_records_recover (PnRecords *self, const char *slot, guint *n_lost, GError **error)
{
  /* ?1 is the time now, ?3 the slot. */
  static const struct
  {
    const char *sql, *message; /* ?2 */
  } steps[] = {
    { "UPDATE open_runs SET ended = ?1, verdict = 'failed', error_code = 'failed',"
      " condition = 'power-cycle', message = ?2 WHERE slot = coalesce(?3, slot)",
      N_ ("The helper ended while this run was going, or could not keep how it ended; "
          "power-cycle the device and try it again") },
    { "UPDATE open_runs SET ended = ?1, condition = 'set-aside', verdict = 'set-aside',"
      " message = ?2 WHERE slot = coalesce(?3, slot)"
      " AND EXISTS (SELECT 1 FROM journal WHERE closed IS NULL AND slot = open_runs.slot)",
      N_ ("The helper ended in the middle of a permanent step, or could not keep how it ended; "
          "whether it was made is not known. Inspect the device") },
  };
  gint64 now = g_get_real_time ();
  g_autofree char *columns = list_columns ("");
  g_autofree char *move = g_strdup_printf (
      "INSERT INTO records (%s) SELECT %s FROM open_runs WHERE rowid = ?", columns, columns);
  guint n = 0;
  gint64 open_run = find_open_run (self, slot), record;
  gboolean fine = TRUE;

  *n_lost = 0;
  if (open_run == 0)
    return TRUE;
  if (open_run < 0)
    return pn_records_failed (self, error);
  if (!pn_records_enter (self, error))
    return FALSE;
  for (guint i = 0; fine && i < G_N_ELEMENTS (steps); i++)
    fine = run_with_slot (self, steps[i].sql, now, steps[i].message, slot, error);
  while (fine && (open_run = find_open_run (self, slot)) > 0)
    {
      fine = run_with (self, move, open_run, NULL, error);
      record = sqlite3_last_insert_rowid (self->db);
      fine =
          fine && close_run (self, open_run, record, error) && tell_recovered (self, record, error);
      n += fine;
    }
  if (open_run < 0)
    fine = pn_records_failed (self, error);
  if (!pn_records_leave (self, fine, error))
    return FALSE;
  *n_lost = n;
  return TRUE;
}

/* TRUE where @sql, with two texts bound, has a row. */
static gboolean
exists (PnRecords *self, const char *sql, const char *a, const char *b)
{
  g_autoptr (sqlite3_stmt) statement = pn_records_prepare (self, sql);
  int index = 1;

  bind_text (statement, &index, a);
  bind_text (statement, &index, b);
  return sqlite3_step (statement) == SQLITE_ROW;
}

char *
pn_records_get_last (PnRecords *self, const char *bundle, const char *serial)
{
  /* Connecting and inspecting change nothing, also where a crash cut them off. */
  g_autoptr (sqlite3_stmt) statement = pn_records_prepare (
      self, "SELECT verdict, phase, bundle FROM records WHERE " PN_RECORDS_SAME_DEVICE (
                "?1") " AND condition != 'untouched' AND phase NOT IN ('connect', 'inspect')"
                      " ORDER BY id DESC LIMIT 1");
  gboolean passed;
  int index = 1;

  bind_text (statement, &index, serial);
  if (sqlite3_step (statement) != SQLITE_ROW)
    return NULL;
  passed = g_strcmp0 ((const char *) sqlite3_column_text (statement, 0), "passed") == 0;
  if (passed && g_strcmp0 ((const char *) sqlite3_column_text (statement, 2), bundle) != 0)
    return NULL;
  return g_strdup ((const char *) sqlite3_column_text (statement, passed ? 0 : 1));
}

gboolean
pn_records_is_locked_with (PnRecords *self, const char *serial, const char *key_hash)
{
  return exists (
      self,
      "SELECT 1 FROM (SELECT key_hash FROM records"
      " WHERE " PN_RECORDS_SAME_DEVICE ("?1") " AND key_hash IS NOT NULL"
                                              " ORDER BY id DESC LIMIT 1) WHERE key_hash = ?2",
      serial, key_hash);
}

guint
pn_records_count_runs (PnRecords *self, const char *serial)
{
  g_autoptr (sqlite3_stmt) statement = pn_records_prepare (
      self, "SELECT count(*) FROM records WHERE " PN_RECORDS_SAME_DEVICE ("?1"));
  int index = 1;

  bind_text (statement, &index, serial);
  return sqlite3_step (statement) == SQLITE_ROW ? (guint) sqlite3_column_int64 (statement, 0) : 0;
}

gint64
pn_records_intent (
    PnRecords *self, const char *slot, const char *serial, const char *step, GError **error)
{
  g_autoptr (sqlite3_stmt) statement =
      pn_records_prepare (self, "INSERT INTO journal (time, slot, serial, step) VALUES (?,?,?,?)");
  int index = 1;

  bind_number (statement, &index, (guint64) g_get_real_time ());
  bind_text (statement, &index, slot);
  bind_text (statement, &index, serial);
  bind_text (statement, &index, step);
  return pn_records_finish (self, statement, error) ? sqlite3_last_insert_rowid (self->db) : 0;
}

gboolean
pn_records_outcome (PnRecords *self, gint64 intent, gboolean made, GError **error)
{
  g_autoptr (sqlite3_stmt) statement =
      pn_records_prepare (self, "UPDATE journal SET made = ?, closed = ? WHERE id = ?");
  int index = 1;

  bind_number (statement, &index, made);
  bind_number (statement, &index, (guint64) g_get_real_time ());
  bind_number (statement, &index, (guint64) intent);
  return pn_records_finish (self, statement, error);
}

GStrv
pn_records_open_intents (PnRecords *self)
{
  g_autoptr (sqlite3_stmt) statement = pn_records_prepare (
      self, "SELECT slot || ' ' || coalesce(serial, '?') || ' ' || step FROM journal"
            " WHERE closed IS NULL ORDER BY id");
  g_autoptr (GStrvBuilder) intents = g_strv_builder_new ();

  while (sqlite3_step (statement) == SQLITE_ROW)
    g_strv_builder_add (intents, (const char *) sqlite3_column_text (statement, 0));
  return g_strv_builder_end (intents);
}
