/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "pn-chip.h"
#include "pn-fastboot.h"
#include "pn-idp.h"
#include "pn-layout.h"
#include "pn-rpiboot.h"
#include "pn-run.h"

G_BEGIN_DECLS

/* What the key in OTP means for this run. */
typedef enum
{
  PN_KEY_STATE_UNKNOWN,
  PN_KEY_STATE_BLANK,
  PN_KEY_STATE_OURS,
} PnKeyState;

/* One run while it goes; lives on the engine's stack. */
typedef struct
{
  const PnJob *job;
  PnManifest *manifest; /* borrowed from job */
  const PnChipTraits *traits;
  PnRunHost *host;
  PnRunResult *result;
  GCancellable *cancellable; /* NULL while nobody may interrupt: pn_run_protect () */
  GCancellable *interrupt;   /* cancellable, meanwhile */

  PnTransport *transport; /* the current enumeration; NULL once it left */
  PnFastboot *fastboot;   /* over transport, while it is the gadget */
  PnKeyState key_state;
  PnHistory history;
  gboolean recalled;    /* history was asked for */
  PnLayout layout;      /* from the inspection on; root_size 0 in mode naked */
  PnIdp *set;           /* image set: its description, NULL without one */
  GPtrArray *set_plan;  /* image set: PnIdpTarget */
  GHashTable *set_runs; /* image set: file name → PnRuns */
  PnRuns *root;         /* root file system at the device's size, or the disk; ready to stream */
  PnRuns *boot;
  GArray *written; /* PnWritten: what has to be verified */

  PnFastboot *network;   /* to this very device, for the image; NULL = it goes over USB */
  guint64 network_bytes; /* of the image, acknowledged there */
  gboolean route_chosen; /* the recipe wants the network, and what can be had is known */

  gboolean wants_signature; /* the boot firmware starts no gadget that is not signed as it likes */
  gboolean device_key_missing; /* the gadget said that it has none of its own yet */
  gboolean jtag_missing;       /* locked with our key, and JTAG is not known to be locked */
  guint open_intents;          /* permanent steps that began, and how they ended is not known */
  gboolean intended;           /* a permanent step was begun in this run */
  gboolean permanent;          /* a permanent step was made in this run */
  gboolean eeprom_touched;
  gboolean storage_touched;
  gboolean bootstrapped; /* the hook of that stage has run */
  gboolean hook_failed;  /* after all else was done */
} PnRunContext;

/* Something that was flashed and is to be read back. */
typedef struct
{
  const char *target; /* "mmcblk0p1" */
  GArray *ranges;     /* PnBmapRange */
  guint64 bytes;
} PnWritten;

/* What the device turned out to be, for its card, the record and the advice. */
void pn_run_classify (PnRunContext *self, PnDeviceClass device);
/* pn-run-journal.c: what base/pn-permanent.h names. TRUE where the bundle makes @step permanent. */
gboolean pn_run_makes_permanent (PnRunContext *self, const char *step);
/* The consent names exactly what this run makes permanent. */
gboolean pn_run_is_permitted (PnRunContext *self);
/* From here to pn_run_unprotect () flash or OTP is written: nobody may interrupt, only the
 * inactivity limits end it, and the person is told not to disconnect. */
void pn_run_protect (PnRunContext *self);
void pn_run_unprotect (PnRunContext *self);
/* Before a permanent step, protected; FALSE: it must not be made. */
gboolean pn_run_intend (PnRunContext *self, const char *step, GError **error);
/* After it, once it is known whether it was made. */
gboolean pn_run_settle (PnRunContext *self, const char *step, gboolean made, GError **error);

/* Runs the bundle's hook of that stage, where it has one. */
gboolean pn_run_hook (PnRunContext *self, PnHookStage stage, GError **error);

/* pn-run-boot.c: the boot ROM's part. */
typedef enum
{
  PN_BOOT_PLAIN,
  PN_BOOT_COUNTERSIGNED,
} PnBootVariant;

typedef enum
{
  PN_LOADER_LOST,    /* what became of it is not known */
  PN_LOADER_REFUSED, /* the boot ROM did not take it */
  PN_LOADER_RAN,
} PnLoaderFate;

/* The bundle's artefact of a role and its descriptor (borrowed); -1 where it has none. */
int
pn_run_find_artefact (PnRunContext *self, PnRole role, const PnArtefact **artefact, GError **error);
/* The same as bytes, which are what the manifest says: nothing else is ever sent.
 * PN_ERROR_SIGNATURE.
 */
GBytes *pn_run_artefact (PnRunContext *self, PnRole role, GError **error);
/* Takes the next enumeration as the current one. */
gboolean pn_run_next (PnRunContext *self, guint timeout, GError **error);
void pn_run_forget_device (PnRunContext *self);
/* The device in ROM mode, asking for a re-plug where it does not get there by itself. @come_back:
 * it is on its way (give it limits.appear first). @why opens the instruction's sentence. */
gboolean pn_run_need_rom (PnRunContext *self, gboolean come_back, const char *why, GError **error);
/* One recovery run with the config of @config; @fate tells what became of its loader, also where
 * the run fails. Needs ROM mode. */
gboolean pn_run_recovery (PnRunContext *self,
                          PnBootVariant variant,
                          PnRole config,
                          PnMetadata *metadata,
                          PnLoaderFate *fate,
                          GError **error);
/* From ROM or file server mode to the gadget on the bus, identified by its descriptors. */
gboolean pn_run_boot_gadget (PnRunContext *self, PnBootVariant variant, GError **error);

