/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "pn-network.h"

#include <errno.h>
#include <ifaddrs.h>
#include <net/if.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>

#include "pn-digest.h"
#include "pn-io.h"

#define MAX_TEXT 64     /* of an address; the longest has 45 */
#define MAX_ATTEMPTS 16 /* connections that are tried at once */
#define MAC_LENGTH 17
/* A peer that is gone is noticed after so long, also while it owes us nothing but an answer. */
#define DEAD_S 20
#define PROBE_S 5

/* One way to try, until it is connected or has failed. */
typedef struct
{
  int fd;
  char *name;
} Attempt;

static gboolean
refuse (const char *text, GError **error)
{
  pn_set_error (error, PN_ERROR_INVALID_DATA,
                "“%s” is not an address at which this device could be", text);
  return FALSE;
}

static gboolean
is_within (GInetAddress *address, PnReach reach)
{
  const guint8 *bytes = g_inet_address_to_bytes (address);
  gboolean six = g_inet_address_get_family (address) == G_SOCKET_FAMILY_IPV6;
  static const guint8 zero[12];

  if (g_inet_address_get_is_any (address) || g_inet_address_get_is_multicast (address))
    return FALSE;
  if (g_inet_address_get_is_loopback (address))
    return reach == PN_REACH_LOOPBACK;
  /* "This network" and broadcast; IPv4 in the clothes of IPv6. */
  if (six ? memcmp (bytes, zero, 10) == 0 : bytes[0] == 0 || bytes[0] >= 240)
    return FALSE;
  return reach == PN_REACH_LINK || (six && g_inet_address_get_is_link_local (address));
}

GInetAddress *
pn_network_parse (const char *text, PnReach reach, GError **error)
{
  gsize length = strcspn (text, "%");
  g_autofree char *bare = g_strndup (text, MIN (length, MAX_TEXT));
  g_autoptr (GInetAddress) address = NULL;

  /* Digits and separators only: nothing that a resolver could take for a name. */
  if (length < MAX_TEXT && strspn (bare, "0123456789abcdefABCDEF.:") == length)
    address = g_inet_address_new_from_string (bare);
  if (address != NULL && is_within (address, reach))
    return g_steal_pointer (&address);
  (void) refuse (text, error);
  return NULL;
}

GInetAddress *
pn_network_from_mac (const char *mac)
{
  g_autofree char *hex = NULL;
  g_autoptr (GBytes) bytes = NULL;
  const guint8 *six;
  guint8 address[16] = { 0xfe, 0x80 };

  if (strlen (mac) != MAC_LENGTH)
    return NULL;
  for (guint i = 2; i < MAC_LENGTH; i += 3)
    if (mac[i] != ':')
      return NULL;
  hex = g_strdup_printf ("%.2s%.2s%.2s%.2s%.2s%.2s", mac, mac + 3, mac + 6, mac + 9, mac + 12,
                         mac + 15);
  bytes = pn_hex_decode (hex, 12);
  if (bytes == NULL)
    return NULL;
  six = g_bytes_get_data (bytes, NULL);
  /* No machine has it, and none is meant: a group's, or all zero. */
  if ((six[0] & 1) != 0 || (six[0] | six[1] | six[2] | six[3] | six[4] | six[5]) == 0)
    return NULL;
  address[8] = six[0] ^ 2;
  address[9] = six[1];
  address[10] = six[2];
  address[11] = 0xff;
  address[12] = 0xfe;
  address[13] = six[3];
  address[14] = six[4];
  address[15] = six[5];
  return g_inet_address_new_from_bytes (address, G_SOCKET_FAMILY_IPV6);
}

static void
set_option (int fd, int level, int option, int value)
{
  (void) setsockopt (fd, level, option, &value, sizeof value);
}

/* Best effort but for the hop limit, without which there is no socket. */
static gboolean
set_up (int fd, gboolean six)
{
  int hops = 1;

  if (setsockopt (fd, six ? IPPROTO_IPV6 : IPPROTO_IP, six ? IPV6_UNICAST_HOPS : IP_TTL, &hops,
                  sizeof hops) < 0)
    return FALSE;
  set_option (fd, SOL_SOCKET, SO_KEEPALIVE, 1);
  set_option (fd, IPPROTO_TCP, TCP_KEEPIDLE, PROBE_S);
  set_option (fd, IPPROTO_TCP, TCP_KEEPINTVL, PROBE_S);
  set_option (fd, IPPROTO_TCP, TCP_KEEPCNT, DEAD_S / PROBE_S - 1);
  set_option (fd, IPPROTO_TCP, TCP_USER_TIMEOUT, DEAD_S * 1000);
  return TRUE;
}

static void
clear_attempt (gpointer data)
{
  Attempt *attempt = data;

  if (attempt->fd >= 0)
    pn_fd_close (attempt->fd);
  g_free (attempt->name);
}

