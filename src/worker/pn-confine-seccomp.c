/* SPDX-License-Identifier: GPL-3.0-or-later */
/* seccomp lets through the calls that an ordinary run makes (measured with strace) and their kin,
 * and of those that can do several things, what a run does with them. A call that is only not known
 * fails, so that another C library does not cost a device in the middle of its OTP; one that nobody
 * but an intruder makes ends the process.
 *
 * Not seen by it: a name in memory. So fstat () as the C library makes it may name a file, too, and
 * learns how long that is, but never what is in it. */
#include "config.h"

#include "pn-confine-private.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/sched.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "pn-io.h"

static const int allowed[] = {
  /* descriptors that are there */
  SCMP_SYS (read),
  SCMP_SYS (write),
  SCMP_SYS (readv),
  SCMP_SYS (writev),
  SCMP_SYS (pread64),
  SCMP_SYS (pwrite64),
  SCMP_SYS (preadv),
  SCMP_SYS (pwritev),
  SCMP_SYS (lseek),
  SCMP_SYS (close),
  SCMP_SYS (close_range),
  SCMP_SYS (fstat),
  SCMP_SYS (dup),
  SCMP_SYS (dup2),
  SCMP_SYS (dup3),
  SCMP_SYS (fsync),
  SCMP_SYS (fdatasync),
  SCMP_SYS (fadvise64),
  SCMP_SYS (sendmsg),
  SCMP_SYS (recvmsg),
  SCMP_SYS (sendto),
  SCMP_SYS (recvfrom),
  SCMP_SYS (shutdown),
  SCMP_SYS (getsockopt),
  SCMP_SYS (setsockopt),
  SCMP_SYS (getsockname),
  SCMP_SYS (getpeername),
  /* waiting */
  SCMP_SYS (poll),
  SCMP_SYS (ppoll),
  SCMP_SYS (select),
  SCMP_SYS (pselect6),
  SCMP_SYS (eventfd2),
  SCMP_SYS (pipe2),
  SCMP_SYS (timerfd_create),
  SCMP_SYS (timerfd_settime),
  SCMP_SYS (timerfd_gettime),
  SCMP_SYS (futex),
  SCMP_SYS (futex_waitv),
  SCMP_SYS (nanosleep),
  SCMP_SYS (clock_nanosleep),
  SCMP_SYS (restart_syscall),
  SCMP_SYS (sched_yield),
  /* memory */
  SCMP_SYS (brk),
  SCMP_SYS (munmap),
  SCMP_SYS (mremap),
  SCMP_SYS (madvise),
  SCMP_SYS (mlock),
  SCMP_SYS (munlock),
  SCMP_SYS (membarrier),
  /* threads and the end */
  SCMP_SYS (set_robust_list),
  SCMP_SYS (rseq),
  SCMP_SYS (set_tid_address),
  SCMP_SYS (gettid),
  SCMP_SYS (getpid),
  SCMP_SYS (getppid),
  SCMP_SYS (rt_sigaction),
  SCMP_SYS (rt_sigprocmask),
  SCMP_SYS (rt_sigreturn),
  SCMP_SYS (sigaltstack),
  SCMP_SYS (sched_getaffinity),
  SCMP_SYS (exit),
  SCMP_SYS (exit_group),
  /* what it is told of the world */
  SCMP_SYS (getuid),
  SCMP_SYS (geteuid),
  SCMP_SYS (getgid),
  SCMP_SYS (getegid),
  SCMP_SYS (clock_gettime),
  SCMP_SYS (clock_getres),
  SCMP_SYS (gettimeofday),
  SCMP_SYS (time),
  SCMP_SYS (getrandom),
  SCMP_SYS (uname),
  SCMP_SYS (sysinfo),
  SCMP_SYS (getrlimit),
};

/* What else it takes to make a file in memory and start a program on it. Landlock says which. */
static const int program_calls[] = {
  SCMP_SYS (memfd_create),  SCMP_SYS (ftruncate),  SCMP_SYS (fallocate),
  SCMP_SYS (open),          SCMP_SYS (openat),     SCMP_SYS (access),
  SCMP_SYS (faccessat),     SCMP_SYS (faccessat2), SCMP_SYS (stat),
  SCMP_SYS (lstat),         SCMP_SYS (statx),      SCMP_SYS (newfstatat),
  SCMP_SYS (readlink),      SCMP_SYS (readlinkat), SCMP_SYS (getdents64),
  SCMP_SYS (statfs),        SCMP_SYS (fstatfs),    SCMP_SYS (getcwd),
  SCMP_SYS (umask),         SCMP_SYS (execve),     SCMP_SYS (vfork),
  SCMP_SYS (clone),         SCMP_SYS (pipe),       SCMP_SYS (wait4),
  SCMP_SYS (waitid),        SCMP_SYS (pidfd_open), SCMP_SYS (pidfd_send_signal),
  SCMP_SYS (mmap),          SCMP_SYS (mprotect),   SCMP_SYS (arch_prctl),
  SCMP_SYS (getrusage),     SCMP_SYS (times),      SCMP_SYS (alarm),
  SCMP_SYS (epoll_create1), SCMP_SYS (epoll_ctl),
};

