/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* A sentence for people travels between processes and is kept in records as English in which each
 * inserted part is set apart as Unicode does it (UAX #9): text of any kind from U+2068 to U+2069, a
 * sentence within the sentence from U+2066 to U+2069. What is left without the parts, "%s" in their
 * places, is what the sentence is known by: the msgid that its translation in any language is found
 * by. So one string holds code, arguments and English; each reader makes of it what it needs, and a
 * sentence that a translation does not know stays English.
 *
 * Formats hold no other conversion than %s (PN_NUMBER () for numbers); xgettext finds them. */

/* (transfer full) */
char *pn_sentence_format (const char *format, ...) G_GNUC_PRINTF (1, 2);
char *pn_sentence_format_valist (const char *format, va_list args) G_GNUC_PRINTF (1, 0);

/* @sentence as an argument of another that is said in the same language, not a text. (transfer
 * full)
 */
char *pn_sentence_part (const char *sentence);

/* @format has two %s, and both arguments are sentences: N_ ("%s: %s"). (transfer full) */
char *pn_sentence_join (const char *format, const char *first, const char *second);

/* What it says without what was inserted: the same for all that one format made, "%s" in the places
 * of texts. (transfer full) */
char *pn_sentence_to_kind (const char *sentence);

/* As logs, JSON and tables have it: without the marks. (transfer full) */
char *pn_sentence_to_english (const char *sentence);

/* In this process's language. @sentence may come from anywhere: it is looked up, never used as a
 * format. (transfer full) */
char *pn_sentence_to_local (const char *sentence);

/* A whole number as an argument, decimal or "0x1f"; lives as long as the block it is in. */
#define PN_NUMBER(number) pn_sentence_number ((char[24]){ 0 }, (number), FALSE)
#define PN_HEX(number) pn_sentence_number ((char[24]){ 0 }, (number), TRUE)
const char *pn_sentence_number (char buffer[static 24], guint64 number, gboolean hex);

G_END_DECLS
