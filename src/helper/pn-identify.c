/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Identify: which socket is it? Whoever asks waits until something is plugged in. */
#include "config.h"

#include <glib/gi18n-lib.h>

#include "pn-station.h"

#define PATIENCE_MS (60 * 1000)
#define MAX_WAITING 16

typedef struct
{
  PnStation *station;
  GDBusMethodInvocation *invocation;
  guint patience; /* timer */
  guint caller;   /* watch on its name */
} Identifying;

/* It was answered. */
static void
forget (Identifying *self)
{
  self->station->identifying = g_list_remove (self->station->identifying, self);
  g_clear_handle_id (&self->patience, g_source_remove);
  g_bus_unwatch_name (self->caller);
  g_free (self);
}

static gboolean
patience_cb (gpointer user_data)
{
  Identifying *self = user_data;

  self->patience = 0;
  pn_refuse (self->invocation, PN_ERROR_TIMED_OUT,
             "Nothing was plugged in; try it again, or another socket");
  forget (self);
  return G_SOURCE_REMOVE;
}

static void
caller_left_cb (GDBusConnection *connection, const char *name, gpointer user_data)
{
  Identifying *self = user_data;

  pn_refuse (self->invocation, PN_ERROR_CANCELLED, "The caller has left");
  forget (self);
}

gboolean
pn_identify_begin (PnDbusManager *object,
                   GDBusMethodInvocation *invocation,
                   GVariant *options,
                   PnStation *station)
{
  Identifying *self;

  if (station->usb == NULL)
    return pn_refuse (invocation, PN_ERROR_NOT_SUPPORTED,
                      "In practice there are no sockets of this machine");
  if (station->ending || g_list_length (station->identifying) >= MAX_WAITING)
    return pn_refuse (invocation, PN_ERROR_BUSY,
                      station->ending ? PN_STATION_ENDING
                                      : N_ ("Too many wait for a socket already"));
  self = g_new0 (Identifying, 1);
  self->station = station;
  self->invocation = invocation;
  self->patience = g_timeout_add ((guint) (PATIENCE_MS * station->time_scale), patience_cb, self);
  self->caller = g_bus_watch_name_on_connection (
      station->connection, g_dbus_method_invocation_get_sender (invocation),
      G_BUS_NAME_WATCHER_FLAGS_NONE, NULL, caller_left_cb, self, NULL);
  station->identifying = g_list_prepend (station->identifying, self);
  return G_DBUS_METHOD_INVOCATION_HANDLED;
}

void
pn_identify_plugged (PnStation *station, const char *port)
{
  while (station->identifying != NULL)
    {
      Identifying *self = station->identifying->data;

      pn_dbus_manager_complete_identify (station->object, self->invocation, port);
      forget (self);
    }
}

void
pn_identify_end_all (PnStation *station)
{
  while (station->identifying != NULL)
    {
      Identifying *self = station->identifying->data;

      pn_refuse (self->invocation, PN_ERROR_BUSY, PN_STATION_ENDING);
      forget (self);
    }
}
