/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The complete provisioning over real libusb and real libgudev: runs under umockdev-wrapper. The
 * engine is in the process that opens the nodes, as descriptors lose umockdev's emulation when they
 * are passed on. */
#include "config.h"

#include <fcntl.h>
#include <glib/gstdio.h>
#include <string.h>
#include <unistd.h>

#include "pn-error.h"
#include "pn-io.h"
#include "pn-test-bundle.h"
#include "pn-test-host.h"
#include "pn-test-station.h"
#include "pn-usb-memory.h"
#include "pn-usb-transport.h"
#include "pn-usb-watch.h"
#include "pn-virtual-umockdev.h"

#define MIB (G_GUINT64_CONSTANT (1024) * 1024)
#define DISK (768 * MIB)
#define PORT 3
#define PORT_NAME "1-3"
#define KERNEL_MEMORY (16 * MIB)

static PnTestInputs *inputs;
static PnVirtualBus *bus;
static guint n_arrived, n_left;

typedef struct
{
  PnVirtualDevice *device;
  PnTestHost *host;
  PnBundle *bundle;
  PnUsbWatch *watch;
  PnJob job;
  PnRunResult result;
  GError *error;
  gboolean passed;
  PnPhase unplug_at;
  gboolean unplug;
  GMainLoop *loop;
} Bench;

static void
arrived_cb (const char *port, int fd, const char *serial, const GError *error, gpointer user_data)
{
  Bench *bench = user_data;

  g_assert_no_error (error);
  g_assert_cmpstr (port, ==, PORT_NAME);
  n_arrived++;
  pn_test_host_arrived (bench->host, PN_TEST_DEVICE_USBFS, fd);
}

static void
left_cb (const char *port, gpointer user_data)
{
  Bench *bench = user_data;

  g_assert_cmpstr (port, ==, PORT_NAME);
  n_left++;
  pn_test_host_left (bench->host);
}

static void
replug_cb (const char *sentence, gpointer user_data)
{
  Bench *bench = user_data;

  g_test_message ("person: %s", sentence);
  pn_virtual_device_unplug (bench->device);
  pn_virtual_device_plug (bench->device, TRUE);
}

static void
phase_cb (PnPhase phase, gpointer user_data)
{
  Bench *bench = user_data;

  g_test_message ("phase %s", pn_phase_to_word (phase));
  if (bench->unplug && phase == bench->unplug_at)
    {
      bench->unplug = FALSE;
      pn_virtual_device_unplug (bench->device);
    }
}

/* Takes @bundle and @device. */
static void
bench_begin_with (Bench *bench, PnBundle *bundle, PnVirtualDevice *device)
{
  static const PnUsbWatchFuncs funcs = { NULL, arrived_cb, left_cb, NULL };

  memset (bench, 0, sizeof *bench);
  bench->loop = g_main_loop_new (NULL, FALSE);
  bench->bundle = bundle;
  bench->job = pn_test_job (bench->bundle);
  bench->device = device;
  bench->host = pn_test_host_new (bench->bundle);
  pn_test_host_set_person (bench->host, replug_cb, bench);
  pn_test_host_set_phase_func (bench->host, phase_cb, bench);
  bench->watch = pn_usb_watch_start (&funcs, bench);
  pn_virtual_bus_connect (bus, bench->device, PORT);
}

static void
bench_begin (Bench *bench, const char *name, PnMode mode, PnStorage storage)
{
  bench_begin_with (
      bench, pn_test_inputs_bundle (inputs, mode, storage),
      pn_test_inputs_device (inputs, name, storage, DISK, storage == PN_STORAGE_EMMC));
}

static gpointer
run_thread (gpointer data)
{
  Bench *bench = data;

  bench->passed =
      pn_run (&bench->job, PN_RUN_HOST (bench->host), &bench->result, NULL, &bench->error);
  g_main_loop_quit (bench->loop);
  return NULL;
}

static void
bench_run (Bench *bench)
{
  GThread *thread;

  pn_run_result_clear (&bench->result);
  g_clear_error (&bench->error);
  thread = g_thread_new ("engine", run_thread, bench);
  g_main_loop_run (bench->loop);
  g_thread_join (thread);
  if (bench->error != NULL)
    g_test_message ("%s in %s: %s", pn_verdict_to_word (bench->result.verdict),
                    pn_phase_to_word (bench->result.phase), bench->error->message);
}

