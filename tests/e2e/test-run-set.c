/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The engine with image sets against the strict virtual device: what must pass, and what a device
 * that does not do exactly what was worked out must not get away with. */
#include "config.h"

#include <fcntl.h>
#include <string.h>

#include "pn-io.h"
#include "pn-partition-table.h"
#include "pn-test-desk.h"
#include "pn-test-judge.h"

#define MIB (G_GUINT64_CONSTANT (1024) * 1024)
#define DISK (768 * MIB)

static PnTestInputs *inputs;

static void
begin_size (PnTestDesk *desk, const char *name, PnMode mode, const char *layout, guint64 size)
{
  pn_test_desk_begin (desk, inputs, pn_test_inputs_set_bundle (inputs, mode, layout),
                      pn_test_inputs_device (inputs, name, PN_STORAGE_EMMC, size, TRUE));
}

static void
begin (PnTestDesk *desk, const char *name, PnMode mode, const char *layout)
{
  begin_size (desk, name, mode, layout, DISK);
}

static void
run (PnTestDesk *desk)
{
  pn_virtual_device_plug (desk->device, FALSE);
  pn_test_desk_run (desk);
}

static char *
judge (PnTestDesk *desk, const char *name)
{
  g_autofree char *folder = g_build_filename (inputs->folder, name, NULL);
  PnTestContents contents = { .manifest = desk->job.manifest, .set = desk->bundle };

  return pn_test_judge_done (folder, &contents, DISK);
}

/* Switched off, its disk holds what the images say, byte by byte, and its OTP what was agreed to.
 */
static void
assert_done (PnTestDesk *desk, const char *name)
{
  g_autofree char *wrong = NULL;

  pn_virtual_device_unplug (desk->device);
  while (pn_virtual_device_get_stage (desk->device) != PN_VIRTUAL_OFF)
    g_usleep (1000);
  pn_test_host_mend (desk->host);
  wrong = judge (desk, name);
  g_assert_cmpstr (wrong, ==, NULL);
}

static void
assert_passed (PnTestDesk *desk, const char *name, const char *list, const char *encryption)
{
  g_assert_no_error (desk->error);
  g_assert_cmpint (desk->result.verdict, ==, PN_VERDICT_PASSED);
  g_assert_cmpstr (pn_test_host_get_evidence (desk->host, "image-set"), ==, list);
  g_assert_cmpstr (pn_test_host_get_evidence (desk->host, "image-set-closed"), ==, "yes");
  g_assert_cmpstr (pn_test_host_get_evidence (desk->host, "storage-encryption"), ==, encryption);
  g_assert_cmpuint (desk->result.bytes_verified, >=, desk->result.bytes_sent);
  g_assert_cmpuint (desk->result.bytes_sent, >, 8 * MIB);
  assert_done (desk, name);
}

static const char clear[] = "mmcblk0p1:boot.vfat.sparse mmcblk0p2:root.ext4.sparse";
static const char raw[] = "mmcblk0p1:boot.vfat.sparse mapper/sensor_crypt:root.ext4.sparse";

static void
test_clear (void)
{
  PnTestDesk desk;

  begin (&desk, "set-clear-device", PN_MODE_NAKED, "clear");
  run (&desk);
  assert_passed (&desk, "set-clear-device", clear, "none");
  g_assert_true (pn_test_desk_otp_is_blank (&desk));
  pn_test_desk_end (&desk);
}

static void
test_raw (void)
{
  PnTestDesk desk;

  begin (&desk, "set-raw-device", PN_MODE_NAKED, "raw");
  run (&desk);
  assert_passed (&desk, "set-raw-device", raw, "luks2");
  g_assert_cmpuint (pn_test_host_count_outcomes (desk.host, "device-key"), ==, 1);
  pn_test_desk_end (&desk);
}

static const char slots[] =
    "mmcblk0p1:config.vfat.sparse mmcblk0p2:boot.vfat.sparse mmcblk0p3:boot.vfat.sparse "
    "mapper/gw_crypt1:root.ext4.sparse mapper/gw_crypt2:root.ext4.sparse "
    "mmcblk0p5:data.raw.sparse";

