/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "pn-fuzz-transport.h"

#include <string.h>

#include "pn-bytes.h"

struct _PnFuzzTransport
{
  PnTransport parent_instance;
  const guint8 *data;
  gsize left;
};

G_DEFINE_FINAL_TYPE (PnFuzzTransport, pn_fuzz_transport, PN_TYPE_TRANSPORT)

static gssize
next_message (PnFuzzTransport *self, guint8 *buffer, gsize size, GError **error)
{
  gsize length;

  if (self->left < 2)
    {
      g_set_error_literal (error, PN_ERROR, PN_ERROR_DISCONNECTED, "The device left the bus");
      return -1;
    }
  length = MIN (pn_peek_le16 (self->data), self->left - 2);
  if (length > 0)
    memcpy (buffer, self->data + 2, MIN (length, size));
  self->data += 2 + length;
  self->left -= 2 + length;
  return (gssize) MIN (length, size);
}

static gssize
control (PnTransport *transport,
         guint8 request_type,
         guint8 request,
         guint16 value,
         guint16 index,
         guint8 *data,
         guint16 length,
         guint timeout,
         GCancellable *cancellable,
         GError **error)
{
  if ((request_type & 0x80) == 0)
    return length;
  return next_message (PN_FUZZ_TRANSPORT (transport), data, length, error);
}

static gssize
bulk_in (PnTransport *transport,
         guint8 *buffer,
         gsize size,
         guint timeout,
         GCancellable *cancellable,
         GError **error)
{
  return next_message (PN_FUZZ_TRANSPORT (transport), buffer, size, error);
}

static gboolean
bulk_out (PnTransport *transport,
          guint64 total,
          gsize chunk,
          PnTransportSource source,
          PnTransportProgress progress,
          gpointer user_data,
          guint timeout,
          GCancellable *cancellable,
          GError **error)
{
  g_autofree guint8 *buffer = g_malloc (chunk);

  for (guint64 at = 0; at < total;)
    {
      gssize got = source (buffer, MIN (chunk, total - at), user_data, error);

      if (got <= 0)
        return FALSE;
      at += (guint64) got;
      if (progress != NULL)
        progress (at, user_data);
    }
  return TRUE;
}

static void
pn_fuzz_transport_class_init (PnFuzzTransportClass *klass)
{
  PnTransportClass *transport_class = PN_TRANSPORT_CLASS (klass);

  transport_class->control = control;
  transport_class->bulk_in = bulk_in;
  transport_class->bulk_out = bulk_out;
}

static void
pn_fuzz_transport_init (PnFuzzTransport *self)
{
}

PnTransport *
pn_fuzz_transport_new (const guint8 *data, gsize size)
{
  PnFuzzTransport *self = g_object_new (PN_TYPE_FUZZ_TRANSPORT, NULL);

  self->data = data;
  self->left = size;
  return PN_TRANSPORT (self);
}
