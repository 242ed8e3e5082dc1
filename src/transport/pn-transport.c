/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "pn-transport-private.h"

#include <string.h>

#include "pn-bytes.h"

typedef struct
{
  PnIdentity *identity;
} PnTransportPrivate;

G_DEFINE_ABSTRACT_TYPE_WITH_PRIVATE (PnTransport, pn_transport, G_TYPE_OBJECT)

PnIdentity *
pn_identity_copy (const PnIdentity *self)
{
  PnIdentity *copy = g_memdup2 (self, sizeof *self);

  copy->manufacturer = g_strdup (self->manufacturer);
  copy->product_name = g_strdup (self->product_name);
  copy->serial = g_strdup (self->serial);
  return copy;
}

void
pn_identity_free (PnIdentity *self)
{
  g_free (self->manufacturer);
  g_free (self->product_name);
  g_free (self->serial);
  g_free (self);
}

gboolean
pn_identity_parse_device (PnIdentity *self, const guint8 *data, gsize size, GError **error)
{
  if (size < 18 || data[0] != 18 || data[1] != 1)
    {
      pn_set_error (error, PN_ERROR_PROTOCOL, "The device's USB descriptor is malformed");
      return FALSE;
    }
  self->vendor = pn_peek_le16 (data + 8);
  self->product = pn_peek_le16 (data + 10);
  self->serial_index = data[16];
  return TRUE;
}

gboolean
pn_identity_parse_configuration (PnIdentity *self, const guint8 *data, gsize size, GError **error)
{
  PnReader reader;
  gboolean chosen = FALSE; /* inside the interface that is used */
  gboolean done = FALSE;

  if (size < 9 || data[1] != 2)
    {
      pn_set_error (error, PN_ERROR_PROTOCOL, "The device's USB configuration is malformed");
      return FALSE;
    }
  self->n_interfaces = data[4];
  pn_reader_init (&reader, data, size);
  while (pn_reader_left (&reader) >= 2)
    {
      const guint8 *at = reader.data + reader.position;
      guint8 length = at[0];

      if (length < 2 || !pn_reader_skip (&reader, length))
        break;
      if (at[1] == 4 && length >= 9 && at[3] == 0)
        {
          /* With one interface that one; with two the second, the first being mass storage. */
          chosen = !done && at[2] == (self->n_interfaces == 1 ? 0 : 1);
          if (chosen)
            {
              self->interface_number = at[2];
              self->interface_class = at[5];
              self->interface_subclass = at[6];
              self->interface_protocol = at[7];
              done = TRUE;
            }
        }
      else if (at[1] == 5 && length >= 7 && chosen && (at[3] & 3) == 2)
        {
          if ((at[2] & 0x80) != 0 && self->endpoint_in == 0)
            self->endpoint_in = at[2];
          else if ((at[2] & 0x80) == 0 && self->endpoint_out == 0)
            {
              self->endpoint_out = at[2];
              self->max_packet_out = pn_peek_le16 (at + 4) & 0x7ff;
            }
        }
    }
  if (self->endpoint_out != 0 && self->endpoint_in != 0)
    return TRUE;
  pn_set_error (error, PN_ERROR_PROTOCOL,
                "The device has no interface with a pair of bulk endpoints");
  return FALSE;
}

static void
pn_transport_finalize (GObject *object)
{
  PnTransportPrivate *private = pn_transport_get_instance_private (PN_TRANSPORT (object));

  g_clear_pointer (&private->identity, pn_identity_free);
  G_OBJECT_CLASS (pn_transport_parent_class)->finalize (object);
}

static void
pn_transport_class_init (PnTransportClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = pn_transport_finalize;
}

static void
pn_transport_init (PnTransport *self)
{
}

/* Strings of a device end up on terminals and in records. */
static void
make_harmless (char *text, gboolean ascii)
{
  for (; text != NULL && *text != '\0'; text++)
    if (g_ascii_iscntrl (*text) || (ascii && !g_ascii_isprint (*text)))
      *text = '?';
}

PnIdentity *
pn_transport_take_identity (PnTransport *self, PnIdentity *identity)
{
  PnTransportPrivate *private = pn_transport_get_instance_private (self);

  make_harmless (identity->manufacturer, FALSE);
  make_harmless (identity->product_name, FALSE);
  make_harmless (identity->serial, TRUE);
  private->identity = identity;
  return identity;
}

const PnIdentity *
pn_transport_get_identity (PnTransport *self)
{
  PnTransportPrivate *private = pn_transport_get_instance_private (self);

  return private->identity;
}

gssize
pn_transport_control (PnTransport *self,
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
  return PN_TRANSPORT_GET_CLASS (self)->control (self, request_type, request, value, index, data,
                                                 length, timeout, cancellable, error);
}

gssize
pn_transport_bulk_in (PnTransport *self,
                      guint8 *buffer,
                      gsize size,
                      guint timeout,
                      GCancellable *cancellable,
                      GError **error)
{
  return PN_TRANSPORT_GET_CLASS (self)->bulk_in (self, buffer, size, timeout, cancellable, error);
}

gboolean
pn_transport_bulk_out (PnTransport *self,
                       guint64 total,
                       gsize chunk,
                       PnTransportSource source,
                       PnTransportProgress progress,
                       gpointer user_data,
                       guint timeout,
                       GCancellable *cancellable,
                       GError **error)
{
  return PN_TRANSPORT_GET_CLASS (self)->bulk_out (self, total, chunk, source, progress, user_data,
                                                  timeout, cancellable, error);
}

gssize
pn_transport_memory_read (guint8 *buffer, gsize size, gpointer memory, GError **error)
{
  PnTransportMemory *self = memory;
  gsize count = MIN (size, self->left);

  memcpy (buffer, self->data, count);
  self->data += count;
  self->left -= count;
  return (gssize) count;
}

gboolean
pn_transport_bulk_out_bytes (PnTransport *self,
                             const guint8 *data,
                             gsize size,
                             gsize chunk,
                             guint timeout,
                             GCancellable *cancellable,
                             GError **error)
{
  PnTransportMemory memory = { data, size };

  return pn_transport_bulk_out (self, size, chunk, pn_transport_memory_read, NULL, &memory, timeout,
                                cancellable, error);
}
