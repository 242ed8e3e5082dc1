/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "pn-dialog.h"

G_DEFINE_TYPE (PnDialog, pn_dialog, ADW_TYPE_WINDOW)

static void
pn_dialog_class_init (PnDialogClass *klass)
{
  gtk_widget_class_add_binding_action (GTK_WIDGET_CLASS (klass), GDK_KEY_Escape, 0, "window.close",
                                       NULL);
}

static void
pn_dialog_init (PnDialog *self)
{
  /* Not a window of the application, which would be kept by it: it has its actions all the same. */
  gtk_widget_insert_action_group (GTK_WIDGET (self), "app",
                                  G_ACTION_GROUP (g_application_get_default ()));
  gtk_window_set_modal (GTK_WINDOW (self), TRUE);
  gtk_window_set_destroy_with_parent (GTK_WINDOW (self), TRUE);
}

void
pn_dialog_present (PnDialog *self, GtkWidget *parent)
{
  GtkRoot *root = gtk_widget_get_root (parent);

  if (GTK_IS_WINDOW (root))
    gtk_window_set_transient_for (GTK_WINDOW (self), GTK_WINDOW (root));
  gtk_window_present (GTK_WINDOW (self));
}
