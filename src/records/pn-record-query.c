/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Which records, in which order. What a caller says is bound, never written into the statement,
 * but for the name of a column, which is one of ours. */
#include "config.h"

#include "pn-records-private.h"

#include <string.h>

#include "pn-error.h"
#include "pn-options.h"
#include "pn-record-column.h"

#define MAX_ROWS 10000
#define MAX_VALUES 1000
#define MAX_PAGE (16 << 20) /* bytes: a bus throws off whoever sends it a message of 32 MiB */
#define MAX_TEXT 256        /* bytes: sqlite's own limit on a pattern is no sentence for people */

/* Without the marks of a sentence (base/pn-sentence.h). */
#define SPOKEN_MESSAGE                                                                             \
  "replace(replace(replace(message, char(0x2068), ''), char(0x2066), ''), char(0x2069), '')"

/* Options that choose, by their names, which the statement binds, too. */
static const struct
{
  const char *name, *clause;
} choices[] = {
  { "id", "id = :id" },
  { "text", "(serial LIKE :text ESCAPE '\\' OR mac LIKE :text ESCAPE '\\'"
            " OR slot LIKE :text ESCAPE '\\' OR batch LIKE :text ESCAPE '\\'"
            " OR recipe LIKE :text ESCAPE '\\' OR model LIKE :text ESCAPE '\\'"
            " OR " SPOKEN_MESSAGE " LIKE :text ESCAPE '\\')" },
  { "verdicts", "instr(:verdicts, '|' || verdict || '|')" },
  { "batch", "batch = :batch" },
  { "recipe", "recipe = :recipe" },
  { "model", "model = :model" },
  { "key", "key_hash = lower(:key)" },
  { "image", ":image IN (image_name, image_sha256)" },
  { "class", "device_class = :class" },
  { "override", "instr(' ' || overrides || ' ', ' ' || :override || ' ')" },
  { "serial", PN_RECORDS_SAME_DEVICE (":serial") },
  { "since", "started >= :since" },
  { "until", "started < :until" },
  { "after", "id > :after" },
  { "secure", "secure = :secure" },
};

static const PnOption known[] = { { "id", "x" },    { "text", "s" },      { "verdicts", "as" },
                                  { "batch", "s" }, { "recipe", "s" },    { "model", "s" },
                                  { "key", "s" },   { "image", "s" },     { "serial", "s" },
                                  { "class", "s" }, { "override", "s" },  { "since", "x" },
                                  { "until", "x" }, { "after", "x" },     { "secure", "b" },
                                  { "sort", "s" },  { "ascending", "b" }, { NULL } };

static gboolean
check (GVariant *options, GError **error)
{
  const char *sort = NULL, *text = NULL;

  if (!pn_options_check (options, known, error))
    return FALSE;
  (void) g_variant_lookup (options, "sort", "&s", &sort);
  (void) g_variant_lookup (options, "text", "&s", &text);
  if (sort != NULL && !g_strv_contains (pn_record_columns (), sort))
    {
      pn_set_error (error, PN_ERROR_INVALID_ARGUMENT, "Records have no column “%s”", sort);
      return FALSE;
    }
  if (text != NULL && strlen (text) > MAX_TEXT)
    {
      pn_set_error (error, PN_ERROR_INVALID_ARGUMENT,
                    "The text to search for is longer than %s bytes; use a part of it",
                    PN_NUMBER (MAX_TEXT));
      return FALSE;
    }
  return TRUE;
}

static gboolean
is_given (GVariant *options, const char *name)
{
  g_autoptr (GVariant) value = g_variant_lookup_value (options, name, NULL);

  return value != NULL;
}

