/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The practice bench at a practice helper: devices that are added, plugged in, pulled out, reset
 * and given faults over the bus, and a helper that ends and comes back. */
#include "config.h"

#include <signal.h>
#include <string.h>

#include "pn-bench-dbus.h"
#include "pn-error.h"
#include "pn-test-station.h"

#define NAME "org.punnet.Bench1"
#define ROOT "/org/punnet/Bench1"
#define DISK (G_GUINT64_CONSTANT (768) << 20)

static PnTestInputs *inputs;

typedef struct
{
  PnTestStation *station;
  GSubprocess *process;
  GDBusObjectManager *objects;
  PnBenchDbusManager *manager;
} Bench;

static void
iterate (void)
{
  g_main_context_iteration (NULL, TRUE);
}

static void
bench_begin (Bench *self, const char *name)
{
  g_autofree char *program =
      g_build_filename (g_getenv ("PUNNET_BUILD_ROOT"), "src", "virtual", "punnet-virtual", NULL);
  g_autofree char *folder = g_build_filename (inputs->folder, "bench", NULL);
  g_autoptr (GError) error = NULL;

  self->station = pn_test_station_new (inputs, name, TRUE, NULL);
  self->process = g_subprocess_new (G_SUBPROCESS_FLAGS_NONE, &error, program, "--bench", "--helper",
                                    self->station->name, "--folder", folder, NULL);
  g_assert_no_error (error);
  self->objects = pn_bench_dbus_object_manager_client_new_sync (
      self->station->bus, G_DBUS_OBJECT_MANAGER_CLIENT_FLAGS_DO_NOT_AUTO_START, NAME, ROOT, NULL,
      &error);
  g_assert_no_error (error);
  while ((self->manager = (PnBenchDbusManager *) g_dbus_object_manager_get_interface (
              self->objects, ROOT "/manager", NAME ".Manager")) == NULL)
    iterate ();
  while (!pn_bench_dbus_manager_get_connected (self->manager))
    iterate ();
}

static void
bench_end (Bench *self)
{
  g_autoptr (GError) error = NULL;

  g_clear_object (&self->manager);
  g_clear_object (&self->objects);
  g_subprocess_send_signal (self->process, SIGTERM);
  g_assert_true (g_subprocess_wait_check (self->process, NULL, &error));
  g_clear_object (&self->process);
  pn_test_station_free (self->station);
}

/* What suits the inputs, and one option more. */
static GVariant *
device_options (const char *name, GVariant *value)
{
  g_autofree char *key = pn_sha256_to_hex (&inputs->rom_key_hash);
  const char *const keys[] = { key, NULL };
  GVariantBuilder builder;

  g_variant_builder_init (&builder, G_VARIANT_TYPE_VARDICT);
  g_variant_builder_add (&builder, "{sv}", "vendor-keys", g_variant_new_strv (keys, -1));
  g_variant_builder_add (&builder, "{sv}", "storage-size", g_variant_new_uint64 (DISK));
  /* No other board than a Compute Module has eMMC. */
  g_variant_builder_add (&builder, "{sv}", "storage",
                         g_variant_new_string (g_strcmp0 (name, "model") == 0 ? "nvme" : "emmc"));
  if (name != NULL)
    g_variant_builder_add (&builder, "{sv}", name, value);
  return g_variant_builder_end (&builder);
}

static char *
try_add (Bench *self, const char *name, GVariant *options, GError **error)
{
  g_autofree char *path = NULL;

  if (!pn_bench_dbus_manager_call_add_device_sync (self->manager, name, options,
                                                   G_DBUS_CALL_FLAGS_NONE, -1, &path, NULL, error))
    return NULL;
  return g_steal_pointer (&path);
}

static PnBenchDbusDevice *
add (Bench *self, const char *name, GVariant *options)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *path = try_add (self, name, options, &error);
  GDBusInterface *device;

  g_assert_no_error (error);
  while ((device = g_dbus_object_manager_get_interface (self->objects, path, NAME ".Device")) ==
         NULL)
    iterate ();
  return PN_BENCH_DBUS_DEVICE (device);
}

