/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The client with a real helper, real workers and virtual devices: a run to its end, and one whose
 * helper is killed. */
#include "config.h"

#include "pn-record-list.h"

#include <fcntl.h>
#include <signal.h>

#include "pn-error.h"
#include "pn-io.h"
#include "pn-test-bundle.h"
#include "pn-test-wait.h"

#define LONG 240 /* seconds, under a sanitizer on a busy machine */

static PnTestInputs *inputs;

static char *
program (const char *room, const char *name)
{
  return g_build_filename (g_getenv ("PUNNET_BUILD_ROOT"), "src", room, name, NULL);
}

static void
start (PnClient *client)
{
  g_autofree char *helper = program ("helper", "punnetd");
  g_autofree char *state = g_build_filename (inputs->folder, "state", NULL);
  const char *const command[] = { helper, "--session", "--state-dir", state, NULL };

  pn_test_wait (pn_client_get_state (client) == PN_CLIENT_ABSENT);
  pn_client_start (client, command);
  pn_test_wait (pn_client_get_state (client) != PN_CLIENT_STARTING);
  g_assert_cmpstr (pn_client_get_error (client), ==, NULL);
  g_assert_cmpint (pn_client_get_state (client), ==, PN_CLIENT_READY);
}

/* The one that owns the name on this test's own bus. */
static void
signal_helper (int number)
{
  g_autoptr (GDBusConnection) bus = g_bus_get_sync (G_BUS_TYPE_SESSION, NULL, NULL);
  g_autoptr (GError) error = NULL;
  g_autoptr (GVariant) reply = g_dbus_connection_call_sync (
      bus, "org.freedesktop.DBus", "/org/freedesktop/DBus", "org.freedesktop.DBus",
      "GetConnectionUnixProcessID", g_variant_new ("(s)", PN_CLIENT_NAME), NULL,
      G_DBUS_CALL_FLAGS_NONE, -1, NULL, &error);
  guint process;

  g_assert_no_error (error);
  g_variant_get (reply, "(u)", &process);
  g_assert_cmpint (kill ((pid_t) process, number), ==, 0);
}

static GSubprocess *
plug_in (const char *name, guint serial)
{
  g_autofree char *virtual = program ("virtual", "punnet-virtual");
  g_autofree char *folder = g_build_filename (inputs->folder, name, NULL);
  g_autofree char *number = g_strdup_printf ("10000000%08x", serial);
  g_autofree char *hash = pn_sha256_to_hex (&inputs->rom_key_hash);
  g_autoptr (GError) error = NULL;
  GSubprocess *process;

  g_assert_cmpint (g_mkdir_with_parents (folder, 0700), ==, 0);
  process =
      g_subprocess_new (G_SUBPROCESS_FLAGS_STDOUT_SILENCE | G_SUBPROCESS_FLAGS_STDERR_SILENCE,
                        &error, virtual, "--folder", folder, "--serial", number, "--model", "cm5",
                        "--storage", "emmc", "--storage-size", "768M", "--rom-key-hash", hash,
                        "--attach", name, "--operator", "2", "--strap", NULL);
  g_assert_no_error (error);
  return process;
}

static char *
open_batch (PnClient *client, guint count)
{
  g_autoptr (PnBundle) bundle =
      pn_test_inputs_bundle (inputs, PN_MODE_SECURE_BOOT, PN_STORAGE_EMMC);
  PnPublicKey *key = pn_manifest_get_public_key (pn_bundle_get_manifest (bundle));
  PnSha256 fingerprint = pn_public_key_get_fingerprint (key);
  g_autofree char *hex = pn_sha256_to_hex (&fingerprint);
  g_autofree char *folder = g_build_filename (inputs->folder, "bundle-secure-boot-emmc", NULL);
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GError) error = NULL;
  g_auto (PnFd) fd = pn_open (folder, O_RDONLY | O_DIRECTORY, &error);
  g_autofree char *digest = NULL;
  GVariantBuilder options;
  char *path;

  g_assert_no_error (error);
  pn_client_install_bundle_async (client, fd, NULL, NULL, NULL, pn_test_result_cb, &result);
  pn_test_wait (result != NULL);
  digest = pn_client_install_bundle_finish (client, result, &error);
  g_assert_no_error (error);
  g_clear_object (&result);
  g_variant_builder_init (&options, G_VARIANT_TYPE_VARDICT);
  g_variant_builder_add (&options, "{sv}", "count", g_variant_new_uint32 (count));
  g_variant_builder_add (&options, "{sv}", "permit-permanent", g_variant_new_string (hex));
  g_variant_builder_add (&options, "{sv}", "reference", g_variant_new_string ("T-1"));
  pn_client_open_batch_async (client, digest, g_variant_builder_end (&options), NULL,
                              pn_test_result_cb, &result);
  pn_test_wait (result != NULL);
  path = pn_client_open_batch_finish (client, result, &error);
  g_assert_no_error (error);
  return path;
}

