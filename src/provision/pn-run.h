/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "pn-device-class.h"
#include "pn-manifest.h"
#include "pn-runs.h"
#include "pn-transport.h"

G_BEGIN_DECLS

/* What is known of a device, filled as the run learns it. Text is untrusted, printable ASCII. */
typedef struct
{
  char *serial; /* 16 hex digits once the gadget said so; before that 8 from the ROM */
  char *model;  /* device tree model */
  char *mac;
  char *duid;
  guint32 board_revision; /* 0 = not known */
  gboolean key_hash_known;
  PnSha256 key_hash;    /* in OTP; zero = none */
  guint64 storage_size; /* bytes; 0 = not known */
} PnDeviceFacts;
void pn_device_facts_clear (PnDeviceFacts *self);

typedef struct
{
  PnChip chip; /* that the bundle is for */
  PnVerdict verdict;
  PnCondition condition;
  PnPhase phase; /* the one it ended in */
  PnDeviceClass device_class;
  PnDeviceFacts facts;
  guint64 bytes_sent; /* image bytes acknowledged */
  guint64 bytes_verified;
} PnRunResult;
void pn_run_result_clear (PnRunResult *self);

/* What the records of the station say of a device. */
typedef struct
{
  gboolean locked; /* with the bundle's key; a hint which loader to try first, never proof */
  gboolean done;   /* the last run that changed it passed, with this bundle */
  gboolean unfinished;
  PnPhase phase; /* … in which that run ended */
} PnHistory;

/* How the engine reaches the world; implemented by the worker (over its D-Bus peer) and by tests.
 * All called from the engine's thread; may block. */
#define PN_TYPE_RUN_HOST (pn_run_host_get_type ())
G_DECLARE_INTERFACE (PnRunHost, pn_run_host, PN, RUN_HOST, GObject)

struct _PnRunHostInterface
{
  GTypeInterface parent_interface;

  /* The next enumeration at the slot, waiting up to @timeout ms for one that has not been returned
   * yet. PN_ERROR_TIMED_OUT. (transfer full) */
  PnTransport *(*next_device) (PnRunHost *self,
                               guint timeout,
                               GCancellable *cancellable,
                               GError **error);
  /* TRUE once the enumeration last returned has left the bus, waiting up to @timeout ms. */
  gboolean (*wait_gone) (PnRunHost *self, guint timeout, GCancellable *cancellable);
  /* May this device go on (count, already done)? Called when its serial is known. */
  gboolean (*admit) (PnRunHost *self,
                     const PnDeviceFacts *facts,
                     GCancellable *cancellable,
                     GError **error);
  /* What is known of the device whose serial ends in @serial; nothing where nobody can say. */
  PnHistory (*recall) (PnRunHost *self, const char *serial, GCancellable *cancellable);
  /* Every artefact of the job is what the manifest says, now and not only when it was opened.
   * PN_ERROR_SIGNATURE. Asked before anything is changed, and before each permanent step. */
  gboolean (*vouch) (PnRunHost *self, GCancellable *cancellable, GError **error);
  /* Durable before it returns: a permanent step (base/pn-permanent.h) is about to be made. FALSE:
   * it must not be made. */
  gboolean (*intent) (PnRunHost *self,
                      const char *step,
                      const PnDeviceFacts *facts,
                      GCancellable *cancellable,
                      GError **error);
  gboolean (*outcome) (PnRunHost *self, const char *step, gboolean made, GError **error);
  /* What pn_ext4_grow () says for a root file system of @size bytes, as a sparse file's
   * descriptor made by a child of the station. -1 on error. */
  int (*growth) (PnRunHost *self, guint64 size, GCancellable *cancellable, GError **error);
  /* A connection to the device at the first of its @addresses (GInetAddress) that answers within
   * @timeout ms, as of pn_network_connect (). -1 on error. */
  int (*dial) (PnRunHost *self,
               GPtrArray *addresses,
               guint timeout,
               char **name,
               GCancellable *cancellable,
               GError **error);
  /* Runs the bundle's hook of a device stage, which is there, and waits for its end. FALSE where it
   * did not end well. */
  gboolean (*hook) (PnRunHost *self,
                    PnHookStage stage,
                    const PnRunResult *so_far,
                    GCancellable *cancellable,
                    GError **error);
  /* A phase began. */
  void (*phase) (PnRunHost *self, PnPhase phase);
  /* Within the phase, bytes acknowledged (or steps); total 0 = unknown. Rate limited by the callee.
   */
  void (*progress) (PnRunHost *self, guint64 done, guint64 total);
  /* More is known of the device; what was said of it before may have become more exact. */
  void (*facts) (PnRunHost *self, const PnDeviceFacts *facts);
  /* Something the device itself reported that proves a step. */
  void (*evidence) (PnRunHost *self, const char *key, const char *value);
  /* The device must not be unplugged from now on, or may be again. */
  void (*keep) (PnRunHost *self, gboolean connected);
  /* What the person at the slot has to do now; NULL = nothing any more. These are sentences as they
   * travel (base/pn-sentence.h). */
  void (*instruct) (PnRunHost *self, const char *sentence);
  void (*log) (PnRunHost *self, const char *sentence);
};
PnTransport *
pn_run_host_next_device (PnRunHost *self, guint timeout, GCancellable *cancellable, GError **error);
gboolean pn_run_host_wait_gone (PnRunHost *self, guint timeout, GCancellable *cancellable);
gboolean pn_run_host_admit (PnRunHost *self,
                            const PnDeviceFacts *facts,
                            GCancellable *cancellable,
                            GError **error);
