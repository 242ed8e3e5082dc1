/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "pn-wizard-step.h"

G_BEGIN_DECLS

/* Plain, encrypted, or locked to a key. */
#define PN_TYPE_PROTECTION_STEP (pn_protection_step_get_type ())
G_DECLARE_FINAL_TYPE (PnProtectionStep, pn_protection_step, PN, PROTECTION_STEP, PnWizardStep)

/* As if the file had been chosen. */
void pn_protection_step_set_key (PnProtectionStep *self, const char *path);

G_END_DECLS
