/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "pn-field-status.h"

struct _PnFieldStatus
{
  AdwPreferencesRow parent_instance;
  GtkImage *icon;
  GtkLabel *label;
};

G_DEFINE_FINAL_TYPE (PnFieldStatus, pn_field_status, ADW_TYPE_PREFERENCES_ROW)

static void
pn_field_status_class_init (PnFieldStatusClass *klass)
{
}

static void
pn_field_status_init (PnFieldStatus *self)
{
  GtkWidget *box = gtk_box_new (GTK_ORIENTATION_HORIZONTAL, 8);

  self->icon = GTK_IMAGE (gtk_image_new ());
  self->label = GTK_LABEL (gtk_label_new (NULL));
  gtk_widget_set_valign (GTK_WIDGET (self->icon), GTK_ALIGN_START);
  gtk_label_set_wrap (self->label, TRUE);
  gtk_label_set_wrap_mode (self->label, PANGO_WRAP_WORD_CHAR);
  gtk_label_set_xalign (self->label, 0);
  gtk_widget_set_hexpand (GTK_WIDGET (self->label), TRUE);
  gtk_box_append (GTK_BOX (box), GTK_WIDGET (self->icon));
  gtk_box_append (GTK_BOX (box), GTK_WIDGET (self->label));
  gtk_list_box_row_set_child (GTK_LIST_BOX_ROW (self), box);
  gtk_list_box_row_set_activatable (GTK_LIST_BOX_ROW (self), FALSE);
  gtk_widget_set_focusable (GTK_WIDGET (self), FALSE);
  gtk_widget_add_css_class (GTK_WIDGET (self), "field-status");
  gtk_widget_set_visible (GTK_WIDGET (self), FALSE);
}

GtkWidget *
pn_field_status_new (void)
{
  return g_object_new (PN_TYPE_FIELD_STATUS, NULL);
}

void
pn_field_status_set (PnFieldStatus *self, GtkWidget *field, const char *problem, const char *remark)
{
  const char *text = problem != NULL ? problem : remark;

  gtk_label_set_label (self->label, text != NULL ? text : "");
  gtk_image_set_from_icon_name (self->icon,
                                problem != NULL ? "pn-failed-symbolic" : "pn-passed-symbolic");
  gtk_widget_set_visible (GTK_WIDGET (self), text != NULL);
  if (problem != NULL)
    gtk_widget_add_css_class (GTK_WIDGET (self), "wrong");
  else
    gtk_widget_remove_css_class (GTK_WIDGET (self), "wrong");
  if (field == NULL)
    return;
  if (problem != NULL)
    gtk_widget_add_css_class (field, "error");
  else
    gtk_widget_remove_css_class (field, "error");
  gtk_accessible_update_state (
      GTK_ACCESSIBLE (field), GTK_ACCESSIBLE_STATE_INVALID,
      problem != NULL ? GTK_ACCESSIBLE_INVALID_TRUE : GTK_ACCESSIBLE_INVALID_FALSE, -1);
  gtk_accessible_update_property (GTK_ACCESSIBLE (field), GTK_ACCESSIBLE_PROPERTY_DESCRIPTION,
                                  text != NULL ? text : "", -1);
}

const char *
pn_field_status_get_text (PnFieldStatus *self)
{
  return gtk_widget_get_visible (GTK_WIDGET (self)) ? gtk_label_get_label (self->label) : "";
}
