/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* What an entry of the journal can be found by: PUNNET_SLOT=… and so on; NULL = says nothing of it.
 * No secret is in any. */
typedef struct
{
  const char *slot, *serial;
  const char *run;    /* its object's path */
  const char *record; /* the number of its record, once it has one */
  const char *batch;  /* its object's path */
  const char *bundle; /* digest */
  const char *verdict;
  const char *method, *action, *caller, *uid; /* of who asked for something */
} PnJournalFields;

/* Writes one entry with @fields: to the journal where the standard error is the journal's, else as
 * any other log. The message is English. */
void pn_journal (GLogLevelFlags level, const PnJournalFields *fields, const char *format, ...)
    G_GNUC_PRINTF (3, 4);

G_END_DECLS
