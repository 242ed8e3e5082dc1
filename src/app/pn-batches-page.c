/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "pn-batches-page.h"

#include "pn-app.h"
#include "pn-batch-page.h"
#include "pn-batch-row.h"
#include "pn-new-batch-page.h"
#include "pn-window.h"

struct _PnBatchesPage
{
  PnPage parent_instance;
  GtkStack *stack;
  GtkListBox *list;
};

G_DEFINE_FINAL_TYPE (PnBatchesPage, pn_batches_page, PN_TYPE_PAGE)

static GtkWidget *
make_row (gpointer batch, gpointer user_data)
{
  GtkWidget *row = gtk_list_box_row_new ();

  gtk_list_box_row_set_child (GTK_LIST_BOX_ROW (row), pn_batch_row_new (batch));
  gtk_accessible_update_property (GTK_ACCESSIBLE (row), GTK_ACCESSIBLE_PROPERTY_LABEL,
                                  pn_batch_get_title (batch), -1);
  return row;
}

static void
row_activated_cb (PnBatchesPage *self, GtkListBoxRow *row)
{
  GListModel *batches = pn_client_get_batches (pn_app_get_client (pn_app_get_default ()));
  g_autoptr (PnClientBatch) batch =
      g_list_model_get_item (batches, (guint) gtk_list_box_row_get_index (row));

  if (batch != NULL)
    pn_window_push (pn_window_of (GTK_WIDGET (self)), pn_batch_page_new (batch));
}

static void
new_action (GtkWidget *widget, const char *action, GVariant *parameter)
{
  pn_window_push (pn_window_of (widget), pn_new_batch_page_new ());
}

static void
update (PnBatchesPage *self)
{
  PnClient *client = pn_app_get_client (pn_app_get_default ());
  gboolean ready = pn_client_get_state (client) == PN_CLIENT_READY;

  gtk_stack_set_visible_child_name (
      self->stack, !ready                                                           ? "away"
                   : g_list_model_get_n_items (pn_client_get_batches (client)) == 0 ? "empty"
                                                                                    : "list");
  gtk_widget_action_set_enabled (GTK_WIDGET (self), "batches.new", ready);
}

static void
follow_client (PnBatchesPage *self)
{
  PnClient *client = pn_app_get_client (pn_app_get_default ());
  GListModel *batches = pn_client_get_batches (client);

  gtk_list_box_bind_model (self->list, batches, make_row, NULL, NULL);
  g_signal_connect_object (batches, "items-changed", G_CALLBACK (update), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (client, "notify::state", G_CALLBACK (update), self, G_CONNECT_SWAPPED);
  update (self);
}

static void
pn_batches_page_class_init (PnBatchesPageClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  gtk_widget_class_set_template_from_resource (widget_class,
                                               "/org/punnet/Punnet/ui/pn-batches-page.ui");
  gtk_widget_class_bind_template_child (widget_class, PnBatchesPage, stack);
  gtk_widget_class_bind_template_child (widget_class, PnBatchesPage, list);
  gtk_widget_class_bind_template_callback (widget_class, row_activated_cb);
  gtk_widget_class_install_action (widget_class, "batches.new", NULL, new_action);
  gtk_widget_class_add_binding_action (widget_class, GDK_KEY_n, GDK_CONTROL_MASK, "batches.new",
                                       NULL);
}

static void
pn_batches_page_init (PnBatchesPage *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
  g_signal_connect_object (pn_app_get_default (), "notify::client", G_CALLBACK (follow_client),
                           self, G_CONNECT_SWAPPED);
  follow_client (self);
}
