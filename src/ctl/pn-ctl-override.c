/* SPDX-License-Identifier: GPL-3.0-or-later */
/* punnetctl override: what is decided for one device. */
#include "config.h"

#include <fcntl.h>
#include <stdio.h>

#include "pn-bundle.h"
#include "pn-ctl-helper.h"
#include "pn-io.h"
#include "pn-override.h"

/* What the command line says of an override; NULL = nothing. */
typedef struct
{
  char *serial, *slot, *why, *bundle;
  gboolean until_cleared;
} Wanted;

static void
wanted_clear (Wanted *self)
{
  g_free (self->serial);
  g_free (self->slot);
  g_free (self->why);
  g_free (self->bundle);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Wanted, wanted_clear)

/* @text is a digest, or the folder of a bundle. (transfer full) */
static char *
find_digest (const char *text, GError **error)
{
  g_autoptr (PnBundle) bundle = NULL;
  g_auto (PnFd) fd = -1;
  PnSha256 digest;

  if (pn_sha256_from_hex (text, &digest))
    return g_strdup (text);
  fd = pn_open (text, O_RDONLY | O_DIRECTORY, error);
  bundle = fd >= 0 ? pn_bundle_open (fd, NULL, NULL, NULL, error) : NULL;
  if (bundle == NULL)
    return NULL;
  digest = pn_manifest_get_digest (pn_bundle_get_manifest (bundle));
  return pn_sha256_to_hex (&digest);
}

/* Floating; NULL with @error. */
static GVariant *
make_options (const Wanted *wanted, GError **error)
{
  g_autofree char *digest = NULL;
  GVariantBuilder options;

  if (wanted->bundle != NULL && (digest = find_digest (wanted->bundle, error)) == NULL)
    return NULL;
  g_variant_builder_init (&options, G_VARIANT_TYPE_VARDICT);
  if (wanted->serial != NULL)
    g_variant_builder_add (&options, "{sv}", "serial", g_variant_new_string (wanted->serial));
  if (wanted->slot != NULL)
    g_variant_builder_add (&options, "{sv}", "slot", g_variant_new_string (wanted->slot));
  if (digest != NULL)
    g_variant_builder_add (&options, "{sv}", "bundle", g_variant_new_string (digest));
  g_variant_builder_add (&options, "{sv}", "once", g_variant_new_boolean (!wanted->until_cleared));
  return g_variant_builder_end (&options);
}

static int
add (int argc, char **argv)
{
  g_auto (Wanted) wanted = { NULL };
  const GOptionEntry entries[] = {
    { "serial", 0, 0, G_OPTION_ARG_STRING, &wanted.serial, "For this device", "SERIAL" },
    { "slot", 0, 0, G_OPTION_ARG_STRING, &wanted.slot, "For whatever is in this slot", "SLOT" },
    { "why", 0, 0, G_OPTION_ARG_STRING, &wanted.why, "Why; kept in the record", "TEXT" },
    { "bundle", 0, 0, G_OPTION_ARG_FILENAME, &wanted.bundle,
      "With recipe: which, by its folder or digest", "BUNDLE" },
    { "until-cleared", 0, 0, G_OPTION_ARG_NONE, &wanted.until_cleared,
      "Not only until a run with it has passed", NULL },
    { NULL },
  };
  g_autoptr (GOptionContext) context =
      g_option_context_new ("skip-firmware|again|recipe — decide something for one device");
  g_autoptr (PnDbusManager) manager = NULL;
  g_autoptr (GError) error = NULL;
  GVariant *options;
  gint64 id;

  g_option_context_add_main_entries (context, entries, NULL);
  if (!pn_ctl_parse (context, &argc, &argv, 1, 1))
    return 2;
  options = make_options (&wanted, &error);
  if (options == NULL)
    return pn_ctl_fail (error);
  g_variant_ref_sink (options);
  manager = pn_ctl_connect_manager (&error);
  if (manager == NULL || !pn_dbus_manager_call_add_override_sync (
                             manager, argv[1], wanted.why != NULL ? wanted.why : "", options,
                             PN_CTL_CALL, -1, &id, NULL, &error))
    {
      g_variant_unref (options);
      return pn_ctl_fail_remote (error);
    }
  g_variant_unref (options);
  printf ("%" G_GINT64_FORMAT "\n", id);
  return 0;
}

/* ---- list ---- */

