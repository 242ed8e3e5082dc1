/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "pn-bundle-row.h"

#include <glib/gi18n.h>

#include "pn-format.h"
#include "pn-record-look.h"

struct _PnBundleRow
{
  AdwExpanderRow parent_instance;
  PnClientBundle *bundle;
  GtkWidget *in_use, *remove;
  AdwActionRow *digest, *key, *image, *installed, *last_used;
};

enum
{
  REMOVE,
  N_SIGNALS
};
static guint signals[N_SIGNALS];

G_DEFINE_FINAL_TYPE (PnBundleRow, pn_bundle_row, ADW_TYPE_EXPANDER_ROW)

static void
show_texts (PnBundleRow *self)
{
  PnClientBundle *bundle = self->bundle;
  const char *fingerprint = pn_client_bundle_get_fingerprint (bundle);
  const char *who = pn_client_bundle_get_installed_by (bundle);
  g_autofree char *size = g_format_size (pn_client_bundle_get_size (bundle));
  g_autofree char *short_digest = g_strndup (pn_client_bundle_get_digest (bundle), 8);
  g_autofree char *digest = pn_format_fingerprint (pn_client_bundle_get_digest (bundle));
  g_autofree char *key = pn_format_fingerprint (fingerprint);
  g_autofree char *installed = pn_format_time (pn_client_bundle_get_installed (bundle));
  g_autofree char *used = pn_format_time (pn_client_bundle_get_last_used (bundle));
  /* Translators: when, and by whom: “5 minutes ago, by anna” */
  g_autofree char *by = g_strdup_printf (_ ("%s, by %s"), installed, who);
  g_autofree char *subtitle =
      g_strjoin (" · ", pn_record_look_word ("mode", pn_client_bundle_get_mode (bundle)), size,
                 short_digest, NULL);

  adw_preferences_row_set_title (ADW_PREFERENCES_ROW (self), pn_client_bundle_get_recipe (bundle));
  adw_expander_row_set_subtitle (ADW_EXPANDER_ROW (self), subtitle);
  adw_action_row_set_subtitle (self->digest, digest);
  adw_action_row_set_subtitle (self->key, fingerprint[0] != '\0' ? key : _ ("It is not signed"));
  adw_action_row_set_subtitle (self->image, pn_client_bundle_get_image (bundle));
  adw_action_row_set_subtitle (self->installed, who[0] != '\0' ? by : installed);
  adw_action_row_set_subtitle (self->last_used, used);
}

static void
show (PnBundleRow *self)
{
  gboolean in_use = pn_client_bundle_get_in_use (self->bundle);

  show_texts (self);
  gtk_widget_set_visible (self->in_use, in_use);
  gtk_widget_set_sensitive (self->remove, !in_use);
}

static void
copy_cb (PnBundleRow *self)
{
  gdk_clipboard_set_text (gtk_widget_get_clipboard (GTK_WIDGET (self)),
                          pn_client_bundle_get_digest (self->bundle));
}

static void
remove_cb (PnBundleRow *self)
{
  g_signal_emit (self, signals[REMOVE], 0);
}

static void
pn_bundle_row_dispose (GObject *object)
{
  PnBundleRow *self = PN_BUNDLE_ROW (object);

  if (self->bundle != NULL)
    g_signal_handlers_disconnect_by_data (self->bundle, self);
  g_clear_object (&self->bundle);
  G_OBJECT_CLASS (pn_bundle_row_parent_class)->dispose (object);
}

static void
pn_bundle_row_class_init (PnBundleRowClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = pn_bundle_row_dispose;
  signals[REMOVE] = g_signal_new ("remove", PN_TYPE_BUNDLE_ROW, G_SIGNAL_RUN_LAST, 0, NULL, NULL,
                                  NULL, G_TYPE_NONE, 0);
  gtk_widget_class_set_template_from_resource (widget_class,
                                               "/org/punnet/Punnet/ui/pn-bundle-row.ui");
  gtk_widget_class_bind_template_child (widget_class, PnBundleRow, in_use);
  gtk_widget_class_bind_template_child (widget_class, PnBundleRow, remove);
  gtk_widget_class_bind_template_child (widget_class, PnBundleRow, digest);
  gtk_widget_class_bind_template_child (widget_class, PnBundleRow, key);
  gtk_widget_class_bind_template_child (widget_class, PnBundleRow, image);
  gtk_widget_class_bind_template_child (widget_class, PnBundleRow, installed);
  gtk_widget_class_bind_template_child (widget_class, PnBundleRow, last_used);
  gtk_widget_class_bind_template_callback (widget_class, copy_cb);
  gtk_widget_class_bind_template_callback (widget_class, remove_cb);
}

static void
pn_bundle_row_init (PnBundleRow *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
}

GtkWidget *
pn_bundle_row_new (PnClientBundle *bundle)
{
  PnBundleRow *self = g_object_new (PN_TYPE_BUNDLE_ROW, NULL);

  self->bundle = g_object_ref (bundle);
  g_signal_connect_swapped (bundle, "notify", G_CALLBACK (show), self);
  show (self);
  return GTK_WIDGET (self);
}

PnClientBundle *
pn_bundle_row_get_bundle (PnBundleRow *self)
{
  return self->bundle;
}
