/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "pn-guide.h"

#include <glib/gi18n.h>

#include "pn-app.h"
#include "pn-drop-down.h"

struct _PnGuide
{
  PnNarrowBin parent_instance;
  GtkLabel *lead;
  GtkBox *families;
  GtkDropDown *choice;
  PnGuideSteps *steps;
  GtkBox *buttons;
  GtkWidget *practise, *go_to_bench; /* one of them */
  GtkToggleButton *family_buttons[PN_N_GUIDES];
  PnGuideFamily family;
};

G_DEFINE_FINAL_TYPE (PnGuide, pn_guide, PN_TYPE_NARROW_BIN)

static void
show_family (PnGuide *self)
{
  gtk_label_set_label (self->lead, pn_guide_get_lead (self->family));
  pn_guide_steps_set_family (self->steps, self->family);
}

void
pn_guide_set_family (PnGuide *self, PnGuideFamily family)
{
  g_return_if_fail (family < PN_N_GUIDES);
  if (self->family == family)
    return;
  self->family = family;
  gtk_toggle_button_set_active (self->family_buttons[family], TRUE);
  gtk_drop_down_set_selected (self->choice, family);
  show_family (self);
}

static void
family_toggled_cb (GtkToggleButton *button, PnGuide *self)
{
  if (!gtk_toggle_button_get_active (button))
    return;
  for (guint i = 0; i < PN_N_GUIDES; i++)
    if (self->family_buttons[i] == button)
      pn_guide_set_family (self, (PnGuideFamily) i);
}

static void
choice_changed_cb (PnGuide *self)
{
  pn_guide_set_family (self, (PnGuideFamily) gtk_drop_down_get_selected (self->choice));
}

static void
make_families (PnGuide *self)
{
  g_autoptr (GtkStringList) names = gtk_string_list_new (NULL);

  for (guint i = 0; i < PN_N_GUIDES; i++)
    {
      const char *name = pn_guide_get_name ((PnGuideFamily) i);
      GtkWidget *button = gtk_toggle_button_new_with_label (name);

      self->family_buttons[i] = GTK_TOGGLE_BUTTON (button);
      if (i > 0)
        gtk_toggle_button_set_group (self->family_buttons[i], self->family_buttons[0]);
      gtk_box_append (self->families, button);
      gtk_string_list_append (names, name);
    }
  gtk_toggle_button_set_active (self->family_buttons[0], TRUE);
  for (guint i = 0; i < PN_N_GUIDES; i++)
    g_signal_connect (self->family_buttons[i], "toggled", G_CALLBACK (family_toggled_cb), self);
  gtk_drop_down_set_model (self->choice, G_LIST_MODEL (names));
  pn_drop_down_set_name (self->choice, _ ("Kind of device"));
}

static void
pn_guide_narrow_changed (PnNarrowBin *bin, gboolean narrow)
{
  PnGuide *self = PN_GUIDE (bin);

  gtk_widget_set_visible (GTK_WIDGET (self->families), !narrow);
  gtk_widget_set_visible (GTK_WIDGET (self->choice), narrow);
  gtk_orientable_set_orientation (GTK_ORIENTABLE (self->buttons),
                                  narrow ? GTK_ORIENTATION_VERTICAL : GTK_ORIENTATION_HORIZONTAL);
}

static void
practice_changed_cb (PnGuide *self)
{
  gboolean practice = pn_app_get_practice (pn_app_get_default ());

  gtk_widget_set_visible (self->practise, !practice);
  gtk_widget_set_visible (self->go_to_bench, practice);
}

static void
pn_guide_dispose (GObject *object)
{
  gtk_widget_dispose_template (GTK_WIDGET (object), PN_TYPE_GUIDE);
  G_OBJECT_CLASS (pn_guide_parent_class)->dispose (object);
}

static void
pn_guide_class_init (PnGuideClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  object_class->dispose = pn_guide_dispose;
  PN_NARROW_BIN_CLASS (klass)->narrow_changed = pn_guide_narrow_changed;
  g_type_ensure (PN_TYPE_GUIDE_STEPS);
  gtk_widget_class_set_template_from_resource (widget_class, "/org/punnet/Punnet/ui/pn-guide.ui");
  gtk_widget_class_bind_template_child (widget_class, PnGuide, lead);
  gtk_widget_class_bind_template_child (widget_class, PnGuide, families);
  gtk_widget_class_bind_template_child (widget_class, PnGuide, choice);
  gtk_widget_class_bind_template_child (widget_class, PnGuide, steps);
  gtk_widget_class_bind_template_child (widget_class, PnGuide, buttons);
  gtk_widget_class_bind_template_child (widget_class, PnGuide, practise);
  gtk_widget_class_bind_template_child (widget_class, PnGuide, go_to_bench);
}

static void
pn_guide_init (PnGuide *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
  make_families (self);
  g_signal_connect_object (self->choice, "notify::selected", G_CALLBACK (choice_changed_cb), self,
                           G_CONNECT_SWAPPED);
  g_signal_connect_object (pn_app_get_default (), "notify::practice",
                           G_CALLBACK (practice_changed_cb), self, G_CONNECT_SWAPPED);
  practice_changed_cb (self);
  show_family (self);
}
