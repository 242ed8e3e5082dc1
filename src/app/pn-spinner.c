/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "pn-spinner.h"

#include <glib/gi18n.h>

#define SIZE 32 /* pixels */

struct _PnSpinner
{
  AdwBin parent_instance;
  GtkSpinner *spinner;
};

G_DEFINE_FINAL_TYPE (PnSpinner, pn_spinner, ADW_TYPE_BIN)

static void
pn_spinner_map (GtkWidget *widget)
{
  GTK_WIDGET_CLASS (pn_spinner_parent_class)->map (widget);
  gtk_spinner_start (PN_SPINNER (widget)->spinner);
}

static void
pn_spinner_unmap (GtkWidget *widget)
{
  gtk_spinner_stop (PN_SPINNER (widget)->spinner);
  GTK_WIDGET_CLASS (pn_spinner_parent_class)->unmap (widget);
}

static void
pn_spinner_class_init (PnSpinnerClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  widget_class->map = pn_spinner_map;
  widget_class->unmap = pn_spinner_unmap;
  gtk_widget_class_set_accessible_role (widget_class, GTK_ACCESSIBLE_ROLE_PROGRESS_BAR);
}

static void
pn_spinner_init (PnSpinner *self)
{
  self->spinner =
      g_object_new (GTK_TYPE_SPINNER, "accessible-role", GTK_ACCESSIBLE_ROLE_PRESENTATION, NULL);
  gtk_widget_set_size_request (GTK_WIDGET (self->spinner), SIZE, SIZE);
  gtk_widget_set_halign (GTK_WIDGET (self->spinner), GTK_ALIGN_CENTER);
  gtk_widget_set_valign (GTK_WIDGET (self->spinner), GTK_ALIGN_CENTER);
  adw_bin_set_child (ADW_BIN (self), GTK_WIDGET (self->spinner));
  gtk_accessible_update_property (GTK_ACCESSIBLE (self), GTK_ACCESSIBLE_PROPERTY_LABEL,
                                  _ ("Loading"), -1);
}
