/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One device under one fault: a run in which something goes wrong, then the device is unplugged and
 * plugged in again, and nothing goes wrong any more. What is said of it is held against what it is,
 * which is read from its OTP, its EEPROM and its storage. */
#include "config.h"

#include "pn-test-trial-private.h"

#include <fcntl.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "pn-chip.h"
#include "pn-io.h"
#include "pn-layout.h"

#define MIB (G_GUINT64_CONSTANT (1024) * 1024)
#define PIECE (8 * MIB) /* that a device takes at once, so that its network fails between two */
#define SMALL_DISK (100 * MIB)
#define MAX_SECONDS 60 /* of a run whose limits are a few seconds in all */

static const char *const state_words[] = { "fresh",     "done",       "ours",      "old-eeprom",
                                           "other-key", "device-key", "used-disk", "open",
                                           "protected", "small",      "no-storage" };
static const char *const fault_words[] = {
  "none",   "unplug",  "stall",      "fail",         "lie",           "flip",
  "cancel", "kill",    "refuse",     "network-cut",  "network-stall", "silent",
  "unread", "changed", "no-consent", "other-consent"
};
G_STATIC_ASSERT (G_N_ELEMENTS (state_words) == PN_TEST_N_STATES);
G_STATIC_ASSERT (G_N_ELEMENTS (fault_words) == PN_TEST_N_FAULTS);

const char *
pn_test_state_to_word (PnTestState state)
{
  return state_words[state];
}

const char *
pn_test_fault_to_word (PnTestFault fault)
{
  return fault_words[fault];
}

PnTestTrial *
pn_test_trial_new (PnTestKit *kit, PnTestState state, PnTestFault fault, const char *step)
{
  PnTestTrial *self = g_new0 (PnTestTrial, 1);

  self->kit = kit;
  self->state = state;
  self->fault = fault;
  self->step = g_strdup (step);
  self->steps = g_ptr_array_new_with_free_func (g_free);
  self->complaints = g_string_new (NULL);
  return self;
}

void
pn_test_trial_free (PnTestTrial *self)
{
  g_ptr_array_unref (self->steps);
  g_string_free (self->complaints, TRUE);
  g_free (self->step);
  g_free (self->outcome);
  g_free (self->second);
  g_free (self);
}

/* ---- steps ---- */

/* Flips a bit where @node (of "reply flash:NODE") has just been written. */
static void
flip (PnTestBench *bench, const char *step)
{
  const char *node = strchr (step, ':') + 1;
  PnManifest *manifest = bench->desk.job.manifest;
  guint64 boot = pn_manifest_get_boot_partition_size (manifest);
  guint64 at = g_str_has_prefix (node, "mapper/")
                   ? PN_LAYOUT_GRAIN + boot + PN_LAYOUT_LUKS_HEADER + 1080
               : g_str_has_suffix (node, "p1") ? PN_LAYOUT_GRAIN + 3
                                               : 3;
  g_autofree char *path = g_build_filename (bench->folder, "storage.img", NULL);
  g_auto (PnFd) fd = pn_open (path, O_RDWR, NULL);
  guint8 byte;

  g_assert_true (pn_pread_all (fd, &byte, 1, (goffset) at, NULL));
  byte ^= 4;
  g_assert_true (pn_pwrite_all (fd, &byte, 1, (goffset) at, NULL));
}

/* Whether @words is where the fault is due. */
static gboolean
take_step (PnTestBench *bench, const char *words)
{
  PnTestTrial *trial = bench->trial;
  g_autofree char *step = NULL;
  gboolean due;
  guint n;

  g_mutex_lock (&bench->mutex);
  n = GPOINTER_TO_UINT (g_hash_table_lookup (bench->seen, words)) + 1;
  g_hash_table_insert (bench->seen, g_strdup (words), GUINT_TO_POINTER (n));
  step = n > 1 ? g_strdup_printf ("%s %u", words, n) : g_strdup (words);
  due = bench->fault != PN_TEST_NO_FAULT && !trial->fired && g_strcmp0 (step, bench->step) == 0;
  trial->fired |= due;
  g_ptr_array_add (trial->steps, g_steal_pointer (&step));
  g_mutex_unlock (&bench->mutex);
  return due;
}

