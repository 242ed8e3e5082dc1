/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "pn-records.h"

G_BEGIN_DECLS

#define PN_RECORDS_FIXTURE_KEY_A "aa00000000000000000000000000000000000000000000000000000000000000"
#define PN_RECORDS_FIXTURE_KEY_B "bb00000000000000000000000000000000000000000000000000000000000000"

/* A folder of its own with the records' file. */
typedef struct
{
  char *folder, *path;
} PnRecordsFixture;
void pn_records_fixture_set_up (PnRecordsFixture *self, gconstpointer data);
void pn_records_fixture_tear_down (PnRecordsFixture *self, gconstpointer data);
PnRecords *pn_records_fixture_open (PnRecordsFixture *self);

/* The main () of a program of such tests. */
typedef struct
{
  const char *name;
  void (*test) (PnRecordsFixture *self, gconstpointer data);
} PnRecordsTest;
int pn_records_fixture_run (int argc, char **argv, const PnRecordsTest *tests, guint n_tests);

/* A device that passed; @serial is borrowed. */
PnRecord pn_records_fixture_passed (const char *serial);
void pn_records_fixture_add (PnRecords *records, const PnRecord *record);
/* Floating; @name NULL: none. */
GVariant *pn_records_fixture_options (const char *name, GVariant *value);
/* Of the newest record; @expected NULL: it has none. */
void
pn_records_fixture_assert_newest (PnRecords *records, const char *column, const char *expected);
guint pn_records_fixture_count (PnRecords *records);

/* What sqlite itself says, through a connection of its own: of the first row. (transfer full) */
char *pn_records_fixture_ask (const char *path, const char *sql);
char *pn_records_fixture_ask_column (const char *path, const char *sql, int column);
void pn_records_fixture_do (const char *path, const char *sql);

G_END_DECLS
