/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The real runner behind a real socket, for which this program does what systemd does at a station:
 * it listens, and starts one for each connection. Friendly and hostile requests. Not as root, of
 * whom the kernel counts no processes. */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <grp.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "pn-error.h"
#include "pn-hook-runner.h"
#include "pn-hook-wire.h"
#include "pn-io.h"

#define LONG 300 /* seconds; no hook here takes as long */
#define SOCKETS 2

typedef struct
{
  char *folder, *program, *peer, *writable;
  int sockets[SOCKETS];
  int end; /* the acceptor's: closed to end it */
  GThread *acceptor;
  gint pid, status; /* atomic: of the last runner, which is at its end once status is not -1 */
} Fixture;

static const char *const socket_names[SOCKETS] = { "hook.sock", "hook-network.sock" };

/* ---- what systemd does ---- */

static void
start_runner (Fixture *self, int connection)
{
  const char *const argv[] = { self->program, "--peer", self->peer, NULL };
  g_autoptr (GError) error = NULL;
  GPid pid;
  int status;

  g_atomic_int_set (&self->status, -1);
  g_spawn_async_with_pipes_and_fds (NULL, argv, NULL, G_SPAWN_DO_NOT_REAP_CHILD, NULL, NULL,
                                    connection, -1, -1, NULL, NULL, 0, &pid, NULL, NULL, NULL,
                                    &error);
  g_assert_no_error (error);
  g_atomic_int_set (&self->pid, pid);
  (void) close (connection);
  g_assert_cmpint (waitpid (pid, &status, 0), ==, pid);
  g_atomic_int_set (&self->status, status);
}

static gpointer
accept_thread (gpointer data)
{
  Fixture *self = data;

  for (;;)
    {
      GPollFD fds[] = { { self->sockets[0], G_IO_IN, 0 },
                        { self->sockets[1], G_IO_IN, 0 },
                        { self->end, G_IO_IN, 0 } };

      g_assert_cmpint (g_poll (fds, G_N_ELEMENTS (fds), -1), >, 0);
      if (fds[SOCKETS].revents != 0)
        return NULL;
      for (guint i = 0; i < SOCKETS; i++)
        if (fds[i].revents != 0)
          start_runner (self, accept4 (self->sockets[i], NULL, NULL, SOCK_CLOEXEC));
    }
}

static void
set_address (struct sockaddr_un *address, Fixture *self, const char *name)
{
  g_autofree char *path = g_build_filename (self->folder, name, NULL);

  *address = (struct sockaddr_un){ .sun_family = AF_UNIX };
  g_assert_cmpuint (g_strlcpy (address->sun_path, path, sizeof address->sun_path), <,
                    sizeof address->sun_path);
}

static int end_write = -1;