/* pn-run-inspect.c: who is it, and may it go on? Ends with the gadget running where @in_gadget. */
gboolean pn_run_inspect (PnRunContext *self, gboolean *in_gadget, GError **error);
/* PN_ERROR_WRONG_DEVICE where the bundle is not for a board of that revision (0 = not known) and
 * device tree model (NULL = not known). */
gboolean
pn_run_check_board (PnRunContext *self, guint32 revision, const char *model, GError **error);
/* pn-run-lock.c */
gboolean pn_run_lock (PnRunContext *self, GError **error);
/* TRUE where this run burns the bundle's key: it locks, and the device is not locked with it. */
gboolean pn_run_is_locking (PnRunContext *self);
/* Writes the bundle's boot firmware to a device that is not locked, and takes the next enumeration
 * in ROM mode. */
gboolean pn_run_restore_firmware (PnRunContext *self, GError **error);
gboolean
pn_run_check_metadata (PnRunContext *self, PnMetadata *metadata, gboolean locking, GError **error);
/* What recovery said of JTAG. FALSE where it said nothing. */
gboolean pn_run_get_jtag (PnMetadata *metadata, gboolean *locked);

/* pn-run-gadget.c: checks of the running gadget. What secure-otp says has to fit the key state, or
 * settles it where it is not known. */
gboolean pn_run_identify (PnRunContext *self, GError **error);
gboolean pn_run_device_key (PnRunContext *self, GError **error);
/* A variable that may be missing: *value is NULL then. FALSE where the session is over. */
gboolean pn_run_variable (PnRunContext *self, const char *name, char **value, GError **error);
char *pn_run_command (PnRunContext *self, guint timeout, GError **error, const char *format, ...)
    G_GNUC_PRINTF (4, 5);

/* pn-run-storage.c */
gboolean pn_run_plan_storage (PnRunContext *self, GError **error);
gboolean pn_run_storage (PnRunContext *self, GError **error);
/* Waits until the device has the node, and its size in bytes. */
gboolean pn_run_wait_for_node (PnRunContext *self, const char *node, guint64 *size, GError **error);

/* pn-run-set.c: bundles with an image set. */
gboolean pn_run_set_load (PnRunContext *self, GError **error);
void pn_run_set_clear (PnRunContext *self);
/* Asks the device what it thinks of the set; nothing changes. */
gboolean pn_run_set_plan (PnRunContext *self, GError **error);
/* The same, to go on from: pn_run_set_lay_out () follows. */
gboolean pn_run_set_check (PnRunContext *self, GError **error);
/* (element-type guint64) bytes at which the partitions of the disk will begin. */
GArray *pn_run_set_get_starts (PnRunContext *self);
gboolean pn_run_set_lay_out (PnRunContext *self, GError **error);
gboolean pn_run_set_write (PnRunContext *self, GError **error);
gboolean pn_run_set_close (PnRunContext *self, GError **error);

/* pn-run-luks.c: TRUE where the device has read a LUKS2 header with @label back from @node, which
 * nothing may hold open. */
gboolean
pn_run_check_luks (PnRunContext *self, const char *node, const char *label, GError **error);

/* pn-run-route.c: over which cable the image goes. */
/* Looks for the network once, when the first part of the image is about to be written: @image to
 * @target. FALSE where the run has to end; without a network it goes on. */
gboolean pn_run_route_open (PnRunContext *self, const char *target, PnRuns *image, GError **error);
/* After a failure (*@error): TRUE, and *@error cleared, where the piece can go over USB instead. */
gboolean pn_run_route_leave (PnRunContext *self, GError **error);
/* The writing is over: says which way it went. */
void pn_run_route_close (PnRunContext *self);

/* pn-run-seal.c: an artefact of the bundle, hashed while it is sent. */
typedef struct
{
  const PnArtefact *artefact; /* NULL: what is sent is none of the bundle's */
  int fd;                     /* borrowed */
  PnHasher *hasher;           /* of what was sent, and of what lies between */
  guint64 at;                 /* bytes of the file that are in it */
  gboolean broken;            /* it was read in another order, or could not be read */
} PnSeal;
/* Of the artefact that @runs are read from. */
void pn_seal_begin (PnRunContext *run, PnRuns *runs, PnSeal *self);
/* PnSparseSource. */
void pn_seal_take (
    int fd, guint64 offset, const guint8 *data, gsize size, gpointer user_data /* PnSeal */);
/* Before something that may have to be sent once more, and to do so. */
PnSeal pn_seal_copy (const PnSeal *self);
/* All of it was sent: PN_ERROR_SIGNATURE where it is not what the manifest says. */
gboolean pn_seal_check (PnSeal *self, GError **error);
void pn_seal_clear (PnSeal *self);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (PnSeal, pn_seal_clear)

/* pn-run-write.c */
/* Stages @size bytes of @source in @session's device and flashes them to @target. */
gboolean pn_run_send (PnRunContext *self,
                      PnFastboot *session,
                      const char *target,
                      guint32 size,
                      PnTransportSource source,
                      PnTransportProgress progress,
                      gpointer user_data,
                      GError **error);
gboolean pn_run_flash (PnRunContext *self,
                       const char *target,
                       PnRuns *runs,
                       guint64 done_before,
                       guint64 total,
                       GError **error);
/* The device reads @n_ranges ranges of @target back and compares their hashes: PN_ERROR_VERIFY
 * where one differs. @info: for each range before it is read; nullable. */
gboolean pn_run_compare (PnRunContext *self,
                         const char *target,
                         guint32 block_size,
                         const PnBmapRange *ranges,
                         guint n_ranges,
                         PnFastbootInfo info,
                         gpointer user_data,
                         GError **error);
gboolean pn_run_verify (PnRunContext *self, GError **error);
gboolean pn_run_write (PnRunContext *self, GError **error);

G_END_DECLS
