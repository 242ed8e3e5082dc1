/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Real scripts in the real sandbox, friendly and hostile ones. As root the kernel counts no
 * processes, and nobody runs hooks as root: the tests are somebody else's, then. */
#include "config.h"

#include <errno.h>
#include <glib/gstdio.h>
#include <grp.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "pn-error.h"
#include "pn-hook.h"
#include "pn-io.h"

#define LONG 300 /* seconds; no hook here takes as long */

typedef struct
{
  char *folder, *boot, *root;
} Fixture;

static void
set_up (Fixture *fixture, gconstpointer unused)
{
  fixture->folder = g_strdup ("/tmp/punnet-hook-XXXXXX");
  g_assert_nonnull (g_mkdtemp (fixture->folder));
  fixture->boot = g_build_filename (fixture->folder, "boot", NULL);
  fixture->root = g_build_filename (fixture->folder, "root", NULL);
  g_assert_no_errno (g_mkdir (fixture->boot, 0755));
  g_assert_no_errno (g_mkdir (fixture->root, 0755));
}

static void
tear_down (Fixture *fixture, gconstpointer unused)
{
  pn_remove_folder (fixture->boot);
  pn_remove_folder (fixture->root);
  pn_remove_folder (fixture->folder);
  g_free (fixture->folder);
  g_free (fixture->boot);
  g_free (fixture->root);
}

static GBytes *
script (const char *text)
{
  g_autofree char *whole = g_strconcat ("#!/bin/sh\n", text, "\n", NULL);

  return g_bytes_new (whole, strlen (whole));
}

/* What it printed; @job may have all but its script. */
static char *
run (PnHookJob job, const char *text, GError **error)
{
  g_autoptr (GBytes) content = script (text);
  char *output = NULL;
  gboolean fine;

  job.script = content;
  if (job.seconds == 0)
    job.seconds = LONG;
  fine = pn_hook_run (&job, &output, NULL, error);
  g_assert_nonnull (output);
  g_assert_true (fine == (error == NULL || *error == NULL));
  return output;
}

static void
test_contract (Fixture *fixture, gconstpointer unused)
{
  static const char *const arguments[] = { "0123456789abcdef", "two words", "", "$(id)", NULL };
  static const char *const environment[] = { "TARGET_USB_PATH=1-1.2", "EMPTY=", NULL };
  g_autoptr (GError) error = NULL;
  g_autofree char *output = NULL;

  output = run (
      (PnHookJob){ .stage = PN_HOOK_BOOTSTRAP, .arguments = arguments, .environment = environment },
      "echo \"$0 $#\"; for one in \"$@\"; do echo \"<$one>\"; done; env | sort; pwd", &error);
  g_assert_no_error (error);
  g_assert_cmpstr (output, ==,
                   "/run/hook/bootstrap.sh 4\n<0123456789abcdef>\n<two words>\n<>\n<$(id)>\n"
                   "EMPTY=\nHOME=/tmp\nLC_ALL=C.UTF-8\n"
                   "PATH=/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin\nPWD=/tmp\n"
                   "TARGET_USB_PATH=1-1.2\n/tmp");
}

static void
test_folders (Fixture *fixture, gconstpointer unused)
{
  g_autofree char *config = g_build_filename (fixture->boot, "config.txt", NULL);
  g_autofree char *made = g_build_filename (fixture->root, "etc", "made", NULL);
  g_autofree char *content = NULL;
  g_autofree char *output = NULL;
  g_autoptr (GError) error = NULL;
  static const char *const arguments[] = { PN_HOOK_BOOT, PN_HOOK_ROOT, NULL };

  g_assert_true (g_file_set_contents (config, "arm_64bit=1\n", -1, NULL));
  output = run ((PnHookJob){ .stage = PN_HOOK_ROOTFS_MOUNTED,
                             .arguments = arguments,
                             .boot = fixture->boot,
                             .root = fixture->root },
                "set -e; echo dtparam=audio=on >>$1/config.txt; mkdir $2/etc; cat $1/config.txt "
                ">$2/etc/made",
                &error);
  g_assert_no_error (error);
  g_assert_true (g_file_get_contents (made, &content, NULL, NULL));
  g_assert_cmpstr (content, ==, "arm_64bit=1\ndtparam=audio=on\n");
  g_assert_no_errno (g_unlink (made));
  g_clear_pointer (&made, g_free);
  made = g_build_filename (fixture->root, "etc", NULL);
  g_assert_no_errno (g_rmdir (made));
}

