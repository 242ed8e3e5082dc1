/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "pn-record-cell.h"

#include "pn-record-look.h"

#define RIGHT_TO_LEFT_MARK "\u200f"
#define FIRST_STRONG_ISOLATE "\u2068"
#define END_ISOLATE "\u2069"

/* A table has two hundred rows around what is seen, and all of them change when it is scrolled: a
 * cell does nothing that it need not, and never changes its size. */
struct _PnRecordCell
{
  AdwBin parent_instance;
  const char *column; /* interned */
  GtkImage *symbol;   /* of the result; NULL in other columns */
  GtkInscription *text;
  PnRecordRow *row;
};

G_DEFINE_FINAL_TYPE (PnRecordCell, pn_record_cell, ADW_TYPE_BIN)

void
pn_record_cell_show_verdict (GtkWidget *widget, PnRecordRow *row)
{
  gboolean loaded = row != NULL && pn_record_row_is_loaded (row);
  const char *verdict = loaded ? pn_record_row_get_text (row, "verdict") : NULL;
  const char *classes[] = { "result", loaded ? pn_record_look_verdict_style (verdict) : "unloaded",
                            NULL };

  if (gtk_widget_has_css_class (widget, classes[1]))
    return;
  gtk_widget_set_css_classes (widget, classes);
  if (GTK_IS_IMAGE (widget))
    gtk_image_set_from_icon_name (GTK_IMAGE (widget),
                                  loaded ? pn_record_look_verdict_icon (verdict) : NULL);
}

/* A paragraph lies on the side where its script begins. In a mirrored column all of them lie on the
 * right, whatever is in them. */
static char *
make_text (PnRecordCell *self, gboolean loaded)
{
  g_autofree char *text = loaded ? pn_record_look_text (self->row, self->column) : g_strdup ("…");

  if (gtk_widget_get_direction (GTK_WIDGET (self)) == GTK_TEXT_DIR_RTL && text[0] != '\0')
    return g_strconcat (RIGHT_TO_LEFT_MARK FIRST_STRONG_ISOLATE, text, END_ISOLATE, NULL);
  return g_steal_pointer (&text);
}

static void
show_row (PnRecordCell *self)
{
  gboolean loaded = self->row != NULL && pn_record_row_is_loaded (self->row);
  g_autofree char *text = make_text (self, loaded);

  if (self->row == NULL)
    return; /* it is about to get another */
  if (g_strcmp0 (gtk_inscription_get_text (self->text), text) != 0)
    gtk_inscription_set_text (self->text, text);
  if (self->symbol != NULL)
    {
      pn_record_cell_show_verdict (GTK_WIDGET (self->symbol), self->row);
      pn_record_cell_show_verdict (GTK_WIDGET (self->text), self->row);
    }
  else if (loaded)
    gtk_widget_remove_css_class (GTK_WIDGET (self->text), "unloaded");
  else
    gtk_widget_add_css_class (GTK_WIDGET (self->text), "unloaded");
}

/* What is cut off is said when somebody points at it. */
static gboolean
tooltip_cb (PnRecordCell *self, int x, int y, gboolean keyboard, GtkTooltip *tooltip)
{
  gtk_tooltip_set_text (tooltip, gtk_inscription_get_text (self->text));
  return self->row != NULL && pn_record_row_is_loaded (self->row) &&
         g_utf8_strlen (gtk_inscription_get_text (self->text), -1) >
             pn_record_look_width (self->column) - 2;
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
  self->text = GTK_INSCRIPTION (gtk_inscription_new (NULL));
  gtk_inscription_set_text_overflow (self->text, GTK_INSCRIPTION_OVERFLOW_ELLIPSIZE_END);
  gtk_widget_add_css_class (GTK_WIDGET (self->text), "numeric");
  gtk_widget_set_hexpand (GTK_WIDGET (self->text), TRUE);
  gtk_widget_set_has_tooltip (GTK_WIDGET (self), TRUE);
  g_signal_connect (self, "query-tooltip", G_CALLBACK (tooltip_cb), NULL);
}

GtkWidget *
pn_record_cell_new (const char *column)
{
  PnRecordCell *self = g_object_new (PN_TYPE_RECORD_CELL, NULL);
  guint width = (guint) pn_record_look_width (column);
  GtkWidget *box;

  self->column = g_intern_string (column);
  gtk_inscription_set_min_chars (self->text, width);
  gtk_inscription_set_nat_chars (self->text, width);
  gtk_inscription_set_xalign (self->text, pn_record_look_is_number (column) ? 1 : 0);
  if (!g_str_equal (column, "verdict"))
    {
      adw_bin_set_child (ADW_BIN (self), GTK_WIDGET (self->text));
      return GTK_WIDGET (self);
    }
  self->symbol = GTK_IMAGE (gtk_image_new ());
  box = gtk_box_new (GTK_ORIENTATION_HORIZONTAL, 8);
  gtk_box_append (GTK_BOX (box), GTK_WIDGET (self->symbol));
  gtk_box_append (GTK_BOX (box), GTK_WIDGET (self->text));
  adw_bin_set_child (ADW_BIN (self), box);
  return GTK_WIDGET (self);
}
