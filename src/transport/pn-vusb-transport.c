/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A transport over the socket of a virtual device. Bulk data is pipelined: several transfers are on
 * the socket before the first is completed, so that both sides keep working. */
#include "config.h"

#include "pn-vusb-transport.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>

#include "pn-bytes.h"
#include "pn-io.h"
#include "pn-transport-private.h"
#include "pn-vusb.h"

#define IN_FLIGHT 8
#define SUBMIT_SIZE 24
#define COMPLETE_SIZE 16
#define IDENTITY_TIMEOUT 5000 /* ms */
#define MAX_ERRNO 4096        /* as in the kernel */
#define CANCEL_TIMEOUT 1000   /* ms until a cancelled transfer has to be back */
#define SOCKET_BUFFER (4 * 1024 * 1024)

struct _PnVusbTransport
{
  PnTransport parent_instance;
  int fd;
  guint32 next_id;
};

G_DEFINE_FINAL_TYPE (PnVusbTransport, pn_vusb_transport, PN_TYPE_TRANSPORT)

typedef struct
{
  guint32 id;
  gint32 status;
  guint32 actual;
} Completion;

static gboolean
gone (GError **error)
{
  pn_set_error (error, PN_ERROR_DISCONNECTED, "The device left the bus");
  return FALSE;
}

/* Host and device are out of step: nothing that comes later would mean what it says. Every later
 * transfer finds that the device has left. */
static void
break_off (PnVusbTransport *self)
{
  (void) shutdown (self->fd, SHUT_RDWR);
}

static gboolean
broken_protocol (PnVusbTransport *self, GError **error)
{
  break_off (self);
  pn_set_error (error, PN_ERROR_PROTOCOL, "The virtual device broke its protocol");
  return FALSE;
}

static gint64
deadline_after (guint timeout)
{
  return g_get_monotonic_time () + timeout * G_TIME_SPAN_MILLISECOND;
}

/* Waits for @events; TIMED_OUT at @deadline (monotonic). */
static gboolean
wait_socket (
    PnVusbTransport *self, short events, gint64 deadline, GCancellable *cancellable, GError **error)
{
  gint64 left = (deadline - g_get_monotonic_time ()) / G_TIME_SPAN_MILLISECOND;
  GPollFD stop = { .fd = -1 };
  struct pollfd waiting[2] = { { .fd = self->fd, .events = events }, { .fd = -1 } };
  int ready;

  if (cancellable != NULL && g_cancellable_make_pollfd (cancellable, &stop))
    {
      waiting[1].fd = stop.fd;
      waiting[1].events = POLLIN;
    }
  do
    ready = poll (waiting, 2, (int) CLAMP (left, 0, G_MAXINT));
  while (ready < 0 && errno == EINTR);
  if (stop.fd >= 0)
    g_cancellable_release_fd (cancellable);
  if (g_cancellable_set_error_if_cancelled (cancellable, error))
    return FALSE;
  if (ready > 0)
    return TRUE;
  pn_set_error (error, PN_ERROR_TIMED_OUT, "The device did not answer in time");
  return FALSE;
}

/* All of it until @deadline, or nothing: what was read in part cannot be given back. */
static gboolean
read_exactly (PnVusbTransport *self,
              guint8 *buffer,
              gsize size,
              gint64 deadline,
              GCancellable *cancellable,
              GError **error)
{
  const guint8 *start = buffer;

  while (size > 0)
    {
      gssize got = recv (self->fd, buffer, size, MSG_DONTWAIT);

      if (got > 0)
        {
          buffer += got;
          size -= (gsize) got;
        }
      else if (got < 0 && errno == EINTR)
        continue;
      else if (got < 0 && errno == EAGAIN)
        {
          if (!wait_socket (self, POLLIN, deadline, cancellable, error))
            {
              if (buffer != start)
                break_off (self);
              return FALSE;
            }
        }
      else
        return gone (error);
    }
  return TRUE;
}

static gboolean
write_parts (PnVusbTransport *self,
             struct iovec *parts,
             int n_parts,
             guint timeout,
             GCancellable *cancellable,
             GError **error)
{
  gboolean begun = FALSE;

  while (n_parts > 0)
    {
      struct msghdr header = { .msg_iov = parts, .msg_iovlen = (size_t) n_parts };
      gssize put = sendmsg (self->fd, &header, MSG_NOSIGNAL | MSG_DONTWAIT);

      if (put < 0 && errno == EINTR)
        continue;
      if (put < 0 && errno == EAGAIN)
        {
          if (!wait_socket (self, POLLOUT, deadline_after (timeout), cancellable, error))
            {
              if (begun)
                break_off (self);
              return FALSE;
            }
          continue;
        }
      if (put < 0)
        return gone (error);
      begun = TRUE;
      pn_skip_parts (&parts, &n_parts, (gsize) put);
    }
  return TRUE;
}

