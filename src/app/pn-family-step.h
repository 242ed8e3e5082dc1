/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "pn-wizard-step.h"

G_BEGIN_DECLS

/* Which devices, and what they start from. */
#define PN_TYPE_FAMILY_STEP (pn_family_step_get_type ())
G_DECLARE_FINAL_TYPE (PnFamilyStep, pn_family_step, PN, FAMILY_STEP, PnWizardStep)

G_END_DECLS
