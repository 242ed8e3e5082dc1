/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "pn-vusb.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>

#include "pn-bytes.h"
#include "pn-io.h"

#define MESSAGE_SIZE 4

gboolean
pn_vusb_plug_send (int plug, guint32 message, int fd, GError **error)
{
  guint8 data[MESSAGE_SIZE];
  struct iovec part = { data, sizeof data };
  union
  {
    struct cmsghdr header;
    char space[CMSG_SPACE (sizeof (int))];
  } control = { 0 };
  struct msghdr header = { .msg_iov = &part, .msg_iovlen = 1 };

  pn_poke_le32 (data, message);
  if (fd >= 0)
    {
      header.msg_control = &control;
      header.msg_controllen = sizeof control.space;
      control.header.cmsg_level = SOL_SOCKET;
      control.header.cmsg_type = SCM_RIGHTS;
      control.header.cmsg_len = CMSG_LEN (sizeof (int));
      memcpy (CMSG_DATA (&control.header), &fd, sizeof fd);
    }
  while (sendmsg (plug, &header, MSG_NOSIGNAL) < 0)
    if (errno != EINTR)
      {
        pn_set_error_from_errno (error, errno, "Cannot reach the other end of the plug");
        return FALSE;
      }
  return TRUE;
}

gboolean
pn_vusb_plug_receive (int plug, guint32 *message, int *fd, GError **error)
{
  guint8 data[MESSAGE_SIZE];
  struct iovec part = { data, sizeof data };
  union
  {
    struct cmsghdr header;
    char space[CMSG_SPACE (sizeof (int))];
  } control = { 0 };
  struct msghdr header = { .msg_iov = &part,
                           .msg_iovlen = 1,
                           .msg_control = &control,
                           /* Room for one descriptor and no padding, or the kernel puts a second
                            * one there that nobody would close. */
                           .msg_controllen = CMSG_LEN (sizeof (int)) };
  struct cmsghdr *found;
  gssize got;

  do
    got = recvmsg (plug, &header, MSG_CMSG_CLOEXEC);
  while (got < 0 && errno == EINTR);
  if (got < 0)
    {
      pn_set_error_from_errno (error, errno, "Cannot read from the plug");
      return FALSE;
    }
  *fd = -1;
  found = CMSG_FIRSTHDR (&header);
  if (found != NULL && found->cmsg_level == SOL_SOCKET && found->cmsg_type == SCM_RIGHTS &&
      found->cmsg_len == CMSG_LEN (sizeof (int)))
    memcpy (fd, CMSG_DATA (found), sizeof *fd);
  if (got == MESSAGE_SIZE && (header.msg_flags & (MSG_TRUNC | MSG_CTRUNC)) == 0)
    {
      *message = pn_peek_le32 (data);
      return TRUE;
    }
  if (*fd >= 0)
    pn_fd_close (*fd);
  *fd = -1;
  if (got == 0)
    pn_set_error (error, PN_ERROR_DISCONNECTED, "The plug was closed");
  else
    pn_set_error (error, PN_ERROR_PROTOCOL,
                  "What is on the plug is no message of a virtual device");
  return FALSE;
}

int
pn_vusb_plug_open (int plug, GError **error)
{
  g_auto (PnFd) device = -1;
  g_auto (PnFd) host = -1;
  int pair[2];

  if (socketpair (AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) < 0)
    {
      pn_set_error_from_errno (error, errno, "Cannot make a socket");
      return -1;
    }
  device = pair[0];
  host = pair[1];
  return pn_vusb_plug_send (plug, PN_VUSB_OPEN, device, error) ? g_steal_fd (&host) : -1;
}
