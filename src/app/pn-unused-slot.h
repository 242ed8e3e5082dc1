/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <adwaita.h>

#include "pn-client-slot.h"

G_BEGIN_DECLS

/* A slot that is not used, as one quiet line. Property "slot". */
#define PN_TYPE_UNUSED_SLOT (pn_unused_slot_get_type ())
G_DECLARE_FINAL_TYPE (PnUnusedSlot, pn_unused_slot, PN, UNUSED_SLOT, AdwBin)

GtkWidget *pn_unused_slot_new (PnClientSlot *slot) G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
