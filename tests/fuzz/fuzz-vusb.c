/* SPDX-License-Identifier: GPL-3.0-or-later */
/* All that a virtual device says on its socket (transport/pn-vusb.h): identity, then completions of
 * a control transfer, of reads and of a pipelined write. */
#include "config.h"

#include <string.h>
#include <sys/socket.h>

#include "pn-io.h"
#include "pn-vusb-transport.h"

#define MAX_SAID 16384 /* fits into a socket */
#define TIMEOUT 1000   /* ms; the input has an end, so that it never comes to that */

int LLVMFuzzerTestOneInput (const guint8 *data, gsize size);

int
LLVMFuzzerTestOneInput (const guint8 *data, gsize size)
{
  static const guint8 out[5000] = { 0 };
  g_autoptr (PnTransport) transport = NULL;
  g_autoptr (GError) error = NULL;
  g_auto (PnFd) device = -1;
  guint8 buffer[260];
  int pair[2];

  size = MIN (size, MAX_SAID);
  g_assert_cmpint (socketpair (AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair), ==, 0);
  device = pair[0];
  g_assert_cmpint (send (device, data, size, MSG_NOSIGNAL), ==, (gssize) size);
  (void) shutdown (device, SHUT_WR);
  transport = pn_vusb_transport_new (pair[1], NULL, &error);
  g_assert_true ((transport == NULL) == (error != NULL));
  if (transport == NULL)
    return 0;
  for (const char *at = pn_transport_get_identity (transport)->serial; *at != '\0'; at++)
    g_assert_true (g_ascii_isprint (*at));
  for (guint i = 0; i < 4; i++)
    {
      g_autoptr (GError) local = NULL;
      gssize got;

      got = pn_transport_control (transport, 0xc0, 0, sizeof buffer, 0, buffer, sizeof buffer,
                                  TIMEOUT, NULL, &local);
      g_assert_true ((got < 0) == (local != NULL));
      g_assert_cmpint (got, <=, sizeof buffer);
      got = pn_transport_bulk_in (transport, buffer, 64, TIMEOUT, NULL, NULL);
      g_assert_cmpint (got, <=, 64);
      (void) pn_transport_bulk_out_bytes (transport, out, sizeof out, 1024, TIMEOUT, NULL, NULL);
    }
  return 0;
}
