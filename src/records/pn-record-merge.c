/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "pn-record-merge.h"

#include <string.h>

#include "pn-error.h"
#include "pn-record-column.h"
#include "pn-record-line.h"
#include "pn-records-private.h"
#include "pn-sentence.h"

#define STEP 100 /* records at a time: some milliseconds */

struct _PnRecordMerging
{
  PnRecordMerge result;
  GPtrArray *added; /* GVariant: those that are new */
  guint n_done;     /* of them */
};

/* While the lines are looked at. */
typedef struct
{
  PnRecords *records;
  const char *station;
  sqlite3_stmt *find;
  GHashTable *seen; /* key_of () → one of added */
  PnRecordMerging *merging;
  GVariantBuilder conflicts;
  gint64 line;
} Merge;

/* Everything that is compared and copied: all but the number, which is each station's own. */
static gboolean
is_copied (const char *column)
{
  return !g_str_equal (column, "id");
}

static sqlite3_stmt *
prepare_insert (PnRecords *self)
{
  const char *const *columns = pn_record_columns ();
  g_autoptr (GString) names = g_string_new (NULL);
  g_autoptr (GString) places = g_string_new (NULL);
  g_autofree char *sql = NULL;

  for (guint i = 0; columns[i] != NULL; i++)
    if (is_copied (columns[i]))
      {
        g_string_append_printf (names, "%s%s", names->len > 0 ? ", " : "", columns[i]);
        g_string_append_printf (places, "%s:%s", places->len > 0 ? ", " : "", columns[i]);
      }
  sql = g_strdup_printf ("INSERT INTO records (%s) VALUES (%s)", names->str, places->str);
  return pn_records_prepare (self, sql);
}

static sqlite3_stmt *
prepare_find (PnRecords *self)
{
  g_autofree char *columns = g_strjoinv (", ", (char **) pn_record_columns ());
  g_autofree char *sql = g_strdup_printf (
      "SELECT %s FROM records WHERE started = :started AND slot = :slot AND serial IS :serial",
      columns);

  return pn_records_prepare (self, sql);
}

static void
bind_columns (sqlite3_stmt *statement, GVariant *record)
{
  (void) sqlite3_reset (statement);
  (void) sqlite3_clear_bindings (statement);
  for (int i = 1; i <= sqlite3_bind_parameter_count (statement); i++)
    {
      const char *column = sqlite3_bind_parameter_name (statement, i) + 1;
      const char *text;
      gint64 number;

      if (g_variant_lookup (record, column, "x", &number))
        (void) sqlite3_bind_int64 (statement, i, number);
      else if (g_variant_lookup (record, column, "&s", &text))
        (void) sqlite3_bind_text (statement, i, text, -1, SQLITE_TRANSIENT);
    }
}

/* A sentence is exported as plain English. */
static gboolean
is_same_text (const char *column, const char *kept, const char *text)
{
  g_autofree char *kept_english = NULL;
  g_autofree char *english = NULL;

  if (pn_record_column_get_kind (column) != PN_COLUMN_SENTENCE)
    return g_str_equal (kept, text);
  kept_english = pn_sentence_to_english (kept);
  english = pn_sentence_to_english (text);
  return g_str_equal (kept_english, english);
}

/* Whether the row that @statement is at says the same; who it is of does not matter. */
static gboolean
is_same (sqlite3_stmt *statement, GVariant *record)
{
  for (int i = 0; i < sqlite3_column_count (statement); i++)
    {
      const char *column = sqlite3_column_name (statement, i);
      g_autoptr (GVariant) value = g_variant_lookup_value (record, column, NULL);
      gboolean is_null = sqlite3_column_type (statement, i) == SQLITE_NULL;
      gboolean fine;

      if (!is_copied (column) || g_str_equal (column, "station"))
        continue;
      if (value == NULL || is_null)
        fine = value == NULL && is_null;
      else if (g_variant_is_of_type (value, G_VARIANT_TYPE_INT64))
        fine = sqlite3_column_int64 (statement, i) == g_variant_get_int64 (value);
      else
        fine = is_same_text (column, (const char *) sqlite3_column_text (statement, i),
                             g_variant_get_string (value, NULL));
      if (!fine)
        return FALSE;
    }
  return TRUE;
}