static GVariant *
query (PnClient *client)
{
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GError) error = NULL;
  GVariant *records;

  pn_client_query_records_async (client, 0, 100, NULL, NULL, pn_test_result_cb, &result);
  pn_test_wait (result != NULL);
  records = pn_client_query_records_finish (client, result, &error);
  g_assert_no_error (error);
  return records;
}

typedef struct
{
  guint64 seen; /* a bit for each state */
  double whole;
  PnPhase phase;
} Watch;

static void
state_cb (PnClientSlot *slot, GParamSpec *pspec, Watch *watch)
{
  watch->seen |= G_GUINT64_CONSTANT (1) << pn_client_slot_get_state (slot);
}

static void
changed_cb (PnClientRun *run, Watch *watch)
{
  double whole = pn_client_run_get_total_fraction (run);
  gboolean passed = pn_client_run_get_verdict (run) == PN_VERDICT_PASSED;

  g_assert_cmpfloat (whole, >=, watch->whole);
  g_assert_true (passed ? whole == 1 : whole <= .99);
  g_assert_cmpint (pn_client_run_get_phase (run), >=, watch->phase);
  watch->whole = whole;
  watch->phase = pn_client_run_get_phase (run);
}

static gboolean
has_seen (const Watch *watch, PnCardState state)
{
  return (watch->seen >> state & 1) != 0;
}

static void
watch_run (PnClientSlot *slot, Watch *watch)
{
  g_signal_connect (slot, "notify::state", G_CALLBACK (state_cb), watch);
  state_cb (slot, NULL, watch);
  pn_test_wait (pn_client_slot_get_run (slot) != NULL);
  g_signal_connect (pn_client_slot_get_run (slot), "changed", G_CALLBACK (changed_cb), watch);
}

/* What is told of a run that passed, beside its verdict. */
static void
check_told (PnClientRun *run)
{
  GListModel *log = pn_client_run_get_log (run);
  GVariant *phases = pn_client_run_get_phases (run);

  g_assert_cmpuint (pn_client_run_get_attempt (run), ==, 1);
  g_assert_cmpint (pn_client_run_get_record (run), ==, 1);
  g_assert_cmpint (pn_client_run_get_ended (run), >, pn_client_run_get_started (run));
  g_assert_nonnull (pn_client_run_get_evidence (run, "model"));
  g_assert_null (pn_client_run_get_evidence (run, "nothing"));
  g_assert_cmpuint (g_variant_n_children (phases), ==, PN_N_PHASES);
  for (gsize i = 0; i < PN_N_PHASES; i++)
    {
      const char *word;
      gint64 began, ended;

      g_variant_get_child (phases, i, "(&sxx)", &word, &began, &ended);
      g_assert_cmpstr (word, ==, pn_phase_to_word ((PnPhase) i));
      g_assert_cmpint (ended, >=, began);
    }
  pn_test_wait (g_list_model_get_n_items (log) > 0);
}

