/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "pn-test-desk.h"
#include "pn-test-kit.h"

G_BEGIN_DECLS

/* What a device is like when it comes. */
typedef enum
{
  PN_TEST_FRESH,
  PN_TEST_DONE,       /* provisioned before */
  PN_TEST_OURS,       /* the same, with another disk */
  PN_TEST_OLD_EEPROM, /* locked with our key, the EEPROM as it left the factory */
  PN_TEST_OTHER_KEY,  /* locked with somebody else's */
  PN_TEST_DEVICE_KEY, /* a key of its own, else fresh */
  PN_TEST_USED,       /* fresh, with a disk that was in another device */
  PN_TEST_OPEN,       /* an earlier run ended while its disk was written; still on the bus */
  PN_TEST_PROTECTED,  /* fresh, its EEPROM protected against writing */
  PN_TEST_SMALL,      /* fresh, its storage too small */
  PN_TEST_NO_STORAGE, /* fresh, without the storage that the recipe names */
  PN_TEST_N_STATES,
} PnTestState;
const char *pn_test_state_to_word (PnTestState state);

typedef enum
{
  PN_TEST_NO_FAULT,
  PN_TEST_UNPLUG,
  PN_TEST_STALL,
  PN_TEST_FAIL,
  PN_TEST_LIE,
  PN_TEST_FLIP,   /* a bit of what was just written */
  PN_TEST_CANCEL, /* a person cancels */
  PN_TEST_KILL,   /* the worker */
  PN_TEST_REFUSE, /* the helper says no */
  PN_TEST_CUT_NETWORK,
  PN_TEST_STALL_NETWORK,
  PN_TEST_SILENT,  /* recovery says nothing; at no step of its own, as the next three */
  PN_TEST_UNREAD,  /* it says nothing, and stays, where it is given no image */
  PN_TEST_CHANGED, /* a byte of an artefact, after the bundle was opened; the step is its role */
  PN_TEST_NO_CONSENT,
  PN_TEST_OTHER_CONSENT,
  PN_TEST_N_FAULTS,
} PnTestFault;
const char *pn_test_fault_to_word (PnTestFault fault);

/* One combination, and how it went. */
typedef struct
{
  PnTestKit *kit;
  PnTestState state;
  PnTestFault fault;
  char *step; /* "device burn customer-key", "host intent customer-key"; NULL = none */

  GPtrArray *steps; /* of its first run, in their order, each with its number where it is not the
                       first of its words: "device reset 2"; then those of its second run */
  guint n_steps;    /* of the first */
  gboolean fired;
  guint n_writes, n_permanent; /* messages that went out for such */
  GString *complaints;         /* what must not be; empty = nothing */
  char *outcome, *second;      /* for the table */
} PnTestTrial;
PnTestTrial *
pn_test_trial_new (PnTestKit *kit, PnTestState state, PnTestFault fault, const char *step);
void pn_test_trial_free (PnTestTrial *self);
/* Runs it and judges it; takes its device's folder away, or says where it is. (transfer full) */
void pn_test_trial_run (PnTestTrial *self, char **folder);
/* FALSE for a state that the kit cannot have. */
gboolean pn_test_kit_can_be (const PnTestKit *self, PnTestState state);

G_END_DECLS