/* Who owns what is told to it, and it says who owns what. */
static void
test_owners (Fixture *fixture, gconstpointer unused)
{
  g_autofree char *owners = g_build_filename (fixture->folder, "owners", NULL);
  g_autofree char *made = g_build_filename (fixture->root, "made", NULL);
  g_autofree char *line = NULL;
  g_autofree char *list = NULL;
  g_autofree char *output = NULL;
  g_autoptr (GError) error = NULL;
  struct stat status;

  g_assert_no_errno (stat (fixture->root, &status));
  line = g_strdup_printf ("dev=%lx,ino=%lu,mode=40751,uid=12,gid=34,nlink=2,rdev=0\n",
                          (gulong) status.st_dev, (gulong) status.st_ino);
  g_assert_true (g_file_set_contents (owners, line, -1, NULL));
  output =
      run ((PnHookJob){ .stage = PN_HOOK_ROOTFS_MOUNTED, .root = fixture->root, .owners = owners },
           "set -e; stat -c '%u:%g %a' /mnt/root; cd /mnt/root; mknod made c 5 1; chown 7:8 made",
           &error);
  g_assert_cmpstr (output, ==, "12:34 751");
  g_assert_no_error (error);
  g_assert_no_errno (stat (made, &status));
  g_assert_true (S_ISREG (status.st_mode));
  g_assert_true (g_file_get_contents (owners, &list, NULL, NULL));
  g_clear_pointer (&line, g_free);
  line = g_strdup_printf ("ino=%lu,mode=20644,uid=7,gid=8,nlink=1,rdev=1281\n",
                          (gulong) status.st_ino);
  g_assert_nonnull (strstr (list, line));
}

static void
test_status (Fixture *fixture, gconstpointer unused)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *output =
      run ((PnHookJob){ .stage = PN_HOOK_POST_FLASH }, "echo out; echo err >&2; exit 7", &error);

  g_assert_error (error, PN_ERROR, PN_ERROR_REJECTED);
  g_assert_nonnull (strstr (error->message, "post-flash"));
  g_assert_nonnull (strstr (error->message, "7"));
  g_assert_cmpstr (output, ==, "out\nerr");
}

static void
test_killed (Fixture *fixture, gconstpointer unused)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *output = run ((PnHookJob){ 0 }, "kill -9 $$", &error);

  g_assert_error (error, PN_ERROR, PN_ERROR_REJECTED);
  g_assert_nonnull (strstr (error->message, "137"));
}

/* A script that has `sleep MARK` for each %s in it; no other process of the machine has that. */
static char *
make_sleeper (const char *text, char **mark)
{
  g_auto (GStrv) parts = g_strsplit (text, "%s", -1);

  *mark = g_strdup_printf ("3600.%d", getpid ());
  return g_strjoinv (*mark, parts);
}

/* Nothing of it is left when the call returns, whatever it does about it. */
static void
assert_all_gone (const char *mark)
{
  g_autofree char *command = g_strdup_printf ("pgrep -f %s", mark);
  g_autofree char *found = NULL;

  g_assert_true (g_spawn_command_line_sync (command, &found, NULL, NULL, NULL));
  g_assert_cmpstr (found, ==, "");
}

static void
test_time_limit (Fixture *fixture, gconstpointer unused)
{
  g_autofree char *mark = NULL;
  g_autofree char *text =
      make_sleeper ("trap '' TERM INT HUP; echo began; while :; do sleep %s; done", &mark);
  g_autoptr (GError) error = NULL;
  g_autofree char *output = run ((PnHookJob){ .seconds = 2 }, text, &error);

  g_assert_error (error, PN_ERROR, PN_ERROR_TIMED_OUT);
  g_assert_cmpstr (output, ==, "began");
  assert_all_gone (mark);
}

