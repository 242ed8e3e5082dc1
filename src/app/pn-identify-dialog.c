/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "pn-identify-dialog.h"

#include <glib/gi18n.h>

#include "pn-error.h"
#include "pn-spinner.h"
#include "pn-window.h"

struct _PnIdentifyDialog
{
  PnDialog parent_instance;
  GtkStack *stack;
  AdwStatusPage *problem;
  AdwEntryRow *name;
  AdwActionRow *port_row;
  GtkButton *add;
  PnClient *client;
  GCancellable *cancellable; /* of what is asked of the helper now */
  char *port;
};

G_DEFINE_FINAL_TYPE (PnIdentifyDialog, pn_identify_dialog, PN_TYPE_DIALOG)

static void
show_problem (PnIdentifyDialog *self, const GError *error)
{
  if (pn_error_is_cancelled (error))
    return;
  adw_status_page_set_description (self->problem, pn_error_text (error));
  gtk_stack_set_visible_child_name (self->stack, "problem");
}

static void
identified_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (PnIdentifyDialog) self = user_data;
  g_autoptr (GError) error = NULL;
  g_autofree char *port = pn_client_identify_finish (PN_CLIENT (source), result, &error);
  PnClientSlot *slot;

  if (port == NULL)
    {
      show_problem (self, error);
      return;
    }
  g_free (self->port);
  self->port = g_steal_pointer (&port);
  slot = pn_client_find_slot (self->client, self->port);
  adw_action_row_set_subtitle (self->port_row, self->port);
  gtk_editable_set_text (GTK_EDITABLE (self->name),
                         slot != NULL ? pn_client_slot_get_label (slot) : "");
  gtk_stack_set_visible_child_name (self->stack, "name");
  gtk_widget_grab_focus (GTK_WIDGET (self->name));
}

static void
listen_cb (PnIdentifyDialog *self)
{
  g_cancellable_cancel (self->cancellable);
  g_clear_object (&self->cancellable);
  self->cancellable = g_cancellable_new ();
  gtk_stack_set_visible_child_name (self->stack, "listen");
  pn_client_identify_async (self->client, self->cancellable, identified_cb, g_object_ref (self));
}

static void
added_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (PnIdentifyDialog) self = user_data;
  g_autoptr (GError) error = NULL;
  PnWindow *window = pn_window_of (GTK_WIDGET (self));

  if (!pn_client_add_slot_finish (PN_CLIENT (source), result, &error))
    {
      show_problem (self, error);
      return;
    }
  if (window != NULL)
    pn_window_toast (window, _ ("The slot was added."));
  gtk_window_close (GTK_WINDOW (self));
}

static void
add_cb (PnIdentifyDialog *self)
{
  if (gtk_widget_get_sensitive (GTK_WIDGET (self->add)))
    pn_client_add_slot_async (self->client, self->port,
                              gtk_editable_get_text (GTK_EDITABLE (self->name)), self->cancellable,
                              added_cb, g_object_ref (self));
}

static void
name_changed_cb (PnIdentifyDialog *self)
{
  gsize length = (gsize) g_utf8_strlen (gtk_editable_get_text (GTK_EDITABLE (self->name)), -1);

  gtk_widget_set_sensitive (GTK_WIDGET (self->add), length > 0 && length <= 60);
}

static void
pn_identify_dialog_dispose (GObject *object)
{
  PnIdentifyDialog *self = PN_IDENTIFY_DIALOG (object);

  g_cancellable_cancel (self->cancellable);
  g_clear_object (&self->cancellable);
  g_clear_object (&self->client);
  g_clear_pointer (&self->port, g_free);
  gtk_widget_dispose_template (GTK_WIDGET (self), PN_TYPE_IDENTIFY_DIALOG);
  G_OBJECT_CLASS (pn_identify_dialog_parent_class)->dispose (object);
}

static gboolean
close_request_cb (PnIdentifyDialog *self)
{
  g_cancellable_cancel (self->cancellable);
  return FALSE;
}

static void
pn_identify_dialog_class_init (PnIdentifyDialogClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = pn_identify_dialog_dispose;
  g_type_ensure (PN_TYPE_SPINNER);
  gtk_widget_class_set_template_from_resource (widget_class,
                                               "/org/punnet/Punnet/ui/pn-identify-dialog.ui");
  gtk_widget_class_bind_template_child (widget_class, PnIdentifyDialog, stack);
  gtk_widget_class_bind_template_child (widget_class, PnIdentifyDialog, problem);
  gtk_widget_class_bind_template_child (widget_class, PnIdentifyDialog, name);
  gtk_widget_class_bind_template_child (widget_class, PnIdentifyDialog, port_row);
  gtk_widget_class_bind_template_child (widget_class, PnIdentifyDialog, add);
  gtk_widget_class_bind_template_callback (widget_class, listen_cb);
  gtk_widget_class_bind_template_callback (widget_class, add_cb);
  gtk_widget_class_bind_template_callback (widget_class, name_changed_cb);
  gtk_widget_class_bind_template_callback (widget_class, close_request_cb);
}

static void
pn_identify_dialog_init (PnIdentifyDialog *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
}

PnDialog *
pn_identify_dialog_new (PnClient *client)
{
  PnIdentifyDialog *self = g_object_new (PN_TYPE_IDENTIFY_DIALOG, NULL);

  self->client = g_object_ref (client);
  listen_cb (self);
  return PN_DIALOG (self);
}
