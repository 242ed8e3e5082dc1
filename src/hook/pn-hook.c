/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Runs one script in its sandbox: feeds it, hears it, ends it. It is over only when the sandbox's
 * first process is, with which everything ends that was started in there. */
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

#define MAX_OUTPUT (64 * 1024) /* bytes that are kept, from the end */
#define MAX_STATUS 4096        /* bytes that bubblewrap says */

typedef struct
{
  const PnHookJob *job;
  GPid process;          /* bubblewrap; 0 = it has been waited for */
  int output, status;    /* pipes, read ends; -1 = at their end */
  int first;             /* the sandbox's first process: a pidfd; -1 = not known */
  GString *said;         /* what bubblewrap said */
  GString *printed;      /* the last of what the script printed */
  gboolean over, forced; /* the sandbox is gone; it was ended */
} Run;

static void
clear_run (Run *self)
{
  int *const fds[] = { &self->output, &self->status, &self->first };

  for (guint i = 0; i < G_N_ELEMENTS (fds); i++)
    if (*fds[i] >= 0)
      pn_fd_close (*fds[i]);
  g_string_free (self->said, TRUE);
  g_string_free (self->printed, TRUE);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Run, clear_run)

/* A file in memory with @content, at its start. */
static int
make_file (GBytes *content, GError **error)
{
  g_auto (PnFd) fd = memfd_create ("punnet-hook", MFD_CLOEXEC);

  if (fd < 0)
    {
      pn_set_error_from_errno (error, errno, "Cannot make a file in memory");
      return -1;
    }
  if (!pn_write_all (fd, g_bytes_get_data (content, NULL), g_bytes_get_size (content), error))
    return -1;
  (void) lseek (fd, 0, SEEK_SET);
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
make_pipe (int *read_end, int *write_end, GError **error)
{
  int ends[2];

  if (pipe2 (ends, O_CLOEXEC) < 0)
    {
      pn_set_error_from_errno (error, errno, "Cannot make a pipe");
      return FALSE;
    }
  *read_end = ends[0];
  *write_end = ends[1];
  return fcntl (ends[0], F_SETFL, O_NONBLOCK) == 0;
}

static gboolean
start (Run *self, gboolean proc, GError **error)
{
  static const int targets[] = { PN_SANDBOX_OPTIONS, PN_SANDBOX_SCRIPT, PN_SANDBOX_STATUS };
  static const char *const nothing[] = { "PATH=/usr/bin:/bin", NULL };
  g_auto (GStrv) argv = make_argv (self->job, error);
  g_autoptr (GBytes) options = pn_sandbox_options (self->job, proc);
  g_auto (PnFd) options_fd = argv != NULL ? make_file (options, error) : -1;
  g_auto (PnFd) script_fd = options_fd >= 0 ? make_file (self->job->script, error) : -1;
  g_auto (PnFd) input = script_fd >= 0 ? pn_open ("/dev/null", O_RDONLY, error) : -1;
  g_auto (PnFd) output = -1;
  g_auto (PnFd) status = -1;
  int sources[G_N_ELEMENTS (targets)];

  if (input < 0 || !make_pipe (&self->output, &output, error) ||
      !make_pipe (&self->status, &status, error))
    return FALSE;
  sources[0] = options_fd;
  sources[1] = script_fd;
  sources[2] = status;
  if (g_spawn_async_with_pipes_and_fds (NULL, (const char *const *) argv, nothing,
                                        G_SPAWN_DO_NOT_REAP_CHILD, NULL, NULL, input, output,
                                        output, sources, targets, G_N_ELEMENTS (targets),
                                        &self->process, NULL, NULL, NULL, error))
    return TRUE;
  pn_prefix_error (error, "The sandbox for hooks cannot be started");
  return FALSE;
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

static void
hear_status (Run *self, const char *data, gsize size)
{
  gint64 pid;

  g_string_append_len (self->said, data, (gssize) MIN (size, MAX_STATUS - self->said->len));
  if (self->first < 0 && find_number (self->said->str, "\"child-pid\":", &pid) && pid > 1)
    self->first = pidfd_open ((pid_t) pid, 0);
}

static void
hear_output (Run *self, const char *data, gsize size)
{
  g_string_append_len (self->printed, data, (gssize) size);
  if (self->printed->len > 2 * MAX_OUTPUT)
    g_string_erase (self->printed, 0, (gssize) (self->printed->len - MAX_OUTPUT));
}

/* Some of what there is now; closes it at its end. FALSE where there is nothing. */
static gboolean
drain (Run *self, int *fd, void (*hear) (Run *, const char *, gsize))
{
  char buffer[16 * 1024];
  gssize got = read (*fd, buffer, sizeof buffer);

  if (got > 0)
    {
      hear (self, buffer, (gsize) got);
      return TRUE;
    }
  if (got == 0 || (errno != EAGAIN && errno != EINTR))
    {
      pn_fd_close (*fd);
      *fd = -1;
    }
  return FALSE;
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

/* Waits for news, at most until @deadline (monotonic, µs; -1 = as long as it takes). */
static void
wait_for_news (Run *self, gint64 deadline, int cancelled)
{
  gint64 left = deadline < 0 ? -1 : MAX (0, deadline - g_get_monotonic_time ());
  struct pollfd fds[] = { { .fd = self->output, .events = POLLIN },
                          { .fd = self->status, .events = POLLIN },
                          { .fd = self->status < 0 ? self->first : -1, .events = POLLIN },
                          { .fd = self->forced ? -1 : cancelled, .events = POLLIN } };

  if (poll (fds, G_N_ELEMENTS (fds), left < 0 ? -1 : (int) (left / 1000) + 1) <= 0)
    return;
  if (fds[0].revents != 0)
    (void) drain (self, &self->output, hear_output);
  if (fds[1].revents != 0)
    (void) drain (self, &self->status, hear_status);
  /* Once bubblewrap is gone: whether all that it started is, too. */
  if (fds[2].revents != 0)
    self->over = TRUE;
}

/* Until nothing of it is left. FALSE where it had to be ended. */
static gboolean
follow (Run *self, GCancellable *cancellable, GError **error)
{
  gint64 deadline = g_get_monotonic_time () + (gint64) self->job->seconds * G_USEC_PER_SEC;
  int cancelled = g_cancellable_get_fd (cancellable);

  while (!self->over)
    {
      wait_for_news (self, self->forced ? -1 : deadline, cancelled);
      if (self->status < 0 && self->first < 0)
        break; /* it never began */
      if (self->forced)
        continue;
      if (g_cancellable_set_error_if_cancelled (cancellable, error))
        force (self);
      else if (g_get_monotonic_time () >= deadline)
        {
          pn_set_error (error, PN_ERROR_TIMED_OUT,
                        "The hook %s took longer than %s seconds and was ended",
                        pn_hook_stage_to_word (self->job->stage), PN_NUMBER (self->job->seconds));
          force (self);
        }
    }
  while (self->output >= 0 && drain (self, &self->output, hear_output))
    ;
  g_cancellable_release_fd (cancellable);
  (void) waitpid (self->process, NULL, 0);
  return !self->forced;
}

/* The last of what was printed, fit to be shown. */
static char *
make_output (const GString *printed)
{
  gsize skip = printed->len > MAX_OUTPUT ? printed->len - MAX_OUTPUT : 0;
  char *text = g_utf8_make_valid (printed->str + skip, (gssize) (printed->len - skip));

  for (char *at = text; *at != '\0'; at++)
    if (g_ascii_iscntrl (*at) && *at != '\n')
      *at = ' ';
  return g_strchomp (text);
}

static gboolean
get_status (Run *self, gint64 *code)
{
  return find_number (self->said->str, "\"exit-code\":", code);
}

/* How it ended, where it was not ended. */
static gboolean
judge (Run *self, const char *printed, GError **error)
{
  gint64 code;

  if (!get_status (self, &code))
    return pn_set_error (error, PN_ERROR_NOT_SUPPORTED,
                         "Hooks cannot be run on this machine: bubblewrap could not make their "
                         "sandbox (%s). Allow unprivileged user namespaces, or leave the hooks out "
                         "of the recipe",
                         printed);
  if (code == 0)
    return TRUE;
  return pn_set_error (error, PN_ERROR_REJECTED, "The hook %s ended with status %s",
                       pn_hook_stage_to_word (self->job->stage), PN_NUMBER ((guint64) code));
}

static gboolean
check_folders (const PnHookJob *job, GError **error)
{
  for (guint i = 0; job->write != NULL && job->write[i] != NULL; i++)
    {
      if (!pn_hook_check_folder (job->write[i], error))
        return FALSE;
      if (!g_file_test (job->write[i], G_FILE_TEST_IS_DIR))
        return pn_set_error (
            error, PN_ERROR_NOT_FOUND,
            "The hook %s may write to %s, which is no folder of this machine: make "
            "it, or leave it out of the recipe",
            pn_hook_stage_to_word (job->stage), job->write[i]);
    }
  return TRUE;
}

/* @began: the script did, or was to end before it could. */
static gboolean
run_once (const PnHookJob *job,
          gboolean proc,
          char **output,
          gboolean *began,
          GCancellable *cancellable,
          GError **error)
{
  g_auto (Run) self = { .job = job,
                        .output = -1,
                        .status = -1,
                        .first = -1,
                        .said = g_string_new (NULL),
                        .printed = g_string_new (NULL) };
  gboolean fine = start (&self, proc, error) && follow (&self, cancellable, error);
  gint64 code;

  *began = self.forced || get_status (&self, &code);
  *output = make_output (self.printed);
  return fine && judge (&self, *output, error);
}

gboolean
pn_hook_run (const PnHookJob *job, char **output, GCancellable *cancellable, GError **error)
{
  g_autoptr (GError) local = NULL;
  g_autofree char *printed = g_strdup ("");
  gboolean began = TRUE;
  gboolean fine;

  g_return_val_if_fail (job->seconds > 0 && job->seconds <= PN_HOOK_SECONDS_MAX, FALSE);
  fine = !g_cancellable_set_error_if_cancelled (cancellable, &local) && check_folders (job, &local);
  if (fine)
    {
      g_free (printed);
      fine = run_once (job, TRUE, &printed, &began, cancellable, &local);
    }
  /* A service that sees only parts of /proc may not mount a whole one; scripts for devices do
   * without. */
  if (!began && job->owners == NULL && g_error_matches (local, PN_ERROR, PN_ERROR_NOT_SUPPORTED))
    {
      g_autofree char *again = NULL;
      g_autoptr (GError) second = NULL;

      fine = run_once (job, FALSE, &again, &began, cancellable, &second);
      if (began)
        {
          g_free (printed);
          printed = g_steal_pointer (&again);
          g_clear_error (&local);
          local = g_steal_pointer (&second);
        }
    }
  if (local != NULL)
    g_propagate_error (error, g_steal_pointer (&local));
  if (output != NULL)
    *output = g_steal_pointer (&printed);
  return fine;
}

gboolean
pn_hook_check_machine (GError **error)
{
  static const char script[] = "#!/bin/sh\nexit 0\n";
  g_autoptr (GBytes) content = g_bytes_new_static (script, sizeof script - 1);
  const PnHookJob job = { .script = content, .seconds = PN_HOOK_SECONDS_DEFAULT };

  return pn_hook_run (&job, NULL, NULL, error);
}