static gboolean
submit (PnVusbTransport *self,
        guint8 endpoint,
        const guint8 *setup,
        const guint8 *data,
        gsize length,
        guint32 *id,
        guint timeout,
        GCancellable *cancellable,
        GError **error)
{
  guint8 header[SUBMIT_SIZE] = { 0 };
  struct iovec parts[2] = { { header, sizeof header }, { (gpointer) data, length } };

  *id = self->next_id++;
  pn_poke_le32 (header, PN_VUSB_SUBMIT);
  pn_poke_le32 (header + 4, *id);
  pn_poke_le32 (header + 8, endpoint);
  pn_poke_le32 (header + 12, (guint32) length);
  if (setup != NULL)
    memcpy (header + 16, setup, 8);
  return write_parts (self, parts, data != NULL && length > 0 ? 2 : 1, timeout, cancellable, error);
}

/* The next completion, which has to be of one of the @n transfers from @first on; data of an IN
 * transfer goes to @buffer. */
static gboolean
complete (PnVusbTransport *self,
          guint32 first,
          guint n,
          Completion *completion,
          guint8 *buffer,
          gsize size,
          gboolean in,
          guint timeout,
          GCancellable *cancellable,
          GError **error)
{
  gint64 deadline = deadline_after (timeout);
  guint8 header[COMPLETE_SIZE];

  if (!read_exactly (self, header, sizeof header, deadline, cancellable, error))
    return FALSE;
  completion->id = pn_peek_le32 (header + 4);
  completion->status = (gint32) pn_peek_le32 (header + 8);
  completion->actual = pn_peek_le32 (header + 12);
  if (pn_peek_le32 (header) != PN_VUSB_COMPLETE || completion->id - first >= n ||
      completion->actual > size)
    return broken_protocol (self, error);
  if (!in || completion->actual == 0 ||
      read_exactly (self, buffer, completion->actual, deadline, cancellable, error))
    return TRUE;
  break_off (self);
  return FALSE;
}

static gboolean
status_error (gint32 status, GError **error)
{
  if (status == 0)
    return TRUE;
  if (status == -ENODEV || status == -ESHUTDOWN)
    return gone (error);
  pn_set_error (error, PN_ERROR_PROTOCOL, "A transfer to the device failed: %s",
                status < 0 && status > -MAX_ERRNO ? g_strerror (-status) : "unknown status");
  return FALSE;
}

/* Takes back a transfer that nobody waits for any more, so that the next completion is the next
 * transfer's. The original error stays. */
static void
cancel_transfer (PnVusbTransport *self,
                 guint32 id,
                 guint8 *buffer,
                 gsize size,
                 gboolean in,
                 Completion *completion)
{
  guint8 message[8];
  struct iovec part = { message, sizeof message };

  pn_poke_le32 (message, PN_VUSB_CANCEL);
  pn_poke_le32 (message + 4, id);
  if (!write_parts (self, &part, 1, CANCEL_TIMEOUT, NULL, NULL) ||
      !complete (self, id, 1, completion, buffer, size, in, CANCEL_TIMEOUT, NULL, NULL))
    {
      completion->status = -ECANCELED;
      break_off (self);
    }
}

/* The same for the @n OUT transfers from @first on, whose completions may cross. */
static void
cancel_transfers (PnVusbTransport *self, guint32 first, guint n, gsize size)
{
  Completion completion;
  guint8 message[8];

  pn_poke_le32 (message, PN_VUSB_CANCEL);
  for (guint i = 0; i < n; i++)
    {
      struct iovec part = { message, sizeof message };

      pn_poke_le32 (message + 4, first + i);
      if (!write_parts (self, &part, 1, CANCEL_TIMEOUT, NULL, NULL))
        break_off (self);
    }
  for (guint i = 0; i < n; i++)
    if (!complete (self, first, n, &completion, NULL, size, FALSE, CANCEL_TIMEOUT, NULL, NULL))
      {
        break_off (self);
        break;
      }
}

