/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* Looks at text from outside before json-glib does, which recurses: a hostile depth must not reach
 * it. It also takes comments and other quotes, in which a bracket could hide, so only @allowed may
 * stand outside strings. Returns how many brackets are opened, or -1 where something else is there
 * or they are nested deeper than @max_depth. */
gssize pn_json_scan (const char *data, gsize size, const char *allowed, guint max_depth);

/* What our own programs wrote as JSON, back as a value of @type, which is made of s, x, a{ss},
 * arrays and tuples. (transfer full); NULL where it is not that. */
GVariant *pn_json_to_variant (const char *text, const char *type);

/* The one way to write @value, for what is hashed and signed (as RFC 8785 says it): members in the
 * order of their names, no white space, integers as decimal digits, in strings nothing escaped that
 * need not be. @value is made of booleans, integers, strings, arrays and dictionaries with names as
 * keys; a floating one is taken. (transfer full) */
char *pn_json_to_canonical (GVariant *value);

G_END_DECLS