/* @number: of the record that stays; 0 = it is in the same text. */
static void
tell_conflict (Merge *self, GVariant *record, gint64 number)
{
  g_autoptr (GVariantDict) dict = g_variant_dict_new (NULL);
  static const char *const told[] = { "started", "slot", "serial" };

  if (self->merging->result.n_conflicting++ >= PN_RECORD_MERGE_MAX_LISTED)
    return;
  g_variant_dict_insert (dict, "line", "x", self->line);
  g_variant_dict_insert (dict, "record", "x", number);
  for (guint i = 0; i < G_N_ELEMENTS (told); i++)
    {
      g_autoptr (GVariant) value = g_variant_lookup_value (record, told[i], NULL);

      if (value != NULL)
        g_variant_dict_insert_value (dict, told[i], value);
    }
  g_variant_builder_add_value (&self->conflicts, g_variant_dict_end (dict));
}

/* With whose it is. (transfer full) */
static GVariant *
with_station (Merge *self, GVariant *record)
{
  g_autoptr (GVariantDict) dict = g_variant_dict_new (record);
  const char *station = "";

  if (!g_variant_lookup (record, "station", "&s", &station) || station[0] == '\0')
    g_variant_dict_insert (dict, "station", "s", self->station);
  return g_variant_ref_sink (g_variant_dict_end (dict));
}

/* What tells a run from all others. (transfer full) */
static char *
key_of (GVariant *record)
{
  const char *slot = "", *serial = NULL;
  gint64 started = 0;

  (void) g_variant_lookup (record, "started", "x", &started);
  (void) g_variant_lookup (record, "slot", "&s", &slot);
  (void) g_variant_lookup (record, "serial", "&s", &serial);
  return g_strdup_printf ("%" G_GINT64_FORMAT "\n%s\n%s", started, serial != NULL ? serial : "\n",
                          slot);
}

static gboolean
is_same_value (const char *column, GVariant *a, GVariant *b)
{
  if (a == NULL || b == NULL)
    return a == b;
  if (g_variant_is_of_type (a, G_VARIANT_TYPE_STRING) &&
      g_variant_is_of_type (b, G_VARIANT_TYPE_STRING))
    return is_same_text (column, g_variant_get_string (a, NULL), g_variant_get_string (b, NULL));
  return g_variant_equal (a, b);
}

/* Both are of the text: of two lines for a run the first counts. */
static gboolean
says_same (GVariant *a, GVariant *b)
{
  const char *const *columns = pn_record_columns ();

  for (guint i = 0; columns[i] != NULL; i++)
    {
      g_autoptr (GVariant) first = g_variant_lookup_value (a, columns[i], NULL);
      g_autoptr (GVariant) second = g_variant_lookup_value (b, columns[i], NULL);

      if (is_copied (columns[i]) && !g_str_equal (columns[i], "station") &&
          !is_same_value (columns[i], first, second))
        return FALSE;
    }
  return TRUE;
}

static void
take_new (Merge *self, GVariant *record)
{
  PnRecordMerging *merging = self->merging;
  g_autofree char *key = key_of (record);
  GVariant *before = g_hash_table_lookup (self->seen, key);

  if (before == NULL)
    {
      g_ptr_array_add (merging->added, g_variant_ref (record));
      g_hash_table_insert (self->seen, g_steal_pointer (&key), record);
      merging->result.n_new++;
    }
  else if (says_same (before, record))
    merging->result.n_same++;
  else
    tell_conflict (self, record, 0);
}

static gboolean
merge_record (Merge *self, GVariant *record, GError **error)
{
  int found;

  bind_columns (self->find, record);
  found = sqlite3_step (self->find);
  if (found == SQLITE_ROW && is_same (self->find, record))
    self->merging->result.n_same++;
  else if (found == SQLITE_ROW)
    tell_conflict (self, record, sqlite3_column_int64 (self->find, 0));
  else if (found == SQLITE_DONE)
    take_new (self, record);
  else
    return pn_records_failed (self->records, error);
  (void) sqlite3_reset (self->find);
  return TRUE;
}