static gssize
pn_vusb_transport_control (PnTransport *transport,
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
  PnVusbTransport *self = PN_VUSB_TRANSPORT (transport);
  gboolean in = (request_type & 0x80) != 0;
  guint8 setup[8] = { request_type, request };
  Completion completion = { 0 };
  g_autoptr (GError) local = NULL;
  guint32 id;

  pn_poke_le16 (setup + 2, value);
  pn_poke_le16 (setup + 4, index);
  pn_poke_le16 (setup + 6, length);
  if (!submit (self, 0, setup, in ? NULL : data, length, &id, timeout, cancellable, error))
    return -1;
  if (!complete (self, id, 1, &completion, data, length, in, timeout, cancellable, &local))
    {
      Completion late = { .status = -ECANCELED };

      if (!g_error_matches (local, PN_ERROR, PN_ERROR_DISCONNECTED))
        cancel_transfer (self, id, data, length, in, &late);
      /* The answer crossed the cancellation: it counts, or a message would be lost. */
      if (late.status == 0 && in && late.actual == length)
        return (gssize) late.actual;
      g_propagate_error (error, g_steal_pointer (&local));
      return -1;
    }
  return status_error (completion.status, error) ? (gssize) completion.actual : -1;
}

static gssize
pn_vusb_transport_bulk_in (PnTransport *transport,
                           guint8 *buffer,
                           gsize size,
                           guint timeout,
                           GCancellable *cancellable,
                           GError **error)
{
  PnVusbTransport *self = PN_VUSB_TRANSPORT (transport);
  guint8 endpoint = pn_transport_get_identity (transport)->endpoint_in;
  Completion completion = { 0 };
  g_autoptr (GError) local = NULL;
  guint32 id;

  if (!submit (self, endpoint, NULL, NULL, size, &id, timeout, cancellable, error))
    return -1;
  if (!complete (self, id, 1, &completion, buffer, size, TRUE, timeout, cancellable, &local))
    {
      Completion late = { .status = -ECANCELED };

      if (!g_error_matches (local, PN_ERROR, PN_ERROR_DISCONNECTED))
        cancel_transfer (self, id, buffer, size, TRUE, &late);
      if (late.status == 0)
        return (gssize) late.actual;
      g_propagate_error (error, g_steal_pointer (&local));
      return -1;
    }
  return status_error (completion.status, error) ? (gssize) completion.actual : -1;
}

/* What is under way of one pn_transport_bulk_out (). */
typedef struct
{
  guint8 *buffer;
  gsize chunk;
  guint64 left;         /* bytes not submitted yet */
  guint64 acknowledged; /* bytes */
  guint in_flight;
} Sending;

static gboolean
submit_next (PnVusbTransport *self,
             Sending *sending,
             PnTransportSource source,
             gpointer user_data,
             guint timeout,
             GCancellable *cancellable,
             GError **error)
{
  guint8 endpoint = pn_transport_get_identity (PN_TRANSPORT (self))->endpoint_out;
  gsize count = (gsize) MIN (sending->left, sending->chunk);
  gssize got = source (sending->buffer, count, user_data, error);
  guint32 id;

  if (got < 0)
    return FALSE;
  if ((gsize) got != count)
    {
      pn_set_error (error, PN_ERROR_IO, "The data ended too early");
      return FALSE;
    }
  if (!submit (self, endpoint, NULL, sending->buffer, count, &id, timeout, cancellable, error))
    return FALSE;
  sending->left -= count;
  sending->in_flight++;
  return TRUE;
}

static gboolean
complete_one (PnVusbTransport *self,
              Sending *sending,
              guint64 total,
              guint timeout,
              GCancellable *cancellable,
              GError **error)
{
  guint32 first = self->next_id - sending->in_flight;
  guint64 submitted = total - sending->left;
  Completion completion;
  gsize expected = sending->chunk;

  if (!complete (self, first, sending->in_flight, &completion, NULL, sending->chunk, FALSE, timeout,
                 cancellable, error))
    return FALSE;
  sending->in_flight--;
  if (!status_error (completion.status, error))
    return FALSE;
  if (completion.id == self->next_id - 1 && submitted % sending->chunk != 0)
    expected = (gsize) (submitted % sending->chunk);
  if (completion.actual != expected)
    return broken_protocol (self, error); /* a short OUT transfer is none */
  sending->acknowledged += completion.actual;
  return TRUE;
}

static gboolean
pn_vusb_transport_bulk_out (PnTransport *transport,
                            guint64 total,
                            gsize chunk,
                            PnTransportSource source,
                            PnTransportProgress progress,
                            gpointer user_data,
                            guint timeout,
                            GCancellable *cancellable,
                            GError **error)
{
  PnVusbTransport *self = PN_VUSB_TRANSPORT (transport);
  gsize size = MIN (chunk, PN_VUSB_MAX_TRANSFER);
  g_autofree guint8 *buffer = g_malloc (MIN (size, MAX (total, 1)));
  Sending sending = { buffer, size, total };
  gboolean fine = TRUE;

  while (fine && (sending.left > 0 || sending.in_flight > 0))
    if (sending.left > 0 && sending.in_flight < IN_FLIGHT)
      fine = submit_next (self, &sending, source, user_data, timeout, cancellable, error);
    else
      {
        fine = complete_one (self, &sending, total, timeout, cancellable, error);
        if (fine && progress != NULL)
          progress (sending.acknowledged, user_data);
      }
  if (!fine && sending.in_flight > 0)
    cancel_transfers (self, self->next_id - sending.in_flight, sending.in_flight, size);
  return fine;
}

