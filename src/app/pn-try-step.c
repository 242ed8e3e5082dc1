/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "pn-try-step.h"

#include <glib/gi18n.h>

#include "pn-job-row.h"
#include "pn-prepare-job.h"

struct _PnTryStep
{
  PnWizardStep parent_instance;
  AdwBin *job_place;
  GtkWidget *again;
  PnJob *job;
};

G_DEFINE_FINAL_TYPE (PnTryStep, pn_try_step, PN_TYPE_WIZARD_STEP)

static void
show (PnTryStep *self)
{
  PnJobState state = pn_job_get_state (self->job);
  gboolean sealed = state == PN_JOB_SUCCEEDED;

  gtk_widget_set_visible (self->again, !sealed && !pn_job_is_going (self->job));
  g_object_set (self, "heading",
                sealed ? _ ("The bundle is sealed")
                       : pn_job_is_going (self->job)
                ? _ ("Sealing the bundle")
                : _ ("The bundle was not made"), NULL);
  pn_wizard_step_set_problem (PN_WIZARD_STEP (self),
                              sealed ? NULL : _ ("The bundle is not ready yet"));
}

static void
ended_cb (PnTryStep *self)
{
  show (self);
  if (pn_job_get_state (self->job) == PN_JOB_SUCCEEDED)
    pn_wizard_step_go_on (PN_WIZARD_STEP (self));
}

static void
again_cb (PnTryStep *self)
{
  PnSetup *setup = pn_wizard_step_get_setup (PN_WIZARD_STEP (self));

  g_set_object (&self->job, pn_prepare_job_start (GTK_WIDGET (self), pn_setup_get_recipe (setup),
                                                  pn_setup_get_revision (setup),
                                                  pn_setup_get (setup, PN_RECIPE_NAME)));
  g_signal_connect_object (self->job, "notify::state", G_CALLBACK (ended_cb), self,
                           G_CONNECT_SWAPPED);
  adw_bin_set_child (self->job_place, pn_job_row_new (self->job));
  show (self);
}

/* Once for a recipe: whoever comes back finds what it came to. */
static void
pn_try_step_enter (PnWizardStep *step)
{
  PnTryStep *self = PN_TRY_STEP (step);

  if (self->job == NULL || pn_job_get_state (self->job) != PN_JOB_SUCCEEDED)
    again_cb (self);
}

static void
pn_try_step_dispose (GObject *object)
{
  g_clear_object (&PN_TRY_STEP (object)->job);
  G_OBJECT_CLASS (pn_try_step_parent_class)->dispose (object);
}

static void
pn_try_step_class_init (PnTryStepClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = pn_try_step_dispose;
  PN_WIZARD_STEP_CLASS (klass)->enter = pn_try_step_enter;
  gtk_widget_class_set_template_from_resource (widget_class,
                                               "/org/punnet/Punnet/ui/pn-try-step.ui");
  gtk_widget_class_bind_template_child (widget_class, PnTryStep, job_place);
  gtk_widget_class_bind_template_child (widget_class, PnTryStep, again);
  gtk_widget_class_bind_template_callback (widget_class, again_cb);
}

static void
pn_try_step_init (PnTryStep *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
}
