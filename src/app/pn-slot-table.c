/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "pn-slot-table.h"

#include <glib/gi18n.h>

#include "pn-card-look.h"
#include "pn-clock.h"
#include "pn-device-page.h"
#include "pn-phase-bar.h"
#include "pn-slot-text.h"
#include "pn-window.h"

struct _PnSlotTable
{
  AdwBin parent_instance;
  GtkColumnView *view;
  GtkSingleSelection *selection;
};

G_DEFINE_FINAL_TYPE (PnSlotTable, pn_slot_table, ADW_TYPE_BIN)

static char *
state_to_icon (GtkListItem *item, PnCardState state)
{
  return g_strdup (pn_card_look (state)->icon);
}

static char *
state_to_word (GtkListItem *item, PnCardState state)
{
  return g_strdup (pn_card_look_word (state));
}

static char **
state_to_classes (GtkListItem *item, PnCardState state)
{
  const char *classes[] = { "state-cell", pn_card_look (state)->style, NULL };

  return g_strdupv ((char **) classes);
}

static char *
make_percent (GtkListItem *item, PnCardState state, double fraction)
{
  return pn_card_look (state)->moving ? pn_slot_text_percent (item, fraction) : NULL;
}

static gboolean
is_still (GtkListItem *item, PnCardState state)
{
  return !pn_card_look (state)->moving;
}

static gboolean
shows_run (GtkListItem *item, PnCardState state, PnClientRun *run)
{
  return run != NULL && pn_card_look (state)->group != PN_CARD_GROUP_ALL;
}

static void
activated_cb (PnSlotTable *self, guint position)
{
  g_autoptr (PnClientSlot) slot = g_list_model_get_item (G_LIST_MODEL (self->selection), position);
  PnWindow *window = pn_window_of (GTK_WIDGET (self));

  if (slot != NULL && pn_client_slot_get_run (slot) != NULL && window != NULL)
    pn_window_push (window, PN_PAGE (pn_device_page_new_for_slot (slot)));
}

void
pn_slot_table_set_model (PnSlotTable *self, GListModel *slots)
{
  gtk_single_selection_set_model (self->selection, slots);
}

gboolean
pn_slot_table_focus_slot (PnSlotTable *self, PnClientSlot *slot)
{
  guint n = g_list_model_get_n_items (G_LIST_MODEL (self->selection));

  for (guint i = 0; i < n; i++)
    {
      g_autoptr (PnClientSlot) at = g_list_model_get_item (G_LIST_MODEL (self->selection), i);

      if (at != slot)
        continue;
      gtk_single_selection_set_selected (self->selection, i);
      return gtk_widget_activate_action (GTK_WIDGET (self->view), "list.scroll-to-item", "u", i) &&
             gtk_widget_child_focus (GTK_WIDGET (self->view), GTK_DIR_TAB_FORWARD);
    }
  return FALSE;
}

static void
pn_slot_table_map (GtkWidget *widget)
{
  GTK_WIDGET_CLASS (pn_slot_table_parent_class)->map (widget);
  pn_clock_hold (pn_clock_get_default ());
}

static void
pn_slot_table_unmap (GtkWidget *widget)
{
  pn_clock_release (pn_clock_get_default ());
  GTK_WIDGET_CLASS (pn_slot_table_parent_class)->unmap (widget);
}

static void
pn_slot_table_dispose (GObject *object)
{
  gtk_widget_dispose_template (GTK_WIDGET (object), PN_TYPE_SLOT_TABLE);
  G_OBJECT_CLASS (pn_slot_table_parent_class)->dispose (object);
}

static void
pn_slot_table_class_init (PnSlotTableClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = pn_slot_table_dispose;
  widget_class->map = pn_slot_table_map;
  widget_class->unmap = pn_slot_table_unmap;
  g_type_ensure (PN_TYPE_CLIENT_RUN);
  g_type_ensure (PN_TYPE_PHASE_BAR);
  gtk_widget_class_set_template_from_resource (widget_class,
                                               "/org/punnet/Punnet/ui/pn-slot-table.ui");
  gtk_widget_class_bind_template_child (widget_class, PnSlotTable, view);
  gtk_widget_class_bind_template_child (widget_class, PnSlotTable, selection);
  gtk_widget_class_bind_template_callback (widget_class, state_to_icon);
  gtk_widget_class_bind_template_callback (widget_class, state_to_word);
  gtk_widget_class_bind_template_callback (widget_class, state_to_classes);
  gtk_widget_class_bind_template_callback (widget_class, make_percent);
  gtk_widget_class_bind_template_callback (widget_class, is_still);
  gtk_widget_class_bind_template_callback (widget_class, shows_run);
  gtk_widget_class_bind_template_callback (widget_class, activated_cb);
  pn_slot_text_bind (widget_class);
}

static void
pn_slot_table_init (PnSlotTable *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
}