static void
test_background (Fixture *fixture, gconstpointer unused)
{
  g_autofree char *mark = NULL;
  g_autofree char *text =
      make_sleeper ("(setsid sleep %s >/dev/null 2>&1 &) ; (sleep %s &); echo done", &mark);
  g_autoptr (GError) error = NULL;
  g_autofree char *output = run ((PnHookJob){ 0 }, text, &error);

  g_assert_no_error (error);
  g_assert_cmpstr (output, ==, "done");
  assert_all_gone (mark);
}

static gpointer
cancel_thread (gpointer cancellable)
{
  g_usleep (200 * 1000);
  g_cancellable_cancel (cancellable);
  return NULL;
}

static void
test_cancel (Fixture *fixture, gconstpointer unused)
{
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  g_autofree char *mark = NULL;
  g_autofree char *text = make_sleeper ("sleep %s", &mark);
  g_autoptr (GBytes) content = script (text);
  PnHookJob job = { .script = content, .seconds = LONG };
  g_autoptr (GError) error = NULL;
  GThread *thread = g_thread_new ("cancel", cancel_thread, cancellable);

  g_assert_false (pn_hook_run (&job, NULL, cancellable, &error));
  g_assert_true (pn_error_is_cancelled (error));
  g_thread_join (thread);
  assert_all_gone (mark);
  g_clear_error (&error);
  g_assert_false (pn_hook_run (&job, NULL, cancellable, &error));
  g_assert_true (pn_error_is_cancelled (error));
}

static void
test_output (Fixture *fixture, gconstpointer unused)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *flood = NULL;
  g_autofree char *output = run ((PnHookJob){ .seconds = 2 }, "yes 'all work and no play'", &error);

  g_assert_error (error, PN_ERROR, PN_ERROR_TIMED_OUT);
  g_assert_cmpuint (strlen (output), <=, 64 * 1024);
  g_assert_cmpuint (strlen (output), >, 32 * 1024);
  g_clear_error (&error);
  flood = run ((PnHookJob){ 0 }, "head -c 300000000 /dev/zero; printf '\\033[31mred\\377\\nlast'",
               &error);
  g_assert_no_error (error);
  g_assert_true (g_utf8_validate (flood, -1, NULL));
  g_assert_true (g_str_has_suffix (flood, "\nlast"));
  g_assert_null (strchr (flood, '\033'));
}

/* Counts how many it may have at once, and leaves them. */
static void
test_fork_bomb (Fixture *fixture, gconstpointer unused)
{
  g_autofree char *mark = NULL;
  g_autofree char *text = make_sleeper (
      "exec 2>/dev/null; perl -e '$n = 0; while (1) { my $p = fork (); last if !defined $p; "
      "if (!$p) { sleep 1000; exit } last if ++$n > 5000 } print \"$n\\n\"' %s",
      &mark);
  g_autoptr (GError) error = NULL;
  g_autofree char *output = run ((PnHookJob){ 0 }, text, &error);

  g_assert_no_error (error);
  g_assert_true (g_ascii_string_to_unsigned (output, 10, 10, 300, NULL, NULL));
  assert_all_gone (mark);
}