char *
pn_record_query_to_sql (GVariant *options, gboolean counting, GError **error)
{
  g_autoptr (GString) sql = g_string_new (NULL);
  g_autofree char *columns = NULL;
  const char *word = " WHERE ";
  const char *sort = "id";
  gboolean ascending = FALSE;

  if (!check (options, error))
    return NULL;
  columns = counting ? g_strdup ("count(*)") : g_strjoinv (", ", (char **) pn_record_columns ());
  g_string_append_printf (sql, "SELECT %s FROM records", columns);
  for (guint i = 0; i < G_N_ELEMENTS (choices); i++)
    if (is_given (options, choices[i].name))
      {
        g_string_append (sql, word);
        g_string_append (sql, choices[i].clause);
        word = " AND ";
      }
  if (counting)
    return g_string_free (g_steal_pointer (&sql), FALSE);
  (void) g_variant_lookup (options, "sort", "&s", &sort);
  (void) g_variant_lookup (options, "ascending", "b", &ascending);
  /* The number makes the order the same at every page. */
  g_string_append_printf (sql, " ORDER BY %s %s, id %s LIMIT :limit OFFSET :offset", sort,
                          ascending ? "ASC" : "DESC", ascending ? "ASC" : "DESC");
  return g_string_free (g_steal_pointer (&sql), FALSE);
}

/* "50%" → "%50\%%": anywhere, as it is. */
static char *
to_pattern (const char *text)
{
  GString *pattern = g_string_new ("%");

  for (; *text != '\0'; text++)
    {
      if (strchr ("\\%_", *text) != NULL)
        g_string_append_c (pattern, '\\');
      g_string_append_c (pattern, *text);
    }
  g_string_append_c (pattern, '%');
  return g_string_free (pattern, FALSE);
}

/* "|passed|failed|": no verdict has a bar in it. */
static char *
join_verdicts (GVariant *words)
{
  GString *joined = g_string_new ("|");
  GVariantIter iter;
  const char *word;

  g_variant_iter_init (&iter, words);
  while (g_variant_iter_loop (&iter, "&s", &word))
    if (strchr (word, '|') == NULL)
      g_string_append_printf (joined, "%s|", word);
  return g_string_free (joined, FALSE);
}

static void
bind_number (sqlite3_stmt *statement, const char *name, gint64 number)
{
  (void) sqlite3_bind_int64 (statement, sqlite3_bind_parameter_index (statement, name), number);
}

static void
bind_option (sqlite3_stmt *statement, const char *name, GVariant *value)
{
  g_autofree char *parameter = g_strconcat (":", name, NULL);
  g_autofree char *text = NULL;

  if (g_variant_is_of_type (value, G_VARIANT_TYPE_INT64))
    bind_number (statement, parameter, g_variant_get_int64 (value));
  else if (g_variant_is_of_type (value, G_VARIANT_TYPE_BOOLEAN))
    bind_number (statement, parameter, g_variant_get_boolean (value));
  else if (g_variant_is_of_type (value, G_VARIANT_TYPE_STRING_ARRAY))
    text = join_verdicts (value);
  else if (g_variant_is_of_type (value, G_VARIANT_TYPE_STRING))
    text = g_str_equal (name, "text") ? to_pattern (g_variant_get_string (value, NULL))
                                      : g_variant_dup_string (value, NULL);
  if (text != NULL)
    (void) sqlite3_bind_text (statement, sqlite3_bind_parameter_index (statement, parameter), text,
                              -1, SQLITE_TRANSIENT);
}

static sqlite3_stmt *
prepare_query (PnRecords *self, GVariant *options, gboolean counting, GError **error)
{
  g_autofree char *sql = pn_record_query_to_sql (options, counting, error);
  sqlite3_stmt *statement = sql != NULL ? pn_records_prepare (self, sql) : NULL;
  GVariantIter iter;
  const char *name;
  GVariant *value;

  if (sql == NULL)
    return NULL;
  if (statement == NULL)
    {
      pn_records_failed (self, error);
      return NULL;
    }
  g_variant_iter_init (&iter, options);
  while (g_variant_iter_loop (&iter, "{&sv}", &name, &value))
    bind_option (statement, name, value);
  return statement;
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
        {
          g_autofree char *text =
              g_utf8_make_valid ((const char *) sqlite3_column_text (statement, i), -1);

          g_variant_builder_add (&row, "{sv}", name, g_variant_new_string (text));
        }
    }
  return g_variant_builder_end (&row);
}

