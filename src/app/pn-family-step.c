/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "pn-family-step.h"

#include <glib/gi18n.h>

#include "pn-app.h"
#include "pn-choice.h"
#include "pn-firmware-folder.h"
#include "pn-guide-steps.h"

#define N_CHIPS (PN_CHIP_BCM2712 + 1)
#define N_STORAGES (PN_STORAGE_NVME + 1)

struct _PnFamilyStep
{
  PnWizardStep parent_instance;
  PnChoice *families[N_CHIPS]; /* by PnChip */
  GtkToggleButton *storages[N_STORAGES];
  GtkLabel *hint, *missing;
  PnGuideSteps *steps;
  gboolean showing; /* the widgets follow the set-up now, not the other way round */
};

G_DEFINE_FINAL_TYPE (PnFamilyStep, pn_family_step, PN_TYPE_WIZARD_STEP)

/* Why no recipe can be made for the chip yet, whatever its protection. */
static const char *
why_not_chip (PnChip chip)
{
  return pn_recipe_why_not (chip, PN_MODE_NAKED);
}

static PnGuideFamily
find_guide (PnChip chip, PnStorage storage)
{
  return chip == PN_CHIP_BCM2710      ? PN_GUIDE_ZERO
         : storage == PN_STORAGE_EMMC ? PN_GUIDE_MODULE
         : chip == PN_CHIP_BCM2711    ? PN_GUIDE_PI4
                                      : PN_GUIDE_PI5;
}

/* The step before looks for the firmware; these devices may need another one. */
static void
show_missing (PnFamilyStep *self, PnChip chip)
{
  g_autofree char *folder = pn_app_get_firmware_folder (pn_app_get_default ());
  g_autofree char *missing = pn_firmware_folder_list_missing (folder, chip);
  /* Translators: %s is a list of kinds of files. */
  g_autofree char *text = g_strdup_printf (
      _ ("Their firmware is not complete: %s. Go back to choose the folder that has it."), missing);

  gtk_label_set_label (self->missing, text);
  gtk_widget_set_visible (GTK_WIDGET (self->missing), missing != NULL);
}

static void
show (PnFamilyStep *self)
{
  PnSetup *setup = pn_wizard_step_get_setup (PN_WIZARD_STEP (self));
  PnChip chip = pn_setup_get_chip (setup);
  PnStorage storage = pn_setup_get_storage (setup);

  self->showing = TRUE;
  gtk_toggle_button_set_active (GTK_TOGGLE_BUTTON (self->families[chip]), TRUE);
  for (guint i = 0; i < N_STORAGES; i++)
    {
      gboolean can = pn_recipe_why_not_storage (chip, PN_MODE_NAKED, (PnStorage) i) == NULL;

      gtk_widget_set_sensitive (GTK_WIDGET (self->storages[i]), can);
    }
  gtk_toggle_button_set_active (self->storages[storage], TRUE);
  pn_guide_steps_set_family (self->steps, find_guide (chip, storage));
  gtk_widget_set_visible (GTK_WIDGET (self->hint), storage == PN_STORAGE_NVME);
  show_missing (self, chip);
  pn_wizard_step_set_problem (PN_WIZARD_STEP (self), why_not_chip (chip));
  self->showing = FALSE;
}

static void
chosen_cb (PnFamilyStep *self, GtkToggleButton *button)
{
  PnSetup *setup = pn_wizard_step_get_setup (PN_WIZARD_STEP (self));

  if (self->showing || !gtk_toggle_button_get_active (button))
    return;
  for (guint i = 0; i < N_CHIPS; i++)
    if (GTK_TOGGLE_BUTTON (self->families[i]) == button)
      pn_setup_set (setup, PN_RECIPE_CHIP, pn_chip_to_word ((PnChip) i));
  for (guint i = 0; i < N_STORAGES; i++)
    if (self->storages[i] == button)
      pn_setup_set (setup, PN_RECIPE_STORAGE, pn_storage_to_word ((PnStorage) i));
  show (self);
}

static GtkOrientation
to_orientation (PnFamilyStep *self, gboolean narrow)
{
  return narrow ? GTK_ORIENTATION_VERTICAL : GTK_ORIENTATION_HORIZONTAL;
}

static void
pn_family_step_enter (PnWizardStep *step)
{
  show (PN_FAMILY_STEP (step));
}

static void
pn_family_step_class_init (PnFamilyStepClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);
  static const char *const families[] = { "zero", "pi4", "pi5" };
  static const char *const storages[] = { "sd", "emmc", "nvme" };

  PN_WIZARD_STEP_CLASS (klass)->enter = pn_family_step_enter;
  g_type_ensure (PN_TYPE_CHOICE);
  g_type_ensure (PN_TYPE_GUIDE_STEPS);
  gtk_widget_class_set_template_from_resource (widget_class,
                                               "/org/punnet/Punnet/ui/pn-family-step.ui");
  for (guint i = 0; i < N_CHIPS; i++)
    gtk_widget_class_bind_template_child_full (
        widget_class, families[i], FALSE,
        (gssize) (G_STRUCT_OFFSET (PnFamilyStep, families) + i * sizeof (gpointer)));
  for (guint i = 0; i < N_STORAGES; i++)
    gtk_widget_class_bind_template_child_full (
        widget_class, storages[i], FALSE,
        (gssize) (G_STRUCT_OFFSET (PnFamilyStep, storages) + i * sizeof (gpointer)));
  gtk_widget_class_bind_template_child (widget_class, PnFamilyStep, hint);
  gtk_widget_class_bind_template_child (widget_class, PnFamilyStep, missing);
  gtk_widget_class_bind_template_child (widget_class, PnFamilyStep, steps);
  gtk_widget_class_bind_template_callback (widget_class, chosen_cb);
  gtk_widget_class_bind_template_callback (widget_class, to_orientation);
}

static void
pn_family_step_init (PnFamilyStep *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
  for (guint i = 0; i < N_CHIPS; i++)
    pn_choice_set_why_not (self->families[i], why_not_chip ((PnChip) i));
  for (guint i = 0; i < N_STORAGES; i++)
    gtk_button_set_label (GTK_BUTTON (self->storages[i]), pn_storage_to_label ((PnStorage) i));
}
