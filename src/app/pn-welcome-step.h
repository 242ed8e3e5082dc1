/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "pn-wizard-step.h"

G_BEGIN_DECLS

/* One device or a station: what is proposed later follows from it. */
#define PN_TYPE_WELCOME_STEP (pn_welcome_step_get_type ())
G_DECLARE_FINAL_TYPE (PnWelcomeStep, pn_welcome_step, PN, WELCOME_STEP, PnWizardStep)

G_END_DECLS
