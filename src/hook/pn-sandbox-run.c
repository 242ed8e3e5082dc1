/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Runs one script in its sandbox: feeds it, and ends it. It is over only when the sandbox's first
 * process is, with which everything ends that was started in there. */
#include "config.h"

#include "pn-hook-private.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/pidfd.h>
#include <sys/wait.h>

#include "pn-io.h"

#define MAX_STATUS 4096 /* bytes that bubblewrap says */

typedef struct
{
  const PnHookJob *job;
  GPid process;          /* bubblewrap */
  int status;            /* pipe, read end; -1 = at its end */
  int first;             /* the sandbox's first process: a pidfd; -1 = not known */
  GString *said;         /* what bubblewrap said */
  gboolean over, forced; /* the sandbox is gone; it was ended */
} Run;

static void
clear_run (Run *self)
{
  if (self->status >= 0)
    pn_fd_close (self->status);
  if (self->first >= 0)
    pn_fd_close (self->first);
  g_string_free (self->said, TRUE);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Run, clear_run)

int
pn_hook_make_file (GBytes *content, GError **error)
{
  g_auto (PnFd) fd = memfd_create ("punnet-hook", MFD_CLOEXEC | MFD_ALLOW_SEALING);

  if (fd < 0)
    {
      pn_set_error_from_errno (error, errno, "Cannot make a file in memory");
      return -1;
    }
  if (!pn_write_all (fd, g_bytes_get_data (content, NULL), g_bytes_get_size (content), error))
    return -1;
  if (lseek (fd, 0, SEEK_SET) < 0 ||
      fcntl (fd, F_ADD_SEALS, F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE) < 0)
    {
      pn_set_error_from_errno (error, errno, "Cannot seal a file in memory");
      return -1;
    }
  return g_steal_fd (&fd);
}

static GStrv
make_argv (const PnHookJob *job, GError **error)
{
  g_autoptr (GStrvBuilder) builder = g_strv_builder_new ();
  g_auto (GStrv) command = pn_sandbox_command (job);
  g_autofree char *program = pn_sandbox_find (error);

  if (program == NULL)
    return NULL;
  g_strv_builder_add_many (builder, program, "--args", G_STRINGIFY (PN_SANDBOX_OPTIONS), "--",
                           NULL);
  g_strv_builder_addv (builder, (const char **) command);
  return g_strv_builder_end (builder);
}

static gboolean
start (Run *self, int output, GError **error)
{
  static const int targets[] = { PN_SANDBOX_OPTIONS, PN_SANDBOX_SCRIPT, PN_SANDBOX_STATUS };
  static const char *const nothing[] = { "PATH=/usr/bin:/bin", NULL };
  g_auto (GStrv) argv = make_argv (self->job, error);
  g_autoptr (GBytes) options = pn_sandbox_options (self->job);
  g_auto (PnFd) options_fd = argv != NULL ? pn_hook_make_file (options, error) : -1;
  g_auto (PnFd) script_fd = options_fd >= 0 ? pn_hook_make_file (self->job->script, error) : -1;
  g_auto (PnFd) input = script_fd >= 0 ? pn_open ("/dev/null", O_RDONLY, error) : -1;
  int status[2];
  gboolean fine;

  if (input < 0)
    return FALSE;
  if (pipe2 (status, O_CLOEXEC) < 0)
    {
      pn_set_error_from_errno (error, errno, "Cannot make a pipe");
      return FALSE;
    }
  self->status = status[0];
  fine = g_spawn_async_with_pipes_and_fds (
      NULL, (const char *const *) argv, nothing, G_SPAWN_DO_NOT_REAP_CHILD, NULL, NULL, input,
      output, output, (const int[]){ options_fd, script_fd, status[1] }, targets,
      G_N_ELEMENTS (targets), &self->process, NULL, NULL, NULL, error);
  pn_fd_close (status[1]);
  if (!fine)
    pn_prefix_error (error, "The sandbox for hooks cannot be started");
  return fine;
}

/* "{ "child-pid": 123, …" and, at the end, "{ "exit-code": 0 }". */
static gboolean
find_number (const char *said, const char *name, gint64 *number)
{
  const char *at = strstr (said, name);
  char *end;

  if (at == NULL)
    return FALSE;
  at += strlen (name);
  *number = g_ascii_strtoll (at, &end, 10);
  return end != at && *end != '\0';
}

/* Some of what bubblewrap says; called where there is some, or where it is at its end. */
static void
hear_status (Run *self)
{
  char buffer[1024];
  gssize got = read (self->status, buffer, sizeof buffer);
  gint64 pid;

  if (got > 0)
    g_string_append_len (self->said, buffer,
                         (gssize) MIN ((gsize) got, MAX_STATUS - self->said->len));
  if (self->first < 0 && find_number (self->said->str, "\"child-pid\":", &pid) && pid > 1)
    self->first = pidfd_open ((pid_t) pid, 0);
  if (got > 0 || (got < 0 && errno == EINTR))
    return;
  pn_fd_close (self->status);
  self->status = -1;
}

