/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "pn-image-step.h"

#include <glib/gi18n.h>

#include "pn-image-library.h"
#include "pn-import-item.h"
#include "pn-job-row.h"

#define MAX_FOUND 4

struct _PnImageStep
{
  PnWizardStep parent_instance;
  GtkBox *drop;
  GtkImage *picture;
  GtkLabel *drop_title, *drop_text;
  GtkButton *choose;
  AdwBin *job_place;
  AdwPreferencesGroup *library_group, *found_group;
  GtkListBox *library, *found;
  PnJob *job; /* the import that goes, or went last */
  PnStoredImage *chosen;
  GtkDropTarget *target;
  PnImportItem *over; /* what is held over the step; NULL = nothing, or not known yet */
  gboolean hovered;   /* something is held over it */
  GtkFileChooserNative *chooser;
};

G_DEFINE_FINAL_TYPE (PnImageStep, pn_image_step, PN_TYPE_WIZARD_STEP)

static PnImageLibrary *
get_library (void)
{
  return pn_image_library_get_default ();
}

/* ---- what is shown ---- */

/* The image that was chosen before, if it is still there. */
static PnStoredImage *
find_chosen (PnImageStep *self)
{
  const char *chosen =
      pn_setup_get (pn_wizard_step_get_setup (PN_WIZARD_STEP (self)), PN_RECIPE_IMAGE);

  return chosen != NULL ? pn_image_library_find_path (get_library (), chosen) : NULL;
}

static void
set_style (GtkWidget *widget, const char *style, gboolean on)
{
  if (on)
    gtk_widget_add_css_class (widget, style);
  else
    gtk_widget_remove_css_class (widget, style);
}

/* What the area says: of what is held over it, of what went wrong, or of what was chosen. */
static void
show_drop (PnImageStep *self)
{
  const PnStoredImageFields *chosen =
      self->chosen != NULL && !self->hovered ? pn_stored_image_get (self->chosen) : NULL;
  const char *refused = self->over != NULL ? pn_import_item_get_problem (self->over) : NULL;
  gboolean failed =
      !self->hovered && self->job != NULL && pn_job_get_state (self->job) == PN_JOB_FAILED;
  const char *text = self->over != NULL && refused == NULL ? pn_import_item_get_title (self->over)
                     : refused != NULL                     ? refused
                     : self->hovered                       ? ""
                     : failed                              ? pn_job_get_message (self->job)
                     : chosen == NULL                      ? _ ("A disc image, “.img”")
                     : chosen->system != NULL              ? chosen->system
                                                           : "";

  gtk_label_set_label (self->drop_title, refused != NULL  ? _ ("Only disc images")
                                         : self->hovered  ? _ ("Drop to import")
                                         : chosen != NULL ? chosen->name
                                                          : _ ("Drop an image here"));
  gtk_label_set_label (self->drop_text, text);
  gtk_widget_set_visible (GTK_WIDGET (self->drop_text), *text != '\0');
  gtk_image_set_from_icon_name (self->picture, refused != NULL  ? "pn-failed-symbolic"
                                               : chosen != NULL ? "pn-passed-symbolic"
                                                                : "pn-drop");
  gtk_image_set_pixel_size (self->picture, refused != NULL || chosen != NULL ? 48 : 112);
  set_style (GTK_WIDGET (self->picture), "success", chosen != NULL && refused == NULL);
  set_style (GTK_WIDGET (self->picture), "error", refused != NULL);
  set_style (GTK_WIDGET (self->drop), "over", self->hovered && refused == NULL);
  set_style (GTK_WIDGET (self->drop), "refuse", refused != NULL || failed);
  /* Nothing moves while a hand is above it. */
  gtk_widget_set_opacity (GTK_WIDGET (self->choose), self->hovered ? 0 : 1);
}

