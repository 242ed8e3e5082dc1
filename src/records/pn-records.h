/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gio/gio.h>

#include "pn-override.h"

G_BEGIN_DECLS

/* What is kept of each run, and the journal of permanent steps, in one sqlite file. Everything is
 * on the disk when a call returns (WAL, synchronous = FULL). Not thread safe: one owner, one
 * thread. */
typedef struct _PnRecords PnRecords;

/* A file that is damaged or somebody else's is PN_ERROR_INVALID_DATA and stays as it is. */
PnRecords *pn_records_open (const char *path, GError **error);
void pn_records_close (PnRecords *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (PnRecords, pn_records_close)

/* What is written between these two is kept together or not at all; they may be nested. The last
 * pn_records_leave () says with @fine and by its answer whether it was. */
gboolean pn_records_enter (PnRecords *self, GError **error);
gboolean pn_records_leave (PnRecords *self, gboolean fine, GError **error);

typedef struct
{
  gint64 started, ended; /* unix time, microseconds */
  const char *slot, *batch, *recipe, *bundle, *image_name, *image_sha256;
  const char *mode, *storage, *verdict, *condition, *phase;
  const char *serial, *model, *mac, *duid, *key_hash; /* nullable: not known */
  const char *error_code, *message;                   /* nullable: none */
  /* What was wanted: the words of the manifest with spaces between them, and the fingerprint of the
   * key ("" = none). */
  const char *permanent, *wanted_key;
  /* What it was found to be (a word of base/pn-device-class.h; nullable: not known), and the words
   * of the overrides that it went by ("" = none). */
  const char *device_class, *overrides;
  const char *opened_by; /* who opened the batch */
  const char *station;   /* another one that made it; NULL = this one */
  guint recipe_revision;
  guint attempt; /* of this device on this station, from 1; 0 = not known */
  guint32 board_revision;
  guint64 storage_size, bytes_sent, bytes_verified; /* bytes */
  gboolean secure;
  const char *evidence; /* JSON object */
} PnRecord;

/* A run begins: what is known of it is kept until its record is added, so that a crash of the
 * station cannot lose it. Its number, or 0 with @error. */
gint64 pn_records_begin (PnRecords *self, const PnRecord *record, GError **error);
/* It went on; NULL = as before. */
gboolean pn_records_advance (
    PnRecords *self, gint64 run, const char *serial, const char *phase, GError **error);
/* How it went so far, instead of what was kept of it before: phases as of Run.Phases, a(sxx), and
 * lines as of Run.GetLog, a(xs) (org.punnet.Provisioner1.xml); floating ones are taken. It becomes
 * its record's. */
gboolean pn_records_keep_story (
    PnRecords *self, gint64 run, GVariant *phases, GVariant *lines, GError **error);
/* The story of a record: (a(sxx)a(xs)), or NULL with PN_ERROR_NOT_FOUND where none was kept.
 * (transfer full) */
GVariant *pn_records_get_story (PnRecords *self, gint64 record, GError **error);
/* The new record's number, or 0 with @error. @open_run: what pn_records_begin () said, or 0; it is
 * over with this. Intents that are still open in the slot are closed with it, without an outcome:
 * the record has said so. */
gint64 pn_records_add (PnRecords *self, gint64 open_run, const PnRecord *record, GError **error);
/* What @record would say, were it added now: "NAME=value" for each column of the view devices and
 * of the records themselves, in upper case; nothing where it is not known. Nothing is kept. NULL
 * with
 * @error. (transfer full) */
GStrv pn_records_preview (PnRecords *self, const PnRecord *record, GError **error);
/* Makes a record of each run that a crash cut off, or whose end could not be kept, with what is to
 * be done with the device. Called before a run begins in @slot; NULL: before any does. */
gboolean pn_records_recover (PnRecords *self, const char *slot, guint *n_lost, GError **error);
/* Records as aa{sv} with the columns' names (type s or x); @options (a{sv}, a floating one is
 * taken) choose and order as those of QueryRecords (org.punnet.Provisioner1.xml), at most 10,000.
 * PN_ERROR_INVALID_ARGUMENT. (transfer full) */
GVariant *
pn_records_query (PnRecords *self, guint offset, guint limit, GVariant *options, GError **error);
/* How many there are of those; -1 with @error. */
gint64 pn_records_count (PnRecords *self, GVariant *options, GError **error);
/* What stands in the column @column of text, each word once, the latest used first; at most @limit,
 * and never more than 1,000. PN_ERROR_INVALID_ARGUMENT. */
GStrv pn_records_list_values (PnRecords *self, const char *column, guint limit, GError **error);
/* How many runs of the device whose serial ends in @serial there were. */
guint pn_records_count_runs (PnRecords *self, const char *serial);
/* How the last run that changed the device whose serial ends in @serial ended: "passed" where that
 * was one of @bundle, the word of the phase in which it did not pass, NULL where there was none or
 * it passed with another bundle. (transfer full) */
char *pn_records_get_last (PnRecords *self, const char *bundle, const char *serial);
/* TRUE where the last that is known of such a device is a lock with @key_hash. */
gboolean pn_records_is_locked_with (PnRecords *self, const char *serial, const char *key_hash);

/* Overrides, those that count and those that did, with who and why. */
#define PN_RECORDS_MAX_OVERRIDES 256 /* that count at a time */
/* Keeps @override, which was checked; its number, or 0: PN_ERROR_EXISTS where one of its kind
 * counts for the same device or slot, PN_ERROR_BUSY where there are too many. */
gint64 pn_records_add_override (PnRecords *self, const PnOverride *override, GError **error);
/* A run used it: the one of @record. @spent: it does not count any more. */
gboolean pn_records_use_override (
    PnRecords *self, gint64 override, gint64 record, gboolean spent, GError **error);
/* It does not count any more, as @who wanted. PN_ERROR_NOT_FOUND where it does not count now. */
gboolean
pn_records_clear_override (PnRecords *self, gint64 override, const char *who, GError **error);
/* (element-type PnOverride) those that count, the newest last. NULL with @error. */
GPtrArray *pn_records_get_overrides (PnRecords *self, GError **error);
/* The newest first, at most 1,000, as aa{sv} (ListOverrides in org.punnet.Provisioner1.xml); @all:
 * those that do not count any more, too. NULL with @error. (transfer full) */
GVariant *pn_records_list_overrides (PnRecords *self, gboolean all, GError **error);

/* The journal: an intent before a permanent step, its outcome after it. */
gint64 pn_records_intent (
    PnRecords *self, const char *slot, const char *serial, const char *step, GError **error);
gboolean pn_records_outcome (PnRecords *self, gint64 intent, gboolean made, GError **error);
/* Intents that nobody closed: what they began is not known. "slot serial step" each. */
GStrv pn_records_open_intents (PnRecords *self);

G_END_DECLS
