/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/* How records become text (RFC 4180 quoting; lines end with CR LF in files for spreadsheets). */
typedef struct
{
  const char *const *columns; /* NULL-terminated, at least one */
  char separator;             /* ',', ';' or '\t' */
  gboolean byte_order_mark;   /* UTF-8 with a mark, for spreadsheets */
  gboolean guard_formulas;    /* ' before a cell that begins with = + - @, tab or CR */
  gboolean local_times;       /* else ISO 8601 in UTC */
} PnCsvFormat;

void pn_csv_append_head (GString *text, const PnCsvFormat *format);
/* @record: a{sv}; a column that it lacks is an empty cell. */
void pn_csv_append_record (GString *text, const PnCsvFormat *format, GVariant *record);
/* One line of JSON: all @columns. */
void pn_csv_append_json_line (GString *text, const char *const *columns, GVariant *record);

G_END_DECLS