static void
set_up (Fixture *self, gconstpointer peer)
{
  int ends[2];

  self->folder = g_strdup ("/tmp/punnet-runner-XXXXXX");
  g_assert_nonnull (g_mkdtemp (self->folder));
  self->writable = g_build_filename (self->folder, "labels", NULL);
  g_assert_no_errno (g_mkdir (self->writable, 0755));
  self->program = g_build_filename (g_getenv ("PUNNET_BUILD_ROOT"), "src", "worker",
                                    "punnet-hook-runner", NULL);
  self->peer = g_strdup (peer != NULL ? peer : g_get_user_name ());
  for (guint i = 0; i < SOCKETS; i++)
    {
      struct sockaddr_un address;

      set_address (&address, self, socket_names[i]);
      self->sockets[i] = socket (AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
      g_assert_no_errno (bind (self->sockets[i], (struct sockaddr *) &address, sizeof address));
      g_assert_no_errno (listen (self->sockets[i], 8));
    }
  g_assert_no_errno (pipe2 (ends, O_CLOEXEC));
  self->end = ends[0];
  end_write = ends[1];
  self->acceptor = g_thread_new ("systemd", accept_thread, self);
}

static void
tear_down (Fixture *self, gconstpointer unused)
{
  (void) close (end_write);
  g_thread_join (self->acceptor);
  (void) close (self->end);
  for (guint i = 0; i < SOCKETS; i++)
    (void) close (self->sockets[i]);
  pn_remove_tree (self->folder);
  g_free (self->folder);
  g_free (self->program);
  g_free (self->peer);
  g_free (self->writable);
}

static int
wait_for_runner (Fixture *self)
{
  while (g_atomic_int_get (&self->status) < 0)
    g_usleep (10 * 1000);
  return g_atomic_int_get (&self->status);
}

/* ---- friendly ---- */

static GBytes *
script (const char *text)
{
  g_autofree char *whole = g_strconcat ("#!/bin/sh\n", text, "\n", NULL);

  return g_bytes_new (whole, strlen (whole));
}

static char *
call (Fixture *self, PnHookJob job, const char *text, GCancellable *cancellable, GError **error)
{
  const PnHookRunner runner = { .folder = self->folder };
  g_autoptr (GBytes) content = script (text);
  char *output = NULL;
  gboolean fine;

  job.script = content;
  if (job.stage == PN_HOOK_BOOTFS_MOUNTED)
    job.stage = PN_HOOK_POST_FLASH;
  if (job.seconds == 0)
    job.seconds = LONG;
  fine = pn_hook_call (&runner, &job, &output, cancellable, error);
  g_assert_nonnull (output);
  g_assert_true (fine == (error == NULL || *error == NULL));
  return output;
}

static void
test_contract (Fixture *self, gconstpointer unused)
{
  static const char *const arguments[] = { "0123456789abcdef", "two words", "", "$(id)", NULL };
  static const char *const environment[] = { "TARGET_USB_PATH=1-1.2", "EMPTY=", NULL };
  static const char text[] =
      "#!/bin/sh\necho \"$0 $#\"; for one in \"$@\"; do echo \"<$one>\"; done; env | sort; pwd";
  g_autoptr (GBytes) content = g_bytes_new_static (text, sizeof text - 1);
  const PnHookJob job = { .stage = PN_HOOK_BOOTSTRAP,
                          .script = content,
                          .arguments = arguments,
                          .environment = environment,
                          .seconds = LONG };
  const PnHookRunner runners[] = { { .folder = self->folder }, { .program = self->program } };

  for (guint i = 0; i < G_N_ELEMENTS (runners); i++)
    {
      g_autoptr (GError) error = NULL;
      g_autofree char *output = NULL;

      g_assert_true (pn_hook_call (&runners[i], &job, &output, NULL, &error));
      g_assert_no_error (error);
      g_assert_cmpstr (output, ==,
                       "/run/hook/bootstrap.sh 4\n<0123456789abcdef>\n<two words>\n<>\n<$(id)>\n"
                       "EMPTY=\nHOME=/tmp\nLC_ALL=C.UTF-8\n"
                       "PATH=/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin\nPWD=/tmp\n"
                       "TARGET_USB_PATH=1-1.2\n/tmp");
    }
}

static void
test_status (Fixture *self, gconstpointer unused)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *output =
      call (self, (PnHookJob){ 0 }, "echo out; echo err >&2; exit 7", NULL, &error);

  g_assert_error (error, PN_ERROR, PN_ERROR_REJECTED);
  g_assert_cmpstr (error->message, ==, "The hook post-flash ended with status 7");
  g_assert_cmpstr (output, ==, "out\nerr");
  /* How a script ended is no failure of the runner's. */
  g_assert_cmpint (wait_for_runner (self), ==, 0);
}

/* A script that has `sleep MARK` for each %s in it; no other process of the machine has that. */
static char *
make_sleeper (const char *text, char **mark)
{
  g_auto (GStrv) parts = g_strsplit (text, "%s", -1);

  *mark = g_strdup_printf ("3601.%d", getpid ());
  return g_strjoinv (*mark, parts);
}

static gboolean
is_there (const char *mark)
{
  g_autofree char *command = g_strdup_printf ("pgrep -f %s", mark);
  g_autofree char *found = NULL;

  g_assert_true (g_spawn_command_line_sync (command, &found, NULL, NULL, NULL));
  return found[0] != '\0';
}

static void
wait_until (const char *mark, gboolean there)
{
  while (is_there (mark) != there)
    g_usleep (50 * 1000);
}

static void
test_time_limit (Fixture *self, gconstpointer unused)
{
  g_autofree char *mark = NULL;
  g_autofree char *text =
      make_sleeper ("trap '' TERM INT HUP; echo began; while :; do sleep %s; done", &mark);
  g_autoptr (GError) error = NULL;
  g_autofree char *output = call (self, (PnHookJob){ .seconds = 2 }, text, NULL, &error);

  g_assert_error (error, PN_ERROR, PN_ERROR_TIMED_OUT);
  g_assert_cmpstr (output, ==, "began");
  g_assert_false (is_there (mark));
}

