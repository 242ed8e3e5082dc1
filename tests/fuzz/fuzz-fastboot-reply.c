/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "pn-fastboot.h"

int LLVMFuzzerTestOneInput (const guint8 *data, gsize size);

int
LLVMFuzzerTestOneInput (const guint8 *data, gsize size)
{
  g_autoptr (GError) error = NULL;
  PnReply reply;
  gboolean good = pn_reply_parse (data, size, &reply, &error);

  g_assert_true (good == (error == NULL));
  for (const char *at = reply.text; good && *at != 0; at++)
    g_assert_true (g_ascii_isprint (*at) || *at == '\n');
  return 0;
}
