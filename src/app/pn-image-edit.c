/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "pn-image-edit.h"

#include <glib/gi18n.h>

#include "pn-error.h"
#include "pn-image-library.h"
#include "pn-window.h"

#define NOTES_WIDTH 300 /* pixels */
#define NOTES_HEIGHT 160
#define RESPONSE "save"

typedef struct
{
  GtkWidget *over;
  PnStoredImage *image;
} Edit;

static void
edit_free (gpointer data, GClosure *closure)
{
  Edit *self = data;

  g_object_unref (self->over);
  g_object_unref (self->image);
  g_free (self);
}

static void
edited_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GtkWidget) over = user_data;
  g_autoptr (GError) error = NULL;
  PnWindow *window = pn_window_of (over);

  if (!pn_image_library_change_finish (PN_IMAGE_LIBRARY (source), result, &error) && window != NULL)
    pn_window_toast (window, pn_error_text (error));
}

/* @entry is what is asked with; @response_cb gets the dialog, what was answered, and an Edit. */
static AdwMessageDialog *
ask (GtkWidget *over,
     PnStoredImage *image,
     const char *heading,
     const char *answer,
     GtkWidget *child,
     GCallback response_cb)
{
  AdwMessageDialog *dialog = ADW_MESSAGE_DIALOG (
      adw_message_dialog_new (GTK_WINDOW (gtk_widget_get_root (over)), heading, NULL));
  Edit *edit = g_new0 (Edit, 1);

  edit->over = g_object_ref (over);
  edit->image = g_object_ref (image);
  adw_message_dialog_add_responses (dialog, "cancel", _ ("_Cancel"), RESPONSE, answer, NULL);
  adw_message_dialog_set_response_appearance (dialog, RESPONSE, ADW_RESPONSE_SUGGESTED);
  adw_message_dialog_set_default_response (dialog, RESPONSE);
  adw_message_dialog_set_close_response (dialog, "cancel");
  adw_message_dialog_set_extra_child (dialog, child);
  g_signal_connect_data (dialog, "response", response_cb, edit, edit_free, 0);
  return dialog;
}

/* ---- the name ---- */

static char *
entered_name (GtkWidget *dialog)
{
  GtkWidget *entry = adw_message_dialog_get_extra_child (ADW_MESSAGE_DIALOG (dialog));

  return g_strstrip (g_strdup (gtk_editable_get_text (GTK_EDITABLE (entry))));
}

static void
name_response_cb (GtkWidget *dialog, const char *response, Edit *edit)
{
  g_autofree char *name = entered_name (dialog);

  if (g_str_equal (response, RESPONSE))
    pn_image_library_edit_async (pn_image_library_get_default (),
                                 pn_stored_image_get_id (edit->image), name, NULL, edited_cb,
                                 g_object_ref (edit->over));
}

static void
name_typed_cb (GtkWidget *dialog)
{
  g_autofree char *name = entered_name (dialog);
  g_autoptr (GError) error = NULL;
  gboolean fits = pn_image_name_check (name, &error);

  adw_message_dialog_set_response_enabled (ADW_MESSAGE_DIALOG (dialog), RESPONSE, fits);
  adw_message_dialog_set_body (ADW_MESSAGE_DIALOG (dialog),
                               fits ? _ ("Recipes that use it go on using it.")
                                    : pn_error_text (error));
}

void
pn_image_edit_name (GtkWidget *over, PnStoredImage *image)
{
  GtkWidget *entry = gtk_entry_new ();
  AdwMessageDialog *dialog =
      ask (over, image, _ ("Rename image"), _ ("_Rename"), entry, G_CALLBACK (name_response_cb));

  gtk_accessible_update_property (GTK_ACCESSIBLE (entry), GTK_ACCESSIBLE_PROPERTY_LABEL, _ ("Name"),
                                  -1);
  gtk_entry_set_activates_default (GTK_ENTRY (entry), TRUE);
  g_signal_connect_object (entry, "changed", G_CALLBACK (name_typed_cb), dialog, G_CONNECT_SWAPPED);
  gtk_editable_set_text (GTK_EDITABLE (entry), pn_stored_image_get (image)->name);
  gtk_window_present (GTK_WINDOW (dialog));
}