gboolean pn_run_host_vouch (PnRunHost *self, GCancellable *cancellable, GError **error);
PnHistory pn_run_host_recall (PnRunHost *self, const char *serial, GCancellable *cancellable);
gboolean pn_run_host_intent (PnRunHost *self,
                             const char *step,
                             const PnDeviceFacts *facts,
                             GCancellable *cancellable,
                             GError **error);
gboolean pn_run_host_outcome (PnRunHost *self, const char *step, gboolean made, GError **error);
int pn_run_host_growth (PnRunHost *self, guint64 size, GCancellable *cancellable, GError **error);
int pn_run_host_dial (PnRunHost *self,
                      GPtrArray *addresses,
                      guint timeout,
                      char **name,
                      GCancellable *cancellable,
                      GError **error);
gboolean pn_run_host_hook (PnRunHost *self,
                           PnHookStage stage,
                           const PnRunResult *so_far,
                           GCancellable *cancellable,
                           GError **error);
void pn_run_host_phase (PnRunHost *self, PnPhase phase);
void pn_run_host_progress (PnRunHost *self, guint64 done, guint64 total);
void pn_run_host_facts (PnRunHost *self, const PnDeviceFacts *facts);
void pn_run_host_evidence (PnRunHost *self, const char *key, const char *value);
void pn_run_host_keep (PnRunHost *self, gboolean connected);
void pn_run_host_instruct (PnRunHost *self, const char *sentence);
void pn_run_host_tell (PnRunHost *self, const char *sentence);
/* @format is a sentence for people (base/pn-sentence.h). */
void pn_run_host_log (PnRunHost *self, const char *format, ...) G_GNUC_PRINTF (2, 3);

/* Time limits of inactivity, in milliseconds; the defaults are for silicon. */
typedef struct
{
  guint appear;   /* an enumeration that should come back by itself: 30 s */
  guint gadget;   /* from boot.img sent to the gadget on the bus: 90 s */
  guint replug;   /* a person re-plugs: 10 min */
  guint rejected; /* a ROM that has all of a loader and stays: 8 s */
  guint message;  /* file server: 60 s */
  guint command;  /* fastboot, short commands: 30 s */
  guint node;     /* a node that the device has said it made: 10 s */
  guint network;  /* whatever goes over the network, but for flash: 10 s; USB takes over */
  guint flash;    /* fastboot flash, bmap-verify per reply, cryptinit: 600 s */
} PnLimits;
PnLimits pn_limits_default (void);
PnLimits pn_limits_scale (PnLimits limits, double factor);

/* One immutable description of a run (H-16). */
typedef struct
{
  PnManifest *manifest;        /* borrowed */
  const int *artefacts;        /* descriptors in the manifest's order; borrowed */
  gboolean permit_permanent;   /* consent given, to exactly this: */
  PnSha256 permit_fingerprint; /* … (compared with pn_manifest_get_consent ()) */
  gboolean by_hand;       /* a person started it: what an earlier run left going is restarted */
  gboolean skip_firmware; /* an override: the boot EEPROM stays as it is, where nothing has to be
                           * locked */
  PnLimits limits;
} PnJob;

/* One device from connect to record. Always fills @result; FALSE with @error where the verdict is
 * not PASSED. The error's message says what happened; pn_run_result_advice () says what to do now.
 */
gboolean pn_run (const PnJob *job,
                 PnRunHost *host,
                 PnRunResult *result,
                 GCancellable *cancellable,
                 GError **error);
const char *pn_run_result_advice (const PnRunResult *self);

G_END_DECLS
