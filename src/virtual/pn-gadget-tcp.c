/* SPDX-License-Identifier: GPL-3.0-or-later */
/* fastboot over TCP, the device's side (fastboot.md §3). */
#include "config.h"

#include "pn-gadget-private.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>

#include "pn-bytes.h"
#include "pn-io.h"

#define HANDSHAKE_MS 2000

typedef struct
{
  PnGadget *gadget;
  int fd;
  gboolean data_plane;
  guint64 frame_left; /* bytes of the incoming frame */
} Channel;

/* ---- a network that fails, where the dial says so ---- */

/* Bytes that may still come; 0 = the network is gone. */
static gsize
get_room (Channel *self, gboolean *stalls)
{
  PnGadgetFaults faults = pn_virtual_storage_get_faults (self->gadget->storage);
  guint64 limit;
  guint64 carried;

  *stalls = faults.network_stall_after > 0;
  limit = *stalls ? faults.network_stall_after : faults.network_cut_after;
  if (limit == 0 || !self->data_plane)
    return G_MAXSIZE;
  g_mutex_lock (&self->gadget->mutex);
  carried = self->gadget->carried;
  g_mutex_unlock (&self->gadget->mutex);
  return carried < limit ? (gsize) MIN (limit - carried, G_MAXSIZE) : 0;
}

static void
count (Channel *self, gsize size)
{
  g_mutex_lock (&self->gadget->mutex);
  if (self->data_plane)
    self->gadget->carried += size;
  g_mutex_unlock (&self->gadget->mutex);
}

/* Nothing comes any more, until the other side gives up or the power is gone; or it ends at once.
 */
static gboolean
lose (Channel *self, gboolean stalls)
{
  struct pollfd gone = { .fd = self->fd, .events = POLLRDHUP };

  if (stalls)
    while (poll (&gone, 1, -1) < 0 && errno == EINTR)
      ;
  (void) shutdown (self->fd, SHUT_RDWR);
  return FALSE;
}

static gboolean
receive (Channel *self, guint8 *buffer, gsize size)
{
  while (size > 0)
    {
      gboolean stalls;
      gsize room = get_room (self, &stalls);
      gssize got;

      if (room == 0)
        return lose (self, stalls);
      got = recv (self->fd, buffer, MIN (size, room), 0);
      if (got <= 0)
        return FALSE;
      count (self, (gsize) got);
      buffer += got;
      size -= (gsize) got;
    }
  return TRUE;
}

static gboolean
send_all (int fd, const guint8 *data, gsize size)
{
  while (size > 0)
    {
      gssize put = send (fd, data, size, MSG_NOSIGNAL);

      if (put <= 0)
        return FALSE;
      data += put;
      size -= (gsize) put;
    }
  return TRUE;
}

static gboolean
open_frame (Channel *self)
{
  while (self->frame_left == 0)
    {
      guint8 header[8];

      if (!receive (self, header, sizeof header))
        return FALSE;
      self->frame_left = pn_peek_be64 (header);
    }
  return TRUE;
}

static gboolean
read_command (gpointer channel, guint8 *buffer, gsize size, gsize *length)
{
  Channel *self = channel;

  if (!open_frame (self))
    return FALSE;
  *length = (gsize) MIN (size, self->frame_left);
  self->frame_left -= *length;
  return receive (self, buffer, *length);
}

static gboolean
read_data (gpointer channel, guint8 *buffer, gsize size)
{
  Channel *self = channel;

  while (size > 0)
    {
      gsize count;

      if (!open_frame (self))
        return FALSE;
      count = (gsize) MIN (size, self->frame_left);
      if (!receive (self, buffer, count))
        return FALSE;
      self->frame_left -= count;
      buffer += count;
      size -= count;
    }
  return TRUE;
}

static gboolean
write_message (gpointer channel, const guint8 *data, gsize size)
{
  Channel *self = channel;
  guint8 header[8];
  gboolean stalls;

  if (get_room (self, &stalls) == 0)
    return lose (self, stalls);
  pn_poke_be64 (header, size);
  return send_all (self->fd, header, sizeof header) && send_all (self->fd, data, size);
}

/* "FB" and a number of at least 1, within two seconds. */
gboolean
pn_gadget_shake_hands (int fd)
{
  struct timeval limit = { .tv_sec = HANDSHAKE_MS / 1000 };
  struct timeval none = { 0 };
  char greeting[5] = "";
  guint version = 0;

  (void) setsockopt (fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
  for (gsize done = 0; done < 4;)
    {
      gssize got = recv (fd, greeting + done, 4 - done, 0);

      if (got <= 0)
        return FALSE;
      done += (gsize) got;
    }
  (void) setsockopt (fd, SOL_SOCKET, SO_RCVTIMEO, &none, sizeof none);
  for (guint i = 2; i < 4; i++)
    {
      if (g_ascii_isdigit (greeting[i]))
        version = version * 10 + (guint) g_ascii_digit_value (greeting[i]);
      else if (i == 3 || (greeting[i] != ' ' && greeting[i] != '+'))
        return FALSE;
    }
  return strncmp (greeting, "FB", 2) == 0 && version >= 1 &&
         send_all (fd, (const guint8 *) "FB01", 4);
}

PnGadgetEnd
pn_gadget_serve_frames (PnGadget *self, int fd, gboolean data_plane)
{
  static const PnGadgetChannel channel = { read_command, read_data, write_message };
  Channel state = { self, fd, data_plane, 0 };

  return pn_gadget_serve (self, &channel, &state, data_plane);
}

PnGadgetEnd
pn_gadget_serve_tcp (PnGadget *self, int fd, gboolean data_plane)
{
  return pn_gadget_shake_hands (fd) ? pn_gadget_serve_frames (self, fd, data_plane)
                                    : PN_GADGET_END_CHANNEL;
}
