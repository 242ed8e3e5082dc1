/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What org.punnet.Provisioner1 promises its clients, by a real punnetd and virtual devices: slots
 * that are kept, pausing, starting by button, and what a run says of itself. */
#include "config.h"

#include <string.h>

#include "pn-error.h"
#include "pn-test-station.h"

#define MIB (G_GUINT64_CONSTANT (1024) * 1024)
#define DISK (768 * MIB)

static PnTestInputs *inputs;

static void
assert_error (gboolean fine, GError **error, int code)
{
  g_assert_false (fine);
  g_assert_error (*error, PN_ERROR, code);
  g_assert_cmpuint (strlen ((*error)->message), >, 10);
  g_clear_error (error);
}

static gboolean
configure (PnDbusSlot *slot, const char *option, GVariant *value, GError **error)
{
  return pn_dbus_slot_call_configure_sync (slot, pn_test_options (option, value),
                                           G_DBUS_CALL_FLAGS_NONE, -1, NULL, error);
}

static gboolean
add_slot (PnTestStation *station, const char *port, GVariant *options, GError **error)
{
  g_autofree char *path = NULL;

  return pn_dbus_manager_call_add_slot_sync (station->manager, port, options,
                                             G_DBUS_CALL_FLAGS_NONE, -1, &path, NULL, error);
}

static gboolean
start_by_button (PnDbusSlot *slot, GError **error)
{
  return pn_dbus_slot_call_start_sync (slot, pn_test_options (NULL, NULL), G_DBUS_CALL_FLAGS_NONE,
                                       -1, NULL, error);
}

static void
set_paused (PnTestStation *station, gboolean paused)
{
  g_autoptr (GError) error = NULL;

  pn_dbus_manager_call_set_paused_sync (station->manager, paused, pn_test_options (NULL, NULL),
                                        G_DBUS_CALL_FLAGS_NONE, -1, NULL, &error);
  g_assert_no_error (error);
}

static PnVirtualDevice *
plug (PnTestStation *station, const char *name)
{
  PnVirtualDevice *device = pn_test_inputs_device (inputs, name, PN_STORAGE_EMMC, DISK, TRUE);

  pn_test_station_attach (station, device, name);
  pn_virtual_device_plug (device, TRUE);
  return device;
}

static void
pull (PnTestStation *station, PnVirtualDevice *device, PnDbusSlot *slot)
{
  pn_virtual_device_unplug (device);
  g_object_unref (device);
  if (slot != NULL)
    while (pn_dbus_slot_get_present (slot))
      g_main_context_iteration (NULL, TRUE);
}

/* ---- the station ---- */

static void
test_station (void)
{
  PnTestStation *station = pn_test_station_new (inputs, "station", FALSE, NULL);

  g_assert_cmpstr (pn_dbus_manager_get_version (station->manager), ==, PN_VERSION);
  g_assert_false (pn_dbus_manager_get_practice (station->manager));
  g_assert_false (pn_dbus_manager_get_paused (station->manager));
  g_assert_cmpuint (pn_dbus_manager_get_record_count (station->manager), ==, 0);
  set_paused (station, TRUE);
  pn_test_station_restart (station);
  g_assert_true (pn_dbus_manager_get_paused (station->manager));
  set_paused (station, FALSE);
  pn_test_station_restart (station);
  g_assert_false (pn_dbus_manager_get_paused (station->manager));
  pn_test_station_free (station);
}

static gboolean
set_second_person (PnTestStation *station, const char *word, GError **error)
{
  const char *const words[] = { word, NULL };

  return pn_dbus_manager_call_set_second_person_sync (station->manager, words,
                                                      pn_test_options (NULL, NULL),
                                                      G_DBUS_CALL_FLAGS_NONE, -1, NULL, error);
}

/* A session has one user: there is nobody else, and it says so. */
static void
test_no_second_person (void)
{
  PnTestStation *station = pn_test_station_new (inputs, "alone", FALSE, NULL);
  g_autoptr (GError) error = NULL;

  assert_error (set_second_person (station, "burn", &error), &error, PN_ERROR_NOT_SUPPORTED);
  assert_error (set_second_person (station, "burning", &error), &error, PN_ERROR_INVALID_ARGUMENT);
  g_assert_true (set_second_person (station, NULL, &error));
  g_assert_cmpuint (g_strv_length ((GStrv) pn_dbus_manager_get_second_person (station->manager)),
                    ==, 0);
  pn_test_station_free (station);
}

