/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "pn-serve-tcp.h"

#include <gio/gio.h>
#include <glib-unix.h>
#include <stdio.h>

#include "pn-gadget.h"
#include "pn-virtual-storage-private.h"

int
pn_serve_tcp (const char *folder, const char *serial, PnStorage kind, guint64 size, guint16 port)
{
  g_autoptr (GSocketListener) listener = g_socket_listener_new ();
  g_autoptr (PnVirtualStorage) storage = NULL;
  g_autoptr (PnGadget) gadget = NULL;
  g_autoptr (GError) error = NULL;
  g_autofree char *path = g_build_filename (folder, "storage.img", NULL);
  PnGadgetBoard board = { .chip = PN_CHIP_BCM2712,
                          .model = (char *) "Raspberry Pi Compute Module 5 Rev 1.0",
                          .serial = (char *) serial,
                          .board_revision = 0xc04180,
                          .sdram_size = 8000000000,
                          .mac = (char *) "2c:cf:67:00:00:01" };
  PnGadgetFaults faults = { .flip_bit = -1, .fail_write_at = -1 };

  (void) g_mkdir_with_parents (folder, 0700);
  storage =
      pn_virtual_storage_open (path, kind, size, "1b534d45423151543012345678900145\n", &error);
  if (storage == NULL || !g_socket_listener_add_inet_port (listener, port, NULL, &error))
    {
      fprintf (stderr, "punnet-virtual: %s\n", error->message);
      return 1;
    }
  gadget = pn_gadget_new (&board, storage);
  pn_gadget_set_faults (gadget, &faults);
  printf ("listening on port %u\n", port);
  fflush (stdout);
  for (;;)
    {
      g_autoptr (GSocketConnection) connection =
          g_socket_listener_accept (listener, NULL, NULL, &error);
      int fd;

      if (connection == NULL)
        return 1;
      /* What GSocket calls blocking is its own waiting: its descriptors never block. */
      fd = g_socket_get_fd (g_socket_connection_get_socket (connection));
      if (!g_unix_set_fd_nonblocking (fd, FALSE, NULL))
        return 1;
      if (pn_gadget_serve_tcp (gadget, fd, FALSE) == PN_GADGET_END_SHUTDOWN)
        return 0;
      pn_virtual_storage_unmap_all (storage);
    }
}
