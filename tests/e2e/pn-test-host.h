/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "pn-bundle.h"
#include "pn-run.h"
#include "pn-test-wire.h"

G_BEGIN_DECLS

/* A PnRunHost in the test's own process: devices are handed to it as descriptors, what the engine
 * says is kept. Thread safe where the engine's thread and a front end's meet. */
#define PN_TYPE_TEST_HOST (pn_test_host_get_type ())
G_DECLARE_FINAL_TYPE (PnTestHost, pn_test_host, PN, TEST_HOST, GObject)

typedef enum
{
  PN_TEST_DEVICE_VUSB,
  PN_TEST_DEVICE_USBFS,
} PnTestDeviceKind;

/* Borrows @bundle, which it vouches for and whose root file system it grows; NULL = growth is an
 * error. */
PnTestHost *pn_test_host_new (PnBundle *bundle);
/* What growing says for a root file system of @size bytes, made before: one is like the other but
 * for the time that is in it. Borrows @fd. */
void pn_test_host_set_growth (PnTestHost *self, guint64 size, int fd);
/* A device enumerated; takes @fd. */
void pn_test_host_arrived (PnTestHost *self, PnTestDeviceKind kind, int fd);
void pn_test_host_left (PnTestHost *self);
/* Reads a plug socket (pn-vusb.h) in a thread of its own until it closes. Takes @plug. */
void pn_test_host_listen (PnTestHost *self, int plug);

/* What happens at an instruction: the person at the bench. */
typedef void (*PnTestPerson) (const char *sentence, gpointer user_data);
void pn_test_host_set_person (PnTestHost *self, PnTestPerson person, gpointer user_data);
/* Called at the start of each phase. */
typedef void (*PnTestPhase) (PnPhase phase, gpointer user_data);
void pn_test_host_set_phase_func (PnTestHost *self, PnTestPhase func, gpointer user_data);
/* What the records say of whatever device comes. */
void pn_test_host_know (PnTestHost *self, PnHistory history);
void pn_test_host_deny (PnTestHost *self,
                        const char *sentence); /* admit refuses; NULL = does not */

/* Called before the host answers "vouch", "admit", "recall", "intent STEP", "outcome STEP" and
 * "growth": FALSE = it says no; and once it wrote down "noted intent STEP" and "noted outcome
 * STEP". */
typedef gboolean (*PnTestAsk) (const char *question, gpointer user_data);
void pn_test_host_set_ask_func (PnTestHost *self, PnTestAsk func, gpointer user_data);
/* Listens to all that goes out to the device. */
void pn_test_host_set_wire_func (PnTestHost *self, PnTestWireFunc func, gpointer user_data);
/* Says nothing in the test's output: runs that go on in several threads. */
void pn_test_host_be_quiet (PnTestHost *self);
/* As if the worker were killed: the line to the device is cut, and nobody answers any more. The
 * device keeps its power. */
void pn_test_host_cut (PnTestHost *self);
/* Once the device is unplugged. */
void pn_test_host_mend (PnTestHost *self);
/* What was written down, in its order: "intent STEP", "made STEP", "not made STEP". (transfer full)
 */
GStrv pn_test_host_get_journal (PnTestHost *self);
guint pn_test_host_count_intents (PnTestHost *self, const char *step);
guint pn_test_host_count_outcomes (PnTestHost *self, const char *step);
const char *pn_test_host_get_evidence (PnTestHost *self, const char *key); /* NULL = none */
/* The word of the phase in which a fact was told for the first time; NULL = never. */
const char *pn_test_host_get_told (PnTestHost *self, const char *fact);
guint64 pn_test_host_get_progress (PnTestHost *self, PnPhase phase); /* highest seen, bytes */
/* What its devices may have under way over usbfs at once; PN_USB_MEMORY_ENOUGH before. */
void pn_test_host_set_usb_memory (PnTestHost *self, guint bytes);
guint pn_test_host_count_refused (PnTestHost *self); /* transports that the kernel refused memory */
char *pn_test_host_get_log (PnTestHost *self);

G_END_DECLS
