/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "pn-guide.h"

#include <glib/gi18n.h>

#define N_STEPS 3

/* Facts: user-interface.md §3.1. Pictures are resources, all of one size. */
static const struct
{
  const char *family, *lead;
  struct
  {
    const char *picture, *title, *text;
  } steps[N_STEPS];
} guides[PN_N_GUIDES] = {
  { NC_ ("guide", "Pi 5, 500"),
    N_ ("It appears here by itself. One plug-in is enough; the device restarts on its own."),
    { { "pn-guide-hold", N_ ("Hold the power button"), N_ ("Keep it pressed.") },
      { "pn-guide-plug", N_ ("Plug in USB-C"), N_ ("Into the device’s power socket.") },
      { "pn-guide-release", N_ ("Let go"), N_ ("When the card appears here.") } } },
  { NC_ ("guide", "Compute Module"),
    N_ ("It appears here by itself. Take nothing else from the IO board’s USB."),
    { { "pn-guide-module-bridge", N_ ("Bridge two pins"),
        N_ ("Those marked “disable eMMC boot”.") },
      { "pn-guide-module-cable", N_ ("Connect USB"), N_ ("Into the IO board’s USB slave socket.") },
      { "pn-guide-module-power", N_ ("Switch the power on"),
        N_ ("Then the card appears here.") } } },
  { NC_ ("guide", "Pi 4, 400"),
    N_ ("The chosen GPIO must be held to ground while plugging in: GPIO 8, unless chosen "
        "otherwise. "
        "A fresh device needs this GPIO enabled first."),
    { { "pn-guide-gpio-ground", N_ ("Bridge GPIO 8 to ground"),
        N_ ("Pins 24 and 25 of the header.") },
      { "pn-guide-gpio-plug", N_ ("Plug in USB-C"), N_ ("Into the device’s power socket.") },
      { "pn-guide-gpio-free", N_ ("Take the bridge away"), N_ ("When the card appears here.") } } },
  { NC_ ("guide", "Zero 2 W"),
    N_ ("It appears here by itself. This model cannot be locked."),
    { { "pn-guide-zero-card", N_ ("Insert a microSD card"), N_ ("Empty, formatted FAT32.") },
      { "pn-guide-zero-plug", N_ ("Connect the data socket"),
        N_ ("The one marked USB, not PWR IN.") },
      { "pn-guide-zero-wait", N_ ("Wait a moment"), N_ ("Then the card appears here.") } } },
};

struct _PnGuide
{
  AdwBin parent_instance;
  GtkLabel *lead;
  GtkBox *families;
  GtkDropDown *choice;
  GtkFlowBox *steps;
  GtkBox *buttons;
  GtkToggleButton *family_buttons[PN_N_GUIDES];
  GtkImage *pictures[N_STEPS];
  GtkLabel *titles[N_STEPS], *texts[N_STEPS];
  guint family;
  gboolean narrow;
};

typedef enum
{
  PROP_NARROW = 1,
  N_PROPS
} PnGuideProperty;
static GParamSpec *properties[N_PROPS];

G_DEFINE_FINAL_TYPE (PnGuide, pn_guide, ADW_TYPE_BIN)

static void
show_family (PnGuide *self)
{
  gtk_label_set_label (self->lead, _ (guides[self->family].lead));
  for (guint i = 0; i < N_STEPS; i++)
    {
      const char *title = _ (guides[self->family].steps[i].title);

      gtk_image_set_from_icon_name (self->pictures[i], guides[self->family].steps[i].picture);
      gtk_accessible_update_property (GTK_ACCESSIBLE (self->pictures[i]),
                                      GTK_ACCESSIBLE_PROPERTY_LABEL, title, -1);
      gtk_label_set_label (self->titles[i], title);
      gtk_label_set_label (self->texts[i], _ (guides[self->family].steps[i].text));
    }
}

void
pn_guide_set_family (PnGuide *self, guint family)
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
      pn_guide_set_family (self, i);
}

static void
choice_changed_cb (PnGuide *self)
{
  pn_guide_set_family (self, gtk_drop_down_get_selected (self->choice));
}

