/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "pn-helper-group.h"

#include <glib/gi18n.h>

#include "pn-app.h"

struct _PnHelperGroup
{
  AdwPreferencesGroup parent_instance;
  AdwComboRow *which;
  AdwActionRow *state;
  GtkWidget *start, *package;
  PnClient *client;
  gboolean showing; /* what is set now comes from the settings, not from a person */
};

G_DEFINE_FINAL_TYPE (PnHelperGroup, pn_helper_group, ADW_TYPE_PREFERENCES_GROUP)

/* (transfer full) */
static char *
describe_running (PnClient *client)
{
  const char *version = pn_client_get_version (client);
  const char *user = pn_client_get_runs_as (client);

  if (user == NULL)
    return g_strdup_printf (_ ("Running, version %s."), version);
  return pn_client_is_station (client)
             /* Translators: a version, and a user’s name */
             ? g_strdup_printf (_ ("The station’s is running, version %s, as user %s."), version,
                                user)
             /* Translators: a version, and a user’s name */
             : g_strdup_printf (_ ("Your own is running, version %s, as user %s."), version, user);
}

static char *
describe (PnClient *client)
{
  switch (pn_client_get_state (client))
    {
    case PN_CLIENT_READY:
      return describe_running (client);
    case PN_CLIENT_ABSENT:
      return g_strdup (pn_client_get_error (client) != NULL ? pn_client_get_error (client)
                                                            : _ ("It is not running."));
    case PN_CLIENT_CONNECTING:
    case PN_CLIENT_STARTING:
    default:
      return g_strdup (_ ("It is starting."));
    }
}

static void
show (PnHelperGroup *self)
{
  PnApp *app = pn_app_get_default ();
  gboolean practice = pn_app_get_practice (app);
  int wish = g_settings_get_enum (pn_app_get_settings (app), "helper");
  gboolean absent = pn_client_get_state (self->client) == PN_CLIENT_ABSENT;
  g_autofree char *text = describe (self->client);

  self->showing = TRUE;
  adw_combo_row_set_selected (self->which, (guint) wish);
  self->showing = FALSE;
  adw_action_row_set_subtitle (self->state, text);
  adw_action_row_set_subtitle (
      ADW_ACTION_ROW (self->which),
      practice ? _ ("While you practise, always one of your own, with virtual devices only.") : "");
  gtk_widget_set_sensitive (GTK_WIDGET (self->which), !practice);
  gtk_widget_set_visible (self->start, absent);
  gtk_widget_set_visible (self->package,
                          !practice && wish != PN_CLIENT_BUS_SESSION &&
                              pn_client_get_state (self->client) != PN_CLIENT_CONNECTING &&
                              (absent || !pn_client_is_station (self->client)));
}

static void
which_cb (PnHelperGroup *self)
{
  if (!self->showing)
    g_settings_set_enum (pn_app_get_settings (pn_app_get_default ()), "helper",
                         (int) adw_combo_row_get_selected (self->which));
}

static void
follow_client (PnHelperGroup *self)
{
  if (self->client != NULL)
    g_signal_handlers_disconnect_by_data (self->client, self);
  g_set_object (&self->client, pn_app_get_client (pn_app_get_default ()));
  g_signal_connect_swapped (self->client, "notify::state", G_CALLBACK (show), self);
  g_signal_connect_swapped (self->client, "notify::error", G_CALLBACK (show), self);
  g_signal_connect_swapped (self->client, "notify::runs-as", G_CALLBACK (show), self);
  show (self);
}

static void
pn_helper_group_dispose (GObject *object)
{
  PnHelperGroup *self = PN_HELPER_GROUP (object);

  if (self->client != NULL)
    g_signal_handlers_disconnect_by_data (self->client, self);
  g_clear_object (&self->client);
  G_OBJECT_CLASS (pn_helper_group_parent_class)->dispose (object);
}

static void
pn_helper_group_class_init (PnHelperGroupClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = pn_helper_group_dispose;
  gtk_widget_class_set_template_from_resource (widget_class,
                                               "/org/punnet/Punnet/ui/pn-helper-group.ui");
  gtk_widget_class_bind_template_child (widget_class, PnHelperGroup, which);
  gtk_widget_class_bind_template_child (widget_class, PnHelperGroup, state);
  gtk_widget_class_bind_template_child (widget_class, PnHelperGroup, start);
  gtk_widget_class_bind_template_child (widget_class, PnHelperGroup, package);
}

static void
pn_helper_group_init (PnHelperGroup *self)
{
  PnApp *app = pn_app_get_default ();

  gtk_widget_init_template (GTK_WIDGET (self));
  g_signal_connect_swapped (self->which, "notify::selected", G_CALLBACK (which_cb), self);
  g_signal_connect_object (app, "notify::client", G_CALLBACK (follow_client), self,
                           G_CONNECT_SWAPPED);
  follow_client (self);
}
