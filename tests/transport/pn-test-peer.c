/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "pn-test-peer.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>

#include "pn-bytes.h"
#include "pn-io.h"
#include "pn-vusb.h"

static gpointer
peer_thread (gpointer data)
{
  PnTestPeer *self = data;

  self->script (self, self->user_data);
  (void) shutdown (self->fd, SHUT_RDWR);
  return NULL;
}

PnTestPeer *
pn_test_peer_start (void (*script) (gpointer peer, gpointer user_data),
                    gpointer user_data,
                    guint64 budget,
                    int *host_fd)
{
  PnTestPeer *self = g_new0 (PnTestPeer, 1);
  int pair[2];

  g_assert_cmpint (socketpair (AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair), ==, 0);
  self->fd = pair[0];
  *host_fd = pair[1];
  self->budget = budget;
  self->script = script;
  self->user_data = user_data;
  self->thread = g_thread_new ("peer", peer_thread, self);
  return self;
}

guint64
pn_test_peer_finish (PnTestPeer *self)
{
  guint64 said;

  g_thread_join (self->thread);
  said = self->said;
  pn_fd_close (self->fd);
  g_free (self);
  return said;
}

gboolean
pn_test_peer_say (PnTestPeer *self, gconstpointer data, gsize size)
{
  const guint8 *at = data;
  gsize left = (gsize) MIN (size, self->budget);
  gboolean cut = left < size;

  while (left > 0)
    {
      gssize put = send (self->fd, at, left, MSG_NOSIGNAL);

      if (put < 0 && errno == EINTR)
        continue;
      if (put < 0)
        return FALSE;
      at += put;
      left -= (gsize) put;
      self->budget -= (guint64) put;
      self->said += (guint64) put;
    }
  if (cut)
    (void) shutdown (self->fd, SHUT_RDWR);
  return !cut;
}

gboolean
pn_test_peer_hear (PnTestPeer *self, gpointer data, gsize size)
{
  guint8 *at = data;

  while (size > 0)
    {
      gssize got = recv (self->fd, at, size, 0);

      if (got < 0 && errno == EINTR)
        continue;
      if (got <= 0)
        return FALSE;
      at += got;
      size -= (gsize) got;
    }
  return TRUE;
}

void
pn_test_peer_be_silent (PnTestPeer *self)
{
  guint8 byte;

  while (pn_test_peer_hear (self, &byte, 1))
    ;
}

static void
write_string (GByteArray *out, const char *text)
{
  pn_write_le16 (out, (guint16) strlen (text));
  pn_write_string (out, text);
}

GByteArray *
pn_test_identity (gboolean gadget, const char *serial)
{
  static const guint8 configuration[] = {
    9, 2, 32, 0, 1,    1, 0, 0xc0, 0x32, 9, 4, 0,    0, 2, 0xff, 0,
    0, 0, 7,  5, 0x82, 2, 0, 2,    0,    7, 5, 0x01, 2, 0, 2,    0,
  };
  guint8 device[18] = { 18, 1, 0, 2, 0, 0, 0, 64 };
  GByteArray *out = g_byte_array_new ();

  pn_poke_le16 (device + 8, gadget ? 0x18d1 : 0x0a5c);
  pn_poke_le16 (device + 10, gadget ? 0x4e40 : 0x2712);
  device[16] = 4;
  pn_write_le32 (out, 0);
  g_byte_array_append (out, device, sizeof device);
  pn_write_le16 (out, sizeof configuration);
  g_byte_array_append (out, configuration, sizeof configuration);
  if (gadget)
    {
      guint8 *interface = out->data + out->len - sizeof configuration + 9;

      interface[6] = 0x42;
      interface[7] = 0x03;
    }
  write_string (out, gadget ? "Raspberry Pi" : "Broadcom");
  write_string (out, "a device");
  write_string (out, serial);
  pn_poke_le32 (out->data, out->len - 4);
  return out;
}

gboolean
pn_test_peer_introduce (PnTestPeer *self, gboolean gadget)
{
  g_autoptr (GByteArray) identity = pn_test_identity (gadget, "0123abcd");

  return pn_test_peer_say (self, identity->data, identity->len);
}

gboolean
pn_test_peer_next (PnTestPeer *self, PnTestTransfer *transfer)
{
  guint8 header[24];

  for (;;)
    {
      if (!pn_test_peer_hear (self, header, 8))
        return FALSE;
      if (pn_peek_le32 (header) != PN_VUSB_CANCEL)
        break;
      self->cancelled++;
    }
  g_assert_cmpuint (pn_peek_le32 (header), ==, PN_VUSB_SUBMIT);
  if (!pn_test_peer_hear (self, header + 8, 16))
    return FALSE;
  transfer->id = pn_peek_le32 (header + 4);
  transfer->endpoint = (guint8) pn_peek_le32 (header + 8);
  transfer->length = pn_peek_le32 (header + 12);
  memcpy (transfer->setup, header + 16, 8);
  transfer->data = NULL;
  g_assert_cmpuint (transfer->length, <=, PN_VUSB_MAX_TRANSFER);
  if (((transfer->endpoint == 0 ? transfer->setup[0] : transfer->endpoint) & 0x80) != 0)
    return TRUE;
  transfer->data = g_malloc (transfer->length + 1);
  if (pn_test_peer_hear (self, transfer->data, transfer->length))
    return TRUE;
  pn_test_transfer_clear (transfer);
  return FALSE;
}

void
pn_test_transfer_clear (PnTestTransfer *transfer)
{
  g_clear_pointer (&transfer->data, g_free);
}

gboolean
pn_test_peer_say_words (PnTestPeer *self, guint32 kind, guint32 id, guint32 status, guint32 actual)
{
  guint8 header[16];

  pn_poke_le32 (header, kind);
  pn_poke_le32 (header + 4, id);
  pn_poke_le32 (header + 8, status);
  pn_poke_le32 (header + 12, actual);
  return pn_test_peer_say (self, header, sizeof header);
}

gboolean
pn_test_peer_complete (PnTestPeer *self,
                       const PnTestTransfer *transfer,
                       int status,
                       gconstpointer data,
                       guint32 actual)
{
  return pn_test_peer_say_words (self, PN_VUSB_COMPLETE, transfer->id, (guint32) status, actual) &&
         (data == NULL || pn_test_peer_say (self, data, actual));
}

guint
pn_test_count_fds (void)
{
  g_autoptr (GDir) dir = g_dir_open ("/proc/self/fd", 0, NULL);
  guint n = 0;

  g_assert_nonnull (dir);
  while (g_dir_read_name (dir) != NULL)
    n++;
  return n;
}
