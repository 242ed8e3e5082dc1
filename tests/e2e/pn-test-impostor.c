/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "pn-test-impostor.h"

#include <string.h>
#include <sys/socket.h>

#include "pn-bytes.h"
#include "pn-io.h"

#define PORT 5554
#define MAX_FRAME (256 * 1024 * 1024)

struct _PnTestImpostor
{
  PnTestImpostorKind kind;
  char *device;
  int listener;
  GMutex mutex; /* guards fd */
  int fd;       /* the connection, or -1 */
  guint64 heard;
  GCancellable *cancellable;
  GThread *thread;
};

static int
open_socket (const char *text, gboolean listens)
{
  g_autoptr (GSocketAddress) address = g_inet_socket_address_new_from_string (text, PORT);
  struct sockaddr_storage native;
  socklen_t size = (socklen_t) g_socket_address_get_native_size (address);
  int fd = socket ((int) g_socket_address_get_family (address), SOCK_STREAM | SOCK_CLOEXEC, 0);
  int one = 1;

  g_assert_true (g_socket_address_to_native (address, &native, sizeof native, NULL));
  g_assert_cmpint (fd, >=, 0);
  (void) setsockopt (fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
  if (!listens)
    {
      g_assert_cmpint (connect (fd, (struct sockaddr *) &native, size), ==, 0);
      return fd;
    }
  g_assert_cmpint (bind (fd, (struct sockaddr *) &native, size), ==, 0);
  g_assert_cmpint (listen (fd, 1), ==, 0);
  return fd;
}

static gboolean
hear (int fd, guint8 *data, gsize size)
{
  while (size > 0)
    {
      gssize got = recv (fd, data, size, 0);

      if (got <= 0)
        return FALSE;
      data += got;
      size -= (gsize) got;
    }
  return TRUE;
}

static gboolean
say (int fd, const guint8 *data, gsize size)
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
say_frame (int fd, const guint8 *data, gsize size)
{
  guint8 header[8];

  pn_poke_be64 (header, size);
  return say (fd, header, sizeof header) && say (fd, data, size);
}

/* NUL-terminated. */
static guint8 *
hear_frame (int fd, gsize *size)
{
  guint8 header[8];
  guint8 *data;

  if (!hear (fd, header, sizeof header))
    return NULL;
  *size = (gsize) pn_peek_be64 (header);
  g_assert_cmpuint (*size, <=, MAX_FRAME);
  data = g_malloc0 (*size + 1);
  if (hear (fd, data, *size))
    return data;
  g_free (data);
  return NULL;
}

static gboolean
answer (int fd, const char *text)
{
  return say_frame (fd, (const guint8 *) text, strlen (text));
}

/* To the device, and its reply back. */
static gboolean
relay (int device, int host, const guint8 *message, gsize size, gboolean *flashed)
{
  g_autofree guint8 *reply = NULL;
  gsize length;

  if (!say_frame (device, message, size))
    return FALSE;
  reply = hear_frame (device, &length);
  *flashed = g_str_has_prefix ((const char *) message, "flash:");
  return reply != NULL && say_frame (host, reply, length);
}

static gboolean
be_yes_man (int fd, const guint8 *message, guint64 *announced)
{
  const char *command = (const char *) message;
  g_autofree char *ready = NULL;

  if (*announced > 0) /* that was the data: one frame */
    {
      *announced = 0;
      return answer (fd, "OKAY");
    }
  if (g_str_has_prefix (command, "download:"))
    {
      g_assert_true (g_ascii_string_to_unsigned (command + 9, 16, 1, MAX_FRAME, announced, NULL));
      ready = g_strconcat ("DATA", command + 9, NULL);
      return answer (fd, ready);
    }
  return answer (fd, g_str_has_prefix (command, "flash:")      ? "OKAYFlashing succeeded"
                     : g_str_equal (command, "getvar:version") ? "OKAY0.4"
                                                               : "OKAY");
}

static void
talk (PnTestImpostor *self, int fd)
{
  gboolean relays = self->kind == PN_TEST_IMPOSTOR_RELAY;
  g_auto (PnFd) device = relays ? open_socket (self->device, FALSE) : -1;
  guint8 greeting[4];
  guint64 announced = 0;

  if (!hear (fd, greeting, 4) || (relays && !say (device, greeting, 4)) ||
      (relays && !hear (device, greeting, 4)) || !say (fd, greeting, 4))
    return;
  for (;;)
    {
      gsize size;
      g_autofree guint8 *message = hear_frame (fd, &size);
      gboolean flashed = FALSE;

      if (message == NULL)
        return;
      self->heard += size;
      if (!relays ? !be_yes_man (fd, message, &announced)
                  : !relay (device, fd, message, size, &flashed))
        return;
      relays = relays && !flashed;
    }
}

static void
be_itself (PnTestImpostor *self, int fd)
{
  static const guint8 huge[] = {
    'F', 'B', '0', '1', 0x80, 0, 0, 0, 0, 0, 0, 0, 'O', 'K', 'A', 'Y'
  };
  guint8 byte;

  switch (self->kind)
    {
    case PN_TEST_IMPOSTOR_HUGE:
      (void) say (fd, huge, sizeof huge);
      break;
    case PN_TEST_IMPOSTOR_STRANGE:
      (void) say (fd, (const guint8 *) "SSH-2.0-OpenSSH\r\n", 17);
      break;
    case PN_TEST_IMPOSTOR_OLD:
      (void) (say (fd, (const guint8 *) "FB01", 4) && answer (fd, "OKAY0.5"));
      break;
    case PN_TEST_IMPOSTOR_YES_MAN:
    case PN_TEST_IMPOSTOR_RELAY:
      talk (self, fd);
      break;
    case PN_TEST_IMPOSTOR_SILENT:
    default:
      break;
    }
  while (recv (fd, &byte, 1, 0) == 1)
    self->heard++;
}

static gpointer
impostor_thread (gpointer data)
{
  PnTestImpostor *self = data;
  int fd = accept4 (self->listener, NULL, NULL, SOCK_CLOEXEC);

  if (fd < 0)
    return NULL;
  g_mutex_lock (&self->mutex);
  self->fd = fd;
  g_mutex_unlock (&self->mutex);
  if (self->cancellable != NULL)
    g_cancellable_cancel (self->cancellable);
  be_itself (self, fd);
  return NULL;
}

PnTestImpostor *
pn_test_impostor_new (PnTestImpostorKind kind,
                      const char *address,
                      const char *device,
                      GCancellable *cancellable)
{
  PnTestImpostor *self = g_new0 (PnTestImpostor, 1);

  self->kind = kind;
  self->device = g_strdup (device);
  self->cancellable = cancellable;
  self->listener = open_socket (address, TRUE);
  self->fd = -1;
  g_mutex_init (&self->mutex);
  self->thread = g_thread_new ("impostor", impostor_thread, self);
  return self;
}

guint64
pn_test_impostor_free (PnTestImpostor *self)
{
  guint64 heard;

  (void) shutdown (self->listener, SHUT_RDWR);
  g_mutex_lock (&self->mutex);
  if (self->fd >= 0)
    (void) shutdown (self->fd, SHUT_RDWR);
  g_mutex_unlock (&self->mutex);
  g_thread_join (self->thread);
  if (self->fd >= 0)
    pn_fd_close (self->fd);
  pn_fd_close (self->listener);
  heard = self->heard;
  g_mutex_clear (&self->mutex);
  g_free (self->device);
  g_free (self);
  return heard;
}
