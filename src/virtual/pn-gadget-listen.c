/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A gadget's TCP port, on loopback addresses only (fastboot.md §5). One thread accepts. With
 * the restricted data plane it shakes hands itself and hands the connection to one of several
 * threads; else it serves one connection at a time. */
#include "config.h"

#include "pn-gadget-private.h"

#include <arpa/inet.h>
#include <errno.h>
#include <net/if.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>

#include "pn-io.h"

#define PORT 5554
#define MAX_TRIES 50 /* for a loopback address that nobody has */
#define BACKLOG 4
#define MAX_WORKERS 8 /* connections at once; as many may wait */
#define MEMORY_PER_WORKER ((guint64) 256 * 1024 * 1024)

typedef struct
{
  PnGadget *gadget;
  gboolean data_plane;
  int sockets[2]; /* the second for IPv6, or -1 */
  GCancellable *stop;
  GCancellable *outer;
  gulong outer_handler;
  GThread *thread;
  GThreadPool *workers; /* data plane */
  guint max_workers;
  GMutex mutex;
  GArray *open; /* int: connections to shut down at the end */
} Listener;

static void
serve_one (gpointer data, gpointer user_data)
{
  Listener *self = user_data;
  int fd = GPOINTER_TO_INT (data) - 1; /* 0 is not a task for a pool */

  (void) pn_gadget_serve_frames (self->gadget, fd, self->data_plane);
  g_mutex_lock (&self->mutex);
  for (guint i = 0; i < self->open->len; i++)
    if (g_array_index (self->open, int, i) == fd)
      {
        g_array_remove_index_fast (self->open, i);
        break;
      }
  pn_fd_close (fd);
  g_mutex_unlock (&self->mutex);
}

static void
take (Listener *self, int fd)
{
  if (!pn_gadget_shake_hands (fd) ||
      (self->data_plane && g_thread_pool_unprocessed (self->workers) >= self->max_workers))
    {
      pn_fd_close (fd);
      return;
    }
  g_mutex_lock (&self->mutex);
  g_array_append_val (self->open, fd);
  if (g_cancellable_is_cancelled (self->stop))
    (void) shutdown (fd, SHUT_RDWR);
  g_mutex_unlock (&self->mutex);
  if (self->data_plane)
    g_thread_pool_push (self->workers, GINT_TO_POINTER (fd + 1), NULL);
  else
    serve_one (GINT_TO_POINTER (fd + 1), self);
}

static gpointer
listener_thread (gpointer data)
{
  Listener *self = data;
  struct pollfd polls[3] = {
    { .fd = self->sockets[0], .events = POLLIN },
    { .fd = self->sockets[1], .events = POLLIN },
    { .fd = g_cancellable_get_fd (self->stop), .events = POLLIN },
  };

  while (!g_cancellable_is_cancelled (self->stop))
    {
      if (poll (polls, G_N_ELEMENTS (polls), -1) < 0 && errno != EINTR)
        break;
      for (guint i = 0; i < 2; i++)
        if ((polls[i].revents & POLLIN) != 0)
          {
            int fd = accept4 (polls[i].fd, NULL, NULL, SOCK_CLOEXEC);

            if (fd >= 0)
              take (self, fd);
          }
    }
  g_cancellable_release_fd (self->stop);
  return NULL;
}

static void
stop_cb (GCancellable *cancellable, gpointer user_data)
{
  Listener *self = user_data;

  g_cancellable_cancel (self->stop);
  g_mutex_lock (&self->mutex);
  for (guint i = 0; i < self->open->len; i++)
    (void) shutdown (g_array_index (self->open, int, i), SHUT_RDWR);
  g_mutex_unlock (&self->mutex);
}

