/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a device is: each class on each chip that can be of it, against the virtual device in that
 * state, and what the run does with it. */
#include "config.h"

#include <string.h>

#include "pn-io.h"
#include "pn-test-desk.h"

#define MIB (G_GUINT64_CONSTANT (1024) * 1024)
#define DISK (640 * MIB)

static PnTestInputs *inputs;

/* How the device comes. */
typedef enum
{
  STATE_FRESH,
  STATE_OURS,
  STATE_OTHER_KEY,
} State;

typedef struct
{
  const char *name;
  const char *model; /* of the device */
  PnStorage storage; /* that it has */
  State state;
  const char *fault; /* nullable */
  guint64 size;
  PnTestBoardFunc change;

  PnChip chip; /* of the bundle */
  PnMode mode;
  PnStorage wanted;
  PnHistory history;
  gboolean denied; /* the station says that it was done before */

  PnDeviceClass expected;
  gboolean goes_on; /* to the storage, where the test ends it */
  PnError error;    /* where it does not */
  PnCondition condition;
} Case;

/* Its revision has bits of another chip's board. */
static void
be_pi_4 (PnVirtualBoard *board)
{
  board->board_revision = 0xc03114;
}

/* Nothing says that there is no storage but the device. */
static void
be_unknown_module (PnVirtualBoard *board)
{
  board->model = (char *) "Raspberry Pi Compute Module 9 Rev 1.0";
  board->board_revision = 0xc042f0;
}

/* A device, and a bundle that is for it. */
#define A_CM5 .model = "cm5", .storage = PN_STORAGE_EMMC
#define A_PI5 .model = "pi5", .storage = PN_STORAGE_SD
#define A_CM4 .model = "cm4", .storage = PN_STORAGE_EMMC
#define A_PI4 .model = "pi4", .storage = PN_STORAGE_SD
#define A_ZERO .model = "zero2w", .storage = PN_STORAGE_SD
#define FOR(chip_, storage_) .chip = PN_CHIP_##chip_, .wanted = PN_STORAGE_##storage_
#define CM5 A_CM5, FOR (BCM2712, EMMC)
#define PI5 A_PI5, FOR (BCM2712, SD)
#define CM4 A_CM4, FOR (BCM2711, EMMC)
#define PI4 A_PI4, FOR (BCM2711, SD)
#define ZERO A_ZERO, FOR (BCM2710, SD)
#define SECURE .mode = PN_MODE_SECURE_BOOT
#define FDE .mode = PN_MODE_FDE_ONLY
#define NAKED .mode = PN_MODE_NAKED
#define GOES_ON .goes_on = TRUE
#define REFUSED(error_) .error = PN_ERROR_##error_, .condition = PN_CONDITION_UNTOUCHED
#define DONE_BEFORE .history = { .done = TRUE }, .denied = TRUE
#define BEGUN .history = { .unfinished = TRUE, .phase = PN_PHASE_WRITE }

