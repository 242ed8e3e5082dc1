/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <sqlite3.h>

#include "pn-records.h"

G_BEGIN_DECLS

G_DEFINE_AUTOPTR_CLEANUP_FUNC (sqlite3_stmt, sqlite3_finalize)

struct _PnRecords
{
  sqlite3 *db;
  char *path;
  guint depth;            /* of pn_records_enter () */
  gboolean spoilt;        /* something in there failed */
  struct _PnAudit *audit; /* NULL until it is opened */
};

/* pn-audit.c: what was added since the transaction began is kept, or was never there. */
void pn_audit_settle (PnRecords *self, gboolean kept);
void pn_audit_close (PnRecords *self);

/* The device whose serial is @serial, a parameter. The boot ROM says the low half only, and some
 * runs never get to know more. */
#define PN_RECORDS_SAME_DEVICE(serial_)                                                            \
  "(substr(serial, -8) = substr(" serial_ ", -8) AND (length(serial) <= 8 OR length(" serial_      \
  ") <= 8 OR serial = " serial_ "))"

/* The statement, or NULL: then what uses it fails, and pn_records_failed () says why. */
sqlite3_stmt *pn_records_prepare (PnRecords *self, const char *sql);
/* Another connection to what somebody has open, for a thread of its own: for reading only. */
PnRecords *pn_records_open_reader (const char *path, GError **error);
/* Sets @error to what sqlite says; FALSE. */
gboolean pn_records_failed (PnRecords *self, GError **error);

/* Steps a statement that has no rows; NULL fails. */
gboolean pn_records_finish (PnRecords *self, sqlite3_stmt *statement, GError **error);

/* Runs @statement to its end, or until there are 16 MiB: aa{sv} with the columns' names, NULL ones
 * left out; type s or x. NULL with @error. (transfer full) */
GVariant *pn_records_read_rows (PnRecords *self, sqlite3_stmt *statement, GError **error);

/* The new row's number in @table, or 0 with @error. */
gint64
pn_records_insert (PnRecords *self, const char *table, const PnRecord *record, GError **error);

/* What was kept of @open_run is its record's from now on. */
gboolean pn_records_claim_story (PnRecords *self, gint64 open_run, gint64 record, GError **error);

/* What a query with @options comes to; NULL with @error where they are no good. @counting: how
 * many there are, else the rows. (transfer full) */
char *pn_record_query_to_sql (GVariant *options, gboolean counting, GError **error);

G_END_DECLS
