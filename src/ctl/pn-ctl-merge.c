/* SPDX-License-Identifier: GPL-3.0-or-later */
/* punnetctl records merge: what other stations have made. */
#include "config.h"

#include <fcntl.h>
#include <gio/gunixfdlist.h>
#include <stdio.h>

#include "pn-ctl-helper.h"
#include "pn-io.h"

static void
print_conflicts (GVariant *conflicts)
{
  for (gsize i = 0; i < g_variant_n_children (conflicts); i++)
    {
      g_autoptr (GVariant) row = g_variant_get_child_value (conflicts, i);
      const char *slot = "–", *serial = "–";
      gint64 line = 0, record = 0;

      (void) g_variant_lookup (row, "line", "x", &line);
      (void) g_variant_lookup (row, "record", "x", &record);
      (void) g_variant_lookup (row, "slot", "&s", &slot);
      (void) g_variant_lookup (row, "serial", "&s", &serial);
      printf ("  line %" G_GINT64_FORMAT
              ": %s in %s says something else than record %" G_GINT64_FORMAT ", which stays\n",
              line, serial, slot, record);
    }
}

/* FALSE with @error; *@conflicting: rows that were left out. */
static gboolean
merge (PnDbusManager *manager,
       const char *path,
       const char *station,
       gboolean dry,
       gboolean *conflicting,
       GError **error)
{
  g_autofree char *name = g_path_get_basename (path);
  g_auto (PnFd) fd = pn_open (path, O_RDONLY, error);
  g_autoptr (GUnixFDList) fds = g_unix_fd_list_new ();
  g_autoptr (GVariant) conflicts = NULL;
  GVariantBuilder options;
  guint n_new, n_same, n_conflicting;

  if (fd < 0 || g_unix_fd_list_append (fds, fd, error) < 0)
    return FALSE;
  g_variant_builder_init (&options, G_VARIANT_TYPE_VARDICT);
  g_variant_builder_add (&options, "{sv}", "dry-run", g_variant_new_boolean (dry));
  if (!pn_dbus_manager_call_merge_records_sync (
          manager, g_variant_new_handle (0), station != NULL ? station : name,
          g_variant_builder_end (&options), PN_CTL_CALL, G_MAXINT, fds, &n_new, &n_same,
          &n_conflicting, &conflicts, NULL, NULL, error))
    return FALSE;
  printf ("%s: %u new, %u same, %u conflicting%s\n", path, n_new, n_same, n_conflicting,
          dry ? " (nothing was changed)" : "");
  print_conflicts (conflicts);
  *conflicting |= n_conflicting > 0;
  return TRUE;
}

int
pn_ctl_records_merge (int argc, char **argv)
{
  g_autofree char *station = NULL;
  gboolean dry = FALSE, conflicting = FALSE;
  const GOptionEntry entries[] = {
    { "station", 0, 0, G_OPTION_ARG_STRING, &station,
      "Whose they are (without it: the name of the file)", "TEXT" },
    { "dry-run", 0, 0, G_OPTION_ARG_NONE, &dry, "Only say what would be", NULL },
    { NULL },
  };
  g_autoptr (GOptionContext) context =
      g_option_context_new ("FILE… — take over the records of other stations (JSON lines)");
  g_autoptr (PnDbusManager) manager = NULL;
  g_autoptr (GError) error = NULL;

  g_option_context_add_main_entries (context, entries, NULL);
  g_option_context_set_description (
      context,
      "Each file is taken over as a whole or not at all, and may be given again: what is\n"
      "there already is left alone. A row that says something else of the same run is named\n"
      "and not taken over; then the exit status is 3.\n");
  if (!pn_ctl_parse (context, &argc, &argv, 1, 1000))
    return 2;
  manager = pn_ctl_connect_manager (&error);
  for (int i = 1; manager != NULL && i < argc; i++)
    if (!merge (manager, argv[i], station, dry, &conflicting, &error))
      return pn_ctl_fail_remote (error);
  if (manager == NULL)
    return pn_ctl_fail_remote (error);
  return conflicting ? 3 : 0;
}
