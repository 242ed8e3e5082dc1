/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "pn-trust-group.h"

#include <glib/gi18n.h>

#include "pn-app.h"
#include "pn-bundles-page.h"
#include "pn-enrol-dialog.h"
#include "pn-format.h"
#include "pn-window.h"

struct _PnTrustGroup
{
  AdwPreferencesGroup parent_instance;
  GtkWidget *enrol;
  AdwActionRow *bundles, *only_row;
  GtkSwitch *only;

  PnClient *client;
  GListModel *stored;
  GPtrArray *rows;  /* of keys */
  gboolean showing; /* what is set now comes from the helper, not from a person */
};

G_DEFINE_FINAL_TYPE (PnTrustGroup, pn_trust_group, ADW_TYPE_PREFERENCES_GROUP)

/* ---- what a person does ---- */

static void show (PnTrustGroup *self);

static void
done_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (PnTrustGroup) self = user_data;
  g_autoptr (GError) error = NULL;

  if (!pn_client_store_finish (PN_CLIENT (source), result, &error) && self->client != NULL)
    show (self);
  pn_window_toast_error (GTK_WIDGET (self), error);
}

static void
only_cb (PnTrustGroup *self)
{
  if (!self->showing)
    pn_client_set_enrolled_only_async (self->client, gtk_switch_get_active (self->only), done_cb,
                                       g_object_ref (self));
}

static void
remove_key_cb (GtkButton *button, PnTrustGroup *self)
{
  pn_client_remove_key_async (self->client, g_object_get_data (G_OBJECT (button), "fingerprint"),
                              done_cb, g_object_ref (self));
}

static void
enrol_cb (PnTrustGroup *self)
{
  pn_dialog_present (pn_enrol_dialog_new (self->client), GTK_WIDGET (self));
}

static void
bundles_cb (PnTrustGroup *self)
{
  pn_window_push (pn_window_of (GTK_WIDGET (self)), pn_bundles_page_new ());
}

/* ---- what is shown ---- */

static GtkWidget *
make_key_row (PnTrustGroup *self, const char *fingerprint, const char *name)
{
  GtkWidget *row = adw_action_row_new ();
  GtkWidget *button = gtk_button_new_from_icon_name ("user-trash-symbolic");
  g_autofree char *groups = pn_format_fingerprint (fingerprint);
  /* Translators: %s is a key's name. */
  g_autofree char *words = g_strdup_printf (_ ("Trust “%s” no longer"), name);

  adw_preferences_row_set_use_markup (ADW_PREFERENCES_ROW (row), FALSE);
  adw_preferences_row_set_title (ADW_PREFERENCES_ROW (row), name);
  adw_action_row_set_subtitle (ADW_ACTION_ROW (row), groups);
  adw_action_row_set_subtitle_lines (ADW_ACTION_ROW (row), 0);
  adw_action_row_set_icon_name (ADW_ACTION_ROW (row), "pn-key-symbolic");
  gtk_widget_set_valign (button, GTK_ALIGN_CENTER);
  gtk_widget_add_css_class (button, "flat");
  gtk_widget_set_tooltip_text (button, words);
  gtk_accessible_update_property (GTK_ACCESSIBLE (button), GTK_ACCESSIBLE_PROPERTY_LABEL, words,
                                  -1);
  g_object_set_data_full (G_OBJECT (button), "fingerprint", g_strdup (fingerprint), g_free);
  g_signal_connect_object (button, "clicked", G_CALLBACK (remove_key_cb), self, 0);
  adw_action_row_add_suffix (ADW_ACTION_ROW (row), button);
  return row;
}

static void
show_keys (PnTrustGroup *self)
{
  GVariant *keys = pn_client_get_enrolled_keys (self->client);

  for (guint i = 0; i < self->rows->len; i++)
    adw_preferences_group_remove (ADW_PREFERENCES_GROUP (self), self->rows->pdata[i]);
  g_ptr_array_set_size (self->rows, 0);
  for (gsize i = 0; keys != NULL && i < g_variant_n_children (keys); i++)
    {
      const char *fingerprint, *name;
      GtkWidget *row;

      g_variant_get_child (keys, i, "(&s&s)", &fingerprint, &name);
      row = make_key_row (self, fingerprint, name);
      adw_preferences_group_add (ADW_PREFERENCES_GROUP (self), row);
      g_ptr_array_add (self->rows, row);
    }
}

