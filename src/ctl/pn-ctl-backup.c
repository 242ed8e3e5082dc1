/* SPDX-License-Identifier: GPL-3.0-or-later */
/* punnetctl records backup: a copy of the records while they are in use. */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <gio/gunixfdlist.h>
#include <glib/gstdio.h>
#include <stdio.h>

#include "pn-ctl-helper.h"
#include "pn-io.h"

/* Into @fd, which stays open. */
static gboolean
copy_into (int fd, guint64 *size, GError **error)
{
  g_autoptr (PnDbusManager) manager = pn_ctl_connect_manager (error);
  g_autoptr (GUnixFDList) fds = g_unix_fd_list_new ();

  return manager != NULL && g_unix_fd_list_append (fds, fd, error) >= 0 &&
         pn_dbus_manager_call_backup_records_sync (manager, g_variant_new_handle (0),
                                                   g_variant_new ("a{sv}", NULL), PN_CTL_CALL,
                                                   G_MAXINT, fds, size, NULL, NULL, error);
}

int
pn_ctl_records_backup (int argc, char **argv)
{
  gboolean force = FALSE;
  const GOptionEntry entries[] = {
    { "force", 0, 0, G_OPTION_ARG_NONE, &force, "Replace a file that is there", NULL },
    { NULL },
  };
  g_autoptr (GOptionContext) context =
      g_option_context_new ("FILE — a copy of the records as they are now, an sqlite database");
  g_autofree char *aside = NULL;
  g_auto (PnFd) fd = -1;
  g_autoptr (GError) error = NULL;
  guint64 size = 0;

  g_option_context_add_main_entries (context, entries, NULL);
  if (!pn_ctl_parse (context, &argc, &argv, 1, 1))
    return 2;
  if (!pn_ctl_check_output (argv[1], force, &error))
    return pn_ctl_fail (error);
  aside = g_strconcat (argv[1], ".XXXXXX", NULL);
  fd = g_mkstemp_full (aside, O_RDWR | O_CLOEXEC, 0600);
  if (fd < 0)
    {
      pn_set_error_from_errno (&error, errno, "Cannot write %s", argv[1]);
      return pn_ctl_fail (error);
    }
  if (!copy_into (fd, &size, &error) || g_rename (aside, argv[1]) < 0)
    {
      if (error == NULL)
        pn_set_error_from_errno (&error, errno, "Cannot write %s", argv[1]);
      (void) g_unlink (aside);
      return pn_ctl_fail_remote (error);
    }
  printf ("%s: %" G_GUINT64_FORMAT " bytes\n", argv[1], size);
  return 0;
}
