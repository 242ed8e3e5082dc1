/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Stands between the helper and a real worker, which is its child, and passes on all that they say
 * to each other. At what they say about the journal it waits until the test lets it: so the one,
 * the other or both can be killed exactly there, and neither of them knows of it.
 *
 * The helper starts it as punnet-worker; beside it are "worker", the real one, and "control", the
 * test's socket: a packet with the real worker's number, then one for each message that matters
 * ("call Intent customer-key", "answer Intent customer-key"), which one of any kind lets go on. */
#include "config.h"

#include <errno.h>
#include <gio/gio.h>
#include <gio/gunixfdlist.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#define PEER_FD 3

typedef struct
{
  GMainLoop *loop;
  int control;
  GDBusConnection *helper, *worker;
  GHashTable *asked; /* serial of a call → its words; the filters' thread only */
  guint32 cancel;    /* serial of the helper's last Cancel, 0 = none; that thread only, too */
} Relay;

static G_GNUC_NORETURN void
give_up (const char *what)
{
  g_printerr ("pn-test-relay: %s: %s\n", what, g_strerror (errno));
  _exit (1);
}

/* ---- the test ---- */

static int
connect_control (const char *folder)
{
  g_autofree char *path = g_build_filename (folder, "control", NULL);
  struct sockaddr_un address = { .sun_family = AF_UNIX };
  int fd = socket (AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);

  if (fd < 0 ||
      g_strlcpy (address.sun_path, path, sizeof address.sun_path) >= sizeof address.sun_path ||
      connect (fd, (const struct sockaddr *) &address, sizeof address) < 0)
    give_up (path);
  return fd;
}

static void
tell (Relay *self, const char *words)
{
  if (send (self->control, words, strlen (words), MSG_NOSIGNAL) < 0)
    _exit (0); /* the test is over */
}

static void
ask (Relay *self, const char *words)
{
  char answer[8];

  tell (self, words);
  if (recv (self->control, answer, sizeof answer, 0) <= 0)
    _exit (0);
}

/* ---- what is said ---- */

/* "Intent customer-key"; NULL for what does not matter. (transfer full) */
static char *
describe (GDBusMessage *message)
{
  static const char *const members[] = { "Admit", "Intent",   "Outcome", "Growth",
                                         "Phase", "Finished", NULL };
  const char *member = g_dbus_message_get_member (message);
  const char *what = g_dbus_message_get_arg0 (message);

  if (g_dbus_message_get_message_type (message) != G_DBUS_MESSAGE_TYPE_METHOD_CALL ||
      !g_strv_contains (members, member))
    return NULL;
  return what != NULL ? g_strdup_printf ("%s %s", member, what) : g_strdup (member);
}

static void
wait_at_call (Relay *self, GDBusMessage *message)
{
  g_autofree char *what = describe (message);
  g_autofree char *words = g_strconcat ("call ", what, NULL);

  if (what == NULL)
    return;
  if ((g_dbus_message_get_flags (message) & G_DBUS_MESSAGE_FLAGS_NO_REPLY_EXPECTED) == 0)
    g_hash_table_insert (self->asked, GUINT_TO_POINTER (g_dbus_message_get_serial (message)),
                         g_strdup (what));
  ask (self, words);
}

static void
wait_at_answer (Relay *self, GDBusMessage *message)
{
  gpointer serial = GUINT_TO_POINTER (g_dbus_message_get_reply_serial (message));
  g_autofree char *words =
      g_strconcat ("answer ", (const char *) g_hash_table_lookup (self->asked, serial), NULL);

  if (g_hash_table_remove (self->asked, serial))
    ask (self, words);
}

/* The helper does not ask for an answer; the test waits for it. */
static void
remember_cancel (Relay *self, GDBusMessage *message)
{
  if (g_strcmp0 (g_dbus_message_get_member (message), "Cancel") != 0)
    return;
  self->cancel = g_dbus_message_get_serial (message);
  g_dbus_message_set_flags (message, g_dbus_message_get_flags (message) &
                                         ~G_DBUS_MESSAGE_FLAGS_NO_REPLY_EXPECTED);
}

/* TRUE for what the helper did not ask for. */
static gboolean
wait_at_cancelled (Relay *self, GDBusMessage *message)
{
  if (self->cancel == 0 || g_dbus_message_get_reply_serial (message) != self->cancel)
    return FALSE;
  self->cancel = 0;
  ask (self, "answer Cancel");
  return TRUE;
}

