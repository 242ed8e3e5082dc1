/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "pn-dialog.h"

G_BEGIN_DECLS

/* The set-up of a station, from nothing to a batch, also again later. Leaving it keeps what was
 * chosen. Enter is Next, Alt+Left is Back. Property "narrow" (under 600 px). */
#define PN_TYPE_WIZARD (pn_wizard_get_type ())
G_DECLARE_FINAL_TYPE (PnWizard, pn_wizard, PN, WIZARD, PnDialog)

PnDialog *pn_wizard_new (void) G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
