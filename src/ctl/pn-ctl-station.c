/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What speaks to the helper: batch, watch, devices, records. */
#include "config.h"

#include <fcntl.h>
#include <gio/gunixfdlist.h>
#include <json-glib/json-glib.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "pn-ctl.h"
#include "pn-dbus.h"
#include "pn-io.h"

#define BUS_NAME "org.punnet.Provisioner1"
#define ROOT "/org/punnet/Provisioner1"
#define BAR_WIDTH 24
#define REDRAW_MS 200

static GDBusObjectManager *
connect_helper (GError **error)
{
  GDBusObjectManager *manager = pn_dbus_object_manager_client_new_for_bus_sync (
      G_BUS_TYPE_SESSION, G_DBUS_OBJECT_MANAGER_CLIENT_FLAGS_NONE, BUS_NAME, ROOT, NULL, error);
  g_autofree char *owner = NULL;

  if (manager == NULL)
    return NULL;
  owner = g_dbus_object_manager_client_get_name_owner (G_DBUS_OBJECT_MANAGER_CLIENT (manager));
  if (owner != NULL)
    return manager;
  g_object_unref (manager);
  g_set_error_literal (error, PN_ERROR, PN_ERROR_NOT_FOUND,
                       "The helper is not running; start it with `punnetd --session`");
  return NULL;
}

static PnDbusManager *
get_manager (GDBusObjectManager *objects)
{
  return PN_DBUS_MANAGER (g_dbus_object_manager_get_interface (objects, ROOT "/manager",
                                                               "org.punnet.Provisioner1.Manager"));
}

/* All objects with an interface, in the order of their paths' numbers. (element-type
 * GDBusInterface) */
static GPtrArray *
list_interfaces (GDBusObjectManager *objects, const char *interface)
{
  GPtrArray *found = g_ptr_array_new_with_free_func (g_object_unref);
  GList *all = g_dbus_object_manager_get_objects (objects);

  for (GList *at = all; at != NULL; at = at->next)
    {
      GDBusInterface *one = g_dbus_object_get_interface (at->data, interface);

      if (one != NULL)
        g_ptr_array_add (found, one);
    }
  g_list_free_full (all, g_object_unref);
  return found;
}

static GVariant *
properties_of (GDBusProxy *proxy)
{
  g_auto (GStrv) names = g_dbus_proxy_get_cached_property_names (proxy);
  GVariantBuilder builder;

  g_variant_builder_init (&builder, G_VARIANT_TYPE_VARDICT);
  g_variant_builder_add (&builder, "{sv}", "path",
                         g_variant_new_string (g_dbus_proxy_get_object_path (proxy)));
  for (guint i = 0; names != NULL && names[i] != NULL; i++)
    {
      g_autoptr (GVariant) value = g_dbus_proxy_get_cached_property (proxy, names[i]);
      g_autofree char *name = g_ascii_strdown (names[i], -1);

      g_variant_builder_add (&builder, "{sv}", name, value);
    }
  return g_variant_builder_end (&builder);
}

static int
print_json (GVariant *value)
{
  g_autoptr (GVariant) owned = g_variant_ref_sink (value);
  g_autofree char *text = json_gvariant_serialize_data (owned, NULL);

  puts (text);
  fflush (stdout);
  return 0;
}

static int
print_all (GDBusObjectManager *objects, const char *interface)
{
  g_autoptr (GPtrArray) found = list_interfaces (objects, interface);
  GVariantBuilder builder;

  g_variant_builder_init (&builder, G_VARIANT_TYPE ("aa{sv}"));
  for (guint i = 0; i < found->len; i++)
    g_variant_builder_add_value (&builder, properties_of (found->pdata[i]));
  return print_json (g_variant_builder_end (&builder));
}

static int
fail (GError *error)
{
  g_dbus_error_strip_remote_error (error);
  return pn_ctl_fail (error);
}

/* ---- batch ---- */

