/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A whole conversation of the boot ROM or of a file server (rpiboot.md §5, §6): what the device
 * asks for is the input. */
#include "config.h"

#include <string.h>

#include "pn-fuzz-transport.h"
#include "pn-rpiboot.h"

int LLVMFuzzerTestOneInput (const guint8 *data, gsize size);

static GBytes *
lookup (const char *name, gpointer user_data)
{
  g_assert_cmpuint (strlen (name), <, 256);
  return strchr (name, '2') != NULL ? g_bytes_new (name, strlen (name)) : NULL;
}

static void
check_metadata (const char *key, const char *value, gpointer user_data)
{
  g_assert_true (key[0] != '\0');
  for (const char *at = value; *at != '\0'; at++)
    g_assert_true (g_ascii_isprint (*at));
}

int
LLVMFuzzerTestOneInput (const guint8 *data, gsize size)
{
  const PnFileServer server = { .lookup = lookup, .metadata = check_metadata };
  static const guint8 code[64] = { 1 };
  g_autoptr (GBytes) second_stage = g_bytes_new_static (code, sizeof code);
  g_autoptr (PnTransport) rom = pn_fuzz_transport_new (data, size);
  g_autoptr (PnTransport) served = pn_fuzz_transport_new (data, size);
  g_autoptr (PnMetadata) metadata = pn_metadata_new ();
  g_autoptr (GError) rom_error = NULL;
  g_autoptr (GError) error = NULL;
  PnRpibootEnd end;
  PnFileMessage message;
  gint64 status;

  g_assert_true (pn_rpiboot_send_second_stage (rom, second_stage, &status, NULL, NULL, NULL,
                                               &rom_error) == (rom_error == NULL));
  g_assert_true (pn_rpiboot_serve (served, &server, metadata, 1000, &end, NULL, &error) ==
                 (error == NULL));
  g_assert_cmpuint (pn_metadata_size (metadata), <=, PN_METADATA_MAX_KEYS);
  if (pn_file_message_parse (data, size, &message, NULL))
    g_assert_cmpuint (strlen (message.name), <, sizeof message.name);
  return 0;
}
