/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Addresses that a device tells, and connections to them: in a network of the test's own, with a
 * link-local address on its loopback interface. */
#include "config.h"

#include <errno.h>
#include <net/if.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>

#include "pn-io.h"
#include "pn-network.h"
#include "pn-test-net.h"
#include "pn-test-peer.h"

#define LONG 60000 /* ms */
#define SHORT 200

static gboolean own_network;

static const struct
{
  const char *text;
  const char *link; /* as it is understood; NULL = refused */
  const char *loopback;
} addresses[] = {
  { "10.0.2.15", "10.0.2.15", NULL },
  { "169.254.3.4", "169.254.3.4", NULL },
  { "fd00:1::15", "fd00:1::15", NULL },
  { "2001:0db8:0000:0000:0000:0000:0000:0002", "2001:db8::2", NULL },
  { "fe80::2ecf:67ff:fe00:1", "fe80::2ecf:67ff:fe00:1", "fe80::2ecf:67ff:fe00:1" },
  { "fe80::1%end0", "fe80::1", "fe80::1" },
  { "fe80::1%", "fe80::1", "fe80::1" },
  { "fe80::1%$(reboot)", "fe80::1", "fe80::1" },
  { "127.0.0.1", NULL, "127.0.0.1" },
  { "127.200.3.4", NULL, "127.200.3.4" },
  { "::1", NULL, "::1" },
  { "", NULL, NULL },
  { "%end0", NULL, NULL },
  { "0.0.0.0", NULL, NULL },
  { "0.0.0.1", NULL, NULL },
  { "::", NULL, NULL },
  { "::ffff:10.0.2.15", NULL, NULL },
  { "::ffff:127.0.0.1", NULL, NULL },
  { "::10.0.2.15", NULL, NULL },
  { "224.0.0.1", NULL, NULL },
  { "240.0.0.1", NULL, NULL },
  { "255.255.255.255", NULL, NULL },
  { "ff02::1", NULL, NULL },
  { "localhost", NULL, NULL },
  { "example.org", NULL, NULL },
  { "10.0.2.15:5554", NULL, NULL },
  { "[fd00:1::15]", NULL, NULL },
  { "10.0.2.15 ", NULL, NULL },
  { "10.0.2", NULL, NULL },
  { "10.0.2.256", NULL, NULL },
  { "167772687", NULL, NULL },
  { "0x0a00020f", NULL, NULL },
  { "fd00::1::2", NULL, NULL },
  { "fd00:1:2:3:4:5:6:7:8", NULL, NULL },
  { "fd00:12345::1", NULL, NULL },
  { "0000000000000000000000000000000000000000000000000000000000000000000000:1", NULL, NULL },
};

static void
check_address (const char *text, PnReach reach, const char *expected)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GInetAddress) address = pn_network_parse (text, reach, &error);
  g_autofree char *written = address != NULL ? g_inet_address_to_string (address) : NULL;

  g_assert_cmpstr (written, ==, expected);
  if (expected == NULL)
    g_assert_error (error, PN_ERROR, PN_ERROR_INVALID_DATA);
  else
    g_assert_no_error (error);
}

static void
test_parse (void)
{
  for (guint i = 0; i < G_N_ELEMENTS (addresses); i++)
    {
      g_test_message ("%s", addresses[i].text);
      check_address (addresses[i].text, PN_REACH_LINK, addresses[i].link);
      check_address (addresses[i].text, PN_REACH_LOOPBACK, addresses[i].loopback);
    }
}

static void
test_mac (void)
{
  static const struct
  {
    const char *mac, *address;
  } cases[] = {
    { PN_TEST_MAC, PN_TEST_LINK_LOCAL },
    { "2C:CF:67:00:3A:01", "fe80::2ecf:67ff:fe00:3a01" },
    { "00:00:00:00:00:00", NULL },
    { "ff:ff:ff:ff:ff:ff", NULL },
    { "01:00:5e:00:00:01", NULL },
    { "2c:cf:67:00:3a", NULL },
    { "2c:cf:67:00:3a:01:02", NULL },
    { "2c-cf-67-00-3a-01", NULL },
    { "2c:cf:67:00:3a:0g", NULL },
    { "2ccf67003a01:::::", NULL },
    { "", NULL },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (GInetAddress) address = pn_network_from_mac (cases[i].mac);
      g_autofree char *written = address != NULL ? g_inet_address_to_string (address) : NULL;

      g_assert_cmpstr (written, ==, cases[i].address);
    }
}

