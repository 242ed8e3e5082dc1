/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "pn-batch-chip.h"

#include <glib/gi18n.h>

#include "pn-client-batch.h"

struct _PnBatchChip
{
  AdwBin parent_instance;
  GtkMenuButton *button;
  GtkListBox *list;
  GtkEntry *entry;
  PnRecordFilter *filter;
  GListModel *batches;
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

/* Several batches may have one reference. */
static void
fill (PnBatchChip *self)
{
  g_autoptr (GHashTable) seen = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  GtkWidget *row;

  while ((row = gtk_widget_get_first_child (GTK_WIDGET (self->list))) != NULL)
    gtk_list_box_remove (self->list, row);
  add_row (self, NULL);
  for (guint i = 0; self->batches != NULL && i < g_list_model_get_n_items (self->batches); i++)
    {
      g_autoptr (PnClientBatch) batch = g_list_model_get_item (self->batches, i);
      const char *reference = pn_client_batch_get_reference (batch);

      if (reference != NULL && reference[0] != '\0' &&
          g_hash_table_add (seen, g_strdup (reference)))
        add_row (self, reference);
    }
  gtk_editable_set_text (GTK_EDITABLE (self->entry), "");
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

  g_clear_object (&self->filter);
  g_clear_object (&self->batches);
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
pn_batch_chip_set_batches (PnBatchChip *self, GListModel *batches)
{
  g_set_object (&self->batches, batches);
}