/* What reaches host and worker from outside. */
static void
interrupt (PnTestBench *bench)
{
  gboolean stalls = bench->fault == PN_TEST_STALL_NETWORK;

  if (bench->fault == PN_TEST_CANCEL)
    g_cancellable_cancel (bench->desk.cancellable);
  if (bench->fault == PN_TEST_CUT_NETWORK || stalls || bench->fault == PN_TEST_KILL)
    pn_virtual_device_lose_network (bench->desk.device, stalls);
  if (bench->fault != PN_TEST_KILL)
    return;
  bench->killed = TRUE;
  pn_test_host_cut (bench->desk.host);
}

static PnStep
device_step_cb (PnVirtualDevice *device, const char *step, gpointer user_data)
{
  static const PnStep faults[PN_TEST_N_FAULTS] = { [PN_TEST_UNPLUG] = PN_STEP_UNPLUG,
                                                   [PN_TEST_STALL] = PN_STEP_STALL,
                                                   [PN_TEST_FAIL] = PN_STEP_FAIL,
                                                   [PN_TEST_LIE] = PN_STEP_LIE };
  PnTestBench *bench = user_data;
  g_autofree char *words = g_strconcat ("device ", step, NULL);

  if (g_str_has_prefix (step, "burn "))
    pn_test_bench_check_burn (bench, step + strlen ("burn "), "is burned");
  if (bench->trial->state == PN_TEST_PROTECTED && g_str_equal (step, "write eeprom"))
    return PN_STEP_FAIL;
  if (!take_step (bench, words))
    return PN_STEP_FINE;
  interrupt (bench);
  if (bench->fault == PN_TEST_FLIP)
    flip (bench, step);
  return faults[bench->fault];
}

static void
stage_cb (PnVirtualDevice *device, PnVirtualStage stage, gpointer user_data)
{
  PnTestBench *bench = user_data;

  g_mutex_lock (&bench->mutex);
  bench->off = stage == PN_VIRTUAL_OFF;
  g_cond_broadcast (&bench->cond);
  g_mutex_unlock (&bench->mutex);
}

/* What it is just writing is written before it notices. */
void
pn_test_bench_unplug (PnTestBench *bench)
{
  gint64 end = g_get_monotonic_time () + 10 * G_USEC_PER_SEC;

  pn_virtual_device_unplug (bench->desk.device);
  g_mutex_lock (&bench->mutex);
  while (!bench->off && g_cond_wait_until (&bench->cond, &bench->mutex, end))
    ;
  g_mutex_unlock (&bench->mutex);
}

/* An act of the test's; the device's thread notices it a little later. */
static void
plug (PnTestBench *bench)
{
  g_mutex_lock (&bench->mutex);
  bench->off = FALSE;
  g_mutex_unlock (&bench->mutex);
  pn_virtual_device_plug (bench->desk.device, FALSE);
}

static gboolean
ask_cb (const char *question, gpointer user_data)
{
  PnTestBench *bench = user_data;
  g_autofree char *words = g_strconcat ("host ", question, NULL);

  gboolean due = take_step (bench, words);

  if (due)
    interrupt (bench);
  if (due && bench->fault == PN_TEST_REFUSE)
    return FALSE;
  bench->admitted |= g_str_equal (question, "admit");
  return TRUE;
}

/* A person who does as is said; a card that nothing starts from is an empty one. */
static void
empty_card (PnTestBench *bench)
{
  g_autofree char *path = g_build_filename (bench->folder, "storage.img", NULL);

  g_assert_cmpint (truncate (path, 0), ==, 0);
  g_assert_cmpint (truncate (path, (off_t) bench->disk), ==, 0);
}

