/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the helper knows: devices and records. */
#include "config.h"

#include <stdio.h>

#include "pn-csv.h"
#include "pn-ctl-helper.h"
#include "pn-record-column.h"
#include "pn-record-format.h"
#include "pn-sentence.h"

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
  g_autofree char *message =
      run != NULL ? pn_sentence_to_english (pn_dbus_run_get_message (run)) : NULL;

  printf ("%-16s %-9s %-16s %-9s %s\n", pn_dbus_slot_get_name (slot), pn_dbus_slot_get_state (slot),
          serial[0] != '\0' ? serial : "–", run == NULL ? "–" : verdict,
          run == NULL ? ""
          : going     ? pn_dbus_run_get_phase (run)
                      : message);
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

static void
print_text (GVariant *rows, gboolean csv)
{
  const PnCsvFormat format = { .columns = pn_record_columns (),
                               .separator = ',',
                               .guard_formulas = TRUE };
  g_autoptr (GString) text = g_string_new (NULL);

  if (csv)
    pn_csv_append_head (text, &format);
  for (gsize i = 0; i < g_variant_n_children (rows); i++)
    {
      g_autoptr (GVariant) row = g_variant_get_child_value (rows, i);

      if (csv)
        pn_csv_append_record (text, &format, row);
      else
        pn_csv_append_json_line (text, format.columns, row);
    }
  (void) fwrite (text->str, 1, text->len, stdout);
}

static void
print_record (GVariant *row)
{
  const char *slot = "", *serial = "–", *verdict = "";
  g_autofree char *time = pn_record_format_for_people (row, "ended");
  g_autofree char *message = pn_record_format_plain (row, "message", TRUE);

  (void) g_variant_lookup (row, "slot", "&s", &slot);
  (void) g_variant_lookup (row, "serial", "&s", &serial);
  (void) g_variant_lookup (row, "verdict", "&s", &verdict);
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
  gboolean lines = FALSE;
  gboolean csv = FALSE;
  int limit = 1000;
  const GOptionEntry entries[] = {
    { "json", 0, 0, G_OPTION_ARG_NONE, &json, "For machines", NULL },
    { "json-lines", 0, 0, G_OPTION_ARG_NONE, &lines, "One JSON object a line", NULL },
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
  if (limit < 0 || json + lines + csv > 1 || (argc == 2 && !g_str_equal (argv[1], "list")))
    {
      fputs ("Usage: punnetctl records [list] [--json | --json-lines | --csv] [--limit N]\n",
             stderr);
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
  else if (csv || lines)
    print_text (rows, csv);
  else
    print_records (rows);
  return 0;
}
