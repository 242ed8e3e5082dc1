/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A bundle that changes on the station's disk after it was opened. One byte of any artefact, and
 * nothing is burned and no device changes; where the disk itself deceives the station, no device
 * passes. And what was put right goes on. */
#include "config.h"

#include <fcntl.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/stat.h>

#include "pn-io.h"
#include "pn-test-desk.h"
#include "pn-test-judge.h"
#include "pn-test-station.h"

#define MIB (G_GUINT64_CONSTANT (1024) * 1024)
#define DISK (640 * MIB)

static PnTestInputs *inputs;

/* ---- bundles ---- */

static char *
find_folder (PnBundle *bundle)
{
  g_autofree char *link = g_strdup_printf ("/proc/self/fd/%d", pn_bundle_get_fds (bundle)[0]);
  g_autofree char *path = g_file_read_link (link, NULL);

  return g_path_get_dirname (path);
}

/* As the helper has it: opened, and hashed, in a folder of its own. Takes @bundle. */
static PnBundle *
import (PnBundle *bundle, char **folder)
{
  static guint n;
  g_autofree char *from = find_folder (bundle);
  g_autofree char *name = g_strdup_printf ("kept-%u", n++);
  const char *argv[] = { "cp", "-r", from, NULL, NULL };
  g_auto (PnFd) fd = -1;
  g_autoptr (GError) error = NULL;
  PnBundle *kept;

  *folder = g_build_filename (inputs->folder, name, NULL);
  argv[3] = *folder;
  g_spawn_sync (NULL, (char **) argv, NULL, G_SPAWN_SEARCH_PATH, NULL, NULL, NULL, NULL, NULL,
                &error);
  g_assert_no_error (error);
  fd = pn_open (*folder, O_RDONLY | O_DIRECTORY, &error);
  g_assert_no_error (error);
  kept = pn_bundle_open (fd, NULL, NULL, NULL, &error);
  g_assert_no_error (error);
  pn_bundle_free (bundle);
  return kept;
}

/* One bit of the middle; done twice, it is as it was. */
static void
alter (const char *folder, const PnArtefact *artefact)
{
  g_autofree char *path = g_build_filename (folder, artefact->name, NULL);
  g_auto (PnFd) fd = pn_open (path, O_RDWR, NULL);
  goffset middle = (goffset) artefact->size / 2;
  g_autoptr (GError) error = NULL;
  guint8 byte;

  (void) pn_pread_all (fd, &byte, 1, middle, &error);
  byte ^= 1;
  (void) pn_pwrite_all (fd, &byte, 1, middle, &error);
  g_assert_no_error (error);
}

/* Whoever altered it hides when: the time of the content can be set, the other cannot. */
static void
hide (const char *folder, const PnArtefact *artefact, const struct stat *before)
{
  g_autofree char *path = g_build_filename (folder, artefact->name, NULL);
  const struct timespec times[] = { before->st_atim, before->st_mtim };

  g_assert_cmpint (utimensat (AT_FDCWD, path, times, 0), ==, 0);
}

/* ---- the guard alone ---- */

static void
assert_altered (PnBundle *bundle, const PnArtefact *artefact)
{
  for (guint i = 0; i < 2; i++)
    {
      g_autoptr (GError) error = NULL;

      g_assert_false (pn_bundle_is_unchanged (bundle));
      g_assert_false (pn_bundle_check_whole (bundle, NULL, &error));
      g_assert_error (error, PN_ERROR, PN_ERROR_SIGNATURE);
      g_assert_nonnull (strstr (error->message, artefact->name));
    }
}

static void
assert_whole (PnBundle *bundle)
{
  g_autoptr (GError) error = NULL;

  g_assert_true (pn_bundle_check_whole (bundle, NULL, &error));
  g_assert_no_error (error);
  g_assert_true (pn_bundle_is_unchanged (bundle));
}

