/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "pn-wizard-step.h"

G_BEGIN_DECLS

/* Whether this computer has what a station needs. Left out where one device is to be tried and all
 * is well. */
#define PN_TYPE_CHECK_STEP (pn_check_step_get_type ())
G_DECLARE_FINAL_TYPE (PnCheckStep, pn_check_step, PN, CHECK_STEP, PnWizardStep)

G_END_DECLS
