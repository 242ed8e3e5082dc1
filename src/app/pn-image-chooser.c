/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "pn-image-chooser.h"

#include "pn-image-library.h"
#include "pn-image-row.h"

struct _PnImageChooser
{
  PnDialog parent_instance;
  GtkListBox *images;
  GtkWidget *group;
  char *path;
};

enum
{
  CHOSEN,
  OTHER,
  FOLDER,
  N_SIGNALS
};
static guint signals[N_SIGNALS];

G_DEFINE_FINAL_TYPE (PnImageChooser, pn_image_chooser, PN_TYPE_DIALOG)

static GtkWidget *
make_row (gpointer image, gpointer user_data)
{
  PnImageChooser *self = user_data;
  PnImageLibrary *library = pn_image_library_get_default ();
  const char *id = pn_stored_image_get_id (image);
  g_autofree char *path = pn_image_library_get_path (library, id);
  GtkWidget *row = pn_image_row_new (image, pn_image_library_get_users (library, id));

  g_object_set (row, "narrow", TRUE, NULL); /* the dialog is no wider than a phone's window */
  pn_image_row_set_chosen (PN_IMAGE_ROW (row), g_strcmp0 (path, self->path) == 0);
  return row;
}

static void
image_activated_cb (PnImageChooser *self, GtkListBoxRow *row)
{
  const char *id = pn_stored_image_get_id (pn_image_row_get_image (PN_IMAGE_ROW (row)));
  g_autofree char *path = pn_image_library_get_path (pn_image_library_get_default (), id);

  g_signal_emit (self, signals[CHOSEN], 0, path);
  gtk_window_close (GTK_WINDOW (self));
}

static void
other_cb (PnImageChooser *self)
{
  g_signal_emit (self, signals[OTHER], 0);
  gtk_window_close (GTK_WINDOW (self));
}

static void
folder_cb (PnImageChooser *self)
{
  g_signal_emit (self, signals[FOLDER], 0);
  gtk_window_close (GTK_WINDOW (self));
}

static void
images_changed_cb (
    PnImageChooser *self, guint position, guint removed, guint added, GListModel *images)
{
  gtk_widget_set_visible (self->group, g_list_model_get_n_items (images) > 0);
}

static void
pn_image_chooser_finalize (GObject *object)
{
  g_free (PN_IMAGE_CHOOSER (object)->path);
  G_OBJECT_CLASS (pn_image_chooser_parent_class)->finalize (object);
}

static void
pn_image_chooser_class_init (PnImageChooserClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->finalize = pn_image_chooser_finalize;
  gtk_widget_class_set_template_from_resource (widget_class,
                                               "/org/punnet/Punnet/ui/pn-image-chooser.ui");
  gtk_widget_class_bind_template_child (widget_class, PnImageChooser, images);
  gtk_widget_class_bind_template_child (widget_class, PnImageChooser, group);
  gtk_widget_class_bind_template_callback (widget_class, image_activated_cb);
  gtk_widget_class_bind_template_callback (widget_class, other_cb);
  gtk_widget_class_bind_template_callback (widget_class, folder_cb);
  signals[CHOSEN] = g_signal_new ("chosen", G_TYPE_FROM_CLASS (klass), G_SIGNAL_RUN_LAST, 0, NULL,
                                  NULL, NULL, G_TYPE_NONE, 1, G_TYPE_STRING);
  signals[OTHER] = g_signal_new ("other", G_TYPE_FROM_CLASS (klass), G_SIGNAL_RUN_LAST, 0, NULL,
                                 NULL, NULL, G_TYPE_NONE, 0);
  signals[FOLDER] = g_signal_new ("folder", G_TYPE_FROM_CLASS (klass), G_SIGNAL_RUN_LAST, 0, NULL,
                                  NULL, NULL, G_TYPE_NONE, 0);
}

static void
pn_image_chooser_init (PnImageChooser *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
}

PnDialog *
pn_image_chooser_new (const char *path)
{
  PnImageChooser *self = g_object_new (PN_TYPE_IMAGE_CHOOSER, NULL);
  GListModel *images = pn_image_library_get_images (pn_image_library_get_default ());

  self->path = g_strdup (path);
  gtk_list_box_bind_model (self->images, images, make_row, self, NULL);
  g_signal_connect_object (images, "items-changed", G_CALLBACK (images_changed_cb), self,
                           G_CONNECT_SWAPPED);
  images_changed_cb (self, 0, 0, 0, images);
  return PN_DIALOG (self);
}
