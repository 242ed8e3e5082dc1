/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "pn-protection-step.h"

#include <glib/gi18n.h>

#include "pn-choice.h"
#include "pn-format.h"
#include "pn-recipe-checker.h"

#define N_MODES (PN_MODE_NAKED + 1)

struct _PnProtectionStep
{
  PnWizardStep parent_instance;
  PnChoice *modes[N_MODES]; /* by PnMode */
  GtkRevealer *locked;
  GtkWidget *caution;
  AdwActionRow *key, *fingerprint;
  GtkImage *key_icon;
  PnRecipeChecker *checker;
  GtkFileChooserNative *chooser;
  gboolean showing; /* the widgets follow the set-up now, not the other way round */
};

G_DEFINE_FINAL_TYPE (PnProtectionStep, pn_protection_step, PN_TYPE_WIZARD_STEP)

static const char *
find_problem (PnProtectionStep *self)
{
  PnSetup *setup = pn_wizard_step_get_setup (PN_WIZARD_STEP (self));
  PnMode mode = pn_setup_get_mode (setup);
  const char *why_not = pn_recipe_why_not (pn_setup_get_chip (setup), mode);

  if (why_not != NULL || mode != PN_MODE_SECURE_BOOT)
    return why_not;
  if (pn_setup_get (setup, PN_RECIPE_KEY) == NULL)
    return _ ("Choose the key that the devices are locked to");
  if (pn_recipe_checker_is_busy (self->checker))
    return _ ("Looking at the key");
  return pn_recipe_checker_get_problem (self->checker, PN_RECIPE_KEY);
}

static void
show_key (PnProtectionStep *self)
{
  const char *path = pn_setup_get (pn_wizard_step_get_setup (PN_WIZARD_STEP (self)), PN_RECIPE_KEY);
  const char *problem = pn_recipe_checker_get_problem (self->checker, PN_RECIPE_KEY);
  const char *remark = pn_recipe_checker_get_remark (self->checker, PN_RECIPE_KEY);
  const char *fingerprint = pn_recipe_checker_get_fingerprint (self->checker);
  gboolean judged = path != NULL && !pn_recipe_checker_is_busy (self->checker);
  g_autofree char *name = path != NULL ? g_path_get_basename (path) : NULL;
  g_autofree char *groups = NULL;

  adw_preferences_row_set_title (ADW_PREFERENCES_ROW (self->key),
                                 name != NULL ? name : _ ("Key file"));
  adw_action_row_set_subtitle (self->key, path == NULL ? _ ("A PEM file with an RSA-2048 key")
                                          : judged && problem != NULL ? problem
                                          : judged && remark != NULL  ? remark
                                                                      : "");
  gtk_image_set_from_icon_name (self->key_icon, !judged           ? "pn-key-symbolic"
                                                : problem != NULL ? "pn-failed-symbolic"
                                                                  : "pn-passed-symbolic");
  gtk_widget_set_css_classes (GTK_WIDGET (self->key_icon),
                              (const char *[]){ !judged           ? "row-icon"
                                                : problem != NULL ? "error"
                                                                  : "success",
                                                NULL });
  gtk_widget_set_visible (GTK_WIDGET (self->fingerprint),
                          judged && problem == NULL && fingerprint != NULL);
  if (judged && fingerprint != NULL)
    groups = pn_format_fingerprint (fingerprint);
  adw_action_row_set_subtitle (self->fingerprint, groups != NULL ? groups : "");
}

static void
show (PnProtectionStep *self)
{
  PnSetup *setup = pn_wizard_step_get_setup (PN_WIZARD_STEP (self));
  PnMode mode = pn_setup_get_mode (setup);

  self->showing = TRUE;
  gtk_toggle_button_set_active (GTK_TOGGLE_BUTTON (self->modes[mode]), TRUE);
  gtk_revealer_set_reveal_child (self->locked, mode == PN_MODE_SECURE_BOOT);
  gtk_widget_set_visible (self->caution, pn_setup_is_one_device (setup));
  show_key (self);
  pn_wizard_step_set_problem (PN_WIZARD_STEP (self), find_problem (self));
  self->showing = FALSE;
}

static void
chosen_cb (PnProtectionStep *self, GtkToggleButton *button)
{
  PnSetup *setup = pn_wizard_step_get_setup (PN_WIZARD_STEP (self));

  if (self->showing || !gtk_toggle_button_get_active (button))
    return;
  for (guint i = 0; i < N_MODES; i++)
    if (GTK_TOGGLE_BUTTON (self->modes[i]) == button)
      pn_setup_set (setup, PN_RECIPE_MODE, pn_mode_to_word ((PnMode) i));
  show (self);
}

/* ---- the key ---- */

void
pn_protection_step_set_key (PnProtectionStep *self, const char *path)
{
  PnSetup *setup = pn_wizard_step_get_setup (PN_WIZARD_STEP (self));

  pn_setup_set (setup, PN_RECIPE_FINGERPRINT, NULL);
  pn_setup_set (setup, PN_RECIPE_KEY, path);
  pn_recipe_checker_set (self->checker, pn_setup_get_draft (setup), NULL, TRUE);
  show (self);
}