static int
start_batch (const char *folder, char **slots, int count, const char *permit, GError **error)
{
  g_autoptr (GDBusObjectManager) objects = connect_helper (error);
  g_autoptr (PnDbusManager) manager = NULL;
  g_autoptr (GUnixFDList) fds = NULL;
  g_autofree char *path = NULL;
  GVariantBuilder options;
  int fd;

  if (objects == NULL || (fd = pn_open (folder, O_RDONLY | O_DIRECTORY, error)) < 0)
    return 1;
  fds = g_unix_fd_list_new_from_array (&fd, 1);
  g_variant_builder_init (&options, G_VARIANT_TYPE_VARDICT);
  g_variant_builder_add (&options, "{sv}", "count", g_variant_new_uint32 ((guint) MAX (count, 0)));
  if (permit != NULL)
    g_variant_builder_add (&options, "{sv}", "permit-permanent", g_variant_new_string (permit));
  if (slots != NULL)
    g_variant_builder_add (&options, "{sv}", "slots",
                           g_variant_new_strv ((const char *const *) slots, -1));
  manager = get_manager (objects);
  g_dbus_proxy_set_default_timeout (G_DBUS_PROXY (manager), G_MAXINT);
  if (!pn_dbus_manager_call_open_batch_sync (
          manager, g_variant_new_handle (0), g_variant_builder_end (&options),
          G_DBUS_CALL_FLAGS_NONE, G_MAXINT, fds, &path, NULL, NULL, error))
    return 1;
  puts (path);
  return 0;
}

int
pn_ctl_batch (int argc, char **argv)
{
  g_auto (GStrv) slots = NULL;
  g_autofree char *permit = NULL;
  gboolean json = FALSE;
  int count = 0;
  const GOptionEntry entries[] = {
    { "slot", 0, 0, G_OPTION_ARG_STRING_ARRAY, &slots, "Only this slot (may be repeated)", "NAME" },
    { "count", 0, 0, G_OPTION_ARG_INT, &count, "How many devices", "N" },
    { "permit-permanent", 0, 0, G_OPTION_ARG_STRING, &permit,
      "Consent: this key may be burned into --count devices, for ever", "FINGERPRINT" },
    { "json", 0, 0, G_OPTION_ARG_NONE, &json, "For machines", NULL },
    { NULL },
  };
  g_autoptr (GOptionContext) context =
      g_option_context_new ("start BUNDLE | list — provision devices with a bundle");
  g_autoptr (GError) error = NULL;
  int status;

  g_option_context_add_main_entries (context, entries, NULL);
  if (!g_option_context_parse (context, &argc, &argv, &error))
    return pn_ctl_fail (error);
  if (argc == 2 && g_str_equal (argv[1], "list"))
    {
      g_autoptr (GDBusObjectManager) objects = connect_helper (&error);

      return objects != NULL ? print_all (objects, "org.punnet.Provisioner1.Batch") : fail (error);
    }
  if (argc != 3 || !g_str_equal (argv[1], "start"))
    {
      fputs ("Usage: punnetctl batch start BUNDLE [--permit-permanent FINGERPRINT --count N]\n",
             stderr);
      return 2;
    }
  status = start_batch (argv[2], slots, count, permit, &error);
  return error != NULL ? fail (error) : status;
}

/* ---- watch ---- */

typedef struct
{
  GDBusObjectManager *objects;
  GMainLoop *loop;
  gboolean json, until_idle, terminal;
  guint drawn;      /* lines on the terminal */
  gboolean started; /* a run was seen */
  guint quiet;      /* redraws without a run that goes */
  GHashTable *last; /* path → what was printed last, where it is no terminal */
} Watch;