/* Where a library would like to look at a file, it hears that it may not. */
static const int file_calls[] = {
  SCMP_SYS (open),   SCMP_SYS (openat),    SCMP_SYS (openat2),    SCMP_SYS (creat),
  SCMP_SYS (access), SCMP_SYS (faccessat), SCMP_SYS (faccessat2), SCMP_SYS (stat),
  SCMP_SYS (lstat),  SCMP_SYS (statx),     SCMP_SYS (readlink),   SCMP_SYS (readlinkat)
};

/* What nobody does who starts no program. */
static const int process_calls[] = { SCMP_SYS (execve), SCMP_SYS (execveat), SCMP_SYS (fork),
                                     SCMP_SYS (vfork),  SCMP_SYS (kill),     SCMP_SYS (tkill) };

/* None of our libraries makes these. */
static const int hostile[] = {
  SCMP_SYS (ptrace),
  SCMP_SYS (process_vm_readv),
  SCMP_SYS (process_vm_writev),
  SCMP_SYS (pidfd_getfd),
  SCMP_SYS (mount),
  SCMP_SYS (umount2),
  SCMP_SYS (move_mount),
  SCMP_SYS (pivot_root),
  SCMP_SYS (chroot),
  SCMP_SYS (unshare),
  SCMP_SYS (setns),
  SCMP_SYS (bpf),
  SCMP_SYS (perf_event_open),
  SCMP_SYS (userfaultfd),
  SCMP_SYS (io_uring_setup),
  SCMP_SYS (keyctl),
  SCMP_SYS (add_key),
  SCMP_SYS (request_key),
  SCMP_SYS (open_by_handle_at),
  SCMP_SYS (init_module),
  SCMP_SYS (finit_module),
  SCMP_SYS (kexec_load),
  SCMP_SYS (reboot),
  SCMP_SYS (setuid),
  SCMP_SYS (setresuid),
};

/* What may be asked of a call, and no more: of @mask in an argument, @value. */
typedef struct
{
  int call;
  guint argument;
  guint64 mask, value;
} Narrow;

#define ONLY(call, argument, value)                                                                \
  {                                                                                                \
    SCMP_SYS (call), argument, G_MAXUINT32, (guint32) (value)                                      \
  }

static const Narrow narrow[] = {
  ONLY (fcntl, 1, F_DUPFD),
  ONLY (fcntl, 1, F_DUPFD_CLOEXEC),
  ONLY (fcntl, 1, F_GETFD),
  ONLY (fcntl, 1, F_SETFD),
  ONLY (fcntl, 1, F_GETFL),
  ONLY (fcntl, 1, F_SETFL),
  ONLY (fcntl, 1, F_GET_SEALS),
  ONLY (ioctl, 1, FIONREAD),
  ONLY (ioctl, 1, FIONBIO),
  { SCMP_SYS (ioctl), 1, _IOC_TYPEMASK << _IOC_TYPESHIFT, 'U' << _IOC_TYPESHIFT }, /* usbfs */
  ONLY (prctl, 0, PR_SET_NAME),
  /* its own */
  ONLY (sched_getattr, 0, 0),
  ONLY (sched_setattr, 0, 0),
  /* a limit is read */
  { SCMP_SYS (prlimit64), 2, G_MAXUINT64, 0 },
};

/* Memory is never both written and run, and no library is loaded any more; a new thread is one, and
 * no process; fstat () is a newfstatat () without a name. */
static const Narrow narrow_alone[] = {
  { SCMP_SYS (mmap), 2, PROT_EXEC, 0 },
  { SCMP_SYS (mprotect), 2, PROT_EXEC, 0 },
  { SCMP_SYS (clone), 0, CLONE_VM | CLONE_THREAD, CLONE_VM | CLONE_THREAD },
  { SCMP_SYS (newfstatat), 3, AT_EMPTY_PATH, AT_EMPTY_PATH },
};