static void
plug (PnBenchDbusDevice *device)
{
  g_autoptr (GError) error = NULL;

  pn_bench_dbus_device_call_plug_sync (device, pn_test_options (NULL, NULL), G_DBUS_CALL_FLAGS_NONE,
                                       -1, NULL, &error);
  g_assert_no_error (error);
}

static void
reset (PnBenchDbusDevice *device)
{
  g_autoptr (GError) error = NULL;

  pn_bench_dbus_device_call_reset_sync (device, pn_test_options (NULL, NULL),
                                        G_DBUS_CALL_FLAGS_NONE, -1, NULL, &error);
  g_assert_no_error (error);
}

static void
wait_state (PnBenchDbusDevice *device, const char *state)
{
  while (g_strcmp0 (pn_bench_dbus_device_get_state (device), state) != 0)
    iterate ();
}

/* Plugs the device in and waits for its run's end. */
static PnDbusRun *
provision (Bench *self, PnBenchDbusDevice *device)
{
  g_autoptr (PnDbusSlot) slot =
      pn_test_station_wait_slot (self->station, pn_bench_dbus_device_get_name (device));
  g_autofree char *last = g_strdup (pn_dbus_slot_get_run (slot));
  PnDbusRun *run;

  pn_test_station_wait_state (slot, "empty");
  plug (device);
  run = pn_test_station_wait_end (self->station, slot, last);
  g_test_message ("%s: %s %s", pn_bench_dbus_device_get_name (device),
                  pn_dbus_run_get_verdict (run), pn_dbus_run_get_message (run));
  return run;
}

static void
test_wrong (void)
{
  const struct
  {
    const char *device, *name;
    GVariant *value;
    int code;
  } wrong[] = {
    { "", NULL, NULL, PN_ERROR_INVALID_ARGUMENT },
    { "two\nlines", NULL, NULL, PN_ERROR_INVALID_ARGUMENT },
    { "a", "model", g_variant_new_string ("pi3"), PN_ERROR_INVALID_ARGUMENT },
    { "a", "model", g_variant_new_uint32 (5), PN_ERROR_INVALID_ARGUMENT },
    { "a", "storage-size", g_variant_new_uint64 (0), PN_ERROR_INVALID_ARGUMENT },
    { "a", "storage-size", g_variant_new_uint64 (G_MAXUINT64), PN_ERROR_INVALID_ARGUMENT },
    { "a", "storage", g_variant_new_string ("tape"), PN_ERROR_INVALID_ARGUMENT },
    { "a", "serial", g_variant_new_string ("12"), PN_ERROR_INVALID_ARGUMENT },
    { "a", "serial", g_variant_new_string ("../../../../etc/"), PN_ERROR_INVALID_ARGUMENT },
    { "a", "state", g_variant_new_string ("ours"), PN_ERROR_INVALID_ARGUMENT },
    { "a", "state", g_variant_new_string ("lost"), PN_ERROR_INVALID_ARGUMENT },
    { "a", "colour", g_variant_new_string ("red"), PN_ERROR_INVALID_ARGUMENT },
    { "..", NULL, NULL, -1 },
    { "..", NULL, NULL, PN_ERROR_EXISTS },
  };
  Bench bench;

  bench_begin (&bench, "practice-wrong");
  for (guint i = 0; i < G_N_ELEMENTS (wrong); i++)
    {
      g_autoptr (GError) error = NULL;
      g_autofree char *path = try_add (&bench, wrong[i].device,
                                       pn_test_options (wrong[i].name, wrong[i].value), &error);

      if (wrong[i].code < 0)
        g_assert_no_error (error);
      else
        g_assert_error (error, PN_ERROR, wrong[i].code);
    }
  bench_end (&bench);
}

