/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "pn-journal.h"

#define MAX_FIELDS 16

static const char *
get_priority (GLogLevelFlags level)
{
  return (level & G_LOG_LEVEL_WARNING) != 0 ? "4" : (level & G_LOG_LEVEL_MESSAGE) != 0 ? "5" : "7";
}

void
pn_journal (GLogLevelFlags level, const PnJournalFields *fields, const char *format, ...)
{
  g_autofree char *message = NULL;
  const struct
  {
    const char *name, *value;
  } named[] = {
    { "PUNNET_SLOT", fields->slot },       { "PUNNET_SERIAL", fields->serial },
    { "PUNNET_RUN", fields->run },         { "PUNNET_RECORD", fields->record },
    { "PUNNET_BATCH", fields->batch },     { "PUNNET_BUNDLE", fields->bundle },
    { "PUNNET_VERDICT", fields->verdict }, { "PUNNET_METHOD", fields->method },
    { "PUNNET_ACTION", fields->action },   { "PUNNET_CALLER", fields->caller },
    { "PUNNET_UID", fields->uid },
  };
  GLogField all[MAX_FIELDS];
  gsize n = 0;
  va_list args;

  G_STATIC_ASSERT (G_N_ELEMENTS (named) + 3 <= MAX_FIELDS);
  va_start (args, format);
  message = g_strdup_vprintf (format, args);
  va_end (args);
  all[n++] = (GLogField){ "MESSAGE", message, -1 };
  all[n++] = (GLogField){ "PRIORITY", get_priority (level), -1 };
  all[n++] = (GLogField){ "GLIB_DOMAIN", G_LOG_DOMAIN, -1 };
  for (guint i = 0; i < G_N_ELEMENTS (named); i++)
    if (named[i].value != NULL && named[i].value[0] != '\0')
      all[n++] = (GLogField){ named[i].name, named[i].value, -1 };
  g_log_structured_array (level, all, n);
}
