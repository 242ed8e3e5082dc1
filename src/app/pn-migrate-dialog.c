/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "pn-migrate-dialog.h"

#include <glib/gi18n.h>

#include "pn-error.h"
#include "pn-io.h"
#include "pn-migration.h"
#include "pn-port-rules.h"
#include "pn-recipe-page.h"
#include "pn-sentence.h"
#include "pn-window.h"

struct _PnMigrateDialog
{
  PnDialog parent_instance;
  GtkButton *close, *move, *choose, *open_recipe;
  GtkLabel *problem;
  AdwActionRow *folder, *sum;
  GtkBox *groups;

  PnClient *client;
  char *root;
  PnMigration *migration; /* NULL while it is read, or where there is nothing */
  char *recipe;           /* the new one's id */
  guint next_flag;        /* of the migration's flags, to become an override */
  int records;            /* a file with its records, or -1 */
  GCancellable *cancellable;
  GtkFileChooserNative *chooser;
};

G_DEFINE_FINAL_TYPE (PnMigrateDialog, pn_migrate_dialog, PN_TYPE_DIALOG)

/* ---- what is shown ---- */

static void
show_problem (PnMigrateDialog *self, const char *text)
{
  gtk_label_set_label (self->problem, text != NULL ? text : "");
  gtk_widget_set_visible (GTK_WIDGET (self->problem), text != NULL);
}

static GtkWidget *
make_mark (PnMigrationOutcome outcome)
{
  static const struct
  {
    const char *icon, *style;
  } marks[] = {
    [PN_MIGRATION_TAKEN] = { "pn-passed-symbolic", "success" },
    [PN_MIGRATION_CHANGED] = { "pn-decision-symbolic", "warning" },
    [PN_MIGRATION_LEFT] = { "pn-skipped-symbolic", "dim-label" },
  };
  GtkWidget *image = gtk_image_new_from_icon_name (marks[outcome].icon);
  const char *label = _ (pn_migration_outcome_to_label (outcome));

  gtk_widget_add_css_class (image, marks[outcome].style);
  gtk_widget_set_tooltip_text (image, label);
  gtk_accessible_update_property (GTK_ACCESSIBLE (image), GTK_ACCESSIBLE_PROPERTY_LABEL, label, -1);
  return image;
}

static GtkWidget *
make_row (const PnMigrationItem *item)
{
  g_autofree char *text = pn_sentence_to_local (item->sentence);
  AdwActionRow *row = ADW_ACTION_ROW (adw_action_row_new ());

  adw_preferences_row_set_use_markup (ADW_PREFERENCES_ROW (row), FALSE);
  adw_preferences_row_set_title (ADW_PREFERENCES_ROW (row),
                                 item->name[0] != '\0' ? item->name : text);
  if (item->name[0] != '\0')
    adw_action_row_set_subtitle (row, text);
  adw_action_row_set_title_lines (row, 0);
  adw_action_row_set_subtitle_lines (row, 0);
  adw_action_row_add_prefix (row, make_mark (item->outcome));
  return GTK_WIDGET (row);
}

static void
add_group (PnMigrateDialog *self, PnMigrationKind kind)
{
  GPtrArray *items = pn_migration_get_items (self->migration);
  AdwPreferencesGroup *group = NULL;

  for (guint i = 0; i < items->len; i++)
    {
      const PnMigrationItem *item = items->pdata[i];

      if (item->kind != kind)
        continue;
      if (group == NULL)
        {
          group = ADW_PREFERENCES_GROUP (adw_preferences_group_new ());
          adw_preferences_group_set_title (group, _ (pn_migration_kind_to_label (kind)));
          gtk_box_append (self->groups, GTK_WIDGET (group));
        }
      adw_preferences_group_add (group, make_row (item));
    }
}