GVariant *
pn_records_read_rows (PnRecords *self, sqlite3_stmt *statement, GError **error)
{
  GVariantBuilder rows;
  gsize size = 0;
  int result = SQLITE_ROW;

  g_variant_builder_init (&rows, G_VARIANT_TYPE ("aa{sv}"));
  while (size < MAX_PAGE && (result = sqlite3_step (statement)) == SQLITE_ROW)
    {
      GVariant *row = read_row (statement);

      size += g_variant_get_size (row);
      g_variant_builder_add_value (&rows, row);
    }
  if (result != SQLITE_DONE && result != SQLITE_ROW)
    {
      g_variant_builder_clear (&rows);
      pn_records_failed (self, error);
      return NULL;
    }
  return g_variant_ref_sink (g_variant_builder_end (&rows));
}

GVariant *
pn_records_query (PnRecords *self, guint offset, guint limit, GVariant *options, GError **error)
{
  g_autoptr (GVariant) owned = g_variant_ref_sink (options);
  g_autoptr (sqlite3_stmt) statement = prepare_query (self, owned, FALSE, error);

  if (statement == NULL)
    return NULL;
  bind_number (statement, ":limit", MIN (limit, MAX_ROWS));
  bind_number (statement, ":offset", offset);
  return pn_records_read_rows (self, statement, error);
}

gint64
pn_records_count (PnRecords *self, GVariant *options, GError **error)
{
  g_autoptr (GVariant) owned = g_variant_ref_sink (options);
  g_autoptr (sqlite3_stmt) statement = prepare_query (self, owned, TRUE, error);

  if (statement == NULL)
    return -1;
  if (sqlite3_step (statement) == SQLITE_ROW)
    return sqlite3_column_int64 (statement, 0);
  pn_records_failed (self, error);
  return -1;
}

/* Takes @value. Where it is several words: each that was not there before. */
static void
add_value (GPtrArray *values, char *value, gboolean several)
{
  g_autofree char *owned = value;
  g_auto (GStrv) words = several ? g_strsplit (value, " ", 0) : NULL;

  if (!several)
    g_ptr_array_add (values, g_steal_pointer (&owned));
  for (guint i = 0; several && words[i] != NULL; i++)
    if (!g_ptr_array_find_with_equal_func (values, words[i], g_str_equal, NULL))
      g_ptr_array_add (values, g_strdup (words[i]));
}

GStrv
pn_records_list_values (PnRecords *self, const char *column, guint limit, GError **error)
{
  g_autoptr (GPtrArray) values = g_ptr_array_new_with_free_func (g_free);
  g_autoptr (sqlite3_stmt) statement = NULL;
  g_autofree char *sql = NULL;
  PnColumnKind kind = pn_record_column_get_kind (column);
  int result;

  if (!g_strv_contains (pn_record_columns (), column) ||
      (kind != PN_COLUMN_TEXT && kind != PN_COLUMN_WORDS))
    {
      pn_set_error (error, PN_ERROR_INVALID_ARGUMENT, "Records have no words in “%s”", column);
      return NULL;
    }
  sql = g_strdup_printf ("SELECT %s FROM records WHERE %s != '' GROUP BY %s"
                         " ORDER BY max(id) DESC LIMIT :limit",
                         column, column, column);
  statement = pn_records_prepare (self, sql);
  if (statement == NULL)
    {
      pn_records_failed (self, error);
      return NULL;
    }
  bind_number (statement, ":limit", MIN (limit, MAX_VALUES));
  while ((result = sqlite3_step (statement)) == SQLITE_ROW)
    add_value (values, g_utf8_make_valid ((const char *) sqlite3_column_text (statement, 0), -1),
               kind == PN_COLUMN_WORDS);
  if (result != SQLITE_DONE)
    {
      pn_records_failed (self, error);
      return NULL;
    }
  if (values->len > limit)
    g_ptr_array_set_size (values, (int) limit);
  g_ptr_array_add (values, NULL);
  return (GStrv) g_ptr_array_steal (values, NULL);
}
