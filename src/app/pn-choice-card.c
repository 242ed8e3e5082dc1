/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "pn-choice-card.h"

#define WHY_NOT "pn-why-not"

static GtkWidget *
make_label (const char *text, const char *style)
{
  GtkWidget *label = gtk_label_new (text);

  gtk_label_set_wrap (GTK_LABEL (label), TRUE);
  gtk_label_set_wrap_mode (GTK_LABEL (label), PANGO_WRAP_WORD_CHAR);
  gtk_label_set_xalign (GTK_LABEL (label), 0);
  gtk_label_set_width_chars (GTK_LABEL (label), 12);
  gtk_label_set_max_width_chars (GTK_LABEL (label), 15);
  gtk_widget_add_css_class (label, style);
  return label;
}

GtkWidget *
pn_choice_card_new (const char *title, const char *text, const char *permanent)
{
  GtkWidget *card = gtk_toggle_button_new ();
  GtkWidget *box = gtk_box_new (GTK_ORIENTATION_VERTICAL, 4);
  GtkWidget *why_not = make_label ("", "why-not");

  gtk_widget_set_valign (box, GTK_ALIGN_START);
  gtk_box_append (GTK_BOX (box), make_label (title, "heading"));
  gtk_box_append (GTK_BOX (box), make_label (text, "body"));
  if (permanent != NULL)
    {
      GtkWidget *line = gtk_box_new (GTK_ORIENTATION_HORIZONTAL, 6);
      GtkWidget *padlock = gtk_image_new_from_icon_name ("pn-locking-symbolic");

      gtk_widget_set_valign (padlock, GTK_ALIGN_START);
      gtk_box_append (GTK_BOX (line), padlock);
      gtk_box_append (GTK_BOX (line), make_label (permanent, "permanent"));
      gtk_box_append (GTK_BOX (box), line);
    }
  gtk_box_append (GTK_BOX (box), why_not);
  gtk_widget_set_visible (why_not, FALSE);
  gtk_button_set_child (GTK_BUTTON (card), box);
  gtk_widget_add_css_class (card, "choice-card");
  gtk_accessible_update_property (GTK_ACCESSIBLE (card), GTK_ACCESSIBLE_PROPERTY_LABEL, title,
                                  GTK_ACCESSIBLE_PROPERTY_DESCRIPTION, text, -1);
  g_object_set_data (G_OBJECT (card), WHY_NOT, why_not);
  return card;
}

void
pn_choice_card_set_why_not (GtkWidget *card, const char *why_not)
{
  GtkWidget *label = g_object_get_data (G_OBJECT (card), WHY_NOT);

  gtk_label_set_label (GTK_LABEL (label), why_not != NULL ? why_not : "");
  gtk_widget_set_visible (label, why_not != NULL);
  gtk_widget_set_sensitive (card, why_not == NULL);
}