static void
show (PnImageStep *self)
{
  gboolean going = self->job != NULL && pn_job_is_going (self->job);

  show_drop (self);
  gtk_button_set_label (self->choose,
                        self->chosen != NULL ? _ ("Choose another file…") : _ ("Choose file…"));
  gtk_widget_set_visible (GTK_WIDGET (self->drop), !going);
  gtk_widget_set_visible (GTK_WIDGET (self->job_place), going);
  pn_wizard_step_set_problem (PN_WIZARD_STEP (self), going ? _ ("The image is being imported")
                                                     : self->chosen == NULL
                                                         ? _ ("Choose an image first")
                                                         : NULL);
}

static void
choose_image (PnImageStep *self, PnStoredImage *image)
{
  g_autofree char *path =
      pn_image_library_get_path (get_library (), pn_stored_image_get_id (image));

  g_clear_object (&self->job);
  g_set_object (&self->chosen, image);
  pn_setup_set (pn_wizard_step_get_setup (PN_WIZARD_STEP (self)), PN_RECIPE_IMAGE, path);
  show (self);
}

/* ---- importing ---- */

static void
imported_cb (PnImageStep *self, PnStoredImage *image)
{
  if (self->job == NULL || pn_job_get_state (self->job) != PN_JOB_SUCCEEDED)
    return;
  choose_image (self, image);
  if (pn_wizard_step_is_complete (PN_WIZARD_STEP (self)))
    pn_wizard_step_go_on (PN_WIZARD_STEP (self));
}

void
pn_image_step_import (PnImageStep *self, const char *path)
{
  g_set_object (&self->job, pn_image_library_import (get_library (), path, NULL, NULL, NULL));
  g_signal_connect_object (self->job, "notify::state", G_CALLBACK (show), self, G_CONNECT_SWAPPED);
  adw_bin_set_child (self->job_place, pn_job_row_new (self->job));
  show (self);
}

static void
file_chosen_cb (PnImageStep *self, int response)
{
  g_autoptr (GFile) file = gtk_file_chooser_get_file (GTK_FILE_CHOOSER (self->chooser));
  g_autofree char *path = file != NULL ? g_file_get_path (file) : NULL;

  if (response == GTK_RESPONSE_ACCEPT && path != NULL)
    pn_image_step_import (self, path);
  g_clear_object (&self->chooser);
}

static void
choose_cb (PnImageStep *self)
{
  g_clear_object (&self->chooser);
  self->chooser = gtk_file_chooser_native_new (
      _ ("Choose an image"), GTK_WINDOW (gtk_widget_get_root (GTK_WIDGET (self))),
      GTK_FILE_CHOOSER_ACTION_OPEN, _ ("_Choose"), _ ("_Cancel"));
  g_signal_connect_swapped (self->chooser, "response", G_CALLBACK (file_chosen_cb), self);
  gtk_native_dialog_set_modal (GTK_NATIVE_DIALOG (self->chooser), TRUE);
  gtk_native_dialog_show (GTK_NATIVE_DIALOG (self->chooser));
}

static char *
get_path (const GValue *value)
{
  GSList *files = value != NULL ? g_value_get_boxed (value) : NULL;

  return files != NULL ? g_file_get_path (files->data) : NULL;
}

static GdkDragAction
enter_cb (PnImageStep *self)
{
  self->hovered = TRUE;
  show_drop (self);
  return GDK_ACTION_COPY;
}

void
pn_image_step_hover (PnImageStep *self, const char *path)
{
  self->hovered = path != NULL;
  g_clear_object (&self->over);
  if (path != NULL)
    {
      self->over = pn_import_item_new (path);
      g_signal_connect_object (self->over, "notify::problem", G_CALLBACK (show_drop), self,
                               G_CONNECT_SWAPPED);
    }
  show_drop (self);
}

/* What it is is known: it is looked at while it is held there. */
static void
value_cb (PnImageStep *self)
{
  g_autofree char *path = get_path (gtk_drop_target_get_value (self->target));

  if (path != NULL)
    pn_image_step_hover (self, path);
}

static void
left_cb (PnImageStep *self)
{
  pn_image_step_hover (self, NULL);
}

static gboolean
dropped_cb (PnImageStep *self, const GValue *value)
{
  g_autofree char *path = get_path (value);

  left_cb (self);
  if (path == NULL)
    return FALSE;
  pn_image_step_import (self, path);
  return TRUE;
}