static void
show_sum (PnMigrateDialog *self, const char *title)
{
  g_autofree char *counts = g_strdup_printf (
      _ ("%u taken, %u changed, %u left"), pn_migration_count (self->migration, PN_MIGRATION_TAKEN),
      pn_migration_count (self->migration, PN_MIGRATION_CHANGED),
      pn_migration_count (self->migration, PN_MIGRATION_LEFT));

  adw_preferences_row_set_title (ADW_PREFERENCES_ROW (self->sum), title);
  adw_action_row_set_subtitle (self->sum, counts);
}

static void
show_items (PnMigrateDialog *self, const char *title)
{
  GtkWidget *group;

  while ((group = gtk_widget_get_first_child (GTK_WIDGET (self->groups))) != NULL)
    gtk_box_remove (self->groups, group);
  gtk_widget_set_visible (GTK_WIDGET (self->sum), self->migration != NULL);
  if (self->migration == NULL)
    return;
  show_sum (self, title);
  for (guint kind = 0; kind < PN_N_MIGRATION_KINDS; kind++)
    add_group (self, (PnMigrationKind) kind);
}

static void
set_busy (PnMigrateDialog *self, gboolean busy)
{
  gtk_widget_set_sensitive (GTK_WIDGET (self->choose), !busy);
  gtk_widget_set_sensitive (GTK_WIDGET (self->move), !busy && self->migration != NULL);
}

/* ---- reading ---- */

static void
read_in_thread (GTask *task, gpointer source, gpointer root, GCancellable *cancellable)
{
  GError *error = NULL;
  PnOldStation *station = pn_old_station_read (root, &error);

  if (station != NULL)
    g_task_return_pointer (task, pn_migration_plan (station), (GDestroyNotify) pn_migration_free);
  else
    g_task_return_error (task, error);
}

static void
read_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  PnMigrateDialog *self = PN_MIGRATE_DIALOG (source);
  g_autoptr (GError) error = NULL;
  PnMigration *migration = g_task_propagate_pointer (G_TASK (result), &error);

  if (pn_error_is_cancelled (error))
    return;
  g_clear_pointer (&self->migration, pn_migration_free);
  self->migration = migration;
  show_problem (self, error != NULL ? pn_error_text (error) : NULL);
  show_items (self, _ ("What will become of it"));
  set_busy (self, FALSE);
}

static void
read_folder (PnMigrateDialog *self)
{
  g_autoptr (GTask) task = g_task_new (self, self->cancellable, read_cb, NULL);

  adw_action_row_set_subtitle (self->folder,
                               g_str_equal (self->root, "/") ? _ ("This computer") : self->root);
  set_busy (self, TRUE);
  g_task_set_task_data (task, g_strdup (self->root), g_free);
  g_task_run_in_thread (task, read_in_thread);
}

static void
folder_chosen_cb (PnMigrateDialog *self, int response)
{
  g_autoptr (GFile) file = gtk_file_chooser_get_file (GTK_FILE_CHOOSER (self->chooser));
  char *path = file != NULL ? g_file_get_path (file) : NULL;

  if (response == GTK_RESPONSE_ACCEPT && path != NULL)
    {
      g_free (self->root);
      self->root = path;
      read_folder (self);
    }
  else
    g_free (path);
  g_clear_object (&self->chooser);
}

static void
choose_cb (PnMigrateDialog *self)
{
  g_clear_object (&self->chooser);
  self->chooser = gtk_file_chooser_native_new (
      _ ("Choose the folder that has its etc and srv folders in it"), GTK_WINDOW (self),
      GTK_FILE_CHOOSER_ACTION_SELECT_FOLDER, _ ("_Choose"), _ ("_Cancel"));
  g_signal_connect_swapped (self->chooser, "response", G_CALLBACK (folder_chosen_cb), self);
  gtk_native_dialog_set_modal (GTK_NATIVE_DIALOG (self->chooser), TRUE);
  gtk_native_dialog_show (GTK_NATIVE_DIALOG (self->chooser));
}

/* ---- taking over ---- */

