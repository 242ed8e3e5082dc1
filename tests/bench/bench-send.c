/* SPDX-License-Identifier: GPL-3.0-or-later */
/* How long a file takes over the loopback: bench-send gadget PORT FILE, as our host sends it to a
 * gadget; bench-send socket FILE, as fast as a bare socket takes it into the memory of another
 * process. Prints the seconds. */
#include "config.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "pn-fastboot.h"
#include "pn-io.h"
#include "pn-network.h"

#define TIMEOUT 20000 /* ms */
#define CHUNK (1024 * 1024)

typedef struct
{
  int fd;
  goffset at;
} Source;

static gssize
read_source (guint8 *buffer, gsize size, gpointer user_data, GError **error)
{
  Source *source = user_data;
  gssize got = pn_pread (source->fd, buffer, size, source->at, error);

  source->at += MAX (got, 0);
  return got;
}

static gboolean
send_to_gadget (guint16 port, int file, guint32 size, gint64 *began, GError **error)
{
  g_autoptr (GPtrArray) here = g_ptr_array_new_with_free_func (g_object_unref);
  g_autoptr (PnFastboot) fastboot = NULL;
  g_autofree char *name = NULL;
  Source source = { .fd = file };
  int fd;

  g_ptr_array_add (here, g_inet_address_new_loopback (G_SOCKET_FAMILY_IPV4));
  fd = pn_network_connect (here, PN_REACH_LOOPBACK, port, TIMEOUT, &name, NULL, error);
  if (fd >= 0)
    fastboot = pn_fastboot_new_stream (fd, TIMEOUT, NULL, error);
  *began = g_get_monotonic_time ();
  return fastboot != NULL &&
         pn_fastboot_download (fastboot, size, read_source, NULL, &source, TIMEOUT, NULL, error);
}

/* Into memory of its full size, as a gadget does. */
static int
receive_all (int listener, guint32 size)
{
  g_autofree guint8 *memory = g_malloc (size);
  int fd = accept4 (listener, NULL, NULL, SOCK_CLOEXEC);
  guint32 done = 0;

  while (done < size)
    {
      gssize got = recv (fd, memory + done, size - done, 0);

      if (got <= 0)
        return 1;
      done += (guint32) got;
    }
  return send (fd, "OKAY", 4, MSG_NOSIGNAL) == 4 ? 0 : 1;
}

static gboolean
send_over_socket (int file, guint32 size, gint64 *began, GError **error)
{
  struct sockaddr_in address = { .sin_family = AF_INET };
  socklen_t length = sizeof address;
  g_auto (PnFd) listener = socket (AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  g_auto (PnFd) fd = socket (AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  g_autofree guint8 *buffer = g_malloc (CHUNK);
  char answer[4];
  gboolean fine;
  pid_t child;

  address.sin_addr.s_addr = htonl (INADDR_LOOPBACK);
  fine = bind (listener, (struct sockaddr *) &address, sizeof address) == 0 &&
         listen (listener, 1) == 0 &&
         getsockname (listener, (struct sockaddr *) &address, &length) == 0;
  child = fork ();
  if (child == 0)
    _exit (receive_all (listener, size));
  *began = g_get_monotonic_time ();
  fine = fine && connect (fd, (struct sockaddr *) &address, sizeof address) == 0;
  for (guint32 done = 0; fine && done < size;)
    {
      gssize got = pn_pread (file, buffer, MIN (CHUNK, size - done), done, error);

      fine = got > 0 && pn_write_all (fd, buffer, (gsize) got, error);
      done += (guint32) MAX (got, 0);
    }
  fine = fine && recv (fd, answer, sizeof answer, MSG_WAITALL) == sizeof answer;
  (void) waitpid (child, NULL, 0);
  if (!fine && error != NULL && *error == NULL)
    g_set_error_literal (error, PN_ERROR, PN_ERROR_IO, "The socket failed");
  return fine;
}

int
main (int argc, char **argv)
{
  gboolean gadget = argc == 4 && g_str_equal (argv[1], "gadget");
  g_auto (PnFd) file = -1;
  g_autoptr (GError) error = NULL;
  struct stat status;
  guint64 port = 0;
  gint64 began = 0;

  if (gadget ? !g_ascii_string_to_unsigned (argv[2], 10, 1, G_MAXUINT16, &port, NULL)
             : argc != 3 || !g_str_equal (argv[1], "socket"))
    {
      fputs ("Usage: bench-send gadget PORT FILE | socket FILE\n", stderr);
      return 2;
    }
  file = pn_open (argv[argc - 1], O_RDONLY, &error);
  if (file >= 0 && fstat (file, &status) == 0 && status.st_size <= G_MAXUINT32)
    {
      guint32 size = (guint32) status.st_size;

      if (gadget ? send_to_gadget ((guint16) port, file, size, &began, &error)
                 : send_over_socket (file, size, &began, &error))
        {
          printf ("%.4f\n", (double) (g_get_monotonic_time () - began) / G_USEC_PER_SEC);
          return 0;
        }
    }
  fprintf (stderr, "bench-send: %s\n", error != NULL ? error->message : "The file is too large");
  return 1;
}
