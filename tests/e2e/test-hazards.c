/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What went wrong with the scripts that came before (workflows.md §12), one test for each hazard:
 * it has to be impossible here. They are told from the device, its storage and the bundle's files.
 */
#include "config.h"

#include <fcntl.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/stat.h>

#include "pn-bytes.h"
#include "pn-io.h"
#include "pn-partition-table.h"
#include "pn-recipe.h"
#include "pn-sparse.h"
#include "pn-test-desk.h"

#define MIB (G_GUINT64_CONSTANT (1024) * 1024)
#define DISK (640 * MIB)
#define OLD 0xa5 /* what the disk is full of where it was used before */

static PnTestInputs *inputs;

/* ---- what the tests share ---- */

static void
begin_on (PnTestDesk *desk, PnMode mode, PnVirtualDevice *device)
{
  pn_test_desk_begin (desk, inputs, pn_test_inputs_bundle (inputs, mode, PN_STORAGE_EMMC), device);
}

static void
begin (PnTestDesk *desk, const char *name, PnMode mode)
{
  begin_on (desk, mode, pn_test_inputs_device (inputs, name, PN_STORAGE_EMMC, DISK, TRUE));
}

static void
run (PnTestDesk *desk)
{
  pn_virtual_device_unplug (desk->device);
  pn_virtual_device_plug (desk->device, FALSE);
  pn_test_desk_run (desk);
}

static void
run_to_the_end (PnTestDesk *desk)
{
  run (desk);
  g_assert_no_error (desk->error);
  g_assert_cmpint (desk->result.verdict, ==, PN_VERDICT_PASSED);
}

static char *
file_of (const char *device, const char *name)
{
  return g_build_filename (inputs->folder, device, name, NULL);
}

static char *
hash_file (const char *path)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *data = NULL;
  gsize size;

  g_file_get_contents (path, &data, &size, &error);
  g_assert_no_error (error);
  return g_compute_checksum_for_data (G_CHECKSUM_SHA256, (const guint8 *) data, size);
}

static char *
hash_eeprom (const char *device)
{
  g_autofree char *path = file_of (device, "eeprom.bin");

  return g_file_test (path, G_FILE_TEST_EXISTS) ? hash_file (path) : g_strdup ("never written");
}

/* Two tools of e2fsprogs and coreutils judge what came onto the disk. */
static void
judge (const char *script)
{
  const char *argv[] = { "/bin/bash", "-euo", "pipefail", "-c", script, NULL };
  g_autofree char *complaint = NULL;
  g_autoptr (GError) error = NULL;
  int status;

  g_spawn_sync (inputs->folder, (char **) argv, NULL, G_SPAWN_DEFAULT, NULL, NULL, NULL, &complaint,
                &status, &error);
  g_assert_no_error (error);
  if (status != 0)
    g_test_message ("%s", complaint);
  g_assert_cmpint (status, ==, 0);
}

/* ---- old contents ---- */

static void
use_disk (const char *device)
{
  g_autofree char *path = file_of (device, "storage.img");
  g_autofree guint8 *old = g_malloc (MIB);
  g_autoptr (GError) error = NULL;
  g_auto (PnFd) fd = pn_open (path, O_WRONLY, &error);

  g_assert_no_error (error);
  memset (old, OLD, MIB);
  for (guint64 at = 0; at < DISK; at += MIB)
    g_assert_true (pn_pwrite_all (fd, old, MIB, (goffset) at, &error));
}

/* Bytes of the old contents in @size bytes at @offset. */
static guint64
count_old (const char *device, guint64 offset, guint64 size)
{
  g_autofree char *path = file_of (device, "storage.img");
  g_autofree guint8 *data = g_malloc (size);
  g_autofree guint8 *old = g_malloc (512);
  g_autoptr (GError) error = NULL;
  g_auto (PnFd) fd = pn_open (path, O_RDONLY, &error);
  guint64 found = 0;

  g_assert_true (pn_pread_all (fd, data, size, (goffset) offset, &error));
  memset (old, OLD, 512);
  for (guint64 at = 0; at < size; at += 512)
    found += memcmp (data + at, old, 512) == 0 ? 512 : 0;
  return found;
}

