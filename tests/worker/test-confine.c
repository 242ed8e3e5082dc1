/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a confined process cannot do: each thing is tried by a child that is free, where it works,
 * and by one that is confined, where it is refused or ends the child, as designed. Each layer is
 * tried alone, too. */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <netinet/in.h>
#include <openssl/evp.h>
#include <openssl/rand.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "pn-confine-private.h"
#include "pn-io.h"
#include "pn-trials.h"
#include "pn-usb-transport.h"

#define MIB (1024 * 1024)
#define GROWER "/usr/sbin/resize2fs"

static PnStage stage;
static char *image;   /* beside its file: a file system */
static guint version; /* of Landlock */

typedef gboolean (*Confine) (GError **error);

static gboolean
confine_worker (GError **error)
{
  return pn_confine (NULL, error);
}

static gboolean
confine_grower (GError **error)
{
  return pn_confine (GROWER, error);
}

static gboolean
confine_landlock (GError **error)
{
  return prctl (PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 && pn_landlock_apply (version, NULL, error);
}

static gboolean
confine_seccomp (GError **error)
{
  return prctl (PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 && pn_seccomp_apply (FALSE, error);
}

static int
wait_for (pid_t child)
{
  int status;

  g_assert_cmpint (waitpid (child, &status, 0), ==, child);
  return WIFSIGNALED (status) ? PN_KILLED + WTERMSIG (status) : WEXITSTATUS (status);
}

/* What a child hears that does @action; a number beyond all if it could not be confined. */
static int
try_in_child (Confine confine, int (*action) (const PnStage *stage))
{
  pid_t child = fork ();

  g_assert_cmpint (child, >=, 0);
  if (child == 0)
    {
      if (confine != NULL && !confine (NULL))
        _exit (255);
      _exit (action (&stage));
    }
  return wait_for (child);
}

/* As it was before each of them. */
static void
set_stage (void)
{
  g_autofree char *removed = g_build_filename (stage.folder, "removed", NULL);
  g_autofree char *made = g_build_filename (stage.folder, "made", NULL);

  (void) g_unlink (made);
  g_assert_true (g_file_set_contents (removed, "", -1, NULL));
  g_assert_true (g_file_set_contents (stage.file, "abcdef", -1, NULL));
  stage.own = open (stage.file, O_RDWR | O_CLOEXEC);
  stage.bystander = socket (AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  g_assert_cmpint (stage.own, >=, 0);
  g_assert_cmpint (stage.bystander, >=, 0);
}

static void
clear_stage (void)
{
  pn_fd_close (stage.own);
  pn_fd_close (stage.bystander);
}

static int
attempt (Confine confine, int (*action) (const PnStage *stage))
{
  int result;

  set_stage ();
  result = try_in_child (confine, action);
  clear_stage ();
  return result;
}

static void
test_trial (gconstpointer data)
{
  gsize i = GPOINTER_TO_SIZE (data);

  g_assert_cmpint (attempt (NULL, pn_trials[i].action), ==, 0);
  g_assert_cmpint (attempt (confine_worker, pn_trials[i].action), ==, pn_trials[i].worker);
  g_assert_cmpint (attempt (confine_grower, pn_trials[i].action), ==, pn_trials[i].grower);
}

/* ---- one layer, if the other were passed by ---- */

/* Also as older kernels have it: Debian 12 begins with version 2. */
static void
test_landlock (void)
{
  for (version = 1; version <= pn_landlock_get_version (); version++)
    for (gsize i = 0; i < pn_n_trials; i++)
      if (pn_trials[i].landlock != 0)
        g_assert_cmpint (attempt (confine_landlock, pn_trials[i].action), ==,
                         version >= pn_trials[i].version ? pn_trials[i].landlock : 0);
}

static void
test_seccomp (void)
{
  for (gsize i = 0; i < pn_n_trials; i++)
    g_assert_cmpint (attempt (confine_seccomp, pn_trials[i].action), ==, pn_trials[i].worker);
}

/* ---- what it still can ---- */

static gpointer
add_one (gpointer data)
{
  ++*(int *) data;
  return NULL;
}

static gboolean
tick_cb (gpointer loop)
{
  g_main_loop_quit (loop);
  return G_SOURCE_REMOVE;
}

/* Files and sockets that were passed, threads, time, hashes, random numbers, and its end. */
static int
work (const PnStage *on)
{
  g_autoptr (GMainLoop) loop = g_main_loop_new (NULL, FALSE);
  g_autofree guint8 *buffer = g_malloc (64 * MIB);
  g_autofree char *digest = NULL;
  int pair[2], count = 0;

  memset (buffer, 1, 64 * MIB);
  for (guint i = 0; i < 4; i++)
    g_thread_join (g_thread_new ("worker", add_one, &count));
  g_timeout_add (10, tick_cb, loop);
  g_main_loop_run (loop);
  digest = g_compute_checksum_for_data (G_CHECKSUM_SHA256, buffer, MIB);
  if (count != 4 || pwrite (on->own, "xyz", 3, 0) != 3 || pread (on->own, buffer, 6, 0) != 6 ||
      memcmp (buffer, "xyzdef", 6) != 0 || pipe2 (pair, O_CLOEXEC) < 0 ||
      write (pair[1], digest, 64) != 64 || read (pair[0], buffer, 64) != 64)
    return 1;
  return EVP_Digest (buffer, 64, buffer, NULL, EVP_sha3_256 (), NULL) == 1 &&
                 RAND_bytes (buffer, 16) == 1
             ? 0
             : 2;
}

/* libusb looks for sysfs and device nodes, and has to do without: it comes as far as the kernel's
 * word that this is no device. */
static int
open_usb (const PnStage *on)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (PnTransport) transport =
      pn_usb_transport_new (fcntl (on->own, F_DUPFD_CLOEXEC, 0), NULL, NULL, &error);

  return g_error_matches (error, PN_ERROR, PN_ERROR_DISCONNECTED) ? 0 : 1;
}

static void
test_works (void)
{
  g_assert_cmpint (attempt (NULL, open_usb), ==, 0);
  g_assert_cmpint (attempt (confine_worker, open_usb), ==, 0);
  g_assert_cmpint (attempt (confine_worker, work), ==, 0);
}

/* More than a run ever needs. */
static int
take_memory (const PnStage *on)
{
  void *much =
      mmap (NULL, 2048UL * MIB, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

  return much == MAP_FAILED ? errno : 0;
}

/* What is taken away for a moment only. */
static int
tell_limits (const PnStage *on)
{
  struct rlimit core, files;

  if (getrlimit (RLIMIT_CORE, &core) < 0 || getrlimit (RLIMIT_NOFILE, &files) < 0)
    return errno;
  return core.rlim_max <= 1 && files.rlim_max <= 512 ? 0 : ERANGE;
}

static int
crash (const PnStage *on)
{
  abort ();
}

static void
test_limits (void)
{
  g_assert_cmpint (attempt (NULL, take_memory), ==, 0);
#ifndef __SANITIZE_ADDRESS__
  g_assert_cmpint (attempt (confine_worker, take_memory), ==, ENOMEM);
#endif
  g_assert_cmpint (attempt (NULL, tell_limits), ==, ERANGE);
  g_assert_cmpint (attempt (confine_worker, tell_limits), ==, 0);
  g_assert_cmpint (attempt (pn_confine_limits, tell_limits), ==, 0);
  /* It dies of it, and not of being asked how it died. */
  g_assert_cmpint (attempt (confine_worker, crash), ==, PN_KILLED + SIGABRT);
}

/* ---- the program that a grower may start ---- */

static char *image;

static int
start_grower (const PnStage *on)
{
  char *const argv[] = { (char *) "resize2fs", (char *) "-P", image, NULL };

  execv (GROWER, argv);
  return errno;
}

/* … on a file that it was given. */
static int
start_grower_on_own (const PnStage *on)
{
  char *const argv[] = { (char *) "resize2fs", (char *) "-fP", (char *) "/proc/self/fd/9", NULL };
  g_autofree guint8 *block = g_malloc (MIB);
  g_auto (PnFd) from = 8;
  int to = memfd_create ("image", 0);
  ssize_t count;

  while ((count = read (from, block, MIB)) > 0)
    if (write (to, block, (size_t) count) != count)
      return errno;
  if (dup2 (to, 9) < 0)
    return errno;
  execv (GROWER, argv);
  return errno;
}

/* What the linker could be made to start, if it read it. */
static int
start_by_linker (const PnStage *on)
{
  static const char *const linkers[] = { "/lib64/ld-linux-x86-64.so.2",
                                         "/lib/ld-linux-aarch64.so.1" };

  for (guint i = 0; i < G_N_ELEMENTS (linkers); i++)
    {
      char *const argv[] = { (char *) linkers[i], (char *) "/bin/true", NULL };

      (void) execv (linkers[i], argv);
    }
  return errno;
}

static void
test_program (void)
{
  const char *const make[] = { "/usr/sbin/mke2fs", "-q", "-t", "ext4", image, "8M", NULL };
  g_autoptr (GSubprocess) process = g_subprocess_newv (make, G_SUBPROCESS_FLAGS_NONE, NULL);
  int fd;

  g_assert_nonnull (process);
  g_assert_true (g_subprocess_wait_check (process, NULL, NULL));
  g_assert_cmpint (attempt (NULL, start_grower), ==, 0);
  g_assert_cmpint (attempt (confine_grower, start_grower), ==, 1);
  g_assert_cmpint (attempt (confine_worker, start_grower), ==, PN_KILLED + SIGSYS);
  g_assert_cmpint (attempt (NULL, start_by_linker), ==, 0);
  g_assert_cmpint (attempt (confine_grower, start_by_linker), ==, 127);
  fd = open (image, O_RDONLY | O_CLOEXEC);
  g_assert_cmpint (dup2 (fd, 8), ==, 8);
  g_assert_cmpint (attempt (confine_grower, start_grower_on_own), ==, 0);
  pn_fd_close (fd);
  pn_fd_close (8);
}

/* ---- elsewhere ---- */

static char *
describe_filter (guint32 architecture, gboolean programs)
{
  g_autofree char *path = g_build_filename (stage.folder, "filter", NULL);
  g_autoptr (GError) error = NULL;
  scmp_filter_ctx filter = pn_seccomp_make (architecture, programs, &error);
  char *text = NULL;
  int fd;

  g_assert_no_error (error);
  fd = open (path, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
  g_assert_cmpint (seccomp_export_pfc (filter, fd), ==, 0);
  g_assert_true (g_file_get_contents (path, &text, NULL, NULL));
  seccomp_release (filter);
  pn_fd_close (fd);
  return text;
}

/* The same rules where the calls have other numbers, and some do not exist. */
static void
test_architectures (void)
{
  static const struct
  {
    guint32 token;
    const char *open, *receive;
  } all[] = { { SCMP_ARCH_X86_64, "\"openat\" (257)", "\"recvmsg\" (47)" },
              { SCMP_ARCH_AARCH64, "\"openat\" (56)", "\"recvmsg\" (212)" } };

  for (guint i = 0; i < G_N_ELEMENTS (all); i++)
    {
      g_autofree char *alone = describe_filter (all[i].token, FALSE);
      g_autofree char *programs = describe_filter (all[i].token, TRUE);

      g_assert_nonnull (strstr (alone, all[i].open));
      g_assert_nonnull (strstr (alone, all[i].receive));
      g_assert_null (strstr (alone, "\"memfd_create\""));
      g_assert_nonnull (strstr (programs, "\"memfd_create\""));
      g_assert_nonnull (strstr (programs, "\"execve\""));
    }
}

/* ---- the stage ---- */

static int
listen_here (void)
{
  struct sockaddr_in here = { .sin_family = AF_INET, .sin_addr.s_addr = htonl (INADDR_LOOPBACK) };
  int listener = socket (AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  socklen_t size = sizeof here;

  g_assert_cmpint (bind (listener, (struct sockaddr *) &here, sizeof here), ==, 0);
  g_assert_cmpint (listen (listener, 64), ==, 0);
  g_assert_cmpint (getsockname (listener, (struct sockaddr *) &here, &size), ==, 0);
  stage.port = ntohs (here.sin_port);
  return listener;
}

static void
remove_folder (void)
{
  g_autoptr (GDir) names = g_dir_open (stage.folder, 0, NULL);
  const char *name;

  while ((name = g_dir_read_name (names)) != NULL)
    {
      g_autofree char *path = g_build_filename (stage.folder, name, NULL);

      g_assert_cmpint (g_unlink (path), ==, 0);
    }
  g_assert_cmpint (g_rmdir (stage.folder), ==, 0);
  g_free (image);
  g_free (stage.file);
  g_free (stage.folder);
}

int
main (int argc, char **argv)
{
  g_autoptr (GError) error = NULL;
  int listener, status;

  g_test_init (&argc, &argv, NULL);
  /* A kernel without is no reason to skip what makes a station safe. */
  g_assert_true (pn_confine_is_possible (&error));
  stage.folder = g_dir_make_tmp ("punnet-confine-XXXXXX", NULL);
  stage.file = g_build_filename (stage.folder, "file", NULL);
  image = g_build_filename (stage.folder, "image", NULL);
  listener = listen_here ();
  for (gsize i = 0; i < pn_n_trials; i++)
    {
      g_autofree char *path = g_strdup_printf ("/confine/refused/%s", pn_trials[i].name);

      g_test_add_data_func (path, GSIZE_TO_POINTER (i), test_trial);
    }
  g_test_add_func ("/confine/landlock-alone", test_landlock);
  g_test_add_func ("/confine/seccomp-alone", test_seccomp);
  g_test_add_func ("/confine/works", test_works);
  g_test_add_func ("/confine/limits", test_limits);
  g_test_add_func ("/confine/program", test_program);
  g_test_add_func ("/confine/architectures", test_architectures);
  status = g_test_run ();
  remove_folder ();
  pn_fd_close (listener);
  return status;
}
