/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "pn-fastboot-link.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>

#include "pn-bytes.h"
#include "pn-fastboot.h"
#include "pn-io.h"

#define USB_CHUNK (256 * 1024) /* a multiple of every max packet size; fastboot.md §2.3 */
#define USB_IN_SIZE 1024
#define TCP_CHUNK (1024 * 1024)
#define HANDSHAKE "FB01"
#define FRAME_HEADER 8
#define MAX_EMPTY 64 /* frames or packets without content, one after the other */

struct _PnFastbootLink
{
  PnTransport *transport; /* USB */
  int fd;                 /* TCP */
  guint64 frame_left;     /* bytes of the incoming frame not read yet */
};

PnFastbootLink *
pn_fastboot_link_new_usb (PnTransport *transport)
{
  PnFastbootLink *self = g_new0 (PnFastbootLink, 1);

  self->transport = g_object_ref (transport);
  self->fd = -1;
  return self;
}

void
pn_fastboot_link_free (PnFastbootLink *self)
{
  g_clear_object (&self->transport);
  if (self->fd >= 0)
    pn_fd_close (self->fd);
  g_free (self);
}

void
pn_fastboot_link_abandon (PnFastbootLink *self)
{
  struct linger at_once = { .l_onoff = 1 };

  if (self->fd >= 0)
    (void) setsockopt (self->fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
  pn_fastboot_link_free (self);
}

gboolean
pn_fastboot_link_is_usb (PnFastbootLink *self)
{
  return self->transport != NULL;
}

static gboolean
wait_stream (
    PnFastbootLink *self, short events, guint timeout, GCancellable *cancellable, GError **error)
{
  GPollFD stop = { .fd = -1 };
  struct pollfd waiting[2] = { { .fd = self->fd, .events = events }, { .fd = -1 } };
  int ready;

  if (cancellable != NULL && g_cancellable_make_pollfd (cancellable, &stop))
    {
      waiting[1].fd = stop.fd;
      waiting[1].events = POLLIN;
    }
  do
    ready = poll (waiting, 2, (int) timeout);
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

static gboolean
closed (GError **error)
{
  pn_set_error (error, PN_ERROR_DISCONNECTED, "The device closed the connection");
  return FALSE;
}

/* A gadget that sends a frame's header and its text one by one waits for the first to be
 * acknowledged: at once here, not after the 40 ms that Linux may take. The option is not lasting
 * (tcp(7)); on a socket that is not TCP it does nothing. */
static void
acknowledge_at_once (int fd)
{
  int one = 1;

  (void) setsockopt (fd, IPPROTO_TCP, TCP_QUICKACK, &one, sizeof one);
}

static gboolean
stream_read (PnFastbootLink *self,
             guint8 *buffer,
             gsize size,
             guint timeout,
             GCancellable *cancellable,
             GError **error)
{
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
          acknowledge_at_once (self->fd);
          if (!wait_stream (self, POLLIN, timeout, cancellable, error))
            return FALSE;
        }
      else
        return closed (error);
    }
  return TRUE;
}

static gboolean
stream_write (PnFastbootLink *self,
              const guint8 *data,
              gsize size,
              guint timeout,
              GCancellable *cancellable,
              GError **error)
{
  while (size > 0)
    {
      gssize put = send (self->fd, data, size, MSG_NOSIGNAL | MSG_DONTWAIT);

      if (put > 0)
        {
          data += put;
          size -= (gsize) put;
        }
      else if (put < 0 && errno == EINTR)
        continue;
      else if (put < 0 && errno == EAGAIN)
        {
          if (!wait_stream (self, POLLOUT, timeout, cancellable, error))
            return FALSE;
        }
      else
        return closed (error);
    }
  return TRUE;
}

