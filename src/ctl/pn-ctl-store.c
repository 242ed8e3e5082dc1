/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The bundles of the helper's store, and bundles as one file. */
#include "config.h"

#include "pn-ctl-helper.h"

#include <errno.h>
#include <fcntl.h>
#include <gio/gunixfdlist.h>
#include <glib/gstdio.h>
#include <stdio.h>
#include <string.h>

#include "pn-bundle-receive.h"
#include "pn-io.h"

/* ---- progress ---- */

/* Where a person looks at it. */
static void
show_progress (guint64 done, guint64 total, gpointer user_data)
{
  int *shown = user_data;
  int percent = total > 0 ? (int) (100.0 * (double) done / (double) total) : 0;

  if (percent == *shown || !isatty (STDERR_FILENO))
    return;
  *shown = percent;
  fprintf (stderr, "\rBundle: %d %%", percent);
}

static void
end_progress (int shown)
{
  if (shown >= 0)
    fputc ('\n', stderr);
}

/* ---- install ---- */

typedef struct
{
  char *digest;
  GError *error;
  gboolean done;
  int shown; /* percent */
} Installing;

static void
progress_cb (PnDbusManager *manager, guint tag, guint64 done, guint64 total, Installing *installing)
{
  show_progress (done, total, &installing->shown);
}

static void
installed_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  Installing *installing = user_data;

  (void) pn_dbus_manager_call_install_bundle_finish (PN_DBUS_MANAGER (source), &installing->digest,
                                                     NULL, result, &installing->error);
  installing->done = TRUE;
}

static int
open_bundle (const char *path, GError **error)
{
  return g_str_equal (path, "-") ? fcntl (STDIN_FILENO, F_DUPFD_CLOEXEC, 3)
                                 : pn_open (path, O_RDONLY, error);
}

char *
pn_ctl_install (GDBusObjectManager *objects, const char *bundle, GError **error)
{
  g_autoptr (PnDbusManager) manager = pn_ctl_get_manager (objects);
  g_autoptr (GUnixFDList) fds = NULL;
  Installing installing = { .shown = -1 };
  PnSha256 digest;
  GVariantBuilder options;
  gulong handler;
  int fd;

  if (pn_sha256_from_hex (bundle, &digest))
    return pn_sha256_to_hex (&digest);
  fd = open_bundle (bundle, error);
  if (fd < 0)
    return NULL;
  fds = g_unix_fd_list_new_from_array (&fd, 1);
  g_variant_builder_init (&options, G_VARIANT_TYPE_VARDICT);
  g_variant_builder_add (&options, "{sv}", "tag", g_variant_new_uint32 (1));
  handler = g_signal_connect (manager, "install-progress", G_CALLBACK (progress_cb), &installing);
  pn_dbus_manager_call_install_bundle (manager, g_variant_new_handle (0),
                                       g_variant_builder_end (&options), PN_CTL_CALL, G_MAXINT, fds,
                                       NULL, installed_cb, &installing);
  while (!installing.done)
    g_main_context_iteration (NULL, TRUE);
  g_signal_handler_disconnect (manager, handler);
  end_progress (installing.shown);
  if (installing.error != NULL)
    g_propagate_error (error, installing.error);
  return installing.digest;
}

int
pn_ctl_bundle_install (int argc, char **argv)
{
  g_autoptr (GOptionContext) context = g_option_context_new (
      "BUNDLE — copy a bundle into the store of the helper: its folder, its file, or - for a pipe");
  g_autoptr (GDBusObjectManager) objects = NULL;
  g_autofree char *digest = NULL;
  g_autoptr (GError) error = NULL;

  if (!pn_ctl_parse (context, &argc, &argv, 1, 1))
    return 2;
  objects = pn_ctl_connect (&error);
  if (objects == NULL || (digest = pn_ctl_install (objects, argv[1], &error)) == NULL)
    return pn_ctl_fail_remote (error);
  puts (digest);
  return 0;
}

