/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Has a script run by a process that can do nothing else: what it prints comes straight through a
 * pipe of ours, which needs nobody's memory but ours. */
#include "config.h"

#include "pn-hook-private.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>

#include "pn-hook-runner.h"
#include "pn-hook-wire.h"
#include "pn-io.h"

/* The runner has the script's time limit; beyond this it is not waited for, either. */
#define GRACE_SECONDS 60

typedef struct
{
  int fd;         /* to the runner */
  GPid process;   /* ours; 0 = none */
  gboolean ended; /* it was told to */
} Connection;

static void
connection_clear (Connection *self)
{
  if (self->fd >= 0)
    pn_fd_close (self->fd);
  /* It ends with its connection. */
  if (self->process != 0)
    (void) waitpid (self->process, NULL, 0);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Connection, connection_clear)

static gboolean
spawn (Connection *self, const char *program, GError **error)
{
  const char *const argv[] = { program, NULL };
  int pair[2];
  gboolean fine;

  if (socketpair (AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) < 0)
    {
      pn_set_error_from_errno (error, errno, "Cannot make a socket");
      return FALSE;
    }
  self->fd = pair[0];
  fine = g_spawn_async_with_pipes_and_fds (NULL, argv, NULL, G_SPAWN_DO_NOT_REAP_CHILD, NULL, NULL,
                                           pair[1], -1, -1, NULL, NULL, 0, &self->process, NULL,
                                           NULL, NULL, error);
  pn_fd_close (pair[1]);
  if (!fine)
    pn_prefix_error (error, "The program that runs hooks cannot be started");
  return fine;
}