static void
person_cb (const char *sentence, gpointer user_data)
{
  PnTestBench *bench = user_data;

  if (bench->fault != PN_TEST_NO_FAULT && bench->trial->fired)
    return; /* whoever made the fault is not there to help */
  pn_virtual_device_unplug (bench->desk.device);
  if (bench->trial->kit->chip == PN_CHIP_BCM2710)
    empty_card (bench);
  pn_virtual_device_plug (bench->desk.device, TRUE);
}

/* ---- the device as it comes ---- */

static void
copy (const char *from, const char *to, const char *name)
{
  g_autofree char *source = g_build_filename (from, name, NULL);
  g_autofree char *target = g_build_filename (to, name, NULL);
  const char *argv[] = { "cp", "--sparse=always", source, target, NULL };
  g_autoptr (GError) error = NULL;
  int status;

  if (!g_file_test (source, G_FILE_TEST_EXISTS))
    return;
  g_spawn_sync (NULL, (char **) argv, NULL, G_SPAWN_SEARCH_PATH, NULL, NULL, NULL, NULL, &status,
                &error);
  g_assert_no_error (error);
  g_assert_cmpint (status, ==, 0);
}

gboolean
pn_test_kit_can_be (const PnTestKit *self, PnTestState state)
{
  gboolean locks = pn_mode_locks (self->mode);

  switch (state)
    {
    case PN_TEST_OLD_EEPROM:
      return locks;
    case PN_TEST_OTHER_KEY:
    case PN_TEST_PROTECTED:
      return self->chip != PN_CHIP_BCM2710;
    case PN_TEST_OPEN:
      return self->mode != PN_MODE_NAKED && self->layout == NULL;
    case PN_TEST_USED:
    case PN_TEST_DONE:
    case PN_TEST_OURS:
      return self->chip != PN_CHIP_BCM2710; /* starts from its card, and is not seen */
    case PN_TEST_FRESH:
    case PN_TEST_DEVICE_KEY:
    case PN_TEST_SMALL:
    case PN_TEST_NO_STORAGE:
    case PN_TEST_N_STATES:
    default:
      return TRUE;
    }
}

static void
plug_cable (PnVirtualBoard *board)
{
  board->network = (char *) ""; /* a loopback address of its own */
}

static PnVirtualDevice *
make_device (PnTestBench *bench, const char *name)
{
  const PnTestKit *kit = bench->trial->kit;
  PnTestState state = bench->trial->state;
  gboolean done = state == PN_TEST_DONE;
  PnVirtualDevice *device;
  guint8 bytes[32];

  g_assert_cmpint (g_mkdir_with_parents (bench->folder, 0700), ==, 0);
  if (done || state == PN_TEST_OURS || state == PN_TEST_OLD_EEPROM)
    copy (kit->done, bench->folder, "otp.json");
  if (done || state == PN_TEST_OURS)
    copy (kit->done, bench->folder, "eeprom.bin");
  if (done || state == PN_TEST_USED)
    copy (kit->done, bench->folder, "storage.img");
  bench->disk = state == PN_TEST_SMALL ? SMALL_DISK : kit->disk;
  device = pn_test_inputs_model (kit->inputs, name, kit->model,
                                 state == PN_TEST_NO_STORAGE ? kit->other_storage : kit->storage,
                                 bench->disk, kit->network ? plug_cable : NULL);
  memset (bytes, 0x5a, sizeof bytes);
  if (state == PN_TEST_OTHER_KEY)
    g_assert_true (pn_virtual_device_burn (device, bytes, NULL));
  if (state == PN_TEST_DEVICE_KEY)
    g_assert_true (pn_virtual_device_burn (device, NULL, bytes));
  return device;
}

/* ---- runs ---- */

/* In which a fault shows soon; silicon's would be minutes. */
static PnLimits
short_limits (guint scale)
{
  return (PnLimits){ .appear = 1500 * scale,
                     .gadget = 1500 * scale,
                     .replug = 500 * scale,
                     .rejected = 500 * scale,
                     .message = 1500 * scale,
                     .command = 1500 * scale,
                     .network = 1000 * scale,
                     .node = 1500 * scale,
                     .flash = 3000 * scale };
}