/* Beside a helper of the real station, on the same bus. */
static void
test_practice (void)
{
  PnTestStation *real = pn_test_station_new (inputs, "beside", FALSE, NULL);
  PnTestStation *station = pn_test_station_new (inputs, "practice", TRUE, NULL);
  g_autoptr (PnDbusSlot) slot = NULL;
  g_autoptr (GError) error = NULL;
  g_autofree char *port = NULL;

  g_assert_true (pn_dbus_manager_get_practice (station->manager));
  assert_error (pn_dbus_manager_call_identify_sync (station->manager, pn_test_options (NULL, NULL),
                                                    G_DBUS_CALL_FLAGS_NONE, -1, &port, NULL,
                                                    &error),
                &error, PN_ERROR_NOT_SUPPORTED);
  g_assert_true (add_slot (station, "Bench [1]", pn_test_options (NULL, NULL), &error));
  slot = pn_test_station_wait_slot (station, "Bench [1]");
  g_assert_cmpstr (pn_dbus_slot_get_kind (slot), ==, "virtual");
  g_assert_null (pn_test_station_find_slot (real, "Bench [1]"));
  pn_test_station_free (station);
  pn_test_station_free (real);
}

/* ---- slots ---- */

static void
assert_slot (PnTestStation *station, const char *name, const char *label, gboolean used)
{
  g_autoptr (PnDbusSlot) slot = pn_test_station_wait_slot (station, name);

  g_assert_cmpstr (pn_dbus_slot_get_label (slot), ==, label);
  g_assert_cmpint (pn_dbus_slot_get_used (slot), ==, used);
  g_assert_cmpstr (pn_dbus_slot_get_kind (slot), ==, "usb");
  g_assert_cmpstr (pn_dbus_slot_get_state (slot), ==, used ? "empty" : "unused");
}

static void
test_slots_are_kept (void)
{
  PnTestStation *station = pn_test_station_new (inputs, "slots", FALSE, NULL);
  g_autoptr (PnDbusSlot) slot = NULL;
  g_autoptr (GError) error = NULL;

  g_assert_true (add_slot (station, "1-1.2",
                           pn_test_options ("label", g_variant_new_string ("Tür 7")), &error));
  g_assert_true (
      add_slot (station, "2-1", pn_test_options ("used", g_variant_new_boolean (FALSE)), &error));
  pn_test_station_restart (station);
  assert_slot (station, "1-1.2", "Tür 7", TRUE);
  assert_slot (station, "2-1", "", FALSE);
  /* One that is there is configured. */
  g_assert_true (
      add_slot (station, "1-1.2", pn_test_options ("used", g_variant_new_boolean (FALSE)), &error));
  slot = pn_test_station_wait_slot (station, "2-1");
  g_assert_true (pn_dbus_slot_call_remove_sync (slot, pn_test_options (NULL, NULL),
                                                G_DBUS_CALL_FLAGS_NONE, -1, NULL, &error));
  g_assert_no_error (error);
  g_clear_object (&slot);
  while ((slot = pn_test_station_find_slot (station, "2-1")) != NULL)
    {
      g_clear_object (&slot);
      g_main_context_iteration (NULL, TRUE);
    }
  pn_test_station_restart (station);
  assert_slot (station, "1-1.2", "Tür 7", FALSE);
  g_assert_null (pn_test_station_find_slot (station, "2-1"));
  pn_test_station_free (station);
}

static void
test_wrong_slots (void)
{
  static const char *const ports[] = { "", "1", "1-", "usb1", "1-1 ", "1-1.", "../1-1", "1-1\n" };
  g_autofree char *long_label = g_strnfill (61, 'x');
  const struct
  {
    const char *name;
    GVariant *value;
  } wrong[] = { { "label", g_variant_new_string (long_label) },
                { "label", g_variant_new_string ("two\nlines") },
                { "label", g_variant_new_boolean (TRUE) },
                { "used", g_variant_new_string ("yes") },
                { "name", g_variant_new_string ("1-1") } };
  PnTestStation *station = pn_test_station_new (inputs, "wrong-slots", FALSE, NULL);
  g_autoptr (GError) error = NULL;
  g_autoptr (PnDbusSlot) slot = NULL;

  for (guint i = 0; i < G_N_ELEMENTS (ports); i++)
    assert_error (add_slot (station, ports[i], pn_test_options (NULL, NULL), &error), &error,
                  PN_ERROR_INVALID_ARGUMENT);
  for (guint i = 0; i < G_N_ELEMENTS (wrong); i++)
    {
      g_autoptr (GVariant) options =
          g_variant_ref_sink (pn_test_options (wrong[i].name, wrong[i].value));

      assert_error (add_slot (station, "1-1", options, &error), &error, PN_ERROR_INVALID_ARGUMENT);
    }
  pn_test_station_restart (station);
  g_assert_null (pn_test_station_find_slot (station, "1-1"));
  pn_test_station_free (station);
}

