/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The engine against the strict virtual device over its socket: what must pass, and everything that
 * must be refused, with OTP and storage looked at afterwards. */
#include "config.h"

#include <fcntl.h>
#include <string.h>
#include <sys/socket.h>

#include "pn-bytes.h"
#include "pn-chip.h"
#include "pn-io.h"
#include "pn-test-desk.h"
#include "pn-test-peer.h"
#include "pn-vusb.h"

#define MIB (G_GUINT64_CONSTANT (1024) * 1024)
#define DISK (768 * MIB)

static PnTestInputs *inputs;

typedef PnTestDesk Bench;

/* Takes @device. */
static void
bench_begin_device (Bench *bench, PnMode mode, PnStorage storage, PnVirtualDevice *device)
{
  pn_test_desk_begin (bench, inputs, pn_test_inputs_bundle (inputs, mode, storage), device);
}

static void
bench_begin_size (Bench *bench, const char *name, PnMode mode, PnStorage storage, guint64 size)
{
  bench_begin_device (
      bench, mode, storage,
      pn_test_inputs_device (inputs, name, storage, size, storage == PN_STORAGE_EMMC));
}

static void
bench_begin (Bench *bench, const char *name, PnMode mode, PnStorage storage)
{
  bench_begin_size (bench, name, mode, storage, DISK);
}

static void
test_secure_emmc (void)
{
  Bench bench;

  bench_begin (&bench, "secure-emmc", PN_MODE_SECURE_BOOT, PN_STORAGE_EMMC);
  pn_virtual_device_plug (bench.device, FALSE);
  pn_test_desk_run (&bench);
  g_assert_no_error (bench.error);
  g_assert_cmpint (bench.result.verdict, ==, PN_VERDICT_PASSED);
  pn_test_desk_assert_locked_with_ours (&bench);
  g_assert_cmpuint (pn_test_host_count_intents (bench.host, "customer-key"), ==, 1);
  g_assert_cmpuint (pn_test_host_count_outcomes (bench.host, "customer-key"), ==, 1);
  g_assert_cmpuint (pn_test_host_count_outcomes (bench.host, "device-key"), ==, 1);
  g_assert_cmpstr (pn_test_host_get_evidence (bench.host, "EEPROM_UPDATE"), ==, "success");
  g_assert_cmpstr (pn_test_host_get_evidence (bench.host, "secure-otp"), ==, "present");
  g_assert_cmpstr (pn_test_host_get_evidence (bench.host, "secure-devkey"), ==, "not present");
  g_assert_cmpstr (pn_test_host_get_evidence (bench.host, "eeprom-write-protect"), ==, "off");
  g_assert_cmpstr (pn_test_host_get_evidence (bench.host, "storage-encryption"), ==, "luks2");
  /* What the device says is told when it says it, not at the end. */
  g_assert_cmpstr (pn_test_host_get_told (bench.host, "serial"), ==, "connect");
  g_assert_cmpstr (pn_test_host_get_told (bench.host, "mac"), ==, "inspect");
  g_assert_cmpstr (pn_test_host_get_told (bench.host, "key-hash"), ==, "inspect");
  g_assert_cmpstr (pn_test_host_get_told (bench.host, "model"), ==, "inspect");
  g_assert_cmpstr (pn_test_host_get_told (bench.host, "storage-size"), ==, "inspect");
  g_assert_cmpuint (bench.result.bytes_verified, >, 0);
  g_assert_cmpuint (pn_test_host_get_progress (bench.host, PN_PHASE_WRITE), >, MIB);
  g_assert_cmpuint (strlen (bench.result.facts.serial), ==, 16);

  /* Again, with the same key: nothing permanent is done twice, and it needs no consent. */
  pn_virtual_device_unplug (bench.device);
  pn_virtual_device_plug (bench.device, FALSE);
  bench.job.permit_permanent = FALSE;
  pn_test_desk_run (&bench);
  g_assert_no_error (bench.error);
  g_assert_cmpuint (pn_test_host_count_intents (bench.host, "customer-key"), ==, 1);
  g_assert_cmpuint (pn_test_host_count_intents (bench.host, "device-key"), ==, 1);

  /* And once more, known from the records: no detour by the plain loader. */
  pn_virtual_device_unplug (bench.device);
  pn_virtual_device_plug (bench.device, FALSE);
  pn_test_host_know (bench.host, (PnHistory){ .locked = TRUE });
  pn_test_host_set_person (bench.host, NULL, NULL);
  pn_test_desk_run (&bench);
  g_assert_no_error (bench.error);
  pn_test_desk_end (&bench);
}