/* ---- connecting ---- */

/* A socket that listens on @text with a free port, or -1 where this machine has no such address. */
static int
listen_at (const char *text, int backlog, guint16 *port)
{
  g_autoptr (GInetAddress) address = g_inet_address_new_from_string (text);
  gboolean local = g_inet_address_get_is_link_local (address);
  g_autoptr (GSocketAddress) full =
      g_object_new (G_TYPE_INET_SOCKET_ADDRESS, "address", address, "port", 0u, "scope-id",
                    local ? if_nametoindex ("lo") : 0, NULL);
  int fd = socket ((int) g_inet_address_get_family (address), SOCK_STREAM | SOCK_CLOEXEC, 0);
  struct sockaddr_storage native;
  socklen_t size = sizeof native;
  g_autoptr (GSocketAddress) bound = NULL;

  g_assert_true (g_socket_address_to_native (full, &native, sizeof native, NULL));
  if (fd < 0 || bind (fd, (struct sockaddr *) &native,
                      (socklen_t) g_socket_address_get_native_size (full)) < 0)
    {
      if (fd >= 0)
        pn_fd_close (fd);
      return -1;
    }
  g_assert_cmpint (listen (fd, backlog), ==, 0);
  g_assert_cmpint (getsockname (fd, (struct sockaddr *) &native, &size), ==, 0);
  bound = g_socket_address_new_from_native (&native, size);
  *port = g_inet_socket_address_get_port (G_INET_SOCKET_ADDRESS (bound));
  return fd;
}

static int
dial (const char *const *texts, guint16 port, guint timeout, char **name, GError **error)
{
  g_autoptr (GPtrArray) all = g_ptr_array_new_with_free_func (g_object_unref);

  for (guint i = 0; texts[i] != NULL; i++)
    g_ptr_array_add (all, g_inet_address_new_from_string (texts[i]));
  return pn_network_connect (all, PN_REACH_LOOPBACK, port, timeout, name, NULL, error);
}

/* Bytes that are sent come out at the other end. */
static void
check_connection (int listener, int fd)
{
  g_auto (PnFd) other = accept4 (listener, NULL, NULL, SOCK_CLOEXEC);
  guint8 byte = 0;

  g_assert_cmpint (other, >=, 0);
  g_assert_true (pn_write_all (fd, "x", 1, NULL));
  g_assert_cmpint (recv (other, &byte, 1, 0), ==, 1);
  g_assert_cmpint (byte, ==, 'x');
}

static void
test_connect (gconstpointer data)
{
  const char *text = data;
  const char *const texts[] = { text, NULL };
  gboolean scoped = g_str_has_prefix (text, "fe80");
  g_autoptr (GError) error = NULL;
  g_autofree char *name = NULL;
  g_autofree char *expected = g_strconcat (text, scoped ? "%lo" : "", NULL);
  guint16 port = 0;
  g_auto (PnFd) listener = listen_at (text, 1, &port);
  g_auto (PnFd) fd = -1;

  if (listener < 0)
    {
      g_test_skip ("this machine has no such address");
      return;
    }
  fd = dial (texts, port, LONG, &name, &error);
  g_assert_no_error (error);
  g_assert_cmpstr (name, ==, expected);
  check_connection (listener, fd);
}

/* Of several addresses the one that answers; who does not is no hindrance. */
static void
test_several (void)
{
  const char *const texts[] = { "127.9.9.9", "127.9.9.8", "::1", NULL };
  g_autoptr (GError) error = NULL;
  g_autofree char *name = NULL;
  guint16 port = 0;
  g_auto (PnFd) listener = listen_at ("127.9.9.8", 1, &port);
  g_auto (PnFd) fd = dial (texts, port, LONG, &name, &error);

  g_assert_no_error (error);
  g_assert_cmpstr (name, ==, "127.9.9.8");
  check_connection (listener, fd);
}

