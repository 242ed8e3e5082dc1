/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "pn-dbus.h"
#include "pn-test-bundle.h"

G_BEGIN_DECLS

/* A punnetd on a bus, and what a client sees of it. All on the main thread; what waits runs the
 * main loop, and the test's own limit ends it. */
typedef struct
{
  char *name; /* of the bus */
  gboolean practice;
  char *state;   /* its state folder */
  char *libexec; /* where its children are */
  GDBusConnection *bus;
  GSubprocess *process;
  GDBusObjectManager *objects;
  PnDbusManager *manager;
} PnTestStation;

/* A session bus of the test's own, for everything after it. First in main (), behind g_test_init
 * (): it forks a watcher, which must not inherit a lock that another thread holds. (transfer full)
 */
GTestDBus *pn_test_bus_new (void);

/* @option: one more for punnetd, or NULL. The session bus is the environment's. */
PnTestStation *pn_test_station_new (PnTestInputs *inputs,
                                    const char *folder,
                                    gboolean practice,
                                    const char *option);
/* With children of one's own: @libexec is their folder. */
PnTestStation *pn_test_station_new_with (PnTestInputs *inputs,
                                         const char *folder,
                                         gboolean practice,
                                         const char *option,
                                         const char *libexec);
/* SIGKILL. What there is on the bus of it goes when the main loop runs. */
void pn_test_station_kill (PnTestStation *self);
/* After that, over the same state. */
void pn_test_station_start_again (PnTestStation *self);
/* Ends it, as a user would, and starts it again over the same state. */
void pn_test_station_restart (PnTestStation *self);
void pn_test_station_free (PnTestStation *self);

PnDbusSlot *pn_test_station_find_slot (PnTestStation *self, const char *name); /* NULL = none */
PnDbusSlot *pn_test_station_wait_slot (PnTestStation *self, const char *name);
PnDbusRun *pn_test_station_wait_run (PnTestStation *self, PnDbusSlot *slot);
void pn_test_station_wait_state (PnDbusSlot *slot, const char *state);
/* Until the run after @last, which the slot's Run was before it began ("/" = none), is over, and
 * its slot says so. Who waits for "running" may wait for ever: the news of a short run come
 * together. */
PnDbusRun *pn_test_station_wait_end (PnTestStation *self, PnDbusSlot *slot, const char *last);
void pn_test_station_attach (PnTestStation *self, PnVirtualDevice *device, const char *name);
/* A batch of the inputs' bundle for every slot, with consent where it locks. */
PnDbusBatch *pn_test_station_open (
    PnTestStation *self, PnTestInputs *inputs, PnMode mode, guint count, gboolean automatic);
PnDbusBatch *pn_test_station_open_for (PnTestStation *self,
                                       PnTestInputs *inputs,
                                       PnMode mode,
                                       PnStorage storage,
                                       guint count,
                                       gboolean automatic);
PnDbusBatch *pn_test_station_open_on (PnTestStation *self,
                                      PnTestInputs *inputs,
                                      PnChip chip,
                                      PnMode mode,
                                      PnStorage storage,
                                      guint count,
                                      gboolean automatic);
/* A batch of the bundle in @folder for every slot; @permit: what is consented to, NULL = nothing.
 */
PnDbusBatch *pn_test_station_open_folder (
    PnTestStation *self, const char *folder, const char *permit, guint count, gboolean automatic);

/* a{sv} with one entry, or none where @name is NULL; floating. */
GVariant *pn_test_options (const char *name, GVariant *value);

G_END_DECLS
