/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "pn-welcome-step.h"

#include "pn-app.h"
#include "pn-choice.h"

struct _PnWelcomeStep
{
  PnWizardStep parent_instance;
  PnChoice *one, *station;
  GtkWidget *practice, *practising;
};

G_DEFINE_FINAL_TYPE (PnWelcomeStep, pn_welcome_step, PN_TYPE_WIZARD_STEP)

static void
choose (PnWelcomeStep *self, PnChoice *choice, gboolean one_device)
{
  PnSetup *setup = pn_wizard_step_get_setup (PN_WIZARD_STEP (self));

  gtk_toggle_button_set_active (GTK_TOGGLE_BUTTON (choice), TRUE);
  if (pn_setup_is_one_device (setup) != one_device || pn_setup_get_recipe (setup) != NULL ||
      pn_setup_get_step (setup) == 0)
    pn_setup_begin (setup, one_device);
  pn_wizard_step_go_on (PN_WIZARD_STEP (self));
}

static void
one_cb (PnWelcomeStep *self)
{
  choose (self, self->one, TRUE);
}

static void
station_cb (PnWelcomeStep *self)
{
  choose (self, self->station, FALSE);
}

static void
show_practice (PnWelcomeStep *self)
{
  gboolean practice = pn_app_get_practice (pn_app_get_default ());

  gtk_widget_set_visible (self->practice, !practice);
  gtk_widget_set_visible (self->practising, practice);
}

static void
practice_cb (PnWelcomeStep *self)
{
  pn_app_set_practice (pn_app_get_default (), TRUE);
}

static GtkOrientation
to_orientation (PnWelcomeStep *self, gboolean narrow)
{
  return narrow ? GTK_ORIENTATION_VERTICAL : GTK_ORIENTATION_HORIZONTAL;
}

static void
pn_welcome_step_class_init (PnWelcomeStepClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  g_type_ensure (PN_TYPE_CHOICE);
  gtk_widget_class_set_template_from_resource (widget_class,
                                               "/org/punnet/Punnet/ui/pn-welcome-step.ui");
  gtk_widget_class_bind_template_child (widget_class, PnWelcomeStep, one);
  gtk_widget_class_bind_template_child (widget_class, PnWelcomeStep, station);
  gtk_widget_class_bind_template_child (widget_class, PnWelcomeStep, practice);
  gtk_widget_class_bind_template_child (widget_class, PnWelcomeStep, practising);
  gtk_widget_class_bind_template_callback (widget_class, one_cb);
  gtk_widget_class_bind_template_callback (widget_class, station_cb);
  gtk_widget_class_bind_template_callback (widget_class, practice_cb);
  gtk_widget_class_bind_template_callback (widget_class, to_orientation);
}

static void
pn_welcome_step_init (PnWelcomeStep *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
  g_signal_connect_object (pn_app_get_default (), "notify::practice", G_CALLBACK (show_practice),
                           self, G_CONNECT_SWAPPED);
  show_practice (self);
}
