/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A host's whole session with a gadget that answers as the input says. */
#include "config.h"

#include <string.h>

#include "pn-fastboot.h"
#include "pn-fuzz-transport.h"

#define MAX_UPLOAD (64 * 1024)

int LLVMFuzzerTestOneInput (const guint8 *data, gsize size);

static void
check_line (const char *line, gpointer user_data)
{
  for (const char *at = line; *at != '\0'; at++)
    g_assert_true (g_ascii_isprint (*at) || *at == '\n');
}

int
LLVMFuzzerTestOneInput (const guint8 *data, gsize size)
{
  static const guint8 content[100] = { 1 };
  g_autoptr (GBytes) bytes = g_bytes_new_static (content, sizeof content);
  g_autoptr (PnTransport) transport = pn_fuzz_transport_new (data, size);
  g_autoptr (PnFastboot) fastboot = pn_fastboot_new_usb (transport);
  guint64 value;

  for (guint i = 0; i < 4; i++)
    {
      g_autoptr (GError) error = NULL;
      g_autofree char *answer =
          pn_fastboot_command (fastboot, "oem x", check_line, NULL, 1000, NULL, &error);
      g_autoptr (GBytes) upload = NULL;

      g_assert_true ((answer == NULL) == (error != NULL));
      (void) pn_fastboot_getvar_size (fastboot, "max-download-size", &value, 1000, NULL, NULL);
      (void) pn_fastboot_download_bytes (fastboot, bytes, 1000, NULL, NULL);
      upload = pn_fastboot_upload (fastboot, MAX_UPLOAD, 1000, NULL, NULL);
      if (upload != NULL)
        g_assert_cmpuint (g_bytes_get_size (upload), <=, MAX_UPLOAD);
    }
  return 0;
}