static void
test_flood (Fixture *self, gconstpointer unused)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *output =
      call (self, (PnHookJob){ 0 }, "head -c 300000000 /dev/zero; printf '\\033[31m\\377\\nlast'",
            NULL, &error);

  g_assert_no_error (error);
  g_assert_true (g_str_has_suffix (output, "\nlast"));
  /* Each byte that is no text is shown as three. */
  g_assert_cmpuint (strlen (output), <=, 3 * 64 * 1024);
  g_assert_true (g_utf8_validate (output, -1, NULL));
  g_assert_null (strchr (output, '\033'));
}

static void
test_fork_bomb (Fixture *self, gconstpointer unused)
{
  g_autofree char *mark = NULL;
  g_autofree char *text = make_sleeper (
      "exec 2>/dev/null; perl -e '$n = 0; while (1) { my $p = fork (); last if !defined $p; "
      "if (!$p) { sleep 1000; exit } last if ++$n > 5000 } print \"$n\\n\"' %s",
      &mark);
  g_autoptr (GError) error = NULL;
  g_autofree char *output = call (self, (PnHookJob){ 0 }, text, NULL, &error);

  g_assert_no_error (error);
  g_assert_true (g_ascii_string_to_unsigned (output, 10, 10, 300, NULL, NULL));
  g_assert_false (is_there (mark));
}

static gpointer
cancel_thread (gpointer data)
{
  gpointer *both = data;

  wait_until (both[1], TRUE);
  g_cancellable_cancel (both[0]);
  return NULL;
}

static void
test_cancel (Fixture *self, gconstpointer unused)
{
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  g_autofree char *mark = NULL;
  g_autofree char *text = make_sleeper ("echo began; sleep %s", &mark);
  gpointer both[] = { cancellable, mark };
  g_autoptr (GError) error = NULL;
  GThread *thread = g_thread_new ("cancel", cancel_thread, both);
  g_autofree char *output = call (self, (PnHookJob){ 0 }, text, cancellable, &error);

  g_assert_true (pn_error_is_cancelled (error));
  g_assert_cmpstr (output, ==, "began");
  g_assert_false (is_there (mark));
  g_thread_join (thread);
}

static gpointer
kill_thread (gpointer data)
{
  gpointer *both = data;
  Fixture *self = both[0];

  wait_until (both[1], TRUE);
  g_assert_no_errno (kill (g_atomic_int_get (&self->pid), SIGKILL));
  return NULL;
}

/* What it printed is not lost, and nothing of it stays. */
static void
test_runner_dies (Fixture *self, gconstpointer unused)
{
  g_autofree char *mark = NULL;
  g_autofree char *text = make_sleeper ("echo began; sleep %s", &mark);
  gpointer both[] = { self, mark };
  g_autoptr (GError) error = NULL;
  GThread *thread = g_thread_new ("kill", kill_thread, both);
  g_autofree char *output = call (self, (PnHookJob){ 0 }, text, NULL, &error);

  g_assert_error (error, PN_ERROR, PN_ERROR_FAILED);
  g_assert_nonnull (strstr (error->message, "its runner went away"));
  g_assert_cmpstr (output, ==, "began");
  g_thread_join (thread);
  wait_until (mark, FALSE);
}

/* Without leave there is no network, whichever door it is; with it, what listens here is reached.
 */
static void
test_network (Fixture *self, gconstpointer unused)
{
  g_autoptr (GSocketListener) listener = g_socket_listener_new ();
  guint16 port = g_socket_listener_add_any_inet_port (listener, NULL, NULL);
  g_autofree char *text = g_strdup_printf (
      "perl -MIO::Socket::INET -e 'exit !IO::Socket::INET->new (PeerAddr => \"127.0.0.1\", "
      "PeerPort => %u)'",
      port);
  g_autofree char *with = NULL;
  g_autofree char *without = NULL;
  g_autoptr (GError) error = NULL;

  with = call (self, (PnHookJob){ .network = TRUE }, text, NULL, &error);
  g_assert_no_error (error);
  without = call (self, (PnHookJob){ .network = FALSE }, text, NULL, &error);
  g_assert_error (error, PN_ERROR, PN_ERROR_REJECTED);
}

