/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A worker has no network. Where its bundle uses one, it names the addresses that its device told,
 * and gets a connection to the device's port at one of them, or none. */
#include "config.h"

#include <gio/gunixfdlist.h>

#include "pn-helper-run-private.h"
#include "pn-io.h"
#include "pn-network.h"

#define MAX_ADDRESSES 8
#define MAX_TIMEOUT_MS (60 * 1000)

typedef struct
{
  PnWorkerDbusWorkerHost1 *object;
  GDBusMethodInvocation *invocation;
  GPtrArray *addresses; /* GInetAddress */
  PnReach reach;
  guint timeout;
  char *name; /* of the one that answered */
} Dial;

static void
dial_free (Dial *self)
{
  g_object_unref (self->object);
  g_ptr_array_unref (self->addresses);
  g_free (self->name);
  g_free (self);
}

static void
dial_thread (GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
  Dial *dial = data;
  GError *error = NULL;
  int fd = pn_network_connect (dial->addresses, dial->reach, PN_NETWORK_PORT, dial->timeout,
                               &dial->name, cancellable, &error);

  if (fd < 0)
    g_task_return_error (task, error);
  else
    g_task_return_int (task, fd);
}

static void
dialled_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  Dial *dial = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (GUnixFDList) fds = NULL;
  int fd = (int) g_task_propagate_int (G_TASK (result), &error);

  if (error != NULL)
    {
      pn_error_answer (dial->invocation, g_steal_pointer (&error));
      return;
    }
  fds = g_unix_fd_list_new_from_array (&fd, 1);
  pn_worker_dbus_worker_host1_complete_dial (dial->object, dial->invocation, fds,
                                             g_variant_new_handle (0), dial->name);
}

/* What a worker says is no better than what its device says. */
static GPtrArray *
parse_addresses (const char *const *texts, PnReach reach, GError **error)
{
  g_autoptr (GPtrArray) addresses = g_ptr_array_new_with_free_func (g_object_unref);

  for (guint i = 0; texts[i] != NULL && i < MAX_ADDRESSES; i++)
    {
      GInetAddress *address = pn_network_parse (texts[i], reach, error);

      if (address == NULL)
        return NULL;
      g_ptr_array_add (addresses, address);
    }
  return g_steal_pointer (&addresses);
}

gboolean
pn_helper_run_dial_cb (PnWorkerDbusWorkerHost1 *object,
                       GDBusMethodInvocation *invocation,
                       GUnixFDList *fds,
                       const char *const *texts,
                       guint timeout,
                       PnHelperRun *self)
{
  PnReach reach = self->slot->settings.usb ? PN_REACH_LINK : PN_REACH_LOOPBACK;
  g_autoptr (GPtrArray) addresses = NULL;
  g_autoptr (GError) error = NULL;
  g_autoptr (GTask) task = NULL;
  Dial *dial;

  if (!pn_manifest_uses_network (pn_bundle_get_manifest (self->batch->bundle)))
    return pn_refuse (invocation, PN_ERROR_PERMISSION, "This bundle does not use the network");
  addresses = parse_addresses (texts, reach, &error);
  if (addresses == NULL)
    {
      pn_error_answer (invocation, g_steal_pointer (&error));
      return G_DBUS_METHOD_INVOCATION_HANDLED;
    }
  dial = g_new0 (Dial, 1);
  *dial = (Dial){ g_object_ref (object),         invocation, g_steal_pointer (&addresses), reach,
                  MIN (timeout, MAX_TIMEOUT_MS), NULL };
  task = g_task_new (NULL, self->life, dialled_cb, dial);
  /* What was connected is not lost then. */
  g_task_set_check_cancellable (task, FALSE);
  g_task_set_task_data (task, dial, (GDestroyNotify) dial_free);
  g_task_run_in_thread (task, dial_thread);
  return G_DBUS_METHOD_INVOCATION_HANDLED;
}
