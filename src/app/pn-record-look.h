/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "pn-record-list.h"

G_BEGIN_DECLS

/* How a record's columns look on the screen. Text is translated. */
const char *pn_record_look_title (const char *column); /* of a column that is not known: its name */
int pn_record_look_width (const char *column);         /* in characters */
gboolean pn_record_look_is_number (const char *column);
/* What the row has there, in the words of the screen; "" while it is not loaded. (transfer full) */
char *pn_record_look_text (PnRecordRow *row, const char *column);
/* A word that may stand in a column, as the screen says it; one that is not known as it is. */
const char *pn_record_look_word (const char *column, const char *word);

/* The verdict's symbol, its word (at most 20 characters) and the named colour of both (NULL = that
 * of other text). A verdict that is not known is shown as it is. */
const char *pn_record_look_verdict_icon (const char *verdict);
const char *pn_record_look_verdict_word (const char *verdict);
const char *pn_record_look_verdict_color (const char *verdict);

G_END_DECLS
