/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "pn-test-victim-judge.h"

#include <sqlite3.h>

/* ---- what is said ---- */

void
pn_test_victim_judge_shown (PnTestVictim *self, PnTestStation *station)
{
  g_autoptr (PnDbusSlot) slot = pn_test_station_wait_slot (station, self->name);
  g_autoptr (PnDbusRun) run = pn_test_station_wait_run (station, slot);
  const char *state;

  while (g_str_equal (pn_dbus_run_get_verdict (run), "running") ||
         g_str_equal (pn_dbus_slot_get_state (slot), "running"))
    g_main_context_iteration (NULL, TRUE);
  state = pn_dbus_slot_get_state (slot);
  if (!g_str_equal (state, "finished") && !g_str_equal (state, "empty"))
    pn_test_victim_complain (self, "its slot is %s", state);
  if (pn_dbus_run_get_do_not_disconnect (run))
    pn_test_victim_complain (self, "it must not be unplugged, although nothing is running");
  if (pn_dbus_run_get_record (run) == 0)
    pn_test_victim_complain (self, "its run has no record");
}

/* The records of its slot, the newest first; @n of them. */
static GVariant *
read_records (PnTestVictim *self, PnTestStation *station, gsize n)
{
  g_autoptr (GVariant) rows = NULL;
  g_autoptr (GError) error = NULL;

  (void) pn_dbus_manager_call_query_records_sync (
      station->manager, 0, 10, pn_test_options ("text", g_variant_new_string (self->name)),
      G_DBUS_CALL_FLAGS_NONE, -1, &rows, NULL, &error);
  g_assert_no_error (error);
  if (g_variant_n_children (rows) != n)
    pn_test_victim_complain (self, "it has %u records instead of %u",
                             (guint) g_variant_n_children (rows), (guint) n);
  return g_steal_pointer (&rows);
}

typedef struct
{
  const char *verdict, *condition, *phase, *error, *message; /* "" = none */
} Record;

static Record
parse_record (GVariant *row)
{
  Record record = { "", "", "", "", "" };

  (void) g_variant_lookup (row, "verdict", "&s", &record.verdict);
  (void) g_variant_lookup (row, "condition", "&s", &record.condition);
  (void) g_variant_lookup (row, "phase", "&s", &record.phase);
  (void) g_variant_lookup (row, "error_code", "&s", &record.error);
  (void) g_variant_lookup (row, "message", "&s", &record.message);
  return record;
}

/* ---- the journal ---- */

static gboolean
has_fuse (const PnTestLook *look, const char *step)
{
  if (g_str_equal (step, "customer-key"))
    return !pn_sha256_is_zero (&look->key_hash);
  if (g_str_equal (step, "device-key"))
    return look->device_key;
  if (g_str_equal (step, "jtag-lock"))
    return look->jtag_locked;
  g_assert_cmpstr (step, ==, "rpiboot-gpio");
  return look->gpio != 0;
}

/* What stands in the journal of one step; nothing where there is no row. */
typedef struct
{
  gboolean there, open, made, denied;
} Entry;

static Entry
read_entry (PnTestVictim *self, sqlite3 *db, const char *step)
{
  sqlite3_stmt *statement = NULL;
  Entry entry = { 0 };

  g_assert_cmpint (sqlite3_prepare_v2 (db,
                                       "SELECT made, closed FROM journal"
                                       " WHERE slot = ?1 AND step = ?2 ORDER BY id",
                                       -1, &statement, NULL),
                   ==, SQLITE_OK);
  g_assert_cmpint (sqlite3_bind_text (statement, 1, self->name, -1, SQLITE_STATIC), ==, SQLITE_OK);
  g_assert_cmpint (sqlite3_bind_text (statement, 2, step, -1, SQLITE_STATIC), ==, SQLITE_OK);
  while (sqlite3_step (statement) == SQLITE_ROW)
    {
      gboolean known = sqlite3_column_type (statement, 0) != SQLITE_NULL;

      entry.there = TRUE;
      entry.open |= sqlite3_column_type (statement, 1) == SQLITE_NULL;
      entry.made = known && sqlite3_column_int (statement, 0) == 1;
      entry.denied = known && !entry.made;
    }
  (void) sqlite3_finalize (statement);
  return entry;
}