/* clang-format off */
static const Case cases[] = {
  { "fresh-cm5", CM5, SECURE, .expected = PN_DEVICE_FRESH, GOES_ON },
  { "fresh-pi4", PI4, SECURE, .expected = PN_DEVICE_FRESH, GOES_ON },
  { "fresh-zero", ZERO, NAKED, .expected = PN_DEVICE_FRESH, GOES_ON },
  { "fresh-silent-cm5", CM5, NAKED, .fault = "no-reading", .expected = PN_DEVICE_FRESH, GOES_ON },

  /* One with our key goes on, and needs nothing said about it. */
  { "ours-pi5", PI5, SECURE, .state = STATE_OURS, .expected = PN_DEVICE_OURS, GOES_ON },
  { "ours-cm4", CM4, SECURE, .state = STATE_OURS, .expected = PN_DEVICE_OURS, GOES_ON },
  { "ours-silent-cm5", CM5, SECURE, .state = STATE_OURS, .fault = "no-reading",
    .expected = PN_DEVICE_OURS, GOES_ON },
  { "ours-silent-cm4", CM4, SECURE, .state = STATE_OURS, .fault = "no-reading",
    .expected = PN_DEVICE_OURS, GOES_ON },

  { "unfinished-cm5", CM5, SECURE, .state = STATE_OURS, BEGUN, .expected = PN_DEVICE_UNFINISHED,
    GOES_ON },
  { "unfinished-cm4", CM4, SECURE, .state = STATE_OURS, BEGUN, .expected = PN_DEVICE_UNFINISHED,
    GOES_ON },
  { "unfinished-zero", ZERO, NAKED, BEGUN, .expected = PN_DEVICE_UNFINISHED, GOES_ON },

  { "done-pi5", PI5, SECURE, .state = STATE_OURS, DONE_BEFORE, .expected = PN_DEVICE_DONE,
    REFUSED (EXISTS) },
  { "done-cm4", CM4, SECURE, .state = STATE_OURS, DONE_BEFORE, .expected = PN_DEVICE_DONE,
    REFUSED (EXISTS) },
  { "done-zero", ZERO, NAKED, DONE_BEFORE, .expected = PN_DEVICE_DONE, REFUSED (EXISTS) },
  /* The records cannot be right: it holds no key. */
  { "not-done-cm5", CM5, SECURE, .history = { .done = TRUE }, .expected = PN_DEVICE_FRESH, GOES_ON },

  { "other-key-cm5", CM5, SECURE, .state = STATE_OTHER_KEY, .expected = PN_DEVICE_OTHER_KEY,
    REFUSED (LOCKED_OTHER_KEY) },
  { "other-key-cm5-naked", CM5, NAKED, .state = STATE_OTHER_KEY, .expected = PN_DEVICE_OTHER_KEY,
    REFUSED (LOCKED_OTHER_KEY) },
  { "other-key-cm4", CM4, SECURE, .state = STATE_OTHER_KEY, .expected = PN_DEVICE_OTHER_KEY,
    REFUSED (LOCKED_OTHER_KEY) },
  { "other-key-cm4-fde", CM4, FDE, .state = STATE_OTHER_KEY, .expected = PN_DEVICE_OTHER_KEY,
    REFUSED (LOCKED_OTHER_KEY) },

  { "protected-cm5", CM5, SECURE, .fault = "write-protected", .expected = PN_DEVICE_WRITE_PROTECTED,
    .error = PN_ERROR_REJECTED, .condition = PN_CONDITION_RETRY },
  { "protected-cm5-ours", CM5, SECURE, .state = STATE_OURS, .fault = "write-protected",
    .expected = PN_DEVICE_WRITE_PROTECTED, .error = PN_ERROR_REJECTED,
    .condition = PN_CONDITION_RETRY },
  { "protected-pi4", PI4, SECURE, .fault = "write-protected", .expected = PN_DEVICE_WRITE_PROTECTED,
    .error = PN_ERROR_REJECTED, .condition = PN_CONDITION_RETRY },
  { "protected-pi4-naked", PI4, NAKED, .fault = "write-protected",
    .expected = PN_DEVICE_WRITE_PROTECTED, .error = PN_ERROR_REJECTED,
    .condition = PN_CONDITION_RETRY },

  { "family-cm5-as-cm4", A_CM5, FOR (BCM2711, EMMC), NAKED, .expected = PN_DEVICE_WRONG_FAMILY,
    REFUSED (WRONG_DEVICE) },
  { "family-pi4-as-pi5", A_PI4, FOR (BCM2712, SD), SECURE, .expected = PN_DEVICE_WRONG_FAMILY,
    REFUSED (WRONG_DEVICE) },
  { "family-zero-as-pi4", A_ZERO, FOR (BCM2711, SD), NAKED,
    .expected = PN_DEVICE_WRONG_FAMILY, REFUSED (WRONG_DEVICE) },
  { "family-by-revision", CM5, SECURE, .change = be_pi_4, .expected = PN_DEVICE_WRONG_FAMILY,
    REFUSED (WRONG_DEVICE) },
  { "model-pi3", ZERO, NAKED, .change = pn_test_be_pi_3, .expected = PN_DEVICE_WRONG_MODEL,
    REFUSED (WRONG_DEVICE) },

  { "no-nvme-cm5", A_CM5, FOR (BCM2712, NVME), SECURE, .expected = PN_DEVICE_NO_STORAGE,
    REFUSED (WRONG_DEVICE) },
  { "no-emmc-pi4", A_PI4, FOR (BCM2711, EMMC), NAKED, .expected = PN_DEVICE_NO_STORAGE,
    REFUSED (WRONG_DEVICE) },
  { "no-nvme-module-4s", A_CM4, FOR (BCM2711, NVME), SECURE, .change = pn_test_be_module_4s,
    .expected = PN_DEVICE_NO_STORAGE, REFUSED (WRONG_DEVICE) },
  { "no-nvme-unknown", A_CM5, FOR (BCM2712, NVME), SECURE, .change = be_unknown_module,
    .expected = PN_DEVICE_NO_STORAGE, REFUSED (WRONG_DEVICE) },

  { "small-cm5", CM5, SECURE, .size = 96 * MIB, .expected = PN_DEVICE_SMALL_STORAGE,
    REFUSED (NO_SPACE) },
  { "small-cm4", CM4, NAKED, .size = 96 * MIB, .expected = PN_DEVICE_SMALL_STORAGE,
    REFUSED (NO_SPACE) },
  { "small-zero", ZERO, FDE, .size = 96 * MIB, .expected = PN_DEVICE_SMALL_STORAGE,
    REFUSED (NO_SPACE) },
};
/* clang-format on */

/* As an earlier run would have left it: the key in one-time memory, and firmware of that key. */
static void
lock_with_ours (PnTestDesk *desk, const char *name)
{
  PnSha256 ours = pn_public_key_get_fingerprint (pn_manifest_get_public_key (desk->job.manifest));
  g_autofree char *path = g_build_filename (inputs->folder, name, "eeprom.bin", NULL);
  g_autoptr (GMappedFile) eeprom = NULL;
  g_autoptr (GBytes) bytes = NULL;
  g_autoptr (GError) error = NULL;

  eeprom =
      g_mapped_file_new_from_fd (pn_bundle_get_fd (desk->bundle, PN_ROLE_EEPROM), FALSE, &error);
  g_assert_no_error (error);
  bytes = g_mapped_file_get_bytes (eeprom);
  g_assert_true (pn_replace_file (path, bytes, &error));
  g_assert_true (pn_virtual_device_burn (desk->device, ours.bytes, NULL));
}

