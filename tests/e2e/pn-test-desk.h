/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "pn-test-bundle.h"
#include "pn-test-host.h"

G_BEGIN_DECLS

/* One device, one host, one run; and what a test does with them. */
typedef struct
{
  PnTestInputs *inputs;
  PnVirtualDevice *device;
  PnTestHost *host;
  PnBundle *bundle;
  PnJob job;
  PnRunResult result;
  GError *error;
  gboolean passed;
  GCancellable *cancellable;
  PnPhase unplug_at;
  gboolean unplug;
} PnTestDesk;

/* Takes @bundle and @device. A person re-plugs the device whenever an instruction says so. */
void pn_test_desk_begin (PnTestDesk *self,
                         PnTestInputs *inputs,
                         PnBundle *bundle,
                         PnVirtualDevice *device);
/* Without a cable yet. */
void pn_test_desk_begin_unplugged (PnTestDesk *self,
                                   PnTestInputs *inputs,
                                   PnBundle *bundle,
                                   PnVirtualDevice *device);
void pn_test_desk_connect (PnTestDesk *self); /* the device's socket to the host */
void pn_test_desk_run (PnTestDesk *self);
void pn_test_desk_end (PnTestDesk *self);
/* The person at the bench: takes the cable out and puts it back with the button held. */
void pn_test_desk_replug_cb (const char *sentence, gpointer user_data);

gboolean pn_test_desk_otp_is_blank (PnTestDesk *self);
gboolean pn_test_desk_has_device_key (PnTestDesk *self);
/* TRUE while nobody wrote to the disk: the file was made with holes only. */
gboolean pn_test_desk_storage_is_blank (PnTestDesk *self, const char *name);
/* Refused, and everything as it was. */
void pn_test_desk_assert_refused (PnTestDesk *self, const char *name, PnError code);
void pn_test_desk_assert_locked_with_ours (PnTestDesk *self);

G_END_DECLS
