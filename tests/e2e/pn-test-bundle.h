/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "pn-bundle.h"
#include "pn-run.h"
#include "pn-virtual-device.h"

G_BEGIN_DECLS

/* Lines of a recipe whose image goes over the network. */
#define PN_TEST_NETWORK "[Options]\nNetwork=true\n"

/* Inputs made once for a test program: stand-in firmware, a small gold master, a key, and bundles
 * prepared from them by the real prepare. */
typedef struct
{
  char *folder;
  PnSha256 rom_key_hash; /* what the virtual boot ROM trusts */
} PnTestInputs;
PnTestInputs *pn_test_inputs_new (void);
void pn_test_inputs_free (PnTestInputs *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (PnTestInputs, pn_test_inputs_free)

/* Prepares (once, then reused) and opens a bundle. */
PnBundle *pn_test_inputs_bundle (PnTestInputs *self, PnMode mode, PnStorage storage);
/* For eMMC, with the image going over the network. */
PnBundle *pn_test_inputs_network_bundle (PnTestInputs *self, PnMode mode);
/* The same of an image set for eMMC: @layout is one that make-standin-set knows. */
PnBundle *pn_test_inputs_set_bundle (PnTestInputs *self, PnMode mode, const char *layout);
PnBundle *pn_test_inputs_network_set_bundle (PnTestInputs *self, PnMode mode, const char *layout);
PnBundle *pn_test_inputs_set_bundle_for (
    PnTestInputs *self, PnChip chip, PnMode mode, PnStorage storage, const char *layout);
PnBundle *pn_test_inputs_set_bundle_with (PnTestInputs *self,
                                          PnChip chip,
                                          PnMode mode,
                                          PnStorage storage,
                                          const char *layout,
                                          const char *more);
/* With more lines of the recipe, first of its [Permanent]. */
PnBundle *pn_test_inputs_bundle_with (
    PnTestInputs *self, PnChip chip, PnMode mode, PnStorage storage, const char *more);
PnBundle *
pn_test_inputs_bundle_for (PnTestInputs *self, PnChip chip, PnMode mode, PnStorage storage);
/* Where it is; @layout of an image set (nullable), @more may be "". (transfer full) */
char *pn_test_inputs_get_bundle_folder (PnTestInputs *self,
                                        PnChip chip,
                                        PnMode mode,
                                        PnStorage storage,
                                        const char *layout,
                                        const char *more);

/* A board of the Pi 5 family in a folder of its own; the ROM trusts the stand-in vendor key. */
PnVirtualDevice *pn_test_inputs_device (
    PnTestInputs *self, const char *name, PnStorage storage, guint64 storage_size, gboolean strap);
/* With a board revision of its own; 0 = the usual one. */
PnVirtualDevice *pn_test_inputs_board (PnTestInputs *self,
                                       const char *name,
                                       PnStorage storage,
                                       guint64 storage_size,
                                       gboolean strap,
                                       guint32 board_revision);

/* A board as punnet-virtual takes it, "pi4"; @change (nullable) may make it another. */
typedef void (*PnTestBoardFunc) (PnVirtualBoard *board);
/* Boards of a chip that no bundle is for, or that has no such storage. */
void pn_test_be_pi_3 (PnVirtualBoard *board);
void pn_test_be_module_4s (PnVirtualBoard *board);
PnVirtualDevice *pn_test_inputs_model (PnTestInputs *self,
                                       const char *name,
                                       const char *model,
                                       PnStorage storage,
                                       guint64 storage_size,
                                       PnTestBoardFunc change);

/* A job over @bundle, with consent to all that it makes permanent, and limits that suit a virtual
 * device. */
PnJob pn_test_job (PnBundle *bundle);

G_END_DECLS