/* Nothing of the device is touched: no run, whatever batch is open. */
static void
test_unused (void)
{
  PnTestStation *station = pn_test_station_new (inputs, "unused", FALSE, NULL);
  PnVirtualDevice *device = plug (station, "u0");
  g_autoptr (PnDbusSlot) slot = pn_test_station_wait_slot (station, "u0");
  g_autoptr (PnDbusBatch) batch = NULL;
  g_autoptr (PnDbusRun) run = NULL;
  g_autoptr (GError) error = NULL;

  pn_test_station_wait_state (slot, "waiting");
  g_assert_true (configure (slot, "used", g_variant_new_boolean (FALSE), &error));
  pn_test_station_wait_state (slot, "unused");
  batch = pn_test_station_open (station, inputs, PN_MODE_NAKED, 0, TRUE);
  assert_error (start_by_button (slot, &error), &error, PN_ERROR_BUSY);
  g_assert_cmpstr (pn_dbus_slot_get_run (slot), ==, "/");
  g_assert_cmpstr (pn_dbus_slot_get_state (slot), ==, "unused");
  g_assert_cmpint (pn_virtual_device_get_stage (device), ==, PN_VIRTUAL_ROM);
  g_assert_true (configure (slot, "used", g_variant_new_boolean (TRUE), &error));
  run = pn_test_station_wait_end (station, slot, "/");
  g_assert_cmpstr (pn_dbus_slot_get_state (slot), ==, "finished");
  pull (station, device, slot);
  pn_test_station_free (station);
}

static void
test_paused (void)
{
  PnTestStation *station = pn_test_station_new (inputs, "paused", FALSE, NULL);
  PnVirtualDevice *device;
  g_autoptr (PnDbusBatch) batch = NULL;
  g_autoptr (PnDbusSlot) slot = NULL;
  g_autoptr (PnDbusRun) run = NULL;
  g_autoptr (GError) error = NULL;

  set_paused (station, TRUE);
  batch = pn_test_station_open (station, inputs, PN_MODE_NAKED, 0, TRUE);
  device = plug (station, "p0");
  slot = pn_test_station_wait_slot (station, "p0");
  pn_test_station_wait_state (slot, "held");
  assert_error (start_by_button (slot, &error), &error, PN_ERROR_BUSY);
  /* The station goes on, the batch does not. */
  g_assert_true (pn_dbus_batch_call_set_paused_sync (batch, TRUE, pn_test_options (NULL, NULL),
                                                     G_DBUS_CALL_FLAGS_NONE, -1, NULL, &error));
  while (!pn_dbus_batch_get_paused (batch))
    g_main_context_iteration (NULL, TRUE);
  set_paused (station, FALSE);
  assert_error (start_by_button (slot, &error), &error, PN_ERROR_BUSY);
  g_assert_cmpstr (pn_dbus_slot_get_run (slot), ==, "/");
  g_assert_true (pn_dbus_batch_call_set_paused_sync (batch, FALSE, pn_test_options (NULL, NULL),
                                                     G_DBUS_CALL_FLAGS_NONE, -1, NULL, &error));
  run = pn_test_station_wait_end (station, slot, "/");
  g_assert_cmpstr (pn_dbus_slot_get_state (slot), ==, "finished");
  pull (station, device, slot);
  pn_test_station_free (station);
}

/* ---- a run ---- */

typedef struct
{
  guint n_changes;
  guint64 most_written, to_write;
  guint n_logged;
} Watched;

