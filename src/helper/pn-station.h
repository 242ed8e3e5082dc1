/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "pn-bundle-store.h"
#include "pn-dbus.h"
#include "pn-done-policy.h"
#include "pn-error.h"
#include "pn-failure-watch.h"
#include "pn-hook.h"
#include "pn-inhibit.h"
#include "pn-records.h"
#include "pn-run-report.h"
#include "pn-settings.h"
#include "pn-usb-watch.h"

G_BEGIN_DECLS

#define PN_STATION_PATH "/org/punnet/Provisioner1"
#define PN_STATION_RECORDS "records.db" /* in the state folder */
#define PN_STATION_MAX_SLOTS 256
#define PN_STATION_MAX_BATCHES 256
#define PN_STATION_ENDING N_ ("The helper is ending; nothing new begins")

typedef struct _PnSlot PnSlot;
typedef struct _PnBatch PnBatch;
typedef struct _PnHelperRun PnHelperRun;
typedef struct _PnAuthority PnAuthority;
typedef struct _PnApprovals PnApprovals;

/* How a helper was started. */
typedef struct
{
  gboolean system;     /* for whoever polkit lets; else for its own user only */
  gboolean practice;   /* virtual devices only */
  gboolean unconfined; /* workers and growers, also where the kernel could confine them */
  double time_scale;
  const char *state_dir;
  const char *const *port_folders;
  const char *hook_sockets; /* folder; NULL in a session */
} PnStationSetup;

/* The whole helper. Main thread only. */
typedef struct
{
  GDBusConnection *connection;
  PnAuthority *authority;
  PnApprovals *approvals;
  PnInhibit *inhibit; /* NULL in a session, which looks after itself */
  GDBusObjectManagerServer *manager;
  PnDbusManager *object;
  PnRecords *records;
  PnSettings *settings;
  PnBundleStore *bundles;
  PnFailureWatch *failures;
  gboolean system;     /* as of PnStationSetup */
  gboolean practice;   /* virtual devices only */
  gboolean unconfined; /* workers and growers */
  char *hook_sockets;  /* folder; NULL in a session, which runs scripts itself */
  char *state_dir;
  int lock; /* on state_dir, held as long as the station lives */
  double time_scale;
  GHashTable *slots;    /* name → PnSlot */
  GPtrArray *batches;   /* PnBatch, the newest last */
  GPtrArray *overrides; /* PnOverride, those that count, the newest last */
  guint n_runs;         /* for object paths */
  guint n_batches;      /* the same */
  guint n_slots;        /* the same */
  guint n_opening;      /* batches that are being opened */
  GList *installing;    /* bundles that are coming in */
  guint n_refusals;     /* in the audit, since this monotonic time */
  gint64 refusals_since;
  guint n_copying;  /* copies of the records that are made for somebody */
  gboolean merging; /* records of another station are coming in */
  gboolean ending;  /* nothing new begins */
  GFunc ended;      /* called once, when nothing goes any more */
  gpointer ended_data;
  PnUsbWatch *usb;    /* NULL in practice */
  GStrv port_folders; /* of the rules which sockets may be used, the first masks the others */
  GList *identifying; /* who waits for something to be plugged in */
  guint n_errands;    /* what workers wait for, and what goes on where they do not any more */
  GQueue growths;     /* of them: the one that goes, and those that wait for it */
  GHashTable *grown;  /* what they made; only for the one that goes */
} PnStation;

PnStation *
pn_station_new (GDBusConnection *connection, const PnStationSetup *setup, GError **error);
void pn_station_free (PnStation *self);
/* Asks every run to end and calls @ended (the station, @user_data), maybe at once, when the last
 * one is in the records. A permanent step that is under way is not interrupted. */
void pn_station_end (PnStation *self, GFunc ended, gpointer user_data);
/* No more patience: ends the workers, but those that write flash or OTP just now; what is not known
 * of their runs is in the records. */
