/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "pn-phase.h"

G_BEGIN_DECLS

/* What goes together: mode × chip × model × storage (workflows.md §1). One table, asked by the
 * recipe's checks, the window, the manifest's parser (and so the helper and punnetctl) and the
 * engine, each before anything is sent to a device. */
typedef enum
{
  PN_SUPPORT_YES,
  PN_SUPPORT_NO_LOCK,       /* the chip has no secure boot (H-15) */
  PN_SUPPORT_NO_STORAGE,    /* no model of the chip starts from that storage */
  PN_SUPPORT_OTHER_MODEL,   /* a model of the chip that cannot be provisioned */
  PN_SUPPORT_MODEL_STORAGE, /* the model has no such storage, others of its chip do */
} PnSupport;

/* Whatever the storage. */
PnSupport pn_support_check_mode (PnChip chip, PnMode mode);
/* Whatever the model. */
PnSupport pn_support_check (PnChip chip, PnMode mode, PnStorage storage);
/* For one board: its revision (0 = not known) or what its device tree calls it (NULL = not known);
 * the name counts where both are there. */
PnSupport pn_support_check_board (
    PnChip chip, PnMode mode, PnStorage storage, guint32 revision, const char *model);
/* The chip of a board that is called @model; FALSE where the name is not known. */
gboolean pn_support_find_chip (const char *model, PnChip *chip);
/* Why not, untranslated (marked for translation); NULL for PN_SUPPORT_YES. */
const char *pn_support_to_sentence (PnSupport support);

G_END_DECLS
