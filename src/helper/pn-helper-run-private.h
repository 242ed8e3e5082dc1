/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "pn-lines.h"
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
  GCancellable *life;          /* of what waits for the worker */
  GDBusConnection *peer;       /* NULL until it has said who it is */
  PnWorkerDbusWorker1 *worker; /* proxy */
  PnWorkerDbusWorkerHost1 *exported;
  int device; /* that could not be handed over yet; -1 = none */
  gboolean by_hand, cancelled;
  guint watch;              /* timer: looks whether the worker lives */
  guint unanswered, silent; /* looks since it has answered, and since it has said anything */
  gboolean asked;           /* and not answered yet */
  gboolean stuck;           /* and therefore ended */
  GHashTable *evidence;
  GPtrArray *overrides; /* PnOverride, that it goes by */
  char *serial;
  gint64 open_run;     /* in the records */
  guint usb_memory;    /* bytes, as the worker was told last; 0 = not yet */
  GHashTable *intents; /* open ones: step → the journal's number, gint64 * */
  gboolean reserved;   /* holds a place of the batch's count */
  gboolean permanent;
  gboolean finishing; /* how it ended is known, and being recorded */
  gboolean exited;    /* its worker is gone */
  gboolean recorded;
  GCancellable *hook; /* of the hook that runs; NULL = none */
  char *verdict;      /* once it is recorded; told when the worker is gone */
  char *record;       /* its number, then */
  PnLines *said;      /* on the worker's standard error */
};

/* A line of the journal that can be found by the run, its device and its batch. English. */
void pn_helper_run_journal (PnHelperRun *self, GLogLevelFlags level, const char *format, ...)
    G_GNUC_PRINTF (3, 4);

/* The record, on the disk when it returns. */
gboolean pn_helper_run_record (PnHelperRun *self, GVariant *result, GError **error);
gboolean pn_helper_run_finished_cb (PnWorkerDbusWorkerHost1 *object,
                                    GDBusMethodInvocation *invocation,
                                    GVariant *result,
                                    PnHelperRun *self);
/* What the record will say of how the run went, as far as it got. */
gboolean pn_helper_run_keep_story (PnHelperRun *self, GError **error);
/* What the record will say of @result, as the worker gives it; NULL where it is malformed. @text
 * keeps what it points to. */
typedef struct
{
  char *image, *permanent, *key, *evidence, *overrides;
  GVariant *facts;
} PnHelperRunText;
void pn_helper_run_text_clear (PnHelperRunText *self);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (PnHelperRunText, pn_helper_run_text_clear)
PnRecord pn_helper_run_describe (PnHelperRun *self, GVariant *result, PnHelperRunText *text);
#define PN_HOOK_EVIDENCE "hook-" /* and the stage: how it ended */
/* pn-helper-run-hook.c: the bundle's hook of @stage, which is there. What is known by now is
 * @result. @done gets NULL, or why it did not end well (taken); @self is NULL there where the run
 * has been freed meanwhile. */
typedef void (*PnHookDone) (PnHelperRun *self, GError *error, gpointer user_data);
void pn_helper_run_hook (
    PnHelperRun *self, PnHookStage stage, GVariant *result, PnHookDone done, gpointer user_data);
gboolean pn_helper_run_hook_cb (PnWorkerDbusWorkerHost1 *object,
                                GDBusMethodInvocation *invocation,
                                const char *stage,
                                GVariant *result,
                                PnHelperRun *self);
/* The hook of a run that did not pass, where there is one, before its record is written: @then is
 * called in any case. */
void pn_helper_run_fail (PnHelperRun *self, GVariant *result, PnHookDone then, gpointer user_data);
/* pn-helper-run-dial.c */
gboolean pn_helper_run_dial_cb (PnWorkerDbusWorkerHost1 *object,
                                GDBusMethodInvocation *invocation,
                                GUnixFDList *fds,
                                const char *const *addresses,
                                guint timeout,
                                PnHelperRun *self);
/* pn-helper-run-override.c */
gboolean pn_helper_run_skips_firmware (PnHelperRun *self);
/* The words of those that it goes by, in the order of the kinds. (transfer full) */
char *pn_helper_run_list_overrides (PnHelperRun *self);
/* pn-helper-run-peer.c: by what the worker was confined, or "no". */
#define PN_CONFINED_EVIDENCE "worker-confined"
/* Starts the worker, which is told its job as soon as it listens. */
gboolean pn_helper_run_spawn (PnHelperRun *self, GError **error);
/* It has said something. */
void pn_helper_run_heard (PnHelperRun *self);
/* Lets go of all of it; it may be called whatever was made of it. */
void pn_helper_run_disconnect (PnHelperRun *self);
/* pn-helper-run-host.c: what the run's worker may call, not exported yet. */
PnWorkerDbusWorkerHost1 *pn_helper_run_host_new (PnHelperRun *self);

G_END_DECLS