static void
make_families (PnGuide *self)
{
  g_autoptr (GtkStringList) names = gtk_string_list_new (NULL);

  for (guint i = 0; i < PN_N_GUIDES; i++)
    {
      const char *name = g_dpgettext2 (NULL, "guide", guides[i].family);
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
}

static GtkLabel *
add_label (GtkWidget *box, const char *style)
{
  GtkWidget *label = gtk_label_new (NULL);

  gtk_label_set_xalign (GTK_LABEL (label), 0);
  gtk_label_set_wrap (GTK_LABEL (label), TRUE);
  gtk_label_set_max_width_chars (GTK_LABEL (label), 22);
  gtk_widget_add_css_class (label, style);
  gtk_box_append (GTK_BOX (box), label);
  return GTK_LABEL (label);
}

static void
make_steps (PnGuide *self)
{
  for (guint i = 0; i < N_STEPS; i++)
    {
      GtkWidget *child = gtk_flow_box_child_new ();
      GtkWidget *step = gtk_box_new (GTK_ORIENTATION_VERTICAL, 12);
      GtkWidget *line = gtk_box_new (GTK_ORIENTATION_HORIZONTAL, 10);
      GtkWidget *words = gtk_box_new (GTK_ORIENTATION_VERTICAL, 0);
      g_autofree char *number = g_strdup_printf ("%u", i + 1);
      GtkWidget *disc = gtk_label_new (number);

      self->pictures[i] = GTK_IMAGE (gtk_image_new ());
      gtk_widget_add_css_class (GTK_WIDGET (self->pictures[i]), "guide-picture");
      gtk_widget_set_valign (disc, GTK_ALIGN_START);
      gtk_widget_add_css_class (disc, "n");
      self->titles[i] = add_label (words, "t");
      self->texts[i] = add_label (words, "dim-label");
      gtk_widget_set_halign (line, GTK_ALIGN_CENTER);
      gtk_box_append (GTK_BOX (line), disc);
      gtk_box_append (GTK_BOX (line), words);
      gtk_box_append (GTK_BOX (step), GTK_WIDGET (self->pictures[i]));
      gtk_box_append (GTK_BOX (step), line);
      gtk_widget_add_css_class (step, "guide-step");
      gtk_widget_set_focusable (child, FALSE);
      gtk_flow_box_child_set_child (GTK_FLOW_BOX_CHILD (child), step);
      gtk_flow_box_append (self->steps, child);
    }
}

static void
update_narrow (PnGuide *self)
{
  gtk_widget_set_visible (GTK_WIDGET (self->families), !self->narrow);
  gtk_widget_set_visible (GTK_WIDGET (self->choice), self->narrow);
  gtk_flow_box_set_min_children_per_line (self->steps, self->narrow ? 1 : N_STEPS);
  gtk_flow_box_set_max_children_per_line (self->steps, self->narrow ? 1 : N_STEPS);
  gtk_orientable_set_orientation (GTK_ORIENTABLE (self->buttons), self->narrow
                                                                      ? GTK_ORIENTATION_VERTICAL
                                                                      : GTK_ORIENTATION_HORIZONTAL);
}

static void
pn_guide_get_property (GObject *object, guint prop_id, GValue *value, GParamSpec *pspec)
{
  if (prop_id == PROP_NARROW)
    g_value_set_boolean (value, PN_GUIDE (object)->narrow);
  else
    G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
}

static void
pn_guide_set_property (GObject *object, guint prop_id, const GValue *value, GParamSpec *pspec)
{
  PnGuide *self = PN_GUIDE (object);

  if (prop_id != PROP_NARROW)
    {
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
      return;
    }
  if (self->narrow == g_value_get_boolean (value))
    return;
  self->narrow = !self->narrow;
  update_narrow (self);
  g_object_notify_by_pspec (object, pspec);
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
  object_class->get_property = pn_guide_get_property;
  object_class->set_property = pn_guide_set_property;
  properties[PROP_NARROW] =
      g_param_spec_boolean ("narrow", NULL, NULL, FALSE,
                            G_PARAM_READWRITE | G_PARAM_EXPLICIT_NOTIFY | G_PARAM_STATIC_STRINGS);
  g_object_class_install_properties (object_class, N_PROPS, properties);
  gtk_widget_class_set_template_from_resource (widget_class, "/org/punnet/Punnet/ui/pn-guide.ui");
  gtk_widget_class_bind_template_child (widget_class, PnGuide, lead);
  gtk_widget_class_bind_template_child (widget_class, PnGuide, families);
  gtk_widget_class_bind_template_child (widget_class, PnGuide, choice);
  gtk_widget_class_bind_template_child (widget_class, PnGuide, steps);
  gtk_widget_class_bind_template_child (widget_class, PnGuide, buttons);
}

static void
pn_guide_init (PnGuide *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
  make_families (self);
  make_steps (self);
  g_signal_connect_object (self->choice, "notify::selected", G_CALLBACK (choice_changed_cb), self,
                           G_CONNECT_SWAPPED);
  update_narrow (self);
  show_family (self);
}
