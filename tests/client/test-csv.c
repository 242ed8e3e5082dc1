/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include <json-glib/json-glib.h>
#include <string.h>

#include "pn-csv.h"
#include "pn-record-column.h"
#include "pn-record-format.h"

#define MOMENT G_GINT64_CONSTANT (1760000000123456) /* 2025-10-09 08:53:20 UTC */

static GVariant *
record (const char *column, GVariant *value)
{
  GVariantBuilder builder;

  g_variant_builder_init (&builder, G_VARIANT_TYPE_VARDICT);
  g_variant_builder_add (&builder, "{sv}", column, value);
  return g_variant_ref_sink (g_variant_builder_end (&builder));
}

static char *
line (const PnCsvFormat *format, const char *column, GVariant *value)
{
  g_autoptr (GVariant) row = record (column, value);
  g_autoptr (GString) text = g_string_new (NULL);

  pn_csv_append_record (text, format, row);
  return g_string_free (g_steal_pointer (&text), FALSE);
}

/* What is between quotes, doubled quotes single; the rest of the line after the cell. */
static char *
parse_cell (const char **at, char separator)
{
  g_autoptr (GString) cell = g_string_new (NULL);
  gboolean quoted = **at == '"';

  if (quoted)
    (*at)++;
  for (; **at != '\0'; (*at)++)
    {
      if (quoted && **at == '"')
        {
          if ((*at)[1] != '"')
            break;
          (*at)++;
        }
      else if (!quoted && (**at == separator || **at == '\n' || **at == '\r'))
        break;
      g_string_append_c (cell, **at);
    }
  if (quoted)
    {
      g_assert_cmpint (**at, ==, '"');
      (*at)++;
    }
  return g_string_free (g_steal_pointer (&cell), FALSE);
}

/* Whatever a cell holds comes back as it was, in any format. */
static void
test_hostile (void)
{
  static const char *const cells[] = {
    "",
    "plain",
    ",",
    ";",
    "\t",
    "\"",
    "\"\"",
    "a\"b,c;d\te",
    "\r\n",
    "line\nline",
    "=1+1",
    "+44 20",
    "-2",
    "@SUM(A1)",
    "=HYPERLINK(\"http://x\",\"y\")",
    "'=already",
    "\357\273\277mark",
    "na\303\257ve",
    " spaces ",
    "\\\"",
  };
  static const char *const columns[] = { "serial", "message", "model", NULL };

  for (guint i = 0; i < G_N_ELEMENTS (cells); i++)
    for (guint k = 0; k < 12; k++)
      {
        const PnCsvFormat format = {
          .columns = columns,
          .separator = ",;\t"[k % 3],
          .byte_order_mark = (k / 3) % 2 > 0,
          .guard_formulas = k / 6 > 0,
        };
        g_autofree char *text = line (&format, "message", g_variant_new_string (cells[i]));
        const char *at = text;
        g_autofree char *before = parse_cell (&at, format.separator);
        g_autofree char *cell = NULL;
        g_autofree char *after = NULL;
        gboolean formula = cells[i][0] != '\0' && strchr ("=+-@\t\r\n", cells[i][0]) != NULL;

        g_assert_cmpstr (before, ==, "");
        g_assert_cmpint (*at++, ==, format.separator);
        cell = parse_cell (&at, format.separator);
        if (format.guard_formulas && formula)
          {
            g_assert_cmpint (cell[0], ==, '\'');
            g_assert_cmpstr (cell + 1, ==, cells[i]);
          }
        else
          g_assert_cmpstr (cell, ==, cells[i]);
        g_assert_cmpint (*at++, ==, format.separator);
        after = parse_cell (&at, format.separator);
        g_assert_cmpstr (after, ==, "");
        g_assert_cmpstr (at, ==, format.byte_order_mark ? "\r\n" : "\n");
      }
}

static void
test_exact (void)
{
  static const char *const one[] = { "message", NULL };
  const PnCsvFormat guarded = { .columns = one, .separator = ',', .guard_formulas = TRUE };
  const PnCsvFormat semicolon = { .columns = one, .separator = ';' };
  g_autofree char *formula =
      line (&guarded, "message", g_variant_new_string ("=cmd|' /C calc'!A0,\"x\""));
  g_autofree char *number = line (&guarded, "message", g_variant_new_int64 (-5));
  g_autofree char *comma = line (&semicolon, "message", g_variant_new_string ("a,b"));
  g_autofree char *missing = line (&semicolon, "serial", g_variant_new_string ("x"));

  g_assert_cmpstr (formula, ==, "\"'=cmd|' /C calc'!A0,\"\"x\"\"\"\n");
  g_assert_cmpstr (number, ==, "-5\n");
  g_assert_cmpstr (comma, ==, "a,b\n");
  g_assert_cmpstr (missing, ==, "\n");
}

