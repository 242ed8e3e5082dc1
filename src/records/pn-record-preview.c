/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "pn-records-private.h"

/* Columns that are there twice are the same, and the first counts. */
static void
add_columns (sqlite3_stmt *statement, GHashTable *seen, GStrvBuilder *builder)
{
  for (int i = 0; i < sqlite3_column_count (statement); i++)
    {
      const char *value = (const char *) sqlite3_column_text (statement, i);
      char *name = g_ascii_strup (sqlite3_column_name (statement, i), -1);
      g_autofree char *whole = g_strconcat (name, "=", value != NULL ? value : "", NULL);

      if (g_hash_table_add (seen, name))
        g_strv_builder_add (builder, whole);
    }
}

static gboolean
read_columns (PnRecords *self, const char *sql, gint64 id, GHashTable *seen, GStrvBuilder *builder)
{
  g_autoptr (sqlite3_stmt) statement = pn_records_prepare (self, sql);

  (void) sqlite3_bind_int64 (statement, 1, id);
  if (sqlite3_step (statement) != SQLITE_ROW)
    return FALSE;
  add_columns (statement, seen, builder);
  return TRUE;
}

/* The database itself says what its views make of it: the row is there for a moment, and was never
 * kept. */
GStrv
pn_records_preview (PnRecords *self, const PnRecord *record, GError **error)
{
  g_autoptr (GHashTable) seen = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  g_autoptr (GStrvBuilder) builder = g_strv_builder_new ();
  gboolean fine;
  gint64 id;

  /* The number that it would have is another one's. */
  (void) g_hash_table_add (seen, g_strdup ("ID"));
  if (!pn_records_enter (self, error))
    return NULL;
  id = pn_records_insert (self, "records", record, error);
  fine = id != 0;
  if (fine && (!read_columns (self, "SELECT * FROM devices WHERE id = ?", id, seen, builder) ||
               !read_columns (self, "SELECT * FROM records WHERE id = ?", id, seen, builder)))
    fine = pn_records_failed (self, error);
  (void) pn_records_leave (self, FALSE, NULL);
  return fine ? g_strv_builder_end (builder) : NULL;
}
