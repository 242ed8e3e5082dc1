/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "pn-wizard-step.h"

G_BEGIN_DECLS

/* The end: leads to a batch. */
#define PN_TYPE_READY_STEP (pn_ready_step_get_type ())
G_DECLARE_FINAL_TYPE (PnReadyStep, pn_ready_step, PN, READY_STEP, PnWizardStep)

G_END_DECLS
