/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "pn-record-cell.h"

#include "pn-inscription.h"
#include "pn-record-look.h"
#include "pn-verdict-mark.h"

/* A table has two hundred rows around what is seen, and all of them change when it is scrolled: a
 * cell does nothing that it need not, nothing at all until it is seen, and never changes its size.
 */
struct _PnRecordCell
{
  AdwBin parent_instance;
  const char *column;  /* interned */
  PnVerdictMark *mark; /* of the result; NULL in other columns */
  GtkInscription *text;
  PnRecordRow *row;
  gboolean shown; /* the row is */
};

G_DEFINE_FINAL_TYPE (PnRecordCell, pn_record_cell, ADW_TYPE_BIN)

static void
show_verdict (PnRecordCell *self)
{
  const char *verdict = pn_record_row_get_text (self->row, "verdict");

  pn_verdict_mark_set_verdict (self->mark, verdict);
  pn_verdict_mark_color_word (self->text, verdict);
}

static void
show_values (PnRecordCell *self)
{
  gboolean loaded = pn_record_row_is_loaded (self->row);
  g_autofree char *text = loaded ? pn_record_look_text (self->row, self->column) : g_strdup ("…");

  pn_inscription_set_text (self->text, text);
  gtk_widget_set_opacity (GTK_WIDGET (self->text), loaded ? 1 : PN_RECORD_CELL_UNLOADED);
  if (self->mark != NULL)
    show_verdict (self);
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

static void
forget_row (PnRecordCell *self)
{
  if (self->shown)
    g_signal_handlers_disconnect_by_func (self->row, show_values, self);
  self->shown = FALSE;
  g_clear_object (&self->row);
}

void
pn_record_cell_set_row (PnRecordCell *self, PnRecordRow *row)
{
  forget_row (self);
  g_set_object (&self->row, row);
}

void
pn_record_cell_show (PnRecordCell *self)
{
  g_return_if_fail (self->row != NULL);
  if (self->shown)
    return;
  self->shown = TRUE;
  g_signal_connect_swapped (self->row, "notify::values", G_CALLBACK (show_values), self);
  show_values (self);
}

static void
pn_record_cell_dispose (GObject *object)
{
  forget_row (PN_RECORD_CELL (object));
  G_OBJECT_CLASS (pn_record_cell_parent_class)->dispose (object);
}

/* Dark instead of light, say. */
static void
pn_record_cell_css_changed (GtkWidget *widget, GtkCssStyleChange *change)
{
  PnRecordCell *self = PN_RECORD_CELL (widget);

  GTK_WIDGET_CLASS (pn_record_cell_parent_class)->css_changed (widget, change);
  if (self->mark != NULL && self->shown)
    show_verdict (self);
}

static void
pn_record_cell_class_init (PnRecordCellClass *klass)
{
  GTK_WIDGET_CLASS (klass)->css_changed = pn_record_cell_css_changed;
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
  self->mark = PN_VERDICT_MARK (pn_verdict_mark_new (16));
  gtk_widget_add_css_class (GTK_WIDGET (self->text), "result");
  box = gtk_box_new (GTK_ORIENTATION_HORIZONTAL, 8);
  gtk_box_append (GTK_BOX (box), GTK_WIDGET (self->mark));
  gtk_box_append (GTK_BOX (box), GTK_WIDGET (self->text));
  adw_bin_set_child (ADW_BIN (self), box);
  return GTK_WIDGET (self);
}