static void
pn_vusb_transport_finalize (GObject *object)
{
  PnVusbTransport *self = PN_VUSB_TRANSPORT (object);

  if (self->fd >= 0)
    pn_fd_close (self->fd);
  G_OBJECT_CLASS (pn_vusb_transport_parent_class)->finalize (object);
}

static void
pn_vusb_transport_class_init (PnVusbTransportClass *klass)
{
  PnTransportClass *transport_class = PN_TRANSPORT_CLASS (klass);

  G_OBJECT_CLASS (klass)->finalize = pn_vusb_transport_finalize;
  transport_class->control = pn_vusb_transport_control;
  transport_class->bulk_in = pn_vusb_transport_bulk_in;
  transport_class->bulk_out = pn_vusb_transport_bulk_out;
}

static void
pn_vusb_transport_init (PnVusbTransport *self)
{
  self->fd = -1;
}

static char *
read_string (PnReader *reader)
{
  guint16 length;
  g_autofree char *raw = NULL;

  if (!pn_reader_le16 (reader, &length) || (raw = pn_reader_string (reader, length)) == NULL)
    return NULL;
  return g_utf8_make_valid (raw, -1);
}

/* The identity blob of pn-vusb.h. Pure. */
static PnIdentity *
parse_identity (const guint8 *data, gsize size, GError **error)
{
  g_autoptr (PnIdentity) identity = g_new0 (PnIdentity, 1);
  const guint8 *device, *configuration;
  guint16 length;
  PnReader reader;

  pn_reader_init (&reader, data, size);
  device = pn_reader_take (&reader, 18);
  if (device == NULL || !pn_reader_le16 (&reader, &length) ||
      (configuration = pn_reader_take (&reader, length)) == NULL ||
      (identity->manufacturer = read_string (&reader)) == NULL ||
      (identity->product_name = read_string (&reader)) == NULL ||
      (identity->serial = read_string (&reader)) == NULL)
    {
      pn_set_error (error, PN_ERROR_PROTOCOL, "The virtual device's identity is malformed");
      return NULL;
    }
  if (!pn_identity_parse_device (identity, device, 18, error) ||
      !pn_identity_parse_configuration (identity, configuration, length, error))
    return NULL;
  return g_steal_pointer (&identity);
}

char *
pn_vusb_transport_peek_serial (int fd)
{
  g_autoptr (PnIdentity) identity = NULL;
  guint8 data[4 + PN_VUSB_MAX_IDENTITY];
  gssize got = recv (fd, data, sizeof data, MSG_PEEK | MSG_DONTWAIT);
  guint32 size;

  if (got < 4)
    return NULL;
  size = pn_peek_le32 (data);
  if (size <= (gsize) got - 4)
    identity = parse_identity (data + 4, size, NULL);
  return identity != NULL ? g_strdup (identity->serial) : NULL;
}

PnTransport *
pn_vusb_transport_new (int fd, GCancellable *cancellable, GError **error)
{
  g_autoptr (PnVusbTransport) self = g_object_new (PN_TYPE_VUSB_TRANSPORT, NULL);
  int buffer_size = SOCKET_BUFFER;
  gint64 deadline = deadline_after (IDENTITY_TIMEOUT);
  guint8 header[4];
  guint8 blob[PN_VUSB_MAX_IDENTITY];
  PnIdentity *identity;
  guint32 size;

  self->fd = fd;
  (void) setsockopt (fd, SOL_SOCKET, SO_SNDBUF, &buffer_size, sizeof buffer_size);
  if (!read_exactly (self, header, sizeof header, deadline, cancellable, error))
    return NULL;
  size = pn_peek_le32 (header);
  if (size > sizeof blob)
    {
      pn_set_error (error, PN_ERROR_PROTOCOL, "The virtual device's identity is too long");
      return NULL;
    }
  if (!read_exactly (self, blob, size, deadline, cancellable, error))
    return NULL;
  identity = parse_identity (blob, size, error);
  if (identity == NULL)
    return NULL;
  pn_transport_take_identity (PN_TRANSPORT (self), identity);
  return PN_TRANSPORT (g_steal_pointer (&self));
}
