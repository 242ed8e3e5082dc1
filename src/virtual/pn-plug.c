/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "pn-plug.h"

#include <errno.h>
#include <gio/gunixfdlist.h>
#include <sys/socket.h>

#include "pn-io.h"

gboolean
pn_plug_into (PnVirtualDevice *device,
              GDBusConnection *bus,
              const char *bus_name,
              const char *slot,
              GError **error)
{
  g_autoptr (GUnixFDList) fds = NULL;
  g_autoptr (GVariant) reply = NULL;
  int pair[2];

  if (socketpair (AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) < 0)
    {
      pn_set_error_from_errno (error, errno, "Cannot make a socket");
      return FALSE;
    }
  fds = g_unix_fd_list_new_from_array (&pair[1], 1);
  reply = g_dbus_connection_call_with_unix_fd_list_sync (
      bus, bus_name, "/org/punnet/Provisioner1/manager", "org.punnet.Provisioner1.Manager",
      "AttachVirtual", g_variant_new ("(hsa{sv})", 0, slot, NULL), G_VARIANT_TYPE ("(o)"),
      G_DBUS_CALL_FLAGS_NO_AUTO_START, -1, fds, NULL, NULL, error);
  if (reply == NULL)
    {
      pn_fd_close (pair[0]);
      return FALSE;
    }
  pn_virtual_socket_attach (device, pair[0]);
  return TRUE;
}
