/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Overrides by a real punnetd and virtual devices: each used once and until it is cleared, told in
 * the run's story and its record, and none that does more than it says. */
#include "config.h"

#include <string.h>

#include "pn-device-class.h"
#include "pn-done-policy.h"
#include "pn-error.h"
#include "pn-override.h"
#include "pn-test-station.h"

#define MIB (G_GUINT64_CONSTANT (1024) * 1024)
#define DISK (640 * MIB)
#define WHY "Its storage was repaired"

static PnTestInputs *inputs;

/* A device in a slot of a station whose batches start by button. */
typedef struct
{
  PnTestStation *station;
  PnVirtualDevice *device;
  PnDbusSlot *slot;
} Bench;

static void
begin (Bench *bench, const char *name, const char *model)
{
  PnStorage storage = g_str_equal (model, "cm5") ? PN_STORAGE_EMMC : PN_STORAGE_SD;

  bench->station = pn_test_station_new (inputs, name, FALSE, NULL);
  bench->device = pn_test_inputs_model (inputs, name, model, storage, DISK, NULL);
  pn_test_station_attach (bench->station, bench->device, name);
  pn_virtual_device_plug (bench->device, TRUE);
  bench->slot = pn_test_station_wait_slot (bench->station, name);
  pn_test_station_wait_state (bench->slot, "waiting");
}

static void
end (Bench *bench)
{
  pn_virtual_device_unplug (bench->device);
  g_clear_object (&bench->device);
  g_clear_object (&bench->slot);
  pn_test_station_free (bench->station);
}

static PnDbusBatch *
open_batch (Bench *bench, PnMode mode)
{
  PnDbusBatch *batch = pn_test_station_open (bench->station, inputs, mode, 9, FALSE);

  return batch;
}

static gint64
try_add (Bench *bench,
         const char *kind,
         const char *reason,
         const char *name,
         const char *value,
         const char *bundle,
         gboolean once,
         GError **error)
{
  GVariantBuilder options;
  gint64 id = 0;

  g_variant_builder_init (&options, G_VARIANT_TYPE_VARDICT);
  g_variant_builder_add (&options, "{sv}", name, g_variant_new_string (value));
  if (bundle != NULL)
    g_variant_builder_add (&options, "{sv}", "bundle", g_variant_new_string (bundle));
  g_variant_builder_add (&options, "{sv}", "once", g_variant_new_boolean (once));
  (void) pn_dbus_manager_call_add_override_sync (bench->station->manager, kind, reason,
                                                 g_variant_builder_end (&options),
                                                 G_DBUS_CALL_FLAGS_NONE, -1, &id, NULL, error);
  return id;
}

/* For the device that is in the slot now, by what it says of itself. */
static gint64
add (Bench *bench, const char *kind, const char *bundle, gboolean once)
{
  g_autoptr (GError) error = NULL;
  gint64 id;

  /* It may be restarting. */
  while (pn_dbus_slot_get_serial (bench->slot)[0] == '\0')
    g_main_context_iteration (NULL, TRUE);
  id = try_add (bench, kind, WHY, "serial", pn_dbus_slot_get_serial (bench->slot), bundle, once,
                &error);
  g_assert_no_error (error);
  g_assert_cmpint (id, >, 0);
  return id;
}

static void
clear (Bench *bench, gint64 id)
{
  g_autoptr (GError) error = NULL;

  (void) pn_dbus_manager_call_clear_override_sync (bench->station->manager, id,
                                                   pn_test_options (NULL, NULL),
                                                   G_DBUS_CALL_FLAGS_NONE, -1, NULL, &error);
  g_assert_no_error (error);
}

/* How many count, as the property has it, which is told by a signal. */
static void
wait_count (Bench *bench, gsize n)
{
  while (g_variant_n_children (pn_dbus_manager_get_overrides (bench->station->manager)) != n)
    g_main_context_iteration (NULL, TRUE);
}

