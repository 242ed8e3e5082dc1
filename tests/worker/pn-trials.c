/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "pn-trials.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/sched.h>
#include <netinet/in.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

static int
outcome (long result)
{
  return result < 0 ? errno : 0;
}

static int
read_file (const PnStage *stage)
{
  return outcome (open ("/etc/passwd", O_RDONLY | O_CLOEXEC));
}

static int
read_folder (const PnStage *stage)
{
  return outcome (open ("/", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
}

static int
write_file (const PnStage *stage)
{
  return outcome (open (stage->file, O_WRONLY | O_CLOEXEC));
}

static int
make_file (const PnStage *stage)
{
  g_autofree char *path = g_build_filename (stage->folder, "made", NULL);

  return outcome (open (path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600));
}

static int
open_again (const PnStage *stage)
{
  g_autofree char *path = g_strdup_printf ("/proc/self/fd/%d", stage->own);

  return outcome (open (path, O_RDWR | O_CLOEXEC));
}

static int
truncate_file (const PnStage *stage)
{
  return outcome (truncate (stage->file, 1));
}

static int
rename_file (const PnStage *stage)
{
  g_autofree char *other = g_build_filename (stage->folder, "renamed", NULL);

  if (rename (stage->file, other) < 0)
    return errno;
  return outcome (rename (other, stage->file));
}

static int
remove_file (const PnStage *stage)
{
  g_autofree char *path = g_build_filename (stage->folder, "removed", NULL);

  return outcome (unlink (path));
}

static int
change_mode (const PnStage *stage)
{
  return outcome (chmod (stage->file, 0600));
}

static int
change_folder (const PnStage *stage)
{
  return outcome (chdir (stage->folder));
}

static int
make_socket (int family)
{
  return outcome (socket (family, SOCK_STREAM | SOCK_CLOEXEC, 0));
}

static int
socket_unix (const PnStage *stage)
{
  return make_socket (AF_UNIX);
}

static int
socket_ipv4 (const PnStage *stage)
{
  return make_socket (AF_INET);
}

static int
socket_ipv6 (const PnStage *stage)
{
  return make_socket (AF_INET6);
}

static int
socket_netlink (const PnStage *stage)
{
  return outcome (socket (AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, 0));
}

static int
bind_socket (const PnStage *stage)
{
  struct sockaddr_in any = { .sin_family = AF_INET, .sin_addr.s_addr = htonl (INADDR_LOOPBACK) };

  return outcome (bind (stage->bystander, (struct sockaddr *) &any, sizeof any));
}

static int
connect_tcp (const PnStage *stage)
{
  struct sockaddr_in there = { .sin_family = AF_INET,
                               .sin_port = htons (stage->port),
                               .sin_addr.s_addr = htonl (INADDR_LOOPBACK) };

  return outcome (connect (stage->bystander, (struct sockaddr *) &there, sizeof there));
}

static int
run_program (const PnStage *stage)
{
  char *const argv[] = { (char *) "true", NULL };

  execv ("/bin/true", argv);
  return errno;
}

static int
run_descriptor (const PnStage *stage)
{
  char *const argv[] = { (char *) "true", NULL };

  /* It is no program, and that is found out. */
  (void) syscall (SYS_execveat, stage->own, "", argv, argv + 1, AT_EMPTY_PATH);
  return errno == EACCES ? 0 : errno;
}

static int
make_process (const PnStage *stage)
{
  long child = syscall (SYS_clone, SIGCHLD, NULL, NULL, NULL, NULL);

  if (child == 0)
    _exit (0);
  return outcome (child);
}

#ifdef __x86_64__
static int
fork_process (const PnStage *stage)
{
  long child = syscall (SYS_fork);

  if (child == 0)
    _exit (0);
  return outcome (child);
}

/* As programs for another kind of processor do it, whose numbers are others; this one, of x32, need
 * not be there. */
static int
call_in_another_manner (const PnStage *stage)
{
  return syscall (0x40000000 | SYS_getpid) < 0 && errno != ENOSYS ? errno : 0;
}
#endif

static int
make_process_3 (const PnStage *stage)
{
  struct clone_args arguments = { .exit_signal = SIGCHLD };
  long child = syscall (SYS_clone3, &arguments, sizeof arguments);

  if (child == 0)
    _exit (0);
  return outcome (child);
}

static int
signal_parent (const PnStage *stage)
{
  return outcome (kill (getppid (), 0));
}

static int
signal_thread_of_parent (const PnStage *stage)
{
  return outcome (syscall (SYS_tgkill, getppid (), getppid (), 0));
}

static int
signal_by_file (const PnStage *stage)
{
  return outcome (fcntl (stage->own, F_SETOWN, getppid ()));
}

static int
trace_parent (const PnStage *stage)
{
  return outcome (ptrace (PTRACE_TRACEME, 0, NULL, NULL));
}

static int
read_memory (const PnStage *stage)
{
  char there[4] = "abc";
  char here[4];
  struct iovec to = { here, 4 }, from = { there, 4 };

  return outcome (process_vm_readv (getpid (), &to, 1, &from, 1, 0));
}

static int
map_code (const PnStage *stage)
{
  void *page = mmap (NULL, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

  return page == MAP_FAILED ? errno : 0;
}

static int
make_code (const PnStage *stage)
{
  void *page = mmap (NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

  return page == MAP_FAILED ? errno : outcome (mprotect (page, 4096, PROT_READ | PROT_EXEC));
}

static int
make_memory_file (const PnStage *stage)
{
  return outcome (memfd_create ("test", MFD_CLOEXEC));
}

static int
become_dumpable (const PnStage *stage)
{
  return outcome (prctl (PR_SET_DUMPABLE, 1, 0, 0, 0));
}

static int
change_limit (const PnStage *stage)
{
  struct rlimit limit;

  if (getrlimit (RLIMIT_CORE, &limit) < 0)
    return errno;
  return outcome (setrlimit (RLIMIT_CORE, &limit));
}

/* Into the queue of the terminal that it was started from. */
static int
type_for_user (const PnStage *stage)
{
  (void) ioctl (stage->own, TIOCSTI, "x");
  return errno == ENOTTY ? 0 : errno;
}

static int
enter_namespace (const PnStage *stage)
{
  return outcome (unshare (CLONE_FILES));
}

/* With nothing to mount: the kernel looks at the names first. */
static int
mount_something (const PnStage *stage)
{
  (void) syscall (SYS_mount, NULL, NULL, NULL, 0, NULL);
  return errno == EFAULT || errno == EINVAL || errno == ENOENT ? 0 : errno;
}

static int
load_program (const PnStage *stage)
{
  (void) syscall (SYS_bpf, -1, NULL, 0);
  return errno == EINVAL || errno == EFAULT || errno == E2BIG ? 0 : errno;
}

static int
make_ring (const PnStage *stage)
{
  (void) syscall (SYS_io_uring_setup, 0, NULL);
  return errno == EINVAL || errno == EFAULT ? 0 : errno;
}

const PnTrial pn_trials[] = {
  { "read-file", read_file, EACCES, EACCES, EACCES, 1 },
  { "read-folder", read_folder, EACCES, EACCES, EACCES, 1 },
  { "write-file", write_file, EACCES, EACCES, EACCES, 1 },
  { "make-file", make_file, EACCES, EACCES, EACCES, 1 },
  { "open-again", open_again, EACCES, EACCES, EACCES, 1 },
  { "truncate", truncate_file, EPERM, EPERM, EACCES, 3 },
  { "rename", rename_file, EPERM, EPERM, EACCES, 1 },
  { "remove", remove_file, EPERM, EPERM, EACCES, 1 },
  { "change-mode", change_mode, EPERM, EPERM, 0, 0 },
  { "change-folder", change_folder, EPERM, EPERM, 0, 0 },
  { "socket-unix", socket_unix, EPERM, EPERM, 0, 0 },
  { "socket-ipv4", socket_ipv4, EPERM, EPERM, 0, 0 },
  { "socket-ipv6", socket_ipv6, EPERM, EPERM, 0, 0 },
  { "socket-netlink", socket_netlink, EPERM, EPERM, 0, 0 },
  { "bind", bind_socket, EPERM, EPERM, EACCES, 4 },
  { "connect", connect_tcp, EPERM, EPERM, EACCES, 4 },
  { "run", run_program, PN_KILLED + SIGSYS, EACCES, EACCES, 1 },
  { "run-descriptor", run_descriptor, PN_KILLED + SIGSYS, EPERM, 0, 0 },
  { "process", make_process, EPERM, 0, 0, 0 },
  { "process-clone3", make_process_3, ENOSYS, ENOSYS, 0, 0 },
#ifdef __x86_64__
  { "process-fork", fork_process, PN_KILLED + SIGSYS, EPERM, 0, 0 },
  { "other-abi", call_in_another_manner, PN_KILLED + SIGSYS, PN_KILLED + SIGSYS, 0, 0 },
#endif
  { "signal", signal_parent, PN_KILLED + SIGSYS, EPERM, EPERM, 6 },
  { "signal-thread", signal_thread_of_parent, EPERM, EPERM, EPERM, 6 },
  { "signal-by-file", signal_by_file, EPERM, EPERM, 0, 0 },
  { "trace", trace_parent, PN_KILLED + SIGSYS, PN_KILLED + SIGSYS, 0, 0 },
  { "read-memory", read_memory, PN_KILLED + SIGSYS, PN_KILLED + SIGSYS, 0, 0 },
  { "map-code", map_code, EPERM, 0, 0, 0 },
  { "make-code", make_code, EPERM, 0, 0, 0 },
  { "memory-file", make_memory_file, EPERM, 0, 0, 0 },
  { "dumpable", become_dumpable, EPERM, EPERM, 0, 0 },
  { "limit", change_limit, EPERM, EPERM, 0, 0 },
  { "type", type_for_user, EPERM, EPERM, 0, 0 },
  { "namespace", enter_namespace, PN_KILLED + SIGSYS, PN_KILLED + SIGSYS, 0, 0 },
  { "mount", mount_something, PN_KILLED + SIGSYS, PN_KILLED + SIGSYS, 0, 0 },
  { "bpf", load_program, PN_KILLED + SIGSYS, PN_KILLED + SIGSYS, 0, 0 },
  { "ring", make_ring, PN_KILLED + SIGSYS, PN_KILLED + SIGSYS, 0, 0 },
};

const gsize pn_n_trials = G_N_ELEMENTS (pn_trials);
