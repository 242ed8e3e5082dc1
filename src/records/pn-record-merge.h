/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "pn-records.h"

G_BEGIN_DECLS

#define PN_RECORD_MERGE_MAX (64 * 1024 * 1024) /* bytes of a file */
#define PN_RECORD_MERGE_MAX_STATION 60         /* characters of a station's name */
#define PN_RECORD_MERGE_MAX_LISTED 100

typedef struct
{
  guint n_new, n_same, n_conflicting;
  GVariant
      *conflicts; /* aa{sv}: "line" x, "record" x, "started" x, "slot" s, "serial" s; floating */
} PnRecordMerge;

/* Adds the records in @text, a line each (pn-record-line.h), that are not there yet: all of them
 * or, with an error, or where @dry, none. A record is the one of a run that began at the same
 * microsecond in a slot of the same name, of the same device; where it says something else than the
 * one that is there, it conflicts, and the one that is there stays. @station: whose they are;
 * records that say it themselves keep that. Within pn_records_enter () or not. */
gboolean pn_records_merge (PnRecords *self,
                           const char *text,
                           gsize size,
                           const char *station,
                           gboolean dry,
                           PnRecordMerge *result,
                           GError **error);

G_END_DECLS