/* Locked on the way, and again without anything permanent. */
static void
test_slots (void)
{
  PnTestDesk desk;

  begin (&desk, "set-slots-device", PN_MODE_SECURE_BOOT, "slots");
  run (&desk);
  assert_passed (&desk, "set-slots-device", slots, "partly");
  pn_test_desk_assert_locked_with_ours (&desk);
  desk.job.permit_permanent = FALSE;
  run (&desk);
  assert_passed (&desk, "set-slots-device", slots, "partly");
  g_assert_cmpuint (pn_test_host_count_intents (desk.host, "customer-key"), ==, 1);
  g_assert_cmpuint (pn_test_host_count_intents (desk.host, "device-key"), ==, 1);
  pn_test_desk_end (&desk);
}

/* The judge sees what is wrong: a bit of a table, of a container's header, of what is inside. */
static void
test_judge (void)
{
  /* From the beginning of the container, the fourth; its data begin at the alignment. */
  static const guint64 inside[] = {
    168,             /* its UUID */
    8 * MIB + 1024,  /* the table inside */
    16 * MIB + 1080, /* the first image inside */
    16 * MIB + 5000, /* and somewhere else in it */
  };
  g_autofree char *path =
      g_build_filename (inputs->folder, "set-judge-device", "storage.img", NULL);
  g_autoptr (PnPartitionTable) table = NULL;
  guint64 container, places[6] = { 2 * 512 + 56, 8 * MIB + 3 }; /* the first's name, and content */
  g_auto (PnFd) fd = -1;
  PnTestDesk desk;

  begin (&desk, "set-judge-device", PN_MODE_SECURE_BOOT, "slots");
  run (&desk);
  assert_passed (&desk, "set-judge-device", slots, "partly");
  fd = pn_open (path, O_RDWR, NULL);
  table = pn_partition_table_read_fd (fd, NULL);
  container = ((PnPartition *) table->partitions->pdata[3])->offset;
  for (guint i = 0; i < G_N_ELEMENTS (inside); i++)
    places[2 + i] = container + inside[i];
  for (guint i = 0; i < G_N_ELEMENTS (places); i++)
    for (guint round = 0; round < 2; round++)
      {
        g_autofree char *wrong = NULL;
        guint8 byte;

        g_assert_true (pn_pread_all (fd, &byte, 1, (goffset) places[i], NULL));
        byte ^= 1;
        g_assert_true (pn_pwrite_all (fd, &byte, 1, (goffset) places[i], NULL));
        wrong = judge (&desk, "set-judge-device");
        g_test_message ("%" G_GUINT64_FORMAT ": %s", places[i], wrong);
        g_assert_true ((wrong == NULL) == (round == 1));
      }
  pn_test_desk_end (&desk);
}