static char *
format_run (PnDbusRun *run)
{
  gint64 ended = pn_dbus_run_get_ended (run);
  double seconds =
      (double) ((ended != 0 ? ended : g_get_real_time ()) - pn_dbus_run_get_started (run)) / 1e6;
  guint64 done = pn_dbus_run_get_done (run);
  guint64 total = pn_dbus_run_get_total (run);
  const char *verdict = pn_dbus_run_get_verdict (run);
  const char *instruction = pn_dbus_run_get_instruction (run);
  g_autoptr (GString) bar = g_string_new (NULL);
  guint filled = total > 0 ? (guint) (done * BAR_WIDTH / total) : 0;

  if (!g_str_equal (verdict, "running"))
    return g_strdup_printf ("%-14s %s %-8s %6.1f s  %s", pn_dbus_run_get_slot (run),
                            g_str_equal (verdict, "passed")    ? "✔"
                            : g_str_equal (verdict, "refused") ? "■"
                                                               : "✘",
                            verdict, seconds, pn_dbus_run_get_message (run));
  for (guint i = 0; i < BAR_WIDTH; i++)
    g_string_append (bar, i < filled ? "━" : "╌");
  return g_strdup_printf ("%-14s %-8s %s %3u %%  %6.1f s  %s%s", pn_dbus_run_get_slot (run),
                          pn_dbus_run_get_phase (run), bar->str,
                          total > 0 ? (guint) (done * 100 / total) : 0, seconds,
                          pn_dbus_run_get_do_not_disconnect (run) ? "do not unplug " : "",
                          instruction != NULL ? instruction : "");
}

static void
print_changes (Watch *watch, PnDbusRun *run)
{
  const char *path = g_dbus_proxy_get_object_path (G_DBUS_PROXY (run));
  g_autofree char *now = NULL;

  if (watch->json)
    {
      g_autoptr (GVariant) properties = g_variant_ref_sink (properties_of (G_DBUS_PROXY (run)));

      now = json_gvariant_serialize_data (properties, NULL);
    }
  else
    now = g_strdup_printf ("%s: %s %s%s%s", pn_dbus_run_get_slot (run), pn_dbus_run_get_phase (run),
                           pn_dbus_run_get_verdict (run),
                           pn_dbus_run_get_instruction (run)[0] != '\0' ? ": " : "",
                           pn_dbus_run_get_instruction (run));
  if (g_strcmp0 (g_hash_table_lookup (watch->last, path), now) == 0)
    return;
  puts (now);
  fflush (stdout);
  g_hash_table_insert (watch->last, g_strdup (path), g_steal_pointer (&now));
}

static gboolean
redraw_cb (gpointer user_data)
{
  Watch *watch = user_data;
  g_autoptr (GPtrArray) runs = list_interfaces (watch->objects, "org.punnet.Provisioner1.Run");
  gboolean going = FALSE;

  if (watch->terminal && watch->drawn > 0)
    printf ("\033[%uA", watch->drawn);
  watch->drawn = 0;
  for (guint i = 0; i < runs->len; i++)
    {
      PnDbusRun *run = runs->pdata[i];
      g_autofree char *line = NULL;

      going |= g_str_equal (pn_dbus_run_get_verdict (run), "running");
      watch->started = TRUE;
      if (!watch->terminal)
        {
          print_changes (watch, run);
          continue;
        }
      line = format_run (run);
      printf ("\033[2K%s\n", line);
      watch->drawn++;
    }
  fflush (stdout);
  watch->quiet = going ? 0 : watch->quiet + 1;
  /* Idle for two seconds: a device that is re-plugged starts again within that. */
  if (watch->until_idle && watch->started && watch->quiet > 2000 / REDRAW_MS)
    g_main_loop_quit (watch->loop);
  return G_SOURCE_CONTINUE;
}

