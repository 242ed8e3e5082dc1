/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Addresses as a device may tell them: none that is taken leads to this machine, or to many. */
#include "config.h"

#include "pn-network.h"

int LLVMFuzzerTestOneInput (const guint8 *data, gsize size);

static void
check (const char *text, PnReach reach)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GInetAddress) address = pn_network_parse (text, reach, &error);

  g_assert_true ((address == NULL) == (error != NULL));
  if (address == NULL)
    return;
  g_assert_false (g_inet_address_get_is_any (address));
  g_assert_false (g_inet_address_get_is_multicast (address));
  g_assert_true (reach == PN_REACH_LOOPBACK || !g_inet_address_get_is_loopback (address));
}

int
LLVMFuzzerTestOneInput (const guint8 *data, gsize size)
{
  g_autofree char *text = g_strndup ((const char *) data, size);
  g_autoptr (GInetAddress) own = pn_network_from_mac (text);

  check (text, PN_REACH_LINK);
  check (text, PN_REACH_LOOPBACK);
  if (own != NULL)
    g_assert_true (g_inet_address_get_is_link_local (own));
  return 0;
}
