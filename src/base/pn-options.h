/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/* An option that a method of ours takes in its a{sv}. */
typedef struct
{
  const char *name, *type; /* type: a D-Bus signature */
} PnOption;

/* TRUE where each of @options (a{sv}) is one of @known, which ends with a NULL name, and of its
 * type: one that is misspelt or of another type must not count as one that was not given.
 * PN_ERROR_INVALID_ARGUMENT. */
gboolean pn_options_check (GVariant *options, const PnOption *known, GError **error);

G_END_DECLS