static void
changed_cb (GDBusProxy *proxy, GVariant *changed, GStrv invalidated, Watched *watched)
{
  guint64 done = 0;

  if (!g_variant_lookup (changed, "Done", "t", &done))
    return;
  watched->n_changes++;
  if (g_strcmp0 (pn_dbus_run_get_phase (PN_DBUS_RUN (proxy)), "write") == 0)
    {
      watched->most_written = MAX (watched->most_written, done);
      watched->to_write = pn_dbus_run_get_total (PN_DBUS_RUN (proxy));
    }
}

static void
logged_cb (PnDbusRun *run, gint64 time, const char *sentence, Watched *watched)
{
  g_assert_cmpint (time, >, 0);
  g_assert_cmpuint (strlen (sentence), >, 0);
  watched->n_logged++;
}

static void
assert_evidence (PnDbusRun *run, const char *name, const char *expected)
{
  const char *value = NULL;

  (void) g_variant_lookup (pn_dbus_run_get_evidence (run), name, "&s", &value);
  if (expected != NULL)
    g_assert_cmpstr (value, ==, expected);
  else
    g_assert_nonnull (value);
}

static void
assert_phases (PnDbusRun *run)
{
  static const char *const order[] = { "connect", "inspect", "lock",   "start",
                                       "storage", "write",   "verify", "record" };
  GVariant *phases = pn_dbus_run_get_phases (run);
  gint64 last = pn_dbus_run_get_started (run);

  g_assert_cmpuint (g_variant_n_children (phases), ==, G_N_ELEMENTS (order));
  for (guint i = 0; i < G_N_ELEMENTS (order); i++)
    {
      const char *word;
      gint64 began, ended;

      g_variant_get_child (phases, i, "(&sxx)", &word, &began, &ended);
      g_assert_cmpstr (word, ==, order[i]);
      g_assert_cmpint (began, >=, last);
      g_assert_cmpint (ended, >=, began);
      last = ended;
    }
}

static guint
get_log (PnDbusRun *run, guint first, guint *next)
{
  g_autoptr (GVariant) lines = NULL;
  g_autoptr (GError) error = NULL;

  pn_dbus_run_call_get_log_sync (run, first, pn_test_options (NULL, NULL), G_DBUS_CALL_FLAGS_NONE,
                                 -1, &lines, next, NULL, &error);
  g_assert_no_error (error);
  return (guint) g_variant_n_children (lines);
}

/* What is said of the run is there when it is over, too. */
static void
assert_log (PnDbusRun *run, guint n_logged)
{
  guint next = 0, again = 0;
  guint n_lines = get_log (run, 0, &next);

  g_assert_cmpuint (n_lines, >, 3);
  g_assert_cmpuint (n_lines, ==, next);
  g_assert_cmpuint (n_logged, <=, n_lines);
  g_assert_cmpuint (n_logged, >, 0);
  g_assert_cmpuint (get_log (run, 2, &again), ==, n_lines - 2);
  g_assert_cmpuint (get_log (run, next, &again), ==, 0);
  g_assert_cmpuint (get_log (run, G_MAXUINT, &again), ==, 0);
  g_assert_cmpuint (again, ==, next);
}

/* The record tells what the run told. */
static void
assert_story (PnTestStation *station, PnDbusRun *run)
{
  gint64 record = pn_dbus_run_get_record (run);
  g_autoptr (GVariant) phases = NULL;
  g_autoptr (GVariant) kept = NULL;
  g_autoptr (GVariant) said = NULL;
  g_autoptr (GError) error = NULL;

  g_assert_true (pn_dbus_manager_call_get_story_sync (
      station->manager, record, pn_test_options (NULL, NULL), G_DBUS_CALL_FLAGS_NONE, -1, &phases,
      &kept, NULL, &error));
  g_assert_no_error (error);
  g_assert_true (g_variant_equal (phases, pn_dbus_run_get_phases (run)));
  g_assert_true (pn_dbus_run_call_get_log_sync (
      run, 0, pn_test_options (NULL, NULL), G_DBUS_CALL_FLAGS_NONE, -1, &said, NULL, NULL, &error));
  g_assert_true (g_variant_equal (kept, said));
  (void) pn_dbus_manager_call_get_story_sync (station->manager, record + 1,
                                              pn_test_options (NULL, NULL), G_DBUS_CALL_FLAGS_NONE,
                                              -1, NULL, NULL, NULL, &error);
  assert_error (FALSE, &error, PN_ERROR_NOT_FOUND);
}