static void
test_write (Fixture *self, gconstpointer unused)
{
  const char *const write[] = { self->writable, NULL };
  g_autofree char *path = g_build_filename (self->writable, "label", NULL);
  g_autofree char *text = g_strdup_printf ("echo 42 >%s", path);
  g_autofree char *content = NULL;
  g_autofree char *output = NULL;
  g_autoptr (GError) error = NULL;

  output = call (self, (PnHookJob){ .write = write }, text, NULL, &error);
  g_assert_no_error (error);
  g_assert_true (g_file_get_contents (path, &content, NULL, NULL));
  g_assert_cmpstr (content, ==, "42\n");
  g_clear_pointer (&output, g_free);
  g_assert_no_errno (g_chmod (self->writable, 0555));
  output = call (self, (PnHookJob){ .write = write }, text, NULL, &error);
  g_assert_error (error, PN_ERROR, PN_ERROR_PERMISSION);
  g_assert_nonnull (strstr (error->message, g_get_user_name ()));
  g_clear_error (&error);
  g_clear_pointer (&output, g_free);
  g_assert_no_errno (g_chmod (self->writable, 0755));
  g_assert_no_errno (g_unlink (path));
  g_assert_no_errno (g_rmdir (self->writable));
  output = call (self, (PnHookJob){ .write = write }, text, NULL, &error);
  g_assert_error (error, PN_ERROR, PN_ERROR_NOT_FOUND);
}

static void
test_no_socket (Fixture *self, gconstpointer unused)
{
  const PnHookRunner nowhere = { .folder = "/nonexistent" };
  const PnHookRunner nothing = { .program = "/nonexistent/runner" };
  g_autoptr (GBytes) content = script (":");
  const PnHookJob job = {
    .stage = PN_HOOK_BOOTSTRAP, .script = content, .seconds = LONG, .network = TRUE
  };
  g_autoptr (GError) error = NULL;

  g_assert_false (pn_hook_call (&nowhere, &job, NULL, NULL, &error));
  g_assert_error (error, PN_ERROR, PN_ERROR_NOT_SUPPORTED);
  g_assert_nonnull (strstr (error->message, "systemctl start punnet-hook-network.socket"));
  g_clear_error (&error);
  g_assert_false (pn_hook_call (&nothing, &job, NULL, NULL, &error));
  g_assert_nonnull (error);
}

/* ---- hostile ---- */

static int
dial (Fixture *self)
{
  struct sockaddr_un address;
  int fd = socket (AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);

  set_address (&address, self, socket_names[0]);
  g_assert_no_errno (connect (fd, (struct sockaddr *) &address, sizeof address));
  return fd;
}

static void
send_packet (int connection, GBytes *packet, const int *fds, gsize n_fds)
{
  gsize size;
  struct iovec part = { (void *) g_bytes_get_data (packet, &size), 0 };
  union
  {
    struct cmsghdr header;
    char room[CMSG_SPACE (16 * sizeof (int))];
  } control = { 0 };
  struct msghdr message = { .msg_iov = &part, .msg_iovlen = 1 };

  part.iov_len = size;
  if (n_fds > 0)
    {
      message.msg_control = &control;
      message.msg_controllen = CMSG_SPACE (n_fds * sizeof (int));
      control.header.cmsg_level = SOL_SOCKET;
      control.header.cmsg_type = SCM_RIGHTS;
      control.header.cmsg_len = CMSG_LEN (n_fds * sizeof (int));
      memcpy (CMSG_DATA (&control.header), fds, n_fds * sizeof (int));
    }
  g_assert_cmpint (sendmsg (connection, &message, MSG_NOSIGNAL), ==, size);
}

/* Sends it and takes the answer, which has to be a refusal; nothing may have run. */
static void
assert_refused (
    Fixture *self, GBytes *packet, const int *fds, gsize n_fds, int output, PnError code)
{
  g_autofree char *buffer = g_malloc (PN_HOOK_MAX_REPLY);
  g_autoptr (GBytes) reply = NULL;
  g_autoptr (GError) error = NULL;
  int connection = dial (self);
  gssize got;

  send_packet (connection, packet, fds, n_fds);
  got = recv (connection, buffer, PN_HOOK_MAX_REPLY, 0);
  g_assert_cmpint (got, >, 0);
  reply = g_bytes_new (buffer, (gsize) got);
  g_assert_false (pn_hook_reply_parse (reply, &error));
  g_assert_error (error, PN_ERROR, (int) code);
  g_assert_cmpint (wait_for_runner (self), ==, W_EXITCODE (1, 0));
  g_assert_cmpint (read (output, buffer, 1), ==, -1);
  g_assert_cmpint (errno, ==, EAGAIN);
  (void) close (connection);
}