static void
test_guard (void)
{
  g_autofree char *folder = NULL;
  g_autoptr (PnBundle) bundle =
      import (pn_test_inputs_bundle (inputs, PN_MODE_SECURE_BOOT, PN_STORAGE_EMMC), &folder);
  PnManifest *manifest = pn_bundle_get_manifest (bundle);

  for (guint i = 0; i < pn_manifest_get_n_artefacts (manifest); i++)
    {
      const PnArtefact *artefact = pn_manifest_get_artefact (manifest, i);
      g_autofree char *path = g_build_filename (folder, artefact->name, NULL);
      struct stat before;

      assert_whole (bundle);
      g_assert_cmpint (stat (path, &before), ==, 0);
      alter (folder, artefact);
      hide (folder, artefact, &before);
      assert_altered (bundle, artefact);
      alter (folder, artefact);
      assert_whole (bundle);
      /* Only touched: it is hashed again, and that is that. */
      g_assert_cmpint (utimensat (AT_FDCWD, path, NULL, 0), ==, 0);
      g_assert_false (pn_bundle_is_unchanged (bundle));
      assert_whole (bundle);
    }
}

/* It is shorter, and what was cut off is lost. */
static void
test_cut (void)
{
  g_autofree char *folder = NULL;
  g_autoptr (PnBundle) bundle =
      import (pn_test_inputs_bundle (inputs, PN_MODE_NAKED, PN_STORAGE_EMMC), &folder);
  const PnArtefact *disk = pn_manifest_find (pn_bundle_get_manifest (bundle), PN_ROLE_DISK);
  g_autofree char *path = g_build_filename (folder, disk->name, NULL);

  g_assert_cmpint (truncate (path, (off_t) disk->size / 2), ==, 0);
  assert_altered (bundle, disk);
  g_assert_cmpint (truncate (path, (off_t) disk->size), ==, 0);
  assert_altered (bundle, disk);
}

/* A file that takes the place of an artefact is none of this bundle's, and is not looked at. */
static void
test_replaced (void)
{
  g_autofree char *folder = NULL;
  g_autoptr (PnBundle) bundle =
      import (pn_test_inputs_bundle (inputs, PN_MODE_NAKED, PN_STORAGE_EMMC), &folder);
  const PnArtefact *disk = pn_manifest_find (pn_bundle_get_manifest (bundle), PN_ROLE_DISK);
  g_autofree char *path = g_build_filename (folder, disk->name, NULL);
  g_autoptr (GError) error = NULL;

  assert_whole (bundle);
  g_file_set_contents (path, "something else", -1, &error);
  g_assert_no_error (error);
  assert_whole (bundle);
}

/* ---- a run ---- */

static const struct
{
  const char *name, *model;
  PnChip chip;
  PnMode mode;
  PnStorage storage;
  const char *layout;
} kits[] = {
  { "secure", "cm5", PN_CHIP_BCM2712, PN_MODE_SECURE_BOOT, PN_STORAGE_EMMC, NULL },
  { "no-eeprom", "zero2w", PN_CHIP_BCM2710, PN_MODE_FDE_ONLY, PN_STORAGE_SD, NULL },
  { "naked", "cm5", PN_CHIP_BCM2712, PN_MODE_NAKED, PN_STORAGE_EMMC, NULL },
  { "set", "cm4", PN_CHIP_BCM2711, PN_MODE_SECURE_BOOT, PN_STORAGE_EMMC, "slots" },
};

static PnBundle *
open_kit (gsize i)
{
  return kits[i].layout != NULL
             ? pn_test_inputs_set_bundle_for (inputs, kits[i].chip, kits[i].mode, kits[i].storage,
                                              kits[i].layout)
             : pn_test_inputs_bundle_for (inputs, kits[i].chip, kits[i].mode, kits[i].storage);
}

static void
run (PnTestDesk *desk)
{
  pn_virtual_device_plug (desk->device, TRUE);
  pn_test_desk_run (desk);
  pn_virtual_device_unplug (desk->device);
  while (pn_virtual_device_get_stage (desk->device) != PN_VIRTUAL_OFF)
    g_usleep (1000);
  pn_test_host_mend (desk->host);
}

static void
assert_untouched (PnTestDesk *desk, const char *device, const PnTestLook *before)
{
  g_auto (GStrv) journal = pn_test_host_get_journal (desk->host);
  g_auto (PnTestLook) after = { 0 };

  pn_test_look (device, &after);
  g_assert_cmpuint (g_strv_length (journal), ==, 0);
  g_assert_cmpstr (before->otp, ==, after.otp);
  g_assert_cmpstr (before->eeprom, ==, after.eeprom);
  g_assert_cmpint (before->storage, ==, after.storage);
  g_assert_cmpint (desk->result.condition, ==, PN_CONDITION_UNTOUCHED);
}

