/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "pn-csv.h"

#include <json-glib/json-glib.h>
#include <string.h>

#include "pn-record-column.h"
#include "pn-record-format.h"

#define BYTE_ORDER_MARK "\357\273\277"

/* @guard: spreadsheets take a text that begins like this for a formula, and run it. */
static void
append_cell (GString *text, const PnCsvFormat *format, const char *cell, gboolean guard)
{
  const char special[] = { format->separator, '"', '\r', '\n', '\0' };
  gboolean guarded = guard && cell[0] != '\0' && strchr ("=+-@\t\r\n", cell[0]) != NULL;
  gboolean quoted = strpbrk (cell, special) != NULL;

  if (quoted)
    g_string_append_c (text, '"');
  if (guarded)
    g_string_append_c (text, '\'');
  for (const char *at = cell; *at != '\0'; at++)
    {
      if (*at == '"')
        g_string_append_c (text, '"');
      g_string_append_c (text, *at);
    }
  if (quoted)
    g_string_append_c (text, '"');
}

static void
end_cell (GString *text, const PnCsvFormat *format, guint column)
{
  if (format->columns[column + 1] != NULL)
    g_string_append_c (text, format->separator);
  else
    g_string_append (text, format->byte_order_mark ? "\r\n" : "\n");
}

void
pn_csv_append_head (GString *text, const PnCsvFormat *format)
{
  if (format->byte_order_mark)
    g_string_append (text, BYTE_ORDER_MARK);
  for (guint i = 0; format->columns[i] != NULL; i++)
    {
      append_cell (text, format, format->columns[i], format->guard_formulas);
      end_cell (text, format, i);
    }
}

/* What @record has in each column (NULL = nothing), found in one pass: looking each of them up
 * would read the record from its start each time. Unref with free_values (). */
static GVariant **
pick_values (const char *const *columns, GVariant *record)
{
  GVariant **values = g_new0 (GVariant *, g_strv_length ((char **) columns));
  GVariantIter iter;
  const char *name;
  GVariant *value;

  g_variant_iter_init (&iter, record);
  while (g_variant_iter_loop (&iter, "{&sv}", &name, &value))
    for (guint i = 0; columns[i] != NULL; i++)
      if (values[i] == NULL && g_str_equal (columns[i], name))
        values[i] = g_variant_ref (value);
  return values;
}

static void
free_values (GVariant **values, const char *const *columns)
{
  for (guint i = 0; columns[i] != NULL; i++)
    g_clear_pointer (&values[i], g_variant_unref);
  g_free (values);
}

void
pn_csv_append_record (GString *text, const PnCsvFormat *format, GVariant *record)
{
  GVariant **values = pick_values (format->columns, record);

  for (guint i = 0; format->columns[i] != NULL; i++)
    {
      g_autofree char *cell =
          pn_record_format_value_plain (values[i], format->columns[i], format->local_times);
      /* A number that is negative is no formula. */
      gboolean words = values[i] != NULL && g_variant_is_of_type (values[i], G_VARIANT_TYPE_STRING);

      append_cell (text, format, cell, format->guard_formulas && words);
      end_cell (text, format, i);
    }
  free_values (values, format->columns);
}

static void
add_sentence (JsonBuilder *builder, GVariant *value, const char *column)
{
  g_autofree char *english = pn_record_format_value_plain (value, column, FALSE);

  json_builder_add_string_value (builder, english);
}

void
pn_csv_append_json_line (GString *text, const char *const *columns, GVariant *record)
{
  g_autoptr (JsonBuilder) builder = json_builder_new_immutable ();
  g_autoptr (JsonGenerator) generator = json_generator_new ();
  g_autoptr (JsonNode) root = NULL;
  GVariant **values = pick_values (columns, record);

  json_builder_begin_object (builder);
  for (guint i = 0; columns[i] != NULL; i++)
    {
      json_builder_set_member_name (builder, columns[i]);
      if (values[i] != NULL && pn_record_column_get_kind (columns[i]) == PN_COLUMN_SENTENCE)
        add_sentence (builder, values[i], columns[i]);
      else if (values[i] != NULL)
        json_builder_add_value (builder, json_gvariant_serialize (values[i]));
      else
        json_builder_add_null_value (builder);
    }
  free_values (values, columns);
  json_builder_end_object (builder);
  root = json_builder_get_root (builder);
  json_generator_set_root (generator, root);
  (void) json_generator_to_gstring (generator, text);
  g_string_append_c (text, '\n');
}