static void
bench_end (Bench *bench)
{
  guint before = n_left;

  pn_virtual_device_unplug (bench->device);
  while (n_arrived > n_left && before == n_left)
    g_main_context_iteration (NULL, TRUE);
  pn_usb_watch_stop (bench->watch);
  pn_virtual_device_set_port (bench->device, &(PnVirtualPort){ 0 }, NULL);
  g_clear_object (&bench->device);
  g_clear_object (&bench->host);
  g_clear_pointer (&bench->bundle, pn_bundle_free);
  g_main_loop_unref (bench->loop);
  pn_run_result_clear (&bench->result);
  g_clear_error (&bench->error);
}

static void
assert_passed (Bench *bench)
{
  g_assert_no_error (bench->error);
  g_assert_true (bench->passed);
  g_assert_cmpint (bench->result.verdict, ==, PN_VERDICT_PASSED);
  g_assert_cmpuint (bench->result.bytes_verified, >, 0);
}

static void
test_secure_boot (void)
{
  Bench bench;
  guint8 hash[32];

  n_arrived = n_left = 0;
  bench_begin (&bench, "usb-secure", PN_MODE_SECURE_BOOT, PN_STORAGE_EMMC);
  pn_virtual_device_plug (bench.device, FALSE);
  bench_run (&bench);
  assert_passed (&bench);
  pn_virtual_device_get_key_hash (bench.device, hash);
  g_assert_cmpmem (hash, 32, &bench.job.permit_fingerprint, 32);
  /* ROM, unsigned gadget, ROM, recovery, ROM, file server, gadget …: each under other ids. */
  g_assert_cmpuint (n_arrived, >=, 5);
  bench_end (&bench);
}

/* The other families: each has ids, descriptors and a way of its own. */
typedef struct
{
  const char *path;
  const char *model;
  PnChip chip;
  PnMode mode;
  PnStorage storage;
} Other;

static const Other others[] = {
  { "/usb/chips/cm4-secure-boot", "cm4", PN_CHIP_BCM2711, PN_MODE_SECURE_BOOT, PN_STORAGE_EMMC },
  { "/usb/chips/pi4-fde-only", "pi4", PN_CHIP_BCM2711, PN_MODE_FDE_ONLY, PN_STORAGE_SD },
  { "/usb/chips/zero2w-naked", "zero2w", PN_CHIP_BCM2710, PN_MODE_NAKED, PN_STORAGE_SD },
};

static void
test_chip (gconstpointer data)
{
  const Other *other = data;
  g_autofree char *name = g_path_get_basename (other->path);
  gboolean locks = other->mode == PN_MODE_SECURE_BOOT;
  PnSha256 hash;
  Bench bench;

  bench_begin_with (&bench,
                    pn_test_inputs_bundle_for (inputs, other->chip, other->mode, other->storage),
                    pn_test_inputs_model (inputs, name, other->model, other->storage, DISK, NULL));
  pn_virtual_device_plug (bench.device, FALSE);
  bench_run (&bench);
  assert_passed (&bench);
  pn_virtual_device_get_key_hash (bench.device, hash.bytes);
  g_assert_cmpint (pn_sha256_equal (&hash, &bench.job.permit_fingerprint), ==, locks);
  g_assert_cmpint (pn_sha256_is_zero (&hash), ==, !locks);
  bench_end (&bench);
}

/* The same faults as over sockets end the same way; the device is taken up again without them. */
static void
test_fault (gconstpointer data)
{
  const char *word = data;
  g_autofree char *name = g_strconcat ("usb-", word, NULL);
  PnVirtualFaults faults = pn_virtual_faults_none ();
  PnVirtualFaults none = pn_virtual_faults_none ();
  g_autoptr (GError) error = NULL;
  PnSha256 hash;
  Bench bench;

  g_assert_true (pn_virtual_faults_add (&faults, word, &error));
  bench_begin (&bench, name, PN_MODE_SECURE_BOOT, PN_STORAGE_EMMC);
  pn_virtual_device_set_faults (bench.device, &faults);
  pn_virtual_device_plug (bench.device, FALSE);
  bench_run (&bench);
  g_assert_false (bench.passed);
  pn_virtual_device_get_key_hash (bench.device, hash.bytes);
  if (!pn_sha256_is_zero (&hash))
    g_assert_true (pn_sha256_equal (&hash, &bench.job.permit_fingerprint));
  pn_virtual_device_set_faults (bench.device, &none);
  pn_virtual_device_unplug (bench.device);
  pn_virtual_device_plug (bench.device, TRUE);
  bench_run (&bench);
  assert_passed (&bench);
  g_assert_cmpuint (pn_test_host_count_outcomes (bench.host, "device-key"), ==, 1);
  bench_end (&bench);
}

