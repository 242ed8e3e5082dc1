/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "pn-alerts.h"

#include <glib/gi18n.h>
#include <gsound.h>

#define BETWEEN_US G_USEC_PER_SEC /* at most one sound a second */
#define REPEAT_S 20

/* Freedesktop's sound naming specification; the later in this list wins. */
static const struct
{
  const char *event, *setting;
} sounds[] = {
  [PN_SOUND_PASSED] = { "complete", "sound-passed" },
  [PN_SOUND_FAILED] = { "dialog-error", "sound-failed" },
  [PN_SOUND_ASKS] = { "dialog-warning", "sound-failed" },
};

struct _PnAlerts
{
  GObject parent_instance;
  PnApp *app; /* not owned: it owns this */
  PnAttention *attention;
  GSoundContext *context; /* NULL = there is no sound */
  gint64 last;
  guint repeat; /* timer */
  PnSound repeated;
};

enum
{
  PROP_SOUNDING = 1,
  N_PROPS
};
static GParamSpec *properties[N_PROPS];

G_DEFINE_FINAL_TYPE (PnAlerts, pn_alerts, G_TYPE_OBJECT)

void
pn_alerts_try (PnAlerts *self, PnSound sound)
{
  g_autoptr (GError) error = NULL;

  if (self->context == NULL)
    self->context = gsound_context_new (NULL, &error);
  if (self->context == NULL ||
      !gsound_context_play_simple (self->context, NULL, &error, GSOUND_ATTR_EVENT_ID,
                                   sounds[sound].event, NULL))
    g_debug ("No sound: %s", error->message);
}

static gboolean
repeat_cb (gpointer user_data)
{
  PnAlerts *self = user_data;

  pn_alerts_try (self, self->repeated);
  return G_SOURCE_CONTINUE;
}

static void
play (PnAlerts *self, PnSound sound)
{
  gint64 now = g_get_monotonic_time ();

  if (!g_settings_get_boolean (pn_app_get_settings (self->app), sounds[sound].setting))
    return;
  if (now - self->last >= BETWEEN_US || sound == PN_SOUND_FAILED)
    {
      self->last = now;
      pn_alerts_try (self, sound);
    }
  if (sound == PN_SOUND_PASSED ||
      !g_settings_get_boolean (pn_app_get_settings (self->app), "sound-repeat"))
    return;
  self->repeated = sound;
  if (self->repeat != 0)
    return;
  self->repeat = g_timeout_add_seconds (REPEAT_S, repeat_cb, self);
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_SOUNDING]);
}

void
pn_alerts_acknowledge (PnAlerts *self)
{
  if (self->repeat == 0)
    return;
  g_clear_handle_id (&self->repeat, g_source_remove);
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_SOUNDING]);
}

gboolean
pn_alerts_is_sounding (PnAlerts *self)
{
  return self->repeat != 0;
}

/* ---- notifications, while the window is not the one that is looked at ---- */

static gboolean
is_looked_at (PnAlerts *self)
{
  GtkWindow *window = gtk_application_get_active_window (GTK_APPLICATION (self->app));

  return window != NULL && gtk_window_is_active (window);
}

static void
notify (PnAlerts *self, const char *id, const char *title, const char *body)
{
  g_autoptr (GNotification) notification = NULL;

  if (is_looked_at (self))
    return;
  notification = g_notification_new (title);
  g_notification_set_body (notification, body);
  g_notification_set_default_action (notification, "app.show-page::devices");
  g_application_send_notification (G_APPLICATION (self->app), id, notification);
}

static void
ended_cb (PnAttention *attention, PnClientSlot *slot, PnCardState state, PnAlerts *self)
{
  PnClientRun *run = pn_client_slot_get_run (slot);
  g_autofree char *title = NULL;
  const char *body = "";

  if (state == PN_CARD_PASSED)
    {
      play (self, PN_SOUND_PASSED);
      return;
    }
  play (self, state == PN_CARD_DECISION ? PN_SOUND_ASKS : PN_SOUND_FAILED);
  if (run != NULL)
    body = state == PN_CARD_DECISION ? pn_client_run_get_instruction (run)
                                     : pn_client_run_get_message (run);
  /* Translators: the title of a notification; %s is the name of a slot. */
  title = g_strdup_printf (_ ("%s needs you"), pn_client_slot_get_label (slot));
  notify (self, "needs-person", title, body);
}

static void
complete_cb (PnAttention *attention, PnClientBatch *batch, PnAlerts *self)
{
  guint passed = pn_client_batch_get_passed (batch);
  g_autofree char *body = g_strdup_printf (
      ngettext ("%u device has passed.", "%u devices have passed.", passed), passed);

  play (self, PN_SOUND_PASSED);
  notify (self, "batch-complete", _ ("Batch complete"), body);
}

static void
pn_alerts_dispose (GObject *object)
{
  PnAlerts *self = PN_ALERTS (object);

  g_clear_handle_id (&self->repeat, g_source_remove);
  if (self->attention != NULL)
    g_signal_handlers_disconnect_by_data (self->attention, self);
  g_clear_object (&self->attention);
  g_clear_object (&self->context);
  G_OBJECT_CLASS (pn_alerts_parent_class)->dispose (object);
}

static void
pn_alerts_get_property (GObject *object, guint prop_id, GValue *value, GParamSpec *pspec)
{
  if (prop_id == PROP_SOUNDING)
    g_value_set_boolean (value, pn_alerts_is_sounding (PN_ALERTS (object)));
  else
    G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
}

static void
pn_alerts_class_init (PnAlertsClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->dispose = pn_alerts_dispose;
  object_class->get_property = pn_alerts_get_property;
  properties[PROP_SOUNDING] =
      g_param_spec_boolean ("sounding", NULL, NULL, FALSE,
                            G_PARAM_READABLE | G_PARAM_EXPLICIT_NOTIFY | G_PARAM_STATIC_STRINGS);
  g_object_class_install_properties (object_class, N_PROPS, properties);
}

static void
pn_alerts_init (PnAlerts *self)
{
}

PnAlerts *
pn_alerts_new (PnApp *app, PnAttention *attention)
{
  PnAlerts *self = g_object_new (PN_TYPE_ALERTS, NULL);

  self->app = app;
  self->attention = g_object_ref (attention);
  g_signal_connect (attention, "ended", G_CALLBACK (ended_cb), self);
  g_signal_connect (attention, "complete", G_CALLBACK (complete_cb), self);
  return self;
}
