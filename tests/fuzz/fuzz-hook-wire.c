/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "pn-hook-wire.h"

int LLVMFuzzerTestOneInput (const guint8 *data, gsize size);

/* What is understood says the same when it is said again; both kinds of packet. */
int
LLVMFuzzerTestOneInput (const guint8 *data, gsize size)
{
  g_autoptr (GBytes) packet = g_bytes_new (data, size);
  g_auto (PnHookRequest) request = { 0 };
  g_autoptr (GError) error = NULL;
  g_autoptr (GError) answer = NULL;

  if (pn_hook_request_parse (&request, packet, &error))
    {
      const PnHookJob job = { .stage = request.stage,
                              .arguments = (const char *const *) request.arguments,
                              .environment = (const char *const *) request.environment,
                              .seconds = request.seconds,
                              .network = request.network,
                              .write = (const char *const *) request.write };
      g_autoptr (GBytes) again = pn_hook_request_new (&job);

      g_assert_true (g_bytes_equal (again, packet));
    }
  else
    g_assert_nonnull (error);
  g_assert_true (pn_hook_reply_parse (packet, &answer) == (answer == NULL));
  return 0;
}