static void
test_naked_nvme (void)
{
  Bench bench;
  guint8 hash[32];

  bench_begin (&bench, "usb-naked", PN_MODE_NAKED, PN_STORAGE_NVME);
  pn_virtual_device_plug (bench.device, TRUE);
  bench_run (&bench);
  assert_passed (&bench);
  pn_virtual_device_get_key_hash (bench.device, hash);
  g_assert_true (pn_sha256_is_zero ((PnSha256 *) hash));
  bench_end (&bench);
}

/* One of 32 that share 16 MiB: nothing is refused, as it keeps to its share. */
static void
test_share (void)
{
  guint share = pn_usb_memory_share (KERNEL_MEMORY, 32);
  Bench bench;
  gsize most;

  bench_begin (&bench, "usb-share", PN_MODE_NAKED, PN_STORAGE_EMMC);
  pn_test_host_set_usb_memory (bench.host, share);
  (void) pn_virtual_bus_set_memory (bus, KERNEL_MEMORY);
  pn_virtual_device_plug (bench.device, FALSE);
  bench_run (&bench);
  assert_passed (&bench);
  most = pn_virtual_bus_set_memory (bus, KERNEL_MEMORY);
  g_test_message ("%" G_GSIZE_FORMAT " of %u bytes", most, share);
  g_assert_cmpuint (most, <=, share);
  g_assert_cmpuint (most, >, share / 2);
  g_assert_cmpuint (pn_test_host_count_refused (bench.host), ==, 0);
  bench_end (&bench);
}

/* Others took what was counted on: it goes on with what there is. */
static void
test_memory_refused (void)
{
  const gsize memory = 300 * 1024;
  Bench bench;

  bench_begin (&bench, "usb-refused", PN_MODE_NAKED, PN_STORAGE_EMMC);
  (void) pn_virtual_bus_set_memory (bus, memory);
  pn_virtual_device_plug (bench.device, FALSE);
  bench_run (&bench);
  assert_passed (&bench);
  g_assert_cmpuint (pn_test_host_count_refused (bench.host), ==, 0);
  bench_end (&bench);

  /* Not even one transfer of the usual size. */
  bench_begin (&bench, "usb-refused-more", PN_MODE_NAKED, PN_STORAGE_EMMC);
  (void) pn_virtual_bus_set_memory (bus, memory / 3);
  pn_virtual_device_plug (bench.device, FALSE);
  bench_run (&bench);
  assert_passed (&bench);
  g_assert_cmpuint (pn_test_host_count_refused (bench.host), >, 0);
  g_assert_cmpuint (pn_virtual_bus_set_memory (bus, KERNEL_MEMORY), <=, memory / 3);
  bench_end (&bench);
}

static void
test_unplugged (void)
{
  Bench bench;

  bench_begin (&bench, "usb-unplugged", PN_MODE_SECURE_BOOT, PN_STORAGE_EMMC);
  bench.unplug = TRUE;
  bench.unplug_at = PN_PHASE_WRITE;
  pn_virtual_device_plug (bench.device, FALSE);
  bench_run (&bench);
  g_assert_false (bench.passed);
  g_assert_nonnull (bench.error);
  pn_virtual_device_plug (bench.device, TRUE);
  bench_run (&bench);
  assert_passed (&bench);
  bench_end (&bench);
}