static void
run (PnTestBench *bench, PnLimits limits)
{
  PnTestDesk *desk = &bench->desk;
  gint64 begin = g_get_monotonic_time ();

  g_auto (GStrv) journal = pn_test_host_get_journal (desk->host);

  bench->journal_from = g_strv_length (journal);
  bench->admitted = FALSE;
  desk->job.limits = limits;
  desk->job.permit_permanent = bench->permitted || bench->fault == PN_TEST_OTHER_CONSENT;
  pn_run_result_clear (&desk->result);
  g_clear_error (&desk->error);
  desk->passed =
      pn_run (&desk->job, PN_RUN_HOST (desk->host), &desk->result, desk->cancellable, &desk->error);
  if (g_get_monotonic_time () - begin > MAX_SECONDS * G_USEC_PER_SEC)
    pn_test_bench_complain (bench, "it took more than %d s", MAX_SECONDS);
  if (desk->passed != (desk->error == NULL) ||
      desk->passed != (desk->result.verdict == PN_VERDICT_PASSED) ||
      desk->passed != (desk->result.condition == PN_CONDITION_DONE))
    pn_test_bench_complain (bench, "the result contradicts itself");
}

/* What the device does by itself goes on when nobody looks. */
void
pn_test_bench_settle (PnTestBench *bench)
{
  for (guint i = 0; i < 500; i++)
    {
      PnVirtualStage stage = pn_virtual_device_get_stage (bench->desk.device);
      guint before, after;

      g_mutex_lock (&bench->mutex);
      before = bench->trial->steps->len;
      g_mutex_unlock (&bench->mutex);
      g_usleep (stage == PN_VIRTUAL_RECOVERY ? 300000 : 1000);
      g_mutex_lock (&bench->mutex);
      after = bench->trial->steps->len;
      g_mutex_unlock (&bench->mutex);
      if (before == after)
        return;
    }
}

static void
describe (PnTestBench *bench, char **text)
{
  const PnTestDesk *desk = &bench->desk;

  g_free (*text);
  *text = g_strdup_printf ("%s\t%s\t%s\t%s", pn_verdict_to_word (desk->result.verdict),
                           pn_condition_to_word (desk->result.condition),
                           pn_phase_to_word (desk->result.phase),
                           desk->error != NULL ? pn_error_word (desk->error) : "-");
}

/* ---- from beginning to end ---- */

static void
begin (PnTestBench *bench, const char *name)
{
  const PnTestKit *kit = bench->trial->kit;
  PnTestDesk *desk = &bench->desk;
  PnVirtualFaults faults = pn_virtual_faults_none ();
  PnVirtualDevice *device = make_device (bench, name);

  pn_test_desk_begin (desk, kit->inputs, pn_test_kit_open (kit), device);
  pn_test_host_be_quiet (desk->host);
  pn_test_host_set_growth (desk->host, kit->grown_size, kit->grown_fd);
  pn_test_host_set_ask_func (desk->host, ask_cb, bench);
  pn_test_host_set_wire_func (desk->host, pn_test_bench_wire_cb, bench);
  pn_test_host_set_person (desk->host, person_cb, bench);
  bench->off = TRUE;
  pn_virtual_device_set_stage_func (device, stage_cb, bench);
  pn_virtual_device_set_step_func (device, device_step_cb, bench);
  faults.silent_metadata = bench->trial->fault == PN_TEST_SILENT;
  faults.no_reading = bench->trial->fault == PN_TEST_UNREAD;
  if (kit->network)
    faults.gadget.max_download = PIECE;
  pn_virtual_device_set_faults (device, &faults);
}