static void
test_pass (PnClient *client)
{
  g_autofree char *path = open_batch (client, 1);
  g_autoptr (GSubprocess) device = plug_in ("one", 0x11);
  g_autoptr (GVariant) records = NULL;
  g_autoptr (GVariant) record = NULL;
  g_autoptr (PnClientBatch) batch = NULL;
  g_autoptr (PnClientRun) run = NULL;
  g_autoptr (PnClientSlot) slot = NULL;
  g_autoptr (PnRecordList) list = pn_record_list_new (client);
  g_autoptr (PnRecordRow) row = NULL;
  Watch watch = { 0 };
  const char *serial;

  pn_test_wait (pn_client_find_slot (client, "one") != NULL);
  slot = g_object_ref (pn_client_find_slot (client, "one"));
  watch_run (slot, &watch);
  run = g_object_ref (pn_client_slot_get_run (slot));
  g_assert_cmpstr (pn_client_run_get_batch (run), ==, path);
  pn_test_wait_long (pn_client_run_get_verdict (run) != PN_VERDICT_RUNNING, LONG);
  g_assert_cmpstr (pn_client_run_get_advice (run), !=, NULL);
  g_assert_cmpint (pn_client_run_get_verdict (run), ==, PN_VERDICT_PASSED);
  g_assert_cmpint (pn_client_run_get_condition (run), ==, PN_CONDITION_DONE);
  g_assert_true (pn_client_run_get_permanent (run));
  pn_test_wait (pn_client_slot_get_state (slot) == PN_CARD_PASSED);
  g_assert_true (has_seen (&watch, PN_CARD_STARTING));
  g_assert_true (has_seen (&watch, PN_CARD_WRITING));
  g_assert_true (has_seen (&watch, PN_CARD_CHECKING));
  g_assert_false (has_seen (&watch, PN_CARD_LOST));
  g_assert_cmpfloat (watch.whole, ==, 1);
  g_assert_cmpint (watch.phase, ==, PN_PHASE_RECORD);

  batch = g_list_model_get_item (pn_client_get_batches (client), 0);
  g_assert_cmpstr (pn_client_batch_get_path (batch), ==, path);
  g_assert_cmpstr (pn_client_batch_get_reference (batch), ==, "T-1");
  pn_test_wait (pn_client_batch_get_passed (batch) == 1);
  pn_test_wait (pn_client_get_running (client) == 0);
  records = query (client);
  g_assert_cmpuint (g_variant_n_children (records), ==, 1);
  record = g_variant_get_child_value (records, 0);
  g_assert_true (g_variant_lookup (record, "serial", "&s", &serial));
  g_assert_cmpstr (serial, ==, pn_client_run_get_serial (run));
  /* The list that was there before the record was. */
  pn_test_wait (g_list_model_get_n_items (G_LIST_MODEL (list)) == 1);
  row = g_list_model_get_item (G_LIST_MODEL (list), 0);
  pn_test_wait (pn_record_row_is_loaded (row));
  g_assert_cmpstr (pn_record_row_get_text (row, "serial"), ==, serial);
  g_assert_true (g_variant_equal (pn_record_row_get_values (row), record));
  check_told (run);
  g_subprocess_send_signal (device, SIGTERM);
  g_assert_true (g_subprocess_wait (device, NULL, NULL));
  pn_test_wait (pn_client_slot_get_state (slot) == PN_CARD_EMPTY);
  g_signal_handlers_disconnect_by_data (run, &watch);
  g_signal_handlers_disconnect_by_data (slot, &watch);
}

static void
assert_called (PnClientSlot *slot, GAsyncResult **result)
{
  g_autoptr (GError) error = NULL;

  pn_test_wait (*result != NULL);
  g_assert_true (pn_client_slot_call_finish (slot, *result, &error));
  g_assert_no_error (error);
  g_clear_object (result);
}

static void
set_paused (PnClient *client, gboolean paused)
{
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GError) error = NULL;

  pn_client_set_paused_async (client, paused, NULL, pn_test_result_cb, &result);
  pn_test_wait (result != NULL);
  g_assert_true (pn_client_set_paused_finish (client, result, &error));
  g_assert_no_error (error);
  pn_test_wait (pn_client_get_paused (client) == paused);
}