static void
show_end (PnMigrateDialog *self)
{
  set_busy (self, FALSE);
  gtk_widget_set_visible (GTK_WIDGET (self->move), FALSE);
  gtk_widget_set_sensitive (GTK_WIDGET (self->choose), FALSE);
  gtk_widget_set_visible (GTK_WIDGET (self->open_recipe), TRUE);
  gtk_button_set_label (self->close, _ ("Close"));
  show_items (self, _ ("What became of it"));
  gtk_widget_grab_focus (GTK_WIDGET (self->open_recipe));
}

static void
merged_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (PnMigrateDialog) self = user_data;
  g_autoptr (GError) error = NULL;
  g_auto (PnMergeReport) report = { 0 };

  if (pn_client_merge_records_finish (PN_CLIENT (source), result, &report, &error))
    pn_migration_merged_records (self->migration, report.n_new, report.n_same,
                                 report.n_conflicting);
  else
    pn_migration_fail (self->migration, PN_MIGRATION_RECORDS,
                       pn_migration_get_records_name (self->migration), error);
  show_end (self);
}

static void
merge_records (PnMigrateDialog *self)
{
  if (self->records < 0)
    {
      show_end (self);
      return;
    }
  pn_client_merge_records_async (self->client, self->records, PN_MIGRATION_STATION, FALSE, NULL,
                                 merged_cb, g_object_ref (self));
}

static void add_next_override (PnMigrateDialog *self);

static void
override_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (PnMigrateDialog) self = user_data;
  const PnOldFlag *flag = pn_migration_get_flags (self->migration)->pdata[self->next_flag];
  g_autoptr (GError) error = NULL;

  if (!pn_client_override_finish (PN_CLIENT (source), result, &error))
    pn_migration_fail (self->migration, PN_MIGRATION_OVERRIDE, flag->serial, error);
  self->next_flag++;
  add_next_override (self);
}

static void
add_next_override (PnMigrateDialog *self)
{
  GPtrArray *flags = pn_migration_get_flags (self->migration);
  const PnOldFlag *flag;
  g_autoptr (PnOverride) override = NULL;

  if (self->next_flag >= flags->len)
    {
      merge_records (self);
      return;
    }
  flag = flags->pdata[self->next_flag];
  override = pn_old_flag_to_override (flag);
  pn_client_add_override_async (self->client, override, NULL, override_cb, g_object_ref (self));
}

typedef struct
{
  PnMigration *migration; /* the dialog's, which waits for us */
  char *recipe;
  int records; /* a file, or -1 */
} Moving;

static void
moving_free (Moving *self)
{
  if (self->records >= 0)
    pn_fd_close (self->records);
  g_free (self->recipe);
  g_free (self);
}

static void
move_in_thread (GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
  Moving *moving = data;
  g_autoptr (PnRecipeStore) store = pn_recipe_store_new (NULL, NULL);
  g_autofree char *folder =
      g_build_filename (g_get_user_config_dir (), "punnet", PN_PORT_RULES_FOLDER, NULL);
  g_autofree char *name = NULL;
  GError *error = NULL;

  moving->recipe = pn_migration_make_recipe (moving->migration, store, &name, &error);
  if (moving->recipe == NULL)
    {
      g_task_return_error (task, error);
      return;
    }
  pn_migration_copy_port_rules (moving->migration, folder);
  moving->records = pn_migration_open_records (moving->migration, &error);
  if (error != NULL)
    pn_migration_fail (moving->migration, PN_MIGRATION_RECORDS,
                       pn_migration_get_records_name (moving->migration), error);
  g_clear_error (&error);
  g_task_return_boolean (task, TRUE);
}

static void
moved_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  PnMigrateDialog *self = PN_MIGRATE_DIALOG (source);
  Moving *moving = g_task_get_task_data (G_TASK (result));
  g_autoptr (GError) error = NULL;

  if (!g_task_propagate_boolean (G_TASK (result), &error))
    {
      show_problem (self, pn_error_text (error));
      set_busy (self, FALSE);
      return;
    }
  self->recipe = g_steal_pointer (&moving->recipe);
  self->records = g_steal_fd (&moving->records);
  add_next_override (self);
}

