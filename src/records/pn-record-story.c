/* SPDX-License-Identifier: GPL-3.0-or-later */
/* How a run went: where the time went, and what was said. */
#include "config.h"

#include "pn-records-private.h"

#include <json-glib/json-glib.h>

#include "pn-error.h"
#include "pn-json.h"

static void
bind_json (sqlite3_stmt *statement, int index, GVariant *value)
{
  (void) sqlite3_bind_text (statement, index, json_gvariant_serialize_data (value, NULL), -1,
                            g_free);
}

gboolean
pn_records_keep_story (
    PnRecords *self, gint64 run, GVariant *phases, GVariant *lines, GError **error)
{
  g_autoptr (GVariant) owned_phases = g_variant_ref_sink (phases);
  g_autoptr (GVariant) owned_lines = g_variant_ref_sink (lines);
  g_autoptr (sqlite3_stmt) statement = pn_records_prepare (
      self, "INSERT INTO stories (run, phases, log) VALUES (?, ?, ?) ON CONFLICT (run)"
            " DO UPDATE SET phases = excluded.phases, log = excluded.log");

  (void) sqlite3_bind_int64 (statement, 1, run);
  bind_json (statement, 2, owned_phases);
  bind_json (statement, 3, owned_lines);
  return pn_records_finish (self, statement, error);
}

gboolean
pn_records_claim_story (PnRecords *self, gint64 open_run, gint64 record, GError **error)
{
  g_autoptr (sqlite3_stmt) statement =
      pn_records_prepare (self, "UPDATE stories SET record = ?, run = NULL WHERE run = ?");

  (void) sqlite3_bind_int64 (statement, 1, record);
  (void) sqlite3_bind_int64 (statement, 2, open_run);
  return pn_records_finish (self, statement, error);
}

/* NULL where it is not what was written. */
static GVariant *
read_json (sqlite3_stmt *statement, int column, const char *type)
{
  const char *text = (const char *) sqlite3_column_text (statement, column);

  return text != NULL ? pn_json_to_variant (text, type) : NULL;
}

GVariant *
pn_records_get_story (PnRecords *self, gint64 record, GError **error)
{
  g_autoptr (sqlite3_stmt) statement =
      pn_records_prepare (self, "SELECT phases, log FROM stories WHERE record = ?");
  g_autoptr (GVariant) phases = NULL;
  g_autoptr (GVariant) lines = NULL;

  (void) sqlite3_bind_int64 (statement, 1, record);
  if (sqlite3_step (statement) == SQLITE_ROW)
    {
      phases = read_json (statement, 0, "a(sxx)");
      lines = read_json (statement, 1, "a(xs)");
    }
  if (phases != NULL && lines != NULL)
    return g_variant_ref_sink (g_variant_new ("(@a(sxx)@a(xs))", phases, lines));
  pn_set_error (error, PN_ERROR_NOT_FOUND, "How this run went was not kept");
  return NULL;
}