static void
show (PnTrustGroup *self)
{
  gboolean ready = pn_client_get_state (self->client) == PN_CLIENT_READY;
  gboolean only = pn_client_get_enrolled_only (self->client);
  g_autofree char *stored = pn_bundles_describe (self->client);

  self->showing = TRUE;
  gtk_switch_set_active (self->only, only);
  self->showing = FALSE;
  adw_action_row_set_subtitle (self->bundles,
                               ready ? stored : _ ("The background service is not running."));
  adw_action_row_set_subtitle (
      self->only_row,
      only ? self->rows->len > 0 ? _ ("Others are refused, also those that are here.")
                                 : _ ("No key is enrolled: every bundle is refused.")
      : self->rows->len > 0 ? _ ("Now every bundle is taken, whoever has signed it.")
                            : _ ("No key is enrolled yet. Enrol one first."));
  gtk_widget_set_sensitive (self->enrol, ready);
  gtk_widget_set_sensitive (GTK_WIDGET (self->only_row), ready);
}

static void
keys_cb (PnTrustGroup *self)
{
  show_keys (self);
  show (self);
}

/* ---- the object ---- */

static void
forget_client (PnTrustGroup *self)
{
  if (self->client == NULL)
    return;
  g_signal_handlers_disconnect_by_data (self->client, self);
  g_signal_handlers_disconnect_by_data (self->stored, self);
  g_clear_object (&self->client);
  g_clear_object (&self->stored);
}

static void
follow_client (PnTrustGroup *self)
{
  forget_client (self);
  self->client = g_object_ref (pn_app_get_client (pn_app_get_default ()));
  self->stored = g_object_ref (pn_client_get_bundles (self->client));
  g_signal_connect_swapped (self->stored, "items-changed", G_CALLBACK (show), self);
  g_signal_connect_swapped (self->client, "notify::state", G_CALLBACK (show), self);
  g_signal_connect_swapped (self->client, "notify::enrolled-only", G_CALLBACK (show), self);
  g_signal_connect_swapped (self->client, "notify::enrolled-keys", G_CALLBACK (keys_cb), self);
  keys_cb (self);
}

static void
pn_trust_group_dispose (GObject *object)
{
  forget_client (PN_TRUST_GROUP (object));
  G_OBJECT_CLASS (pn_trust_group_parent_class)->dispose (object);
}

static void
pn_trust_group_finalize (GObject *object)
{
  g_ptr_array_unref (PN_TRUST_GROUP (object)->rows);
  G_OBJECT_CLASS (pn_trust_group_parent_class)->finalize (object);
}

static void
pn_trust_group_class_init (PnTrustGroupClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = pn_trust_group_dispose;
  G_OBJECT_CLASS (klass)->finalize = pn_trust_group_finalize;
  gtk_widget_class_set_template_from_resource (widget_class,
                                               "/org/punnet/Punnet/ui/pn-trust-group.ui");
  gtk_widget_class_bind_template_child (widget_class, PnTrustGroup, enrol);
  gtk_widget_class_bind_template_child (widget_class, PnTrustGroup, bundles);
  gtk_widget_class_bind_template_child (widget_class, PnTrustGroup, only_row);
  gtk_widget_class_bind_template_child (widget_class, PnTrustGroup, only);
  gtk_widget_class_bind_template_callback (widget_class, only_cb);
  gtk_widget_class_bind_template_callback (widget_class, enrol_cb);
  gtk_widget_class_bind_template_callback (widget_class, bundles_cb);
}

static void
pn_trust_group_init (PnTrustGroup *self)
{
  self->rows = g_ptr_array_new ();
  gtk_widget_init_template (GTK_WIDGET (self));
  g_signal_connect_object (pn_app_get_default (), "notify::client", G_CALLBACK (follow_client),
                           self, G_CONNECT_SWAPPED);
  follow_client (self);
}