/* One after the other, an artefact of every role that no bundle before had. */
static void
run_altered (PnTestDesk *desk, const char *kept, const char *device)
{
  static gboolean seen[PN_N_ROLES];
  g_auto (PnTestLook) before = { 0 };

  pn_test_look (device, &before);
  for (guint i = 0; i < pn_manifest_get_n_artefacts (desk->job.manifest); i++)
    {
      const PnArtefact *artefact = pn_manifest_get_artefact (desk->job.manifest, i);

      if (seen[artefact->role])
        continue;
      seen[artefact->role] = TRUE;
      alter (kept, artefact);
      run (desk);
      g_assert_error (desk->error, PN_ERROR, PN_ERROR_SIGNATURE);
      g_assert_nonnull (strstr (desk->error->message, artefact->name));
      assert_untouched (desk, device, &before);
      alter (kept, artefact);
    }
}

/* ---- the disk deceives the station ---- */

/* In the place of the artefact @index: another file, of which the guard knows nothing. */
static int *
deceive (PnJob *job, guint index)
{
  const PnArtefact *artefact = pn_manifest_get_artefact (job->manifest, index);
  int *artefacts =
      g_memdup2 (job->artefacts, pn_manifest_get_n_artefacts (job->manifest) * sizeof (int));
  g_autofree guint8 *bytes = g_malloc (artefact->size);

  g_assert_true (pn_pread_all (job->artefacts[index], bytes, artefact->size, 0, NULL));
  bytes[artefact->size / 2] ^= 1;
  artefacts[index] = pn_temporary_file (NULL);
  g_assert_true (pn_pwrite_all (artefacts[index], bytes, artefact->size, 0, NULL));
  job->artefacts = artefacts;
  return artefacts;
}

static gboolean
is_streamed (PnRole role)
{
  return role == PN_ROLE_ROOT_FILESYSTEM || role == PN_ROLE_BOOT_PARTITION ||
         role == PN_ROLE_DISK || role == PN_ROLE_IMAGE_SET_FILE;
}

/* Nobody can know before it is sent; then no device passes. */
static void
run_deceived (PnTestDesk *desk)
{
  for (guint i = 0; i < pn_manifest_get_n_artefacts (desk->job.manifest); i++)
    {
      const PnArtefact *artefact = pn_manifest_get_artefact (desk->job.manifest, i);
      const int *whole = desk->job.artefacts;
      g_autofree int *artefacts = NULL;

      if (!is_streamed (artefact->role))
        continue;
      artefacts = deceive (&desk->job, i);
      run (desk);
      g_assert_error (desk->error, PN_ERROR, PN_ERROR_SIGNATURE);
      g_assert_nonnull (strstr (desk->error->message, artefact->name));
      g_assert_cmpint (desk->result.phase, ==, PN_PHASE_WRITE);
      g_assert_cmpint (desk->result.verdict, ==, PN_VERDICT_FAILED);
      g_assert_cmpint (desk->result.condition, ==, PN_CONDITION_POWER_CYCLE);
      pn_fd_close (artefacts[i]);
      desk->job.artefacts = whole;
    }
}

static void
test_run (gconstpointer data)
{
  gsize i = GPOINTER_TO_SIZE (data);
  g_autofree char *name = g_strconcat ("whole-", kits[i].name, NULL);
  g_autofree char *device = g_build_filename (inputs->folder, name, NULL);
  g_autofree char *kept = NULL;
  PnBundle *bundle = import (open_kit (i), &kept);
  PnTestDesk desk;

  pn_test_desk_begin (
      &desk, inputs, bundle,
      pn_test_inputs_model (inputs, name, kits[i].model, kits[i].storage, DISK, NULL));
  run_altered (&desk, kept, device);
  /* Once there is anything on its card, it does not come back by itself. */
  if (kits[i].chip != PN_CHIP_BCM2710)
    run_deceived (&desk);
  run (&desk);
  g_assert_no_error (desk.error);
  pn_test_desk_end (&desk);
}

/* ---- a station ---- */

static void
run_in_slot (PnTestStation *station, PnVirtualDevice *device, const char *slot, PnDbusRun **run)
{
  g_autoptr (PnDbusSlot) object = NULL;

  pn_test_station_attach (station, device, slot);
  pn_virtual_device_plug (device, TRUE);
  object = pn_test_station_wait_slot (station, slot);
  *run = pn_test_station_wait_run (station, object);
  while (g_str_equal (pn_dbus_run_get_verdict (*run), "running"))
    g_main_context_iteration (NULL, TRUE);
  pn_virtual_device_unplug (device);
}