/* With its first process the kernel ends all that is in it. */
static void
force (Run *self)
{
  self->forced = TRUE;
  if (self->first >= 0)
    (void) pidfd_send_signal (self->first, SIGKILL, NULL, 0);
  (void) kill (self->process, SIGKILL);
}

/* Waits for news, at most until @deadline (monotonic, µs; -1 = as long as it takes). TRUE where it
 * is to be ended. */
static gboolean
wait_for_news (Run *self, gint64 deadline, PnHearing *hearing, int stop)
{
  gint64 left = deadline < 0 ? -1 : MAX (0, deadline - g_get_monotonic_time ());
  struct pollfd fds[] = { { .fd = hearing != NULL ? hearing->fd : -1, .events = POLLIN },
                          { .fd = self->status, .events = POLLIN },
                          { .fd = self->status < 0 ? self->first : -1, .events = POLLIN },
                          { .fd = self->forced ? -1 : stop, .events = POLLIN } };

  if (poll (fds, G_N_ELEMENTS (fds), left < 0 ? -1 : (int) (left / 1000) + 1) <= 0)
    return FALSE;
  if (fds[0].revents != 0)
    (void) pn_hearing_drain (hearing);
  if (fds[1].revents != 0)
    hear_status (self);
  /* Once bubblewrap is gone: whether all that it started is, too. */
  if (fds[2].revents != 0)
    self->over = TRUE;
  return fds[3].revents != 0;
}

/* Until nothing of it is left. FALSE where it had to be ended. */
static gboolean
follow (Run *self, PnHearing *hearing, int stop, GError **error)
{
  gint64 deadline = g_get_monotonic_time () + (gint64) self->job->seconds * G_USEC_PER_SEC;

  while (!self->over)
    {
      gboolean unwanted = wait_for_news (self, self->forced ? -1 : deadline, hearing, stop);

      if (self->status < 0 && self->first < 0)
        break; /* it never began */
      if (self->forced)
        continue;
      if (unwanted)
        {
          pn_set_error (error, PN_ERROR_CANCELLED, "The hook %s was ended",
                        pn_hook_stage_to_word (self->job->stage));
          force (self);
        }
      else if (g_get_monotonic_time () >= deadline)
        {
          pn_set_error (error, PN_ERROR_TIMED_OUT,
                        "The hook %s took longer than %s seconds and was ended",
                        pn_hook_stage_to_word (self->job->stage), PN_NUMBER (self->job->seconds));
          force (self);
        }
    }
  (void) waitpid (self->process, NULL, 0);
  return !self->forced;
}

/* How it ended, where it was not ended. */
static gboolean
judge (Run *self, GError **error)
{
  gint64 code;

  if (!find_number (self->said->str, "\"exit-code\":", &code))
    return pn_set_error (error, PN_ERROR_NOT_SUPPORTED,
                         "Hooks cannot be run on this machine: bubblewrap could not make their "
                         "sandbox. Allow unprivileged user namespaces, or leave the hooks out of "
                         "the recipe");
  if (code == 0)
    return TRUE;
  return pn_set_error (error, PN_ERROR_REJECTED, "The hook %s ended with status %s",
                       pn_hook_stage_to_word (self->job->stage), PN_NUMBER ((guint64) code));
}

static gboolean
check_folder (const PnHookJob *job, const char *folder, GError **error)
{
  const char *stage = pn_hook_stage_to_word (job->stage);

  if (!pn_hook_check_folder (folder, error))
    return FALSE;
  if (!g_file_test (folder, G_FILE_TEST_IS_DIR))
    return pn_set_error (error, PN_ERROR_NOT_FOUND,
                         "The hook %s may write to %s, which is no folder that hooks see on this "
                         "machine: make it, choose one below /srv, or leave it out of the recipe",
                         stage, folder);
  if (access (folder, W_OK | X_OK) == 0)
    return TRUE;
  return pn_set_error (error, PN_ERROR_PERMISSION,
                       "The hook %s may write to %s, but the user %s, whom hooks run as here, may "
                       "not: make the folder that user’s, or leave it out of the recipe",
                       stage, folder, g_get_user_name ());
}

gboolean
pn_sandbox_run (const PnHookJob *job, int output, PnHearing *hearing, int stop, GError **error)
{
  g_auto (Run) self = { .job = job, .status = -1, .first = -1, .said = g_string_new (NULL) };

  for (guint i = 0; job->write != NULL && job->write[i] != NULL; i++)
    if (!check_folder (job, job->write[i], error))
      return FALSE;
  return start (&self, output, error) && follow (&self, hearing, stop, error) &&
         judge (&self, error);
}
