/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "pn-backup-group.h"

#include <glib/gi18n.h>

#include "pn-app.h"
#include "pn-backup.h"
#include "pn-choice-row.h"
#include "pn-format.h"

struct _PnBackupGroup
{
  AdwPreferencesGroup parent_instance;
  AdwActionRow *folder;
  AdwComboRow *interval;
  AdwActionRow *last;
  GtkWidget *forget, *now, *spinner;
  GtkFileChooserNative *chooser;
};

G_DEFINE_FINAL_TYPE (PnBackupGroup, pn_backup_group, ADW_TYPE_PREFERENCES_GROUP)

static GSettings *
get_settings (void)
{
  return pn_app_get_settings (pn_app_get_default ());
}

static PnBackup *
get_backup (void)
{
  return pn_app_get_backup (pn_app_get_default ());
}

static void
show (PnBackupGroup *self)
{
  g_autofree char *folder = g_settings_get_string (get_settings (), "backup-folder");
  gint64 last = g_settings_get_int64 (get_settings (), "backup-last");
  g_autofree char *time = last > 0 ? pn_format_time (last) : g_strdup (_ ("Never"));
  const char *problem = pn_backup_get_problem (get_backup ());
  gboolean going = pn_backup_is_going (get_backup ());
  PnApp *app = pn_app_get_default ();
  gboolean ready = pn_client_get_state (pn_app_get_client (app)) == PN_CLIENT_READY;

  adw_action_row_set_subtitle (self->folder, folder[0] != '\0' ? folder : _ ("Nowhere else"));
  gtk_widget_set_visible (self->forget, folder[0] != '\0');
  adw_action_row_set_subtitle (self->last, problem != NULL ? problem : time);
  if (problem != NULL)
    gtk_widget_add_css_class (GTK_WIDGET (self->last), "error");
  else
    gtk_widget_remove_css_class (GTK_WIDGET (self->last), "error");
  gtk_widget_set_visible (self->spinner, going);
  gtk_widget_set_visible (self->now, !going);
  gtk_widget_set_sensitive (self->now, ready && folder[0] != '\0' && !pn_app_get_practice (app));
  gtk_widget_set_sensitive (GTK_WIDGET (self->interval), folder[0] != '\0');
}

static void
chosen_cb (PnBackupGroup *self, int response)
{
  g_autoptr (GFile) file = gtk_file_chooser_get_file (GTK_FILE_CHOOSER (self->chooser));
  g_autofree char *path = file != NULL ? g_file_get_path (file) : NULL;

  g_clear_object (&self->chooser);
  if (response == GTK_RESPONSE_ACCEPT && path != NULL)
    (void) g_settings_set_string (get_settings (), "backup-folder", path);
}

static void
choose_cb (PnBackupGroup *self)
{
  g_clear_object (&self->chooser);
  self->chooser = gtk_file_chooser_native_new (
      _ ("Choose the folder for copies"), GTK_WINDOW (gtk_widget_get_root (GTK_WIDGET (self))),
      GTK_FILE_CHOOSER_ACTION_SELECT_FOLDER, _ ("_Choose"), _ ("_Cancel"));
  gtk_native_dialog_set_modal (GTK_NATIVE_DIALOG (self->chooser), TRUE);
  g_signal_connect_object (self->chooser, "response", G_CALLBACK (chosen_cb), self,
                           G_CONNECT_SWAPPED);
  gtk_native_dialog_show (GTK_NATIVE_DIALOG (self->chooser));
}

static void
forget_cb (PnBackupGroup *self)
{
  g_settings_reset (get_settings (), "backup-folder");
}

static void
now_cb (PnBackupGroup *self)
{
  pn_backup_now (get_backup (), TRUE);
}

static void
follow_client (PnBackupGroup *self)
{
  g_signal_connect_object (pn_app_get_client (pn_app_get_default ()), "notify::state",
                           G_CALLBACK (show), self, G_CONNECT_SWAPPED);
  show (self);
}

static void
pn_backup_group_dispose (GObject *object)
{
  g_clear_object (&PN_BACKUP_GROUP (object)->chooser);
  G_OBJECT_CLASS (pn_backup_group_parent_class)->dispose (object);
}

static void
pn_backup_group_class_init (PnBackupGroupClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = pn_backup_group_dispose;
  gtk_widget_class_set_template_from_resource (widget_class,
                                               "/org/punnet/Punnet/ui/pn-backup-group.ui");
  gtk_widget_class_bind_template_child (widget_class, PnBackupGroup, folder);
  gtk_widget_class_bind_template_child (widget_class, PnBackupGroup, forget);
  gtk_widget_class_bind_template_child (widget_class, PnBackupGroup, interval);
  gtk_widget_class_bind_template_child (widget_class, PnBackupGroup, last);
  gtk_widget_class_bind_template_child (widget_class, PnBackupGroup, now);
  gtk_widget_class_bind_template_child (widget_class, PnBackupGroup, spinner);
  gtk_widget_class_bind_template_callback (widget_class, choose_cb);
  gtk_widget_class_bind_template_callback (widget_class, forget_cb);
  gtk_widget_class_bind_template_callback (widget_class, now_cb);
}

static void
pn_backup_group_init (PnBackupGroup *self)
{
  static const char *const intervals[] = { "never", "daily", "weekly", NULL };

  gtk_widget_init_template (GTK_WIDGET (self));
  pn_choice_row_bind (self->interval, get_settings (), "backup-interval", intervals);
  g_signal_connect_object (get_settings (), "changed::backup-folder", G_CALLBACK (show), self,
                           G_CONNECT_SWAPPED);
  g_signal_connect_object (get_settings (), "changed::backup-last", G_CALLBACK (show), self,
                           G_CONNECT_SWAPPED);
  g_signal_connect_object (get_backup (), "notify", G_CALLBACK (show), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (pn_app_get_default (), "notify::client", G_CALLBACK (follow_client),
                           self, G_CONNECT_SWAPPED);
  follow_client (self);
}