/* What comes in here goes out there; where that has ended there is nobody to tell. */
static GDBusMessage *
pass_on_cb (GDBusConnection *from, GDBusMessage *message, gboolean incoming, gpointer user_data)
{
  Relay *self = user_data;
  GDBusConnection *to = from == self->helper ? self->worker : self->helper;
  g_autoptr (GDBusMessage) copy = NULL;

  if (!incoming)
    return message;
  if (from == self->worker)
    wait_at_call (self, message);
  else if (g_dbus_message_get_reply_serial (message) != 0)
    wait_at_answer (self, message);
  copy = g_dbus_message_copy (message, NULL);
  if (copy != NULL && from == self->helper)
    remember_cancel (self, copy);
  if (from == self->worker && wait_at_cancelled (self, message))
    g_clear_object (&copy);
  g_object_unref (message);
  if (copy != NULL)
    (void) g_dbus_connection_send_message (to, copy, G_DBUS_SEND_MESSAGE_FLAGS_PRESERVE_SERIAL,
                                           NULL, NULL);
  return NULL;
}

/* ---- the two ---- */

static void
die_with_parent_cb (gpointer user_data)
{
  (void) prctl (PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
}

/* Takes @fd, the worker's end. */
static GSubprocess *
start_worker (const char *folder, int fd)
{
  g_autofree char *program = g_build_filename (folder, "worker", NULL);
  g_autoptr (GSubprocessLauncher) launcher = g_subprocess_launcher_new (G_SUBPROCESS_FLAGS_NONE);
  g_autoptr (GError) error = NULL;
  GSubprocess *process;

  g_subprocess_launcher_take_fd (launcher, fd, PEER_FD);
  g_subprocess_launcher_set_child_setup (launcher, die_with_parent_cb, NULL, NULL);
  process = g_subprocess_launcher_spawn (launcher, &error, program, NULL);
  if (process == NULL)
    give_up (error->message);
  return process;
}

/* Takes @fd. */
static GDBusConnection *
speak (int fd, const char *guid, Relay *self)
{
  g_autoptr (GSocket) socket = g_socket_new_from_fd (fd, NULL);
  g_autoptr (GSocketConnection) stream = g_socket_connection_factory_create_connection (socket);
  g_autoptr (GError) error = NULL;
  GDBusConnection *connection =
      g_dbus_connection_new_sync (G_IO_STREAM (stream), guid,
                                  (guid != NULL ? G_DBUS_CONNECTION_FLAGS_AUTHENTICATION_SERVER
                                                : G_DBUS_CONNECTION_FLAGS_AUTHENTICATION_CLIENT) |
                                      G_DBUS_CONNECTION_FLAGS_DELAY_MESSAGE_PROCESSING,
                                  NULL, NULL, &error);

  if (connection == NULL)
    give_up (error->message);
  g_dbus_connection_add_filter (connection, pass_on_cb, self, NULL);
  return connection;
}

/* The worker sees its helper go as it would without us. */
static void
helper_gone_cb (GDBusConnection *helper, gboolean vanished, GError *error, Relay *self)
{
  g_dbus_connection_close (self->worker, NULL, NULL, NULL);
}

static void
worker_gone_cb (GObject *process, GAsyncResult *result, gpointer user_data)
{
  Relay *self = user_data;

  g_main_loop_quit (self->loop);
}

int
main (int argc, char **argv)
{
  g_autofree char *folder = g_path_get_dirname (argv[0]);
  g_autofree char *guid = g_dbus_generate_guid ();
  Relay self = { .loop = g_main_loop_new (NULL, FALSE) };
  GSubprocess *process;
  int pair[2];

  if (socketpair (AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) < 0)
    give_up ("socketpair");
  self.control = connect_control (folder);
  self.asked = g_hash_table_new_full (NULL, NULL, NULL, g_free);
  process = start_worker (folder, pair[1]);
  tell (&self, g_subprocess_get_identifier (process));
  self.helper = speak (PEER_FD, NULL, &self);
  self.worker = speak (pair[0], guid, &self);
  g_signal_connect (self.helper, "closed", G_CALLBACK (helper_gone_cb), &self);
  g_subprocess_wait_async (process, NULL, worker_gone_cb, &self);
  g_dbus_connection_start_message_processing (self.helper);
  g_dbus_connection_start_message_processing (self.worker);
  g_main_loop_run (self.loop);
  /* What the worker has said last is on its way. */
  (void) g_dbus_connection_flush_sync (self.helper, NULL, NULL);
  _exit (0);
}
