/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "pn-batch-chip.h"

#include <glib/gi18n.h>

#define MAX_BATCHES 500 /* listed; others are typed */

struct _PnBatchChip
{
  AdwBin parent_instance;
  GtkMenuButton *button;
  GtkListBox *list;
  GtkEntry *entry;
  PnRecordFilter *filter;
  PnClient *client;
  GCancellable *cancellable;
};

G_DEFINE_FINAL_TYPE (PnBatchChip, pn_batch_chip, ADW_TYPE_BIN)

static void
show_choice (PnBatchChip *self)
{
  const char *batch = pn_record_filter_get_batch (self->filter);

  gtk_menu_button_set_label (self->button, batch != NULL ? batch : _ ("All batches"));
  if (batch == NULL)
    gtk_widget_remove_css_class (GTK_WIDGET (self->button), "chosen");
  else
    gtk_widget_add_css_class (GTK_WIDGET (self->button), "chosen");
}

static void
choose (PnBatchChip *self, const char *batch)
{
  gtk_menu_button_popdown (self->button);
  pn_record_filter_set_batch (self->filter, batch);
}

static void
add_row (PnBatchChip *self, const char *batch)
{
  GtkWidget *label = gtk_label_new (batch != NULL ? batch : _ ("All batches"));
  GtkWidget *row = gtk_list_box_row_new ();

  gtk_label_set_xalign (GTK_LABEL (label), 0);
  gtk_label_set_ellipsize (GTK_LABEL (label), PANGO_ELLIPSIZE_END);
  gtk_label_set_max_width_chars (GTK_LABEL (label), 30);
  gtk_list_box_row_set_child (GTK_LIST_BOX_ROW (row), label);
  g_object_set_data_full (G_OBJECT (row), "batch", g_strdup (batch), g_free);
  gtk_list_box_append (self->list, row);
}

static void
clear_rows (PnBatchChip *self)
{
  GtkWidget *row;

  while ((row = gtk_widget_get_first_child (GTK_WIDGET (self->list))) != NULL)
    gtk_list_box_remove (self->list, row);
  add_row (self, NULL);
}

/* A failure leaves the entry, which takes every reference. */
static void
listed_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (PnBatchChip) self = user_data;
  g_auto (GStrv) batches = pn_client_list_values_finish (PN_CLIENT (source), result, NULL);

  if (batches == NULL || PN_CLIENT (source) != self->client)
    return;
  clear_rows (self);
  for (guint i = 0; batches[i] != NULL; i++)
    add_row (self, batches[i]);
}

/* The batches that records were made in, whichever helper had them. */
static void
fill (PnBatchChip *self)
{
  if (gtk_widget_get_first_child (GTK_WIDGET (self->list)) == NULL)
    clear_rows (self);
  gtk_editable_set_text (GTK_EDITABLE (self->entry), "");
  if (self->client != NULL)
    pn_client_list_values_async (self->client, "batch", MAX_BATCHES, self->cancellable, listed_cb,
                                 g_object_ref (self));
}

static void
row_activated_cb (PnBatchChip *self, GtkListBoxRow *row)
{
  choose (self, g_object_get_data (G_OBJECT (row), "batch"));
}

static void
entry_activated_cb (PnBatchChip *self)
{
  g_autofree char *text =
      g_strstrip (g_strdup (gtk_editable_get_text (GTK_EDITABLE (self->entry))));

  if (text[0] != '\0')
    choose (self, text);
}

static void
pn_batch_chip_dispose (GObject *object)
{
  PnBatchChip *self = PN_BATCH_CHIP (object);

  g_cancellable_cancel (self->cancellable);
  g_clear_object (&self->cancellable);
  g_clear_object (&self->filter);
  g_clear_object (&self->client);
  G_OBJECT_CLASS (pn_batch_chip_parent_class)->dispose (object);
}

static void
pn_batch_chip_class_init (PnBatchChipClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = pn_batch_chip_dispose;
  gtk_widget_class_set_template_from_resource (widget_class,
                                               "/org/punnet/Punnet/ui/pn-batch-chip.ui");
  gtk_widget_class_bind_template_child (widget_class, PnBatchChip, button);
  gtk_widget_class_bind_template_child (widget_class, PnBatchChip, list);
  gtk_widget_class_bind_template_child (widget_class, PnBatchChip, entry);
  gtk_widget_class_bind_template_callback (widget_class, fill);
  gtk_widget_class_bind_template_callback (widget_class, row_activated_cb);
  gtk_widget_class_bind_template_callback (widget_class, entry_activated_cb);
}

static void
pn_batch_chip_init (PnBatchChip *self)
{
  self->cancellable = g_cancellable_new ();
  gtk_widget_init_template (GTK_WIDGET (self));
}

void
pn_batch_chip_set_filter (PnBatchChip *self, PnRecordFilter *filter)
{
  g_set_object (&self->filter, filter);
  g_signal_connect_object (filter, "changed", G_CALLBACK (show_choice), self, G_CONNECT_SWAPPED);
  show_choice (self);
}

void
pn_batch_chip_set_client (PnBatchChip *self, PnClient *client)
{
  g_set_object (&self->client, client);
}