/* ---- what is there ---- */

static void
print_bundle (PnDbusBundle *bundle)
{
  g_autofree char *size = g_format_size (pn_dbus_bundle_get_size (bundle));
  g_autoptr (GDateTime) used =
      g_date_time_new_from_unix_local (pn_dbus_bundle_get_last_used (bundle) / G_USEC_PER_SEC);
  g_autofree char *when = used != NULL ? g_date_time_format (used, "%F %R") : g_strdup ("");

  printf ("%.16s  %-8s %-12s %-6s %10s  %-16s  %s\n", pn_dbus_bundle_get_digest (bundle),
          pn_dbus_bundle_get_chip (bundle), pn_dbus_bundle_get_mode (bundle),
          pn_dbus_bundle_get_in_use (bundle) ? "in use" : "", size, when,
          pn_dbus_bundle_get_recipe (bundle));
}

int
pn_ctl_bundle_list (int argc, char **argv)
{
  gboolean json;
  int status;
  g_autoptr (GDBusObjectManager) objects =
      pn_ctl_begin_list (argc, argv, "— the bundles in the store of the helper", &json, &status);
  g_autoptr (GPtrArray) bundles = NULL;

  if (objects == NULL)
    return status;
  if (json)
    return pn_ctl_print_all (objects, PN_CTL_BUNDLE);
  bundles = pn_ctl_list_interfaces (objects, PN_CTL_BUNDLE);
  if (bundles->len == 0)
    puts ("No bundle is installed.");
  else
    printf ("%-16s  %-8s %-12s %-6s %10s  %-16s  %s\n", "Bundle", "Chip", "Mode", "", "Size",
            "Last used", "Recipe");
  for (guint i = 0; i < bundles->len; i++)
    print_bundle (bundles->pdata[i]);
  return 0;
}

/* A digest, or its beginning where no other begins so. (transfer full) */
static char *
find_bundle (GDBusObjectManager *objects, const char *text, GError **error)
{
  g_autoptr (GPtrArray) bundles = pn_ctl_list_interfaces (objects, PN_CTL_BUNDLE);
  const char *found = NULL;
  guint n = 0;

  for (guint i = 0; i < bundles->len; i++)
    if (text[0] != '\0' && g_str_has_prefix (pn_dbus_bundle_get_digest (bundles->pdata[i]), text))
      {
        found = pn_dbus_bundle_get_digest (bundles->pdata[i]);
        n++;
      }
  if (n == 1)
    return g_strdup (found);
  g_set_error (error, PN_ERROR, PN_ERROR_NOT_FOUND,
               n > 1 ? "“%s” begins more than one bundle; give more of its digest"
                     : "There is no bundle “%s”; `punnetctl bundle list` shows them",
               text);
  return NULL;
}

int
pn_ctl_bundle_remove (int argc, char **argv)
{
  g_autoptr (GOptionContext) context =
      g_option_context_new ("DIGEST — remove a bundle that is not in use from the helper's store");
  g_autoptr (GDBusObjectManager) objects = NULL;
  g_autoptr (PnDbusManager) manager = NULL;
  g_autofree char *digest = NULL;
  g_autoptr (GError) error = NULL;

  if (!pn_ctl_parse (context, &argc, &argv, 1, 1))
    return 2;
  objects = pn_ctl_connect (&error);
  if (objects == NULL || (digest = find_bundle (objects, argv[1], &error)) == NULL)
    return pn_ctl_fail_remote (error);
  manager = pn_ctl_get_manager (objects);
  if (!pn_dbus_manager_call_remove_bundle_sync (manager, digest, pn_ctl_no_options (), PN_CTL_CALL,
                                                -1, NULL, &error))
    return pn_ctl_fail_remote (error);
  return 0;
}

/* ---- one file ---- */