static PnPartitionTable *
read_table (const char *device)
{
  g_autofree char *path = file_of (device, "storage.img");
  g_autoptr (GError) error = NULL;
  g_auto (PnFd) fd = pn_open (path, O_RDONLY, &error);
  PnPartitionTable *table = fd >= 0 ? pn_partition_table_read_fd (fd, &error) : NULL;

  g_assert_no_error (error);
  return table;
}

static guint64
get_start (const char *device, guint partition)
{
  g_autoptr (PnPartitionTable) table = read_table (device);

  return ((PnPartition *) table->partitions->pdata[partition])->offset;
}

static void
assert_starts_clean (const char *device)
{
  g_autoptr (PnPartitionTable) table = read_table (device);

  g_assert_cmpuint (count_old (device, 0, 4 * MIB), ==, 0);
  g_assert_cmpuint (table->partitions->len, >=, 2);
  for (guint i = 0; i < table->partitions->len; i++)
    {
      const PnPartition *partition = table->partitions->pdata[i];

      g_assert_cmpuint (count_old (device, partition->offset, MIN (MIB, partition->size)), ==, 0);
    }
  g_assert_cmpuint (count_old (device, DISK - MIB, MIB), ==, 0);
}

/* H-1: what could be taken for a table, a file system or a LUKS header is overwritten, and nobody
 * says that the rest were. */
static void
run_h1 (PnTestDesk *desk, const char *name)
{
  g_autofree char *log = NULL;

  use_disk (name);
  run_to_the_end (desk);
  assert_starts_clean (name);
  g_assert_cmpuint (count_old (name, 0, DISK), >, MIB);
  log = pn_test_host_get_log (desk->host);
  g_assert_nonnull (strstr (log, "were stored before stay"));
  g_assert_cmpstr (pn_test_host_get_evidence (desk->host, "old-contents"), ==,
                   "headers-overwritten");
  pn_test_desk_end (desk);
}

static void
test_h1 (gconstpointer data)
{
  PnMode mode = (PnMode) GPOINTER_TO_INT (data);
  g_autofree char *name = g_strdup_printf ("h1-%s", pn_mode_to_word (mode));
  PnTestDesk desk;

  begin (&desk, name, mode);
  run_h1 (&desk, name);
}

/* The same of an image set, whose partitions the device makes. */
static void
test_h1_set (void)
{
  PnTestDesk desk;

  pn_test_desk_begin (&desk, inputs,
                      pn_test_inputs_set_bundle (inputs, PN_MODE_SECURE_BOOT, "slots"),
                      pn_test_inputs_device (inputs, "h1-set", PN_STORAGE_EMMC, DISK, TRUE));
  run_h1 (&desk, "h1-set");
}

static gboolean
read_runs_cb (gpointer runs, guint64 offset, void *buffer, gsize size, GError **error)
{
  return pn_runs_read (runs, offset, buffer, size, error);
}

static guint64
count_skipped (PnRuns *runs, guint64 offset, guint64 size)
{
  guint64 first = offset / PN_RUN_BLOCK_SIZE;
  guint64 end = (offset + size) / PN_RUN_BLOCK_SIZE;
  guint64 found = 0;
  guint n_runs;
  const PnRun *all = pn_runs_get (runs, &n_runs);

  for (guint i = 0; i < n_runs; i++)
    if (all[i].kind == PN_RUN_SKIP)
      {
        guint64 from = MAX (all[i].first_block, first);
        guint64 to = MIN (all[i].first_block + all[i].n_blocks, end);

        found += to > from ? to - from : 0;
      }
  return found;
}

/* An image of a whole disk brings its partitions: no free block of one is left alone where the
 * header of something older may lie. */