static void
file_chosen_cb (PnProtectionStep *self, int response)
{
  g_autoptr (GFile) file = gtk_file_chooser_get_file (GTK_FILE_CHOOSER (self->chooser));
  g_autofree char *path = file != NULL ? g_file_get_path (file) : NULL;

  if (response == GTK_RESPONSE_ACCEPT && path != NULL)
    pn_protection_step_set_key (self, path);
  g_clear_object (&self->chooser);
}

static void
choose_cb (PnProtectionStep *self)
{
  g_autoptr (GtkFileFilter) filter = gtk_file_filter_new ();

  g_clear_object (&self->chooser);
  self->chooser = gtk_file_chooser_native_new (
      _ ("Choose the signing key"), GTK_WINDOW (gtk_widget_get_root (GTK_WIDGET (self))),
      GTK_FILE_CHOOSER_ACTION_OPEN, _ ("_Choose"), _ ("_Cancel"));
  gtk_file_filter_set_name (filter, _ ("Keys (PEM)"));
  gtk_file_filter_add_suffix (filter, "pem");
  gtk_file_filter_add_suffix (filter, "key");
  gtk_file_chooser_add_filter (GTK_FILE_CHOOSER (self->chooser), filter);
  g_signal_connect_swapped (self->chooser, "response", G_CALLBACK (file_chosen_cb), self);
  gtk_native_dialog_set_modal (GTK_NATIVE_DIALOG (self->chooser), TRUE);
  gtk_native_dialog_show (GTK_NATIVE_DIALOG (self->chooser));
}

/* ---- the step ---- */

static GtkOrientation
to_orientation (PnProtectionStep *self, gboolean narrow)
{
  return narrow ? GTK_ORIENTATION_VERTICAL : GTK_ORIENTATION_HORIZONTAL;
}

static void
pn_protection_step_enter (PnWizardStep *step)
{
  PnProtectionStep *self = PN_PROTECTION_STEP (step);
  PnSetup *setup = pn_wizard_step_get_setup (step);

  for (guint i = 0; i < N_MODES; i++)
    {
      const char *why_not = pn_recipe_why_not (pn_setup_get_chip (setup), (PnMode) i);
      PnPermanence permanence = pn_recipe_field_get_permanence (PN_RECIPE_MODE, (PnMode) i);

      pn_choice_set_why_not (self->modes[i], why_not);
      g_object_set (self->modes[i], "note", pn_permanence_to_label (permanence), "permanent",
                    permanence == PN_PERMANENCE_PERMANENT, NULL);
    }
  if (pn_setup_get (setup, PN_RECIPE_KEY) != NULL)
    pn_recipe_checker_set (self->checker, pn_setup_get_draft (setup), NULL, TRUE);
  show (self);
}

static void
pn_protection_step_dispose (GObject *object)
{
  PnProtectionStep *self = PN_PROTECTION_STEP (object);

  g_clear_object (&self->checker);
  g_clear_object (&self->chooser);
  G_OBJECT_CLASS (pn_protection_step_parent_class)->dispose (object);
}

static void
pn_protection_step_class_init (PnProtectionStepClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);
  static const char *const modes[] = { "secure_boot", "fde_only", "naked" };

  G_OBJECT_CLASS (klass)->dispose = pn_protection_step_dispose;
  PN_WIZARD_STEP_CLASS (klass)->enter = pn_protection_step_enter;
  g_type_ensure (PN_TYPE_CHOICE);
  gtk_widget_class_set_template_from_resource (widget_class,
                                               "/org/punnet/Punnet/ui/pn-protection-step.ui");
  for (guint i = 0; i < N_MODES; i++)
    gtk_widget_class_bind_template_child_full (
        widget_class, modes[i], FALSE,
        (gssize) (G_STRUCT_OFFSET (PnProtectionStep, modes) + i * sizeof (gpointer)));
  gtk_widget_class_bind_template_child (widget_class, PnProtectionStep, locked);
  gtk_widget_class_bind_template_child (widget_class, PnProtectionStep, caution);
  gtk_widget_class_bind_template_child (widget_class, PnProtectionStep, key);
  gtk_widget_class_bind_template_child (widget_class, PnProtectionStep, key_icon);
  gtk_widget_class_bind_template_child (widget_class, PnProtectionStep, fingerprint);
  gtk_widget_class_bind_template_callback (widget_class, chosen_cb);
  gtk_widget_class_bind_template_callback (widget_class, choose_cb);
  gtk_widget_class_bind_template_callback (widget_class, to_orientation);
}

static void
pn_protection_step_init (PnProtectionStep *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
  self->checker = pn_recipe_checker_new ();
  g_signal_connect_object (self->checker, "checked", G_CALLBACK (show), self, G_CONNECT_SWAPPED);
}