/* A device that failed and is still plugged in is opened once more, and nobody has to touch it. */
static void
test_try_again (void)
{
  PnVirtualFaults faults = pn_virtual_faults_none ();
  g_autoptr (GError) error = NULL;
  guint before;
  Bench bench;

  bench_begin (&bench, "usb-again", PN_MODE_NAKED, PN_STORAGE_EMMC);
  faults.gadget.fail_write_at = 0;
  pn_virtual_device_set_faults (bench.device, &faults);
  pn_virtual_device_plug (bench.device, FALSE);
  bench_run (&bench);
  g_assert_false (bench.passed);
  g_assert_cmpint (pn_virtual_device_get_stage (bench.device), ==, PN_VIRTUAL_GADGET);
  faults.gadget.fail_write_at = -1;
  pn_virtual_device_set_faults (bench.device, &faults);
  before = n_left;
  bench.job.by_hand = TRUE;
  pn_test_host_arrived (bench.host, PN_TEST_DEVICE_USBFS,
                        pn_usb_watch_open (bench.watch, PORT_NAME, &error));
  g_assert_no_error (error);
  bench_run (&bench);
  assert_passed (&bench);
  g_assert_cmpuint (n_left, >, before);
  bench_end (&bench);
}

/* What the transport says when things go wrong, on a boot ROM. */
typedef struct
{
  int fd;
  gboolean left;
} Seen;

static void
seen_arrived_cb (
    const char *port, int fd, const char *serial, const GError *error, gpointer user_data)
{
  g_assert_no_error (error);
  ((Seen *) user_data)->fd = fd;
}

static void
seen_left_cb (const char *port, gpointer user_data)
{
  ((Seen *) user_data)->left = TRUE;
}

static void
test_transport (void)
{
  static const PnUsbWatchFuncs funcs = { NULL, seen_arrived_cb, seen_left_cb, NULL };
  PnVirtualDevice *device =
      pn_test_inputs_device (inputs, "usb-transport", PN_STORAGE_EMMC, DISK, TRUE);
  Seen seen = { -1, FALSE };
  g_autoptr (PnUsbWatch) watch = pn_usb_watch_start (&funcs, &seen);
  g_autoptr (PnTransport) transport = NULL;
  g_autoptr (GError) error = NULL;
  const PnIdentity *identity;
  guint8 data[64];

  pn_virtual_bus_connect (bus, device, PORT + 1);
  pn_virtual_device_plug (device, FALSE);
  while (seen.fd < 0)
    g_main_context_iteration (NULL, TRUE);
  transport = pn_usb_transport_new (seen.fd, NULL, NULL, &error);
  g_assert_no_error (error);
  identity = pn_transport_get_identity (transport);
  g_assert_cmphex (identity->vendor, ==, 0x0a5c);
  g_assert_cmphex (identity->product, ==, 0x2712);
  g_assert_cmpuint (identity->max_packet_out, ==, 512);
  /* Nothing answers: a limit, not a hang. */
  g_assert_cmpint (pn_transport_bulk_in (transport, data, sizeof data, 50, NULL, &error), ==, -1);
  g_assert_error (error, PN_ERROR, PN_ERROR_TIMED_OUT);
  g_clear_error (&error);
  /* Other programs hold all that the kernel lends: a limit, too, and what to do is said. */
  (void) pn_virtual_bus_set_memory (bus, 0);
  g_assert_cmpint (pn_transport_bulk_in (transport, data, sizeof data, 200, NULL, &error), ==, -1);
  g_assert_error (error, PN_ERROR, PN_ERROR_BUSY);
  g_assert_nonnull (strstr (error->message, "usbfs_memory_mb"));
  g_clear_error (&error);
  (void) pn_virtual_bus_set_memory (bus, KERNEL_MEMORY);
  pn_virtual_device_unplug (device);
  g_assert_cmpint (pn_transport_bulk_in (transport, data, sizeof data, 2000, NULL, &error), ==, -1);
  g_assert_error (error, PN_ERROR, PN_ERROR_DISCONNECTED);
  g_clear_error (&error);
  g_assert_false (
      pn_transport_bulk_out_bytes (transport, data, sizeof data, 1024, 2000, NULL, &error));
  g_assert_error (error, PN_ERROR, PN_ERROR_DISCONNECTED);
  while (!seen.left)
    g_main_context_iteration (NULL, TRUE);
  pn_virtual_device_set_port (device, &(PnVirtualPort){ 0 }, NULL);
  g_object_unref (device);
}

