/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The runner's side of a connection. */
#include "config.h"

#include "pn-hook-private.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include "pn-hook-runner.h"
#include "pn-hook-wire.h"
#include "pn-io.h"

#define PATIENCE 60 /* s, until it is asked */
#define MAX_FDS 8   /* that a packet may bring, of which one that is right has two */
#define SEALS (F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE)

typedef struct
{
  int fds[MAX_FDS];
  gsize n_fds;
} Fds;

static void
fds_clear (Fds *self)
{
  for (gsize i = 0; i < self->n_fds; i++)
    pn_fd_close (self->fds[i]);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Fds, fds_clear)

static gboolean
check_peer (int connection, uid_t peer, GError **error)
{
  struct ucred who;
  socklen_t size = sizeof who;

  if (getsockopt (connection, SOL_SOCKET, SO_PEERCRED, &who, &size) < 0)
    {
      pn_set_error_from_errno (error, errno, "Cannot see who asks for a hook");
      return FALSE;
    }
  if (who.uid == peer)
    return TRUE;
  return pn_set_error (error, PN_ERROR_PERMISSION,
                       "The user with the number %s may not have hooks run here",
                       PN_NUMBER (who.uid));
}

static void
take_fds (struct msghdr *message, Fds *fds)
{
  for (struct cmsghdr *at = CMSG_FIRSTHDR (message); at != NULL; at = CMSG_NXTHDR (message, at))
    if (at->cmsg_level == SOL_SOCKET && at->cmsg_type == SCM_RIGHTS)
      {
        gsize n = (at->cmsg_len - CMSG_LEN (0)) / sizeof (int);

        n = MIN (n, MAX_FDS - fds->n_fds);
        memcpy (fds->fds + fds->n_fds, CMSG_DATA (at), n * sizeof (int));
        fds->n_fds += n;
      }
}

/* One packet, and what came with it; NULL with @error. */
static GBytes *
receive (int connection, Fds *fds, GError **error)
{
  const struct timeval patience = { .tv_sec = PATIENCE };
  g_autofree char *buffer = g_malloc (PN_HOOK_MAX_REQUEST);
  struct iovec part = { buffer, PN_HOOK_MAX_REQUEST };
  union
  {
    struct cmsghdr header;
    char room[CMSG_SPACE (MAX_FDS * sizeof (int))];
  } control = { 0 };
  struct msghdr message = { .msg_iov = &part,
                            .msg_iovlen = 1,
                            .msg_control = &control,
                            .msg_controllen = sizeof control.room };
  gssize got;

  (void) setsockopt (connection, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
  got = recvmsg (connection, &message, MSG_CMSG_CLOEXEC);
  if (got < 0)
    {
      pn_set_error_from_errno (error, errno, "Nobody said what is to be run");
      return NULL;
    }
  take_fds (&message, fds);
  if (got > 0 && (message.msg_flags & (MSG_TRUNC | MSG_CTRUNC)) == 0 && fds->n_fds == PN_HOOK_N_FDS)
    return g_bytes_new_take (g_steal_pointer (&buffer), (gsize) got);
  pn_set_error (error, PN_ERROR_INVALID_DATA,
                "What was asked of the hook runner is too long, or not whole");
  return NULL;
}

/* A script that nobody can change any more. */
static GBytes *
read_script (int fd, GError **error)
{
  g_autoptr (GBytes) script = NULL;
  int seals = fcntl (fd, F_GET_SEALS);

  if (seals < 0 || (seals & SEALS) != SEALS)
    {
      pn_set_error (error, PN_ERROR_INVALID_DATA, "The script for the hook runner is not sealed");
      return NULL;
    }
  script = pn_read_file_fd (fd, PN_HOOK_MAX, error);
  if (script == NULL || !pn_hook_check_script (script, error))
    return NULL;
  return g_steal_pointer (&script);
}

static gboolean
check_output (int fd, GError **error)
{
  struct stat status;

  if (fstat (fd, &status) == 0 && S_ISFIFO (status.st_mode) &&
      (fcntl (fd, F_GETFL) & O_ACCMODE) == O_WRONLY)
    return TRUE;
  return pn_set_error (error, PN_ERROR_INVALID_DATA,
                       "What the hook is to print to is not the end of a pipe");
}

/* @understood: it was a script that could be tried; how it ended is no fault of who asked. */
static gboolean
run (int connection, uid_t peer, gboolean *understood, GError **error)
{
  g_auto (Fds) fds = { .n_fds = 0 };
  g_auto (PnHookRequest) request = { 0 };
  g_autoptr (GBytes) packet = NULL;
  g_autoptr (GBytes) script = NULL;
  PnHookJob job;

  /* Taken in any case, for what is left unread would make the kernel forget the answer. */
  packet = receive (connection, &fds, error);
  if (packet == NULL || !check_peer (connection, peer, error) ||
      !pn_hook_request_parse (&request, packet, error) ||
      !check_output (fds.fds[PN_HOOK_FD_OUTPUT], error))
    return FALSE;
  script = read_script (fds.fds[PN_HOOK_FD_SCRIPT], error);
  if (script == NULL)
    return FALSE;
  *understood = TRUE;
  job = (PnHookJob){ .stage = request.stage,
                     .script = script,
                     .arguments = (const char *const *) request.arguments,
                     .environment = (const char *const *) request.environment,
                     .seconds = request.seconds,
                     .network = request.network,
                     .write = (const char *const *) request.write };
  return pn_sandbox_run (&job, fds.fds[PN_HOOK_FD_OUTPUT], NULL, connection, error);
}

gboolean
pn_hook_serve (int connection, uid_t peer, GError **error)
{
  g_autoptr (GError) problem = NULL;
  gboolean understood = FALSE;
  g_autoptr (GBytes) reply = NULL;
  gsize size;
  const void *data;

  (void) run (connection, peer, &understood, &problem);
  reply = pn_hook_reply_new (problem);
  data = g_bytes_get_data (reply, &size);
  /* Whoever is gone does not wait for it. */
  (void) send (connection, data, size, MSG_NOSIGNAL);
  if (understood)
    return TRUE;
  g_propagate_error (error, g_steal_pointer (&problem));
  return FALSE;
}
