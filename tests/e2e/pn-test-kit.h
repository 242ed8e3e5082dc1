/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "pn-test-bundle.h"
#include "pn-test-judge.h"

G_BEGIN_DECLS

/* What is provisioned with what; made once, used by many trials in several threads. */
typedef struct
{
  PnTestInputs *inputs;
  const char *model; /* as punnet-virtual takes it */
  PnChip chip;
  PnMode mode;
  PnStorage storage, other_storage; /* that the recipe names, and one that it does not */
  const char *layout;               /* of an image set; NULL = an image */
  const char *permanent;            /* more lines of the recipe */
  gboolean network;                 /* the image goes over the network */

  char *name;
  guint64 disk; /* bytes */
  PnTestContents contents;
  guint64 grown_size; /* bytes of the root file system; 0 = there is none */
  int grown_fd;       /* how it is grown to it */
  PnBundle *bundle;   /* whose descriptors contents reads */
  char *done;         /* folder of a device that is done and switched off */
  gboolean every;     /* no second run is taken as done before */
  GHashTable *served; /* SHA-256 in hex of each file that may be sent to a boot ROM */
  GMutex mutex;
  GHashTable *seconds; /* what a second run began with → how it ended; guarded by mutex */
} PnTestKit;
PnBundle *pn_test_kit_open (const PnTestKit *self);
/* Of those there are, one of each chip and mode and the two that make most permanent first: those
 * whose bit is in @wanted. */
PnTestKit *pn_test_kits_new (PnTestInputs *inputs, guint wanted, guint *n_kits);
void pn_test_kits_free (PnTestKit *all, guint n_kits);

G_END_DECLS
