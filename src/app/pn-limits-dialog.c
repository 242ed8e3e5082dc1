/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "pn-limits-dialog.h"

#include "pn-error.h"

#define GB G_GUINT64_CONSTANT (1000000000)

struct _PnLimitsDialog
{
  PnDialog parent_instance;
  GtkButton *save;
  GtkLabel *problem;
  GtkSpinButton *count, *bundle_size, *store_size;
  PnClient *client;
};

G_DEFINE_FINAL_TYPE (PnLimitsDialog, pn_limits_dialog, PN_TYPE_DIALOG)

static void
saved_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (PnLimitsDialog) self = user_data;
  g_autoptr (GError) error = NULL;

  if (pn_client_store_finish (PN_CLIENT (source), result, &error))
    {
      gtk_window_close (GTK_WINDOW (self));
      return;
    }
  gtk_widget_set_sensitive (GTK_WIDGET (self->save), TRUE);
  gtk_label_set_label (self->problem, pn_error_text (error));
  gtk_widget_set_visible (GTK_WIDGET (self->problem), !pn_error_is_dismissed (error));
}

/* What the helper had is kept to the byte where nobody has touched it. */
static guint64
get_bytes (GtkSpinButton *button, guint64 before)
{
  guint64 chosen = (guint64) gtk_spin_button_get_value (button);

  return chosen == before / GB ? before : chosen * GB;
}

static void
save_cb (PnLimitsDialog *self)
{
  gtk_widget_set_sensitive (GTK_WIDGET (self->save), FALSE);
  pn_client_set_bundle_limits_async (
      self->client, (guint) gtk_spin_button_get_value_as_int (self->count),
      get_bytes (self->bundle_size, pn_client_get_max_bundle_size (self->client)),
      get_bytes (self->store_size, pn_client_get_max_store_size (self->client)), saved_cb,
      g_object_ref (self));
}

static void
pn_limits_dialog_dispose (GObject *object)
{
  g_clear_object (&PN_LIMITS_DIALOG (object)->client);
  G_OBJECT_CLASS (pn_limits_dialog_parent_class)->dispose (object);
}

static void
pn_limits_dialog_class_init (PnLimitsDialogClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = pn_limits_dialog_dispose;
  gtk_widget_class_set_template_from_resource (widget_class,
                                               "/org/punnet/Punnet/ui/pn-limits-dialog.ui");
  gtk_widget_class_bind_template_child (widget_class, PnLimitsDialog, save);
  gtk_widget_class_bind_template_child (widget_class, PnLimitsDialog, problem);
  gtk_widget_class_bind_template_child (widget_class, PnLimitsDialog, count);
  gtk_widget_class_bind_template_child (widget_class, PnLimitsDialog, bundle_size);
  gtk_widget_class_bind_template_child (widget_class, PnLimitsDialog, store_size);
  gtk_widget_class_bind_template_callback (widget_class, save_cb);
}

static void
pn_limits_dialog_init (PnLimitsDialog *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
}

PnDialog *
pn_limits_dialog_new (PnClient *client)
{
  PnLimitsDialog *self = g_object_new (PN_TYPE_LIMITS_DIALOG, NULL);

  self->client = g_object_ref (client);
  gtk_spin_button_set_value (self->count, pn_client_get_max_bundles (client));
  gtk_spin_button_set_value (self->bundle_size,
                             (double) (pn_client_get_max_bundle_size (client) / GB));
  gtk_spin_button_set_value (self->store_size,
                             (double) (pn_client_get_max_store_size (client) / GB));
  return PN_DIALOG (self);
}