/* A listening socket or -1 with errno. */
static int
listen_on (const struct sockaddr *address, socklen_t size)
{
  g_auto (PnFd) fd = socket (address->sa_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
  int one = 1;

  if (fd < 0)
    return -1;
  (void) setsockopt (fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
  /* Inherited: an answer is not held back until its length is acknowledged. */
  (void) setsockopt (fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
  if (address->sa_family == AF_INET6)
    (void) setsockopt (fd, IPPROTO_IPV6, IPV6_V6ONLY, &one, sizeof one);
  if (bind (fd, address, size) < 0 || listen (fd, BACKLOG) < 0)
    return -1;
  return g_steal_fd (&fd);
}

/* Both loopback addresses. */
static gboolean
open_loopback (Listener *self, guint16 *port, GError **error)
{
  struct sockaddr_in four = { .sin_family = AF_INET, .sin_port = htons (*port) };
  struct sockaddr_in6 six = { .sin6_family = AF_INET6, .sin6_addr = IN6ADDR_LOOPBACK_INIT };
  socklen_t size = sizeof four;

  four.sin_addr.s_addr = htonl (INADDR_LOOPBACK);
  self->sockets[0] = listen_on ((struct sockaddr *) &four, sizeof four);
  if (self->sockets[0] < 0 || getsockname (self->sockets[0], (struct sockaddr *) &four, &size) < 0)
    {
      pn_set_error_from_errno (error, errno, "Cannot listen on port %s", PN_NUMBER (*port));
      return FALSE;
    }
  *port = ntohs (four.sin_port);
  /* A machine without IPv6 has the other. */
  six.sin6_port = four.sin_port;
  self->sockets[1] = listen_on ((struct sockaddr *) &six, sizeof six);
  return TRUE;
}

/* Nobody but this machine can be meant. */
static gboolean
is_here (GInetSocketAddress *address)
{
  GInetAddress *inner = g_inet_socket_address_get_address (address);

  return g_inet_address_get_is_loopback (inner) ||
         (g_inet_address_get_is_link_local (inner) &&
          g_inet_socket_address_get_scope_id (address) == if_nametoindex ("lo"));
}

static gboolean
open_address (Listener *self, const char *text, guint16 port, GError **error)
{
  g_autoptr (GSocketAddress) address = g_inet_socket_address_new_from_string (text, port);
  struct sockaddr_storage native;

  if (address == NULL || !is_here (G_INET_SOCKET_ADDRESS (address)) ||
      !g_socket_address_to_native (address, &native, sizeof native, NULL))
    return pn_set_error (error, PN_ERROR_INVALID_ARGUMENT,
                         "%s is no address of this machine's loopback interface", text);
  self->sockets[0] = listen_on ((struct sockaddr *) &native,
                                (socklen_t) g_socket_address_get_native_size (address));
  if (self->sockets[0] < 0)
    pn_set_error_from_errno (error, errno, "Cannot listen at %s", text);
  return self->sockets[0] >= 0;
}

static void
listener_free (Listener *self)
{
  if (self->outer_handler != 0)
    g_cancellable_disconnect (self->outer, self->outer_handler);
  if (self->thread != NULL)
    {
      stop_cb (NULL, self);
      g_thread_join (self->thread);
    }
  if (self->workers != NULL)
    g_thread_pool_free (self->workers, FALSE, TRUE);
  for (guint i = 0; i < 2; i++)
    if (self->sockets[i] >= 0)
      pn_fd_close (self->sockets[i]);
  g_clear_object (&self->outer);
  g_object_unref (self->stop);
  g_array_unref (self->open);
  g_mutex_clear (&self->mutex);
  g_free (self);
}

gboolean
pn_gadget_listen (PnGadget *self,
                  const char *address,
                  guint16 port,
                  gboolean data_plane,
                  GCancellable *cancellable,
                  GError **error)
{
  Listener *listener = g_new0 (Listener, 1);
  guint64 memory = self->board.sdram_size;

  listener->gadget = self;
  listener->data_plane = data_plane;
  listener->sockets[0] = listener->sockets[1] = -1;
  listener->stop = g_cancellable_new ();
  listener->open = g_array_new (FALSE, FALSE, sizeof (int));
  g_mutex_init (&listener->mutex);
  if (address != NULL ? !open_address (listener, address, port, error)
                      : !open_loopback (listener, &port, error))
    {
      listener_free (listener);
      return FALSE;
    }
  listener->max_workers = (guint) CLAMP (memory / MEMORY_PER_WORKER, 2, MAX_WORKERS + 1) - 1;
  if (data_plane)
    listener->workers =
        g_thread_pool_new (serve_one, listener, (gint) listener->max_workers, FALSE, NULL);
  listener->thread = g_thread_new ("gadget-listen", listener_thread, listener);
  if (cancellable != NULL)
    {
      listener->outer = g_object_ref (cancellable);
      listener->outer_handler =
          g_cancellable_connect (cancellable, G_CALLBACK (stop_cb), listener, NULL);
    }
  g_mutex_lock (&self->mutex);
  self->port = port;
  g_ptr_array_add (self->listeners, listener);
  g_mutex_unlock (&self->mutex);
  return TRUE;
}

gboolean
pn_gadget_join_network (PnGadget *self, const char *address, GError **error)
{
  for (guint tries = 1;; tries++)
    {
      g_autofree char *text =
          address[0] != '\0'
              ? g_strdup (address)
              : g_strdup_printf ("127.%d.%d.%d", g_random_int_range (1, 255),
                                 g_random_int_range (0, 256), g_random_int_range (1, 255));
      g_autoptr (GError) local = NULL;

      if (pn_gadget_listen (self, text, PORT, TRUE, NULL, &local))
        {
          if (self->board.address == NULL)
            self->board.address = g_steal_pointer (&text);
          return TRUE;
        }
      if (address[0] != '\0' || tries == MAX_TRIES)
        {
          g_propagate_error (error, g_steal_pointer (&local));
          return FALSE;
        }
    }
}

guint16
pn_gadget_get_port (PnGadget *self)
{
  guint16 port;

  g_mutex_lock (&self->mutex);
  port = self->port;
  g_mutex_unlock (&self->mutex);
  return port;
}

void
pn_gadget_stop_listening (PnGadget *self)
{
  for (guint i = 0; i < self->listeners->len; i++)
    listener_free (g_ptr_array_index (self->listeners, i));
  g_ptr_array_set_size (self->listeners, 0);
}