/* A hostile one says what it could do. */
static void
test_walls (Fixture *fixture, gconstpointer unused)
{
  static const char *const tries[] = {
    "echo x >/usr/bin/evil",
    "echo x >/etc/evil",
    "echo x >/evil",
    "echo x >/run/evil",
    "echo x >/dev/evil",
    "echo x >/run/hook/bootfs-mounted.sh",
    "ls /home",
    "ls /root",
    "ls /var",
    "ls /sys",
    "ls /run/dbus",
    "ls /dev/bus",
    "cat /etc/shadow",
    "ls /proc/1/root/home",
    "mount -t tmpfs x /mnt",
    "unshare -U true",
    "unshare -m true",
    "mknod /tmp/null c 1 3",
    "chroot / true",
    "kill -0 $OUTSIDE",
    "echo 1 >/proc/sys/kernel/hostname",
    "dd if=/dev/zero of=/tmp/big bs=1M count=80",
    "dd if=/dev/zero of=/dev/shm/big bs=1M count=80",
  };
  g_autofree char *outside = g_strdup_printf ("OUTSIDE=%d", getpid ());
  const char *const environment[] = { outside, NULL };
  g_autoptr (GString) text = g_string_new ("exec 2>/dev/null\n");
  g_autofree char *output = NULL;
  g_autoptr (GError) error = NULL;

  for (guint i = 0; i < G_N_ELEMENTS (tries); i++)
    g_string_append_printf (text, "(%s) >/dev/null && echo '%s'\n", tries[i], tries[i]);
  g_string_append (text, "[ $(ls /proc | grep -c '^[0-9]') -lt 10 ] && echo end");
  output =
      run ((PnHookJob){ .boot = fixture->boot, .environment = environment }, text->str, &error);
  g_assert_no_error (error);
  g_assert_cmpstr (output, ==, "end");
}

/* Whether it reaches a server of ours: with and without leave. */
static void
test_network (Fixture *fixture, gconstpointer unused)
{
  g_autoptr (GSocketListener) listener = g_socket_listener_new ();
  guint16 port = g_socket_listener_add_any_inet_port (listener, NULL, NULL);
  g_autofree char *text =
      g_strdup_printf ("perl -MIO::Socket::INET -e 'exit !IO::Socket::INET->new (PeerAddr => "
                       "\"127.0.0.1\", PeerPort "
                       "=> %u)'",
                       port);
  g_autofree char *output = NULL;
  g_autoptr (GError) error = NULL;

  g_assert_cmpuint (port, >, 0);
  output = run ((PnHookJob){ .network = TRUE }, text, &error);
  g_assert_no_error (error);
  g_clear_pointer (&output, g_free);
  output = run ((PnHookJob){ .network = FALSE }, text, &error);
  g_assert_error (error, PN_ERROR, PN_ERROR_REJECTED);
}

static void
test_write (Fixture *fixture, gconstpointer unused)
{
  const char *const write[] = { fixture->root, NULL };
  const char *const missing[] = { "/tmp/punnet-there-is-no-such-folder", NULL };
  const char *const system[] = { "/usr/share", NULL };
  g_autofree char *path = g_build_filename (fixture->root, "label", NULL);
  g_autofree char *text = g_strdup_printf ("echo 42 >%s", path);
  g_autofree char *output = NULL;
  g_autofree char *content = NULL;
  g_autoptr (GError) error = NULL;

  output = run ((PnHookJob){ 0 }, text, &error);
  g_assert_error (error, PN_ERROR, PN_ERROR_REJECTED);
  g_assert_false (g_file_test (path, G_FILE_TEST_EXISTS));
  g_clear_error (&error);
  g_clear_pointer (&output, g_free);
  output = run ((PnHookJob){ .write = write }, text, &error);
  g_assert_no_error (error);
  g_assert_true (g_file_get_contents (path, &content, NULL, NULL));
  g_assert_cmpstr (content, ==, "42\n");
  g_clear_pointer (&output, g_free);
  output = run ((PnHookJob){ .write = missing }, text, &error);
  g_assert_error (error, PN_ERROR, PN_ERROR_NOT_FOUND);
  g_clear_error (&error);
  g_clear_pointer (&output, g_free);
  output = run ((PnHookJob){ .write = system }, text, &error);
  g_assert_error (error, PN_ERROR, PN_ERROR_INVALID_ARGUMENT);
}

