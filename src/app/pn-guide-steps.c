/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "pn-guide-steps.h"

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

struct _PnGuideSteps
{
  PnNarrowBin parent_instance;
  GtkBox *box;
  GtkBox *steps[N_STEPS];
  GtkImage *pictures[N_STEPS];
  GtkLabel *titles[N_STEPS], *texts[N_STEPS];
};

G_DEFINE_FINAL_TYPE (PnGuideSteps, pn_guide_steps, PN_TYPE_NARROW_BIN)

const char *
pn_guide_get_name (PnGuideFamily family)
{
  return g_dpgettext2 (NULL, "guide", guides[family].family);
}

const char *
pn_guide_get_lead (PnGuideFamily family)
{
  return _ (guides[family].lead);
}

void
pn_guide_steps_set_family (PnGuideSteps *self, PnGuideFamily family)
{
  g_return_if_fail (family < PN_N_GUIDES);
  for (guint i = 0; i < N_STEPS; i++)
    {
      const char *title = _ (guides[family].steps[i].title);

      gtk_image_set_from_icon_name (self->pictures[i], guides[family].steps[i].picture);
      gtk_accessible_update_property (GTK_ACCESSIBLE (self->pictures[i]),
                                      GTK_ACCESSIBLE_PROPERTY_LABEL, title, -1);
      gtk_label_set_label (self->titles[i], title);
      gtk_label_set_label (self->texts[i], _ (guides[family].steps[i].text));
    }
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
make_step (PnGuideSteps *self, guint at)
{
  GtkWidget *line = gtk_box_new (GTK_ORIENTATION_HORIZONTAL, 10);
  GtkWidget *words = gtk_box_new (GTK_ORIENTATION_VERTICAL, 0);
  g_autofree char *number = g_strdup_printf ("%u", at + 1);
  GtkWidget *disc = gtk_label_new (number);

  self->steps[at] = GTK_BOX (gtk_box_new (GTK_ORIENTATION_VERTICAL, 12));
  self->pictures[at] = GTK_IMAGE (gtk_image_new ());
  gtk_widget_add_css_class (GTK_WIDGET (self->pictures[at]), "guide-picture");
  gtk_widget_set_hexpand (words, TRUE);
  gtk_widget_set_valign (disc, GTK_ALIGN_START);
  gtk_widget_add_css_class (disc, "n");
  self->titles[at] = add_label (words, "t");
  self->texts[at] = add_label (words, "dim-label");
  gtk_box_append (GTK_BOX (line), disc);
  gtk_box_append (GTK_BOX (line), words);
  gtk_box_append (self->steps[at], GTK_WIDGET (self->pictures[at]));
  gtk_box_append (self->steps[at], line);
  gtk_widget_add_css_class (GTK_WIDGET (self->steps[at]), "guide-step");
  gtk_box_append (self->box, GTK_WIDGET (self->steps[at]));
}

/* Side by side, each under its picture; or one under the other, each beside it. */
static void
pn_guide_steps_narrow_changed (PnNarrowBin *bin, gboolean narrow)
{
  PnGuideSteps *self = PN_GUIDE_STEPS (bin);

  gtk_orientable_set_orientation (GTK_ORIENTABLE (self->box),
                                  narrow ? GTK_ORIENTATION_VERTICAL : GTK_ORIENTATION_HORIZONTAL);
  for (guint i = 0; i < N_STEPS; i++)
    {
      GtkWidget *line = gtk_widget_get_last_child (GTK_WIDGET (self->steps[i]));

      gtk_orientable_set_orientation (GTK_ORIENTABLE (self->steps[i]),
                                      narrow ? GTK_ORIENTATION_HORIZONTAL
                                             : GTK_ORIENTATION_VERTICAL);
      gtk_widget_set_halign (line, narrow ? GTK_ALIGN_FILL : GTK_ALIGN_CENTER);
      gtk_widget_set_valign (line, narrow ? GTK_ALIGN_CENTER : GTK_ALIGN_START);
    }
}

static void
pn_guide_steps_class_init (PnGuideStepsClass *klass)
{
  PN_NARROW_BIN_CLASS (klass)->narrow_changed = pn_guide_steps_narrow_changed;
}

static void
pn_guide_steps_init (PnGuideSteps *self)
{
  self->box = GTK_BOX (gtk_box_new (GTK_ORIENTATION_HORIZONTAL, 24));
  gtk_box_set_homogeneous (self->box, TRUE);
  gtk_accessible_update_property (GTK_ACCESSIBLE (self->box), GTK_ACCESSIBLE_PROPERTY_LABEL,
                                  _ ("Steps"), -1);
  for (guint i = 0; i < N_STEPS; i++)
    make_step (self, i);
  adw_bin_set_child (ADW_BIN (self), GTK_WIDGET (self->box));
  pn_guide_steps_set_family (self, PN_GUIDE_PI5);
}
