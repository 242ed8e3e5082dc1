/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/* What @record (a{sv}) has in @column, in words: never NULL. (transfer full) */
char *pn_record_format_for_people (GVariant *record, const char *column); /* times local */
char *pn_record_format_plain (GVariant *record, const char *column, gboolean local_times);
/* @value: what a record has in @column, or NULL. */
char *pn_record_format_value_for_people (GVariant *value, const char *column);
char *pn_record_format_value_plain (GVariant *value, const char *column, gboolean local_times);

G_END_DECLS
