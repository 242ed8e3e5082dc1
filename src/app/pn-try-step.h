/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "pn-wizard-step.h"

G_BEGIN_DECLS

/* Seals the bundle of the new recipe, and provisions a virtual device with it. */
#define PN_TYPE_TRY_STEP (pn_try_step_get_type ())
G_DECLARE_FINAL_TYPE (PnTryStep, pn_try_step, PN, TRY_STEP, PnWizardStep)

G_END_DECLS
