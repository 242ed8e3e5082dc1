/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "pn-record-format.h"

#include <glib/gi18n-lib.h>

#include "pn-record-column.h"
#include "pn-sentence.h"

#define LOCAL_FORMAT "%Y-%m-%d %H:%M:%S"
#define UTC_FORMAT "%Y-%m-%dT%H:%M:%SZ"

static char *
format_time (gint64 microseconds, gboolean local)
{
  gint64 seconds = microseconds / G_USEC_PER_SEC;
  g_autoptr (GDateTime) time = microseconds == 0 ? NULL
                               : local           ? g_date_time_new_from_unix_local (seconds)
                                                 : g_date_time_new_from_unix_utc (seconds);
  char *text = time != NULL ? g_date_time_format (time, local ? LOCAL_FORMAT : UTC_FORMAT) : NULL;

  return text != NULL ? text : g_strdup ("");
}

static char *
format (GVariant *value, const char *column, gboolean local_times, gboolean for_people)
{
  PnColumnKind kind = pn_record_column_get_kind (column);
  gint64 number;

  if (value == NULL)
    return g_strdup ("");
  if (g_variant_is_of_type (value, G_VARIANT_TYPE_STRING) && kind == PN_COLUMN_SENTENCE)
    return for_people ? pn_sentence_to_local (g_variant_get_string (value, NULL))
                      : pn_sentence_to_english (g_variant_get_string (value, NULL));
  if (g_variant_is_of_type (value, G_VARIANT_TYPE_STRING))
    return g_variant_dup_string (value, NULL);
  if (!g_variant_is_of_type (value, G_VARIANT_TYPE_INT64))
    return g_variant_print (value, FALSE);
  number = g_variant_get_int64 (value);
  if (kind == PN_COLUMN_TIME)
    return format_time (number, local_times);
  if (for_people && kind == PN_COLUMN_SIZE)
    return number > 0 ? g_format_size ((guint64) number) : g_strdup ("");
  if (for_people && kind == PN_COLUMN_BOOLEAN)
    return g_strdup (number != 0 ? _ ("Yes") : _ ("No"));
  if (for_people && g_str_equal (column, "board_revision"))
    return number > 0 ? g_strdup_printf ("%06" G_GINT64_MODIFIER "x", (guint64) number)
                      : g_strdup ("");
  return g_strdup_printf ("%" G_GINT64_FORMAT, number);
}

char *
pn_record_format_for_people (GVariant *record, const char *column)
{
  g_autoptr (GVariant) value = g_variant_lookup_value (record, column, NULL);

  return format (value, column, TRUE, TRUE);
}

char *
pn_record_format_plain (GVariant *record, const char *column, gboolean local_times)
{
  g_autoptr (GVariant) value = g_variant_lookup_value (record, column, NULL);

  return format (value, column, local_times, FALSE);
}

char *
pn_record_format_value_for_people (GVariant *value, const char *column)
{
  return format (value, column, TRUE, TRUE);
}

char *
pn_record_format_value_plain (GVariant *value, const char *column, gboolean local_times)
{
  return format (value, column, local_times, FALSE);
}
