/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "pn-transport.h"

G_BEGIN_DECLS

#define PN_TYPE_USB_TRANSPORT (pn_usb_transport_get_type ())
G_DECLARE_FINAL_TYPE (PnUsbTransport, pn_usb_transport, PN, USB_TRANSPORT, PnTransport)

/* Over an open usbfs descriptor (libusb_wrap_sys_device); @fd is duplicated unless it comes from
 * the same process, see the comment in the source. Claims the interface; never sets a
 * configuration, an alternate setting, nor resets. */
PnTransport *pn_usb_transport_new (int fd, GCancellable *cancellable, GError **error);

G_END_DECLS