static const char *
get_text (GVariant *row, const char *name)
{
  const char *text = NULL;

  return g_variant_lookup (row, name, "&s", &text) ? text : NULL;
}

static gint64
get_number (GVariant *row, const char *name)
{
  gint64 number = 0;

  (void) g_variant_lookup (row, name, "x", &number);
  return number;
}

static const char *
get_state (GVariant *row)
{
  if (get_number (row, "cleared") != 0)
    return get_text (row, "cleared_by") != NULL ? "cleared" : "used up";
  return get_number (row, "once") != 0 ? "once" : "lasting";
}

static void
print_override (GVariant *row)
{
  const char *recipe = get_text (row, "recipe");
  const char *device =
      get_text (row, "serial") != NULL ? get_text (row, "serial") : get_text (row, "slot");

  printf ("%-5" G_GINT64_FORMAT " %-14s %-16s %-8s %-5" G_GINT64_FORMAT " %s: %s%s%s\n",
          get_number (row, "id"), get_text (row, "kind"), device != NULL ? device : "–",
          get_state (row), get_number (row, "uses"), get_text (row, "who"),
          get_text (row, "reason"), recipe != NULL ? " → " : "", recipe != NULL ? recipe : "");
}

static int
list (int argc, char **argv)
{
  gboolean json = FALSE, all = FALSE;
  const GOptionEntry entries[] = {
    { "all", 0, 0, G_OPTION_ARG_NONE, &all, "Those that do not count any more, too", NULL },
    { "json", 0, 0, G_OPTION_ARG_NONE, &json, "For machines", NULL },
    { NULL },
  };
  g_autoptr (GOptionContext) context = g_option_context_new ("— what was decided, by whom and why");
  g_autoptr (PnDbusManager) manager = NULL;
  g_autoptr (GVariant) rows = NULL;
  g_autoptr (GError) error = NULL;
  GVariantBuilder options;

  g_option_context_add_main_entries (context, entries, NULL);
  if (!pn_ctl_parse (context, &argc, &argv, 0, 0))
    return 2;
  manager = pn_ctl_connect_manager (&error);
  if (manager == NULL)
    return pn_ctl_fail_remote (error);
  g_variant_builder_init (&options, G_VARIANT_TYPE_VARDICT);
  g_variant_builder_add (&options, "{sv}", "all", g_variant_new_boolean (all));
  if (!pn_dbus_manager_call_list_overrides_sync (manager, g_variant_builder_end (&options),
                                                 PN_CTL_CALL, -1, &rows, NULL, &error))
    return pn_ctl_fail_remote (error);
  if (json)
    {
      pn_ctl_print_variant (rows);
      return 0;
    }
  if (g_variant_n_children (rows) == 0)
    puts (all ? "There has been no override yet." : "No override counts now.");
  else
    printf ("%-5s %-14s %-16s %-8s %-5s %s\n", "No.", "Override", "For", "", "Used", "Who and why");
  for (gsize i = 0; i < g_variant_n_children (rows); i++)
    {
      g_autoptr (GVariant) row = g_variant_get_child_value (rows, i);

      print_override (row);
    }
  return 0;
}

static int
clear (int argc, char **argv)
{
  g_autoptr (GOptionContext) context = g_option_context_new ("NUMBER — it does not count any more");
  g_autoptr (PnDbusManager) manager = NULL;
  g_autoptr (GError) error = NULL;
  gint64 id;

  if (!pn_ctl_parse (context, &argc, &argv, 1, 1))
    return 2;
  if (!g_ascii_string_to_signed (argv[1], 10, 1, G_MAXINT64, &id, &error))
    {
      fprintf (stderr, "“%s” is not an override's number; see punnetctl override list.\n", argv[1]);
      return 2;
    }
  manager = pn_ctl_connect_manager (&error);
  if (manager == NULL || !pn_dbus_manager_call_clear_override_sync (
                             manager, id, pn_ctl_no_options (), PN_CTL_CALL, -1, NULL, &error))
    return pn_ctl_fail_remote (error);
  return 0;
}

int
pn_ctl_override (int argc, char **argv)
{
  static const PnCtlCommand commands[] = {
    { "add", add, "Decide something for one device" },
    { "list", list, "What was decided, by whom and why" },
    { "clear", clear, "It does not count any more" },
    { NULL },
  };

  return pn_ctl_commands (commands, argc, argv);
}
