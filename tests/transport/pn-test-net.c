/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "pn-test-net.h"

#include <arpa/inet.h>
#include <net/if.h>
#include <netinet/in.h>
#include <sched.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "pn-io.h"

/* As the kernel has it; its header and the C library's cannot be included together. */
struct address_request
{
  struct in6_addr address;
  guint32 prefix_length;
  int interface;
};

static gboolean
bring_up_loopback (void)
{
  g_auto (PnFd) four = socket (AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  struct ifreq request = { .ifr_name = "lo", .ifr_flags = IFF_UP };

  return four >= 0 && ioctl (four, SIOCSIFFLAGS, &request) == 0;
}

/* A machine without IPv6 has no such address, and the tests that need it are skipped. */
static void
add_link_local (void)
{
  g_auto (PnFd) six = socket (AF_INET6, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  struct address_request request = { .prefix_length = 64,
                                     .interface = (int) if_nametoindex ("lo") };

  if (six >= 0 && inet_pton (AF_INET6, PN_TEST_LINK_LOCAL, &request.address) == 1)
    (void) ioctl (six, SIOCSIFADDR, &request);
}

gboolean
pn_test_net_enter (void)
{
  if (unshare (CLONE_NEWNET) < 0 && unshare (CLONE_NEWUSER | CLONE_NEWNET) < 0)
    return FALSE;
  if (!bring_up_loopback ())
    return FALSE;
  add_link_local ();
  return TRUE;
}
