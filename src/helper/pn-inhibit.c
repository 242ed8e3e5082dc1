/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "pn-inhibit.h"

#include <gio/gunixfdlist.h>

#include "pn-io.h"

static const char *const modes[] = { "block", "delay" };

struct _PnInhibit
{
  GDBusConnection *bus;
  gboolean wanted;
  int lock; /* logind lets go when it is closed; -1 = none */
  guint mode;
  GCancellable *asking; /* NULL = nobody is asked */
};

static void ask (PnInhibit *self);

/* The descriptor in logind's answer; -1 with @error. */
static int
take_lock (GVariant *reply, GUnixFDList *fds, GError **error)
{
  gint32 handle;

  g_variant_get (reply, "(h)", &handle);
  if (fds == NULL)
    {
      pn_set_error (error, PN_ERROR_PROTOCOL, "There is no descriptor in logind's answer");
      return -1;
    }
  return g_unix_fd_list_get (fds, handle, error);
}

static void
answered_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GCancellable) asking = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (GUnixFDList) fds = NULL;
  g_autoptr (GVariant) reply = g_dbus_connection_call_with_unix_fd_list_finish (
      G_DBUS_CONNECTION (source), &fds, result, &error);
  g_auto (PnFd) lock = reply != NULL ? take_lock (reply, fds, &error) : -1;
  PnInhibit *self;

  if (g_cancellable_is_cancelled (asking))
    return;
  self = g_object_get_data (G_OBJECT (asking), "pn-inhibit");
  g_clear_object (&self->asking);
  if (lock < 0 && self->mode + 1 < G_N_ELEMENTS (modes))
    {
      g_message ("The machine cannot be kept from going to sleep (%s); it is asked to wait",
                 error->message);
      self->mode++;
      if (self->wanted)
        ask (self);
      return;
    }
  if (lock < 0)
    g_message ("Nothing keeps the machine from sleeping or shutting down during runs: %s",
               error->message);
  if (self->wanted)
    self->lock = g_steal_fd (&lock);
}

static void
ask (PnInhibit *self)
{
  self->asking = g_cancellable_new ();
  g_object_set_data (G_OBJECT (self->asking), "pn-inhibit", self);
  g_dbus_connection_call_with_unix_fd_list (
      self->bus, "org.freedesktop.login1", "/org/freedesktop/login1",
      "org.freedesktop.login1.Manager", "Inhibit",
      g_variant_new ("(ssss)", "sleep:shutdown", "Punnet", "Devices are being provisioned",
                     modes[self->mode]),
      G_VARIANT_TYPE ("(h)"), G_DBUS_CALL_FLAGS_NONE, -1, NULL, self->asking, answered_cb,
      g_object_ref (self->asking));
}

void
pn_inhibit_set (PnInhibit *self, gboolean wanted)
{
  self->wanted = wanted;
  if (!wanted && self->lock >= 0)
    {
      pn_fd_close (self->lock);
      self->lock = -1;
    }
  if (wanted && self->lock < 0 && self->asking == NULL)
    ask (self);
}

PnInhibit *
pn_inhibit_new (GDBusConnection *system_bus)
{
  PnInhibit *self = g_new0 (PnInhibit, 1);

  self->bus = g_object_ref (system_bus);
  self->lock = -1;
  return self;
}

void
pn_inhibit_free (PnInhibit *self)
{
  pn_inhibit_set (self, FALSE);
  if (self->asking != NULL)
    g_cancellable_cancel (self->asking);
  g_clear_object (&self->asking);
  g_object_unref (self->bus);
  g_free (self);
}
