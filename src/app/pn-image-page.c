/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "pn-image-page.h"

#include <glib/gi18n.h>

#include "pn-error.h"
#include "pn-image-edit.h"
#include "pn-image-facts.h"
#include "pn-image-library.h"
#include "pn-spinner.h"
#include "pn-window.h"

struct _PnImagePage
{
  PnPage parent_instance;
  PnStoredImage *image;
  GtkStack *stack;
  GtkLabel *head, *line;
  GtkBox *found, *kept;
  AdwStatusPage *problem;
  gboolean ready;
};

G_DEFINE_FINAL_TYPE (PnImagePage, pn_image_page, PN_TYPE_PAGE)

/* ---- what is shown ---- */

static void
clear (GtkBox *box)
{
  GtkWidget *child;

  while ((child = gtk_widget_get_first_child (GTK_WIDGET (box))) != NULL)
    gtk_box_remove (box, child);
}

static void
show_image (PnImagePage *self)
{
  PnImageLibrary *library = pn_image_library_get_default ();
  const PnStoredImageFields *fields = pn_stored_image_get (self->image);

  pn_page_set_title (PN_PAGE (self), fields->name);
  gtk_label_set_label (self->head, fields->name);
  clear (self->kept);
  pn_image_facts_add_image (
      self->kept, self->image,
      pn_image_library_get_users (library, pn_stored_image_get_id (self->image)));
}

static void
show_report (PnImagePage *self, const PnImageReport *report)
{
  g_autoptr (GPtrArray) parts = g_ptr_array_new ();
  g_autofree char *line = NULL;

  g_ptr_array_add (parts, report->system != NULL ? report->system : _ ("Unknown system"));
  if (report->bits == 64)
    g_ptr_array_add (parts, _ ("64-bit"));
  else if (report->bits == 32)
    g_ptr_array_add (parts, _ ("32-bit"));
  g_ptr_array_add (parts, NULL);
  line = g_strjoinv (" · ", (char **) parts->pdata);
  gtk_label_set_label (self->line, line);
  pn_image_facts_add_report (self->found, report);
}

static void
report_worker (GTask *task, gpointer source, gpointer path, GCancellable *cancellable)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (PnImage) image = pn_image_open (path, FALSE, &error);
  PnImageReport *report = image != NULL ? pn_image_report_new (image, NULL, &error) : NULL;

  if (report != NULL)
    g_task_return_pointer (task, report, (GDestroyNotify) pn_image_report_free);
  else
    g_task_return_error (task, g_steal_pointer (&error));
}

static void
reported_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  PnImagePage *self = PN_IMAGE_PAGE (source);
  g_autoptr (GError) error = NULL;
  g_autoptr (PnImageReport) report = g_task_propagate_pointer (G_TASK (result), &error);

  self->ready = TRUE;
  if (report != NULL)
    show_report (self, report);
  else
    adw_status_page_set_description (self->problem, pn_error_text (error));
  gtk_stack_set_visible_child_name (self->stack, report != NULL ? "found" : "problem");
}

static void
images_changed_cb (PnImagePage *self)
{
  PnStoredImage *image =
      pn_image_library_find (pn_image_library_get_default (), pn_stored_image_get_id (self->image));
  PnWindow *window = pn_window_of (GTK_WIDGET (self));

  if (image != NULL)
    {
      g_set_object (&self->image, image);
      show_image (self);
    }
  else if (window != NULL && pn_window_get_visible_page (window) == PN_PAGE (self))
    pn_window_pop (window);
}

/* ---- changing ---- */

static void
rename_action (GtkWidget *widget, const char *action, GVariant *parameter)
{
  pn_image_edit_name (widget, PN_IMAGE_PAGE (widget)->image);
}

static void
notes_action (GtkWidget *widget, const char *action, GVariant *parameter)
{
  pn_image_edit_notes (widget, PN_IMAGE_PAGE (widget)->image);
}

/* ---- deleting ---- */

static void
say_why_not (PnImagePage *self, const char *why)
{
  GtkWidget *dialog = adw_message_dialog_new (GTK_WINDOW (gtk_widget_get_root (GTK_WIDGET (self))),
                                              _ ("The image cannot be deleted"), why);

  adw_message_dialog_add_response (ADW_MESSAGE_DIALOG (dialog), "close", _ ("_Close"));
  gtk_window_present (GTK_WINDOW (dialog));
}

static void
deleted_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (PnImagePage) self = user_data;
  g_autoptr (GError) error = NULL;
  PnWindow *window = pn_window_of (GTK_WIDGET (self));

  if (window == NULL)
    return;
  if (pn_image_library_change_finish (PN_IMAGE_LIBRARY (source), result, &error))
    pn_window_toast (window, _ ("Image deleted."));
  else
    say_why_not (self, pn_error_text (error));
}