static void
test_h1_free (void)
{
  g_autoptr (PnBundle) bundle = pn_test_inputs_bundle (inputs, PN_MODE_NAKED, PN_STORAGE_EMMC);
  const PnArtefact *disk = pn_manifest_find (pn_bundle_get_manifest (bundle), PN_ROLE_DISK);
  g_autoptr (PnPartitionTable) table = NULL;
  g_autoptr (PnRuns) runs = NULL;
  g_autoptr (GError) error = NULL;

  runs = pn_sparse_parse_fd (pn_bundle_get_fd (bundle, PN_ROLE_DISK), 0, disk->size,
                             PN_SPARSE_STRICT, &error);
  g_assert_no_error (error);
  table = pn_partition_table_parse (read_runs_cb, runs,
                                    pn_runs_get_n_blocks (runs) * PN_RUN_BLOCK_SIZE, &error);
  g_assert_no_error (error);
  for (guint i = 0; i < table->partitions->len; i++)
    {
      const PnPartition *partition = table->partitions->pdata[i];

      g_assert_cmpuint (count_skipped (runs, partition->offset, partition->size), >, 0);
      g_assert_cmpuint (count_skipped (runs, partition->offset, MIB), ==, 0);
    }
}

/* H-10: a block that has to read as zero does so on a disk that was used before, too. */
static void
test_h10 (void)
{
  static const char *const names[] = { "h10-clean", "h10-used" };

  for (guint i = 0; i < G_N_ELEMENTS (names); i++)
    {
      PnTestDesk desk;

      begin (&desk, names[i], PN_MODE_NAKED);
      if (i > 0)
        use_disk (names[i]);
      run_to_the_end (&desk);
      pn_test_desk_end (&desk);
    }
  g_assert_cmpuint (get_start (names[0], 1), ==, get_start (names[1], 1));
  judge ("PATH=$PATH:/usr/sbin:/sbin\n"
         "for one in h10-clean h10-used; do\n"
         "  start=$(sfdisk --json $one/storage.img | python3 -c 'import json, sys;"
         " print(json.load(sys.stdin)[\"partitiontable\"][\"partitions\"][1][\"start\"])')\n"
         "  e2fsck -fn \"$one/storage.img?offset=$((start * 512))\" >/dev/null\n"
         "  mkdir $one/tree\n"
         "  debugfs -R \"rdump / $one/tree\" \"$one/storage.img?offset=$((start * 512))\" "
         "2>/dev/null\n"
         "done\n"
         "diff -r h10-clean/tree h10-used/tree\n"
         "cmp -n 3000000 h10-used/tree/usr/share/data/zeros.bin /dev/zero\n"
         "cmp -n 20000000 h10-used/tree/usr/share/data/sparse.bin /dev/zero\n"
         "rm -rf h10-clean h10-used\n");
}

/* ---- keys and permanent things ---- */

/* H-2: whether anything is signed follows from the mode, never from a key that is there. */
static void
test_h2 (void)
{
  g_autoptr (PnBundle) bundle = pn_test_inputs_bundle (inputs, PN_MODE_NAKED, PN_STORAGE_EMMC);
  PnSha256 other = { .bytes = { 1 } };
  PnTestDesk desk;

  g_assert_null (pn_manifest_get_public_key (pn_bundle_get_manifest (bundle)));
  for (PnRole role = 0; role < PN_N_ROLES; role++)
    if (role == PN_ROLE_RECOVERY_COUNTERSIGNED || role == PN_ROLE_BOOTFILES_COUNTERSIGNED ||
        role == PN_ROLE_RECOVERY_CONFIG_LOCK || role == PN_ROLE_GADGET_SIGNATURE)
      g_assert_null (pn_manifest_find (pn_bundle_get_manifest (bundle), role));
  begin (&desk, "h2-blank", PN_MODE_NAKED);
  run_to_the_end (&desk);
  g_assert_true (pn_test_desk_otp_is_blank (&desk));
  pn_test_desk_end (&desk);

  begin (&desk, "h2-fused", PN_MODE_NAKED);
  g_assert_true (pn_virtual_device_burn (desk.device, other.bytes, NULL));
  run (&desk);
  g_assert_cmpint (desk.result.verdict, ==, PN_VERDICT_REFUSED);
  g_assert_true (pn_test_desk_storage_is_blank (&desk, "h2-fused"));
  pn_test_desk_end (&desk);
}