/* ---- what is there already, and what lies in Downloads ---- */

static GtkWidget *
make_row (const char *title, const char *subtitle)
{
  GtkWidget *row = adw_action_row_new ();

  adw_preferences_row_set_use_markup (ADW_PREFERENCES_ROW (row), FALSE);
  adw_preferences_row_set_title (ADW_PREFERENCES_ROW (row), title);
  adw_action_row_set_subtitle (ADW_ACTION_ROW (row), subtitle);
  adw_action_row_add_prefix (ADW_ACTION_ROW (row),
                             gtk_image_new_from_icon_name ("pn-image-symbolic"));
  adw_action_row_add_suffix (ADW_ACTION_ROW (row),
                             gtk_image_new_from_icon_name ("go-next-symbolic"));
  gtk_list_box_row_set_activatable (GTK_LIST_BOX_ROW (row), TRUE);
  return row;
}

static GtkWidget *
make_image_row (gpointer image, gpointer user_data)
{
  g_autofree char *size = g_format_size (pn_stored_image_get (image)->size);
  GtkWidget *row = make_row (pn_stored_image_get (image)->name, size);

  g_object_set_data_full (G_OBJECT (row), "image", g_object_ref (image), g_object_unref);
  return row;
}

static void
image_activated_cb (PnImageStep *self, GtkListBoxRow *row)
{
  choose_image (self, g_object_get_data (G_OBJECT (row), "image"));
  pn_wizard_step_go_on (PN_WIZARD_STEP (self));
}

static void
found_activated_cb (PnImageStep *self, GtkListBoxRow *row)
{
  pn_image_step_import (self, g_object_get_data (G_OBJECT (row), "path"));
}

static int
newest_first (gconstpointer a, gconstpointer b)
{
  g_autoptr (GDateTime) first = g_file_info_get_modification_date_time (*(GFileInfo **) a);
  g_autoptr (GDateTime) second = g_file_info_get_modification_date_time (*(GFileInfo **) b);

  return first != NULL && second != NULL ? g_date_time_compare (second, first) : 0;
}

static void
look_thread (GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
  g_autoptr (GFile) folder = g_file_new_for_path (data);
  g_autoptr (GPtrArray) found = g_ptr_array_new_with_free_func (g_object_unref);
  g_autoptr (GFileEnumerator) files = g_file_enumerate_children (
      folder, "standard::name,standard::display-name,standard::type,standard::size,time::modified",
      G_FILE_QUERY_INFO_NONE, cancellable, NULL);
  GFileInfo *info;

  while (files != NULL && (info = g_file_enumerator_next_file (files, cancellable, NULL)) != NULL)
    if (g_file_info_get_file_type (info) == G_FILE_TYPE_REGULAR &&
        g_str_has_suffix (g_file_info_get_name (info), ".img"))
      g_ptr_array_add (found, info);
    else
      g_object_unref (info);
  g_ptr_array_sort (found, newest_first);
  g_task_return_pointer (task, g_steal_pointer (&found), (GDestroyNotify) g_ptr_array_unref);
}

static void
looked_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  PnImageStep *self = PN_IMAGE_STEP (source);
  const char *folder = g_task_get_task_data (G_TASK (result));
  g_autoptr (GPtrArray) found = g_task_propagate_pointer (G_TASK (result), NULL);
  GtkWidget *old;

  while ((old = gtk_widget_get_first_child (GTK_WIDGET (self->found))) != NULL)
    gtk_list_box_remove (self->found, old);
  gtk_widget_set_visible (GTK_WIDGET (self->found_group), found != NULL && found->len > 0);
  for (guint i = 0; found != NULL && i < MIN (found->len, MAX_FOUND); i++)
    {
      GFileInfo *info = found->pdata[i];
      g_autofree char *size = g_format_size ((guint64) g_file_info_get_size (info));
      GtkWidget *row = make_row (g_file_info_get_display_name (info), size);

      g_object_set_data_full (G_OBJECT (row), "path",
                              g_build_filename (folder, g_file_info_get_name (info), NULL), g_free);
      gtk_list_box_append (self->found, row);
    }
}

