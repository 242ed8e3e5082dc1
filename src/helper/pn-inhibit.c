/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "pn-inhibit.h"

#include <gio/gunixfdlist.h>

#include "pn-io.h"

static const char *const modes[] = { "block", "delay" };

/* One lock each: logind asks polkit for both in one by the name of something else, of the lid's
 * switch. */
static const char *const whats[] = { "sleep", "shutdown" };

typedef struct
{
  GDBusConnection *bus; /* borrowed */
  const char *what;
  gboolean wanted;
  int fd; /* logind lets go when it is closed; -1 = none */
  guint mode;
  gboolean told;        /* that there is none */
  GCancellable *asking; /* NULL = nobody is asked */
} Lock;

struct _PnInhibit
{
  GDBusConnection *bus;
  Lock locks[G_N_ELEMENTS (whats)];
};

static void ask (Lock *lock);

/* The descriptor in logind's answer; -1 with @error. */
static int
take_descriptor (GVariant *reply, GUnixFDList *fds, GError **error)
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
  g_auto (PnFd) fd = reply != NULL ? take_descriptor (reply, fds, &error) : -1;
  Lock *lock;

  if (g_cancellable_is_cancelled (asking))
    return;
  lock = g_object_get_data (G_OBJECT (asking), "pn-lock");
  g_clear_object (&lock->asking);
  if (fd < 0 && lock->mode + 1 < G_N_ELEMENTS (modes))
    {
      g_message ("The machine cannot be kept from %s (%s); it is asked to wait", lock->what,
                 error->message);
      lock->mode++;
      if (lock->wanted)
        ask (lock);
      return;
    }
  if (fd < 0 && !lock->told)
    g_message ("Nothing keeps the machine from %s during runs: %s", lock->what, error->message);
  lock->told = fd < 0;
  if (lock->wanted)
    lock->fd = g_steal_fd (&fd);
}

static void
ask (Lock *lock)
{
  lock->asking = g_cancellable_new ();
  g_object_set_data (G_OBJECT (lock->asking), "pn-lock", lock);
  g_dbus_connection_call_with_unix_fd_list (
      lock->bus, "org.freedesktop.login1", "/org/freedesktop/login1",
      "org.freedesktop.login1.Manager", "Inhibit",
      g_variant_new ("(ssss)", lock->what, "Punnet", "Devices are being provisioned",
                     modes[lock->mode]),
      G_VARIANT_TYPE ("(h)"), G_DBUS_CALL_FLAGS_NONE, -1, NULL, lock->asking, answered_cb,
      g_object_ref (lock->asking));
}

void
pn_inhibit_set (PnInhibit *self, gboolean wanted)
{
  for (guint i = 0; i < G_N_ELEMENTS (whats); i++)
    {
      Lock *lock = &self->locks[i];

      lock->wanted = wanted;
      if (!wanted && lock->fd >= 0)
        {
          pn_fd_close (lock->fd);
          lock->fd = -1;
        }
      if (wanted && lock->fd < 0 && lock->asking == NULL)
        ask (lock);
    }
}

PnInhibit *
pn_inhibit_new (GDBusConnection *system_bus)
{
  PnInhibit *self = g_new0 (PnInhibit, 1);

  self->bus = g_object_ref (system_bus);
  for (guint i = 0; i < G_N_ELEMENTS (whats); i++)
    self->locks[i] = (Lock){ .bus = self->bus, .what = whats[i], .fd = -1 };
  return self;
}

void
pn_inhibit_free (PnInhibit *self)
{
  pn_inhibit_set (self, FALSE);
  for (guint i = 0; i < G_N_ELEMENTS (whats); i++)
    {
      if (self->locks[i].asking != NULL)
        g_cancellable_cancel (self->locks[i].asking);
      g_clear_object (&self->locks[i].asking);
    }
  g_object_unref (self->bus);
  g_free (self);
}
