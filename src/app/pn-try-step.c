/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "pn-try-step.h"

#include <glib/gi18n.h>

#include "pn-job-row.h"
#include "pn-prepare-job.h"
#include "pn-rehearsal-job.h"

struct _PnTryStep
{
  PnWizardStep parent_instance;
  AdwBin *job_place;
  GtkWidget *again;
  PnJob *job;      /* of what is done now */
  gboolean sealed; /* the bundle is there */
};

G_DEFINE_FINAL_TYPE (PnTryStep, pn_try_step, PN_TYPE_WIZARD_STEP)

static void
show (PnTryStep *self)
{
  gboolean going = pn_job_is_going (self->job);
  gboolean passed = self->sealed && pn_job_get_state (self->job) == PN_JOB_SUCCEEDED;

  gtk_widget_set_visible (self->again, !passed && !going);
  g_object_set (self, "heading",
                passed                  ? _ ("The practice run has passed")
                : going && self->sealed ? _ ("Practising with a virtual device")
                : going                 ? _ ("Sealing the bundle")
                : self->sealed          ? _ ("The practice run did not pass")
                                        : _ ("The bundle was not made"),
                NULL);
  pn_wizard_step_set_problem (PN_WIZARD_STEP (self),
                              passed ? NULL : _ ("The practice run has not passed yet"));
}

static void start (PnTryStep *self);

static void
ended_cb (PnTryStep *self, GParamSpec *pspec, PnJob *job)
{
  gboolean succeeded = pn_job_get_state (job) == PN_JOB_SUCCEEDED;

  if (job != self->job)
    return;
  if (succeeded && !self->sealed)
    {
      self->sealed = TRUE;
      start (self);
      return;
    }
  show (self);
  if (succeeded)
    pn_wizard_step_go_on (PN_WIZARD_STEP (self));
}

/* What is next: the bundle, or the practice run with it. */
static void
start (PnTryStep *self)
{
  PnSetup *setup = pn_wizard_step_get_setup (PN_WIZARD_STEP (self));
  const char *recipe = pn_setup_get_recipe (setup);
  const char *name = pn_setup_get (setup, PN_RECIPE_NAME);
  guint revision = pn_setup_get_revision (setup);
  PnJob *job = self->sealed ? pn_rehearsal_job_start (recipe, revision, name)
                            : pn_prepare_job_start (GTK_WIDGET (self), recipe, revision, name);

  g_set_object (&self->job, job);
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

  if (self->job == NULL || !pn_job_is_going (self->job))
    start (self);
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
  gtk_widget_class_bind_template_callback (widget_class, start);
}

static void
pn_try_step_init (PnTryStep *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
}