/* H-8: a device's own key is made only where the bundle says so and a consent names that. */
static void
test_h8 (void)
{
  PnTestDesk desk;

  begin (&desk, "h8-naked", PN_MODE_NAKED);
  run_to_the_end (&desk);
  g_assert_false (pn_test_desk_has_device_key (&desk));
  g_assert_cmpuint (pn_test_host_count_intents (desk.host, "device-key"), ==, 0);
  pn_test_desk_end (&desk);

  begin (&desk, "h8-fde", PN_MODE_FDE_ONLY);
  g_assert_true (g_strv_contains (pn_manifest_get_permanent (desk.job.manifest), "device-key"));
  desk.job.permit_permanent = FALSE;
  run (&desk);
  g_assert_cmpint (desk.result.verdict, ==, PN_VERDICT_REFUSED);
  g_assert_false (pn_test_desk_has_device_key (&desk));
  pn_test_desk_end (&desk);
}

static PnRecipe *
parse (const char *mode, const char *chip, const char *more, GError **error)
{
  g_autofree char *text = g_strdup_printf (
      "[Recipe]\nName=h\nMode=%s\nChip=%s\nStorage=%s\n[Image]\nFile=gold-master.img\n[Firmware]\n"
      "Eeprom=pieeprom.bin\nRecovery=recovery.bin\nBootfiles=bootfiles.bin\n"
      "Gadget=fastboot-gadget.img\nInitramfs=cryptroot_initramfs\n[Key]\nPem=customer.pem\n%s",
      mode, chip, g_str_equal (chip, "bcm2710") ? "sd" : "emmc", more);
  g_autoptr (GBytes) bytes = g_bytes_new (text, strlen (text));

  return pn_recipe_parse (bytes, inputs->folder, error);
}

static void
assert_parses (gboolean wanted, const char *mode, const char *chip, const char *more)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (PnRecipe) recipe = parse (mode, chip, more, &error);

  if (error != NULL)
    g_test_message ("%s %s %s: %s", mode, chip, more, error->message);
  g_assert_cmpint (recipe != NULL, ==, wanted);
}

/* H-9: no cipher is offered that the provisioning system may not be able to format. */
static void
test_h9 (void)
{
  assert_parses (TRUE, "secure-boot", "bcm2712", "[Encryption]\nCipher=aes-xts-plain64\n");
  assert_parses (FALSE, "secure-boot", "bcm2712",
                 "[Encryption]\nCipher=xchacha12,aes-adiantum-plain64\n");
}

/* H-15: what no board can be is refused before anything is sent. */
static void
test_h15 (void)
{
  PnTestDesk desk;

  assert_parses (FALSE, "secure-boot", "bcm2710", "");
  assert_parses (FALSE, "secure-boot", "", "");
  begin_on (&desk, PN_MODE_NAKED,
            pn_test_inputs_model (inputs, "h15", "zero2w", PN_STORAGE_SD, DISK, NULL));
  run (&desk);
  pn_test_desk_assert_refused (&desk, "h15", PN_ERROR_WRONG_DEVICE);
  pn_test_desk_end (&desk);
}

/* H-18: a permanent option is on or off in exactly one way, and the consent names it. */
static void
test_h18 (void)
{
  static const char *const odd[] = { "1", "0", "yes", "no", "on", "TRUE", "" };
  g_autoptr (PnBundle) bundle =
      pn_test_inputs_bundle (inputs, PN_MODE_SECURE_BOOT, PN_STORAGE_EMMC);
  const char *const *permanent = pn_manifest_get_permanent (pn_bundle_get_manifest (bundle));
  PnTestDesk desk;

  assert_parses (TRUE, "secure-boot", "bcm2712", "[Permanent]\nJtagLock=true\n");
  assert_parses (TRUE, "secure-boot", "bcm2712", "[Permanent]\nJtagLock=false\n");
  for (guint i = 0; i < G_N_ELEMENTS (odd); i++)
    {
      g_autofree char *more = g_strdup_printf ("[Permanent]\nJtagLock=%s\n", odd[i]);

      assert_parses (FALSE, "secure-boot", "bcm2712", more);
    }
  g_assert_true (g_strv_contains (permanent, "customer-key"));
  g_assert_false (g_strv_contains (permanent, "jtag-lock"));
  begin (&desk, "h18", PN_MODE_SECURE_BOOT);
  run_to_the_end (&desk);
  g_assert_false (pn_virtual_device_get_jtag_locked (desk.device));
  pn_test_desk_end (&desk);
}