#define NAMESPACES                                                                                 \
  (CLONE_NEWNS | CLONE_NEWCGROUP | CLONE_NEWUTS | CLONE_NEWIPC | CLONE_NEWUSER | CLONE_NEWPID |    \
   CLONE_NEWNET)

static const Narrow narrow_with_program[] = {
  { SCMP_SYS (clone), 0, NAMESPACES, 0 },
};

/* These give 0, or what libseccomp says. */
static int
add_all (scmp_filter_ctx filter, guint32 action, const int *calls, gsize n)
{
  int result = 0;

  for (gsize i = 0; i < n && result == 0; i++)
    result = seccomp_rule_add (filter, action, calls[i], 0);
  return result;
}

static int
allow_narrow (scmp_filter_ctx filter, const Narrow *rows, gsize n)
{
  int result = 0;

  for (gsize i = 0; i < n && result == 0; i++)
    {
      const struct scmp_arg_cmp wanted =
          SCMP_CMP64 (rows[i].argument, SCMP_CMP_MASKED_EQ, rows[i].mask, rows[i].value);

      result = seccomp_rule_add (filter, SCMP_ACT_ALLOW, rows[i].call, 1, wanted);
    }
  return result;
}

static int
add_common (scmp_filter_ctx filter)
{
  const Narrow itself[] = { ONLY (tgkill, 0, getpid ()) };
  int result = add_all (filter, SCMP_ACT_ALLOW, allowed, G_N_ELEMENTS (allowed));

  if (result == 0)
    result = add_all (filter, SCMP_ACT_KILL_PROCESS, hostile, G_N_ELEMENTS (hostile));
  if (result == 0)
    result = allow_narrow (filter, narrow, G_N_ELEMENTS (narrow));
  if (result == 0)
    result = allow_narrow (filter, itself, G_N_ELEMENTS (itself));
  /* It hides its flags; the C library takes clone () where there is none. */
  return result != 0 ? result
                     : seccomp_rule_add (filter, SCMP_ACT_ERRNO (ENOSYS), SCMP_SYS (clone3), 0);
}

static int
add_alone (scmp_filter_ctx filter)
{
  int result = add_all (filter, SCMP_ACT_ERRNO (EACCES), file_calls, G_N_ELEMENTS (file_calls));

  if (result == 0)
    result = add_all (filter, SCMP_ACT_KILL_PROCESS, process_calls, G_N_ELEMENTS (process_calls));
  return result != 0 ? result : allow_narrow (filter, narrow_alone, G_N_ELEMENTS (narrow_alone));
}

static int
add_with_program (scmp_filter_ctx filter)
{
  int result = add_all (filter, SCMP_ACT_ALLOW, program_calls, G_N_ELEMENTS (program_calls));

  return result != 0
             ? result
             : allow_narrow (filter, narrow_with_program, G_N_ELEMENTS (narrow_with_program));
}

/* The filter knows one architecture; calls in the manner of another end the process. */
static int
fill (scmp_filter_ctx filter, uint32_t architecture, gboolean programs)
{
  int result = 0;

  if (architecture != seccomp_arch_native ())
    {
      result = seccomp_arch_add (filter, architecture);
      if (result == 0)
        result = seccomp_arch_remove (filter, seccomp_arch_native ());
    }
  if (result == 0)
    result = seccomp_attr_set (filter, SCMP_FLTATR_ACT_BADARCH, SCMP_ACT_KILL_PROCESS);
  if (result == 0)
    result = add_common (filter);
  if (result == 0)
    result = programs ? add_with_program (filter) : add_alone (filter);
  return result;
}

scmp_filter_ctx
pn_seccomp_make (uint32_t architecture, gboolean programs, GError **error)
{
  scmp_filter_ctx filter = seccomp_init (SCMP_ACT_ERRNO (EPERM));
  int result = filter != NULL ? fill (filter, architecture, programs) : -ENOMEM;

  if (result == 0)
    return filter;
  seccomp_release (filter);
  pn_set_error_from_errno (error, -result, "seccomp does not know how to confine this process");
  return NULL;
}

gboolean
pn_seccomp_apply (gboolean programs, GError **error)
{
  scmp_filter_ctx filter = pn_seccomp_make (seccomp_arch_native (), programs, error);
  int result;

  if (filter == NULL)
    return FALSE;
  result = seccomp_load (filter);
  seccomp_release (filter);
  if (result == 0)
    return TRUE;
  pn_set_error_from_errno (error, -result, "seccomp does not confine this process");
  return FALSE;
}