static void
look_into_downloads (PnImageStep *self)
{
  const char *folder = g_get_user_special_dir (G_USER_DIRECTORY_DOWNLOAD);
  g_autoptr (GTask) task = g_task_new (self, NULL, looked_cb, NULL);

  g_task_set_source_tag (task, look_into_downloads);
  g_task_set_task_data (task,
                        folder != NULL ? g_strdup (folder)
                                       : g_build_filename (g_get_home_dir (), "Downloads", NULL),
                        g_free);
  g_task_run_in_thread (task, look_thread);
}

static void
library_changed_cb (PnImageStep *self)
{
  gtk_widget_set_visible (GTK_WIDGET (self->library_group),
                          g_list_model_get_n_items (pn_image_library_get_images (get_library ())) >
                              0);
  if (self->chosen == NULL)
    g_set_object (&self->chosen, find_chosen (self));
  show (self);
}

/* ---- the step ---- */

static void
pn_image_step_enter (PnWizardStep *step)
{
  look_into_downloads (PN_IMAGE_STEP (step));
  library_changed_cb (PN_IMAGE_STEP (step));
}

static void
pn_image_step_dispose (GObject *object)
{
  PnImageStep *self = PN_IMAGE_STEP (object);

  g_clear_object (&self->job);
  g_clear_object (&self->chosen);
  g_clear_object (&self->over);
  g_clear_object (&self->chooser);
  G_OBJECT_CLASS (pn_image_step_parent_class)->dispose (object);
}

static void
pn_image_step_class_init (PnImageStepClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = pn_image_step_dispose;
  PN_WIZARD_STEP_CLASS (klass)->enter = pn_image_step_enter;
  gtk_widget_class_set_template_from_resource (widget_class,
                                               "/org/punnet/Punnet/ui/pn-image-step.ui");
  gtk_widget_class_bind_template_child (widget_class, PnImageStep, drop);
  gtk_widget_class_bind_template_child (widget_class, PnImageStep, picture);
  gtk_widget_class_bind_template_child (widget_class, PnImageStep, drop_title);
  gtk_widget_class_bind_template_child (widget_class, PnImageStep, drop_text);
  gtk_widget_class_bind_template_child (widget_class, PnImageStep, choose);
  gtk_widget_class_bind_template_child (widget_class, PnImageStep, job_place);
  gtk_widget_class_bind_template_child (widget_class, PnImageStep, library_group);
  gtk_widget_class_bind_template_child (widget_class, PnImageStep, library);
  gtk_widget_class_bind_template_child (widget_class, PnImageStep, found_group);
  gtk_widget_class_bind_template_child (widget_class, PnImageStep, found);
  gtk_widget_class_bind_template_callback (widget_class, choose_cb);
  gtk_widget_class_bind_template_callback (widget_class, image_activated_cb);
  gtk_widget_class_bind_template_callback (widget_class, found_activated_cb);
}

static void
pn_image_step_init (PnImageStep *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
  self->target = gtk_drop_target_new (GDK_TYPE_FILE_LIST, GDK_ACTION_COPY);
  gtk_drop_target_set_preload (self->target, TRUE);
  g_signal_connect_swapped (self->target, "enter", G_CALLBACK (enter_cb), self);
  g_signal_connect_swapped (self->target, "leave", G_CALLBACK (left_cb), self);
  g_signal_connect_swapped (self->target, "notify::value", G_CALLBACK (value_cb), self);
  g_signal_connect_swapped (self->target, "drop", G_CALLBACK (dropped_cb), self);
  gtk_widget_add_controller (GTK_WIDGET (self), GTK_EVENT_CONTROLLER (self->target));
  gtk_list_box_bind_model (self->library, pn_image_library_get_images (get_library ()),
                           make_image_row, NULL, NULL);
  g_signal_connect_object (pn_image_library_get_images (get_library ()), "items-changed",
                           G_CALLBACK (library_changed_cb), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (get_library (), "imported", G_CALLBACK (imported_cb), self,
                           G_CONNECT_SWAPPED);
}