/* H-21: a BCM2711 that is locked without a pin for USB boot could never be reached again. */
static void
test_h21 (void)
{
  assert_parses (FALSE, "secure-boot", "bcm2711", "");
  assert_parses (TRUE, "secure-boot", "bcm2711", "[Permanent]\nRpibootGpio=8\n");
  assert_parses (FALSE, "secure-boot", "bcm2711", "[Permanent]\nRpibootGpio=3\n");
}

/* H-22: a blank board gets what a blank board starts; and one that a signed EEPROM has made dead
 * comes back with any run that locks nothing. */
static void
test_h22 (void)
{
  g_autofree char *locked = NULL;
  g_autofree char *dead = file_of ("h22-dead", "eeprom.bin");
  g_autofree char *rescued = NULL;
  g_autofree char *plain = NULL;
  g_autofree char *signed_eeprom = NULL;
  g_autofree char *folder = g_path_get_dirname (dead);
  g_autofree char *path = file_of ("h22-blank", "eeprom.bin");
  g_autoptr (GError) error = NULL;
  gsize size;
  PnTestDesk desk;

  begin (&desk, "h22-blank", PN_MODE_SECURE_BOOT);
  run_to_the_end (&desk);
  pn_test_desk_assert_locked_with_ours (&desk);
  pn_test_desk_end (&desk);
  locked = hash_eeprom ("h22-blank");

  g_assert_cmpint (g_mkdir_with_parents (folder, 0700), ==, 0);
  g_file_get_contents (path, &signed_eeprom, &size, &error);
  g_assert_no_error (error);
  g_file_set_contents (dead, signed_eeprom, (gssize) size, &error);
  g_assert_no_error (error);
  begin (&desk, "h22-dead", PN_MODE_NAKED);
  run_to_the_end (&desk);
  pn_test_desk_end (&desk);
  begin (&desk, "h22-plain", PN_MODE_NAKED);
  run_to_the_end (&desk);
  pn_test_desk_end (&desk);
  rescued = hash_eeprom ("h22-dead");
  plain = hash_eeprom ("h22-plain");
  g_assert_cmpstr (rescued, !=, locked);
  g_assert_cmpstr (rescued, ==, plain);
}

/* ---- every device, every time ---- */

/* H-3: the boot firmware of the second device is written like that of the first. */
static void
test_h3 (void)
{
  static const char *const names[] = { "h3-first", "h3-second" };
  g_autofree char *first = NULL;
  g_autofree char *second = NULL;

  for (guint i = 0; i < G_N_ELEMENTS (names); i++)
    {
      PnTestDesk desk;
      g_autofree char *before = NULL;
      g_autofree char *after = NULL;

      begin (&desk, names[i], PN_MODE_NAKED);
      before = hash_eeprom (names[i]);
      run_to_the_end (&desk);
      after = hash_eeprom (names[i]);
      g_assert_cmpstr (before, !=, after);
      g_assert_cmpstr (pn_test_host_get_evidence (desk.host, "EEPROM_UPDATE"), ==, "success");
      pn_test_desk_end (&desk);
    }
  first = hash_eeprom (names[0]);
  second = hash_eeprom (names[1]);
  g_assert_cmpstr (first, ==, second);
}

static int
compare_lines (gconstpointer first, gconstpointer second)
{
  return strcmp (*(const char *const *) first, *(const char *const *) second);
}

/* "name hash" of all that is in a bundle. */
static char *
hash_bundle (const char *folder)
{
  g_autoptr (GDir) dir = g_dir_open (folder, 0, NULL);
  g_autoptr (GPtrArray) lines = g_ptr_array_new_with_free_func (g_free);
  const char *name;

  g_assert_nonnull (dir);
  while ((name = g_dir_read_name (dir)) != NULL)
    {
      g_autofree char *path = g_build_filename (folder, name, NULL);
      g_autofree char *hash = hash_file (path);

      g_ptr_array_add (lines, g_strdup_printf ("%s %s", name, hash));
    }
  g_ptr_array_sort (lines, compare_lines);
  g_ptr_array_add (lines, NULL);
  return g_strjoinv ("\n", (char **) lines->pdata);
}