/* A byte of the artefact @role is another one since the bundle was opened. */
static void
change_artefact (PnTestBench *bench, const char *word)
{
  PnJob *job = &bench->desk.job;
  guint n = pn_manifest_get_n_artefacts (job->manifest);
  PnRole role;
  const PnArtefact *artefact;
  guint index;
  g_autofree guint8 *bytes = NULL;

  g_assert_true (pn_role_from_word (word, &role));
  artefact = pn_manifest_find (job->manifest, role);
  index = pn_manifest_index_of (job->manifest, artefact);
  bench->artefacts = g_memdup2 (job->artefacts, n * sizeof (int));
  bench->changed = pn_temporary_file (NULL);
  bytes = g_malloc (artefact->size);
  g_assert_true (pn_pread_all (job->artefacts[index], bytes, artefact->size, 0, NULL));
  bytes[artefact->size / 2] ^= 1;
  g_assert_true (pn_pwrite_all (bench->changed, bytes, artefact->size, 0, NULL));
  bench->artefacts[index] = bench->changed;
  bench->whole = job->artefacts;
  job->artefacts = bench->artefacts;
  bench->trial->fired = TRUE;
}

/* The next run, in which nothing goes wrong. */
static void
begin_again (PnTestBench *bench)
{
  PnVirtualFaults faults = pn_virtual_faults_none ();
  PnTestDesk *desk = &bench->desk;

  if (bench->artefacts != NULL)
    desk->job.artefacts = bench->whole;
  bench->fault = PN_TEST_NO_FAULT;
  bench->killed = FALSE;
  bench->permitted = TRUE;
  desk->job.permit_fingerprint = pn_manifest_get_consent (desk->job.manifest);
  g_object_unref (desk->cancellable);
  desk->cancellable = g_cancellable_new ();
  pn_test_bench_unplug (bench);
  pn_test_host_mend (desk->host);
  pn_virtual_device_set_faults (desk->device, &faults);
}

/* An earlier run was cut off while the disk was written. */
static void
leave_open (PnTestBench *bench)
{
  bench->fault = PN_TEST_KILL;
  bench->step = "device data";
  plug (bench);
  run (bench, pn_test_job (bench->desk.bundle).limits);
  g_assert_true (bench->killed);
  begin_again (bench);
  g_ptr_array_set_size (bench->trial->steps, 0);
  g_hash_table_remove_all (bench->seen);
  bench->trial->fired = FALSE;
}

static void
run_first (PnTestBench *bench)
{
  PnTestTrial *trial = bench->trial;
  PnTestDesk *desk = &bench->desk;
  gboolean clean = trial->fault == PN_TEST_NO_FAULT;
  g_auto (PnTestLook) before = { 0 };

  if (trial->state == PN_TEST_OPEN)
    leave_open (bench);
  bench->fault = trial->fault;
  bench->step = trial->step;
  bench->permitted = trial->fault != PN_TEST_NO_CONSENT && trial->fault != PN_TEST_OTHER_CONSENT;
  if (trial->fault == PN_TEST_CHANGED)
    change_artefact (bench, trial->step);
  if (trial->fault == PN_TEST_OTHER_CONSENT)
    desk->job.permit_fingerprint.bytes[0] ^= 1;
  pn_test_look (bench->folder, &before);
  plug (bench);
  run (bench, clean ? pn_test_job (desk->bundle).limits : short_limits (bench->scale));
  trial->n_steps = trial->steps->len;
  if (!bench->killed)
    {
      describe (bench, &trial->outcome);
      pn_test_bench_check_end (bench, "first", &before);
    }
  else
    {
      g_auto (PnTestLook) after = { 0 };

      trial->outcome = g_strdup ("killed\t-\t-\t-");
      pn_test_bench_settle (bench);
      pn_test_look (bench->folder, &after);
      (void) pn_test_bench_check_journal (bench, &before, &after);
    }
}

/* What a second run begins with: those that begin alike end alike. */
static char *
get_second_key (PnTestBench *bench, const PnTestLook *first, const PnTestLook *now)
{
  gboolean storage = first->storage != now->storage;

  return g_strdup_printf ("%u %s %s %s", (guint) bench->trial->state, now->otp, now->eeprom,
                          storage ? pn_phase_to_word (bench->desk.result.phase) : "");
}

