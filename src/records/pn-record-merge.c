/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "pn-record-merge.h"

#include <string.h>

#include "pn-error.h"
#include "pn-record-column.h"
#include "pn-record-line.h"
#include "pn-records-private.h"
#include "pn-sentence.h"

typedef struct
{
  PnRecords *records;
  const char *station;
  sqlite3_stmt *find, *insert;
  PnRecordMerge *result;
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

static void
tell_conflict (Merge *self, GVariant *record)
{
  gint64 number = sqlite3_column_int64 (self->find, 0);
  g_autoptr (GVariantDict) dict = g_variant_dict_new (NULL);
  static const char *const told[] = { "started", "slot", "serial" };

  if (self->result->n_conflicting++ >= PN_RECORD_MERGE_MAX_LISTED)
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

static gboolean
merge_record (Merge *self, GVariant *record, GError **error)
{
  int found;

  bind_columns (self->find, record);
  found = sqlite3_step (self->find);
  if (found == SQLITE_ROW)
    {
      if (is_same (self->find, record))
        self->result->n_same++;
      else
        tell_conflict (self, record);
      (void) sqlite3_reset (self->find);
      return TRUE;
    }
  if (found != SQLITE_DONE)
    return pn_records_failed (self->records, error);
  bind_columns (self->insert, record);
  if (!pn_records_finish (self->records, self->insert, error))
    return FALSE;
  self->result->n_new++;
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

gboolean
pn_records_merge (PnRecords *self,
                  const char *text,
                  gsize size,
                  const char *station,
                  gboolean dry,
                  PnRecordMerge *result,
                  GError **error)
{
  g_autoptr (sqlite3_stmt) find = prepare_find (self);
  g_autoptr (sqlite3_stmt) insert = prepare_insert (self);
  Merge merge = { self, station, find, insert, result, .line = 1 };
  gboolean fine;

  *result = (PnRecordMerge){ 0 };
  if (find == NULL || insert == NULL || !pn_records_enter (self, error))
    return find != NULL && insert != NULL ? FALSE : pn_records_failed (self, error);
  g_variant_builder_init (&merge.conflicts, G_VARIANT_TYPE ("aa{sv}"));
  fine = merge_lines (&merge, text, size, error);
  (void) sqlite3_reset (find);
  (void) sqlite3_reset (insert);
  result->conflicts = g_variant_builder_end (&merge.conflicts);
  if (pn_records_leave (self, fine && !dry, error) || (fine && dry))
    return TRUE;
  g_variant_unref (g_variant_ref_sink (g_steal_pointer (&result->conflicts)));
  return FALSE;
}
