/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "pn-test-victim.h"

G_BEGIN_DECLS

/* What is said of a device of which something was killed is held against what the device is; what
 * must not be is complained of.
 *
 * While the helper that saw it lives: the slot and the run are over, and say so. */
void pn_test_victim_judge_shown (PnTestVictim *self, PnTestStation *station);
/* Switched off: what it was is in the records and in the journal. */
void pn_test_victim_judge_first (PnTestVictim *self, PnTestStation *station);
/* Switched off after it was taken up again: it is done. */
void pn_test_victim_judge_second (PnTestVictim *self, PnTestStation *station);

G_END_DECLS
