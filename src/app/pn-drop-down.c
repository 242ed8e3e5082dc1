/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "pn-drop-down.h"

#include <glib/gi18n.h>

static void
selected_cb (GtkDropDown *self, GParamSpec *pspec, const char *name)
{
  GtkStringObject *chosen = gtk_drop_down_get_selected_item (self);
  g_autofree char *text =
      chosen != NULL
          /* Translators: what is chosen here, and which one it is. */
          ? g_strdup_printf (C_ ("choice", "%s: %s"), name, gtk_string_object_get_string (chosen))
          : g_strdup (name);

  gtk_accessible_update_property (GTK_ACCESSIBLE (gtk_widget_get_first_child (GTK_WIDGET (self))),
                                  GTK_ACCESSIBLE_PROPERTY_LABEL, text, -1);
}

static void
free_closure_data (gpointer name, GClosure *closure)
{
  g_free (name);
}

void
pn_drop_down_set_name (GtkDropDown *self, const char *name)
{
  g_signal_connect_data (self, "notify::selected-item", G_CALLBACK (selected_cb), g_strdup (name),
                         free_closure_data, 0);
  selected_cb (self, NULL, name);
}