static void
test_secure_nvme (void)
{
  Bench bench;

  bench_begin_size (&bench, "secure-nvme", PN_MODE_SECURE_BOOT, PN_STORAGE_NVME, 1536 * MIB + 4096);
  pn_virtual_device_plug (bench.device, TRUE);
  pn_test_desk_run (&bench);
  g_assert_no_error (bench.error);
  pn_test_desk_assert_locked_with_ours (&bench);
  pn_test_desk_end (&bench);
}

static void
test_naked (void)
{
  Bench bench;

  bench_begin (&bench, "naked", PN_MODE_NAKED, PN_STORAGE_EMMC);
  pn_virtual_device_plug (bench.device, FALSE);
  pn_test_desk_run (&bench);
  g_assert_no_error (bench.error);
  g_assert_true (pn_test_desk_otp_is_blank (&bench));
  g_assert_cmpuint (pn_test_host_count_intents (bench.host, "customer-key"), ==, 0);
  g_assert_cmpuint (pn_test_host_count_intents (bench.host, "device-key"), ==, 0);
  g_assert_cmpstr (pn_test_host_get_evidence (bench.host, "storage-encryption"), ==, "none");
  pn_test_desk_end (&bench);
}

/* Encrypted, its identity made, and nothing locked. */
static void
test_fde_only (void)
{
  Bench bench;

  bench_begin (&bench, "fde-only", PN_MODE_FDE_ONLY, PN_STORAGE_EMMC);
  pn_virtual_device_plug (bench.device, FALSE);
  pn_test_desk_run (&bench);
  g_assert_no_error (bench.error);
  g_assert_true (pn_test_desk_otp_is_blank (&bench));
  g_assert_cmpuint (pn_test_host_count_intents (bench.host, "customer-key"), ==, 0);
  g_assert_cmpuint (pn_test_host_count_outcomes (bench.host, "device-key"), ==, 1);
  g_assert_cmpstr (pn_test_host_get_evidence (bench.host, "secure-otp"), ==, "not present");
  pn_test_desk_end (&bench);
}

/* A device's identity is for ever, too; a consent for another bundle is none. */
static void
test_fde_only_consent (gconstpointer data)
{
  gboolean given = GPOINTER_TO_INT (data);
  const char *name = given ? "fde-consent-other" : "fde-no-consent";
  guint8 key[32];
  Bench bench;

  bench_begin (&bench, name, PN_MODE_FDE_ONLY, PN_STORAGE_EMMC);
  bench.job.permit_permanent = given;
  bench.job.permit_fingerprint.bytes[0] ^= 1;
  pn_virtual_device_plug (bench.device, FALSE);
  pn_test_desk_run (&bench);
  pn_test_desk_assert_refused (&bench, name, PN_ERROR_CONSENT);
  pn_virtual_device_get_device_key (bench.device, key);
  g_assert_true (pn_sha256_is_zero ((PnSha256 *) key));
  g_assert_cmpuint (pn_test_host_count_intents (bench.host, "device-key"), ==, 0);
  pn_test_desk_end (&bench);
}

static void
test_other_key (gconstpointer data)
{
  PnMode mode = GPOINTER_TO_INT (data);
  const char *name = mode == PN_MODE_NAKED      ? "naked-on-locked"
                     : mode == PN_MODE_FDE_ONLY ? "fde-on-locked"
                                                : "other-key";
  guint8 theirs[32], after[32];
  Bench bench;

  bench_begin (&bench, name, mode, PN_STORAGE_EMMC);
  memset (theirs, 0x5a, sizeof theirs);
  g_assert_true (pn_virtual_device_burn (bench.device, theirs, NULL));
  pn_virtual_device_plug (bench.device, FALSE);
  pn_test_desk_run (&bench);
  pn_test_desk_assert_refused (&bench, name, PN_ERROR_LOCKED_OTHER_KEY);
  pn_virtual_device_get_key_hash (bench.device, after);
  g_assert_cmpmem (after, 32, theirs, 32);
  pn_test_desk_end (&bench);
}