static gboolean
is_known (PnTestBench *bench, const char *key)
{
  PnTestKit *kit = bench->trial->kit;
  const char *known;

  if (kit->every)
    return FALSE;
  g_mutex_lock (&kit->mutex);
  known = g_hash_table_lookup (kit->seconds, key);
  bench->trial->second = g_strdup (known);
  g_mutex_unlock (&kit->mutex);
  return known != NULL;
}

static void
run_second (PnTestBench *bench, const PnTestLook *first)
{
  PnTestKit *kit = bench->trial->kit;
  PnTestDesk *desk = &bench->desk;
  g_auto (PnTestLook) before = { 0 };
  g_autofree char *key = NULL;

  pn_test_bench_unplug (bench);
  pn_test_look (bench->folder, &before);
  key = get_second_key (bench, first, &before);
  if (is_known (bench, key))
    return;
  begin_again (bench);
  /* pn_condition_advice () */
  if (kit->chip == PN_CHIP_BCM2710 && first->storage != before.storage)
    empty_card (bench);
  plug (bench);
  run (bench, pn_test_job (desk->bundle).limits);
  /* A busy machine makes a device seem silent; then it is plugged in once more. */
  for (guint i = 0; i < 2 && g_error_matches (desk->error, PN_ERROR, PN_ERROR_TIMED_OUT); i++)
    {
      pn_test_bench_unplug (bench);
      plug (bench);
      run (bench, pn_limits_scale (pn_test_job (desk->bundle).limits, 4));
    }
  describe (bench, &bench->trial->second);
  pn_test_bench_check_end (bench, "second", &before);
  g_mutex_lock (&kit->mutex);
  g_hash_table_insert (kit->seconds, g_steal_pointer (&key),
                       g_strconcat (bench->trial->second, " *", NULL));
  g_mutex_unlock (&kit->mutex);
}

static void
remove_folder (const char *folder)
{
  static const char *const names[] = { "otp.json", "eeprom.bin", "storage.img" };

  for (guint i = 0; i < G_N_ELEMENTS (names); i++)
    {
      g_autofree char *path = g_build_filename (folder, names[i], NULL);

      (void) g_remove (path);
    }
  (void) g_rmdir (folder);
}

static void
run_once (PnTestTrial *self, guint scale, char **folder)
{
  static int n_devices;
  g_autofree char *name = g_strdup_printf ("trial-%d", g_atomic_int_add (&n_devices, 1));
  PnTestBench bench = { .trial = self, .permitted = TRUE, .scale = scale };
  g_auto (PnTestLook) first = { 0 };

  g_mutex_init (&bench.mutex);
  g_cond_init (&bench.cond);
  bench.seen = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  bench.folder = g_build_filename (self->kit->inputs->folder, name, NULL);
  begin (&bench, name);
  pn_test_look (bench.folder, &first);
  run_first (&bench);
  if (!bench.desk.passed || bench.killed)
    run_second (&bench, &first);
  pn_test_desk_end (&bench.desk);
  if (bench.artefacts != NULL)
    pn_fd_close (bench.changed);
  g_free (bench.artefacts);
  g_hash_table_unref (bench.seen);
  if (folder != NULL)
    *folder = g_steal_pointer (&bench.folder);
  else
    remove_folder (bench.folder);
  g_free (bench.folder);
  g_cond_clear (&bench.cond);
  g_mutex_clear (&bench.mutex);
}

void
pn_test_trial_run (PnTestTrial *self, char **folder)
{
  run_once (self, 1, folder);
  if (self->step == NULL || self->fired)
    return;
  /* The machine was too slow for short limits, so that something else went wrong before. */
  g_ptr_array_set_size (self->steps, 0);
  g_clear_pointer (&self->second, g_free);
  run_once (self, 8, folder);
}