static void
test_machine (Fixture *fixture, gconstpointer unused)
{
  g_autofree char *path = g_strdup (g_getenv ("PATH"));
  g_autofree char *fake = g_build_filename (fixture->boot, "bwrap", NULL);
  g_autoptr (GError) error = NULL;

  g_assert_true (pn_hook_check_machine (&error));
  g_assert_no_error (error);
  g_setenv ("PATH", fixture->boot, TRUE);
  g_assert_false (pn_hook_check_machine (&error));
  g_assert_error (error, PN_ERROR, PN_ERROR_NOT_SUPPORTED);
  g_assert_nonnull (strstr (error->message, "install the package bubblewrap"));
  g_clear_error (&error);
  /* What bubblewrap says where namespaces are forbidden. */
  g_assert_true (g_file_set_contents (
      fake, "#!/bin/sh\necho 'bwrap: No permissions to create new namespace' >&2\nexit 1\n", -1,
      NULL));
  g_assert_no_errno (g_chmod (fake, 0755));
  g_assert_false (pn_hook_check_machine (&error));
  g_setenv ("PATH", path, TRUE);
  g_assert_error (error, PN_ERROR, PN_ERROR_NOT_SUPPORTED);
  g_assert_nonnull (strstr (error->message, "No permissions to create new namespace"));
}

static void
test_checks (Fixture *fixture, gconstpointer unused)
{
  static const struct
  {
    const char *text;
    gboolean fine;
  } scripts[] = { { "#!/bin/sh\n", TRUE }, { "", FALSE },        { "echo\n", FALSE },
                  { "#!", FALSE },         { "\177ELF", FALSE }, { "#!/bin/sh\n\377", FALSE } };
  static const struct
  {
    const char *path;
    gboolean fine;
  } folders[] = { { "/srv/labels", TRUE },   { "/media/usb/x", TRUE },
                  { "/srv", FALSE },         { "/srv/", FALSE },
                  { "/srv/../etc", FALSE },  { "/etc", FALSE },
                  { "labels", FALSE },       { "/", FALSE },
                  { "/srvx/labels", FALSE }, { "", FALSE } };

  for (guint i = 0; i < G_N_ELEMENTS (scripts); i++)
    {
      g_autoptr (GBytes) bytes = g_bytes_new_static (scripts[i].text, strlen (scripts[i].text));
      g_autoptr (GError) error = NULL;

      g_assert_true (pn_hook_check_script (bytes, &error) == scripts[i].fine);
      g_assert_true ((error == NULL) == scripts[i].fine);
    }
  for (guint i = 0; i < G_N_ELEMENTS (folders); i++)
    {
      g_autoptr (GError) error = NULL;

      g_assert_true (pn_hook_check_folder (folders[i].path, &error) == folders[i].fine);
      g_assert_true ((error == NULL) == folders[i].fine);
    }
  for (guint i = 0; i < PN_N_HOOK_STAGES; i++)
    {
      PnHookStage stage;

      g_assert_true (pn_hook_stage_from_word (pn_hook_stage_to_word ((PnHookStage) i), &stage));
      g_assert_cmpuint (stage, ==, i);
    }
}

int
main (int argc, char **argv)
{
  static const struct
  {
    const char *path;
    void (*test) (Fixture *, gconstpointer);
  } tests[] = {
    { "/hook/contract", test_contract },     { "/hook/folders", test_folders },
    { "/hook/owners", test_owners },         { "/hook/status", test_status },
    { "/hook/killed", test_killed },         { "/hook/time-limit", test_time_limit },
    { "/hook/background", test_background }, { "/hook/cancel", test_cancel },
    { "/hook/output", test_output },         { "/hook/fork-bomb", test_fork_bomb },
    { "/hook/walls", test_walls },           { "/hook/network", test_network },
    { "/hook/write", test_write },           { "/hook/machine", test_machine },
    { "/hook/checks", test_checks },
  };

  if (geteuid () == 0)
    g_assert_true (setgroups (0, NULL) == 0 && setgid (65534) == 0 && setuid (65534) == 0);
  g_test_init (&argc, &argv, NULL);
  for (guint i = 0; i < G_N_ELEMENTS (tests); i++)
    g_test_add (tests[i].path, Fixture, NULL, set_up, tests[i].test, tear_down);
  return g_test_run ();
}
