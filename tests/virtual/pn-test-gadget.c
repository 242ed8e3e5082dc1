/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "pn-test-gadget.h"

#include <arpa/inet.h>
#include <errno.h>
#include <glib/gstdio.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <string.h>
#include <sys/socket.h>

#include "pn-bytes.h"
#include "pn-io.h"

#define MIB ((guint64) 1024 * 1024)
#define REPLY_SIZE 256
#define WAIT_SECONDS 60 /* a hang fails the test instead of the run */

void
pn_test_gadget_set_up (PnTestGadget *self, gconstpointer data)
{
  static const PnTestGadgetSetting ordinary = { NULL, PN_STORAGE_EMMC, 64 * 1024 * 1024 };
  g_autoptr (GError) error = NULL;
  PnGadgetBoard board = {
    .chip = PN_CHIP_BCM2712,
    .model = (char *) "Raspberry Pi Compute Module 5 Rev 1.0",
    .serial = (char *) "0123456789abcdef",
    .board_revision = 0xc04180,
    .sdram_size = 8000000000,
    .mac = (char *) "2c:cf:67:00:3a:01",
  };

  self->setting = data != NULL ? data : &ordinary;
  self->fd = -1;
  board.data_plane = self->setting->data_plane;
  if (self->setting->key)
    board.device_key[31] = 7;
  self->folder = g_dir_make_tmp ("punnet-gadget-XXXXXX", &error);
  g_assert_no_error (error);
  self->path = g_build_filename (self->folder, "storage.img", NULL);
  self->storage = pn_virtual_storage_open (self->path, self->setting->kind, self->setting->size,
                                           "150100424a54443452fe0123456789ab\n", &error);
  g_assert_no_error (error);
  self->gadget = pn_gadget_new (&board, self->storage);
  pn_gadget_listen (self->gadget, NULL, 0, board.data_plane, NULL, &error);
  g_assert_no_error (error);
}

void
pn_test_gadget_hang_up (PnTestGadget *self)
{
  if (self->fd >= 0)
    pn_fd_close (self->fd);
  self->fd = -1;
}

void
pn_test_gadget_tear_down (PnTestGadget *self, gconstpointer data)
{
  pn_test_gadget_hang_up (self);
  pn_gadget_free (self->gadget);
  pn_virtual_storage_close (self->storage);
  (void) g_unlink (self->path);
  g_assert_cmpint (g_rmdir (self->folder), ==, 0);
  g_free (self->path);
  g_free (self->folder);
}

void
pn_test_gadget_dial (PnTestGadget *self)
{
  struct sockaddr_in address = { .sin_family = AF_INET };
  struct timeval limit = { .tv_sec = WAIT_SECONDS };
  int one = 1;

  pn_test_gadget_hang_up (self);
  address.sin_port = htons (pn_gadget_get_port (self->gadget));
  address.sin_addr.s_addr = htonl (INADDR_LOOPBACK);
  self->fd = socket (AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  (void) setsockopt (self->fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
  (void) setsockopt (self->fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
  g_assert_cmpint (connect (self->fd, (struct sockaddr *) &address, sizeof address), ==, 0);
}

gboolean
pn_test_gadget_send_bytes (PnTestGadget *self, const void *data, gsize size)
{
  const guint8 *at = data;

  while (size > 0)
    {
      gssize put = send (self->fd, at, size, MSG_NOSIGNAL);

      if (put <= 0)
        return FALSE;
      at += put;
      size -= (gsize) put;
    }
  return TRUE;
}

gboolean
pn_test_gadget_send_frame (PnTestGadget *self, const void *data, gsize size)
{
  guint8 header[8];

  pn_poke_be64 (header, size);
  return pn_test_gadget_send_bytes (self, header, sizeof header) &&
         pn_test_gadget_send_bytes (self, data, size);
}

/* FALSE at the end of the connection. */
gboolean
pn_test_gadget_receive_bytes (PnTestGadget *self, guint8 *data, gsize size)
{
  while (size > 0)
    {
      gssize got = recv (self->fd, data, size, 0);

      if (got < 0)
        g_assert_cmpint (errno, ==, ECONNRESET);
      if (got <= 0)
        return FALSE;
      data += got;
      size -= (gsize) got;
    }
  return TRUE;
}

GBytes *
pn_test_gadget_receive_frame (PnTestGadget *self)
{
  guint8 header[8];
  guint8 *data;
  gsize size;

  if (!pn_test_gadget_receive_bytes (self, header, sizeof header))
    return NULL;
  size = (gsize) pn_peek_be64 (header);
  g_assert_cmpuint (size, <=, 16 * MIB);
  data = g_malloc (size);
  g_assert_true (pn_test_gadget_receive_bytes (self, data, size));
  return g_bytes_new_take (data, size);
}

void
pn_test_gadget_shake (PnTestGadget *self)
{
  guint8 answer[4];

  pn_test_gadget_dial (self);
  g_assert_true (pn_test_gadget_send_bytes (self, "FB01", 4));
  g_assert_true (pn_test_gadget_receive_bytes (self, answer, 4));
  g_assert_cmpmem (answer, 4, "FB01", 4);
}

/* A reply as text; NULL at the end of the connection. */
char *
pn_test_gadget_reply (PnTestGadget *self)
{
  g_autoptr (GBytes) frame = pn_test_gadget_receive_frame (self);

  if (frame == NULL)
    return NULL;
  g_assert_cmpuint (g_bytes_get_size (frame), <=, REPLY_SIZE);
  return g_strndup (g_bytes_get_data (frame, NULL), g_bytes_get_size (frame));
}

void
pn_test_gadget_say (PnTestGadget *self, const char *command, const char *expected)
{
  g_autofree char *answer = NULL;

  g_assert_true (pn_test_gadget_send_frame (self, command, strlen (command)));
  answer = pn_test_gadget_reply (self);
  g_assert_cmpstr (answer, ==, expected);
}

void
pn_test_gadget_stage (PnTestGadget *self, const void *data, gsize size)
{
  g_autofree char *command = g_strdup_printf ("download:%08x", (guint) size);
  g_autofree char *expected = g_strdup_printf ("DATA%08x", (guint) size);
  g_autofree char *answer = NULL;

  pn_test_gadget_say (self, command, expected);
  g_assert_true (pn_test_gadget_send_frame (self, data, size));
  answer = pn_test_gadget_reply (self);
  g_assert_cmpstr (answer, ==, "OKAY");
}
