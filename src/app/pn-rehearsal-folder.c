/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "pn-rehearsal-folder.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/file.h>

#include "pn-io.h"

#define PREFIX "rehearsal-"

/* A descriptor that holds the folder; -1 where somebody else does. */
static int
hold (const char *path)
{
  g_auto (PnFd) fd = pn_open (path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW, NULL);

  return fd >= 0 && flock (fd, LOCK_EX | LOCK_NB) == 0 ? g_steal_fd (&fd) : -1;
}

static void
remove_leftovers (const char *parent)
{
  g_autoptr (GDir) dir = g_dir_open (parent, 0, NULL);
  const char *name;

  while (dir != NULL && (name = g_dir_read_name (dir)) != NULL)
    {
      g_autofree char *path = g_build_filename (parent, name, NULL);
      g_auto (PnFd) fd = g_str_has_prefix (name, PREFIX) ? hold (path) : -1;

      if (fd >= 0)
        pn_remove_tree (path);
    }
}

int
pn_rehearsal_folder_make (char **path, GError **error)
{
  g_autofree char *parent = g_build_filename (g_get_user_cache_dir (), "punnet", NULL);
  g_autofree char *folder = g_build_filename (parent, PREFIX "XXXXXX", NULL);
  g_auto (PnFd) fd = -1;

  remove_leftovers (parent);
  if (g_mkdir_with_parents (parent, 0700) < 0 || g_mkdtemp (folder) == NULL ||
      (fd = hold (folder)) < 0)
    {
      pn_set_error_from_errno (error, errno, "Cannot make a folder in %s", parent);
      return -1;
    }
  *path = g_steal_pointer (&folder);
  return g_steal_fd (&fd);
}