int
pn_ctl_watch (int argc, char **argv)
{
  Watch watch = { 0 };
  const GOptionEntry entries[] = {
    { "json", 0, 0, G_OPTION_ARG_NONE, &watch.json, "One JSON object a line, at each change",
      NULL },
    { "until-idle", 0, 0, G_OPTION_ARG_NONE, &watch.until_idle, "End when all runs have ended",
      NULL },
    { NULL },
  };
  g_autoptr (GOptionContext) context = g_option_context_new ("— watch the runs");
  g_autoptr (GDBusObjectManager) objects = NULL;
  g_autoptr (GMainLoop) loop = g_main_loop_new (NULL, FALSE);
  g_autoptr (GError) error = NULL;

  g_option_context_add_main_entries (context, entries, NULL);
  if (!g_option_context_parse (context, &argc, &argv, &error))
    return pn_ctl_fail (error);
  objects = connect_helper (&error);
  if (objects == NULL)
    return fail (error);
  watch.objects = objects;
  watch.loop = loop;
  watch.terminal = !watch.json && isatty (STDOUT_FILENO);
  watch.last = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  g_timeout_add (REDRAW_MS, redraw_cb, &watch);
  g_main_loop_run (loop);
  g_hash_table_unref (watch.last);
  return 0;
}

/* ---- devices, records ---- */

int
pn_ctl_devices (int argc, char **argv)
{
  gboolean json = FALSE;
  const GOptionEntry entries[] = {
    { "json", 0, 0, G_OPTION_ARG_NONE, &json, "For machines", NULL },
    { NULL },
  };
  g_autoptr (GOptionContext) context = g_option_context_new ("— the slots and what is in them");
  g_autoptr (GDBusObjectManager) objects = NULL;
  g_autoptr (GPtrArray) slots = NULL;
  g_autoptr (GError) error = NULL;

  g_option_context_add_main_entries (context, entries, NULL);
  if (!g_option_context_parse (context, &argc, &argv, &error))
    return pn_ctl_fail (error);
  objects = connect_helper (&error);
  if (objects == NULL)
    return fail (error);
  if (json)
    return print_all (objects, "org.punnet.Provisioner1.Slot");
  slots = list_interfaces (objects, "org.punnet.Provisioner1.Slot");
  for (guint i = 0; i < slots->len; i++)
    printf ("%-16s %s\n", pn_dbus_slot_get_name (slots->pdata[i]),
            pn_dbus_slot_get_state (slots->pdata[i]));
  return 0;
}

static void
print_record (GVariant *row)
{
  const char *slot = "", *serial = "", *verdict = "", *message = "";

  (void) g_variant_lookup (row, "slot", "&s", &slot);
  (void) g_variant_lookup (row, "serial", "&s", &serial);
  (void) g_variant_lookup (row, "verdict", "&s", &verdict);
  (void) g_variant_lookup (row, "message", "&s", &message);
  printf ("%-16s %-16s %-9s %s\n", slot, serial, verdict, message);
}

int
pn_ctl_records (int argc, char **argv)
{
  gboolean json = FALSE;
  int limit = 1000;
  const GOptionEntry entries[] = {
    { "json", 0, 0, G_OPTION_ARG_NONE, &json, "For machines", NULL },
    { "limit", 0, 0, G_OPTION_ARG_INT, &limit, "The newest N", "N" },
    { NULL },
  };
  g_autoptr (GOptionContext) context = g_option_context_new ("— what is kept of each run");
  g_autoptr (GDBusObjectManager) objects = NULL;
  g_autoptr (PnDbusManager) manager = NULL;
  g_autoptr (GVariant) rows = NULL;
  g_autoptr (GError) error = NULL;
  GVariantBuilder options;

  g_option_context_add_main_entries (context, entries, NULL);
  if (!g_option_context_parse (context, &argc, &argv, &error))
    return pn_ctl_fail (error);
  objects = connect_helper (&error);
  if (objects == NULL)
    return fail (error);
  manager = get_manager (objects);
  g_variant_builder_init (&options, G_VARIANT_TYPE_VARDICT);
  if (!pn_dbus_manager_call_query_records_sync (manager, 0, (guint) MAX (limit, 0),
                                                g_variant_builder_end (&options),
                                                G_DBUS_CALL_FLAGS_NONE, -1, &rows, NULL, &error))
    return fail (error);
  if (json)
    return print_json (rows);
  for (gsize i = 0; i < g_variant_n_children (rows); i++)
    {
      g_autoptr (GVariant) row = g_variant_get_child_value (rows, i);

      print_record (row);
    }
  return 0;
}