void pn_station_kill (PnStation *self);
void pn_station_run_ended (PnStation *self);
/* A run began or ended: what the kernel lends to USB transfers is shared among those that go, and
 * while there are any the machine stays awake. */
void pn_station_runs_changed (PnStation *self);
/* Nothing goes, and no device that comes would be touched. */
gboolean pn_station_is_idle (PnStation *self);
/* Something that decides what may start has changed: looks at every slot. */
void pn_station_consider (PnStation *self);
/* The slot of that name, made where there is none and there is room; NULL where there is none. */
PnSlot *pn_station_take_slot (PnStation *self, const char *name, gboolean usb);
/* A record was added. */
void pn_station_recorded (PnStation *self);

/* pn-manager.c: the manager's methods. */
void pn_manager_connect (PnStation *station);
/* Answers with an error; TRUE, as a handler does. */
gboolean pn_refuse (GDBusMethodInvocation *invocation, PnError code, const char *sentence);
/* A descriptor out of a message, owned; -1 with an answer sent. */
int pn_take_fd (GDBusMethodInvocation *invocation, GUnixFDList *fds, GVariant *handle);
/* pn-station-pause.c: the handler of SetPaused, and what a record that was added says of the
 * station. */
gboolean pn_station_set_paused_cb (PnDbusManager *object,
                                   GDBusMethodInvocation *invocation,
                                   gboolean paused,
                                   GVariant *options,
                                   PnStation *station);
void pn_station_count_failure (PnStation *station, const PnRecord *record);
/* pn-opening.c: the handler of OpenBatch. */
gboolean pn_opening_begin (PnDbusManager *object,
                           GDBusMethodInvocation *invocation,
                           const char *digest,
                           GVariant *options,
                           PnStation *station);
/* pn-identify.c: the handler of Identify, and what ends it. */
gboolean pn_identify_begin (PnDbusManager *object,
                            GDBusMethodInvocation *invocation,
                            GVariant *options,
                            PnStation *station);
void pn_identify_plugged (PnStation *station, const char *port);
void pn_identify_end_all (PnStation *station);

/* A bundle armed for some slots, with what was consented to. One that is closed, and that nothing
 * holds any more, may be dropped. */
struct _PnBatch
{
  PnStation *station;
  PnDbusObjectSkeleton *skeleton;
  PnDbusBatch *object;
  char *path;
  char *reference;
  PnBundle *bundle; /* NULL once it is closed and over */
  char *digest;     /* hex */
  char *permit;     /* fingerprint in hex, or NULL */
  char *opener;     /* the user who opened it */
  char *approver;   /* the second person who approved that, or NULL */
  GStrv slots;      /* NULL = all */
  guint count;      /* 0 = no limit */
  guint used;
  guint going; /* runs of it, and growths */
  gboolean closed, paused;
  PnDonePolicy done;
  gboolean automatic; /* a device that is plugged in starts by itself */
};
gboolean pn_batch_check_options (GVariant *options, GError **error);
/* @options were checked. Takes @bundle, which is held in the store, unless it fails. */
PnBatch *pn_batch_new (PnStation *station, PnBundle *bundle, GVariant *options, GError **error);
void pn_batch_free (PnBatch *self);
/* A run or a growth of it begins, and ends. Once it is closed and nothing goes any more, its bundle
 * is let go. */
void pn_batch_begin (PnBatch *self);
void pn_batch_end (PnBatch *self);
/* Who has opened it, by this call, and who has approved that. */
void pn_batch_set_people (PnBatch *self, GDBusMethodInvocation *invocation);
gboolean pn_batch_wants (PnBatch *self, const char *slot);
/* All its places are held or used up. */
gboolean pn_batch_is_complete (PnBatch *self);
void pn_batch_update (PnBatch *self);

