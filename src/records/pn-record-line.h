/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

#define PN_RECORD_LINE_MAX (1024 * 1024)     /* bytes of one record */
#define PN_RECORD_LINE_MAX_TEXT (512 * 1024) /* bytes of a text in it */

/* A record as another station exported it, one JSON object (as the window and `punnetctl records
 * --json-lines` write them): a{sv} with the columns that have a value, type s or x. Columns that a
 * record cannot be without are there, and what has words of its own has one of them. Columns that
 * are not known are PN_ERROR_NOT_SUPPORTED: losing them would be silent; all else that is wrong is
 * PN_ERROR_INVALID_DATA. (transfer full) */
GVariant *pn_record_line_parse (const char *line, gsize size, GError **error);

G_END_DECLS
