/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "pn-transport.h"

G_BEGIN_DECLS

#define PN_TYPE_VUSB_TRANSPORT (pn_vusb_transport_get_type ())
G_DECLARE_FINAL_TYPE (PnVusbTransport, pn_vusb_transport, PN, VUSB_TRANSPORT, PnTransport)

/* Over a stream socket to a virtual device (pn-vusb.h). Takes @fd. */
PnTransport *pn_vusb_transport_new (int fd, GCancellable *cancellable, GError **error);
/* The serial that the device at the other end of @fd has introduced itself with, where it has by
 * now; nothing is taken from @fd. NULL = not yet, or not as it should. (transfer full) */
char *pn_vusb_transport_peek_serial (int fd);

G_END_DECLS
