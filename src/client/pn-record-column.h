/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

typedef enum
{
  PN_COLUMN_TEXT,
  PN_COLUMN_NUMBER,
  PN_COLUMN_TIME, /* unix time, µs; 0 = none */
  PN_COLUMN_SIZE, /* bytes */
  PN_COLUMN_BOOLEAN,
} PnColumnKind;

/* Of a column that is not known: text. */
PnColumnKind pn_record_column_get_kind (const char *column);
/* Every column of a record, in the order in which it is stored. */
const char *const *pn_record_columns (void);

/* What @record (a{sv}) has in @column, in words: never NULL. (transfer full) */
char *pn_record_format_for_people (GVariant *record, const char *column); /* times local */
char *pn_record_format_plain (GVariant *record, const char *column, gboolean local_times);
/* @value: what a record has in @column, or NULL. */
char *pn_record_format_value_plain (GVariant *value, const char *column, gboolean local_times);

G_END_DECLS
