/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "pn-mark.h"

struct _PnMark
{
  AdwBin parent_instance;
  GtkWidget *padlock;
  GtkLabel *label;
};

G_DEFINE_FINAL_TYPE (PnMark, pn_mark, ADW_TYPE_BIN)

static void
pn_mark_class_init (PnMarkClass *klass)
{
}

static void
pn_mark_init (PnMark *self)
{
  GtkWidget *box = gtk_box_new (GTK_ORIENTATION_HORIZONTAL, 4);

  self->padlock = gtk_image_new_from_icon_name ("pn-locking-symbolic");
  self->label = GTK_LABEL (gtk_label_new (NULL));
  gtk_label_set_wrap (self->label, TRUE);
  gtk_label_set_natural_wrap_mode (self->label, GTK_NATURAL_WRAP_NONE);
  gtk_label_set_width_chars (self->label, 6);
  gtk_label_set_max_width_chars (self->label, 30);
  gtk_label_set_xalign (self->label, 1);
  gtk_box_append (GTK_BOX (box), self->padlock);
  gtk_box_append (GTK_BOX (box), GTK_WIDGET (self->label));
  gtk_widget_set_valign (box, GTK_ALIGN_CENTER);
  gtk_widget_set_halign (box, GTK_ALIGN_END);
  adw_bin_set_child (ADW_BIN (self), box);
  gtk_widget_add_css_class (GTK_WIDGET (self), "mark");
}

void
pn_mark_set_permanence (PnMark *self, PnPermanence permanence)
{
  gboolean lasting = permanence == PN_PERMANENCE_PERMANENT;

  gtk_label_set_label (self->label, pn_permanence_to_label (permanence));
  gtk_widget_set_visible (self->padlock, lasting);
  if (lasting)
    gtk_widget_add_css_class (GTK_WIDGET (self), "permanent");
  else
    gtk_widget_remove_css_class (GTK_WIDGET (self), "permanent");
}

GtkWidget *
pn_mark_new (PnPermanence permanence)
{
  PnMark *self = g_object_new (PN_TYPE_MARK, NULL);

  pn_mark_set_permanence (self, permanence);
  return GTK_WIDGET (self);
}