static void
assert_batch (PnDbusBatch *batch)
{
  const char *const *permanent = pn_dbus_batch_get_permanent (batch);

  g_assert_false (pn_dbus_batch_get_automatic (batch));
  g_assert_false (pn_dbus_batch_get_paused (batch));
  g_assert_cmpstr (pn_dbus_batch_get_mode (batch), ==, "secure-boot");
  g_assert_cmpstr (pn_dbus_batch_get_chip (batch), ==, "bcm2712");
  g_assert_cmpstr (pn_dbus_batch_get_storage (batch), ==, "emmc");
  g_assert_cmpstr (pn_dbus_batch_get_image (batch), ==, "gold-master.img");
  g_assert_cmpstr (pn_dbus_batch_get_reference (batch), ==, "order 7");
  g_assert_cmpuint (strlen (pn_dbus_batch_get_fingerprint (batch)), ==, 64);
  g_assert_true (g_strv_contains (permanent, "customer-key"));
  g_assert_cmpint (pn_dbus_batch_get_opened (batch), >, 0);
  g_assert_cmpint (pn_dbus_batch_get_opened (batch), <=, g_get_real_time ());
}

static void
test_by_button (void)
{
  PnTestStation *station = pn_test_station_new (inputs, "button", FALSE, NULL);
  PnVirtualDevice *device = plug (station, "b0");
  g_autoptr (PnDbusSlot) slot = pn_test_station_wait_slot (station, "b0");
  g_autoptr (PnDbusBatch) batch = NULL;
  g_autoptr (PnDbusRun) run = NULL;
  g_autoptr (GError) error = NULL;
  Watched watched = { 0 };
  double seconds;

  pn_test_station_wait_state (slot, "waiting");
  assert_error (start_by_button (slot, &error), &error, PN_ERROR_BUSY);
  batch = pn_test_station_open (station, inputs, PN_MODE_SECURE_BOOT, 1, FALSE);
  assert_batch (batch);
  pn_test_station_wait_state (slot, "ready");
  g_assert_cmpstr (pn_dbus_slot_get_run (slot), ==, "/");
  g_assert_true (start_by_button (slot, &error));
  g_assert_no_error (error);
  assert_error (start_by_button (slot, &error), &error, PN_ERROR_BUSY);
  run = pn_test_station_wait_run (station, slot);
  g_signal_connect (run, "g-properties-changed", G_CALLBACK (changed_cb), &watched);
  g_signal_connect (run, "logged", G_CALLBACK (logged_cb), &watched);
  pn_test_station_wait_state (slot, "finished");
  while (pn_dbus_run_get_record (run) == 0)
    g_main_context_iteration (NULL, TRUE);
  g_assert_cmpstr (pn_dbus_run_get_verdict (run), ==, "passed");
  g_assert_cmpint (pn_dbus_run_get_record (run), ==, 1);
  g_assert_cmpuint (pn_dbus_run_get_attempt (run), ==, 1);
  assert_evidence (run, "model", "Raspberry Pi Compute Module 5 Rev 1.0");
  assert_evidence (run, "mac", "2c:cf:67:00:00:01");
  assert_evidence (run, "serial", pn_dbus_run_get_serial (run));
  assert_evidence (run, "board-revision", "c04180");
  assert_evidence (run, "storage-size", "805306368");
  assert_evidence (run, "key-hash", pn_dbus_batch_get_fingerprint (batch));
  assert_evidence (run, "EEPROM_UPDATE", "success");
  assert_evidence (run, "EEPROM_HASH", NULL);
  assert_evidence (run, "JTAG_LOCKED", NULL);
  assert_evidence (run, "secure-otp", "present");
  assert_evidence (run, "secure-devkey", "not present");
  assert_evidence (run, "eeprom-write-protect", "off");
  assert_evidence (run, "storage-encryption", "luks2");
  assert_phases (run);
  assert_log (run, watched.n_logged);
  assert_story (station, run);
  /* Ten a second, and the first of each phase. */
  seconds = (double) (pn_dbus_run_get_ended (run) - pn_dbus_run_get_started (run)) / 1e6;
  g_test_message ("%u changes of Done in %.1f s", watched.n_changes, seconds);
  g_assert_cmpuint (watched.n_changes, >, 3);
  g_assert_cmpfloat (watched.n_changes, <=, 10 * seconds + 16);
  g_assert_cmpuint (watched.to_write, >, MIB);
  g_assert_cmpuint (watched.most_written, ==, watched.to_write);
  while (pn_dbus_manager_get_record_count (station->manager) != 1)
    g_main_context_iteration (NULL, TRUE);

  /* The batch is complete now: another device waits, and is not started. */
  pull (station, device, slot);
  device = plug (station, "b1");
  g_clear_object (&slot);
  slot = pn_test_station_wait_slot (station, "b1");
  pn_test_station_wait_state (slot, "held");
  assert_error (start_by_button (slot, &error), &error, PN_ERROR_BUSY);
  pull (station, device, slot);
  pn_test_station_free (station);
}

