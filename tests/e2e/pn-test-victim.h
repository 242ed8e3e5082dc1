/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "pn-test-kit.h"
#include "pn-test-station.h"

G_BEGIN_DECLS

/* What ends at a point of a run. */
typedef enum
{
  PN_TEST_KILL_WORKER,
  PN_TEST_KILL_HELPER,
  PN_TEST_KILL_BOTH,
  PN_TEST_KILL_CABLE,
  PN_TEST_N_KILLS, /* none of them */
} PnTestKill;
const char *pn_test_kill_to_word (PnTestKill kill);

/* A folder for punnetd's children in which pn-test-relay stands before the worker, and the socket
 * that the relays call. */
typedef struct
{
  char *folder;
  int listener;
} PnTestRelays;
PnTestRelays *pn_test_relays_new (PnTestInputs *inputs);
void pn_test_relays_free (PnTestRelays *self);

/* A device in a slot of its own, whose run is held at a point. Points have words, each with its
 * number where it is not the first of its words: "call Intent customer-key" (the worker has said it
 * and the helper has not heard it), "answer Outcome jtag-lock" (the other way round), "device burn
 * customer-key" (PnVirtualStepFunc). Main thread. */
typedef struct
{
  PnTestKit *kit;
  PnTestKill kill;
  char *point; /* NULL = nothing is killed */

  char *name; /* of slot and folder */
  char *folder;
  PnVirtualDevice *device;
  PnTestLook before, after;
  GString *complaints;  /* what must not be; empty = nothing. Guarded by mutex while it runs */
  char *first, *second; /* how the runs ended, for the table */
  gboolean passed;      /* the first did all the same */

  int control; /* the relay's; -1 = it has ended */
  guint watch;
  pid_t relay, worker;
  gboolean relay_waits;

  GMutex mutex; /* guards what follows */
  GCond cond;
  GHashTable *seen;  /* words → how often */
  GPtrArray *points; /* of the first run, in their order */
  gboolean reached, let_go;
  gboolean off; /* the device has come to rest without power */
} PnTestVictim;
PnTestVictim *pn_test_victim_new (PnTestKit *kit, PnTestKill kill, const char *point);
void pn_test_victim_free (PnTestVictim *self);

/* The device, fresh from the factory; and away with it, so that only what was found is left. */
void pn_test_victim_take_out (PnTestVictim *self);
void pn_test_victim_put_away (PnTestVictim *self);

/* Plugs it in at the slot; returns when its run has a worker. */
void pn_test_victim_plug (PnTestVictim *self, PnTestStation *station, PnTestRelays *relays);
/* A run of it began: returns when that has a worker. One begins at a time, so that it is this one's
 * relay that calls. */
void pn_test_victim_meet (PnTestVictim *self, PnTestRelays *relays);
/* Until it is held at its point, or its run is over. */
void pn_test_victim_wait (PnTestVictim *self);
/* What of it ends at its point, apart from the helper. */
void pn_test_victim_kill (PnTestVictim *self);
/* What was not killed goes on. */
void pn_test_victim_let_go (PnTestVictim *self);
/* What the device does by itself goes on: how far it has come. */
guint pn_test_victim_count_points (PnTestVictim *self);
/* Whether it has come to @point, "call Intent customer-key". */
gboolean pn_test_victim_has_point (PnTestVictim *self, const char *point);
/* Takes away its power, and its plug out of the slot. */
void pn_test_victim_unplug (PnTestVictim *self);
void pn_test_victim_complain (PnTestVictim *self, const char *format, ...) G_GNUC_PRINTF (2, 3);

G_END_DECLS
