/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "pn-station.h"
#include "pn-worker-dbus.h"

G_BEGIN_DECLS

struct _PnHelperRun
{
  PnSlot *slot;
  PnBatch *batch;
  char *path;
  PnDbusObjectSkeleton *skeleton;
  PnDbusRun *object;
  PnRunReport *report; /* the object's */
  GSubprocess *process;
  GDBusConnection *peer;
  PnWorkerDbusWorker1 *worker; /* proxy */
  PnWorkerDbusWorkerHost1 *exported;
  GHashTable *evidence;
  GPtrArray *overrides; /* PnOverride, that it goes by */
  char *serial;
  gint64 open_run;   /* in the records */
  guint usb_memory;  /* bytes, as the worker was told last; 0 = not yet */
  gint64 intent;     /* open, or 0 */
  gboolean reserved; /* holds a place of the batch's count */
  gboolean permanent;
  gboolean recorded;
  char *verdict; /* once it is recorded; told when the worker is gone */
};

/* The record, on the disk when it returns. */
gboolean pn_helper_run_record (PnHelperRun *self, GVariant *result, GError **error);
/* What the record will say of how the run went, as far as it got. */
gboolean pn_helper_run_keep_story (PnHelperRun *self, GError **error);
/* pn-helper-run-override.c */
gboolean pn_helper_run_skips_firmware (PnHelperRun *self);
/* pn-helper-run-host.c: what the run's worker may call, not exported yet. */
PnWorkerDbusWorkerHost1 *pn_helper_run_host_new (PnHelperRun *self);

G_END_DECLS
