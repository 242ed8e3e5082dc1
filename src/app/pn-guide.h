/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "pn-guide-steps.h"

G_BEGIN_DECLS

/* What to do with one's hands so that a device appears: three pictures for each family. Property
 * "narrow": one column, and a drop-down in place of the row of buttons. */
#define PN_TYPE_GUIDE (pn_guide_get_type ())
G_DECLARE_FINAL_TYPE (PnGuide, pn_guide, PN, GUIDE, PnNarrowBin)

/* Whose pictures are shown. */
void pn_guide_set_family (PnGuide *self, PnGuideFamily family);

G_END_DECLS
