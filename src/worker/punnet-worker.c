/* SPDX-License-Identifier: GPL-3.0-or-later */
/* punnet-worker [--unconfined]: one device. Talks to the helper on descriptor 3; every file, device
 * and connection that it uses comes from there, and it can reach nothing else. */
#include "config.h"

#include <gio/gunixfdlist.h>
#include <glib-unix.h>
#include <signal.h>
#include <stdio.h>

#include "pn-confine.h"
#include "pn-worker-host.h"

#define PEER_FD 3

int
main (int argc, char **argv)
{
  gboolean unconfined = argc == 2 && g_str_equal (argv[1], "--unconfined");
  g_autoptr (GMainLoop) loop = g_main_loop_new (NULL, FALSE);
  g_autoptr (GSocket) socket = NULL;
  g_autoptr (GSocketConnection) stream = NULL;
  g_autoptr (GDBusConnection) connection = NULL;
  g_autoptr (PnWorkerHost) host = NULL;
  g_autoptr (GError) error = NULL;

  /* The helper may be gone while a permanent step is made: a complaint that nobody reads must not
   * end it. */
  (void) signal (SIGPIPE, SIG_IGN);
  if (!(unconfined ? pn_confine_limits (&error) : pn_confine (NULL, &error)))
    {
      fprintf (stderr, "punnet-worker: %s\n", error->message);
      return 1;
    }
  socket = g_socket_new_from_fd (PEER_FD, &error);
  if (socket == NULL)
    {
      fputs ("punnet-worker is started by punnetd\n", stderr);
      return 2;
    }
  stream = g_socket_connection_factory_create_connection (socket);
  connection = g_dbus_connection_new_sync (G_IO_STREAM (stream), NULL,
                                           G_DBUS_CONNECTION_FLAGS_AUTHENTICATION_CLIENT |
                                               G_DBUS_CONNECTION_FLAGS_DELAY_MESSAGE_PROCESSING,
                                           NULL, NULL, &error);
  if (connection == NULL)
    {
      fprintf (stderr, "punnet-worker: %s\n", error->message);
      return 1;
    }
  host = pn_worker_host_new (connection, loop);
  g_dbus_connection_start_message_processing (connection);
  g_main_loop_run (loop);
  pn_worker_host_join (host);
  return 0;
}
