/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "pn-dbus.h"

G_BEGIN_DECLS

#define PN_FAKE_ROOT "/org/punnet/Provisioner1"

/* The contract's own skeletons on a connection of their own, in this process: for what a real
 * helper does only rarely. Its records are made up: number n has the serial "%016x" of n. */
typedef struct
{
  GDBusConnection *bus;
  GDBusObjectManagerServer *objects;
  PnDbusManager *manager;
  guint n_records;
  guint n_queries; /* that were asked for */
  guint max_limit; /* the largest of them */
  GPtrArray *log;  /* of every run: sentences */
} PnFakeHelper;

PnFakeHelper *pn_fake_helper_new (const char *name);
/* Leaves the bus, whatever it was asked. */
void pn_fake_helper_free (PnFakeHelper *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (PnFakeHelper, pn_fake_helper_free)

void pn_fake_helper_set_records (PnFakeHelper *self, guint n_records);
/* (transfer full): exported at "…/slots/N", "…/runs/N", "…/batches/N". */
PnDbusSlot *pn_fake_helper_add_slot (PnFakeHelper *self, guint number, const char *name);
PnDbusRun *pn_fake_helper_add_run (PnFakeHelper *self, guint number);
PnDbusBatch *pn_fake_helper_add_batch (PnFakeHelper *self, guint number);
/* "…/approvals/N": burning with a bundle, asked for by the user @uid on the connection @caller; two
 * minutes are left. */
PnDbusApproval *
pn_fake_helper_add_approval (PnFakeHelper *self, guint number, guint uid, const char *caller);
void pn_fake_helper_remove (PnFakeHelper *self, const char *kind, guint number);
/* One line more, of every run; said by @run. */
void pn_fake_helper_log (PnFakeHelper *self, PnDbusRun *run, const char *sentence);

GDBusConnection *pn_fake_connect (void);

G_END_DECLS
