/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* The columns of a record, which the database, the bus, exports and the window share by their
 * names. */
typedef enum
{
  PN_COLUMN_TEXT,
  PN_COLUMN_NUMBER,
  PN_COLUMN_TIME, /* unix time, µs; 0 = none */
  PN_COLUMN_SIZE, /* bytes */
  PN_COLUMN_BOOLEAN,
  PN_COLUMN_WORDS,    /* text: any number of words with spaces between them */
  PN_COLUMN_SENTENCE, /* as it travels: pn-sentence.h */
} PnColumnKind;

/* Of a column that is not known: text. */
PnColumnKind pn_record_column_get_kind (const char *column);
/* Every column, in the order in which it is stored; ends with NULL. */
const char *const *pn_record_columns (void);

G_END_DECLS