static void
test_consent_missing (void)
{
  Bench bench;

  bench_begin (&bench, "no-consent", PN_MODE_SECURE_BOOT, PN_STORAGE_EMMC);
  bench.job.permit_permanent = FALSE;
  pn_virtual_device_plug (bench.device, FALSE);
  pn_test_desk_run (&bench);
  pn_test_desk_assert_refused (&bench, "no-consent", PN_ERROR_CONSENT);
  g_assert_true (pn_test_desk_otp_is_blank (&bench));
  g_assert_cmpuint (pn_test_host_count_intents (bench.host, "customer-key"), ==, 0);
  pn_test_desk_end (&bench);
}

static void
test_consent_other_key (void)
{
  Bench bench;

  bench_begin (&bench, "consent-other", PN_MODE_SECURE_BOOT, PN_STORAGE_EMMC);
  bench.job.permit_fingerprint.bytes[0] ^= 1;
  pn_virtual_device_plug (bench.device, FALSE);
  pn_test_desk_run (&bench);
  pn_test_desk_assert_refused (&bench, "consent-other", PN_ERROR_CONSENT);
  g_assert_true (pn_test_desk_otp_is_blank (&bench));
  pn_test_desk_end (&bench);
}

static void
test_not_admitted (void)
{
  Bench bench;

  bench_begin (&bench, "not-admitted", PN_MODE_SECURE_BOOT, PN_STORAGE_EMMC);
  pn_test_host_deny (bench.host, "The batch has all the devices it was opened for");
  pn_virtual_device_plug (bench.device, FALSE);
  pn_test_desk_run (&bench);
  pn_test_desk_assert_refused (&bench, "not-admitted", PN_ERROR_EXISTS);
  g_assert_true (pn_test_desk_otp_is_blank (&bench));
  pn_test_desk_end (&bench);
}

static void
test_storage_too_small (gconstpointer data)
{
  PnMode mode = GPOINTER_TO_INT (data);
  const char *name = mode == PN_MODE_NAKED ? "small-naked" : "small";
  Bench bench;

  bench_begin_size (&bench, name, mode, PN_STORAGE_EMMC, 96 * MIB);
  pn_virtual_device_plug (bench.device, FALSE);
  pn_test_desk_run (&bench);
  pn_test_desk_assert_refused (&bench, name, PN_ERROR_NO_SPACE);
  g_assert_true (pn_test_desk_otp_is_blank (&bench));
  pn_test_desk_end (&bench);
}

/* Introduces itself as the boot ROM of a BCM2711, and counts what is asked of it. */
static void
other_chip (gpointer peer, gpointer user_data)
{
  g_autoptr (GByteArray) identity = pn_test_identity (FALSE, "0123abcd");
  PnTestTransfer transfer;

  pn_poke_le16 (identity->data + 4 + 10, 0x2711);
  if (!pn_test_peer_say (peer, identity->data, identity->len))
    return;
  while (pn_test_peer_next (peer, &transfer))
    {
      ++*(guint *) user_data;
      pn_test_transfer_clear (&transfer);
    }
}

/* A device whose USB ids are another chip's is not even spoken to. */
static void
test_wrong_chip (void)
{
  guint asked = 0;
  PnTestPeer *peer;
  Bench bench;
  int fd;

  bench_begin (&bench, "wrong-chip", PN_MODE_SECURE_BOOT, PN_STORAGE_EMMC);
  peer = pn_test_peer_start (other_chip, &asked, G_MAXUINT64, &fd);
  pn_test_host_arrived (bench.host, PN_TEST_DEVICE_VUSB, fd);
  pn_test_desk_run (&bench);
  pn_test_desk_assert_refused (&bench, "wrong-chip", PN_ERROR_WRONG_DEVICE);
  g_assert_nonnull (strstr (bench.error->message, "2711"));
  pn_test_desk_end (&bench);
  (void) pn_test_peer_finish (peer);
  g_assert_cmpuint (asked, ==, 0);
}

