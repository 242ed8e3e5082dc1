/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "pn-test-trial.h"
#include "pn-test-wire.h"

G_BEGIN_DECLS

/* A trial while it is going. */
typedef struct
{
  PnTestTrial *trial;
  PnTestDesk desk;
  char *folder;
  guint64 disk;
  guint scale;       /* of the limits */
  PnTestFault fault; /* that waits for its step; NONE = armed no more */
  const char *step;
  gboolean permitted; /* the job's consent */
  int *artefacts;     /* with one that was changed, and as they were; NULL = none was */
  const int *whole;
  int changed;
  gboolean admitted; /* by the host, in this run */
  gboolean killed;
  guint journal_from; /* where the run's entries begin */
  GMutex mutex;       /* guards what follows */
  GHashTable *seen;   /* words → how often */
  GCond cond;
  gboolean off; /* the device has come to rest without power */
} PnTestBench;

/* pn-test-trial.c: takes the device's power away; what it is just writing is written before. */
void pn_test_bench_unplug (PnTestBench *self);
/* What the device does by itself goes on when nobody looks. */
void pn_test_bench_settle (PnTestBench *self);

/* pn-test-trial-judge.c: something that must not be. */
void pn_test_bench_complain (PnTestBench *self, const char *format, ...) G_GNUC_PRINTF (2, 3);
/* @how: in words, what happens to @fuse now. */
void pn_test_bench_check_burn (PnTestBench *self, const char *fuse, const char *how);
void
pn_test_bench_wire_cb (PnTestWireKind kind, const char *what, gpointer bench); /* PnTestWireFunc */
/* How many intents of the run are open. */
guint
pn_test_bench_check_journal (PnTestBench *self, const PnTestLook *before, const PnTestLook *after);
/* How the @when ("first", "second") run ended. */
void pn_test_bench_check_end (PnTestBench *self, const char *when, const PnTestLook *before);

G_END_DECLS
