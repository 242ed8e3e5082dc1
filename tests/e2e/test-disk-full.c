/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A real punnetd whose state is on a real file system of a few MiB that gets full: it says so,
 * keeps nothing by halves, and goes on. */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <gio/gunixfdlist.h>
#include <glib/gstdio.h>
#include <sched.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "pn-bundle-receive.h"
#include "pn-io.h"
#include "pn-sentence.h"
#include "pn-test-station.h"
#include "pn-test-variants.h"

#define DEVICE_SIZE (G_GUINT64_CONSTANT (640) << 20)
#define WRITE_DELAY 80000 /* µs for each MiB */

static PnTestInputs *inputs;
static gboolean may_mount;

static gboolean
write_map (const char *path, const char *text)
{
  int fd = open (path, O_WRONLY | O_CLOEXEC);
  gboolean fine = fd >= 0 && write (fd, text, strlen (text)) == (gssize) strlen (text);

  if (fd >= 0)
    (void) close (fd);
  return fine;
}

/* Mounts of our own, as who we are. Before any thread is there. */
static gboolean
leave_mounts (void)
{
  g_autofree char *users = g_strdup_printf ("%u %u 1", getuid (), getuid ());
  g_autofree char *groups = g_strdup_printf ("%u %u 1", getgid (), getgid ());

  return unshare (CLONE_NEWUSER | CLONE_NEWNS) == 0 && write_map ("/proc/self/setgroups", "deny") &&
         write_map ("/proc/self/uid_map", users) && write_map ("/proc/self/gid_map", groups) &&
         mount ("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) == 0;
}

static char *
make_disk (const char *name, guint64 size)
{
  char *path = g_build_filename (inputs->folder, name, NULL);
  g_autofree char *options = g_strdup_printf ("size=%" G_GUINT64_FORMAT, size);

  g_assert_cmpint (g_mkdir (path, 0700), ==, 0);
  g_assert_cmpint (mount ("tmpfs", path, "tmpfs", 0, options), ==, 0);
  return path;
}

/* Leaves nothing. (transfer full) what it fills the disk with */
static char *
fill (const char *disk)
{
  char *path = g_build_filename (disk, "ballast", NULL);
  int fd = open (path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
  static const char zeros[4096];

  g_assert_cmpint (fd, >=, 0);
  while (write (fd, zeros, sizeof zeros) > 0)
    ;
  while (write (fd, zeros, 1) > 0)
    ;
  g_assert_cmpint (errno, ==, ENOSPC);
  (void) close (fd);
  return path;
}

static char *
install (PnTestStation *station, int fd, GError **error)
{
  g_autoptr (GUnixFDList) fds = g_unix_fd_list_new_from_array (&fd, 1);
  char *digest = NULL;

  (void) pn_dbus_manager_call_install_bundle_sync (
      station->manager, g_variant_new_handle (0), pn_test_options (NULL, NULL),
      G_DBUS_CALL_FLAGS_NONE, G_MAXINT, fds, &digest, NULL, NULL, error);
  return digest;
}

static char *
install_variant (PnTestStation *station, guint number, GError **error)
{
  g_autofree char *folder = pn_test_variant (inputs, number, NULL);
  int fd = open (folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

  g_assert_cmpint (fd, >=, 0);
  return install (station, fd, error);
}

static guint
count_bundles (PnTestStation *station)
{
  g_autofree char *folder = g_build_filename (station->state, "bundles", NULL);
  g_autoptr (GDir) dir = g_dir_open (folder, 0, NULL);
  guint n = 0;

  while (g_dir_read_name (dir) != NULL)
    n++;
  return n;
}

static void
assert_full (GError **error)
{
  g_test_message ("%s", (*error)->message);
  g_assert_error (*error, PN_ERROR, PN_ERROR_NO_SPACE);
  g_clear_error (error);
}

/* ---- in the middle ---- */

typedef struct
{
  GUnixFDList *fds;
  char *digest;
  GError *error;
  gboolean done;
} Call;

static void
called_cb (GObject *manager, GAsyncResult *result, gpointer user_data)
{
  Call *call = user_data;

  (void) pn_dbus_manager_call_install_bundle_finish (PN_DBUS_MANAGER (manager), &call->digest, NULL,
                                                     result, &call->error);
  call->done = TRUE;
}

static GBytes *
pack (guint number)
{
  g_autofree char *folder = pn_test_variant (inputs, number, NULL);
  g_autofree char *path = g_strconcat (folder, ".punnet", NULL);
  g_auto (PnFd) dir_fd = pn_open (folder, O_RDONLY | O_DIRECTORY, NULL);
  g_auto (PnFd) fd = pn_open (path, O_RDWR | O_CREAT, NULL);
  g_autoptr (GError) error = NULL;
  GBytes *bytes;

  g_assert_true (pn_bundle_pack (dir_fd, fd, NULL, NULL, NULL, &error));
  bytes = pn_read_file (path, G_MAXINT, &error);
  g_assert_no_error (error);
  return bytes;
}

/* There was room when it began; half of it is in a pipe when the disk gets full. */
static void
install_through_pipe (PnTestStation *station, const char *disk)
{
  g_autoptr (GBytes) bytes = pack (2);
  g_autofree char *ballast = NULL;
  Call call = { 0 };
  const char *data;
  gsize size;
  int ends[2];

  g_assert_cmpint (pipe2 (ends, O_CLOEXEC), ==, 0);
  call.fds = g_unix_fd_list_new_from_array (&ends[0], 1);
  pn_dbus_manager_call_install_bundle (station->manager, g_variant_new_handle (0),
                                       pn_test_options (NULL, NULL), G_DBUS_CALL_FLAGS_NONE,
                                       G_MAXINT, call.fds, NULL, called_cb, &call);
  data = g_bytes_get_data (bytes, &size);
  g_assert_true (pn_write_all (ends[1], data, size / 2, NULL));
  ballast = fill (disk);
  g_clear_object (&call.fds); /* or we would be a reader, too */
  (void) pn_write_all (ends[1], data + size / 2, size - size / 2, NULL); /* nobody may read on */
  (void) close (ends[1]);
  while (!call.done)
    g_main_context_iteration (NULL, TRUE);
  g_assert_null (call.digest);
  assert_full (&call.error);
  g_assert_cmpint (g_unlink (ballast), ==, 0);
}

static void
test_store (void)
{
  guint64 size = pn_test_variant_size (inputs);
  g_autofree char *disk = NULL;
  g_autofree char *first = NULL;
  g_autofree char *third = NULL;
  g_autoptr (PnDbusBatch) batch = NULL;
  g_autofree char *folder = pn_test_variant (inputs, 1, NULL);
  g_autoptr (GError) error = NULL;
  PnTestStation *station;

  if (!may_mount)
    {
      g_test_skip ("no file system can be mounted in a user namespace");
      return;
    }
  disk = make_disk ("disk", size * 5 / 2 + (2 << 20));
  station = pn_test_station_new (inputs, "disk/state", FALSE, NULL);
  /* One that is in use, one that gets cut off. */
  batch = pn_test_station_open_folder (station, folder, NULL, 0, FALSE);
  install_through_pipe (station, disk);
  g_assert_cmpuint (count_bundles (station), ==, 1);
  third = install_variant (station, 3, &error);
  g_assert_no_error (error);
  /* Room is made by the one that is not in use. */
  first = install_variant (station, 4, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (count_bundles (station), ==, 2);
  pn_test_station_free (station);
  g_assert_cmpint (umount (disk), ==, 0);
}

/* ---- full to the last byte ---- */

static void
test_full (void)
{
  guint64 size = pn_test_variant_size (inputs);
  g_autofree char *disk = NULL;
  g_autofree char *ballast = NULL;
  g_autofree char *digest = NULL;
  g_autofree char *none = NULL;
  g_autofree char *again = NULL;
  g_autofree char *fingerprint = g_strnfill (64, 'a');
  g_autoptr (GError) error = NULL;
  PnTestStation *station;

  if (!may_mount)
    {
      g_test_skip ("no file system can be mounted in a user namespace");
      return;
    }
  disk = make_disk ("full", size * 3 + (2 << 20));
  station = pn_test_station_new (inputs, "full/state", FALSE, NULL);
  digest = install_variant (station, 1, &error);
  g_assert_no_error (error);
  ballast = fill (disk);

  g_assert_null (none = install_variant (station, 2, &error));
  assert_full (&error);
  g_assert_false (pn_dbus_manager_call_set_paused_sync (station->manager, TRUE,
                                                        pn_test_options (NULL, NULL),
                                                        G_DBUS_CALL_FLAGS_NONE, -1, NULL, &error));
  assert_full (&error);
  g_assert_false (pn_dbus_manager_call_enrol_key_sync (station->manager, fingerprint, "Office",
                                                       pn_test_options (NULL, NULL),
                                                       G_DBUS_CALL_FLAGS_NONE, -1, NULL, &error));
  assert_full (&error);
  g_assert_false (pn_dbus_manager_get_paused (station->manager));

  /* It goes on, and once there is room, all of it goes. */
  g_assert_cmpint (g_unlink (ballast), ==, 0);
  g_assert_cmpuint (count_bundles (station), ==, 1);
  g_assert_true (pn_dbus_manager_call_enrol_key_sync (station->manager, fingerprint, "Office",
                                                      pn_test_options (NULL, NULL),
                                                      G_DBUS_CALL_FLAGS_NONE, -1, NULL, &error));
  g_assert_no_error (error);
  again = install_variant (station, 2, &error);
  g_assert_no_error (error);
  pn_test_station_restart (station);
  g_assert_cmpuint (count_bundles (station), ==, 2);
  g_assert_false (pn_dbus_manager_get_paused (station->manager));
  pn_test_station_free (station);
  g_assert_cmpint (umount (disk), ==, 0);
}

/* ---- when a run ends ---- */

/* What is kept of the only run. (transfer full) */
static char *
read_newest (PnTestStation *station, const char *column)
{
  g_autoptr (GVariant) rows = NULL;
  g_autoptr (GVariant) row = NULL;
  g_autoptr (GError) error = NULL;
  char *value = NULL;

  (void) pn_dbus_manager_call_query_records_sync (station->manager, 0, 10,
                                                  pn_test_options (NULL, NULL),
                                                  G_DBUS_CALL_FLAGS_NONE, -1, &rows, NULL, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (g_variant_n_children (rows), ==, 1);
  row = g_variant_get_child_value (rows, 0);
  g_assert_true (g_variant_lookup (row, column, "s", &value));
  return value;
}

/* Slow enough for the disk to get full meanwhile. */
static PnVirtualDevice *
make_slow_device (const char *name)
{
  PnVirtualDevice *device =
      pn_test_inputs_model (inputs, name, "cm5", PN_STORAGE_EMMC, DEVICE_SIZE, NULL);
  PnVirtualFaults faults = pn_virtual_faults_none ();

  faults.gadget.write_delay_us = WRITE_DELAY;
  pn_virtual_device_set_faults (device, &faults);
  pn_virtual_faults_clear (&faults);
  return device;
}

/* All was written and read back, but what the device is now cannot be kept: nobody is told that it
 * passed, neither now nor when the next device comes to its slot. */
static void
test_run_end (void)
{
  guint64 size = pn_test_variant_size (inputs);
  g_autofree char *disk = NULL;
  g_autofree char *ballast = NULL;
  g_autofree char *message = NULL;
  g_autofree char *verdict = NULL;
  g_autoptr (PnDbusBatch) batch = NULL;
  g_autoptr (PnDbusSlot) slot = NULL;
  g_autoptr (PnDbusRun) run = NULL;
  PnVirtualDevice *device;
  PnTestStation *station;

  if (!may_mount)
    {
      g_test_skip ("no file system can be mounted in a user namespace");
      return;
    }
  disk = make_disk ("run", size * 3 + (4 << 20));
  station = pn_test_station_new (inputs, "run/state", FALSE, NULL);
  batch = pn_test_station_open (station, inputs, PN_MODE_NAKED, 0, TRUE);
  device = make_slow_device ("slow");
  pn_test_station_attach (station, device, "slow");
  pn_virtual_device_plug (device, TRUE);
  slot = pn_test_station_wait_slot (station, "slow");
  pn_test_station_wait_state (slot, "running");
  run = pn_test_station_wait_run (station, slot);
  while (!g_str_equal (pn_dbus_run_get_phase (run), "write"))
    g_main_context_iteration (NULL, TRUE);
  ballast = fill (disk);
  while (g_str_equal (pn_dbus_run_get_verdict (run), "running"))
    g_main_context_iteration (NULL, TRUE);
  message = pn_sentence_to_english (pn_dbus_run_get_message (run));
  g_test_message ("%s, %s: %s", pn_dbus_run_get_verdict (run), pn_dbus_run_get_condition (run),
                  message);
  g_assert_cmpstr (pn_dbus_run_get_verdict (run), ==, "failed");
  g_assert_cmpstr (pn_dbus_run_get_condition (run), ==, "set-aside");
  g_assert_cmpint (pn_dbus_run_get_record (run), ==, 0);
  g_assert_nonnull (strstr (message, "full"));
  g_assert_cmpuint (pn_dbus_batch_get_passed (batch), ==, 0);
  g_assert_cmpuint (pn_dbus_manager_get_record_count (station->manager), ==, 0);

  pn_virtual_device_take_away (device);
  g_assert_cmpint (g_unlink (ballast), ==, 0);
  device = make_slow_device ("next");
  pn_test_station_attach (station, device, "slow");
  pn_virtual_device_plug (device, TRUE);
  /* The slot may still say that the last one is running. */
  while (pn_dbus_manager_get_record_count (station->manager) == 0)
    g_main_context_iteration (NULL, TRUE);
  verdict = read_newest (station, "verdict");
  g_assert_cmpstr (verdict, ==, "failed");
  message = (g_free (message), read_newest (station, "message"));
  g_test_message ("the record says: %s", message);
  pn_virtual_device_take_away (device);
  pn_test_station_free (station);
  g_assert_cmpint (umount (disk), ==, 0);
}

int
main (int argc, char **argv)
{
  g_autoptr (GTestDBus) daemon = NULL;
  int status;

  may_mount = leave_mounts ();
  g_test_init (&argc, &argv, NULL);
  daemon = pn_test_bus_new ();
  (void) signal (SIGPIPE, SIG_IGN);
  inputs = pn_test_inputs_new ();
  g_test_add_func ("/disk-full/store", test_store);
  g_test_add_func ("/disk-full/full", test_full);
  g_test_add_func ("/disk-full/run-end", test_run_end);
  status = g_test_run ();
  pn_test_inputs_free (inputs);
  g_test_dbus_down (daemon);
  return status;
}