/* The real helper, a process of its own below the same emulation, sees a socket come to life. */
static void
wait_present (PnDbusSlot *slot, gboolean present)
{
  while (pn_dbus_slot_get_present (slot) != present)
    g_main_context_iteration (NULL, TRUE);
}

/* What an administrator has set the kernel to, where the helper reads it. */
static void
set_kernel_memory (const char *mib)
{
  g_autofree char *path = g_strconcat (g_getenv ("UMOCKDEV_DIR"), PN_USB_MEMORY_FILE, NULL);
  g_autofree char *folder = g_path_get_dirname (path);
  g_autoptr (GError) error = NULL;

  g_assert_cmpint (g_mkdir_with_parents (folder, 0755), ==, 0);
  g_assert_true (g_file_set_contents (path, mib, -1, &error));
  g_assert_no_error (error);
}

static void
assert_share_told (PnDbusRun *run, const char *told)
{
  g_autoptr (GVariant) lines = NULL;
  g_autoptr (GError) error = NULL;
  g_autofree char *text = NULL;
  guint next;

  (void) pn_dbus_run_call_get_log_sync (run, 0, pn_test_options (NULL, NULL),
                                        G_DBUS_CALL_FLAGS_NONE, -1, &lines, &next, NULL, &error);
  g_assert_no_error (error);
  text = g_variant_print (lines, FALSE);
  g_assert_cmpint (strstr (text, "usbfs_memory_mb") != NULL, ==, told != NULL);
  g_assert_true (told == NULL || strstr (text, told) != NULL);
}

/* The helper opens the node anew for each run. The worker's descriptor has lost the emulation, so
 * that each ends at once; the whole way is test_try_again (). */
static void
start_twice (PnTestStation *station, PnDbusSlot *slot)
{
  g_autoptr (PnDbusBatch) batch = pn_test_station_open (station, inputs, PN_MODE_NAKED, 0, FALSE);
  g_autoptr (GError) error = NULL;

  pn_test_station_wait_state (slot, "ready");
  for (guint i = 0; i < 2; i++)
    {
      g_autofree char *last = g_strdup (pn_dbus_slot_get_run (slot));
      g_autoptr (PnDbusRun) run = NULL;

      set_kernel_memory (i == 0 ? "16\n" : "1\n");
      pn_dbus_slot_call_start_sync (slot, pn_test_options (NULL, NULL), G_DBUS_CALL_FLAGS_NONE, -1,
                                    NULL, &error);
      g_assert_no_error (error);
      run = pn_test_station_wait_end (station, slot, last);
      g_assert_cmpstr (pn_dbus_slot_get_state (slot), ==, "finished");
      g_test_message ("run %u: %s", i + 1, pn_dbus_run_get_message (run));
      g_assert_cmpstr (pn_dbus_run_get_verdict (run), ==, "failed");
      assert_share_told (run, i == 0 ? NULL : "896");
    }
}

static void
test_helper (void)
{
  PnVirtualDevice *device =
      pn_test_inputs_device (inputs, "usb-helper", PN_STORAGE_EMMC, DISK, TRUE);
  PnTestStation *station = pn_test_station_new (inputs, "state", FALSE, NULL);
  g_autoptr (PnDbusSlot) slot = NULL;

  pn_virtual_bus_connect (bus, device, PORT);
  pn_virtual_device_plug (device, FALSE);
  slot = pn_test_station_wait_slot (station, PORT_NAME);
  wait_present (slot, TRUE);
  g_assert_cmpstr (pn_dbus_slot_get_kind (slot), ==, "usb");
  g_assert_cmpstr (pn_dbus_slot_get_state (slot), ==, "waiting");
  pn_virtual_device_unplug (device);
  wait_present (slot, FALSE);
  pn_virtual_device_plug (device, FALSE);
  wait_present (slot, TRUE);
  start_twice (station, slot);
  pn_virtual_device_unplug (device);
  wait_present (slot, FALSE);
  pn_virtual_device_set_port (device, &(PnVirtualPort){ 0 }, NULL);
  g_object_unref (device);
  g_clear_object (&slot);
  pn_test_station_free (station);
}