static gint64
read_number (Bench *bench, gint64 id, const char *name)
{
  g_autoptr (GVariant) rows = NULL;
  g_autoptr (GError) error = NULL;
  gint64 found = -1;

  (void) pn_dbus_manager_call_list_overrides_sync (
      bench->station->manager, pn_test_options ("all", g_variant_new_boolean (TRUE)),
      G_DBUS_CALL_FLAGS_NONE, -1, &rows, NULL, &error);
  g_assert_no_error (error);
  for (gsize i = 0; i < g_variant_n_children (rows); i++)
    {
      g_autoptr (GVariant) row = g_variant_get_child_value (rows, i);
      gint64 its;

      if (g_variant_lookup (row, "id", "x", &its) && its == id)
        (void) g_variant_lookup (row, name, "x", &found);
    }
  return found;
}

static gboolean
start (Bench *bench, GError **error)
{
  return pn_dbus_slot_call_start_sync (bench->slot, pn_test_options (NULL, NULL),
                                       G_DBUS_CALL_FLAGS_NONE, -1, NULL, error);
}

/* By button, to its end. */
static PnDbusRun *
run (Bench *bench)
{
  g_autofree char *last = g_strdup (pn_dbus_slot_get_run (bench->slot));
  g_autoptr (GError) error = NULL;
  PnDbusRun *run;

  while (!pn_dbus_slot_get_present (bench->slot))
    g_main_context_iteration (NULL, TRUE);
  g_assert_true (start (bench, &error));
  g_assert_no_error (error);
  run = pn_test_station_wait_end (bench->station, bench->slot, last);
  g_test_message ("%s: %s", pn_dbus_run_get_verdict (run), pn_dbus_run_get_message (run));
  return run;
}

static const char *
get_evidence (PnDbusRun *run, const char *name)
{
  const char *value = NULL;

  (void) g_variant_lookup (pn_dbus_run_get_evidence (run), name, "&s", &value);
  return value;
}

static void
assert_run (Bench *bench, const char *verdict, const char *device_class)
{
  g_autoptr (PnDbusRun) ended = run (bench);

  g_assert_cmpstr (pn_dbus_run_get_verdict (ended), ==, verdict);
  g_assert_cmpstr (get_evidence (ended, PN_DEVICE_CLASS_EVIDENCE), ==, device_class);
}

static char *
read_story (Bench *bench, gint64 record)
{
  g_autoptr (GVariant) phases = NULL;
  g_autoptr (GVariant) lines = NULL;
  g_autoptr (GError) error = NULL;
  g_autoptr (GString) text = g_string_new (NULL);
  GVariantIter iter;
  const char *line;

  (void) pn_dbus_manager_call_get_story_sync (bench->station->manager, record,
                                              pn_test_options (NULL, NULL), G_DBUS_CALL_FLAGS_NONE,
                                              -1, &phases, &lines, NULL, &error);
  g_assert_no_error (error);
  g_variant_iter_init (&iter, lines);
  while (g_variant_iter_loop (&iter, "(x&s)", NULL, &line))
    {
      g_autofree char *english = pn_sentence_to_english (line);

      g_string_append_printf (text, "%s\n", english);
    }
  return g_string_free (g_steal_pointer (&text), FALSE);
}