static void
test_nobody (void)
{
  const char *const texts[] = { "127.9.9.7", NULL };
  const char *const none[] = { NULL };
  g_autoptr (GError) error = NULL;
  g_autofree char *name = NULL;
  guint before = pn_test_count_fds ();
  guint16 port = 0;
  int listener = listen_at ("127.9.9.7", 1, &port);

  pn_fd_close (listener);
  g_assert_cmpint (dial (texts, port, LONG, &name, &error), ==, -1);
  g_assert_error (error, PN_ERROR, PN_ERROR_DISCONNECTED);
  g_clear_error (&error);
  g_assert_cmpint (dial (none, port, LONG, &name, &error), ==, -1);
  g_assert_error (error, PN_ERROR, PN_ERROR_DISCONNECTED);
  g_assert_null (name);
  g_assert_cmpuint (pn_test_count_fds (), ==, before);
}

/* A queue that is full takes nobody, and says nothing. */
static void
test_silence (void)
{
  const char *const texts[] = { "127.9.9.6", NULL };
  g_autoptr (GPtrArray) all = g_ptr_array_new_with_free_func (g_object_unref);
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  g_autoptr (GError) error = NULL;
  guint16 port = 0;
  g_auto (PnFd) listener = listen_at ("127.9.9.6", 0, &port);
  g_autoptr (GArray) waiting = g_array_new (FALSE, FALSE, sizeof (int));

  for (guint i = 0; error == NULL; i++)
    {
      g_autofree char *name = NULL;
      int fd = dial (texts, port, SHORT, &name, &error);

      if (fd >= 0)
        g_array_append_val (waiting, fd);
      g_assert_cmpuint (i, <, 100);
    }
  g_assert_error (error, PN_ERROR, PN_ERROR_TIMED_OUT);
  g_clear_error (&error);
  g_cancellable_cancel (cancellable);
  g_ptr_array_add (all, g_inet_address_new_from_string (texts[0]));
  g_assert_cmpint (
      pn_network_connect (all, PN_REACH_LOOPBACK, port, LONG, NULL, cancellable, &error), ==, -1);
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  for (guint i = 0; i < waiting->len; i++)
    pn_fd_close (g_array_index (waiting, int, i));
}

/* What is sent to a device gets through no router. */
static void
test_hops (void)
{
  const char *const texts[] = { "127.9.9.5", NULL };
  const char *const six[] = { "::1", NULL };
  g_autofree char *name = NULL;
  g_autofree char *name6 = NULL;
  guint16 port = 0;
  guint16 port6 = 0;
  g_auto (PnFd) listener = listen_at (texts[0], 1, &port);
  g_auto (PnFd) listener6 = listen_at (six[0], 1, &port6);
  g_auto (PnFd) fd = dial (texts, port, LONG, &name, NULL);
  g_auto (PnFd) fd6 = listener6 >= 0 ? dial (six, port6, LONG, &name6, NULL) : -1;
  int hops = 0;
  socklen_t size = sizeof hops;

  g_assert_cmpint (getsockopt (fd, IPPROTO_IP, IP_TTL, &hops, &size), ==, 0);
  g_assert_cmpint (hops, ==, 1);
  hops = 0;
  if (fd6 >= 0)
    {
      g_assert_cmpint (getsockopt (fd6, IPPROTO_IPV6, IPV6_UNICAST_HOPS, &hops, &size), ==, 0);
      g_assert_cmpint (hops, ==, 1);
    }
}

int
main (int argc, char **argv)
{
  own_network = pn_test_net_enter ();
  g_test_init (&argc, &argv, NULL);
  g_test_message ("a network of its own: %s", own_network ? "yes" : "no");
  g_test_add_func ("/network/parse", test_parse);
  g_test_add_func ("/network/mac", test_mac);
  g_test_add_data_func ("/network/connect/ipv4", "127.9.9.4", test_connect);
  g_test_add_data_func ("/network/connect/ipv6", "::1", test_connect);
  g_test_add_data_func ("/network/connect/link-local", PN_TEST_LINK_LOCAL, test_connect);
  g_test_add_func ("/network/several", test_several);
  g_test_add_func ("/network/nobody", test_nobody);
  g_test_add_func ("/network/silence", test_silence);
  g_test_add_func ("/network/hops", test_hops);
  return g_test_run ();
}