/* The ids fit, but the board says that its chip is a BCM2711 (bits 12-15 of 0xc03114: 3). */
static void
test_wrong_board (gconstpointer data)
{
  PnMode mode = GPOINTER_TO_INT (data);
  const char *name = mode == PN_MODE_NAKED ? "wrong-board-naked" : "wrong-board";
  Bench bench;

  bench_begin_device (&bench, mode, PN_STORAGE_EMMC,
                      pn_test_inputs_board (inputs, name, PN_STORAGE_EMMC, DISK, TRUE, 0xc03114));
  pn_virtual_device_plug (bench.device, FALSE);
  pn_test_desk_run (&bench);
  pn_test_desk_assert_refused (&bench, name, PN_ERROR_WRONG_DEVICE);
  g_assert_nonnull (strstr (bench.error->message, "c03114"));
  g_assert_true (pn_test_desk_otp_is_blank (&bench));
  pn_test_desk_end (&bench);
}

/* The bundle is for NVMe, but the device has eMMC only. */
static void
test_wrong_storage (gconstpointer data)
{
  PnMode mode = GPOINTER_TO_INT (data);
  const char *name = mode == PN_MODE_NAKED ? "wrong-storage-naked" : "wrong-storage";
  Bench bench;

  bench_begin_device (&bench, mode, PN_STORAGE_NVME,
                      pn_test_inputs_device (inputs, name, PN_STORAGE_EMMC, DISK, TRUE));
  pn_virtual_device_plug (bench.device, FALSE);
  pn_test_desk_run (&bench);
  pn_test_desk_assert_refused (&bench, name, PN_ERROR_WRONG_DEVICE);
  g_assert_true (pn_test_desk_otp_is_blank (&bench));
  pn_test_desk_end (&bench);
}

/* Faults of the device before anything permanent: OTP stays blank, storage unwritten. */
static void
test_early_fault (gconstpointer data)
{
  const char *name = data;
  PnVirtualFaults faults = pn_virtual_faults_none ();
  Bench bench;

  bench_begin (&bench, name, PN_MODE_SECURE_BOOT, PN_STORAGE_EMMC);
  if (g_str_equal (name, "reject-recovery"))
    faults.reject_recovery = TRUE;
  else if (g_str_equal (name, "reject-gadget"))
    faults.reject_gadget = TRUE;
  else
    faults.gadget_serial = (char *) "1000000012345678";
  pn_virtual_device_set_faults (bench.device, &faults);
  pn_virtual_device_plug (bench.device, FALSE);
  pn_test_desk_run (&bench);
  g_assert_false (bench.passed);
  g_assert_cmpint (bench.result.condition, ==, PN_CONDITION_UNTOUCHED);
  g_assert_true (pn_test_desk_otp_is_blank (&bench));
  g_assert_true (pn_test_desk_storage_is_blank (&bench, name));
  if (g_str_equal (name, "reject-gadget"))
    g_assert_error (bench.error, PN_ERROR, PN_ERROR_REJECTED);
  else if (g_str_equal (name, "other-serial"))
    g_assert_error (bench.error, PN_ERROR, PN_ERROR_WRONG_DEVICE);
  pn_test_desk_end (&bench);
}

static void
test_eeprom_hash (gconstpointer data)
{
  PnMode mode = GPOINTER_TO_INT (data);
  const char *name = mode == PN_MODE_NAKED ? "hash-naked" : "hash";
  PnVirtualFaults faults = pn_virtual_faults_none ();
  Bench bench;

  bench_begin (&bench, name, mode, PN_STORAGE_EMMC);
  faults.wrong_eeprom_hash = TRUE;
  pn_virtual_device_set_faults (bench.device, &faults);
  pn_virtual_device_plug (bench.device, FALSE);
  pn_test_desk_run (&bench);
  g_assert_error (bench.error, PN_ERROR, PN_ERROR_VERIFY);
  /* Where nothing was burned nothing is in doubt: flash is written again. */
  g_assert_cmpint (bench.result.condition, ==,
                   pn_mode_locks (mode) ? PN_CONDITION_SET_ASIDE : PN_CONDITION_RETRY);
  g_assert_cmpint (bench.result.verdict, ==,
                   pn_mode_locks (mode) ? PN_VERDICT_SET_ASIDE : PN_VERDICT_FAILED);
  g_assert_cmpint (bench.result.phase, ==, PN_PHASE_LOCK);
  g_assert_true (pn_test_desk_storage_is_blank (&bench, name));
  /* What was said before it was locked is not so any more. */
  g_assert_cmpstr (pn_test_host_get_evidence (bench.host, "secure-otp"), ==,
                   mode == PN_MODE_NAKED ? "not present" : "not available");
  g_assert_null (pn_test_host_get_evidence (bench.host, "eeprom-write-protect"));
  if (mode == PN_MODE_NAKED)
    g_assert_true (pn_test_desk_otp_is_blank (&bench));
  pn_test_desk_end (&bench);
}