static char *
read_record (Bench *bench, gint64 record, const char *column)
{
  g_autoptr (GVariant) rows = NULL;
  g_autoptr (GVariant) row = NULL;
  g_autoptr (GError) error = NULL;
  char *value = NULL;

  (void) pn_dbus_manager_call_query_records_sync (
      bench->station->manager, 0, 1, pn_test_options ("id", g_variant_new_int64 (record)),
      G_DBUS_CALL_FLAGS_NONE, -1, &rows, NULL, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (g_variant_n_children (rows), ==, 1);
  row = g_variant_get_child_value (rows, 0);
  (void) g_variant_lookup (row, column, "s", &value);
  return value;
}

/* That it was used in @record is the newest thing that the audit says of overrides that were. */
static void
assert_told (Bench *bench, const char *kind, gint64 record)
{
  g_autoptr (GVariant) rows = NULL;
  g_autoptr (GVariant) row = NULL;
  g_autoptr (GError) error = NULL;
  g_autofree char *number = g_strdup_printf ("\"record\":%" G_GINT64_FORMAT, record);
  const char *after, *details;

  (void) pn_dbus_manager_call_query_audit_sync (
      bench->station->manager, 0, 1,
      pn_test_options ("what", g_variant_new_string ("override-use")), G_DBUS_CALL_FLAGS_NONE, -1,
      &rows, NULL, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (g_variant_n_children (rows), ==, 1);
  row = g_variant_get_child_value (rows, 0);
  g_assert_true (g_variant_lookup (row, "after", "&s", &after));
  g_assert_true (g_variant_lookup (row, "details", "&s", &details));
  g_assert_cmpstr (after, ==, kind);
  g_assert_nonnull (strstr (details, number));
  g_assert_nonnull (strstr (details, WHY));
}

/* It passed by an override, and says who and why wherever it is told. */
static void
assert_overridden (Bench *bench, const char *kind, const char *label)
{
  g_autoptr (PnDbusRun) ended = run (bench);
  gint64 record = pn_dbus_run_get_record (ended);
  g_autofree char *key = g_strconcat (PN_OVERRIDE_EVIDENCE, kind, NULL);
  g_autofree char *story = read_story (bench, record);
  g_autofree char *words = read_record (bench, record, "overrides");
  g_autofree char *evidence = read_record (bench, record, "evidence");
  g_autofree char *said =
      g_strdup_printf ("Override: %s, by %s, because: " WHY, label, g_get_user_name ());
  g_autofree char *kept = g_strdup_printf ("\"%s\":\"%s: " WHY "\"", key, g_get_user_name ());

  g_assert_cmpstr (pn_dbus_run_get_verdict (ended), ==, "passed");
  g_assert_nonnull (get_evidence (ended, key));
  g_assert_nonnull (strstr (story, said));
  g_assert_nonnull (strstr (evidence, kept));
  g_assert_cmpstr (words, ==, kind);
  assert_told (bench, kind, record);
}

/* The last run was refused, and somebody may be asked. */
static void
assert_asked (Bench *bench)
{
  g_autoptr (PnDbusRun) ended = pn_test_station_wait_run (bench->station, bench->slot);

  g_assert_cmpstr (get_evidence (ended, PN_DONE_EVIDENCE), ==, "ask");
}

/* ---- again ---- */

static void
test_again (void)
{
  g_autoptr (PnDbusBatch) batch = NULL;
  gint64 once, lasting;
  Bench bench;

  begin (&bench, "again", "cm5");
  batch = open_batch (&bench, PN_MODE_NAKED);
  pn_test_station_wait_state (bench.slot, "ready");
  assert_run (&bench, "passed", "fresh");
  assert_run (&bench, "refused", "done");
  assert_asked (&bench);
  once = add (&bench, "again", NULL, TRUE);
  wait_count (&bench, 1);
  assert_overridden (&bench, "again", "Provision again");
  /* Spent; and the record that it was used in is known. */
  wait_count (&bench, 0);
  g_assert_cmpint (read_number (&bench, once, "uses"), ==, 1);
  g_assert_cmpint (read_number (&bench, once, "record"), ==, 3);
  g_assert_cmpint (read_number (&bench, once, "cleared"), >, 0);
  assert_run (&bench, "refused", "done");

  /* For whatever is in the slot, until it is cleared, and through the helper's end. */
  lasting = try_add (&bench, "again", WHY, "slot", "again", NULL, FALSE, NULL);
  g_assert_cmpint (lasting, >, 0);
  assert_overridden (&bench, "again", "Provision again");
  assert_overridden (&bench, "again", "Provision again");
  wait_count (&bench, 1);
  g_assert_cmpint (read_number (&bench, lasting, "uses"), ==, 2);
  clear (&bench, lasting);
  assert_run (&bench, "refused", "done");
  end (&bench);
}

/* One for once counts until a run with it has passed: the cable may have been bad. What the run
 * left half done needs no override. */
static void
test_again_fails (void)
{
  PnVirtualFaults faults = pn_virtual_faults_none ();
  g_autoptr (PnDbusBatch) batch = NULL;
  gint64 id;
  Bench bench;

  begin (&bench, "again-fails", "cm5");
  batch = open_batch (&bench, PN_MODE_NAKED);
  pn_test_station_wait_state (bench.slot, "ready");
  assert_run (&bench, "passed", "fresh");
  id = add (&bench, "again", NULL, TRUE);
  faults.gadget.fail_write_at = 0;
  pn_virtual_device_set_faults (bench.device, &faults);
  assert_run (&bench, "failed", "done");
  g_assert_cmpint (read_number (&bench, id, "uses"), ==, 1);
  wait_count (&bench, 1);
  clear (&bench, id);
  faults.gadget.fail_write_at = -1;
  pn_virtual_device_set_faults (bench.device, &faults);
  assert_run (&bench, "passed", "unfinished");
  end (&bench);
}

/* ---- skip the firmware step ---- */

static gboolean
is_blank (Bench *bench)
{
  guint8 hash[32];

  pn_virtual_device_get_key_hash (bench->device, hash);
  return pn_sha256_is_zero ((PnSha256 *) hash);
}

/* Never on a device that has to be locked; on one that is, its firmware stays as it is, also where
 * it could not be written. */
static void
test_skip_firmware (void)
{
  PnVirtualFaults faults = pn_virtual_faults_none ();
  g_autoptr (PnDbusBatch) batch = NULL;
  gint64 id;
  Bench bench;

  begin (&bench, "skip-firmware", "cm5");
  batch = open_batch (&bench, PN_MODE_SECURE_BOOT);
  pn_test_station_wait_state (bench.slot, "ready");
  id = add (&bench, "skip-firmware", NULL, TRUE);
  assert_run (&bench, "refused", "fresh");
  g_assert_true (is_blank (&bench));
  wait_count (&bench, 1);
  clear (&bench, id);
  assert_run (&bench, "passed", "fresh");
  g_assert_false (is_blank (&bench));

  faults.write_protected = TRUE;
  pn_virtual_device_set_faults (bench.device, &faults);
  (void) add (&bench, "again", NULL, FALSE);
  assert_run (&bench, "failed", "write-protected");
  (void) add (&bench, "skip-firmware", NULL, TRUE);
  assert_overridden (&bench, "skip-firmware", "Skip the firmware step");
  wait_count (&bench, 1);
  assert_run (&bench, "failed", "write-protected");
  end (&bench);
}

/* ---- another recipe ---- */

static void
test_recipe (void)
{
  g_autoptr (PnDbusBatch) wanted = NULL;
  g_autoptr (PnDbusBatch) newest = NULL;
  g_autofree char *bundle = NULL;
  Bench bench;

  begin (&bench, "recipe", "cm5");
  wanted = open_batch (&bench, PN_MODE_NAKED);
  newest = open_batch (&bench, PN_MODE_SECURE_BOOT);
  pn_test_station_wait_state (bench.slot, "ready");
  (void) add (&bench, "recipe", pn_dbus_batch_get_bundle (wanted), TRUE);
  assert_overridden (&bench, "recipe", "Another recipe");
  bundle = read_record (&bench, 1, "bundle");
  g_assert_cmpstr (bundle, ==, pn_dbus_batch_get_bundle (wanted));
  g_assert_true (is_blank (&bench));
  wait_count (&bench, 0);
  assert_run (&bench, "passed", "fresh");
  g_assert_false (is_blank (&bench));
  end (&bench);
}

/* A recipe of which no batch is open is none that could be used instead, and one whose batch was
 * opened without a consent has none by being chosen. */
static void
test_recipe_refused (void)
{
  static const char *const nobodys =
      "cc00000000000000000000000000000000000000000000000000000000000000";
  g_autoptr (PnDbusBatch) plain = NULL;
  g_autoptr (PnDbusBatch) encrypted = NULL;
  g_autoptr (GError) error = NULL;
  gint64 id;
  Bench bench;

  begin (&bench, "recipe-refused", "cm5");
  encrypted = open_batch (&bench, PN_MODE_FDE_ONLY); /* without a permit */
  plain = open_batch (&bench, PN_MODE_NAKED);
  pn_test_station_wait_state (bench.slot, "ready");
  id = add (&bench, "recipe", nobodys, FALSE);
  pn_test_station_wait_state (bench.slot, "waiting");
  g_assert_false (start (&bench, &error));
  g_assert_error (error, PN_ERROR, PN_ERROR_BUSY);
  g_assert_nonnull (strstr (error->message, "override"));
  clear (&bench, id);
  pn_test_station_wait_state (bench.slot, "ready");
  (void) add (&bench, "recipe", pn_dbus_batch_get_bundle (encrypted), FALSE);
  pn_test_station_wait_state (bench.slot, "ready");
  {
    g_autoptr (PnDbusRun) ended = run (&bench);

    g_assert_cmpstr (pn_dbus_run_get_verdict (ended), ==, "refused");
    g_assert_nonnull (strstr (pn_dbus_run_get_message (ended), "consent"));
  }
  wait_count (&bench, 1);
  end (&bench);
}

/* A boot ROM that does not say its number: the run finds out that it is the wrong one before it
 * changes anything, and the next one is the right one. */
static void
test_recipe_late (void)
{
  g_autoptr (PnDbusBatch) wanted = NULL;
  g_autoptr (PnDbusBatch) newest = NULL;
  g_autofree char *bundle = NULL;
  g_autofree char *serial = g_strdup_printf ("%08x", g_str_hash ("recipe-late"));
  g_autoptr (GError) error = NULL;
  Bench bench;

  begin (&bench, "recipe-late", "zero2w");
  wanted = pn_test_station_open_on (bench.station, inputs, PN_CHIP_BCM2710, PN_MODE_NAKED,
                                    PN_STORAGE_SD, 9, FALSE);
  newest = pn_test_station_open_on (bench.station, inputs, PN_CHIP_BCM2710, PN_MODE_FDE_ONLY,
                                    PN_STORAGE_SD, 9, FALSE);
  pn_test_station_wait_state (bench.slot, "ready");
  g_assert_cmpstr (pn_dbus_slot_get_serial (bench.slot), ==, "");
  g_assert_cmpint (try_add (&bench, "recipe", WHY, "serial", serial,
                            pn_dbus_batch_get_bundle (wanted), TRUE, &error),
                   >, 0);
  assert_run (&bench, "refused", "fresh");
  assert_overridden (&bench, "recipe", "Another recipe");
  bundle = read_record (&bench, 2, "bundle");
  g_assert_cmpstr (bundle, ==, pn_dbus_batch_get_bundle (wanted));
  end (&bench);
}

/* ---- kept ---- */

static void
test_restart (void)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (PnDbusSlot) slot = NULL;
  PnTestStation *station = pn_test_station_new (inputs, "override-restart", FALSE, NULL);
  Bench bench = { .station = station };

  g_assert_cmpint (try_add (&bench, "again", WHY, "serial", "1000000012345678", NULL, TRUE, &error),
                   >, 0);
  g_assert_cmpint (try_add (&bench, "again", WHY, "serial", "12345678", NULL, TRUE, &error), ==, 0);
  g_assert_error (error, PN_ERROR, PN_ERROR_EXISTS);
  pn_test_station_restart (station);
  wait_count (&bench, 1);
  pn_test_station_free (station);
}

int
main (int argc, char **argv)
{
  g_autoptr (GTestDBus) daemon = NULL;
  int status;

  g_test_init (&argc, &argv, NULL);
  daemon = pn_test_bus_new ();
  inputs = pn_test_inputs_new ();
  g_test_add_func ("/overrides/again", test_again);
  g_test_add_func ("/overrides/again-fails", test_again_fails);
  g_test_add_func ("/overrides/skip-firmware", test_skip_firmware);
  g_test_add_func ("/overrides/recipe", test_recipe);
  g_test_add_func ("/overrides/recipe-refused", test_recipe_refused);
  g_test_add_func ("/overrides/recipe-late", test_recipe_late);
  g_test_add_func ("/overrides/restart", test_restart);
  status = g_test_run ();
  g_test_dbus_down (daemon);
  pn_test_inputs_free (inputs);
  return status;
}