/* A device is held, let go, stopped by a person, and its slot forgotten. */
static void
test_stopped (PnClient *client)
{
  g_autofree char *path = open_batch (client, 1);
  g_autoptr (GSubprocess) device = NULL;
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (PnClientSlot) slot = NULL;
  g_autoptr (GError) error = NULL;
  PnClientRun *run;

  set_paused (client, TRUE);
  device = plug_in ("three", 0x33);
  pn_test_wait (pn_client_find_slot (client, "three") != NULL);
  slot = g_object_ref (pn_client_find_slot (client, "three"));
  pn_test_wait (pn_client_slot_get_state (slot) == PN_CARD_HELD);
  g_assert_true (pn_client_slot_is_virtual (slot));
  g_assert_true (pn_client_slot_get_used (slot));
  g_assert_null (pn_client_slot_get_run (slot));
  pn_client_slot_configure_async (slot, "By the window", TRUE, NULL, pn_test_result_cb, &result);
  assert_called (slot, &result);
  pn_test_wait (g_str_equal (pn_client_slot_get_label (slot), "By the window"));
  set_paused (client, FALSE);
  pn_test_wait (pn_client_slot_get_run (slot) != NULL);
  run = pn_client_slot_get_run (slot);
  pn_client_run_cancel_async (run, NULL, pn_test_result_cb, &result);
  pn_test_wait (result != NULL);
  g_assert_true (pn_client_run_cancel_finish (run, result, &error));
  g_assert_no_error (error);
  g_clear_object (&result);
  pn_test_wait (pn_client_slot_get_state (slot) == PN_CARD_STOPPED);
  pn_client_slot_remove_async (slot, NULL, pn_test_result_cb, &result);
  pn_test_wait (result != NULL);
  g_assert_false (pn_client_slot_call_finish (slot, result, &error));
  g_assert_error (error, PN_ERROR, PN_ERROR_BUSY);
  g_clear_object (&result);
  g_subprocess_send_signal (device, SIGTERM);
  g_assert_true (g_subprocess_wait (device, NULL, NULL));
  pn_test_wait (pn_client_slot_get_state (slot) == PN_CARD_EMPTY);
  pn_client_slot_remove_async (slot, NULL, pn_test_result_cb, &result);
  assert_called (slot, &result);
  pn_test_wait (pn_client_find_slot (client, "three") == NULL);
}

static void
test_killed (PnClient *client)
{
  g_autofree char *path = open_batch (client, 1);
  g_autoptr (GSubprocess) device = plug_in ("two", 0x22);
  g_autoptr (GVariant) records = NULL;
  g_autoptr (GVariant) record = NULL;
  GListModel *slots = pn_client_get_slots (client);
  const char *condition;

  pn_test_wait (pn_client_find_slot (client, "two") != NULL);
  pn_test_wait_long (
      pn_client_slot_get_state (pn_client_find_slot (client, "two")) == PN_CARD_WRITING, LONG);
  signal_helper (SIGKILL);
  pn_test_wait (pn_client_get_state (client) == PN_CLIENT_ABSENT);
  g_assert_cmpuint (g_list_model_get_n_items (slots), ==, 0);
  g_assert_cmpuint (pn_client_get_running (client), ==, 0);
  g_subprocess_send_signal (device, SIGTERM);
  g_assert_true (g_subprocess_wait (device, NULL, NULL));
  start (client);
  g_assert_true (pn_client_get_slots (client) == slots);
  /* The run that was cut off has its record, and it does not say that all is well. */
  records = query (client);
  g_assert_cmpuint (g_variant_n_children (records), ==, 3);
  record = g_variant_get_child_value (records, 0);
  g_assert_true (g_variant_lookup (record, "condition", "&s", &condition));
  g_assert_cmpstr (condition, ==, "power-cycle");
}

int
main (int argc, char **argv)
{
  g_autofree char *libexec = NULL;
  g_autoptr (GTestDBus) daemon = NULL;
  PnClient *client;
  int status;

  g_test_init (&argc, &argv, NULL);
  /* First: it forks a watcher, which must not inherit a lock that another thread holds. */
  daemon = g_test_dbus_new (G_TEST_DBUS_NONE);
  g_test_dbus_up (daemon);
  libexec = g_build_filename (g_getenv ("PUNNET_BUILD_ROOT"), "src", "worker", NULL);
  g_setenv ("PUNNET_LIBEXEC_DIR", libexec, TRUE);
  inputs = pn_test_inputs_new ();
  client = pn_client_new (PN_CLIENT_NAME);
  start (client);
  g_test_add_data_func ("/whole-run/pass", client, (GTestDataFunc) test_pass);
  g_test_add_data_func ("/whole-run/stopped", client, (GTestDataFunc) test_stopped);
  g_test_add_data_func ("/whole-run/killed", client, (GTestDataFunc) test_killed);
  status = g_test_run ();
  signal_helper (SIGTERM);
  pn_test_wait (pn_client_get_state (client) == PN_CLIENT_ABSENT);
  g_object_unref (client);
  g_test_dbus_stop (daemon);
  pn_test_inputs_free (inputs);
  return status;
}
