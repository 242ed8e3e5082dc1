/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <adwaita.h>

#include "pn-setup.h"

G_BEGIN_DECLS

/* One step of the set-up: a heading, a sentence under it, and the child below them. Properties:
 * "title" (the header bar's), "heading", "text", "next" (the button's words; NULL = “Next”),
 * "complete" (it can go on), "problem" (why not, where it cannot), "narrow" (one column; of the
 * wizard). Signals: "go-on" (from within: as if Next was pressed), "busy" is a property: Next and
 * Back wait. */
#define PN_TYPE_WIZARD_STEP (pn_wizard_step_get_type ())
G_DECLARE_DERIVABLE_TYPE (PnWizardStep, pn_wizard_step, PN, WIZARD_STEP, AdwBin)

struct _PnWizardStepClass
{
  AdwBinClass parent_class;

  /* It is about to be shown; NULL = nothing to do. */
  void (*enter) (PnWizardStep *self);
  /* Next was pressed on a complete step; what it starts ends with go-on. NULL = on at once. */
  void (*leave) (PnWizardStep *self);
  /* Whether there is nothing on it for this set-up; NULL = there always is. */
  gboolean (*skip) (PnWizardStep *self);
};

/* Once, before it is shown. */
void pn_wizard_step_set_setup (PnWizardStep *self, PnSetup *setup);
PnSetup *pn_wizard_step_get_setup (PnWizardStep *self); /* (transfer none) */
/* @problem: NULL = complete. */
void pn_wizard_step_set_problem (PnWizardStep *self, const char *problem);
gboolean pn_wizard_step_is_complete (PnWizardStep *self);
void pn_wizard_step_set_busy (PnWizardStep *self, gboolean busy);
void pn_wizard_step_go_on (PnWizardStep *self);

void pn_wizard_step_enter (PnWizardStep *self);
void pn_wizard_step_leave (PnWizardStep *self);
gboolean pn_wizard_step_skip (PnWizardStep *self);

G_END_DECLS