/* H-4: a run changes nothing in its bundle, and a blank board passes after one that is ours. */
static void
test_h4 (void)
{
  g_autofree char *folder = g_build_filename (inputs->folder, "bundle-secure-boot-emmc", NULL);
  g_autofree char *before = NULL;
  g_autofree char *after = NULL;
  PnTestDesk desk;

  begin (&desk, "h4-ours", PN_MODE_SECURE_BOOT);
  before = hash_bundle (folder);
  run_to_the_end (&desk);
  run_to_the_end (&desk);
  pn_test_desk_end (&desk);
  begin (&desk, "h4-blank", PN_MODE_SECURE_BOOT);
  run_to_the_end (&desk);
  pn_test_desk_end (&desk);
  after = hash_bundle (folder);
  g_assert_cmpstr (before, ==, after);
}

/* H-12: a bundle is what its seal says; another content is another bundle. */
static void
test_h12 (void)
{
  g_autoptr (PnBundle) emmc = pn_test_inputs_bundle (inputs, PN_MODE_NAKED, PN_STORAGE_EMMC);
  g_autoptr (PnBundle) altered = NULL;
  g_autofree char *copy = g_build_filename (inputs->folder, "h12", NULL);
  g_autoptr (GError) error = NULL;
  g_auto (PnFd) fd = -1;

  judge ("cp -r bundle-naked-emmc h12\n"
         "chmod -R u+w h12\n"
         "printf x | dd of=h12/disk.simg bs=1 seek=4096 conv=notrunc status=none\n");
  fd = pn_open (copy, O_RDONLY | O_DIRECTORY, &error);
  g_assert_no_error (error);
  altered = pn_bundle_open (fd, NULL, NULL, NULL, &error);
  g_assert_null (altered);
  g_test_message ("%s", error->message);
}

/* H-16: what a run does was fixed when it began, whatever becomes of the files meanwhile. */
static void
remove_bundle_cb (PnPhase phase, gpointer user_data)
{
  if (phase == PN_PHASE_LOCK)
    judge ("rm -r bundle-fde-only-nvme");
}

static void
test_h16 (void)
{
  PnTestDesk desk;

  pn_test_desk_begin (&desk, inputs,
                      pn_test_inputs_bundle (inputs, PN_MODE_FDE_ONLY, PN_STORAGE_NVME),
                      pn_test_inputs_device (inputs, "h16", PN_STORAGE_NVME, DISK, FALSE));
  pn_test_host_set_phase_func (desk.host, remove_bundle_cb, &desk);
  pn_virtual_device_plug (desk.device, TRUE);
  pn_test_desk_run (&desk);
  g_assert_no_error (desk.error);
  g_assert_cmpint (desk.result.verdict, ==, PN_VERDICT_PASSED);
  pn_test_desk_end (&desk);
}

/* ---- evidence and order ---- */

static void
run_with_fault (PnTestDesk *desk, const char *name, PnMode mode, const char *fault)
{
  PnVirtualFaults faults = pn_virtual_faults_none ();
  g_autoptr (GError) error = NULL;

  begin (desk, name, mode);
  g_assert_true (pn_virtual_faults_add (&faults, fault, &error));
  pn_virtual_device_set_faults (desk->device, &faults);
  run (desk);
}

/* H-5: that all was sent is no success; what the device says of itself is. */
static void
test_h5 (void)
{
  static const char *const faults[] = { "silent-metadata", "wrong-eeprom-hash" };

  for (guint i = 0; i < G_N_ELEMENTS (faults); i++)
    {
      g_autofree char *name = g_strdup_printf ("h5-%s", faults[i]);
      PnTestDesk desk;

      run_with_fault (&desk, name, PN_MODE_SECURE_BOOT, faults[i]);
      g_assert_false (desk.passed);
      g_assert_true (pn_test_desk_storage_is_blank (&desk, name));
      pn_test_desk_end (&desk);
    }
}

