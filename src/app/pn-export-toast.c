/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "pn-export-toast.h"

#include <glib/gi18n.h>

#include "pn-window.h"

#define SECONDS 12 /* two buttons want time */

static void
free_closure_data (gpointer data, GClosure *closure)
{
  g_free (data);
}

static void
copy_cb (GtkButton *button, const char *sha256)
{
  gdk_clipboard_set_text (gtk_widget_get_clipboard (GTK_WIDGET (button)), sha256);
  gtk_button_set_label (button, _ ("Copied"));
}

static void
open_folder_cb (AdwToast *toast, const char *folder)
{
  g_autofree char *uri = g_filename_to_uri (folder, NULL, NULL);
  GtkWindow *window =
      gtk_application_get_active_window (GTK_APPLICATION (g_application_get_default ()));

  if (uri != NULL)
    gtk_show_uri (window, uri, GDK_CURRENT_TIME);
}

/* A toast has one button: the other is in its title. */
static GtkWidget *
make_title (const char *text, const char *sha256)
{
  GtkWidget *box = gtk_box_new (GTK_ORIENTATION_HORIZONTAL, 12);
  GtkWidget *label = gtk_label_new (text);
  GtkWidget *copy = gtk_button_new_with_label (_ ("Copy SHA-256"));

  gtk_label_set_ellipsize (GTK_LABEL (label), PANGO_ELLIPSIZE_END);
  gtk_widget_add_css_class (label, "heading");
  gtk_widget_add_css_class (copy, "flat");
  g_signal_connect_data (copy, "clicked", G_CALLBACK (copy_cb), g_strdup (sha256),
                         free_closure_data, 0);
  gtk_box_append (GTK_BOX (box), label);
  gtk_box_append (GTK_BOX (box), copy);
  return box;
}

void
pn_export_toast_show (PnApp *app, const char *path, const PnExportResult *result, PnJob *job)
{
  g_autofree char *text =
      g_strdup_printf (ngettext ("%'u device saved.", "%'u devices saved.", (gulong) result->count),
                       (guint) result->count);
  AdwToast *toast = adw_toast_new (text);

  pn_job_end (job, text, NULL);
  adw_toast_set_custom_title (toast, make_title (text, result->sha256));
  adw_toast_set_timeout (toast, SECONDS);
  adw_toast_set_button_label (toast, _ ("Open folder"));
  g_signal_connect_data (toast, "button-clicked", G_CALLBACK (open_folder_cb),
                         g_path_get_dirname (path), free_closure_data, 0);
  for (GList *at = gtk_application_get_windows (GTK_APPLICATION (app)); at != NULL; at = at->next)
    if (PN_IS_WINDOW (at->data))
      {
        pn_window_add_toast (at->data, toast);
        return;
      }
  g_object_unref (g_object_ref_sink (toast));
}
