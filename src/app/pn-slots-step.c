/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "pn-slots-step.h"

#include <glib/gi18n.h>

#include "pn-app.h"
#include "pn-identify-dialog.h"
#include "pn-slot-row.h"

struct _PnSlotsStep
{
  PnWizardStep parent_instance;
  GtkListBox *list;
  GtkWidget *none, *identify;
};

G_DEFINE_FINAL_TYPE (PnSlotsStep, pn_slots_step, PN_TYPE_WIZARD_STEP)

static void
slots_changed_cb (PnSlotsStep *self)
{
  PnClient *client = pn_app_get_client (pn_app_get_default ());
  gboolean practice = pn_app_get_practice (pn_app_get_default ());
  guint n = g_list_model_get_n_items (pn_client_get_slots (client));

  gtk_widget_set_visible (GTK_WIDGET (self->list), n > 0);
  gtk_widget_set_visible (self->none, n == 0);
  gtk_widget_set_sensitive (self->identify,
                            !practice && pn_client_get_state (client) == PN_CLIENT_READY);
  gtk_widget_set_tooltip_text (self->identify,
                               practice ? _ ("While practising, the bench has the slots")
                                        : _ ("Plug anything into it, and give it a name"));
}

static GtkWidget *
make_row (gpointer slot, gpointer user_data)
{
  return pn_slot_row_new (slot);
}

static void
follow_client (PnSlotsStep *self)
{
  PnClient *client = pn_app_get_client (pn_app_get_default ());
  GListModel *slots = pn_client_get_slots (client);

  gtk_list_box_bind_model (self->list, slots, make_row, NULL, NULL);
  g_signal_connect_object (slots, "items-changed", G_CALLBACK (slots_changed_cb), self,
                           G_CONNECT_SWAPPED);
  g_signal_connect_object (client, "notify::state", G_CALLBACK (slots_changed_cb), self,
                           G_CONNECT_SWAPPED);
  slots_changed_cb (self);
}

static void
identify_cb (PnSlotsStep *self)
{
  pn_dialog_present (pn_identify_dialog_new (pn_app_get_client (pn_app_get_default ())),
                     GTK_WIDGET (self));
}

static gboolean
pn_slots_step_skip (PnWizardStep *step)
{
  return pn_setup_is_one_device (pn_wizard_step_get_setup (step));
}

static void
pn_slots_step_class_init (PnSlotsStepClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  PN_WIZARD_STEP_CLASS (klass)->skip = pn_slots_step_skip;
  gtk_widget_class_set_template_from_resource (widget_class,
                                               "/org/punnet/Punnet/ui/pn-slots-step.ui");
  gtk_widget_class_bind_template_child (widget_class, PnSlotsStep, list);
  gtk_widget_class_bind_template_child (widget_class, PnSlotsStep, none);
  gtk_widget_class_bind_template_child (widget_class, PnSlotsStep, identify);
  gtk_widget_class_bind_template_callback (widget_class, identify_cb);
}

static void
pn_slots_step_init (PnSlotsStep *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
  g_signal_connect_object (pn_app_get_default (), "notify::client", G_CALLBACK (follow_client),
                           self, G_CONNECT_SWAPPED);
  follow_client (self);
}
