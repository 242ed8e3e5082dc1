/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "pn-wizard-step.h"

G_BEGIN_DECLS

/* What the devices run: a file that is dropped or chosen, or an image that is there already. */
#define PN_TYPE_IMAGE_STEP (pn_image_step_get_type ())
G_DECLARE_FINAL_TYPE (PnImageStep, pn_image_step, PN, IMAGE_STEP, PnWizardStep)

/* As if the file had been chosen: it is imported, and the step goes on by itself. */
void pn_image_step_import (PnImageStep *self, const char *path);
/* As if the file were held over the step: it says whether it can be dropped. NULL = it left. */
void pn_image_step_hover (PnImageStep *self, const char *path);

G_END_DECLS
