/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "pn-record-cell.h"

#include "pn-record-look.h"

#define LONG_TEXT 12 /* characters from which on a text may be cut off */

struct _PnRecordCell
{
  AdwBin parent_instance;
  const char *column; /* interned */
  GtkImage *symbol;   /* of the result; NULL in other columns */
  GtkLabel *label;
  PnRecordRow *row;
};

G_DEFINE_FINAL_TYPE (PnRecordCell, pn_record_cell, ADW_TYPE_BIN)

void
pn_record_cell_show_verdict (GtkWidget *widget, PnRecordRow *row)
{
  gboolean loaded = row != NULL && pn_record_row_is_loaded (row);
  const char *verdict = loaded ? pn_record_row_get_text (row, "verdict") : NULL;
  const char *classes[] = { "result", pn_record_look_verdict_style (verdict), NULL };

  gtk_widget_set_css_classes (widget, classes);
  if (GTK_IS_IMAGE (widget))
    gtk_image_set_from_icon_name (GTK_IMAGE (widget),
                                  loaded ? pn_record_look_verdict_icon (verdict) : NULL);
}

static void
show_row (PnRecordCell *self)
{
  gboolean loaded = self->row != NULL && pn_record_row_is_loaded (self->row);
  g_autofree char *text = loaded ? pn_record_look_text (self->row, self->column)
                                 : g_strdup (self->row != NULL ? "…" : "");

  gtk_label_set_label (self->label, text);
  gtk_widget_set_tooltip_text (GTK_WIDGET (self->label),
                               g_utf8_strlen (text, -1) > LONG_TEXT ? text : NULL);
  if (self->symbol != NULL)
    {
      pn_record_cell_show_verdict (GTK_WIDGET (self->symbol), self->row);
      pn_record_cell_show_verdict (GTK_WIDGET (self->label), self->row);
    }
  if (loaded)
    gtk_widget_remove_css_class (GTK_WIDGET (self), "unloaded");
  else
    gtk_widget_add_css_class (GTK_WIDGET (self), "unloaded");
}

void
pn_record_cell_set_row (PnRecordCell *self, PnRecordRow *row)
{
  if (self->row == row)
    return;
  if (self->row != NULL)
    g_signal_handlers_disconnect_by_func (self->row, show_row, self);
  g_set_object (&self->row, row);
  if (row != NULL)
    g_signal_connect_swapped (row, "notify::loaded", G_CALLBACK (show_row), self);
  show_row (self);
}

static void
pn_record_cell_dispose (GObject *object)
{
  PnRecordCell *self = PN_RECORD_CELL (object);

  if (self->row != NULL)
    g_signal_handlers_disconnect_by_func (self->row, show_row, self);
  g_clear_object (&self->row);
  G_OBJECT_CLASS (pn_record_cell_parent_class)->dispose (object);
}

static void
pn_record_cell_class_init (PnRecordCellClass *klass)
{
  G_OBJECT_CLASS (klass)->dispose = pn_record_cell_dispose;
}

static void
pn_record_cell_init (PnRecordCell *self)
{
  self->label = GTK_LABEL (gtk_label_new (""));
  gtk_label_set_ellipsize (self->label, PANGO_ELLIPSIZE_END);
  gtk_label_set_single_line_mode (self->label, TRUE); /* also of a text with several */
  gtk_widget_add_css_class (GTK_WIDGET (self->label), "numeric");
}

GtkWidget *
pn_record_cell_new (const char *column)
{
  PnRecordCell *self = g_object_new (PN_TYPE_RECORD_CELL, NULL);
  GtkWidget *box = gtk_box_new (GTK_ORIENTATION_HORIZONTAL, 8);

  self->column = g_intern_string (column);
  /* A width of its own: columns do not move while pages arrive. */
  gtk_label_set_width_chars (self->label, pn_record_look_width (column));
  gtk_label_set_max_width_chars (self->label, pn_record_look_width (column));
  gtk_label_set_xalign (self->label, pn_record_look_is_number (column) ? 1 : 0);
  gtk_widget_set_hexpand (GTK_WIDGET (self->label), TRUE);
  if (g_str_equal (column, "verdict"))
    {
      self->symbol = GTK_IMAGE (gtk_image_new ());
      gtk_box_append (GTK_BOX (box), GTK_WIDGET (self->symbol));
    }
  gtk_box_append (GTK_BOX (box), GTK_WIDGET (self->label));
  adw_bin_set_child (ADW_BIN (self), box);
  return GTK_WIDGET (self);
}
