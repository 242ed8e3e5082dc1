/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "pn-ready-step.h"

#include "pn-app.h"
#include "pn-new-batch-page.h"
#include "pn-window.h"

struct _PnReadyStep
{
  PnWizardStep parent_instance;
  GtkWidget *practice;
};

G_DEFINE_FINAL_TYPE (PnReadyStep, pn_ready_step, PN_TYPE_WIZARD_STEP)

/* The window shows where it goes on before the set-up is gone. */
static void
pn_ready_step_leave (PnWizardStep *step)
{
  PnWindow *window = pn_window_of (GTK_WIDGET (step));

  if (window != NULL)
    {
      pn_window_show_page (window, "batches");
      pn_window_push (window, pn_new_batch_page_new ());
    }
  pn_wizard_step_go_on (step);
}

static void
practice_cb (PnReadyStep *self)
{
  PnWindow *window = pn_window_of (GTK_WIDGET (self));

  pn_app_set_practice (pn_app_get_default (), TRUE);
  if (window != NULL)
    pn_window_show_page (window, "bench");
  pn_wizard_step_go_on (PN_WIZARD_STEP (self));
}

static void
pn_ready_step_class_init (PnReadyStepClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  PN_WIZARD_STEP_CLASS (klass)->leave = pn_ready_step_leave;
  gtk_widget_class_set_template_from_resource (widget_class,
                                               "/org/punnet/Punnet/ui/pn-ready-step.ui");
  gtk_widget_class_bind_template_child (widget_class, PnReadyStep, practice);
  gtk_widget_class_bind_template_callback (widget_class, practice_cb);
}

static void
pn_ready_step_init (PnReadyStep *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
}