/* Not to be cancelled: what is begun is told of. */
static void
move_cb (PnMigrateDialog *self)
{
  g_autoptr (GTask) task = g_task_new (self, NULL, moved_cb, NULL);
  Moving *moving = g_new0 (Moving, 1);

  show_problem (self, NULL);
  set_busy (self, TRUE);
  moving->migration = self->migration;
  moving->records = -1;
  g_task_set_task_data (task, moving, (GDestroyNotify) moving_free);
  g_task_run_in_thread (task, move_in_thread);
}

static void
open_recipe_cb (PnMigrateDialog *self)
{
  PnWindow *window = pn_window_of (GTK_WIDGET (self));

  pn_window_show_page (window, "recipes");
  pn_window_push (window, pn_recipe_page_new (self->recipe));
  gtk_window_close (GTK_WINDOW (self));
}

/* ---- the class ---- */

static gboolean
close_request_cb (PnMigrateDialog *self)
{
  g_cancellable_cancel (self->cancellable);
  return GDK_EVENT_PROPAGATE;
}

static void
pn_migrate_dialog_dispose (GObject *object)
{
  PnMigrateDialog *self = PN_MIGRATE_DIALOG (object);

  g_cancellable_cancel (self->cancellable);
  g_clear_object (&self->chooser);
  G_OBJECT_CLASS (pn_migrate_dialog_parent_class)->dispose (object);
}

static void
pn_migrate_dialog_finalize (GObject *object)
{
  PnMigrateDialog *self = PN_MIGRATE_DIALOG (object);

  g_clear_object (&self->client);
  g_clear_object (&self->cancellable);
  g_clear_pointer (&self->migration, pn_migration_free);
  if (self->records >= 0)
    pn_fd_close (self->records);
  g_free (self->recipe);
  g_free (self->root);
  G_OBJECT_CLASS (pn_migrate_dialog_parent_class)->finalize (object);
}

static void
pn_migrate_dialog_class_init (PnMigrateDialogClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = pn_migrate_dialog_dispose;
  G_OBJECT_CLASS (klass)->finalize = pn_migrate_dialog_finalize;
  gtk_widget_class_set_template_from_resource (widget_class,
                                               "/org/punnet/Punnet/ui/pn-migrate-dialog.ui");
  gtk_widget_class_bind_template_child (widget_class, PnMigrateDialog, close);
  gtk_widget_class_bind_template_child (widget_class, PnMigrateDialog, move);
  gtk_widget_class_bind_template_child (widget_class, PnMigrateDialog, choose);
  gtk_widget_class_bind_template_child (widget_class, PnMigrateDialog, open_recipe);
  gtk_widget_class_bind_template_child (widget_class, PnMigrateDialog, problem);
  gtk_widget_class_bind_template_child (widget_class, PnMigrateDialog, folder);
  gtk_widget_class_bind_template_child (widget_class, PnMigrateDialog, sum);
  gtk_widget_class_bind_template_child (widget_class, PnMigrateDialog, groups);
  gtk_widget_class_bind_template_callback (widget_class, close_request_cb);
  gtk_widget_class_bind_template_callback (widget_class, choose_cb);
  gtk_widget_class_bind_template_callback (widget_class, move_cb);
  gtk_widget_class_bind_template_callback (widget_class, open_recipe_cb);
}

static void
pn_migrate_dialog_init (PnMigrateDialog *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
  self->records = -1;
  self->cancellable = g_cancellable_new ();
}

PnDialog *
pn_migrate_dialog_new (PnClient *client, const char *root)
{
  PnMigrateDialog *self = g_object_new (PN_TYPE_MIGRATE_DIALOG, NULL);

  self->client = g_object_ref (client);
  self->root = g_strdup (root);
  read_folder (self);
  return PN_DIALOG (self);
}