static void
set_state (PnTestDesk *desk, const Case *one)
{
  guint8 theirs[32];

  memset (theirs, 0x5a, sizeof theirs);
  if (one->state == STATE_OURS)
    lock_with_ours (desk, one->name);
  else if (one->state == STATE_OTHER_KEY)
    g_assert_true (pn_virtual_device_burn (desk->device, theirs, NULL));
}

/* Far enough: what follows is not another one for another class, and has its own tests. */
static void
end_at_storage (PnPhase phase, gpointer user_data)
{
  if (phase == PN_PHASE_STORAGE)
    g_cancellable_cancel (((PnTestDesk *) user_data)->cancellable);
}

static void
begin (PnTestDesk *desk, const Case *one)
{
  PnVirtualFaults faults = pn_virtual_faults_none ();
  g_autoptr (GError) error = NULL;

  pn_test_desk_begin (desk, inputs,
                      pn_test_inputs_bundle_for (inputs, one->chip, one->mode, one->wanted),
                      pn_test_inputs_model (inputs, one->name, one->model, one->storage,
                                            one->size != 0 ? one->size : DISK, one->change));
  set_state (desk, one);
  if (one->fault != NULL)
    pn_virtual_faults_add (&faults, one->fault, &error);
  g_assert_no_error (error);
  pn_virtual_device_set_faults (desk->device, &faults);
  desk->job.limits.message = 2500;
  pn_test_host_set_phase_func (desk->host, end_at_storage, desk);
  pn_test_host_know (desk->host, one->history);
  if (one->denied)
    pn_test_host_deny (desk->host, "This device has been provisioned with this bundle already");
}

/* What was begun before is begun anew, and where it ended is known. */
static void
assert_story (PnTestDesk *desk, const Case *one)
{
  g_assert_cmpstr (pn_test_host_get_evidence (desk->host, PN_DEVICE_CLASS_EVIDENCE), ==,
                   pn_device_class_to_word (one->expected));
  g_assert_cmpstr (pn_test_host_get_evidence (desk->host, PN_UNFINISHED_EVIDENCE), ==,
                   one->history.unfinished ? "write" : NULL);
}

static void
test_class (gconstpointer data)
{
  const Case *one = data;
  guint8 before[32], after[32];
  PnTestDesk desk;

  begin (&desk, one);
  pn_virtual_device_get_key_hash (desk.device, before);
  pn_virtual_device_plug (desk.device, TRUE);
  pn_test_desk_run (&desk);
  pn_virtual_device_get_key_hash (desk.device, after);
  g_assert_cmpint (desk.result.device_class, ==, one->expected);
  assert_story (&desk, one);
  g_assert_true (pn_test_desk_storage_is_blank (&desk, one->name));
  if (one->goes_on)
    {
      g_assert_cmpint (desk.result.verdict, ==, PN_VERDICT_CANCELLED);
      g_assert_cmpint (desk.result.phase, ==, PN_PHASE_STORAGE);
      g_assert_cmpint (one->mode == PN_MODE_SECURE_BOOT, ==, !pn_test_desk_otp_is_blank (&desk));
    }
  else
    {
      g_assert_error (desk.error, PN_ERROR, (int) one->error);
      g_assert_cmpint (desk.result.condition, ==, one->condition);
      g_assert_cmpmem (after, 32, before, 32);
      g_assert_cmpstr (pn_run_result_advice (&desk.result), ==,
                       pn_device_class_to_advice (one->expected));
      g_assert_cmpuint (pn_test_host_count_outcomes (desk.host, "customer-key"), ==, 0);
    }
  pn_test_desk_end (&desk);
}

/* Every class has been met here, but the one that no virtual device can be of. */
static void
test_all_classes (void)
{
  for (PnDeviceClass device = PN_DEVICE_UNKNOWN + 1; device < PN_N_DEVICE_CLASSES; device++)
    {
      gboolean met = device == PN_DEVICE_UNREADABLE;
      PnDeviceClass again;

      for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
        met |= cases[i].expected == device;
      g_assert_true (met);
      g_assert_true (pn_device_class_from_word (pn_device_class_to_word (device), &again));
      g_assert_cmpint (again, ==, device);
      g_assert_nonnull (pn_device_class_to_sentence (device));
    }
}

int
main (int argc, char **argv)
{
  int status;

  g_test_init (&argc, &argv, NULL);
  inputs = pn_test_inputs_new ();
  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *path = g_strdup_printf ("/classes/%s", cases[i].name);

      g_test_add_data_func (path, &cases[i], test_class);
    }
  g_test_add_func ("/classes/all", test_all_classes);
  status = g_test_run ();
  pn_test_inputs_free (inputs);
  return status;
}