/* A device that says OKAY to everything and encrypts nothing: what is written comes back through
 * its mapping as it should. */
static void
test_plain_storage (void)
{
  PnVirtualFaults faults = pn_virtual_faults_none ();
  Bench bench;

  bench_begin (&bench, "plain-storage", PN_MODE_SECURE_BOOT, PN_STORAGE_EMMC);
  faults.gadget.plain_storage = TRUE;
  pn_virtual_device_set_faults (bench.device, &faults);
  pn_virtual_device_plug (bench.device, FALSE);
  pn_test_desk_run (&bench);
  g_assert_error (bench.error, PN_ERROR, PN_ERROR_VERIFY);
  g_assert_cmpint (bench.result.phase, ==, PN_PHASE_STORAGE);
  g_assert_cmpint (bench.result.condition, ==, PN_CONDITION_POWER_CYCLE);
  g_assert_null (pn_test_host_get_evidence (bench.host, "storage-encryption"));
  pn_test_desk_end (&bench);
}

static void
test_flipped_bit (gconstpointer data)
{
  PnMode mode = GPOINTER_TO_INT (data);
  PnVirtualFaults faults = pn_virtual_faults_none ();
  Bench bench;

  bench_begin (&bench, mode == PN_MODE_NAKED ? "flip-naked" : "flip", mode, PN_STORAGE_EMMC);
  faults.gadget.flip_bit = mode == PN_MODE_NAKED ? 1024 * 1024 + 5 : 4 * (gint64) MIB + 7;
  pn_virtual_device_set_faults (bench.device, &faults);
  pn_virtual_device_plug (bench.device, FALSE);
  pn_test_desk_run (&bench);
  g_assert_error (bench.error, PN_ERROR, PN_ERROR_VERIFY);
  g_assert_cmpint (bench.result.verdict, ==, PN_VERDICT_FAILED);
  g_assert_cmpint (bench.result.condition, ==, PN_CONDITION_POWER_CYCLE);
  pn_test_desk_end (&bench);
}

/* The cable is pulled when a phase begins; a second run takes the device up again. */
static void
test_unplugged (gconstpointer data)
{
  PnPhase phase = (PnPhase) GPOINTER_TO_INT (data);
  g_autofree char *name = g_strdup_printf ("unplugged-%s", pn_phase_to_word (phase));
  Bench bench;

  bench_begin (&bench, name, PN_MODE_SECURE_BOOT, PN_STORAGE_EMMC);
  bench.job.limits.replug = 500; /* nobody plugs it in again in this run */
  pn_test_host_set_person (bench.host, NULL, NULL);
  bench.unplug = TRUE;
  bench.unplug_at = phase;
  pn_virtual_device_plug (bench.device, FALSE);
  pn_test_desk_run (&bench);
  g_assert_false (bench.passed);
  g_assert_cmpint (bench.result.phase, ==, phase);
  if (phase <= PN_PHASE_LOCK)
    {
      g_assert_true (pn_test_desk_otp_is_blank (&bench));
      g_assert_true (pn_test_desk_storage_is_blank (&bench, name));
      g_assert_cmpint (bench.result.condition, ==, PN_CONDITION_UNTOUCHED);
    }

  bench.unplug = FALSE;
  bench.job.limits.replug = 10000;
  pn_test_host_set_person (bench.host, pn_test_desk_replug_cb, &bench);
  pn_virtual_device_plug (bench.device, FALSE);
  pn_test_desk_run (&bench);
  g_assert_no_error (bench.error);
  pn_test_desk_assert_locked_with_ours (&bench);
  pn_test_desk_end (&bench);
}

/* The cable is pulled after some bytes, wherever that is. Whatever happened, OTP is blank or ours,
 * and no intent is left open unless the engine says "set aside". */
