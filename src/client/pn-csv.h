/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/* How records become text: quoted as RFC 4180 says; lines end with CR LF where there is a byte
 * order mark, that is in files for spreadsheets, else with LF. A cell without a value is empty. */
typedef struct
{
  const char *const *columns; /* NULL-terminated, at least one */
  char separator;             /* ',', ';' or '\t' */
  gboolean byte_order_mark;   /* UTF-8 with a mark, for spreadsheets */
  gboolean guard_formulas;    /* ' before a text that begins with = + - @, tab, CR or LF */
  gboolean local_times;       /* else ISO 8601 in UTC */
} PnCsvFormat;

void pn_csv_append_head (GString *text, const PnCsvFormat *format);
/* @record: a{sv}; a column that it lacks is an empty cell. */
void pn_csv_append_record (GString *text, const PnCsvFormat *format, GVariant *record);
/* One line of JSON: all @columns, as the helper says them; null where it lacks one. */
void pn_csv_append_json_line (GString *text, const char *const *columns, GVariant *record);

G_END_DECLS