static int
make_script (const char *text, gboolean sealed)
{
  int fd = memfd_create ("script", MFD_CLOEXEC | MFD_ALLOW_SEALING);

  g_assert_cmpint (write (fd, text, strlen (text)), ==, strlen (text));
  if (sealed)
    g_assert_no_errno (
        fcntl (fd, F_ADD_SEALS, F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE));
  return fd;
}

static GBytes *
make_request (PnHookJob job)
{
  if (job.stage == PN_HOOK_BOOTFS_MOUNTED)
    job.stage = PN_HOOK_POST_FLASH;
  if (job.seconds == 0)
    job.seconds = LONG;
  return pn_hook_request_new (&job);
}

static void
test_hostile (Fixture *self, gconstpointer unused)
{
  static const char *const no_name[] = { "=x", NULL };
  static const char *const no_value[] = { "NAME", NULL };
  static const char *const bad_name[] = { "A B=x", NULL };
  static const char *const etc[] = { "/etc", NULL };
  static const char *const many[] = { "", "", "", "", "", "", "", "", "",
                                      "", "", "", "", "", "", "", "", NULL };
  static const char *const folders[] = { "/srv/a", "/srv/b", "/srv/c", "/srv/d", "/srv/e",
                                         "/srv/f", "/srv/g", "/srv/h", "/srv/i", NULL };
  const PnHookJob wrong[] = {
    { .stage = PN_HOOK_ROOTFS_MOUNTED },
    { .seconds = PN_HOOK_SECONDS_MAX + 1 },
    { .environment = no_name },
    { .environment = no_value },
    { .environment = bad_name },
    { .write = etc },
    { .write = folders },
    { .arguments = many },
  };
  g_autoptr (GBytes) right = make_request ((PnHookJob){ 0 });
  g_autofree char *noise = g_malloc0 (PN_HOOK_MAX_REQUEST + 1000);
  g_autoptr (GBytes) long_one = g_bytes_new (noise, PN_HOOK_MAX_REQUEST + 1000);
  g_autoptr (GBytes) zeros = g_bytes_new (noise, 64);
  g_autoptr (GBytes) cut = g_bytes_new_from_bytes (right, 0, g_bytes_get_size (right) - 1);
  const int sealed = make_script ("#!/bin/sh\necho ran\n", TRUE);
  const int open_one = make_script ("#!/bin/sh\necho ran\n", FALSE);
  const int program = make_script ("\177ELF", TRUE);
  int ends[2];
  int many_fds[12];

  g_assert_no_errno (pipe2 (ends, O_CLOEXEC | O_NONBLOCK));
  for (guint i = 0; i < G_N_ELEMENTS (many_fds); i++)
    many_fds[i] = sealed;
  for (guint i = 0; i < G_N_ELEMENTS (wrong); i++)
    {
      g_autoptr (GBytes) packet = make_request (wrong[i]);

      assert_refused (self, packet, (int[]){ sealed, ends[1] }, 2, ends[0], PN_ERROR_INVALID_DATA);
    }
  assert_refused (self, long_one, (int[]){ sealed, ends[1] }, 2, ends[0], PN_ERROR_INVALID_DATA);
  assert_refused (self, zeros, (int[]){ sealed, ends[1] }, 2, ends[0], PN_ERROR_INVALID_DATA);
  assert_refused (self, cut, (int[]){ sealed, ends[1] }, 2, ends[0], PN_ERROR_INVALID_DATA);
  assert_refused (self, right, NULL, 0, ends[0], PN_ERROR_INVALID_DATA);
  assert_refused (self, right, (int[]){ sealed }, 1, ends[0], PN_ERROR_INVALID_DATA);
  assert_refused (self, right, (int[]){ sealed, ends[1], sealed }, 3, ends[0],
                  PN_ERROR_INVALID_DATA);
  assert_refused (self, right, many_fds, G_N_ELEMENTS (many_fds), ends[0], PN_ERROR_INVALID_DATA);
  assert_refused (self, right, (int[]){ ends[1], sealed }, 2, ends[0], PN_ERROR_INVALID_DATA);
  assert_refused (self, right, (int[]){ sealed, ends[0] }, 2, ends[0], PN_ERROR_INVALID_DATA);
  assert_refused (self, right, (int[]){ open_one, ends[1] }, 2, ends[0], PN_ERROR_INVALID_DATA);
  assert_refused (self, right, (int[]){ program, ends[1] }, 2, ends[0], PN_ERROR_INVALID_DATA);
  (void) close (sealed);
  (void) close (open_one);
  (void) close (program);
  (void) close (ends[0]);
  (void) close (ends[1]);
}