static void
write_rules (const char *folder, const char *text)
{
  g_autofree char *path = g_build_filename (folder, "line.conf", NULL);
  g_autoptr (GError) error = NULL;

  g_assert_true (g_file_set_contents (path, text, -1, &error));
  g_assert_no_error (error);
}

/* The helper has no node of the bus open. */
static void
assert_nothing_open (PnTestStation *station)
{
  g_autofree char *folder =
      g_strdup_printf ("/proc/%s/fd", g_subprocess_get_identifier (station->process));
  g_autoptr (GDir) dir = g_dir_open (folder, 0, NULL);
  const char *name;

  g_assert_nonnull (dir);
  while ((name = g_dir_read_name (dir)) != NULL)
    {
      g_autofree char *path = g_build_filename (folder, name, NULL);
      g_autofree char *target = g_file_read_link (path, NULL);

      g_assert_true (target == NULL || strstr (target, "bus/usb") == NULL);
    }
}

/* A socket that the port rules do not allow is seen and not touched. */
static void
test_port_rules (void)
{
  g_autofree char *folder = g_build_filename (inputs->folder, "usb-ports.d", NULL);
  g_autofree char *option = g_strconcat ("--usb-ports=", folder, NULL);
  PnVirtualDevice *device =
      pn_test_inputs_device (inputs, "usb-rules", PN_STORAGE_EMMC, DISK, TRUE);
  PnTestStation *station;
  g_autoptr (PnDbusSlot) slot = NULL;
  g_autoptr (GError) error = NULL;

  g_assert_cmpint (g_mkdir (folder, 0700), ==, 0);
  write_rules (folder, "# the line\n2-*\n 1 - 4.? # a hub\n");
  station = pn_test_station_new (inputs, "rules", FALSE, option);
  pn_virtual_bus_connect (bus, device, PORT);
  pn_virtual_device_plug (device, FALSE);
  slot = pn_test_station_wait_slot (station, PORT_NAME);
  pn_test_station_wait_state (slot, "excluded");
  wait_present (slot, TRUE);
  assert_nothing_open (station);
  g_assert_false (pn_dbus_slot_call_start_sync (slot, pn_test_options (NULL, NULL),
                                                G_DBUS_CALL_FLAGS_NONE, -1, NULL, &error));
  g_assert_error (error, PN_ERROR, PN_ERROR_BUSY);
  g_assert_nonnull (strstr (error->message, "port rules"));
  g_clear_error (&error);
  assert_nothing_open (station);
  pn_virtual_device_unplug (device);
  pn_test_station_wait_state (slot, "empty");

  /* Rules count for the next device; what cannot be understood allows nothing. */
  write_rules (folder, "1-\n\001\n");
  pn_virtual_device_plug (device, FALSE);
  pn_test_station_wait_state (slot, "excluded");
  pn_virtual_device_unplug (device);
  pn_test_station_wait_state (slot, "empty");
  write_rules (folder, "1-[2-5]\n");
  pn_virtual_device_plug (device, FALSE);
  pn_test_station_wait_state (slot, "waiting");
  pn_virtual_device_unplug (device);
  pn_test_station_wait_state (slot, "empty");
  pn_virtual_device_set_port (device, &(PnVirtualPort){ 0 }, NULL);
  g_object_unref (device);
  g_clear_object (&slot);
  pn_test_station_free (station);
}

typedef struct
{
  char *port;
  GError *error;
  gboolean answered;
} Answer;

static void
identified_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  Answer *answer = user_data;

  (void) pn_dbus_manager_call_identify_finish (PN_DBUS_MANAGER (source), &answer->port, result,
                                               &answer->error);
  answer->answered = TRUE;
}

static void
identify (PnTestStation *station, Answer *answer)
{
  *answer = (Answer){ 0 };
  pn_dbus_manager_call_identify (station->manager, pn_test_options (NULL, NULL),
                                 G_DBUS_CALL_FLAGS_NONE, G_MAXINT, NULL, identified_cb, answer);
}

static void
wait_answer (Answer *answer)
{
  while (!answer->answered)
    g_main_context_iteration (NULL, TRUE);
}

