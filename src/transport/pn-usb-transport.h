/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "pn-transport.h"

G_BEGIN_DECLS

#define PN_TYPE_USB_TRANSPORT (pn_usb_transport_get_type ())
G_DECLARE_FINAL_TYPE (PnUsbTransport, pn_usb_transport, PN, USB_TRANSPORT, PnTransport)

/* Over an open usbfs descriptor (libusb_wrap_sys_device), which it takes. Claims the interface;
 * never sets a configuration, an alternate setting, nor resets. @share: the bytes that may be under
 * way at once (pn-usb-memory.h), read atomically for each transfer, so that another thread may
 * change it; has to outlive the transport. NULL: no limit. Signal "memory-refused" (no arguments):
 * the kernel had less than that; it goes on with less. Said once, from the thread that transfers.
 */
PnTransport *
pn_usb_transport_new (int fd, const guint *share, GCancellable *cancellable, GError **error);

G_END_DECLS
