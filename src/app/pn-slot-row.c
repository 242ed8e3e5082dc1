/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "pn-slot-row.h"

#include <glib/gi18n.h>

#include "pn-error.h"
#include "pn-window.h"

struct _PnSlotRow
{
  AdwEntryRow parent_instance;
  PnClientSlot *slot;
  GtkSwitch *used;
  GtkWidget *rename;
  gboolean showing; /* what is set now comes from the slot, not from a person */
};

G_DEFINE_FINAL_TYPE (PnSlotRow, pn_slot_row, ADW_TYPE_ENTRY_ROW)

static void
typed_cb (PnSlotRow *self)
{
  const char *text = gtk_editable_get_text (GTK_EDITABLE (self));

  gtk_widget_set_visible (self->rename,
                          self->slot != NULL &&
                              g_strcmp0 (text, pn_client_slot_get_label (self->slot)) != 0);
}

static void
show (PnSlotRow *self)
{
  /* Translators: %s is where a USB socket is, such as “1-1.2”. */
  g_autofree char *title =
      g_strdup_printf (_ ("Name of the slot at %s"), pn_client_slot_get_name (self->slot));

  self->showing = TRUE;
  adw_preferences_row_set_title (ADW_PREFERENCES_ROW (self), title);
  gtk_editable_set_text (GTK_EDITABLE (self), pn_client_slot_get_label (self->slot));
  gtk_switch_set_active (self->used, pn_client_slot_get_used (self->slot));
  self->showing = FALSE;
  typed_cb (self);
}

static void
configured_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (PnSlotRow) self = user_data;
  g_autoptr (GError) error = NULL;
  PnWindow *window;

  if (pn_client_slot_call_finish (PN_CLIENT_SLOT (source), result, &error))
    return;
  window = pn_window_of (GTK_WIDGET (self));
  if (window != NULL)
    pn_window_toast (window, pn_error_text (error));
  show (self);
}

static void
rename_cb (PnSlotRow *self)
{
  if (gtk_widget_get_visible (self->rename))
    pn_client_slot_configure_async (self->slot, gtk_editable_get_text (GTK_EDITABLE (self)),
                                    gtk_switch_get_active (self->used), NULL, configured_cb,
                                    g_object_ref (self));
}

static void
used_cb (PnSlotRow *self)
{
  if (!self->showing)
    pn_client_slot_configure_async (self->slot, NULL, gtk_switch_get_active (self->used), NULL,
                                    configured_cb, g_object_ref (self));
}

static void
pn_slot_row_dispose (GObject *object)
{
  PnSlotRow *self = PN_SLOT_ROW (object);

  if (self->slot != NULL)
    g_signal_handlers_disconnect_by_data (self->slot, self);
  g_clear_object (&self->slot);
  G_OBJECT_CLASS (pn_slot_row_parent_class)->dispose (object);
}

static void
pn_slot_row_class_init (PnSlotRowClass *klass)
{
  G_OBJECT_CLASS (klass)->dispose = pn_slot_row_dispose;
}

static void
say (GtkWidget *widget, const char *words)
{
  gtk_widget_set_valign (widget, GTK_ALIGN_CENTER);
  gtk_widget_set_tooltip_text (widget, words);
  gtk_accessible_update_property (GTK_ACCESSIBLE (widget), GTK_ACCESSIBLE_PROPERTY_LABEL, words,
                                  -1);
}

/* The apply button that an AdwEntryRow has has no name for those who cannot see it. */
static void
pn_slot_row_init (PnSlotRow *self)
{
  self->rename = gtk_button_new_from_icon_name ("object-select-symbolic");
  gtk_widget_add_css_class (self->rename, "suggested-action");
  say (self->rename, _ ("Use this name"));
  adw_entry_row_add_suffix (ADW_ENTRY_ROW (self), self->rename);
  self->used = GTK_SWITCH (gtk_switch_new ());
  say (GTK_WIDGET (self->used), _ ("Use this slot for devices"));
  adw_entry_row_add_suffix (ADW_ENTRY_ROW (self), GTK_WIDGET (self->used));
  g_signal_connect (self, "changed", G_CALLBACK (typed_cb), NULL);
  g_signal_connect (self, "entry-activated", G_CALLBACK (rename_cb), NULL);
  g_signal_connect_swapped (self->rename, "clicked", G_CALLBACK (rename_cb), self);
  g_signal_connect_swapped (self->used, "notify::active", G_CALLBACK (used_cb), self);
}

GtkWidget *
pn_slot_row_new (PnClientSlot *slot)
{
  PnSlotRow *self = g_object_new (PN_TYPE_SLOT_ROW, NULL);

  self->slot = g_object_ref (slot);
  g_signal_connect_swapped (slot, "notify::label", G_CALLBACK (show), self);
  g_signal_connect_swapped (slot, "notify::used", G_CALLBACK (show), self);
  show (self);
  return GTK_WIDGET (self);
}
