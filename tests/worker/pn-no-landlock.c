/* SPDX-License-Identifier: GPL-3.0-or-later */
/* pn-no-landlock PROGRAM…: runs it as on a kernel that was built without Landlock. */
#include "config.h"

#include <errno.h>
#include <seccomp.h>
#include <stdio.h>
#include <unistd.h>

int
main (int argc, char **argv)
{
  scmp_filter_ctx filter = seccomp_init (SCMP_ACT_ALLOW);

  if (argc < 2 || filter == NULL ||
      seccomp_rule_add (filter, SCMP_ACT_ERRNO (ENOSYS), SCMP_SYS (landlock_create_ruleset), 0) !=
          0 ||
      seccomp_load (filter) != 0)
    {
      fputs ("pn-no-landlock: this kernel has no seccomp\n", stderr);
      return 125;
    }
  seccomp_release (filter);
  execv (argv[1], argv + 1);
  perror (argv[1]);
  return 126;
}
