/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "pn-banner-bar.h"

#include <glib/gi18n.h>

struct _PnBannerBar
{
  AdwBin parent_instance;
  GtkRevealer *revealer;
  GtkBox *box;
  GtkImage *symbol;
  GtkLabel *text;
  GtkButton *button;
  GtkButton *more;
  GListModel *banners;
  guint shown; /* its place in the list */
};

G_DEFINE_FINAL_TYPE (PnBannerBar, pn_banner_bar, ADW_TYPE_BIN)

static const struct
{
  const char *style, *icon;
} looks[] = {
  [PN_BANNER_HELPER] = { "severe", "pn-failed-symbolic" },
  [PN_BANNER_STATION] = { "severe", "pn-failed-symbolic" },
  [PN_BANNER_APPROVAL] = { "caution", "pn-decision-symbolic" },
  [PN_BANNER_PRACTICE] = { "practice", "pn-slots-symbolic" },
  [PN_BANNER_PAUSED] = { "note", "media-playback-pause-symbolic" },
  [PN_BANNER_SPACE] = { "caution", "pn-decision-symbolic" },
  [PN_BANNER_RESTING] = { "caution", "pn-resting-symbolic" },
  [PN_BANNER_OTHER] = { "note", "pn-decision-symbolic" },
};

static void
show (PnBannerBar *self)
{
  guint n = self->banners != NULL ? g_list_model_get_n_items (self->banners) : 0;
  g_autoptr (PnBanner) banner = NULL;
  g_autofree char *more = NULL;

  gtk_revealer_set_reveal_child (self->revealer, n > 0);
  if (n == 0)
    return;
  if (self->shown >= n)
    self->shown = 0;
  banner = g_list_model_get_item (self->banners, self->shown);
  for (guint i = 0; i < G_N_ELEMENTS (looks); i++)
    gtk_widget_remove_css_class (GTK_WIDGET (self->box), looks[i].style);
  gtk_widget_add_css_class (GTK_WIDGET (self->box), looks[pn_banner_get_kind (banner)].style);
  gtk_image_set_from_icon_name (self->symbol, looks[pn_banner_get_kind (banner)].icon);
  gtk_label_set_label (self->text, pn_banner_get_text (banner));
  gtk_widget_set_visible (GTK_WIDGET (self->button), pn_banner_get_button (banner) != NULL);
  if (pn_banner_get_button (banner) != NULL)
    {
      gtk_button_set_label (self->button, pn_banner_get_button (banner));
      gtk_actionable_set_detailed_action_name (GTK_ACTIONABLE (self->button),
                                               pn_banner_get_action (banner));
    }
  gtk_widget_set_visible (GTK_WIDGET (self->more), n > 1);
  /* Translators: a button on a banner: how many more banners there are. */
  more = g_strdup_printf (ngettext ("%u more", "%u more", n - 1), n - 1);
  gtk_button_set_label (self->more, more);
}

static void
changed_cb (PnBannerBar *self)
{
  self->shown = 0;
  show (self);
}

static void
more_cb (PnBannerBar *self)
{
  self->shown++;
  show (self);
}

static void
pn_banner_bar_dispose (GObject *object)
{
  pn_banner_bar_set_banners (PN_BANNER_BAR (object), NULL);
  G_OBJECT_CLASS (pn_banner_bar_parent_class)->dispose (object);
}

static void
pn_banner_bar_class_init (PnBannerBarClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = pn_banner_bar_dispose;
  gtk_widget_class_set_template_from_resource (widget_class,
                                               "/org/punnet/Punnet/ui/pn-banner-bar.ui");
  gtk_widget_class_bind_template_child (widget_class, PnBannerBar, revealer);
  gtk_widget_class_bind_template_child (widget_class, PnBannerBar, box);
  gtk_widget_class_bind_template_child (widget_class, PnBannerBar, symbol);
  gtk_widget_class_bind_template_child (widget_class, PnBannerBar, text);
  gtk_widget_class_bind_template_child (widget_class, PnBannerBar, button);
  gtk_widget_class_bind_template_child (widget_class, PnBannerBar, more);
  gtk_widget_class_bind_template_callback (widget_class, more_cb);
}

static void
pn_banner_bar_init (PnBannerBar *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
}

PnBannerBar *
pn_banner_bar_new (void)
{
  return g_object_new (PN_TYPE_BANNER_BAR, NULL);
}

void
pn_banner_bar_set_banners (PnBannerBar *self, GListModel *banners)
{
  if (self->banners == banners)
    return;
  if (self->banners != NULL)
    g_signal_handlers_disconnect_by_data (self->banners, self);
  g_set_object (&self->banners, banners);
  if (banners == NULL)
    return;
  g_signal_connect_swapped (banners, "items-changed", G_CALLBACK (changed_cb), self);
  changed_cb (self);
}