/* How many steps of it nobody knows the end of. */
static guint
check_journal (PnTestVictim *self, PnTestStation *station)
{
  static const char *const steps[] = { "customer-key", "device-key", "jtag-lock", "rpiboot-gpio" };
  g_autofree char *path = g_build_filename (station->state, "records.db", NULL);
  guint n_unknown = 0;
  sqlite3 *db = NULL;

  g_assert_cmpint (sqlite3_open_v2 (path, &db, SQLITE_OPEN_READONLY, NULL), ==, SQLITE_OK);
  for (guint i = 0; i < G_N_ELEMENTS (steps); i++)
    {
      Entry entry = read_entry (self, db, steps[i]);
      gboolean has = has_fuse (&self->after, steps[i]);
      gboolean is_new = has && !has_fuse (&self->before, steps[i]);

      n_unknown += entry.there && !entry.made && !entry.denied;
      if (entry.open)
        pn_test_victim_complain (self, "the intent of %s is open, and nobody told", steps[i]);
      if (is_new && !entry.there)
        pn_test_victim_complain (self, "%s was made without an intent", steps[i]);
      if (entry.made && !has)
        pn_test_victim_complain (self, "%s is said to be made, and was not", steps[i]);
      if (entry.denied && is_new)
        pn_test_victim_complain (self, "%s is said not to be made, and was", steps[i]);
    }
  (void) sqlite3_close (db);
  return n_unknown;
}

/* ---- the device ---- */

/* What people are told of it is so. */
static void
check_condition (PnTestVictim *self, const Record *record, guint n_unknown)
{
  gboolean storage = self->before.storage != self->after.storage;
  gboolean rest = !g_str_equal (self->before.otp, self->after.otp) ||
                  !g_str_equal (self->before.eeprom, self->after.eeprom);
  gboolean set_aside = g_str_equal (record->condition, "set-aside");

  if (g_str_equal (record->condition, "done") || record->message[0] == '\0')
    pn_test_victim_complain (self, "nobody is told what happened");
  if (g_str_equal (record->condition, "untouched") && (storage || rest))
    pn_test_victim_complain (self, "it is said to be as it was, and is not");
  if (g_str_equal (record->condition, "retry") && storage)
    pn_test_victim_complain (self, "its storage changed, and nobody is told");
  if (set_aside != g_str_equal (record->verdict, "set-aside"))
    pn_test_victim_complain (self, "the record contradicts itself");
  if (set_aside != (n_unknown > 0))
    pn_test_victim_complain (self, set_aside
                                       ? "it is set aside, and nothing is unknown"
                                       : "how a step ended is unknown, and nobody has to look");
}

static void
check_done (PnTestVictim *self)
{
  g_autofree char *wrong = pn_test_judge_done (self->folder, &self->kit->contents, self->kit->disk);

  if (wrong != NULL)
    pn_test_victim_complain (self, "it passed, but %s", wrong);
}

static void
describe (const Record *record, char **text)
{
  *text = g_strdup_printf ("%s\t%s\t%s\t%s", record->verdict, record->condition, record->phase,
                           record->error[0] != '\0' ? record->error : "-");
}

void
pn_test_victim_judge_first (PnTestVictim *self, PnTestStation *station)
{
  g_autoptr (GVariant) rows = read_records (self, station, 1);
  g_autoptr (GVariant) row = NULL;
  guint n_unknown;
  Record record;

  pn_test_look (self->folder, &self->after);
  n_unknown = check_journal (self, station);
  if (g_variant_n_children (rows) == 0)
    return;
  row = g_variant_get_child_value (rows, 0);
  record = parse_record (row);
  describe (&record, &self->first);
  self->passed = g_str_equal (record.verdict, "passed");
  if (self->passed)
    check_done (self);
  else
    check_condition (self, &record, n_unknown);
}

void
pn_test_victim_judge_second (PnTestVictim *self, PnTestStation *station)
{
  g_autoptr (GVariant) rows = read_records (self, station, 2);
  g_autoptr (GVariant) row = NULL;
  Record record;
  gboolean fine;

  pn_test_look (self->folder, &self->after);
  (void) check_journal (self, station);
  if (g_variant_n_children (rows) == 0)
    return;
  row = g_variant_get_child_value (rows, 0);
  record = parse_record (row);
  describe (&record, &self->second);
  /* What is done is not done again. */
  fine =
      self->passed ? g_str_equal (record.error, "exists") : g_str_equal (record.verdict, "passed");
  if (!fine)
    pn_test_victim_complain (self, "it was not taken up: %s", record.message);
  check_done (self);
}