static void
test_station (gconstpointer data)
{
  static const PnRole roles[] = { PN_ROLE_ROOT_FILESYSTEM, PN_ROLE_ROOT_METADATA,
                                  PN_ROLE_GADGET_SIGNATURE, PN_ROLE_DISK };
  gsize i = GPOINTER_TO_SIZE (data);
  g_autofree char *state = g_strconcat ("station-", kits[i].name, NULL);
  PnTestStation *station = pn_test_station_new (inputs, state, FALSE, NULL);
  g_autoptr (PnDbusBatch) batch = pn_test_station_open (station, inputs, kits[i].mode, 9, TRUE);
  g_autoptr (PnBundle) bundle = open_kit (i);
  g_autofree char *kept =
      g_build_filename (station->state, "bundles", pn_dbus_batch_get_bundle (batch), NULL);

  for (guint j = 0; j <= G_N_ELEMENTS (roles); j++)
    {
      const PnArtefact *artefact =
          j < G_N_ELEMENTS (roles) ? pn_manifest_find (pn_bundle_get_manifest (bundle), roles[j])
                                   : NULL;
      g_autofree char *slot = g_strdup_printf ("whole-%s-%u", kits[i].name, j);
      g_autofree char *folder = g_build_filename (inputs->folder, slot, NULL);
      g_autoptr (PnVirtualDevice) device = NULL;
      g_autoptr (PnDbusRun) run = NULL;
      g_auto (PnTestLook) before = { 0 };
      g_auto (PnTestLook) after = { 0 };

      if (artefact == NULL && j < G_N_ELEMENTS (roles))
        continue;
      device = pn_test_inputs_model (inputs, slot, "cm5", PN_STORAGE_EMMC, DISK, NULL);
      pn_test_look (folder, &before);
      if (artefact != NULL)
        alter (kept, artefact);
      /* Several that fail alike pause the station: somebody has looked. */
      g_assert_true (pn_dbus_manager_call_set_paused_sync (station->manager, FALSE,
                                                           pn_test_options (NULL, NULL),
                                                           G_DBUS_CALL_FLAGS_NONE, -1, NULL, NULL));
      run_in_slot (station, device, slot, &run);
      pn_test_look (folder, &after);
      g_test_message ("%s: %s", artefact != NULL ? artefact->name : "-",
                      pn_dbus_run_get_message (run));
      if (artefact == NULL)
        {
          g_assert_cmpstr (pn_dbus_run_get_verdict (run), ==, "passed");
          continue;
        }
      alter (kept, artefact);
      g_assert_cmpstr (pn_dbus_run_get_verdict (run), ==, "failed");
      g_assert_cmpstr (pn_dbus_run_get_condition (run), ==, "untouched");
      g_assert_false (pn_dbus_run_get_permanent (run));
      g_assert_nonnull (strstr (pn_dbus_run_get_message (run), artefact->name));
      g_assert_cmpstr (before.otp, ==, after.otp);
      g_assert_cmpstr (before.eeprom, ==, after.eeprom);
      g_assert_cmpint (before.storage, ==, after.storage);
    }
  g_assert_cmpuint (pn_dbus_batch_get_used (batch), ==, 1);
  pn_test_station_free (station);
}

static void
add (const char *what, gsize i, GTestDataFunc func)
{
  g_autofree char *path = g_strdup_printf ("/whole/%s/%s", what, kits[i].name);

  g_test_add_data_func (path, GSIZE_TO_POINTER (i), func);
}

int
main (int argc, char **argv)
{
  GTestDBus *bus;
  int status;

  g_test_init (&argc, &argv, NULL);
  bus = pn_test_bus_new ();
  inputs = pn_test_inputs_new ();
  g_test_add_func ("/whole/guard", test_guard);
  g_test_add_func ("/whole/cut", test_cut);
  g_test_add_func ("/whole/replaced", test_replaced);
  for (gsize i = 0; i < G_N_ELEMENTS (kits); i++)
    add ("run", i, test_run);
  add ("station", 0, test_station);
  add ("station", 2, test_station);
  status = g_test_run ();
  pn_test_inputs_free (inputs);
  g_test_dbus_down (bus);
  g_object_unref (bus);
  return status;
}