static void
test_unplugged_anywhere (void)
{
  for (guint i = 0; i < 12; i++)
    {
      g_autofree char *name = g_strdup_printf ("anywhere-%u", i);
      PnVirtualFaults faults = pn_virtual_faults_none ();
      Bench bench;

      bench_begin (&bench, name, PN_MODE_SECURE_BOOT, PN_STORAGE_EMMC);
      bench.job.limits.replug = 300;
      bench.job.limits.appear = 1500;
      pn_test_host_set_person (bench.host, NULL, NULL);
      faults.unplug_after = 10 + (gint64) i * i * i * 33 * 1024;
      pn_virtual_device_set_faults (bench.device, &faults);
      pn_virtual_device_plug (bench.device, FALSE);
      pn_test_desk_run (&bench);
      if (!bench.passed)
        {
          if (!pn_test_desk_otp_is_blank (&bench))
            pn_test_desk_assert_locked_with_ours (&bench);
          if (pn_test_host_count_intents (bench.host, "customer-key") >
                  pn_test_host_count_outcomes (bench.host, "customer-key") &&
              !pn_test_desk_otp_is_blank (&bench))
            g_assert_cmpint (bench.result.condition, ==, PN_CONDITION_SET_ASIDE);
          if (pn_test_desk_otp_is_blank (&bench))
            g_assert_true (pn_test_desk_storage_is_blank (&bench, name));
        }
      pn_test_desk_end (&bench);
    }
}

static void
test_cancelled (void)
{
  Bench bench;

  bench_begin (&bench, "cancelled", PN_MODE_SECURE_BOOT, PN_STORAGE_EMMC);
  g_cancellable_cancel (bench.cancellable);
  pn_virtual_device_plug (bench.device, FALSE);
  pn_test_desk_run (&bench);
  g_assert_cmpint (bench.result.verdict, ==, PN_VERDICT_CANCELLED);
  g_assert_true (pn_test_desk_otp_is_blank (&bench));
  pn_test_desk_end (&bench);
}

/* What somebody sent and went away from is not taken for the next one's: 12 bytes of a loader that
 * the ROM has not asked for yet. */
static void
submit_and_leave (int stream)
{
  guint8 message[24 + 12] = { 0 };

  pn_poke_le32 (message, PN_VUSB_SUBMIT);
  pn_poke_le32 (message + 4, 1);
  pn_poke_le32 (message + 8, 1);
  pn_poke_le32 (message + 12, 12);
  g_assert_cmpint (send (stream, message, sizeof message, MSG_NOSIGNAL), ==, sizeof message);
}

static void
assert_ends (int stream)
{
  guint8 data[256];
  gssize got;

  while ((got = recv (stream, data, sizeof data, 0)) > 0)
    ;
  g_assert_cmpint (got, ==, 0);
}

static void
test_opened_again (void)
{
  Bench bench;
  g_autoptr (GError) error = NULL;
  g_auto (PnFd) first = -1;
  g_auto (PnFd) nothing = -1;
  guint32 message;
  int pair[2];

  pn_test_desk_begin_unplugged (
      &bench, inputs, pn_test_inputs_bundle (inputs, PN_MODE_NAKED, PN_STORAGE_EMMC),
      pn_test_inputs_device (inputs, "opened-again", PN_STORAGE_EMMC, DISK, TRUE));
  g_assert_cmpint (socketpair (AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair), ==, 0);
  pn_virtual_socket_attach (bench.device, pair[1]);
  nothing = pn_vusb_plug_open (pair[0], &error);
  g_assert_no_error (error);
  assert_ends (nothing);
  pn_virtual_device_plug (bench.device, FALSE);
  g_assert_true (pn_vusb_plug_receive (pair[0], &message, &first, &error));
  g_assert_cmpuint (message, ==, PN_VUSB_ATTACH);
  submit_and_leave (first);
  pn_test_host_arrived (bench.host, PN_TEST_DEVICE_VUSB, pn_vusb_plug_open (pair[0], &error));
  g_assert_no_error (error);
  assert_ends (first);
  pn_test_host_listen (bench.host, pair[0]);
  pn_test_desk_run (&bench);
  g_assert_no_error (bench.error);
  pn_test_desk_end (&bench);
}

