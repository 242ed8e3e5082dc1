/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Landlock takes away every file and port, also those that no call of seccomp's list leads to.
 * Newer kernels know more rights: each that this one knows is taken. */
#include "config.h"

#include "pn-confine-private.h"

#include <errno.h>
#include <fcntl.h>
#include <link.h>
#include <linux/landlock.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "pn-io.h"

/* As the kernel has it from version 6 on; older ones know its beginning. Headers of Debian 12 end
 * with version 2. */
typedef struct
{
  guint64 files, network, scoped;
} Ruleset;

#define ALL_FILES_1 ((1ULL << 13) - 1)
#define REFER_2 (1ULL << 13)
#define TRUNCATE_3 (1ULL << 14)
#define IOCTL_5 (1ULL << 15)
#define ALL_TCP_4 3ULL    /* bind, connect */
#define ALL_SCOPES_6 3ULL /* abstract sockets, signals */

#define RUN (LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_EXECUTE)

guint
pn_landlock_get_version (void)
{
  long version = syscall (SYS_landlock_create_ruleset, NULL, 0, LANDLOCK_CREATE_RULESET_VERSION);

  return version > 0 ? (guint) version : 0;
}

/* What is not there needs no rule. */
static gboolean
allow (int rules, const char *path, guint64 rights)
{
  g_auto (PnFd) fd = open (path, O_PATH | O_CLOEXEC);
  struct landlock_path_beneath_attr rule = { .allowed_access = rights, .parent_fd = fd };

  return fd < 0 ||
         syscall (SYS_landlock_add_rule, rules, LANDLOCK_RULE_PATH_BENEATH, &rule, 0) == 0;
}

/* The linker that the kernel starts before a program like this one; NULL = none. */
static int
find_interpreter (struct dl_phdr_info *info, size_t size, void *interpreter)
{
  for (guint i = 0; i < info->dlpi_phnum; i++)
    if (info->dlpi_phdr[i].p_type == PT_INTERP)
      *(const char **) interpreter = (const char *) (info->dlpi_addr + info->dlpi_phdr[i].p_vaddr);
  return 1; /* the first is the program itself */
}

/* The program, its linker, and what the linker reads. e2fsprogs look whether what they are given is
 * mounted. */
static gboolean
allow_program (int rules, const char *program)
{
  static const char *const read[] = { "/usr/lib", "/usr/lib64",       "/lib",
                                      "/lib64",   "/etc/ld.so.cache", "/proc" };
  const char *interpreter = NULL;

  (void) dl_iterate_phdr (find_interpreter, &interpreter);
  for (guint i = 0; i < G_N_ELEMENTS (read); i++)
    if (!allow (rules, read[i], LANDLOCK_ACCESS_FS_READ_FILE))
      return FALSE;
  return allow (rules, program, RUN) && (interpreter == NULL || allow (rules, interpreter, RUN)) &&
         allow (rules, "/dev/null", LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_WRITE_FILE);
}

gboolean
pn_landlock_apply (guint version, const char *program, GError **error)
{
  Ruleset rules = { ALL_FILES_1, 0, 0 };
  gsize size = version >= 6 ? 24 : version >= 4 ? 16 : 8;
  g_auto (PnFd) fd = -1;

  rules.files |= version >= 2 ? REFER_2 : 0;
  rules.files |= version >= 3 ? TRUNCATE_3 : 0;
  rules.files |= version >= 5 ? IOCTL_5 : 0;
  rules.network = version >= 4 ? ALL_TCP_4 : 0;
  rules.scoped = version >= 6 ? ALL_SCOPES_6 : 0;
  fd = (int) syscall (SYS_landlock_create_ruleset, &rules, size, 0);
  if (fd >= 0 && (program == NULL || allow_program (fd, program)) &&
      syscall (SYS_landlock_restrict_self, fd, 0) == 0)
    return TRUE;
  pn_set_error_from_errno (error, errno, "Landlock does not confine this process");
  return FALSE;
}
