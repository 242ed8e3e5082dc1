/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "pn-images-page.h"

#include <glib/gi18n.h>
#include <string.h>

#include "pn-image-library.h"
#include "pn-image-page.h"
#include "pn-image-row.h"
#include "pn-import-dialog.h"
#include "pn-import-item.h"
#include "pn-job-row.h"
#include "pn-spinner.h"
#include "pn-window.h"

struct _PnImagesPage
{
  PnPage parent_instance;
  GtkStack *stack;
  AdwStatusPage *problem;
  GtkWidget *queue_group, *dismiss, *nothing_found;
  GtkListBox *queue_list, *list;
  GListStore *queue; /* PnJob: imports that go on, and those that failed */
  GtkFilterListModel *shown;
  PnImportDialog *dialog; /* weak */
  GtkFileChooserNative *chooser;
};

G_DEFINE_FINAL_TYPE (PnImagesPage, pn_images_page, PN_TYPE_PAGE)

/* ---- what is shown ---- */

static void
update (PnImagesPage *self)
{
  PnImageLibrary *library = pn_image_library_get_default ();
  GListModel *images = pn_image_library_get_images (library);
  guint queued = g_list_model_get_n_items (G_LIST_MODEL (self->queue));
  guint shown = g_list_model_get_n_items (G_LIST_MODEL (self->shown));
  guint all = g_list_model_get_n_items (images);
  g_autofree char *why = NULL;
  g_autofree char *subtitle = NULL;

  g_object_get (library, "problem", &why, NULL);
  adw_status_page_set_description (self->problem, why);
  gtk_stack_set_visible_child_name (self->stack, !pn_image_library_is_ready (library) ? "reading"
                                                 : why != NULL                        ? "problem"
                                                 : all == 0 && queued == 0            ? "empty"
                                                                                      : "list");
  gtk_widget_set_visible (self->queue_group, queued > 0);
  gtk_widget_set_visible (GTK_WIDGET (self->list), shown > 0);
  gtk_widget_set_visible (self->nothing_found, all > 0 && shown == 0);
  if (all > 0)
    subtitle = g_strdup_printf (ngettext ("%u image", "%u images", all), all);
  pn_page_set_subtitle (PN_PAGE (self), subtitle);
}

static gboolean
matches (gpointer item, gpointer user_data)
{
  const PnStoredImageFields *fields = pn_stored_image_get (item);
  g_autofree char *wanted = g_utf8_casefold (pn_page_get_search_text (user_data), -1);
  g_autofree char *text =
      g_strjoin ("\n", fields->name, fields->system != NULL ? fields->system : "",
                 fields->notes != NULL ? fields->notes : "",
                 fields->source != NULL ? fields->source : "", pn_stored_image_get_id (item), NULL);
  g_autofree char *folded = g_utf8_casefold (text, -1);

  return strstr (folded, wanted) != NULL;
}

static void
search_cb (PnImagesPage *self)
{
  gtk_filter_changed (gtk_filter_list_model_get_filter (self->shown), GTK_FILTER_CHANGE_DIFFERENT);
  update (self);
}

static GtkWidget *
make_row (gpointer image, gpointer self)
{
  GtkWidget *row =
      pn_image_row_new (image, pn_image_library_get_users (pn_image_library_get_default (),
                                                           pn_stored_image_get_id (image)));

  g_object_bind_property (self, "narrow", row, "narrow", G_BINDING_SYNC_CREATE);
  return row;
}

static void
row_activated_cb (PnImagesPage *self, GtkListBoxRow *row)
{
  pn_images_page_inspect (self,
                          pn_stored_image_get_id (pn_image_row_get_image (PN_IMAGE_ROW (row))));
}

void
pn_images_page_inspect (PnImagesPage *self, const char *id)
{
  PnWindow *window = pn_window_of (GTK_WIDGET (self));
  PnStoredImage *image = pn_image_library_find (pn_image_library_get_default (), id);

  if (image != NULL && window != NULL)
    pn_window_push (window, PN_PAGE (pn_image_page_new (image)));
}

/* ---- the queue ---- */

static GtkWidget *
make_job_row (gpointer job, gpointer user_data)
{
  GtkWidget *row = gtk_list_box_row_new ();

  gtk_list_box_row_set_activatable (GTK_LIST_BOX_ROW (row), FALSE);
  gtk_list_box_row_set_child (GTK_LIST_BOX_ROW (row), pn_job_row_new (job));
  return row;
}

static void
update_dismiss (PnImagesPage *self)
{
  gboolean over = FALSE;
  guint n = g_list_model_get_n_items (G_LIST_MODEL (self->queue));

  for (guint i = 0; i < n; i++)
    {
      g_autoptr (PnJob) job = g_list_model_get_item (G_LIST_MODEL (self->queue), i);

      over = over || !pn_job_is_going (job);
    }
  gtk_widget_set_visible (self->dismiss, over);
}

