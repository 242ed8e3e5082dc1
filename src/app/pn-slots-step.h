/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "pn-wizard-step.h"

G_BEGIN_DECLS

/* The sockets of a station and their names. Left out where one device is to be tried: every socket
 * will do. */
#define PN_TYPE_SLOTS_STEP (pn_slots_step_get_type ())
G_DECLARE_FINAL_TYPE (PnSlotsStep, pn_slots_step, PN, SLOTS_STEP, PnWizardStep)

G_END_DECLS
