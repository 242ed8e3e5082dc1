/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <adwaita.h>

#include "pn-client-slot.h"

G_BEGIN_DECLS

/* Stands on a card while an override counts for the device in its slot, and says which. Property
 * "slot". */
#define PN_TYPE_OVERRIDE_MARK (pn_override_mark_get_type ())
G_DECLARE_FINAL_TYPE (PnOverrideMark, pn_override_mark, PN, OVERRIDE_MARK, AdwBin)

G_END_DECLS