PnFastbootLink *
pn_fastboot_link_new_stream (int fd, guint timeout, GCancellable *cancellable, GError **error)
{
  PnFastbootLink *self = g_new0 (PnFastbootLink, 1);
  guint8 answer[4];
  int one = 1;

  self->fd = fd;
  /* A command is not held back for the acknowledgement of the one before it. */
  (void) setsockopt (fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
  if (stream_write (self, (const guint8 *) HANDSHAKE, 4, timeout, cancellable, error) &&
      stream_read (self, answer, sizeof answer, timeout, cancellable, error))
    {
      if (answer[0] == 'F' && answer[1] == 'B' && g_ascii_isdigit (answer[2]) &&
          g_ascii_isdigit (answer[3]) && (answer[2] != '0' || answer[3] != '0'))
        return self;
      pn_set_error (error, PN_ERROR_PROTOCOL, "What answers there does not speak fastboot");
    }
  pn_fastboot_link_free (self);
  return NULL;
}

gboolean
pn_fastboot_link_send (PnFastbootLink *self,
                       const char *message,
                       guint timeout,
                       GCancellable *cancellable,
                       GError **error)
{
  gsize size = strlen (message);
  g_autofree guint8 *frame = NULL;

  if (self->transport != NULL)
    return pn_transport_bulk_out_bytes (self->transport, (const guint8 *) message, size, USB_CHUNK,
                                        timeout, cancellable, error);
  frame = g_malloc (FRAME_HEADER + size);
  pn_poke_be64 (frame, size);
  memcpy (frame + FRAME_HEADER, message, size);
  return stream_write (self, frame, FRAME_HEADER + size, timeout, cancellable, error);
}

static gboolean
nothing_but_empty (GError **error)
{
  pn_set_error (error, PN_ERROR_PROTOCOL, "The device sends empty messages without end");
  return FALSE;
}

gboolean
pn_frame_parse (const guint8 *header, guint64 *size, GError **error)
{
  *size = pn_peek_be64 (header);
  if (*size <= PN_FASTBOOT_MAX_DOWNLOAD)
    return TRUE;
  return pn_set_error (error, PN_ERROR_PROTOCOL, "The device announces a message of %s bytes",
                       PN_NUMBER (*size));
}

/* Sets frame_left to the size of the next frame that is not empty. */
static gboolean
next_frame (PnFastbootLink *self, guint timeout, GCancellable *cancellable, GError **error)
{
  for (guint i = 0; self->frame_left == 0 && i < MAX_EMPTY; i++)
    {
      guint8 header[FRAME_HEADER];

      if (!stream_read (self, header, sizeof header, timeout, cancellable, error) ||
          !pn_frame_parse (header, &self->frame_left, error))
        return FALSE;
    }
  return self->frame_left > 0 || nothing_but_empty (error);
}

gssize
pn_fastboot_link_receive (PnFastbootLink *self,
                          guint8 *buffer,
                          gsize size,
                          guint timeout,
                          GCancellable *cancellable,
                          GError **error)
{
  guint8 packet[USB_IN_SIZE];
  guint64 count;
  gssize got;

  if (self->transport == NULL)
    {
      if (!next_frame (self, timeout, cancellable, error))
        return -1;
      count = self->frame_left;
      if (count > size)
        {
          pn_set_error (error, PN_ERROR_PROTOCOL, "The device's reply is too long");
          return -1;
        }
      if (!stream_read (self, buffer, (gsize) count, timeout, cancellable, error))
        return -1;
      self->frame_left = 0;
      return (gssize) count;
    }
  /* A whole packet's room, or the device drops off the bus. */
  got = pn_transport_bulk_in (self->transport, packet, sizeof packet, timeout, cancellable, error);
  if (got > (gssize) size)
    {
      pn_set_error (error, PN_ERROR_PROTOCOL, "The device's reply is too long");
      return -1;
    }
  if (got > 0)
    memcpy (buffer, packet, (gsize) got);
  return got;
}

gboolean
pn_fastboot_link_send_data (PnFastbootLink *self,
                            guint64 total,
                            PnTransportSource source,
                            PnTransportProgress progress,
                            gpointer user_data,
                            guint timeout,
                            GCancellable *cancellable,
                            GError **error)
{
  g_autofree guint8 *buffer = NULL;
  guint8 header[FRAME_HEADER];
  guint64 sent = 0;

  if (self->transport != NULL)
    return pn_transport_bulk_out (self->transport, total, USB_CHUNK, source, progress, user_data,
                                  timeout, cancellable, error);
  /* One frame for all: the count is known. */
  pn_poke_be64 (header, total);
  if (!stream_write (self, header, sizeof header, timeout, cancellable, error))
    return FALSE;
  buffer = g_malloc (TCP_CHUNK);
  while (sent < total)
    {
      gsize count = (gsize) MIN (total - sent, TCP_CHUNK);
      gssize got = source (buffer, count, user_data, error);

      if (got >= 0 && (gsize) got != count)
        pn_set_error (error, PN_ERROR_IO, "The data ended too early");
      if (got < 0 || (gsize) got != count)
        {
          /* Nothing else ends the frame: the rest would be executed as a command. */
          (void) shutdown (self->fd, SHUT_RDWR);
          return FALSE;
        }
      if (!stream_write (self, buffer, count, timeout, cancellable, error))
        return FALSE;
      sent += count;
      if (progress != NULL)
        progress (sent, user_data);
    }
  return TRUE;
}

gboolean
pn_fastboot_link_receive_data (PnFastbootLink *self,
                               guint8 *buffer,
                               gsize size,
                               guint timeout,
                               GCancellable *cancellable,
                               GError **error)
{
  guint empty = 0;

  while (size > 0)
    {
      gssize got;

      if (self->transport == NULL)
        {
          got = -1;
          if (next_frame (self, timeout, cancellable, error))
            {
              gsize count = (gsize) MIN (size, self->frame_left);

              if (stream_read (self, buffer, count, timeout, cancellable, error))
                {
                  self->frame_left -= count;
                  got = (gssize) count;
                }
            }
        }
      else
        got = pn_transport_bulk_in (self->transport, buffer, MIN (size, USB_CHUNK), timeout,
                                    cancellable, error);
      if (got < 0)
        return FALSE;
      empty = got == 0 ? empty + 1 : 0;
      if (empty > MAX_EMPTY)
        return nothing_but_empty (error);
      buffer += got;
      size -= (gsize) got;
    }
  return TRUE;
}
