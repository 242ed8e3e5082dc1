/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the helper knows: devices and records. */
#include "config.h"

#include <stdio.h>
#include <string.h>

#include "pn-ctl-helper.h"

/* ---- devices ---- */

static void
print_slot (GDBusObjectManager *objects, PnDbusSlot *slot)
{
  g_autoptr (GDBusInterface) found =
      g_dbus_object_manager_get_interface (objects, pn_dbus_slot_get_run (slot), PN_CTL_RUN);
  PnDbusRun *run = found != NULL ? PN_DBUS_RUN (found) : NULL;
  const char *verdict = run != NULL ? pn_dbus_run_get_verdict (run) : "";
  const char *serial = run != NULL ? pn_dbus_run_get_serial (run) : "";
  gboolean going = g_str_equal (verdict, "running");

  printf ("%-16s %-9s %-16s %-9s %s\n", pn_dbus_slot_get_name (slot), pn_dbus_slot_get_state (slot),
          serial[0] != '\0' ? serial : "–", run == NULL ? "–" : verdict,
          run == NULL ? ""
          : going     ? pn_dbus_run_get_phase (run)
                      : pn_dbus_run_get_message (run));
}

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
  if (!pn_ctl_parse (context, &argc, &argv, 0, 0))
    return 2;
  objects = pn_ctl_connect (&error);
  if (objects == NULL)
    return pn_ctl_fail_remote (error);
  if (json)
    return pn_ctl_print_all (objects, PN_CTL_SLOT);
  slots = pn_ctl_list_interfaces (objects, PN_CTL_SLOT);
  if (slots->len == 0)
    puts ("No device has been plugged in yet.");
  else
    printf ("%-16s %-9s %-16s %-9s %s\n", "Slot", "State", "Serial", "Last run", "");
  for (guint i = 0; i < slots->len; i++)
    print_slot (objects, slots->pdata[i]);
  return 0;
}

/* ---- records ---- */

/* The columns of a CSV file, in their order. */
static const char *const columns[] = {
  "id",
  "started",
  "ended",
  "slot",
  "batch",
  "recipe",
  "bundle",
  "image_name",
  "image_sha256",
  "mode",
  "storage",
  "verdict",
  "condition",
  "phase",
  "serial",
  "model",
  "mac",
  "duid",
  "key_hash",
  "error_code",
  "message",
  "board_revision",
  "storage_size",
  "bytes_sent",
  "bytes_verified",
  "secure",
  "evidence",
};

static char *
format_time (gint64 microseconds, const char *format, gboolean local)
{
  g_autoptr (GDateTime) utc = g_date_time_new_from_unix_utc (microseconds / G_USEC_PER_SEC);
  g_autoptr (GDateTime) shown =
      utc != NULL && local ? g_date_time_to_local (utc) : g_steal_pointer (&utc);

  return shown != NULL ? g_date_time_format (shown, format) : g_strdup ("");
}

static char *
cell (GVariant *row, const char *column)
{
  g_autoptr (GVariant) value = g_variant_lookup_value (row, column, NULL);

  if (value == NULL)
    return g_strdup ("");
  if (g_variant_is_of_type (value, G_VARIANT_TYPE_STRING))
    return g_variant_dup_string (value, NULL);
  if (g_variant_is_of_type (value, G_VARIANT_TYPE_INT64) &&
      (g_str_equal (column, "started") || g_str_equal (column, "ended")))
    return format_time (g_variant_get_int64 (value), "%Y-%m-%dT%H:%M:%SZ", FALSE);
  return g_variant_print (value, FALSE);
}

/* RFC 4180, lines ended by LF. */
static void
print_csv (GVariant *rows)
{
  for (guint i = 0; i < G_N_ELEMENTS (columns); i++)
    printf ("%s%s", i > 0 ? "," : "", columns[i]);
  putchar ('\n');
  for (gsize n = 0; n < g_variant_n_children (rows); n++)
    {
      g_autoptr (GVariant) row = g_variant_get_child_value (rows, n);

      for (guint i = 0; i < G_N_ELEMENTS (columns); i++)
        {
          g_autofree char *text = cell (row, columns[i]);
          g_auto (GStrv) parts = g_strsplit (text, "\"", -1);
          g_autofree char *doubled = g_strjoinv ("\"\"", parts);
          const char *quote = strpbrk (text, ",\"\r\n") != NULL ? "\"" : "";

          printf ("%s%s%s%s", i > 0 ? "," : "", quote, doubled, quote);
        }
      putchar ('\n');
    }
}

static void
print_record (GVariant *row)
{
  const char *slot = "", *serial = "–", *verdict = "", *message = "";
  g_autofree char *time = NULL;
  gint64 ended = 0;

  (void) g_variant_lookup (row, "slot", "&s", &slot);
  (void) g_variant_lookup (row, "serial", "&s", &serial);
  (void) g_variant_lookup (row, "verdict", "&s", &verdict);
  (void) g_variant_lookup (row, "message", "&s", &message);
  (void) g_variant_lookup (row, "ended", "x", &ended);
  time = format_time (ended, "%Y-%m-%d %H:%M:%S", TRUE);
  printf ("%-19s %-16s %-16s %-9s %s\n", time, slot, serial, verdict, message);
}

static void
print_records (GVariant *rows)
{
  if (g_variant_n_children (rows) == 0)
    puts ("There are no records yet.");
  else
    printf ("%-19s %-16s %-16s %-9s %s\n", "Ended", "Slot", "Serial", "Verdict", "");
  for (gsize i = 0; i < g_variant_n_children (rows); i++)
    {
      g_autoptr (GVariant) row = g_variant_get_child_value (rows, i);

      print_record (row);
    }
}

int
pn_ctl_records (int argc, char **argv)
{
  gboolean json = FALSE;
  gboolean csv = FALSE;
  int limit = 1000;
  const GOptionEntry entries[] = {
    { "json", 0, 0, G_OPTION_ARG_NONE, &json, "For machines", NULL },
    { "csv", 0, 0, G_OPTION_ARG_NONE, &csv, "For spreadsheets; times in UTC", NULL },
    { "limit", 0, 0, G_OPTION_ARG_INT, &limit, "The newest N, at most 10000", "N" },
    { NULL },
  };
  g_autoptr (GOptionContext) context = g_option_context_new ("[list] — what is kept of each run");
  g_autoptr (GDBusObjectManager) objects = NULL;
  g_autoptr (PnDbusManager) manager = NULL;
  g_autoptr (GVariant) rows = NULL;
  g_autoptr (GError) error = NULL;
  GVariantBuilder options;

  g_option_context_add_main_entries (context, entries, NULL);
  if (!pn_ctl_parse (context, &argc, &argv, 0, 1))
    return 2;
  if (limit < 0 || (json && csv) || (argc == 2 && !g_str_equal (argv[1], "list")))
    {
      fputs ("Usage: punnetctl records [list] [--json | --csv] [--limit N]\n", stderr);
      return 2;
    }
  objects = pn_ctl_connect (&error);
  if (objects == NULL)
    return pn_ctl_fail_remote (error);
  manager = pn_ctl_get_manager (objects);
  g_variant_builder_init (&options, G_VARIANT_TYPE_VARDICT);
  if (!pn_dbus_manager_call_query_records_sync (manager, 0, (guint) limit,
                                                g_variant_builder_end (&options),
                                                G_DBUS_CALL_FLAGS_NONE, -1, &rows, NULL, &error))
    return pn_ctl_fail_remote (error);
  if (json)
    pn_ctl_print_variant (rows);
  else if (csv)
    print_csv (rows);
  else
    print_records (rows);
  return 0;
}