static void
delete_response_cb (PnImagePage *self, const char *response)
{
  if (g_str_equal (response, "delete"))
    pn_image_library_remove_async (pn_image_library_get_default (),
                                   pn_stored_image_get_id (self->image), deleted_cb,
                                   g_object_ref (self));
}

static void
delete_action (GtkWidget *widget, const char *action, GVariant *parameter)
{
  PnImagePage *self = PN_IMAGE_PAGE (widget);
  const char *const *users = pn_image_library_get_users (pn_image_library_get_default (),
                                                         pn_stored_image_get_id (self->image));
  g_autofree char *heading = NULL;
  GtkWidget *dialog;

  if (users[0] != NULL)
    {
      g_autofree char *why = g_strdup_printf (_ ("Used by recipe ‘%s’."), users[0]);

      say_why_not (self, why);
      return;
    }
  heading = g_strdup_printf (_ ("Delete ‘%s’?"), pn_stored_image_get (self->image)->name);
  dialog = adw_message_dialog_new (
      GTK_WINDOW (gtk_widget_get_root (widget)), heading,
      _ ("It is taken out of the library for good. The file it came from is not touched."));
  adw_message_dialog_add_responses (ADW_MESSAGE_DIALOG (dialog), "cancel", _ ("_Cancel"), "delete",
                                    _ ("_Delete"), NULL);
  adw_message_dialog_set_response_appearance (ADW_MESSAGE_DIALOG (dialog), "delete",
                                              ADW_RESPONSE_DESTRUCTIVE);
  adw_message_dialog_set_close_response (ADW_MESSAGE_DIALOG (dialog), "cancel");
  g_signal_connect_object (dialog, "response", G_CALLBACK (delete_response_cb), self,
                           G_CONNECT_SWAPPED);
  gtk_window_present (GTK_WINDOW (dialog));
}

static void
copy_action (GtkWidget *widget, const char *action, GVariant *parameter)
{
  PnWindow *window = pn_window_of (widget);

  gdk_clipboard_set_text (gtk_widget_get_clipboard (widget),
                          pn_stored_image_get_id (PN_IMAGE_PAGE (widget)->image));
  if (window != NULL)
    pn_window_toast (window, _ ("SHA-256 copied."));
}

/* ---- the object ---- */

static void
pn_image_page_dispose (GObject *object)
{
  g_clear_object (&PN_IMAGE_PAGE (object)->image);
  G_OBJECT_CLASS (pn_image_page_parent_class)->dispose (object);
}

static void
pn_image_page_class_init (PnImagePageClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = pn_image_page_dispose;
  g_type_ensure (PN_TYPE_SPINNER);
  gtk_widget_class_set_template_from_resource (widget_class,
                                               "/org/punnet/Punnet/ui/pn-image-page.ui");
  gtk_widget_class_bind_template_child (widget_class, PnImagePage, stack);
  gtk_widget_class_bind_template_child (widget_class, PnImagePage, head);
  gtk_widget_class_bind_template_child (widget_class, PnImagePage, line);
  gtk_widget_class_bind_template_child (widget_class, PnImagePage, found);
  gtk_widget_class_bind_template_child (widget_class, PnImagePage, kept);
  gtk_widget_class_bind_template_child (widget_class, PnImagePage, problem);
  gtk_widget_class_install_action (widget_class, "image.rename", NULL, rename_action);
  gtk_widget_class_install_action (widget_class, "image.edit-notes", NULL, notes_action);
  gtk_widget_class_install_action (widget_class, "image.delete", NULL, delete_action);
  gtk_widget_class_install_action (widget_class, "image.copy-digest", NULL, copy_action);
  gtk_widget_class_add_binding_action (widget_class, GDK_KEY_F2, 0, "image.rename", NULL);
  gtk_widget_class_add_binding_action (widget_class, GDK_KEY_Delete, 0, "image.delete", NULL);
}

static void
pn_image_page_init (PnImagePage *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
}

PnImagePage *
pn_image_page_new (PnStoredImage *image)
{
  PnImagePage *self = g_object_new (PN_TYPE_IMAGE_PAGE, NULL);
  PnImageLibrary *library = pn_image_library_get_default ();
  g_autoptr (GTask) task = g_task_new (self, NULL, reported_cb, NULL);

  self->image = g_object_ref (image);
  show_image (self);
  g_signal_connect_object (pn_image_library_get_images (library), "items-changed",
                           G_CALLBACK (images_changed_cb), self, G_CONNECT_SWAPPED);
  g_task_set_task_data (task, pn_image_library_get_path (library, pn_stored_image_get_id (image)),
                        g_free);
  g_task_run_in_thread (task, report_worker);
  return self;
}

gboolean
pn_image_page_is_ready (PnImagePage *self)
{
  return self->ready;
}
