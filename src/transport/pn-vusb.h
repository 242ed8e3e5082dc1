/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/* How a virtual device is plugged in without a kernel.
 *
 * A virtual device has a *plug*: a SOCK_SEQPACKET socket to whoever plays the host's hub. On it the
 * device sends PN_VUSB_ATTACH, with one end of a stream socket pair as SCM_RIGHTS, each time it
 * enumerates, and PN_VUSB_DETACH when it leaves. The plug stands for the physical socket. The host
 * sends PN_VUSB_OPEN, with one end of a stream socket pair, to open what is on the bus once more:
 * the device ends the stream it had, and its transfers, and begins anew on this one; it closes it
 * where it is not on the bus.
 *
 * On the stream socket of an enumeration, all integers little endian:
 *   first, device → host, the identity: u32 size, then size bytes: device descriptor (18 bytes),
 *     u16 length + configuration descriptor, then for strings manufacturer, product, serial:
 *     u16 length + UTF-8 bytes (0 = none).
 *   host → device, a transfer: u32 PN_VUSB_SUBMIT, u32 id, u32 endpoint (0 control; bit 7 = in),
 *     u32 length, 8 bytes setup packet (control; else zero), then length bytes for OUT.
 *   host → device: u32 PN_VUSB_CANCEL, u32 id. (answered by a completion with -ECANCELED, or by the
 *     real one that crossed it)
 *   device → host: u32 PN_VUSB_COMPLETE, u32 id, i32 status (0 or a negative errno: -EPIPE stall,
 *     -EOVERFLOW, -ECANCELED), u32 actual, then actual bytes for IN.
 * The end of the stream is the device leaving the bus. A transfer is at most PN_VUSB_MAX_TRANSFER.
 */
#define PN_VUSB_ATTACH 0x54415641u /* u32 on the plug */
#define PN_VUSB_DETACH 0x54454456u
#define PN_VUSB_OPEN 0x4e45504fu
#define PN_VUSB_SUBMIT 1u
#define PN_VUSB_CANCEL 2u
#define PN_VUSB_COMPLETE 3u
#define PN_VUSB_MAX_TRANSFER (1024 * 1024)
#define PN_VUSB_MAX_IDENTITY 4096

/* Plug messages. @fd: the stream socket of an ATTACH or OPEN, else -1. receive: FALSE with error at
 * the end. */
gboolean pn_vusb_plug_send (int plug, guint32 message, int fd, GError **error);
gboolean pn_vusb_plug_receive (int plug, guint32 *message, int *fd, GError **error);
/* Sends an OPEN: the stream socket of what is on the bus now, owned; -1 with @error. Does not wait:
 * the stream ends at once where there is nothing. */
int pn_vusb_plug_open (int plug, GError **error);

G_END_DECLS
