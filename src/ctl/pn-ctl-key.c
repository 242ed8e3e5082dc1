/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Which bundles a station takes: enrolled keys, and limits of its store. */
#include "config.h"

#include <stdio.h>

#include "pn-ctl-helper.h"

/* Parses a command that takes @min to @max arguments and speaks to the helper. NULL: @status is the
 * exit status. */
static PnDbusManager *
begin (
    GOptionContext *context, int *argc, char ***argv, int min, int max, int *status, GError **error)
{
  PnDbusManager *manager;

  *status = 2;
  if (!pn_ctl_parse (context, argc, argv, min, max))
    return NULL;
  manager = pn_ctl_connect_manager (error);
  if (manager == NULL)
    *status = pn_ctl_fail_remote (*error);
  return manager;
}

static int
list (int argc, char **argv)
{
  gboolean json = FALSE;
  const GOptionEntry entries[] = {
    { "json", 0, 0, G_OPTION_ARG_NONE, &json, "For machines", NULL },
    { NULL },
  };
  g_autoptr (GOptionContext) context =
      g_option_context_new ("— the keys whose bundles the station trusts");
  g_autoptr (PnDbusManager) manager = NULL;
  g_autoptr (GError) error = NULL;
  const char *fingerprint, *name;
  GVariantIter iter;
  int status;

  g_option_context_add_main_entries (context, entries, NULL);
  manager = begin (context, &argc, &argv, 0, 0, &status, &error);
  if (manager == NULL)
    return status;
  if (json)
    {
      pn_ctl_print_variant (g_variant_new_parsed ("{'enrolled-only': <%b>, 'keys': <%@a(ss)>}",
                                                  pn_dbus_manager_get_enrolled_only (manager),
                                                  pn_dbus_manager_get_enrolled_keys (manager)));
      return 0;
    }
  puts (pn_dbus_manager_get_enrolled_only (manager)
            ? "Only bundles that are signed by one of these keys are taken:"
            : "Bundles are taken whatever key they are signed by. Enrolled are:");
  g_variant_iter_init (&iter, pn_dbus_manager_get_enrolled_keys (manager));
  while (g_variant_iter_next (&iter, "(&s&s)", &fingerprint, &name))
    printf ("%s  %s\n", fingerprint, name);
  return 0;
}

static int
enrol (int argc, char **argv)
{
  g_autoptr (GOptionContext) context = g_option_context_new (
      "FINGERPRINT TITLE — take bundles that are signed by this key; `bundle show` prints it");
  g_autoptr (GError) error = NULL;
  int status;
  g_autoptr (PnDbusManager) manager = begin (context, &argc, &argv, 2, 2, &status, &error);

  if (manager == NULL)
    return status;
  return pn_dbus_manager_call_enrol_key_sync (manager, argv[1], argv[2], pn_ctl_no_options (),
                                              PN_CTL_CALL, G_MAXINT, NULL, &error)
             ? 0
             : pn_ctl_fail_remote (error);
}

static int
remove_key (int argc, char **argv)
{
  g_autoptr (GOptionContext) context =
      g_option_context_new ("FINGERPRINT — forget a key that was enrolled");
  g_autoptr (GError) error = NULL;
  int status;
  g_autoptr (PnDbusManager) manager = begin (context, &argc, &argv, 1, 1, &status, &error);

  if (manager == NULL)
    return status;
  return pn_dbus_manager_call_remove_key_sync (manager, argv[1], pn_ctl_no_options (), PN_CTL_CALL,
                                               G_MAXINT, NULL, &error)
             ? 0
             : pn_ctl_fail_remote (error);
}

static int
only (int argc, char **argv)
{
  g_autoptr (GOptionContext) context =
      g_option_context_new ("yes|no — whether only bundles that enrolled keys signed are taken");
  g_autoptr (GError) error = NULL;
  int status;
  g_autoptr (PnDbusManager) manager = begin (context, &argc, &argv, 1, 1, &status, &error);

  if (manager == NULL)
    return status;
  if (!g_str_equal (argv[1], "yes") && !g_str_equal (argv[1], "no"))
    {
      fputs ("punnetctl: Say yes or no\n", stderr);
      return 2;
    }
  return pn_dbus_manager_call_set_enrolled_only_sync (manager, g_str_equal (argv[1], "yes"),
                                                      pn_ctl_no_options (), PN_CTL_CALL, G_MAXINT,
                                                      NULL, &error)
             ? 0
             : pn_ctl_fail_remote (error);
}

int
pn_ctl_key (int argc, char **argv)
{
  static const PnCtlCommand commands[] = {
    { "list", list, "The keys whose bundles the station trusts" },
    { "enrol", enrol, "Trust a key's bundles" },
    { "remove", remove_key, "Forget a key" },
    { "only", only, "Whether other bundles are refused" },
    { NULL },
  };

  return pn_ctl_commands (commands, argc, argv);
}

/* ---- limits ---- */

static void
print_limits (PnDbusManager *manager)
{
  g_autofree char *one = g_format_size (pn_dbus_manager_get_max_bundle_size (manager));
  g_autofree char *all = pn_dbus_manager_get_max_store_size (manager) > 0
                             ? g_format_size (pn_dbus_manager_get_max_store_size (manager))
                             : g_strdup ("nine tenths of the disk");

  printf ("Bundles:     at most %u\nOne bundle:  at most %s\nAll bundles: at most %s\n",
          pn_dbus_manager_get_max_bundles (manager), one, all);
}

int
pn_ctl_bundle_limits (int argc, char **argv)
{
  int bundles = -1;
  gint64 bundle_size = -1, store_size = -1;
  const GOptionEntry entries[] = {
    { "bundles", 0, 0, G_OPTION_ARG_INT, &bundles, "How many bundles there may be", "N" },
    { "bundle-size", 0, 0, G_OPTION_ARG_INT64, &bundle_size, "How large one may be", "BYTES" },
    { "store-size", 0, 0, G_OPTION_ARG_INT64, &store_size,
      "How large all may be; 0: nine tenths of the disk", "BYTES" },
    { NULL },
  };
  g_autoptr (GOptionContext) context =
      g_option_context_new ("— how much the helper's store may hold; options change it");
  g_autoptr (PnDbusManager) manager = NULL;
  g_autoptr (GError) error = NULL;
  GVariantBuilder options;
  int status;

  g_option_context_add_main_entries (context, entries, NULL);
  manager = begin (context, &argc, &argv, 0, 0, &status, &error);
  if (manager == NULL)
    return status;
  if (bundles < 0 && bundle_size < 0 && store_size < 0)
    {
      print_limits (manager);
      return 0;
    }
  g_variant_builder_init (&options, G_VARIANT_TYPE_VARDICT);
  if (bundles >= 0)
    g_variant_builder_add (&options, "{sv}", "bundles", g_variant_new_uint32 ((guint) bundles));
  if (bundle_size >= 0)
    g_variant_builder_add (&options, "{sv}", "bundle-size",
                           g_variant_new_uint64 ((guint64) bundle_size));
  if (store_size >= 0)
    g_variant_builder_add (&options, "{sv}", "store-size",
                           g_variant_new_uint64 ((guint64) store_size));
  return pn_dbus_manager_call_set_bundle_limits_sync (manager, g_variant_builder_end (&options),
                                                      PN_CTL_CALL, G_MAXINT, NULL, &error)
             ? 0
             : pn_ctl_fail_remote (error);
}
