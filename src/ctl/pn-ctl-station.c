/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the helper knows: devices and records. */
#include "config.h"

#include <stdio.h>
#include <string.h>

#include "pn-csv.h"
#include "pn-ctl-helper.h"
#include "pn-device-class.h"
#include "pn-override.h"
#include "pn-phase.h"
#include "pn-record-column.h"
#include "pn-record-format.h"
#include "pn-sentence.h"

#define MAX_RECORDS 10000

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
  gboolean json;
  int status;
  g_autoptr (GDBusObjectManager) objects =
      pn_ctl_begin_list (argc, argv, "— the slots and what is in them", &json, &status);
  g_autoptr (GPtrArray) slots = NULL;

  if (objects == NULL)
    return status;
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
print_records (GVariant *rows, gboolean chosen)
{
  if (g_variant_n_children (rows) == 0)
    puts (chosen ? "There are no such records." : "There are no records yet.");
  else
    printf ("%-19s %-16s %-16s %-9s %s\n", "Ended", "Slot", "Serial", "Verdict", "");
  for (gsize i = 0; i < g_variant_n_children (rows); i++)
    {
      g_autoptr (GVariant) row = g_variant_get_child_value (rows, i);

      print_record (row);
    }
}

/* Which records, from the command line; NULL = any. */
typedef struct
{
  char *text, *since, *until, *batch, *model, *key, *image, *device, *override;
  char **verdicts;
} Wanted;

static void
wanted_clear (Wanted *self)
{
  char **const texts[] = { &self->text, &self->since, &self->until,  &self->batch,   &self->model,
                           &self->key,  &self->image, &self->device, &self->override };

  for (guint i = 0; i < G_N_ELEMENTS (texts); i++)
    g_clear_pointer (texts[i], g_free);
  g_clear_pointer (&self->verdicts, g_strfreev);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Wanted, wanted_clear)

/* A day, or a day and a time, both local where nothing else is said. */
static gboolean
add_time (GVariantBuilder *options, const char *name, const char *text)
{
  g_autofree char *whole =
      strchr (text, 'T') == NULL ? g_strconcat (text, "T00:00:00", NULL) : g_strdup (text);
  g_autoptr (GTimeZone) local = g_time_zone_new_local ();
  g_autoptr (GDateTime) time = g_date_time_new_from_iso8601 (whole, local);

  if (time == NULL)
    {
      fprintf (stderr,
               "“%s” is not a time. Say a day (2026-11-26) or more exactly "
               "2026-11-26T14:30:00.\n",
               text);
      return FALSE;
    }
  g_variant_builder_add (options, "{sv}", name,
                         g_variant_new_int64 (g_date_time_to_unix (time) * G_USEC_PER_SEC));
  return TRUE;
}

static gboolean
check_verdicts (char **verdicts)
{
  PnVerdict verdict;

  for (guint i = 0; verdicts != NULL && verdicts[i] != NULL; i++)
    if (!pn_verdict_from_word (verdicts[i], &verdict) || verdict == PN_VERDICT_RUNNING)
      {
        fprintf (stderr,
                 "There is no result “%s”; there are passed, failed, set-aside, refused "
                 "and cancelled.\n",
                 verdicts[i]);
        return FALSE;
      }
  return TRUE;
}

static gboolean
check_words (const Wanted *wanted)
{
  PnDeviceClass device;
  PnOverrideKind kind;

  if (wanted->device != NULL && !pn_device_class_from_word (wanted->device, &device))
    {
      fprintf (stderr, "No device is found to be “%s”; see punnetctl records --help.\n",
               wanted->device);
      return FALSE;
    }
  if (wanted->override != NULL && !pn_override_kind_from_word (wanted->override, &kind))
    {
      fprintf (stderr, "There is no override “%s”; there are skip-firmware, again and recipe.\n",
               wanted->override);
      return FALSE;
    }
  return TRUE;
}

/* Floating; NULL where what was asked makes no sense, which has been said. */
static GVariant *
make_options (const Wanted *wanted)
{
  const struct
  {
    const char *name, *text;
  } words[] = { { "text", wanted->text },        { "batch", wanted->batch },
                { "model", wanted->model },      { "key", wanted->key },
                { "image", wanted->image },      { "class", wanted->device },
                { "override", wanted->override } };
  GVariantBuilder options;
  gboolean fine = check_verdicts (wanted->verdicts) && check_words (wanted);

  g_variant_builder_init (&options, G_VARIANT_TYPE_VARDICT);
  for (guint i = 0; i < G_N_ELEMENTS (words); i++)
    if (words[i].text != NULL)
      g_variant_builder_add (&options, "{sv}", words[i].name, g_variant_new_string (words[i].text));
  if (wanted->verdicts != NULL)
    g_variant_builder_add (&options, "{sv}", "verdicts",
                           g_variant_new_strv ((const char *const *) wanted->verdicts, -1));
  fine = fine && (wanted->since == NULL || add_time (&options, "since", wanted->since));
  fine = fine && (wanted->until == NULL || add_time (&options, "until", wanted->until));
  if (fine)
    return g_variant_builder_end (&options);
  g_variant_builder_clear (&options);
  return NULL;
}

/* TRUE where it was not there yet. */
static gboolean
add_record (GVariantBuilder *all, GHashTable *seen, GVariant *row)
{
  gint64 *number = g_new0 (gint64, 1);

  (void) g_variant_lookup (row, "id", "x", number);
  if (!g_hash_table_add (seen, number))
    return FALSE;
  g_variant_builder_add_value (all, row);
  return TRUE;
}

/* In as many answers as it takes. A record that comes meanwhile moves the others on: none of them
 * is there twice. NULL with @error. (transfer full) */