int
main (int argc, char **argv)
{
  static const PnPhase phases[] = { PN_PHASE_INSPECT, PN_PHASE_LOCK,  PN_PHASE_START,
                                    PN_PHASE_STORAGE, PN_PHASE_WRITE, PN_PHASE_VERIFY };
  int status;

  g_test_init (&argc, &argv, NULL);
  inputs = pn_test_inputs_new ();
  g_test_add_func ("/run/secure-boot/emmc", test_secure_emmc);
  g_test_add_func ("/run/secure-boot/nvme", test_secure_nvme);
  g_test_add_func ("/run/naked", test_naked);
  g_test_add_data_func ("/run/refused/other-key", GINT_TO_POINTER (PN_MODE_SECURE_BOOT),
                        test_other_key);
  g_test_add_func ("/run/fde-only", test_fde_only);
  g_test_add_data_func ("/run/refused/fde-only-consent-missing", GINT_TO_POINTER (FALSE),
                        test_fde_only_consent);
  g_test_add_data_func ("/run/refused/fde-only-consent-for-another-bundle", GINT_TO_POINTER (TRUE),
                        test_fde_only_consent);
  g_test_add_data_func ("/run/refused/fde-only-on-locked", GINT_TO_POINTER (PN_MODE_FDE_ONLY),
                        test_other_key);
  g_test_add_data_func ("/run/refused/naked-on-locked", GINT_TO_POINTER (PN_MODE_NAKED),
                        test_other_key);
  g_test_add_func ("/run/refused/consent-missing", test_consent_missing);
  g_test_add_func ("/run/refused/consent-for-another-key", test_consent_other_key);
  g_test_add_func ("/run/refused/not-admitted", test_not_admitted);
  g_test_add_data_func ("/run/refused/storage-too-small", GINT_TO_POINTER (PN_MODE_SECURE_BOOT),
                        test_storage_too_small);
  g_test_add_data_func ("/run/refused/storage-too-small-naked", GINT_TO_POINTER (PN_MODE_NAKED),
                        test_storage_too_small);
  g_test_add_func ("/run/refused/wrong-chip", test_wrong_chip);
  g_test_add_data_func ("/run/refused/wrong-board", GINT_TO_POINTER (PN_MODE_SECURE_BOOT),
                        test_wrong_board);
  g_test_add_data_func ("/run/refused/wrong-board-naked", GINT_TO_POINTER (PN_MODE_NAKED),
                        test_wrong_board);
  g_test_add_data_func ("/run/refused/wrong-storage", GINT_TO_POINTER (PN_MODE_SECURE_BOOT),
                        test_wrong_storage);
  g_test_add_data_func ("/run/refused/wrong-storage-naked", GINT_TO_POINTER (PN_MODE_NAKED),
                        test_wrong_storage);
  g_test_add_data_func ("/run/fault/recovery-rejected", "reject-recovery", test_early_fault);
  g_test_add_data_func ("/run/fault/gadget-rejected", "reject-gadget", test_early_fault);
  g_test_add_data_func ("/run/fault/gadget-with-another-serial", "other-serial", test_early_fault);
  g_test_add_data_func ("/run/fault/eeprom-hash", GINT_TO_POINTER (PN_MODE_SECURE_BOOT),
                        test_eeprom_hash);
  g_test_add_data_func ("/run/fault/eeprom-hash-naked", GINT_TO_POINTER (PN_MODE_NAKED),
                        test_eeprom_hash);
  g_test_add_func ("/run/fault/plain-storage", test_plain_storage);
  g_test_add_data_func ("/run/fault/flipped-bit", GINT_TO_POINTER (PN_MODE_SECURE_BOOT),
                        test_flipped_bit);
  g_test_add_data_func ("/run/fault/flipped-bit-naked", GINT_TO_POINTER (PN_MODE_NAKED),
                        test_flipped_bit);
  for (guint i = 0; i < G_N_ELEMENTS (phases); i++)
    {
      g_autofree char *path = g_strdup_printf ("/run/unplugged/%s", pn_phase_to_word (phases[i]));

      g_test_add_data_func (path, GINT_TO_POINTER (phases[i]), test_unplugged);
    }
  g_test_add_func ("/run/unplugged/anywhere", test_unplugged_anywhere);
  g_test_add_func ("/run/cancelled", test_cancelled);
  g_test_add_func ("/run/opened-again", test_opened_again);
  status = g_test_run ();
  pn_test_inputs_free (inputs);
  return status;
}
