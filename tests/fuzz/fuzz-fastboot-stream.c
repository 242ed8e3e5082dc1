/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A host's whole session over a stream with a gadget that says the input, and then hangs up. */
#include "config.h"

#include <sys/socket.h>

#include "pn-fastboot-link.h"
#include "pn-fastboot.h"
#include "pn-io.h"

#define MAX_SAID (64 * 1024) /* what a socket takes at once */
#define MAX_UPLOAD (64 * 1024)
#define LIMIT 10000 /* ms; the other side has hung up already */

int LLVMFuzzerTestOneInput (const guint8 *data, gsize size);

static void
fuzz_frames (const guint8 *data, gsize size)
{
  for (; size >= 8; data += 8, size -= 8)
    {
      g_autoptr (GError) error = NULL;
      guint64 length = 0;
      gboolean fine = pn_frame_parse (data, &length, &error);

      g_assert_true (fine == (error == NULL));
      g_assert_true (!fine || length <= PN_FASTBOOT_MAX_DOWNLOAD);
    }
}

int
LLVMFuzzerTestOneInput (const guint8 *data, gsize size)
{
  static const guint8 content[100] = { 1 };
  g_autoptr (GBytes) bytes = g_bytes_new_static (content, sizeof content);
  g_autoptr (GBytes) upload = NULL;
  g_autoptr (PnFastboot) fastboot = NULL;
  g_autofree char *answer = NULL;
  g_auto (PnFd) device = -1;
  int pair[2];

  fuzz_frames (data, size);
  g_assert_cmpint (socketpair (AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair), ==, 0);
  device = pair[0];
  g_assert_true (pn_write_all (device, data, MIN (size, MAX_SAID), NULL));
  (void) shutdown (device, SHUT_WR);
  fastboot = pn_fastboot_new_stream (pair[1], LIMIT, NULL, NULL);
  if (fastboot == NULL)
    return 0;
  answer = pn_fastboot_getvar (fastboot, "version", LIMIT, NULL, NULL);
  (void) pn_fastboot_download_bytes (fastboot, bytes, LIMIT, NULL, NULL);
  upload = pn_fastboot_upload (fastboot, MAX_UPLOAD, LIMIT, NULL, NULL);
  if (upload != NULL)
    g_assert_cmpuint (g_bytes_get_size (upload), <=, MAX_UPLOAD);
  return 0;
}