static GVariant *
query_records (PnDbusManager *manager, guint limit, GVariant *options, GError **error)
{
  g_autoptr (GHashTable) seen = g_hash_table_new_full (g_int64_hash, g_int64_equal, g_free, NULL);
  guint offset = 0, n = 0, more;
  GVariantBuilder all;

  g_variant_builder_init (&all, G_VARIANT_TYPE ("aa{sv}"));
  do
    {
      g_autoptr (GVariant) rows = NULL;

      if (!pn_dbus_manager_call_query_records_sync (manager, offset, limit - n, options,
                                                    PN_CTL_CALL, -1, &rows, NULL, error))
        {
          g_variant_builder_clear (&all);
          return NULL;
        }
      more = (guint) g_variant_n_children (rows);
      offset += more;
      for (guint i = 0; i < more; i++)
        {
          g_autoptr (GVariant) row = g_variant_get_child_value (rows, i);

          n += add_record (&all, seen, row);
        }
    }
  while (more > 0 && n < limit);
  return g_variant_ref_sink (g_variant_builder_end (&all));
}

static int
list_records (int argc, char **argv)
{
  gboolean json = FALSE;
  gboolean lines = FALSE;
  gboolean csv = FALSE;
  int limit = 1000;
  g_auto (Wanted) wanted = { NULL };
  const GOptionEntry entries[] = {
    { "json", 0, 0, G_OPTION_ARG_NONE, &json, "For machines", NULL },
    { "json-lines", 0, 0, G_OPTION_ARG_NONE, &lines, "One JSON object a line", NULL },
    { "csv", 0, 0, G_OPTION_ARG_NONE, &csv, "For spreadsheets; times in UTC", NULL },
    { "limit", 0, 0, G_OPTION_ARG_INT, &limit, "The newest N, at most 10000", "N" },
    { "text", 0, 0, G_OPTION_ARG_STRING, &wanted.text, "Those with this text anywhere", "TEXT" },
    { "verdict", 0, 0, G_OPTION_ARG_STRING_ARRAY, &wanted.verdicts,
      "passed, failed, set-aside, refused or cancelled; may be given several times", "RESULT" },
    { "since", 0, 0, G_OPTION_ARG_STRING, &wanted.since, "Started then or later", "TIME" },
    { "until", 0, 0, G_OPTION_ARG_STRING, &wanted.until, "Started earlier", "TIME" },
    { "batch", 0, 0, G_OPTION_ARG_STRING, &wanted.batch, "Of this batch", "REFERENCE" },
    { "model", 0, 0, G_OPTION_ARG_STRING, &wanted.model, "Of this model", "MODEL" },
    { "key", 0, 0, G_OPTION_ARG_STRING, &wanted.key, "Locked with this key", "FINGERPRINT" },
    { "image", 0, 0, G_OPTION_ARG_STRING, &wanted.image, "With this image", "NAME" },
    { "class", 0, 0, G_OPTION_ARG_STRING, &wanted.device,
      "Of devices found to be fresh, ours, unfinished, done, other-key, unreadable, "
      "write-protected, wrong-family, wrong-model, no-storage or small-storage",
      "CLASS" },
    { "override", 0, 0, G_OPTION_ARG_STRING, &wanted.override,
      "That went by it: skip-firmware, again or recipe", "KIND" },
    { NULL },
  };
  g_autoptr (GOptionContext) context = g_option_context_new ("[list] — what is kept of each run");
  g_autoptr (GDBusObjectManager) objects = NULL;
  g_autoptr (PnDbusManager) manager = NULL;
  g_autoptr (GVariant) rows = NULL;
  g_autoptr (GVariant) options = NULL;
  g_autoptr (GError) error = NULL;

  g_option_context_add_main_entries (context, entries, NULL);
  if (!pn_ctl_parse (context, &argc, &argv, 0, 0))
    return 2;
  if (limit < 0 || json + lines + csv > 1)
    {
      fputs ("Usage: punnetctl records [list] [--json | --json-lines | --csv] [--limit N]"
             " [CHOICE…]; see --help\n",
             stderr);
      return 2;
    }
  options = make_options (&wanted);
  if (options == NULL)
    return 2;
  g_variant_ref_sink (options);
  manager = pn_ctl_connect_manager (&error);
  if (manager == NULL)
    return pn_ctl_fail_remote (error);
  rows = query_records (manager, (guint) MIN (limit, MAX_RECORDS), options, &error);
  if (rows == NULL)
    return pn_ctl_fail_remote (error);
  if ((csv || lines) &&
      !pn_ctl_note_export (manager, csv ? "csv" : "json-lines", (guint) g_variant_n_children (rows),
                           "choice", options, &error))
    return pn_ctl_fail_remote (error);
  if (json)
    pn_ctl_print_variant (rows);
  else if (csv || lines)
    print_text (rows, csv);
  else
    print_records (rows, g_variant_n_children (options) > 0);
  return 0;
}

int
pn_ctl_records (int argc, char **argv)
{
  static const PnCtlCommand commands[] = {
    { "list", list_records, "What is kept of each run (also without a command)" },
    { "backup", pn_ctl_records_backup, "A copy of the database while it is in use" },
    { "certificate", pn_ctl_records_certificate, "What the station vouches for of runs" },
    { "merge", pn_ctl_records_merge, "Take over the records of other stations" },
    { NULL },
  };

  /* Options alone are those of the list. */
  return argc < 2 || (argv[1][0] == '-' && !g_str_equal (argv[1], "--help"))
             ? list_records (argc, argv)
             : pn_ctl_commands (commands, argc, argv);
}
