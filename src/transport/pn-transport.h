/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gio/gio.h>

#include "pn-error.h"

G_BEGIN_DECLS

/* Who is at the other end, as its descriptors say. */
typedef struct
{
  guint16 vendor;
  guint16 product;
  guint8 serial_index; /* iSerialNumber of the device descriptor: tells ROM from file server */
  guint n_interfaces;  /* bNumInterfaces of the active configuration */
  /* First bulk endpoints of the vendor interface that is used (rpiboot.md §3.1, fastboot.md §2.2).
   */
  guint interface_number;
  guint8 interface_class, interface_subclass, interface_protocol;
  guint8 endpoint_out;
  guint8 endpoint_in;
  guint max_packet_out; /* bytes */
  char *manufacturer;   /* "" where there is none; untrusted text without control characters */
  char *product_name;
  char *serial; /* printable ASCII only */
} PnIdentity;
PnIdentity *pn_identity_copy (const PnIdentity *self);
void pn_identity_free (PnIdentity *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (PnIdentity, pn_identity_free)

/* One enumeration of one device: valid until it leaves the bus. Calls block; they are made from the
 * engine's thread. Timeouts in milliseconds, of inactivity. Errors: PN_ERROR_TIMED_OUT,
 * PN_ERROR_DISCONNECTED (no device, or an I/O error that means the same), PN_ERROR_PROTOCOL (stall,
 * overflow), PN_ERROR_CANCELLED. */
#define PN_TYPE_TRANSPORT (pn_transport_get_type ())
G_DECLARE_DERIVABLE_TYPE (PnTransport, pn_transport, PN, TRANSPORT, GObject)

/* Gives the next bytes to send: fills at most @size of @buffer, returns the count, -1 with error.
 */
typedef gssize (*PnTransportSource) (guint8 *buffer,
                                     gsize size,
                                     gpointer user_data,
                                     GError **error);
/* A source over memory: user_data is a PnTransportMemory. */
typedef struct
{
  const guint8 *data;
  gsize left; /* bytes */
} PnTransportMemory;
gssize pn_transport_memory_read (guint8 *buffer, gsize size, gpointer memory, GError **error);
/* Bytes that the device has acknowledged so far. */
typedef void (*PnTransportProgress) (guint64 acknowledged, gpointer user_data);

struct _PnTransportClass
{
  GObjectClass parent_class;

  gssize (*control) (PnTransport *self,
                     guint8 request_type,
                     guint8 request,
                     guint16 value,
                     guint16 index,
                     guint8 *data,
                     guint16 length,
                     guint timeout,
                     GCancellable *cancellable,
                     GError **error);
  gssize (*bulk_in) (PnTransport *self,
                     guint8 *buffer,
                     gsize size,
                     guint timeout,
                     GCancellable *cancellable,
                     GError **error);
  /* Exactly @total bytes from @source, in transfers of @chunk (a multiple of 1024) except the last,
   * several in flight where that helps, never a zero-length packet. */
  gboolean (*bulk_out) (PnTransport *self,
                        guint64 total,
                        gsize chunk,
                        PnTransportSource source,
                        PnTransportProgress progress,
                        gpointer user_data,
                        guint timeout,
                        GCancellable *cancellable,
                        GError **error);
};

const PnIdentity *pn_transport_get_identity (PnTransport *self);
gssize pn_transport_control (PnTransport *self,
                             guint8 request_type,
                             guint8 request,
                             guint16 value,
                             guint16 index,
                             guint8 *data,
                             guint16 length,
                             guint timeout,
                             GCancellable *cancellable,
                             GError **error);
gssize pn_transport_bulk_in (PnTransport *self,
                             guint8 *buffer,
                             gsize size,
                             guint timeout,
                             GCancellable *cancellable,
                             GError **error);
gboolean pn_transport_bulk_out (PnTransport *self,
                                guint64 total,
                                gsize chunk,
                                PnTransportSource source,
                                PnTransportProgress progress,
                                gpointer user_data,
                                guint timeout,
                                GCancellable *cancellable,
                                GError **error);
gboolean pn_transport_bulk_out_bytes (PnTransport *self,
                                      const guint8 *data,
                                      gsize size,
                                      gsize chunk,
                                      guint timeout,
                                      GCancellable *cancellable,
                                      GError **error);

G_END_DECLS