/* A device on the bench is a device in a slot; when it goes, the slot is empty. */
static void
test_cable (void)
{
  g_autoptr (PnBenchDbusDevice) device = NULL;
  g_autoptr (PnDbusSlot) slot = NULL;
  g_autoptr (GError) error = NULL;
  Bench bench;

  bench_begin (&bench, "practice-cable");
  device = add (&bench, "c0", device_options (NULL, NULL));
  g_assert_cmpstr (pn_bench_dbus_device_get_state (device), ==, "fresh");
  g_assert_false (pn_bench_dbus_device_get_plugged (device));
  slot = pn_test_station_wait_slot (bench.station, "c0");
  pn_test_station_wait_state (slot, "empty");
  plug (device);
  pn_test_station_wait_state (slot, "waiting");
  while (g_strcmp0 (pn_bench_dbus_device_get_stage (device), "rom") != 0)
    iterate ();
  g_assert_true (pn_bench_dbus_device_call_pull_sync (device, pn_test_options (NULL, NULL),
                                                      G_DBUS_CALL_FLAGS_NONE, -1, NULL, &error));
  pn_test_station_wait_state (slot, "empty");
  while (g_strcmp0 (pn_bench_dbus_device_get_stage (device), "off") != 0)
    iterate ();
  /* A helper that comes back finds the device that is plugged in. */
  plug (device);
  pn_test_station_wait_state (slot, "waiting");
  g_clear_object (&slot);
  pn_test_station_restart (bench.station);
  slot = pn_test_station_wait_slot (bench.station, "c0");
  pn_test_station_wait_state (slot, "waiting");
  g_assert_true (pn_bench_dbus_device_call_remove_sync (device, pn_test_options (NULL, NULL),
                                                        G_DBUS_CALL_FLAGS_NONE, -1, NULL, &error));
  pn_test_station_wait_state (slot, "empty");
  g_clear_object (&device);
  device = add (&bench, "c0", device_options (NULL, NULL));
  bench_end (&bench);
}

/* Nothing of it starts without a person who holds its button: there is one. */
static void
test_person (void)
{
  g_autoptr (PnBenchDbusDevice) device = NULL;
  g_autoptr (PnDbusBatch) batch = NULL;
  g_autoptr (PnDbusRun) run = NULL;
  Bench bench;

  bench_begin (&bench, "practice-person");
  batch = pn_test_station_open_for (bench.station, inputs, PN_MODE_SECURE_BOOT, PN_STORAGE_NVME, 8,
                                    TRUE);
  device = add (&bench, "d0", device_options ("model", g_variant_new_string ("pi5")));
  run = provision (&bench, device);
  g_assert_cmpstr (pn_dbus_run_get_verdict (run), ==, "passed");
  wait_state (device, "locked");
  g_assert_cmpstr (pn_bench_dbus_device_get_fingerprint (device), ==,
                   pn_dbus_batch_get_fingerprint (batch));
  bench_end (&bench);
}

static void
test_states (void)
{
  g_autoptr (PnBenchDbusDevice) other = NULL;
  g_autoptr (PnBenchDbusDevice) ours = NULL;
  g_autoptr (PnDbusBatch) batch = NULL;
  g_autoptr (PnDbusRun) run = NULL;
  GVariantDict options;
  g_autoptr (GVariant) given = NULL;
  Bench bench;

  bench_begin (&bench, "practice-states");
  batch = pn_test_station_open (bench.station, inputs, PN_MODE_SECURE_BOOT, 8, TRUE);
  other = add (&bench, "e0", device_options ("state", g_variant_new_string ("other-key")));
  g_assert_cmpstr (pn_bench_dbus_device_get_state (other), ==, "other-key");
  run = provision (&bench, other);
  g_assert_cmpstr (pn_dbus_run_get_verdict (run), ==, "refused");
  g_clear_object (&run);
  /* What no real device can: as it left the factory. */
  reset (other);
  wait_state (other, "fresh");
  run = provision (&bench, other);
  g_assert_cmpstr (pn_dbus_run_get_verdict (run), ==, "passed");
  wait_state (other, "locked");
  g_clear_object (&run);

  given = g_variant_ref_sink (device_options ("state", g_variant_new_string ("ours")));
  g_variant_dict_init (&options, given);
  g_variant_dict_insert (&options, "fingerprint", "s", pn_dbus_batch_get_fingerprint (batch));
  ours = add (&bench, "e1", g_variant_dict_end (&options));
  g_assert_cmpstr (pn_bench_dbus_device_get_state (ours), ==, "ours");
  run = provision (&bench, ours);
  g_assert_cmpstr (pn_dbus_run_get_verdict (run), ==, "passed");
  g_assert_cmpstr (pn_bench_dbus_device_get_state (ours), ==, "ours");
  bench_end (&bench);
}