/* Another user's processes are not answered, whatever they ask. */
static void
test_wrong_peer (Fixture *self, gconstpointer unused)
{
  g_autoptr (GBytes) right = make_request ((PnHookJob){ 0 });
  const int sealed = make_script ("#!/bin/sh\necho ran\n", TRUE);
  int ends[2];

  g_assert_no_errno (pipe2 (ends, O_CLOEXEC | O_NONBLOCK));
  assert_refused (self, right, (int[]){ sealed, ends[1] }, 2, ends[0], PN_ERROR_PERMISSION);
  (void) close (sealed);
  (void) close (ends[0]);
  (void) close (ends[1]);
}

/* Whoever asked is gone, without a word: as when it was killed. */
static void
test_caller_dies (Fixture *self, gconstpointer unused)
{
  g_autofree char *mark = NULL;
  g_autofree char *text = make_sleeper ("#!/bin/sh\nsleep %s\n", &mark);
  g_autoptr (GBytes) right = make_request ((PnHookJob){ 0 });
  const int sealed = make_script (text, TRUE);
  int connection = dial (self);
  int ends[2];

  g_assert_no_errno (pipe2 (ends, O_CLOEXEC));
  send_packet (connection, right, (int[]){ sealed, ends[1] }, 2);
  wait_until (mark, TRUE);
  (void) close (connection);
  g_assert_cmpint (wait_for_runner (self), ==, 0);
  g_assert_false (is_there (mark));
  (void) close (sealed);
  (void) close (ends[0]);
  (void) close (ends[1]);
}

/* One that connects and hangs up has nothing run. */
static void
test_hangs_up (Fixture *self, gconstpointer unused)
{
  g_atomic_int_set (&self->status, -1);
  (void) close (dial (self));
  g_assert_cmpint (wait_for_runner (self), ==, W_EXITCODE (1, 0));
}

/* It is a runner only behind a socket of the right kind. */
static void
test_started_by_hand (Fixture *self, gconstpointer unused)
{
  g_autofree char *command = g_strdup_printf ("%s --peer=%s", self->program, self->peer);
  g_autofree char *said = NULL;
  int status;

  g_assert_true (g_spawn_command_line_sync (command, NULL, &said, &status, NULL));
  g_assert_cmpint (status, ==, W_EXITCODE (2, 0));
  g_assert_nonnull (strstr (said, "socket"));
}

int
main (int argc, char **argv)
{
  static const struct
  {
    const char *path;
    void (*test) (Fixture *, gconstpointer);
    const char *peer; /* NULL = who runs the test */
  } tests[] = {
    { "/hook-runner/contract", test_contract, NULL },
    { "/hook-runner/status", test_status, NULL },
    { "/hook-runner/time-limit", test_time_limit, NULL },
    { "/hook-runner/flood", test_flood, NULL },
    { "/hook-runner/fork-bomb", test_fork_bomb, NULL },
    { "/hook-runner/cancel", test_cancel, NULL },
    { "/hook-runner/runner-dies", test_runner_dies, NULL },
    { "/hook-runner/caller-dies", test_caller_dies, NULL },
    { "/hook-runner/network", test_network, NULL },
    { "/hook-runner/write", test_write, NULL },
    { "/hook-runner/no-socket", test_no_socket, NULL },
    { "/hook-runner/hostile", test_hostile, NULL },
    { "/hook-runner/wrong-peer", test_wrong_peer, "root" },
    { "/hook-runner/hangs-up", test_hangs_up, NULL },
    { "/hook-runner/started-by-hand", test_started_by_hand, NULL },
  };

  if (geteuid () == 0)
    g_assert_true (setgroups (0, NULL) == 0 && setgid (65534) == 0 && setuid (65534) == 0);
  g_test_init (&argc, &argv, NULL);
  for (guint i = 0; i < G_N_ELEMENTS (tests); i++)
    g_test_add (tests[i].path, Fixture, tests[i].peer, set_up, tests[i].test, tear_down);
  return g_test_run ();
}