/* ---- the notes ---- */

static char *
entered_notes (GtkTextBuffer *buffer)
{
  GtkTextIter start, end;
  g_autofree char *text = NULL;

  gtk_text_buffer_get_bounds (buffer, &start, &end);
  text = gtk_text_buffer_get_text (buffer, &start, &end, FALSE);
  return g_strdup (g_strstrip (text));
}

static void
notes_response_cb (GtkWidget *dialog, const char *response, Edit *edit)
{
  GtkTextBuffer *buffer = g_object_get_data (G_OBJECT (dialog), "buffer");
  g_autofree char *notes = entered_notes (buffer);

  if (g_str_equal (response, RESPONSE))
    pn_image_library_edit_async (pn_image_library_get_default (),
                                 pn_stored_image_get_id (edit->image), NULL, notes, edited_cb,
                                 g_object_ref (edit->over));
}

static void
notes_typed_cb (GtkWidget *dialog, GtkTextBuffer *buffer)
{
  g_autofree char *notes = entered_notes (buffer);
  gboolean fits = g_utf8_strlen (notes, -1) <= PN_IMAGE_NOTES_MAX;

  adw_message_dialog_set_response_enabled (ADW_MESSAGE_DIALOG (dialog), RESPONSE, fits);
  adw_message_dialog_set_body (ADW_MESSAGE_DIALOG (dialog),
                               fits ? "" : _ ("The notes have more than 1000 characters."));
}

void
pn_image_edit_notes (GtkWidget *over, PnStoredImage *image)
{
  const char *notes = pn_stored_image_get (image)->notes;
  GtkWidget *scroll = gtk_scrolled_window_new ();
  GtkWidget *view = gtk_text_view_new ();
  GtkTextBuffer *buffer = gtk_text_view_get_buffer (GTK_TEXT_VIEW (view));
  AdwMessageDialog *dialog =
      ask (over, image, _ ("Notes"), _ ("_Save"), scroll, G_CALLBACK (notes_response_cb));

  gtk_text_view_set_wrap_mode (GTK_TEXT_VIEW (view), GTK_WRAP_WORD_CHAR);
  gtk_text_view_set_accepts_tab (GTK_TEXT_VIEW (view), FALSE);
  gtk_accessible_update_property (GTK_ACCESSIBLE (view), GTK_ACCESSIBLE_PROPERTY_LABEL, _ ("Notes"),
                                  -1);
  gtk_widget_add_css_class (view, "notes");
  gtk_widget_add_css_class (scroll, "card");
  gtk_scrolled_window_set_min_content_height (GTK_SCROLLED_WINDOW (scroll), NOTES_HEIGHT);
  gtk_scrolled_window_set_min_content_width (GTK_SCROLLED_WINDOW (scroll), NOTES_WIDTH);
  gtk_scrolled_window_set_policy (GTK_SCROLLED_WINDOW (scroll), GTK_POLICY_NEVER,
                                  GTK_POLICY_AUTOMATIC);
  gtk_scrolled_window_set_child (GTK_SCROLLED_WINDOW (scroll), view);
  gtk_text_buffer_set_text (buffer, notes != NULL ? notes : "", -1);
  g_object_set_data_full (G_OBJECT (dialog), "buffer", g_object_ref (buffer), g_object_unref);
  g_signal_connect_object (buffer, "changed", G_CALLBACK (notes_typed_cb), dialog,
                           G_CONNECT_SWAPPED);
  gtk_window_present (GTK_WINDOW (dialog));
  gtk_widget_grab_focus (view);
}
