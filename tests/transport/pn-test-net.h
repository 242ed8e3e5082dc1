/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* The link-local address that PN_TEST_MAC belongs to. */
#define PN_TEST_MAC "2c:cf:67:00:00:01"
#define PN_TEST_LINK_LOCAL "fe80::2ecf:67ff:fe00:1"

/* Moves this process, which has one thread yet, into a network of its own: a loopback interface
 * that also has PN_TEST_LINK_LOCAL, and nothing else. So the one port that devices have is free,
 * whatever else runs on the machine. FALSE where the machine does not allow it. */
gboolean pn_test_net_enter (void);

G_END_DECLS