/* The same device once more: the second attempt, with a record of its own. */
static void
test_attempts (void)
{
  PnTestStation *station = pn_test_station_new (inputs, "attempts", FALSE, NULL);
  g_autoptr (PnDbusBatch) batch = NULL;
  g_autofree char *last = g_strdup ("/");

  batch = pn_test_station_open (station, inputs, PN_MODE_NAKED, 0, TRUE);
  for (guint i = 1; i <= 2; i++)
    {
      PnVirtualDevice *device = plug (station, "t0");
      g_autoptr (PnDbusSlot) slot = pn_test_station_wait_slot (station, "t0");
      g_autoptr (PnDbusRun) run = pn_test_station_wait_end (station, slot, last);

      g_assert_cmpint (pn_dbus_run_get_record (run), ==, i);
      g_assert_cmpuint (pn_dbus_run_get_attempt (run), ==, i);
      g_assert_cmpstr (pn_dbus_run_get_verdict (run), ==, i == 1 ? "passed" : "refused");
      g_free (last);
      last = g_strdup (pn_dbus_slot_get_run (slot));
      pull (station, device, slot);
      pn_test_station_wait_state (slot, "empty");
    }
  pn_test_station_free (station);
}

/* A device that failed and is still plugged in: nobody has to touch it. */
static void
test_try_again (void)
{
  PnTestStation *station = pn_test_station_new (inputs, "try-again", FALSE, NULL);
  PnVirtualFaults faults = pn_virtual_faults_none ();
  PnVirtualDevice *device = pn_test_inputs_device (inputs, "y0", PN_STORAGE_EMMC, DISK, TRUE);
  g_autoptr (PnDbusBatch) batch = NULL;
  g_autoptr (PnDbusSlot) slot = NULL;
  g_autoptr (PnDbusRun) failed = NULL;
  g_autoptr (PnDbusRun) passed = NULL;
  g_autofree char *last = NULL;
  g_autoptr (GError) error = NULL;

  faults.gadget.fail_write_at = 0;
  pn_virtual_device_set_faults (device, &faults);
  batch = pn_test_station_open (station, inputs, PN_MODE_NAKED, 0, TRUE);
  pn_test_station_attach (station, device, "y0");
  pn_virtual_device_plug (device, FALSE);
  slot = pn_test_station_wait_slot (station, "y0");
  failed = pn_test_station_wait_end (station, slot, "/");
  g_assert_cmpstr (pn_dbus_run_get_verdict (failed), ==, "failed");
  g_assert_true (pn_dbus_slot_get_present (slot));

  faults.gadget.fail_write_at = -1;
  pn_virtual_device_set_faults (device, &faults);
  last = g_strdup (pn_dbus_slot_get_run (slot));
  g_assert_true (start_by_button (slot, &error));
  g_assert_no_error (error);
  passed = pn_test_station_wait_end (station, slot, last);
  g_assert_cmpstr (pn_dbus_run_get_verdict (passed), ==, "passed");
  g_assert_cmpuint (pn_dbus_run_get_attempt (passed), ==, 2);
  pull (station, device, slot);
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
  g_test_add_func ("/contract/station", test_station);
  g_test_add_func ("/contract/practice", test_practice);
  g_test_add_func ("/contract/no-second-person", test_no_second_person);
  g_test_add_func ("/contract/slots-are-kept", test_slots_are_kept);
  g_test_add_func ("/contract/wrong-slots", test_wrong_slots);
  g_test_add_func ("/contract/unused", test_unused);
  g_test_add_func ("/contract/paused", test_paused);
  g_test_add_func ("/contract/by-button", test_by_button);
  g_test_add_func ("/contract/attempts", test_attempts);
  g_test_add_func ("/contract/try-again", test_try_again);
  status = g_test_run ();
  g_test_dbus_down (daemon);
  pn_test_inputs_free (inputs);
  return status;
}
