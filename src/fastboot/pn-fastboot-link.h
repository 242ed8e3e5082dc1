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

G_END_DECLS