/* One socket. */
struct _PnSlot
{
  PnStation *station;
  PnDbusObjectSkeleton *skeleton;
  PnDbusSlot *object;
  char *name;
  PnSlotSettings settings;   /* kept once somebody has set them */
  int plug;                  /* of a virtual device; -1 = none */
  guint watch, closed_watch; /* the source on plug, and what it was when the plug closed */
  guint settle;              /* timer: when a device that left counts as unplugged */
  int device;                /* the enumeration that no run has taken yet; -1 = none */
  char *serial;              /* that what is on the bus says; NULL = none */
  gboolean present;
  gboolean excluded; /* by the port rules: what is in it is seen and not touched */
  gboolean finished; /* nothing starts until the device is unplugged (H-7) */
  guint failures;    /* in a row; kept */
  PnHelperRun *run;  /* while it goes */
};
PnSlot *pn_slot_new (PnStation *station, const char *name, gboolean usb);
void pn_slot_free (PnSlot *self);
/* What Slot.Configure and Manager.AddSlot take. */
gboolean pn_slot_configure (PnSlot *self,
                            GDBusMethodInvocation *invocation,
                            GVariant *options,
                            GError **error);
/* What udev says of a real socket. Takes @device; -1 = it is there, but cannot be used. */
void pn_slot_usb_arrived (PnSlot *self, int device, const char *serial);
void pn_slot_usb_left (PnSlot *self);
/* The port rules do not allow what has just come into the socket. */
void pn_slot_usb_excluded (PnSlot *self);
/* Takes @plug. */
void pn_slot_replug (PnSlot *self, int plug);
gboolean pn_slot_is_plugged (PnSlot *self); /* reads what is waiting first */
/* Starts a run where there is a device, a batch that starts by itself, and none is going; says what
 * state that is. */
void pn_slot_consider (PnSlot *self);
void pn_slot_run_ended (PnSlot *self);
/* pn-slot-rest.c: nothing starts here by itself. */
gboolean pn_slot_is_resting (PnSlot *self);
/* Whether it would rest after a run with @verdict. */
gboolean pn_slot_will_rest (PnSlot *self, const char *verdict);
void pn_slot_count_verdict (PnSlot *self, const char *verdict);
gboolean pn_slot_use_again_cb (PnDbusSlot *object,
                               GDBusMethodInvocation *invocation,
                               GVariant *options,
                               PnSlot *self);

/* One device's run: a worker and what it says. Frees itself when the worker is gone. Takes @device.
 * @by_hand: a person started it, not the plug. */
PnHelperRun *
pn_helper_run_start (PnSlot *slot, PnBatch *batch, int device, gboolean by_hand, GError **error);
void pn_helper_run_device_arrived (PnHelperRun *self, int device); /* takes it */
void pn_helper_run_device_left (PnHelperRun *self);
/* @bytes of the @memory (bytes) that the kernel lends to USB transfers are for this run. */
void pn_helper_run_set_usb_memory (PnHelperRun *self, guint bytes, guint64 memory);
void pn_helper_run_cancel (PnHelperRun *self);
/* Ends the worker at once, unless it writes flash or OTP just now. */
void pn_helper_run_end (PnHelperRun *self);
const char *pn_helper_run_get_path (PnHelperRun *self);

/* Answers WorkerHost1.Growth: an overlay that is kept, or that punnet-grow makes. */
GHashTable *pn_growths_new (void);
int pn_growth_get (PnStation *station, PnBundle *bundle, guint64 size, GError **error);
char *pn_libexec_path (const char *program);

/* pn-station-hook.c: as pn_hook_run, from any thread; and whether those of @manifest can be run
 * here at all, as it allows them to. */
gboolean pn_station_run_hook (PnStation *station,
                              const PnHookJob *job,
                              char **output,
                              GCancellable *cancellable,
                              GError **error);
gboolean pn_station_check_hooks (PnStation *station,
                                 PnManifest *manifest,
                                 GCancellable *cancellable,
                                 GError **error);

G_END_DECLS