/* What succeeded is in the list below; what was cancelled, nobody wants to see. */
static void
job_state_cb (PnJob *job, GParamSpec *pspec, PnImagesPage *self)
{
  PnJobState state = pn_job_get_state (job);
  guint at;

  if ((state == PN_JOB_SUCCEEDED || state == PN_JOB_CANCELLED) &&
      g_list_store_find (self->queue, job, &at))
    g_list_store_remove (self->queue, at);
  if (state == PN_JOB_CANCELLED && pn_window_of (GTK_WIDGET (self)) != NULL)
    pn_window_toast (pn_window_of (GTK_WIDGET (self)), _ ("Cancelled. Nothing was kept."));
  update_dismiss (self);
}

static void
dismiss_cb (PnImagesPage *self)
{
  for (guint i = g_list_model_get_n_items (G_LIST_MODEL (self->queue)); i > 0; i--)
    {
      g_autoptr (PnJob) job = g_list_model_get_item (G_LIST_MODEL (self->queue), i - 1);

      if (!pn_job_is_going (job))
        g_list_store_remove (self->queue, i - 1);
    }
  update_dismiss (self);
}

static void
import_cb (PnImportDialog *dialog, PnJob *job, PnImagesPage *self)
{
  g_list_store_append (self->queue, job);
  g_signal_connect_object (job, "notify::state", G_CALLBACK (job_state_cb), self, 0);
  job_state_cb (job, NULL, self);
}

static void
imported_cb (PnImagesPage *self, PnStoredImage *image)
{
  PnWindow *window = pn_window_of (GTK_WIDGET (self));
  g_autofree char *action = NULL;

  if (window == NULL)
    return;
  action = g_strdup_printf ("win.inspect-image::%s", pn_stored_image_get_id (image));
  pn_window_toast_action (window, _ ("Image imported."), _ ("Inspect"), action);
}

/* ---- files that come in ---- */

static void
expand_worker (GTask *task, gpointer source, gpointer paths, GCancellable *cancellable)
{
  g_task_return_pointer (task, pn_import_expand_paths (paths), (GDestroyNotify) g_ptr_array_unref);
}

static void
expanded_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  PnImagesPage *self = PN_IMAGES_PAGE (source);
  g_autoptr (GPtrArray) paths = g_task_propagate_pointer (G_TASK (result), NULL);

  if (pn_window_of (GTK_WIDGET (self)) == NULL)
    return;
  if (self->dialog == NULL)
    {
      g_set_weak_pointer (&self->dialog, pn_import_dialog_new ());
      g_signal_connect_object (self->dialog, "import", G_CALLBACK (import_cb), self, 0);
    }
  g_ptr_array_add (paths, NULL);
  pn_import_dialog_add (self->dialog, (const char *const *) paths->pdata);
  pn_dialog_present (PN_DIALOG (self->dialog), GTK_WIDGET (self));
}

void
pn_images_page_import_files (PnImagesPage *self, GFile **files, guint n_files)
{
  g_autoptr (GStrvBuilder) builder = g_strv_builder_new ();
  g_auto (GStrv) paths = NULL;
  g_autoptr (GTask) task = NULL;
  PnWindow *window = pn_window_of (GTK_WIDGET (self));

  for (guint i = 0; i < n_files; i++)
    {
      g_autofree char *path = g_file_get_path (files[i]);

      if (path != NULL)
        g_strv_builder_add (builder, path);
      else if (window != NULL)
        pn_window_toast (window,
                         _ ("Only files of this computer can be imported. Save it here first."));
    }
  paths = g_strv_builder_end (builder);
  if (paths[0] == NULL)
    return;
  task = g_task_new (self, NULL, expanded_cb, NULL);
  g_task_set_task_data (task, g_steal_pointer (&paths), (GDestroyNotify) g_strfreev);
  g_task_run_in_thread (task, expand_worker);
}

static void
chosen_cb (PnImagesPage *self, int response)
{
  g_autoptr (GListModel) files = gtk_file_chooser_get_files (GTK_FILE_CHOOSER (self->chooser));
  guint n = g_list_model_get_n_items (files);
  g_autoptr (GPtrArray) list = g_ptr_array_new_with_free_func (g_object_unref);

  for (guint i = 0; i < n && response == GTK_RESPONSE_ACCEPT; i++)
    g_ptr_array_add (list, g_list_model_get_item (files, i));
  g_clear_object (&self->chooser);
  pn_images_page_import_files (self, (GFile **) list->pdata, list->len);
}