/* The other chips have other firmware and rules, and the same sets. */
static void
test_other_chips (void)
{
  static const struct
  {
    const char *model;
    PnChip chip;
    PnMode mode;
    PnStorage storage;
    const char *layout, *list, *encryption;
  } cases[] = {
    { "cm4", PN_CHIP_BCM2711, PN_MODE_SECURE_BOOT, PN_STORAGE_EMMC, "slots", slots, "partly" },
    { "pi4", PN_CHIP_BCM2711, PN_MODE_NAKED, PN_STORAGE_SD, "clear", clear, "none" },
    { "zero2w", PN_CHIP_BCM2710, PN_MODE_NAKED, PN_STORAGE_SD, "raw", raw, "luks2" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *name = g_strconcat ("set-other-", cases[i].model, NULL);
      PnTestDesk desk;

      pn_test_desk_begin (
          &desk, inputs,
          pn_test_inputs_set_bundle_for (inputs, cases[i].chip, cases[i].mode, cases[i].storage,
                                         cases[i].layout),
          pn_test_inputs_model (inputs, name, cases[i].model, cases[i].storage, DISK, NULL));
      run (&desk);
      assert_passed (&desk, name, cases[i].list, cases[i].encryption);
      pn_test_desk_end (&desk);
    }
}

/* One MiB less than its own sum, which the device would only say when asked. */
static void
test_too_small (void)
{
  PnTestDesk desk;

  begin_size (&desk, "set-small", PN_MODE_SECURE_BOOT, "slots", 463 * MIB);
  run (&desk);
  pn_test_desk_assert_refused (&desk, "set-small", PN_ERROR_NO_SPACE);
  g_assert_true (pn_test_desk_otp_is_blank (&desk));
  pn_test_desk_end (&desk);
}

static void
test_no_consent (void)
{
  PnTestDesk desk;

  begin (&desk, "set-no-consent", PN_MODE_NAKED, "raw");
  desk.job.permit_permanent = FALSE;
  run (&desk);
  pn_test_desk_assert_refused (&desk, "set-no-consent", PN_ERROR_CONSENT);
  g_assert_cmpuint (pn_test_host_count_intents (desk.host, "device-key"), ==, 0);
  pn_test_desk_end (&desk);
}

/* ---- faults ---- */

typedef struct
{
  const char *name;
  const char *layout;
  const char *fault; /* a word of pn_virtual_faults_add () */
  PnPhase phase;
  int code; /* PnError, or -1: it passes */
  const char *says;
} Fault;

static const Fault faults[] = {
  { "busy-once", "raw", "idp-busy=1", PN_PHASE_RECORD, -1, NULL },
  { "busy", "raw", "idp-busy=3", PN_PHASE_STORAGE, PN_ERROR_IO, "partition table" },
  { "answer-lost", "clear", "idp-lose=1", PN_PHASE_STORAGE, PN_ERROR_PROTOCOL,
    "at place 1 it lists “mmcblk0p2:root.ext4.sparse”" },
  { "write-fails", "raw", "fail-write-at=70000000", PN_PHASE_WRITE, PN_ERROR_REJECTED,
    "mapper/sensor_crypt" },
  { "bit-flips", "raw", "flip-bit=70000000", PN_PHASE_VERIFY, PN_ERROR_VERIFY, "read back" },
};

static void
test_fault (gconstpointer data)
{
  const Fault *fault = data;
  PnVirtualFaults dialled = pn_virtual_faults_none ();
  g_autofree char *name = g_strconcat ("set-", fault->name, NULL);
  PnTestDesk desk;

  begin (&desk, name, PN_MODE_NAKED, fault->layout);
  g_assert_true (pn_virtual_faults_add (&dialled, fault->fault, NULL));
  pn_virtual_device_set_faults (desk.device, &dialled);
  run (&desk);
  g_assert_cmpint (desk.result.phase, ==, fault->phase);
  if (fault->code < 0)
    g_assert_no_error (desk.error);
  else
    {
      g_assert_error (desk.error, PN_ERROR, fault->code);
      g_assert_nonnull (strstr (desk.error->message, fault->says));
      g_assert_cmpint (desk.result.verdict, ==, PN_VERDICT_FAILED);
      g_assert_cmpint (desk.result.condition, ==, PN_CONDITION_POWER_CYCLE);
      /* After the power cycle it goes through. */
      dialled = pn_virtual_faults_none ();
      pn_virtual_device_set_faults (desk.device, &dialled);
      pn_virtual_device_unplug (desk.device);
      run (&desk);
      g_assert_no_error (desk.error);
    }
  assert_done (&desk, name);
  pn_test_desk_end (&desk);
}

int
main (int argc, char **argv)
{
  int result;

  g_test_init (&argc, &argv, NULL);
  inputs = pn_test_inputs_new ();
  g_test_add_func ("/run-set/clear", test_clear);
  g_test_add_func ("/run-set/raw", test_raw);
  g_test_add_func ("/run-set/slots", test_slots);
  g_test_add_func ("/run-set/judge", test_judge);
  g_test_add_func ("/run-set/other-chips", test_other_chips);
  g_test_add_func ("/run-set/too-small", test_too_small);
  g_test_add_func ("/run-set/no-consent", test_no_consent);
  for (guint i = 0; i < G_N_ELEMENTS (faults); i++)
    {
      g_autofree char *path = g_strconcat ("/run-set/fault/", faults[i].name, NULL);

      g_test_add_data_func (path, &faults[i], test_fault);
    }
  result = g_test_run ();
  pn_test_inputs_free (inputs);
  return result;
}
