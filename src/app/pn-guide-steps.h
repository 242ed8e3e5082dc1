/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "pn-narrow-bin.h"

G_BEGIN_DECLS

/* The kinds of device whose ways into USB boot mode differ. */
typedef enum
{
  PN_GUIDE_PI5,
  PN_GUIDE_MODULE, /* any Compute Module */
  PN_GUIDE_PI4,
  PN_GUIDE_ZERO,
  PN_N_GUIDES
} PnGuideFamily;

const char *pn_guide_get_name (PnGuideFamily family); /* translated */
const char *pn_guide_get_lead (PnGuideFamily family); /* translated: what to know beforehand */

/* Three pictures with words: what to do with one's hands so that a device appears. Property
 * "narrow": one under the other. */
#define PN_TYPE_GUIDE_STEPS (pn_guide_steps_get_type ())
G_DECLARE_FINAL_TYPE (PnGuideSteps, pn_guide_steps, PN, GUIDE_STEPS, PnNarrowBin)

void pn_guide_steps_set_family (PnGuideSteps *self, PnGuideFamily family);

G_END_DECLS