static gboolean
dial (Connection *self, const char *folder, gboolean network, GError **error)
{
  const char *unit = network ? "punnet-hook-network.socket" : "punnet-hook.socket";
  g_autofree char *path =
      g_build_filename (folder, network ? "hook-network.sock" : "hook.sock", NULL);
  struct sockaddr_un address = { .sun_family = AF_UNIX };

  if (g_strlcpy (address.sun_path, path, sizeof address.sun_path) >= sizeof address.sun_path)
    return pn_set_error (error, PN_ERROR_INVALID_ARGUMENT, "“%s” is too long for a socket", path);
  self->fd = socket (AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
  if (self->fd >= 0 && connect (self->fd, (struct sockaddr *) &address, sizeof address) == 0)
    return TRUE;
  return pn_set_error (error, PN_ERROR_NOT_SUPPORTED,
                       "This station runs no such hooks: %s cannot be reached (%s). Start it "
                       "(“systemctl start %s”), or leave the hooks out of the recipe",
                       path, g_strerror (errno), unit);
}

static gboolean
send_request (int fd, const PnHookJob *job, int output, GError **error)
{
  g_autoptr (GBytes) packet = pn_hook_request_new (job);
  g_auto (PnFd) script = pn_hook_make_file (job->script, error);
  const int fds[PN_HOOK_N_FDS] = { [PN_HOOK_FD_SCRIPT] = script, [PN_HOOK_FD_OUTPUT] = output };
  gsize size;
  struct iovec part = { (void *) g_bytes_get_data (packet, &size), 0 };
  union
  {
    struct cmsghdr header;
    char room[CMSG_SPACE (sizeof fds)];
  } control = { 0 };
  struct msghdr message = { .msg_iov = &part,
                            .msg_iovlen = 1,
                            .msg_control = &control,
                            .msg_controllen = sizeof control.room };

  if (script < 0)
    return FALSE;
  if (size > PN_HOOK_MAX_REQUEST)
    return pn_set_error (error, PN_ERROR_INVALID_ARGUMENT,
                         "What the hook %s is to be told is too much",
                         pn_hook_stage_to_word (job->stage));
  part.iov_len = size;
  control.header.cmsg_level = SOL_SOCKET;
  control.header.cmsg_type = SCM_RIGHTS;
  control.header.cmsg_len = CMSG_LEN (sizeof fds);
  memcpy (CMSG_DATA (&control.header), fds, sizeof fds);
  if (sendmsg (fd, &message, MSG_NOSIGNAL) == (gssize) size)
    return TRUE;
  pn_set_error_from_errno (error, errno, "Cannot ask the hook runner");
  return FALSE;
}

static gboolean
take_reply (int fd, const PnHookJob *job, GError **error)
{
  g_autofree char *buffer = g_malloc (PN_HOOK_MAX_REPLY);
  gssize got = recv (fd, buffer, PN_HOOK_MAX_REPLY, MSG_DONTWAIT);
  g_autoptr (GBytes) packet = NULL;

  if (got <= 0)
    return pn_set_error (error, PN_ERROR_FAILED,
                         "The hook %s has no end that is known of: its runner went away, or took "
                         "no more of them. The journal says more (punnet-hook@)",
                         pn_hook_stage_to_word (job->stage));
  packet = g_bytes_new_take (g_steal_pointer (&buffer), (gsize) got);
  return pn_hook_reply_parse (packet, error);
}

/* Until it has answered. */
static gboolean
follow (Connection *self,
        const PnHookJob *job,
        PnHearing *hearing,
        GCancellable *cancellable,
        GError **error)
{
  gint64 deadline =
      g_get_monotonic_time () + ((gint64) job->seconds + GRACE_SECONDS) * G_USEC_PER_SEC;
  int cancelled = g_cancellable_get_fd (cancellable);
  gboolean answered = FALSE;

  while (!answered && g_get_monotonic_time () < deadline)
    {
      struct pollfd fds[] = { { .fd = self->fd, .events = POLLIN },
                              { .fd = hearing->fd, .events = POLLIN },
                              { .fd = self->ended ? -1 : cancelled, .events = POLLIN } };
      gint64 left = MAX (0, deadline - g_get_monotonic_time ());

      if (poll (fds, G_N_ELEMENTS (fds), (int) (left / 1000) + 1) <= 0)
        continue;
      if (fds[1].revents != 0)
        (void) pn_hearing_drain (hearing);
      if (fds[2].revents != 0)
        {
          (void) shutdown (self->fd, SHUT_WR);
          self->ended = TRUE;
        }
      answered = fds[0].revents != 0;
    }
  if (cancelled >= 0)
    g_cancellable_release_fd (cancellable);
  if (answered)
    return take_reply (self->fd, job, error);
  if (self->process != 0)
    (void) kill (self->process, SIGKILL);
  return pn_set_error (error, PN_ERROR_TIMED_OUT,
                       "The hook %s took longer than %s seconds, and its runner did not end it",
                       pn_hook_stage_to_word (job->stage), PN_NUMBER (job->seconds));
}

static gboolean
call (const PnHookRunner *runner,
      const PnHookJob *job,
      char **output,
      GCancellable *cancellable,
      GError **error)
{
  g_auto (Connection) connection = { .fd = -1 };
  g_auto (PnHearing) hearing = { .fd = -1 };
  g_auto (PnFd) write_end = -1;
  gboolean fine;

  *output = g_strdup ("");
  if (g_cancellable_set_error_if_cancelled (cancellable, error) ||
      !(runner->folder != NULL ? dial (&connection, runner->folder, job->network, error)
                               : spawn (&connection, runner->program, error)) ||
      !pn_hearing_open (&hearing, &write_end, error) ||
      !send_request (connection.fd, job, write_end, error))
    return FALSE;
  pn_fd_close (g_steal_fd (&write_end));
  fine = follow (&connection, job, &hearing, cancellable, error);
  g_free (*output);
  *output = pn_hearing_finish (&hearing);
  return fine;
}

gboolean
pn_hook_call (const PnHookRunner *runner,
              const PnHookJob *job,
              char **output,
              GCancellable *cancellable,
              GError **error)
{
  g_autofree char *printed = NULL;
  g_autoptr (GError) local = NULL;
  gboolean fine;

  g_return_val_if_fail (job->seconds > 0 && job->seconds <= PN_HOOK_SECONDS_MAX, FALSE);
  fine = call (runner, job, &printed, cancellable, &local);
  pn_hook_explain (&local, printed);
  if (local != NULL)
    g_propagate_error (error, g_steal_pointer (&local));
  if (output != NULL)
    *output = g_steal_pointer (&printed);
  return fine;
}