/* @path NULL: standard output. */
static gboolean
pack (const char *folder, const char *path, GError **error)
{
  g_auto (PnFd) dir_fd = pn_open (folder, O_RDONLY | O_DIRECTORY, error);
  g_autofree char *aside = path != NULL ? g_strconcat (path, ".partial-XXXXXX", NULL) : NULL;
  g_auto (PnFd) fd = -1;
  int shown = -1;
  gboolean fine;

  if (dir_fd < 0)
    return FALSE;
  fd = aside != NULL ? g_mkstemp_full (aside, O_WRONLY | O_CLOEXEC, 0644)
                     : fcntl (STDOUT_FILENO, F_DUPFD_CLOEXEC, 3);
  if (fd < 0)
    {
      pn_set_error_from_errno (error, errno, "Cannot create %s", aside != NULL ? aside : "-");
      return FALSE;
    }
  fine = pn_bundle_pack (dir_fd, fd, show_progress, &shown, NULL, error);
  end_progress (shown);
  if (aside == NULL)
    return fine;
  if (fine && (fsync (fd) < 0 || g_rename (aside, path) < 0))
    {
      pn_set_error_from_errno (error, errno, "Cannot write %s", path);
      fine = FALSE;
    }
  if (!fine)
    (void) g_unlink (aside);
  return fine;
}

int
pn_ctl_bundle_pack (int argc, char **argv)
{
  gboolean force = FALSE;
  const GOptionEntry entries[] = {
    { "force", 0, 0, G_OPTION_ARG_NONE, &force, "Overwrite FILE", NULL },
    { NULL },
  };
  g_autoptr (GOptionContext) context =
      g_option_context_new ("BUNDLE FILE — make one file of a bundle, or with - to a pipe");
  g_autoptr (GError) error = NULL;
  gboolean piped;

  g_option_context_add_main_entries (context, entries, NULL);
  if (!pn_ctl_parse (context, &argc, &argv, 2, 2))
    return 2;
  piped = g_str_equal (argv[2], "-");
  return (piped || pn_ctl_check_output (argv[2], force, &error)) &&
                 pack (argv[1], piped ? NULL : argv[2], &error)
             ? 0
             : pn_ctl_fail (error);
}

static gboolean
admit_cb (PnManifest *manifest, int *target, gpointer user_data, GError **error)
{
  *target = *(int *) user_data;
  return TRUE;
}

/* Into @aside, which becomes @folder. */
static gboolean
unpack (int fd, const char *aside, const char *folder, GError **error)
{
  g_auto (PnFd) target = pn_open (aside, O_RDONLY | O_DIRECTORY, error);
  const PnBundleReception reception = { admit_cb, NULL, &target };
  g_autoptr (PnManifest) manifest =
      target >= 0 ? pn_bundle_receive (fd, &reception, NULL, error) : NULL;

  if (manifest == NULL)
    return FALSE;
  if (g_rename (aside, folder) == 0)
    return TRUE;
  pn_set_error_from_errno (error, errno, "Cannot write %s", folder);
  return FALSE;
}

int
pn_ctl_bundle_unpack (int argc, char **argv)
{
  g_autoptr (GOptionContext) context =
      g_option_context_new ("FILE FOLDER — make a bundle's folder of its file, or of - for a pipe");
  g_autofree char *aside = NULL;
  g_autoptr (GError) error = NULL;
  g_auto (PnFd) fd = -1;

  if (!pn_ctl_parse (context, &argc, &argv, 2, 2))
    return 2;
  if (!pn_ctl_check_output (argv[2], FALSE, &error) || (fd = open_bundle (argv[1], &error)) < 0)
    return pn_ctl_fail (error);
  aside = g_strconcat (argv[2], ".partial-XXXXXX", NULL);
  if (g_mkdtemp_full (aside, 0755) == NULL)
    {
      pn_set_error_from_errno (&error, errno, "Cannot create %s", aside);
      return pn_ctl_fail (error);
    }
  if (unpack (fd, aside, argv[2], &error))
    return 0;
  pn_remove_folder (aside);
  return pn_ctl_fail (error);
}
