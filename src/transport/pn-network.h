/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gio/gio.h>

#include "pn-error.h"

G_BEGIN_DECLS

/* A device on the network that this station is directly connected to. Nothing here ever resolves a
 * name, uses a proxy or gets through a router: what is sent has a hop limit of one. */

#define PN_NETWORK_PORT 5554 /* TCP, of a device that speaks fastboot */

/* Where the device may be: an ordinary one is never this machine, a virtual one always is. */
typedef enum
{
  PN_REACH_LINK,
  PN_REACH_LOOPBACK,
} PnReach;

/* Pure: a numeric address as a device tells it (untrusted); a scope in it is the device's own name
 * for its socket, and dropped. PN_ERROR_INVALID_DATA for what is no address of one machine within
 * @reach. (transfer full) */
GInetAddress *pn_network_parse (const char *text, PnReach reach, GError **error);
/* Pure: the link-local IPv6 address that a device with this MAC ("2c:cf:67:00:00:01") gives itself
 * (RFC 4291, appendix A). NULL where it is no MAC. (transfer full) */
GInetAddress *pn_network_from_mac (const char *mac);

/* Connects to the first of @addresses (GInetAddress) that answers at @port, link-local ones through
 * every interface of this machine that can reach them. Returns a connected descriptor that never
 * blocks, or -1 with PN_ERROR_TIMED_OUT, PN_ERROR_DISCONNECTED or a cancellation. @timeout:
 * milliseconds in all. @name: "fe80::1%eth0" (transfer full). The one function that opens a network
 * socket. */
int pn_network_connect (GPtrArray *addresses,
                        PnReach reach,
                        guint16 port,
                        guint timeout,
                        char **name,
                        GCancellable *cancellable,
                        GError **error);

G_END_DECLS
