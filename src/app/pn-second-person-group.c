/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "pn-second-person-group.h"

#include <glib/gi18n.h>

#include "pn-app.h"
#include "pn-window.h"

struct _PnSecondPersonGroup
{
  AdwPreferencesGroup parent_instance;
  AdwActionRow *burn_row, *trust_row, *override_row;
  GtkSwitch *burn, *trust, *override;
  gboolean showing; /* what is set now comes from the helper, not from a person */
};

G_DEFINE_FINAL_TYPE (PnSecondPersonGroup, pn_second_person_group, ADW_TYPE_PREFERENCES_GROUP)

static PnClient *
get_client (void)
{
  return pn_app_get_client (pn_app_get_default ());
}

static void
set_sensitive (PnSecondPersonGroup *self, gboolean sensitive)
{
  gtk_widget_set_sensitive (GTK_WIDGET (self->burn_row), sensitive);
  gtk_widget_set_sensitive (GTK_WIDGET (self->trust_row), sensitive);
  gtk_widget_set_sensitive (GTK_WIDGET (self->override_row), sensitive);
}

static void
show (PnSecondPersonGroup *self)
{
  PnClient *client = get_client ();
  guint wanted = pn_client_get_second_person (client);
  gboolean ready = pn_client_get_state (client) == PN_CLIENT_READY;
  gboolean station = pn_client_is_station (client);

  self->showing = TRUE;
  gtk_switch_set_active (self->burn, (wanted & PN_SECOND_PERSON_BURN) != 0);
  gtk_switch_set_active (self->trust, (wanted & PN_SECOND_PERSON_TRUST) != 0);
  gtk_switch_set_active (self->override, (wanted & PN_SECOND_PERSON_OVERRIDE) != 0);
  self->showing = FALSE;
  set_sensitive (self, ready && station);
  adw_preferences_group_set_description (
      ADW_PREFERENCES_GROUP (self),
      !ready    ? _ ("The background service is not running.")
      : station ? _ ("Another user has to approve it, within two minutes. To ask for it less often "
                     "needs one, too.")
                : _ ("The service of your session serves you alone, so there is nobody else. The "
                     "service of a station can ask for a second person."));
}

static void
set_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (PnSecondPersonGroup) self = user_data;
  g_autoptr (GError) error = NULL;

  if (!pn_client_set_second_person_finish (PN_CLIENT (source), result, &error))
    pn_window_toast_error (GTK_WIDGET (self), error);
  show (self);
}

static void
switched_cb (PnSecondPersonGroup *self)
{
  guint wanted = (gtk_switch_get_active (self->burn) ? PN_SECOND_PERSON_BURN : 0) |
                 (gtk_switch_get_active (self->trust) ? PN_SECOND_PERSON_TRUST : 0) |
                 (gtk_switch_get_active (self->override) ? PN_SECOND_PERSON_OVERRIDE : 0);

  if (self->showing || wanted == pn_client_get_second_person (get_client ()))
    return;
  set_sensitive (self, FALSE);
  pn_client_set_second_person_async (get_client (), wanted, NULL, set_cb, g_object_ref (self));
}

static void
follow_client (PnSecondPersonGroup *self)
{
  PnClient *client = get_client ();

  g_signal_connect_object (client, "notify::state", G_CALLBACK (show), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (client, "notify::second-person", G_CALLBACK (show), self,
                           G_CONNECT_SWAPPED);
  show (self);
}

static void
pn_second_person_group_class_init (PnSecondPersonGroupClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  gtk_widget_class_set_template_from_resource (widget_class,
                                               "/org/punnet/Punnet/ui/pn-second-person-group.ui");
  gtk_widget_class_bind_template_child (widget_class, PnSecondPersonGroup, burn_row);
  gtk_widget_class_bind_template_child (widget_class, PnSecondPersonGroup, trust_row);
  gtk_widget_class_bind_template_child (widget_class, PnSecondPersonGroup, override_row);
  gtk_widget_class_bind_template_child (widget_class, PnSecondPersonGroup, burn);
  gtk_widget_class_bind_template_child (widget_class, PnSecondPersonGroup, trust);
  gtk_widget_class_bind_template_child (widget_class, PnSecondPersonGroup, override);
  gtk_widget_class_bind_template_callback (widget_class, switched_cb);
}

static void
pn_second_person_group_init (PnSecondPersonGroup *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
  g_signal_connect_object (pn_app_get_default (), "notify::client", G_CALLBACK (follow_client),
                           self, G_CONNECT_SWAPPED);
  follow_client (self);
}