static void
test_head (void)
{
  static const char *const columns[] = { "id", "started", "key_hash", NULL };
  const PnCsvFormat plain = { .columns = columns, .separator = ',' };
  const PnCsvFormat marked = { .columns = columns, .separator = ';', .byte_order_mark = TRUE };
  g_autoptr (GString) text = g_string_new (NULL);

  pn_csv_append_head (text, &plain);
  g_assert_cmpstr (text->str, ==, "id,started,key_hash\n");
  g_string_truncate (text, 0);
  pn_csv_append_head (text, &marked);
  g_assert_cmpstr (text->str, ==, "\357\273\277id;started;key_hash\r\n");
}

static void
test_times (void)
{
  static const char *const columns[] = { "started", NULL };
  PnCsvFormat format = { .columns = columns, .separator = ',' };
  g_autofree char *utc = line (&format, "started", g_variant_new_int64 (MOMENT));
  g_autofree char *none = line (&format, "started", g_variant_new_int64 (0));
  g_autofree char *far = line (&format, "started", g_variant_new_int64 (G_MAXINT64));
  g_autofree char *local = NULL;

  g_assert_cmpstr (utc, ==, "2025-10-09T08:53:20Z\n");
  g_assert_cmpstr (none, ==, "\n");
  g_assert_cmpint (far[strlen (far) - 1], ==, '\n');
  format.local_times = TRUE;
  local = line (&format, "started", g_variant_new_int64 (MOMENT));
  g_assert_cmpstr (local, ==, "2025-10-09 10:53:20\n");
}

/* Every column has its kind, and people read it accordingly. */
static void
test_people (void)
{
  static const struct
  {
    const char *column;
    gint64 number;
    const char *plain, *shown;
  } cases[] = {
    { "id", 7, "7", "7" },
    { "ended", MOMENT, "2025-10-09T08:53:20Z", "2025-10-09 10:53:20" },
    { "storage_size", 31268536320, "31268536320", "31.3" },
    { "storage_size", 0, "0", "" },
    { "secure", 1, "1", "Yes" },
    { "secure", 0, "0", "No" },
    { "board_revision", 0xd04171, "13648241", "d04171" },
    { "some_later_column", 5, "5", "5" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (GVariant) row = record (cases[i].column, g_variant_new_int64 (cases[i].number));
      g_autofree char *plain = pn_record_format_plain (row, cases[i].column, FALSE);
      g_autofree char *shown = pn_record_format_for_people (row, cases[i].column);

      g_assert_cmpstr (plain, ==, cases[i].plain);
      g_assert_true (g_str_has_prefix (shown, cases[i].shown));
    }
  g_assert_cmpstr (pn_record_columns ()[0], ==, "id");
  g_assert_cmpint (pn_record_column_get_kind ("serial"), ==, PN_COLUMN_TEXT);
}

static void
test_json (void)
{
  static const char *const columns[] = { "message", "started", "nothing", NULL };
  g_autoptr (GVariant) row =
      record ("message", g_variant_new_string ("quote \" line\n tab\t \\ na\303\257ve"));
  g_autoptr (GString) text = g_string_new ("before\n");
  g_autoptr (JsonNode) root = NULL;
  JsonObject *object;

  pn_csv_append_json_line (text, columns, row);
  g_assert_true (g_str_has_prefix (text->str, "before\n"));
  g_assert_nonnull (strchr (text->str + 7, '\n'));
  g_assert_cmpstr (strchr (text->str + 7, '\n'), ==, "\n");
  root = json_from_string (text->str + 7, NULL);
  g_assert_nonnull (root);
  object = json_node_get_object (root);
  g_assert_cmpstr (json_object_get_string_member (object, "message"), ==,
                   "quote \" line\n tab\t \\ na\303\257ve");
  g_assert_true (json_object_get_null_member (object, "started"));
  g_assert_true (json_object_get_null_member (object, "nothing"));
}

int
main (int argc, char **argv)
{
  g_setenv ("TZ", "UTC-2", TRUE);
  g_setenv ("LC_ALL", "C.UTF-8", TRUE);
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/csv/hostile", test_hostile);
  g_test_add_func ("/csv/exact", test_exact);
  g_test_add_func ("/csv/head", test_head);
  g_test_add_func ("/csv/times", test_times);
  g_test_add_func ("/csv/people", test_people);
  g_test_add_func ("/csv/json", test_json);
  return g_test_run ();
}
