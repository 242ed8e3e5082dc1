/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* The kernel lends a limited amount of memory to what is under way through usbfs: one amount for
 * all devices and all programs of the machine (the parameter usbfs_memory_mb of usbcore). A
 * transfer counts from its submission until it is reaped; one that does not fit any more is refused
 * (ENOMEM). So each device has a share, and what is sent to it is cut to that. All of this is pure.
 */

#define PN_USB_MEMORY_FILE "/sys/module/usbcore/parameters/usbfs_memory_mb"
#define PN_USB_MEMORY_UNLIMITED G_MAXUINT64
/* Bytes: more under way for one device makes nothing faster. */
#define PN_USB_MEMORY_ENOUGH (1024 * 1024)
/* Bytes: what a device has before its share is known. */
#define PN_USB_MEMORY_FIRST (64 * 1024)
/* Bytes: every transfer but the last is a multiple of it (a whole number of packets at any speed).
 */
#define PN_USB_MEMORY_PIECE 1024

/* Bytes, from what PN_USB_MEMORY_FILE says; NULL or no number: the kernel's default. */
guint64 pn_usb_memory_parse (const char *text);
/* Bytes for each of @n_devices, from PN_USB_MEMORY_PIECE to PN_USB_MEMORY_ENOUGH. Some of @memory
 * is left to other programs, and to the kernel's own records of the transfers. */
guint pn_usb_memory_share (guint64 memory, guint n_devices);
/* The size of a transfer, at most @wanted bytes, so that @n_transfers of them are at most @share;
 * never less than PN_USB_MEMORY_PIECE. */
gsize pn_usb_memory_cut (gsize wanted, guint share, guint n_transfers);
/* What to try after the kernel refused @size: about half, down to PN_USB_MEMORY_PIECE. */
gsize pn_usb_memory_halve (gsize size);

G_END_DECLS