/* Begins to connect; what fails at once is not among @attempts. @scope 0 = none. */
static void
try_one (GArray *attempts, GInetAddress *address, guint16 port, guint scope, const char *interface)
{
  g_autoptr (GSocketAddress) target = g_object_new (G_TYPE_INET_SOCKET_ADDRESS, "address", address,
                                                    "port", (guint) port, "scope-id", scope, NULL);
  GSocketFamily family = g_inet_address_get_family (address);
  g_autofree char *text = g_inet_address_to_string (address);
  struct sockaddr_storage native;
  gssize size = g_socket_address_get_native_size (target);
  g_auto (PnFd) fd = -1;
  Attempt attempt;

  if (attempts->len == MAX_ATTEMPTS ||
      !g_socket_address_to_native (target, &native, sizeof native, NULL))
    return;
  fd = socket ((int) family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (fd < 0 || !set_up (fd, family == G_SOCKET_FAMILY_IPV6) ||
      (connect (fd, (struct sockaddr *) &native, (socklen_t) size) < 0 && errno != EINPROGRESS))
    return;
  attempt.fd = g_steal_fd (&fd);
  attempt.name = scope != 0 ? g_strdup_printf ("%s%%%s", text, interface) : g_strdup (text);
  g_array_append_val (attempts, attempt);
}

/* A link-local address is somewhere behind each interface that has one itself. */
static void
try_interfaces (GArray *attempts, GInetAddress *address, PnReach reach, guint16 port)
{
  struct ifaddrs *list = NULL;

  if (getifaddrs (&list) < 0)
    return;
  for (const struct ifaddrs *one = list; one != NULL; one = one->ifa_next)
    {
      const struct sockaddr_in6 *own = (gconstpointer) one->ifa_addr;
      gboolean loopback = (one->ifa_flags & IFF_LOOPBACK) != 0;

      if (own != NULL && own->sin6_family == AF_INET6 && IN6_IS_ADDR_LINKLOCAL (&own->sin6_addr) &&
          (one->ifa_flags & IFF_UP) != 0 && loopback == (reach == PN_REACH_LOOPBACK))
        try_one (attempts, address, port, own->sin6_scope_id, one->ifa_name);
    }
  freeifaddrs (list);
}

static GArray *
try_all (GPtrArray *addresses, PnReach reach, guint16 port)
{
  GArray *attempts = g_array_new (FALSE, FALSE, sizeof (Attempt));

  g_array_set_clear_func (attempts, clear_attempt);
  for (guint i = 0; i < addresses->len; i++)
    {
      GInetAddress *address = addresses->pdata[i];

      if (g_inet_address_get_family (address) == G_SOCKET_FAMILY_IPV6 &&
          g_inet_address_get_is_link_local (address))
        try_interfaces (attempts, address, reach, port);
      else
        try_one (attempts, address, port, 0, NULL);
    }
  return attempts;
}

/* Waits until one of them has come to an end, good or bad. FALSE when time is up, or cancelled. */
static gboolean
wait_for_one (GArray *attempts, gint64 deadline, struct pollfd *polls, GCancellable *cancellable)
{
  gint64 left = (deadline - g_get_monotonic_time () + 999) / 1000;
  GPollFD stop = { .fd = -1 };
  int ready;

  if (left <= 0)
    return FALSE;
  if (cancellable != NULL)
    (void) g_cancellable_make_pollfd (cancellable, &stop);
  for (guint i = 0; i < attempts->len; i++)
    polls[i] = (struct pollfd){ .fd = g_array_index (attempts, Attempt, i).fd, .events = POLLOUT };
  polls[attempts->len] = (struct pollfd){ .fd = stop.fd, .events = POLLIN };
  ready = poll (polls, attempts->len + 1, (int) MIN (left, G_MAXINT));
  if (stop.fd >= 0)
    g_cancellable_release_fd (cancellable);
  return (ready > 0 || (ready < 0 && errno == EINTR)) && !g_cancellable_is_cancelled (cancellable);
}

static gboolean
has_connected (int fd)
{
  int failure = 0;
  socklen_t size = sizeof failure;

  return getsockopt (fd, SOL_SOCKET, SO_ERROR, &failure, &size) == 0 && failure == 0;
}

/* The first that is connected, or -1; those that failed are closed, @n_open are still on their way.
 */
static int
find_connected (GArray *attempts, const struct pollfd *polls, guint *n_open)
{
  *n_open = 0;
  for (guint i = 0; i < attempts->len; i++)
    {
      Attempt *attempt = &g_array_index (attempts, Attempt, i);

      if (attempt->fd < 0)
        continue;
      if (polls[i].revents == 0)
        ++*n_open;
      else if (has_connected (attempt->fd))
        return (int) i;
      else
        {
          pn_fd_close (attempt->fd);
          attempt->fd = -1;
        }
    }
  return -1;
}

int
pn_network_connect (GPtrArray *addresses,
                    PnReach reach,
                    guint16 port,
                    guint timeout,
                    char **name,
                    GCancellable *cancellable,
                    GError **error)
{
  gint64 deadline = g_get_monotonic_time () + (gint64) timeout * 1000;
  g_autoptr (GArray) attempts = try_all (addresses, reach, port);
  struct pollfd polls[MAX_ATTEMPTS + 1] = { 0 };
  guint n_open = attempts->len;

  while (n_open > 0 && wait_for_one (attempts, deadline, polls, cancellable))
    {
      int index = find_connected (attempts, polls, &n_open);

      if (index >= 0)
        {
          Attempt *attempt = &g_array_index (attempts, Attempt, index);

          *name = g_steal_pointer (&attempt->name);
          return g_steal_fd (&attempt->fd);
        }
    }
  if (g_cancellable_set_error_if_cancelled (cancellable, error))
    return -1;
  if (n_open == 0)
    pn_set_error (error, PN_ERROR_DISCONNECTED, "Nothing there takes the connection");
  else
    pn_set_error (error, PN_ERROR_TIMED_OUT, "Nothing there answers in time");
  return -1;
}