/* Callers that ask and leave: more of them than may wait at a time. */
static void
ask_and_leave (void)
{
  g_autoptr (GDBusConnection) leaver =
      g_dbus_connection_new_for_address_sync (g_getenv ("DBUS_SESSION_BUS_ADDRESS"),
                                              G_DBUS_CONNECTION_FLAGS_AUTHENTICATION_CLIENT |
                                                  G_DBUS_CONNECTION_FLAGS_MESSAGE_BUS_CONNECTION,
                                              NULL, NULL, NULL);
  g_autoptr (GDBusMessage) message =
      g_dbus_message_new_method_call ("org.punnet.Provisioner1", "/org/punnet/Provisioner1/manager",
                                      "org.punnet.Provisioner1.Manager", "Identify");

  g_dbus_message_set_body (message, g_variant_new ("(@a{sv})", pn_test_options (NULL, NULL)));
  g_assert_true (
      g_dbus_connection_send_message (leaver, message, G_DBUS_SEND_MESSAGE_FLAGS_NONE, NULL, NULL));
  g_assert_true (g_dbus_connection_flush_sync (leaver, NULL, NULL));
  g_assert_true (g_dbus_connection_close_sync (leaver, NULL, NULL));
}

/* Anything at all says which socket it is, and is not opened for it: no slot comes of it. */
static void
test_identify (void)
{
  PnTestStation *station = pn_test_station_new (inputs, "identify", FALSE, "--time-scale=0.1");
  gint64 began = g_get_monotonic_time ();
  Answer one, two;

  identify (station, &one);
  wait_answer (&one);
  g_assert_error (one.error, PN_ERROR, PN_ERROR_TIMED_OUT);
  g_assert_cmpint (g_get_monotonic_time () - began, >=, 5900 * 1000);
  g_clear_error (&one.error);
  for (guint i = 0; i < 20; i++)
    ask_and_leave ();
  identify (station, &one);
  identify (station, &two);
  /* Both have been heard when the helper answers a later call. */
  pn_dbus_manager_call_set_paused_sync (station->manager, FALSE, pn_test_options (NULL, NULL),
                                        G_DBUS_CALL_FLAGS_NONE, -1, NULL, &one.error);
  g_assert_no_error (one.error);
  g_assert_false (one.answered || two.answered);
  pn_virtual_bus_add_stick (bus, 7);
  wait_answer (&one);
  wait_answer (&two);
  g_assert_no_error (one.error);
  g_assert_no_error (two.error);
  g_assert_cmpstr (one.port, ==, "1-7");
  g_assert_cmpstr (two.port, ==, "1-7");
  g_assert_null (pn_test_station_find_slot (station, "1-7"));
  g_free (one.port);
  g_free (two.port);
  pn_test_station_free (station);
}

int
main (int argc, char **argv)
{
  static const char *const words[] = { "reject-recovery", "reject-gadget", "silent-metadata",
                                       "stall-after=4", "flip-bit=4194311" };
  g_autoptr (GTestDBus) daemon = NULL;
  g_autoptr (GError) error = NULL;
  int status;

  g_test_init (&argc, &argv, NULL);
  daemon = pn_test_bus_new ();
  inputs = pn_test_inputs_new ();
  bus = pn_virtual_bus_new (&error);
  g_assert_no_error (error);
  g_test_add_func ("/usb/transport", test_transport);
  g_test_add_func ("/usb/helper", test_helper);
  g_test_add_func ("/usb/port-rules", test_port_rules);
  g_test_add_func ("/usb/identify", test_identify);
  g_test_add_func ("/usb/secure-boot", test_secure_boot);
  g_test_add_func ("/usb/naked-nvme", test_naked_nvme);
  for (guint i = 0; i < G_N_ELEMENTS (others); i++)
    g_test_add_data_func (others[i].path, &others[i], test_chip);
  for (guint i = 0; i < G_N_ELEMENTS (words); i++)
    {
      g_autofree char *path = g_strconcat ("/usb/fault/", words[i], NULL);

      g_test_add_data_func (path, words[i], test_fault);
    }
  g_test_add_func ("/usb/share", test_share);
  g_test_add_func ("/usb/memory-refused", test_memory_refused);
  g_test_add_func ("/usb/unplugged", test_unplugged);
  g_test_add_func ("/usb/try-again", test_try_again);
  status = g_test_run ();
  g_test_dbus_down (daemon);
  pn_virtual_bus_free (bus);
  pn_test_inputs_free (inputs);
  return status;
}
