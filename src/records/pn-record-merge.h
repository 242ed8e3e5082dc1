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
  GVariant *conflicts; /* aa{sv}: "line" x, "record" x, "started" x, "slot" s, "serial" s */
} PnRecordMerge;

/* The records in @text, a line each (pn-record-line.h), against those in the file @path, which is
 * only read: by a connection of its own, so from any thread. A record is the one of a run that
 * began at the same microsecond in a slot of the same name, of the same device; where it says
 * something else than the one that is there, it conflicts, and the one that is there stays.
 * @station: whose they are; records that say it themselves keep that. NULL with @error where a line
 * is wrong. */
typedef struct _PnRecordMerging PnRecordMerging;
PnRecordMerging *pn_record_merging_new (
    const char *path, const char *text, gsize size, const char *station, GError **error);
void pn_record_merging_free (PnRecordMerging *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (PnRecordMerging, pn_record_merging_free)
const PnRecordMerge *pn_record_merging_get (PnRecordMerging *self); /* (transfer none) */

/* Adds some of those that are new, and is done where there are no more: so that who adds many can
 * do something else in between. None of them counts before pn_record_merging_keep (): what was
 * added and is not kept, also because of a crash, is taken out again. */
gboolean
pn_record_merging_step (PnRecordMerging *self, PnRecords *records, gboolean *done, GError **error);
/* With the transaction that is open, or at once. */
gboolean pn_record_merging_keep (PnRecords *records, GError **error);
gboolean pn_record_merging_undo (PnRecords *records, GError **error);

G_END_DECLS