static gboolean
set_faults (PnBenchDbusDevice *device, const char *word, GError **error)
{
  const char *const words[] = { word, NULL };

  return pn_bench_dbus_device_call_set_faults_sync (device, words, pn_test_options (NULL, NULL),
                                                    G_DBUS_CALL_FLAGS_NONE, -1, NULL, error);
}

static void
test_faults (void)
{
  g_autoptr (PnBenchDbusDevice) device = NULL;
  g_autoptr (PnDbusBatch) batch = NULL;
  g_autoptr (PnDbusRun) run = NULL;
  g_autoptr (GError) error = NULL;
  Bench bench;

  bench_begin (&bench, "practice-faults");
  batch = pn_test_station_open (bench.station, inputs, PN_MODE_NAKED, 0, TRUE);
  device = add (&bench, "f0", device_options ("operator", g_variant_new_boolean (FALSE)));
  g_assert_false (set_faults (device, "unplug-after=soon", &error));
  g_assert_error (error, PN_ERROR, PN_ERROR_INVALID_ARGUMENT);
  g_clear_error (&error);
  g_assert_true (set_faults (device, "fail-write-at=1048576", &error));
  while (g_strv_length ((char **) pn_bench_dbus_device_get_faults (device)) != 1)
    iterate ();
  run = provision (&bench, device);
  g_assert_cmpstr (pn_dbus_run_get_verdict (run), ==, "failed");
  bench_end (&bench);
}

/* Whether it was locked is not known: it neither failed nor passed, and is counted as what it is.
 */
static void
test_set_aside (void)
{
  g_autoptr (PnBenchDbusDevice) device = NULL;
  g_autoptr (PnDbusBatch) batch = NULL;
  g_autoptr (PnDbusRun) run = NULL;
  Bench bench;

  bench_begin (&bench, "practice-set-aside");
  batch = pn_test_station_open (bench.station, inputs, PN_MODE_SECURE_BOOT, 8, TRUE);
  device = add (&bench, "g0", device_options (NULL, NULL));
  g_assert_true (set_faults (device, "wrong-eeprom-hash", NULL));
  run = provision (&bench, device);
  g_assert_cmpstr (pn_dbus_run_get_verdict (run), ==, "set-aside");
  while (pn_dbus_batch_get_set_aside (batch) == 0)
    iterate ();
  g_assert_cmpuint (pn_dbus_batch_get_set_aside (batch), ==, 1);
  g_assert_cmpuint (pn_dbus_batch_get_failed (batch), ==, 0);
  g_assert_cmpuint (pn_dbus_batch_get_used (batch), ==, 1);
  bench_end (&bench);
}

int
main (int argc, char **argv)
{
  g_autoptr (GTestDBus) daemon = NULL;
  int status;

  g_test_init (&argc, &argv, NULL);
  daemon = pn_test_bus_new ();
  inputs = pn_test_inputs_new ();
  g_test_add_func ("/bench/wrong", test_wrong);
  g_test_add_func ("/bench/cable", test_cable);
  g_test_add_func ("/bench/person", test_person);
  g_test_add_func ("/bench/states", test_states);
  g_test_add_func ("/bench/faults", test_faults);
  g_test_add_func ("/bench/set-aside", test_set_aside);
  status = g_test_run ();
  g_test_dbus_down (daemon);
  pn_test_inputs_free (inputs);
  return status;
}