/* H-6: nothing on the storage changes before all that has to follow is known to work. */
static void
test_h6 (void)
{
  PnTestDesk desk;

  begin_on (&desk, PN_MODE_SECURE_BOOT,
            pn_test_inputs_device (inputs, "h6-small", PN_STORAGE_EMMC, 64 * MIB, TRUE));
  run (&desk);
  pn_test_desk_assert_refused (&desk, "h6-small", PN_ERROR_NO_SPACE);
  g_assert_true (pn_test_desk_otp_is_blank (&desk));
  pn_test_desk_end (&desk);

  /* The root file system cannot be made to fit. */
  pn_test_desk_begin_unplugged (
      &desk, inputs, pn_test_inputs_bundle (inputs, PN_MODE_SECURE_BOOT, PN_STORAGE_EMMC),
      pn_test_inputs_device (inputs, "h6-growth", PN_STORAGE_EMMC, DISK, TRUE));
  g_object_unref (desk.host);
  desk.host = pn_test_host_new (NULL);
  pn_test_desk_connect (&desk);
  run (&desk);
  g_assert_false (desk.passed);
  g_assert_cmpint (desk.result.condition, ==, PN_CONDITION_UNTOUCHED);
  g_assert_true (pn_test_desk_otp_is_blank (&desk));
  g_assert_true (pn_test_desk_storage_is_blank (&desk, "h6-growth"));
  pn_test_desk_end (&desk);
}

/* H-7: a device that somebody is done with is not begun again by being there. */
static void
test_h7 (void)
{
  PnTestDesk desk;

  begin (&desk, "h7", PN_MODE_NAKED);
  pn_test_host_deny (desk.host, "This device is done");
  run (&desk);
  g_assert_cmpint (desk.result.verdict, ==, PN_VERDICT_REFUSED);
  g_assert_true (pn_test_desk_storage_is_blank (&desk, "h7"));
  pn_test_desk_end (&desk);
}

/* H-11: who writes is not who says that it was written: the device reads back over USB. */
static void
test_h11 (void)
{
  PnTestDesk desk;

  run_with_fault (&desk, "h11", PN_MODE_NAKED, "flip-bit=1048581");
  g_assert_error (desk.error, PN_ERROR, PN_ERROR_VERIFY);
  g_assert_cmpint (desk.result.verdict, ==, PN_VERDICT_FAILED);
  g_assert_false (pn_virtual_device_is_done (desk.device));
  pn_test_desk_end (&desk);
}

/* H-13: a device that comes back under other names is one device: what counts is the socket. */
static void
test_h13 (void)
{
  PnTestDesk desk;

  pn_test_desk_begin (
      &desk, inputs,
      pn_test_inputs_bundle_for (inputs, PN_CHIP_BCM2710, PN_MODE_NAKED, PN_STORAGE_SD),
      pn_test_inputs_model (inputs, "h13", "zero2w", PN_STORAGE_SD, DISK, NULL));
  run_to_the_end (&desk);
  g_assert_cmpuint (strlen (desk.result.facts.serial), ==, 16);
  pn_test_desk_end (&desk);
}

/* H-14: however a run ends, it has a verdict, a reason, and says what is to be done. */
static void
test_h14 (void)
{
  static const char *const faults[] = { "reject-recovery", "reject-gadget", "stall-after=2",
                                        "unplug-after=300000", "fail-write-at=5000000" };

  for (guint i = 0; i < G_N_ELEMENTS (faults); i++)
    {
      g_autofree char *name = g_strdup_printf ("h14-%u", i);
      PnTestDesk desk;

      run_with_fault (&desk, name, PN_MODE_SECURE_BOOT, faults[i]);
      g_assert_false (desk.passed);
      g_assert_cmpint (desk.result.verdict, !=, PN_VERDICT_RUNNING);
      g_assert_cmpint (desk.result.verdict, !=, PN_VERDICT_PASSED);
      g_assert_cmpuint (strlen (desk.error->message), >, 0);
      g_assert_cmpuint (strlen (pn_run_result_advice (&desk.result)), >, 0);
      pn_test_desk_end (&desk);
    }
}

