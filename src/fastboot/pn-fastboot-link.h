/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "pn-transport.h"

G_BEGIN_DECLS

/* What carries messages: bulk transfers of a USB transport, or the frames of a TCP stream
 * (fastboot.md §2.3, §3). One owner. */
typedef struct _PnFastbootLink PnFastbootLink;

PnFastbootLink *pn_fastboot_link_new_usb (PnTransport *transport);
/* Shakes hands. Takes @fd. */
PnFastbootLink *
pn_fastboot_link_new_stream (int fd, guint timeout, GCancellable *cancellable, GError **error);
void pn_fastboot_link_free (PnFastbootLink *self);
/* The same where the two sides are out of step: what the other side has not read yet of a network
 * connection is not to reach it any more. */
void pn_fastboot_link_abandon (PnFastbootLink *self);
gboolean pn_fastboot_link_send (PnFastbootLink *self,
                                const char *message,
                                guint timeout,
                                GCancellable *cancellable,
                                GError **error);
/* One message; its size, or -1. */
gssize pn_fastboot_link_receive (PnFastbootLink *self,
                                 guint8 *buffer,
                                 gsize size,
                                 guint timeout,
                                 GCancellable *cancellable,
                                 GError **error);
gboolean pn_fastboot_link_send_data (PnFastbootLink *self,
                                     guint64 total,
                                     PnTransportSource source,
                                     PnTransportProgress progress,
                                     gpointer user_data,
                                     guint timeout,
                                     GCancellable *cancellable,
                                     GError **error);
/* Exactly @size bytes of a data phase towards the host. */
gboolean pn_fastboot_link_receive_data (PnFastbootLink *self,
                                        guint8 *buffer,
                                        gsize size,
                                        guint timeout,
                                        GCancellable *cancellable,
                                        GError **error);
gboolean pn_fastboot_link_is_usb (PnFastbootLink *self);
/* Pure: the 8 bytes in front of each message over a stream. PN_ERROR_PROTOCOL for a size that no
 * message has. */
gboolean pn_frame_parse (const guint8 *header, guint64 *size, GError **error);

G_END_DECLS
