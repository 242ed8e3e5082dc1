/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "pn-wizard-step.h"

G_BEGIN_DECLS

/* Everything that will happen to a device, in plain words; from here on there is a recipe. */
#define PN_TYPE_REVIEW_STEP (pn_review_step_get_type ())
G_DECLARE_FINAL_TYPE (PnReviewStep, pn_review_step, PN, REVIEW_STEP, PnWizardStep)

G_END_DECLS