static void
import_action (GtkWidget *widget, const char *action, GVariant *parameter)
{
  PnImagesPage *self = PN_IMAGES_PAGE (widget);
  g_autoptr (GtkFileFilter) discs = gtk_file_filter_new ();
  g_autoptr (GtkFileFilter) all = gtk_file_filter_new ();

  if (self->chooser != NULL)
    return;
  self->chooser =
      gtk_file_chooser_native_new (_ ("Import images"), GTK_WINDOW (gtk_widget_get_root (widget)),
                                   GTK_FILE_CHOOSER_ACTION_OPEN, _ ("Choose"), NULL);
  gtk_file_filter_set_name (discs, _ ("Disc images (.img)"));
  gtk_file_filter_add_suffix (discs, "img");
  gtk_file_filter_set_name (all, _ ("All files"));
  gtk_file_filter_add_pattern (all, "*");
  gtk_file_chooser_add_filter (GTK_FILE_CHOOSER (self->chooser), discs);
  gtk_file_chooser_add_filter (GTK_FILE_CHOOSER (self->chooser), all);
  gtk_file_chooser_set_select_multiple (GTK_FILE_CHOOSER (self->chooser), TRUE);
  gtk_native_dialog_set_modal (GTK_NATIVE_DIALOG (self->chooser), TRUE);
  g_signal_connect_object (self->chooser, "response", G_CALLBACK (chosen_cb), self,
                           G_CONNECT_SWAPPED);
  gtk_native_dialog_show (GTK_NATIVE_DIALOG (self->chooser));
}

static void
pasted_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (PnImagesPage) self = user_data;
  const GValue *value = gdk_clipboard_read_value_finish (GDK_CLIPBOARD (source), result, NULL);
  g_autoptr (GPtrArray) files = g_ptr_array_new ();

  for (GSList *at = value != NULL ? g_value_get_boxed (value) : NULL; at != NULL; at = at->next)
    g_ptr_array_add (files, at->data);
  if (files->len > 0)
    pn_images_page_import_files (self, (GFile **) files->pdata, files->len);
  else if (pn_window_of (GTK_WIDGET (self)) != NULL)
    pn_window_toast (pn_window_of (GTK_WIDGET (self)),
                     _ ("There is no file to paste. Copy a disc image in the file manager first."));
}

static void
paste_action (GtkWidget *widget, const char *action, GVariant *parameter)
{
  gdk_clipboard_read_value_async (gtk_widget_get_clipboard (widget), GDK_TYPE_FILE_LIST,
                                  G_PRIORITY_DEFAULT, NULL, pasted_cb, g_object_ref (widget));
}

/* ---- the object ---- */

static void
pn_images_page_map (GtkWidget *widget)
{
  GTK_WIDGET_CLASS (pn_images_page_parent_class)->map (widget);
  /* Recipes may use other images by now. */
  pn_image_library_refresh (pn_image_library_get_default ());
}

static void
pn_images_page_dispose (GObject *object)
{
  PnImagesPage *self = PN_IMAGES_PAGE (object);

  g_clear_object (&self->chooser);
  g_clear_weak_pointer (&self->dialog);
  g_clear_object (&self->queue);
  g_clear_object (&self->shown);
  G_OBJECT_CLASS (pn_images_page_parent_class)->dispose (object);
}

static void
pn_images_page_class_init (PnImagesPageClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = pn_images_page_dispose;
  widget_class->map = pn_images_page_map;
  g_type_ensure (PN_TYPE_SPINNER);
  gtk_widget_class_set_template_from_resource (widget_class,
                                               "/org/punnet/Punnet/ui/pn-images-page.ui");
  gtk_widget_class_bind_template_child (widget_class, PnImagesPage, stack);
  gtk_widget_class_bind_template_child (widget_class, PnImagesPage, problem);
  gtk_widget_class_bind_template_child (widget_class, PnImagesPage, queue_group);
  gtk_widget_class_bind_template_child (widget_class, PnImagesPage, queue_list);
  gtk_widget_class_bind_template_child (widget_class, PnImagesPage, dismiss);
  gtk_widget_class_bind_template_child (widget_class, PnImagesPage, nothing_found);
  gtk_widget_class_bind_template_child (widget_class, PnImagesPage, list);
  gtk_widget_class_bind_template_callback (widget_class, row_activated_cb);
  gtk_widget_class_bind_template_callback (widget_class, dismiss_cb);
  gtk_widget_class_bind_template_callback (widget_class, search_cb);
  gtk_widget_class_install_action (widget_class, "images.import", NULL, import_action);
  gtk_widget_class_install_action (widget_class, "images.paste", NULL, paste_action);
}

static void
pn_images_page_init (PnImagesPage *self)
{
  PnImageLibrary *library = pn_image_library_get_default ();
  GtkFilter *filter = GTK_FILTER (gtk_custom_filter_new (matches, self, NULL));

  self->queue = g_list_store_new (PN_TYPE_JOB);
  self->shown =
      gtk_filter_list_model_new (g_object_ref (pn_image_library_get_images (library)), filter);
  gtk_widget_init_template (GTK_WIDGET (self));
  gtk_list_box_bind_model (self->list, G_LIST_MODEL (self->shown), make_row, self, NULL);
  gtk_list_box_bind_model (self->queue_list, G_LIST_MODEL (self->queue), make_job_row, NULL, NULL);
  g_signal_connect_object (self->shown, "items-changed", G_CALLBACK (update), self,
                           G_CONNECT_SWAPPED);
  g_signal_connect_object (self->queue, "items-changed", G_CALLBACK (update), self,
                           G_CONNECT_SWAPPED);
  g_signal_connect_object (library, "notify", G_CALLBACK (update), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (library, "imported", G_CALLBACK (imported_cb), self, G_CONNECT_SWAPPED);
  update (self);
}