/* H-17: when a run has passed, the power may go at once: everything is there, and was read back. */
static void
test_h17 (void)
{
  PnTestDesk desk;

  begin (&desk, "h17", PN_MODE_NAKED);
  run (&desk);
  pn_virtual_device_unplug (desk.device);
  g_assert_no_error (desk.error);
  g_assert_cmpuint (desk.result.bytes_verified, >=, desk.result.bytes_sent);
  g_assert_true (pn_virtual_device_is_done (desk.device));
  pn_test_desk_end (&desk);
}

/* H-19: the doors into the provisioning system that would take any file are not in our program. */
static void
test_h19 (void)
{
  static const char *const doors[] = { "oem download-file", "oem upload-file", "oem mount",
                                       "oem exec" };
  g_autofree char *path =
      g_build_filename (g_getenv ("PUNNET_BUILD_ROOT"), "src", "worker", "punnet-worker", NULL);
  g_autofree char *program = NULL;
  g_autoptr (GError) error = NULL;
  gsize size;

  g_file_get_contents (path, &program, &size, &error);
  g_assert_no_error (error);
  g_assert_nonnull (memmem (program, size, "oem partinit", strlen ("oem partinit")));
  for (guint i = 0; i < G_N_ELEMENTS (doors); i++)
    g_assert_null (memmem (program, size, doors[i], strlen (doors[i])));
}

/* H-20: a device that hangs is given up, and its socket is free for the next. */
static void
test_h20 (void)
{
  PnVirtualFaults none = pn_virtual_faults_none ();
  PnTestDesk desk;

  run_with_fault (&desk, "h20", PN_MODE_NAKED, "stall-after=3");
  g_assert_error (desk.error, PN_ERROR, PN_ERROR_TIMED_OUT);
  pn_virtual_device_set_faults (desk.device, &none);
  run_to_the_end (&desk);
  pn_test_desk_end (&desk);
}

int
main (int argc, char **argv)
{
  int status;

  g_test_init (&argc, &argv, NULL);
  inputs = pn_test_inputs_new ();
  g_test_add_data_func ("/hazard/H-1/naked", GINT_TO_POINTER (PN_MODE_NAKED), test_h1);
  g_test_add_data_func ("/hazard/H-1/secure-boot", GINT_TO_POINTER (PN_MODE_SECURE_BOOT), test_h1);
  g_test_add_func ("/hazard/H-1/image-set", test_h1_set);
  g_test_add_func ("/hazard/H-1/free-blocks", test_h1_free);
  g_test_add_func ("/hazard/H-2/a-key-that-is-there-signs-nothing", test_h2);
  g_test_add_func ("/hazard/H-3/firmware-of-every-device", test_h3);
  g_test_add_func ("/hazard/H-4/bundles-do-not-change", test_h4);
  g_test_add_func ("/hazard/H-5/sent-is-not-done", test_h5);
  g_test_add_func ("/hazard/H-6/nothing-before-all-is-ready", test_h6);
  g_test_add_func ("/hazard/H-7/done-is-done", test_h7);
  g_test_add_func ("/hazard/H-8/device-key-by-consent", test_h8);
  g_test_add_func ("/hazard/H-9/ciphers", test_h9);
  g_test_add_func ("/hazard/H-10/zeros-are-written", test_h10);
  g_test_add_func ("/hazard/H-11/read-back-over-usb", test_h11);
  g_test_add_func ("/hazard/H-12/content-is-the-name", test_h12);
  g_test_add_func ("/hazard/H-13/one-device-by-many-names", test_h13);
  g_test_add_func ("/hazard/H-14/every-end-is-told", test_h14);
  g_test_add_func ("/hazard/H-15/the-matrix", test_h15);
  g_test_add_func ("/hazard/H-16/a-run-is-fixed", test_h16);
  g_test_add_func ("/hazard/H-17/power-off-after-done", test_h17);
  g_test_add_func ("/hazard/H-18/permanent-options-are-strict", test_h18);
  g_test_add_func ("/hazard/H-19/no-door-for-files", test_h19);
  g_test_add_func ("/hazard/H-20/a-hung-device-is-given-up", test_h20);
  g_test_add_func ("/hazard/H-21/a-pin-for-usb-boot", test_h21);
  g_test_add_func ("/hazard/H-22/dead-boards-come-back", test_h22);
  status = g_test_run ();
  pn_test_inputs_free (inputs);
  return status;
}