static gboolean
merge_line (Merge *self, const char *line, gsize size, GError **error)
{
  g_autoptr (GVariant) parsed = pn_record_line_parse (line, size, error);
  g_autoptr (GVariant) record = parsed != NULL ? with_station (self, parsed) : NULL;

  if (record != NULL && merge_record (self, record, error))
    return TRUE;
  pn_prefix_error (error, "Line %s, nothing was merged", PN_NUMBER ((guint64) self->line));
  return FALSE;
}

static gboolean
merge_lines (Merge *self, const char *text, gsize size, GError **error)
{
  const char *end = text + size;

  for (const char *at = text; at < end; self->line++)
    {
      const char *stop = memchr (at, '\n', (gsize) (end - at));
      const char *after = stop != NULL ? stop : end;

      if (after > at && !merge_line (self, at, (gsize) (after - at), error))
        return FALSE;
      at = after + 1;
    }
  return TRUE;
}

PnRecordMerging *
pn_record_merging_new (
    const char *path, const char *text, gsize size, const char *station, GError **error)
{
  g_autoptr (PnRecordMerging) self = g_new0 (PnRecordMerging, 1);
  g_autoptr (PnRecords) reader = pn_records_open_reader (path, error);
  g_autoptr (GHashTable) seen = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  g_autoptr (sqlite3_stmt) find = reader != NULL ? prepare_find (reader) : NULL;
  Merge merge = { reader, station, find, seen, self, .line = 1 };
  gboolean fine;

  self->added = g_ptr_array_new_with_free_func ((GDestroyNotify) g_variant_unref);
  if (find == NULL)
    {
      if (reader != NULL)
        pn_records_failed (reader, error);
      return NULL;
    }
  g_variant_builder_init (&merge.conflicts, G_VARIANT_TYPE ("aa{sv}"));
  fine = merge_lines (&merge, text, size, error);
  self->result.conflicts = g_variant_ref_sink (g_variant_builder_end (&merge.conflicts));
  return fine ? g_steal_pointer (&self) : NULL;
}

void
pn_record_merging_free (PnRecordMerging *self)
{
  g_clear_pointer (&self->result.conflicts, g_variant_unref);
  g_ptr_array_unref (self->added);
  g_free (self);
}

const PnRecordMerge *
pn_record_merging_get (PnRecordMerging *self)
{
  return &self->result;
}

/* ---- adding ---- */

static gboolean
run_alone (PnRecords *records, const char *sql, GError **error)
{
  g_autoptr (sqlite3_stmt) statement = pn_records_prepare (records, sql);

  return pn_records_finish (records, statement, error);
}

static gboolean
add_some (PnRecordMerging *self, PnRecords *records, GError **error)
{
  g_autoptr (sqlite3_stmt) insert = prepare_insert (records);
  g_autoptr (sqlite3_stmt) mark =
      pn_records_prepare (records, "INSERT INTO merging (record) VALUES (last_insert_rowid ())");
  guint end = MIN (self->n_done + STEP, self->added->len);

  if (insert == NULL || mark == NULL)
    return pn_records_failed (records, error);
  for (; self->n_done < end; self->n_done++)
    {
      bind_columns (insert, self->added->pdata[self->n_done]);
      (void) sqlite3_reset (mark);
      if (!pn_records_finish (records, insert, error) || !pn_records_finish (records, mark, error))
        return FALSE;
    }
  return TRUE;
}

/* What is not kept yet need not be on the disk: with what keeps it, it is. */
gboolean
pn_record_merging_step (PnRecordMerging *self, PnRecords *records, gboolean *done, GError **error)
{
  gboolean fine = run_alone (records, "PRAGMA synchronous = NORMAL", error) &&
                  pn_records_enter (records, error) &&
                  pn_records_leave (records, add_some (self, records, error), error);

  if (!run_alone (records, "PRAGMA synchronous = FULL", fine ? error : NULL) || !fine)
    return FALSE;
  *done = self->n_done == self->added->len;
  return TRUE;
}

gboolean
pn_record_merging_keep (PnRecords *records, GError **error)
{
  return run_alone (records, "DELETE FROM merging", error);
}

gboolean
pn_record_merging_undo (PnRecords *records, GError **error)
{
  return pn_records_enter (records, error) &&
         pn_records_leave (
             records,
             run_alone (records, "DELETE FROM records WHERE id IN (SELECT record FROM merging)",
                        error) &&
                 run_alone (records, "DELETE FROM merging", error),
             error);
}
