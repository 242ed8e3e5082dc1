/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "pn-check-step.h"

#include <glib/gi18n.h>

#include "pn-app.h"
#include "pn-station-check.h"

struct _PnCheckStep
{
  PnWizardStep parent_instance;
  GtkListBox *list;
  PnStationCheck *check;
  GtkFileChooserNative *chooser;
};

G_DEFINE_FINAL_TYPE (PnCheckStep, pn_check_step, PN_TYPE_WIZARD_STEP)

static void
worst_cb (PnCheckStep *self)
{
  PnFindingState worst = pn_station_check_get_worst (self->check);

  pn_wizard_step_set_problem (PN_WIZARD_STEP (self),
                              worst == PN_FINDING_BAD ? pn_station_check_get_problem (self->check)
                              : worst == PN_FINDING_LOOKING ? _ ("Still looking")
                                                            : NULL);
  g_object_set (self, "heading",
                worst == PN_FINDING_GOOD      ? _ ("This computer is ready")
                : worst == PN_FINDING_LOOKING ? _ ("Looking at this computer")
                                              : _ ("Almost ready"),
                NULL);
}

static gboolean
pn_check_step_skip (PnWizardStep *step)
{
  return pn_setup_is_one_device (pn_wizard_step_get_setup (step)) &&
         pn_station_check_get_worst (PN_CHECK_STEP (step)->check) == PN_FINDING_GOOD;
}

/* ---- rows ---- */

static gboolean
state_to_icon (GBinding *binding, const GValue *from, GValue *to, gpointer user_data)
{
  static const char *const icons[] = {
    [PN_FINDING_LOOKING] = "content-loading-symbolic",
    [PN_FINDING_GOOD] = "pn-passed-symbolic",
    [PN_FINDING_WARNING] = "dialog-warning-symbolic",
    [PN_FINDING_BAD] = "pn-failed-symbolic",
  };

  g_value_set_string (to, icons[g_value_get_enum (from)]);
  return TRUE;
}

static gboolean
state_to_styles (GBinding *binding, const GValue *from, GValue *to, gpointer user_data)
{
  static const char *const styles[] = { "dim-label", "success", "warning", "error" };
  const char *list[] = { styles[g_value_get_enum (from)], NULL };

  g_value_set_boxed (to, list);
  return TRUE;
}

static gboolean
text_to_visible (GBinding *binding, const GValue *from, GValue *to, gpointer user_data)
{
  const char *text = g_value_get_string (from);

  g_value_set_boolean (to, text != NULL && text[0] != '\0');
  return TRUE;
}

static void
fix_cb (GtkButton *button, PnFinding *check)
{
  g_autofree char *action = NULL;

  g_object_get (check, "action", &action, NULL);
  gtk_widget_activate_action (GTK_WIDGET (button), action, NULL);
}

static GtkWidget *
make_row (gpointer check, gpointer user_data)
{
  GtkWidget *row = adw_action_row_new ();
  GtkWidget *icon = gtk_image_new ();
  GtkWidget *button = gtk_button_new ();

  gtk_widget_set_valign (button, GTK_ALIGN_CENTER);
  adw_action_row_add_prefix (ADW_ACTION_ROW (row), icon);
  adw_action_row_add_suffix (ADW_ACTION_ROW (row), button);
  adw_action_row_set_subtitle_lines (ADW_ACTION_ROW (row), 0);
  adw_preferences_row_set_use_markup (ADW_PREFERENCES_ROW (row), FALSE);
  g_object_bind_property (check, "title", row, "title", G_BINDING_SYNC_CREATE);
  g_object_bind_property (check, "text", row, "subtitle", G_BINDING_SYNC_CREATE);
  g_object_bind_property (check, "fix", button, "label", G_BINDING_SYNC_CREATE);
  g_object_bind_property_full (check, "fix", button, "visible", G_BINDING_SYNC_CREATE,
                               text_to_visible, NULL, NULL, NULL);
  g_object_bind_property_full (check, "state", icon, "icon-name", G_BINDING_SYNC_CREATE,
                               state_to_icon, NULL, NULL, NULL);
  g_object_bind_property_full (check, "state", icon, "css-classes", G_BINDING_SYNC_CREATE,
                               state_to_styles, NULL, NULL, NULL);
  g_signal_connect_object (button, "clicked", G_CALLBACK (fix_cb), check, 0);
  return row;
}

/* ---- where the firmware is ---- */

static void
chosen_cb (PnCheckStep *self, int response)
{
  g_autoptr (GFile) file = gtk_file_chooser_get_file (GTK_FILE_CHOOSER (self->chooser));
  g_autofree char *path = file != NULL ? g_file_get_path (file) : NULL;

  if (response == GTK_RESPONSE_ACCEPT && path != NULL)
    g_settings_set_string (pn_app_get_settings (pn_app_get_default ()), "firmware-folder", path);
  g_clear_object (&self->chooser);
}

static void
choose_firmware_action (GtkWidget *widget, const char *action, GVariant *parameter)
{
  PnCheckStep *self = PN_CHECK_STEP (widget);

  g_clear_object (&self->chooser);
  self->chooser = gtk_file_chooser_native_new (
      _ ("Choose the firmware folder"), GTK_WINDOW (gtk_widget_get_root (widget)),
      GTK_FILE_CHOOSER_ACTION_SELECT_FOLDER, _ ("_Choose"), _ ("_Cancel"));
  g_signal_connect_swapped (self->chooser, "response", G_CALLBACK (chosen_cb), self);
  gtk_native_dialog_set_modal (GTK_NATIVE_DIALOG (self->chooser), TRUE);
  gtk_native_dialog_show (GTK_NATIVE_DIALOG (self->chooser));
}

static void
pn_check_step_enter (PnWizardStep *step)
{
  PnStationCheck *check = PN_CHECK_STEP (step)->check;

  pn_station_check_set_chip (check, pn_setup_get_chip (pn_wizard_step_get_setup (step)));
  pn_station_check_run (check);
}

static void
pn_check_step_dispose (GObject *object)
{
  PnCheckStep *self = PN_CHECK_STEP (object);

  g_clear_object (&self->check);
  g_clear_object (&self->chooser);
  G_OBJECT_CLASS (pn_check_step_parent_class)->dispose (object);
}

static void
pn_check_step_class_init (PnCheckStepClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);
  PnWizardStepClass *step_class = PN_WIZARD_STEP_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = pn_check_step_dispose;
  step_class->enter = pn_check_step_enter;
  step_class->skip = pn_check_step_skip;
  gtk_widget_class_set_template_from_resource (widget_class,
                                               "/org/punnet/Punnet/ui/pn-check-step.ui");
  gtk_widget_class_bind_template_child (widget_class, PnCheckStep, list);
  gtk_widget_class_install_action (widget_class, "check.choose-firmware", NULL,
                                   choose_firmware_action);
}

static void
pn_check_step_init (PnCheckStep *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
  self->check = pn_station_check_new ();
  gtk_list_box_bind_model (self->list, pn_station_check_get_checks (self->check), make_row, NULL,
                           NULL);
  g_signal_connect_object (self->check, "notify::worst", G_CALLBACK (worst_cb), self,
                           G_CONNECT_SWAPPED);
  worst_cb (self);
}
