/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Every chip in every mode against a virtual device as strict as the silicon: what the matrix
 * allows must pass, and what it forbids is refused before a byte is sent. */
#include "config.h"

#include <fcntl.h>
#include <glib/gstdio.h>
#include <string.h>

#include "pn-bytes.h"
#include "pn-chip.h"
#include "pn-io.h"
#include "pn-manifest-private.h"
#include "pn-support.h"
#include "pn-test-desk.h"
#include "pn-test-peer.h"

#define MIB (G_GUINT64_CONSTANT (1024) * 1024)
#define DISK (640 * MIB)

static PnTestInputs *inputs;

typedef struct
{
  const char *model;
  PnChip chip;
  PnMode mode;
  PnStorage storage;
} Case;

static const Case cases[] = {
  { "cm5", PN_CHIP_BCM2712, PN_MODE_FDE_ONLY, PN_STORAGE_NVME },
  { "cm5", PN_CHIP_BCM2712, PN_MODE_SECURE_BOOT, PN_STORAGE_SD }, /* a Lite */
  { "cm4", PN_CHIP_BCM2711, PN_MODE_SECURE_BOOT, PN_STORAGE_EMMC },
  { "cm4", PN_CHIP_BCM2711, PN_MODE_SECURE_BOOT, PN_STORAGE_NVME },
  { "pi4", PN_CHIP_BCM2711, PN_MODE_SECURE_BOOT, PN_STORAGE_SD },
  { "pi400", PN_CHIP_BCM2711, PN_MODE_SECURE_BOOT, PN_STORAGE_SD },
  { "cm4", PN_CHIP_BCM2711, PN_MODE_FDE_ONLY, PN_STORAGE_EMMC },
  { "pi4", PN_CHIP_BCM2711, PN_MODE_FDE_ONLY, PN_STORAGE_SD },
  { "cm4", PN_CHIP_BCM2711, PN_MODE_NAKED, PN_STORAGE_EMMC },
  { "pi400", PN_CHIP_BCM2711, PN_MODE_NAKED, PN_STORAGE_SD },
  { "zero2w", PN_CHIP_BCM2710, PN_MODE_FDE_ONLY, PN_STORAGE_SD },
  { "zero2w", PN_CHIP_BCM2710, PN_MODE_NAKED, PN_STORAGE_SD },
};

static void
begin (PnTestDesk *desk, const char *name, const Case *one, PnTestBoardFunc change)
{
  pn_test_desk_begin (desk, inputs,
                      pn_test_inputs_bundle_for (inputs, one->chip, one->mode, one->storage),
                      pn_test_inputs_model (inputs, name, one->model, one->storage, DISK, change));
}

static void
assert_passed (PnTestDesk *desk, const Case *one)
{
  gboolean secure = one->mode == PN_MODE_SECURE_BOOT;

  g_assert_no_error (desk->error);
  g_assert_cmpint (desk->result.verdict, ==, PN_VERDICT_PASSED);
  g_assert_cmpuint (desk->result.bytes_verified, >, 0);
  g_assert_cmpuint (strlen (desk->result.facts.serial), ==, 16);
  if (secure)
    pn_test_desk_assert_locked_with_ours (desk);
  else
    g_assert_true (pn_test_desk_otp_is_blank (desk));
  g_assert_cmpint (pn_test_desk_has_device_key (desk), ==, one->mode != PN_MODE_NAKED);
  g_assert_cmpstr (pn_test_host_get_evidence (desk->host, "secure-otp"), ==,
                   one->chip == PN_CHIP_BCM2710 ? "not available"
                   : secure                     ? "present"
                                                : "not present");
  g_assert_cmpstr (pn_test_host_get_evidence (desk->host, "EEPROM_UPDATE"), ==,
                   one->chip == PN_CHIP_BCM2710 ? NULL : "success");
}

static void
test_passes (gconstpointer data)
{
  const Case *one = data;
  g_autofree char *name = g_strdup_printf ("%s-%s-%s", one->model, pn_mode_to_word (one->mode),
                                           pn_storage_to_word (one->storage));
  PnTestDesk desk;

  begin (&desk, name, one, NULL);
  pn_virtual_device_plug (desk.device, FALSE);
  pn_test_desk_run (&desk);
  assert_passed (&desk, one);
  /* A locked device with our key is taken up again, and nothing permanent is made twice. */
  if (one->mode == PN_MODE_SECURE_BOOT && one->chip == PN_CHIP_BCM2711)
    {
      pn_virtual_device_unplug (desk.device);
      pn_virtual_device_plug (desk.device, FALSE);
      desk.job.permit_permanent = FALSE;
      pn_test_desk_run (&desk);
      assert_passed (&desk, one);
      g_assert_cmpuint (pn_test_host_count_intents (desk.host, "customer-key"), ==, 1);
      g_assert_cmpuint (pn_test_host_count_intents (desk.host, "device-key"), ==, 1);
    }
  pn_test_desk_end (&desk);
}

/* A Zero 2 W starts from a card that is done, and is not seen any more. */
static void
test_zero_is_done (void)
{
  const Case one = { "zero2w", PN_CHIP_BCM2710, PN_MODE_NAKED, PN_STORAGE_SD };
  PnTestDesk desk;

  begin (&desk, "zero-done", &one, NULL);
  pn_virtual_device_plug (desk.device, FALSE);
  pn_test_desk_run (&desk);
  assert_passed (&desk, &one);
  g_assert_null (desk.result.facts.mac); /* nothing that could be asked knows it */
  pn_virtual_device_unplug (desk.device);
  pn_virtual_device_plug (desk.device, TRUE);
  desk.job.limits.appear = 1000;
  pn_test_desk_run (&desk);
  g_assert_error (desk.error, PN_ERROR, PN_ERROR_TIMED_OUT);
  g_assert_cmpint (pn_virtual_device_get_stage (desk.device), ==, PN_VIRTUAL_RUNNING);
  pn_test_desk_end (&desk);
}

/* ---- a Raspberry Pi 4 and its GPIO ---- */

static void
without_gpio (PnVirtualBoard *board)
{
  board->rpiboot_gpio = 0;
}

static void
with_other_gpio (PnVirtualBoard *board)
{
  board->rpiboot_gpio = 4;
}

/* Its link to ground does nothing before OTP says which pin it is; locking chooses it. */
static void
test_gpio_chosen (void)
{
  const Case one = { "pi4", PN_CHIP_BCM2711, PN_MODE_SECURE_BOOT, PN_STORAGE_SD };
  PnTestDesk desk;

  begin (&desk, "gpio-chosen", &one, without_gpio);
  pn_virtual_device_plug (desk.device, TRUE);
  pn_test_desk_run (&desk);
  assert_passed (&desk, &one);
  g_assert_cmpuint (pn_virtual_device_get_rpiboot_gpio (desk.device), ==, 8);
  pn_test_desk_end (&desk);
}

/* Another pin is in OTP already: recovery cannot choose ours, and locks nothing. */
static void
test_gpio_taken (void)
{
  const Case one = { "pi4", PN_CHIP_BCM2711, PN_MODE_SECURE_BOOT, PN_STORAGE_SD };
  PnTestDesk desk;

  begin (&desk, "gpio-taken", &one, with_other_gpio);
  pn_virtual_device_plug (desk.device, FALSE);
  pn_test_desk_run (&desk);
  g_assert_error (desk.error, PN_ERROR, PN_ERROR_VERIFY);
  g_assert_true (pn_test_desk_otp_is_blank (&desk));
  g_assert_cmpuint (pn_virtual_device_get_rpiboot_gpio (desk.device), ==, 4);
  g_assert_true (pn_test_desk_storage_is_blank (&desk, "gpio-taken"));
  pn_test_desk_end (&desk);
}

/* ---- a BCM2711 tells its key only by what it says ---- */

static void
test_locked_2711 (gconstpointer data)
{
  Case one = { "cm4", PN_CHIP_BCM2711, PN_MODE_NAKED, PN_STORAGE_EMMC };
  g_autofree char *name = NULL;
  guint8 theirs[32], after[32];
  PnTestDesk desk;

  one.mode = (PnMode) GPOINTER_TO_INT (data);
  name = g_strdup_printf ("locked-2711-%s", pn_mode_to_word (one.mode));
  begin (&desk, name, &one, NULL);
  memset (theirs, 0x5a, sizeof theirs);
  g_assert_true (pn_virtual_device_burn (desk.device, theirs, NULL));
  pn_virtual_device_plug (desk.device, FALSE);
  pn_test_desk_run (&desk);
  pn_test_desk_assert_refused (&desk, name, PN_ERROR_LOCKED_OTHER_KEY);
  pn_virtual_device_get_key_hash (desk.device, after);
  g_assert_cmpmem (after, 32, theirs, 32);
  pn_test_desk_end (&desk);
}

/* A recovery that reports nothing: the provisioning system says whether a key is in OTP. What was
 * burned is not known then, so locking is not called done. */
static void
test_silent_2711 (gconstpointer data)
{
  Case one = { "cm4", PN_CHIP_BCM2711, PN_MODE_NAKED, PN_STORAGE_EMMC };
  PnVirtualFaults faults = pn_virtual_faults_none ();
  g_autofree char *name = NULL;
  PnTestDesk desk;

  one.mode = (PnMode) GPOINTER_TO_INT (data);
  name = g_strdup_printf ("silent-2711-%s", pn_mode_to_word (one.mode));
  begin (&desk, name, &one, NULL);
  faults.silent_metadata = TRUE;
  pn_virtual_device_set_faults (desk.device, &faults);
  pn_virtual_device_plug (desk.device, FALSE);
  pn_test_desk_run (&desk);
  g_assert_error (desk.error, PN_ERROR, PN_ERROR_VERIFY);
  g_assert_cmpint (desk.result.phase, ==, PN_PHASE_LOCK);
  g_assert_cmpint (desk.result.condition, ==,
                   pn_mode_locks (one.mode) ? PN_CONDITION_SET_ASIDE : PN_CONDITION_RETRY);
  g_assert_true (pn_test_desk_storage_is_blank (&desk, name));
  pn_test_desk_end (&desk);
}

/* ---- what does not go together ---- */

typedef struct
{
  guint16 product;
  guint asked;
} Stranger;

static void
be_stranger (gpointer peer, gpointer user_data)
{
  Stranger *self = user_data;
  g_autoptr (GByteArray) identity = pn_test_identity (FALSE, "0123abcd");
  PnTestTransfer transfer;

  pn_poke_le16 (identity->data + 4 + 10, self->product);
  if (!pn_test_peer_say (peer, identity->data, identity->len))
    return;
  while (pn_test_peer_next (peer, &transfer))
    {
      self->asked++;
      pn_test_transfer_clear (&transfer);
    }
}

/* A bundle of each chip against the boot ROMs of the other chips: not even spoken to. */
static void
test_other_chips (void)
{
  static const guint16 products[] = { 0x2763, 0x2764, 0x2711, 0x2712 };
  static const Case bundles[] = {
    { "zero2w", PN_CHIP_BCM2710, PN_MODE_NAKED, PN_STORAGE_SD },
    { "cm4", PN_CHIP_BCM2711, PN_MODE_NAKED, PN_STORAGE_EMMC },
    { "cm5", PN_CHIP_BCM2712, PN_MODE_FDE_ONLY, PN_STORAGE_NVME },
  };
  guint n = 0;

  for (guint i = 0; i < G_N_ELEMENTS (bundles); i++)
    for (guint j = 0; j < G_N_ELEMENTS (products); j++)
      {
        Stranger stranger = { products[j], 0 };
        PnTestPeer *peer;
        PnTestDesk desk;
        PnChip chip;
        int fd;

        if (pn_chip_from_product (products[j], &chip) && chip == bundles[i].chip)
          continue;
        begin (&desk, "stranger", &bundles[i], NULL);
        peer = pn_test_peer_start (be_stranger, &stranger, G_MAXUINT64, &fd);
        pn_test_host_arrived (desk.host, PN_TEST_DEVICE_VUSB, fd);
        pn_test_desk_run (&desk);
        pn_test_desk_assert_refused (&desk, "stranger", PN_ERROR_WRONG_DEVICE);
        pn_test_desk_end (&desk);
        (void) pn_test_peer_finish (peer);
        g_assert_cmpuint (stranger.asked, ==, 0);
        n++;
      }
  g_assert_cmpuint (n, ==, 9);
}

/* A manifest that says what does not go together cannot be parsed; were it there all the same, the
 * engine would not take a device for it. */
static void
test_forbidden (void)
{
  const Case base = { "cm5", PN_CHIP_BCM2712, PN_MODE_FDE_ONLY, PN_STORAGE_NVME };
  guint n = 0;

  for (PnChip chip = 0; chip <= PN_CHIP_BCM2712; chip++)
    for (PnMode mode = 0; mode <= PN_MODE_NAKED; mode++)
      for (PnStorage storage = 0; storage <= PN_STORAGE_NVME; storage++)
        {
          Stranger stranger = { pn_chip_get_traits (chip)->product, 0 };
          PnTestPeer *peer;
          PnTestDesk desk;
          int fd;

          if (pn_support_check (chip, mode, storage) == PN_SUPPORT_YES)
            continue;
          begin (&desk, "forbidden", &base, NULL);
          desk.job.manifest->chip = chip;
          desk.job.manifest->mode = mode;
          desk.job.manifest->storage = storage;
          peer = pn_test_peer_start (be_stranger, &stranger, G_MAXUINT64, &fd);
          pn_test_host_arrived (desk.host, PN_TEST_DEVICE_VUSB, fd);
          pn_test_desk_run (&desk);
          pn_test_desk_assert_refused (&desk, "forbidden", PN_ERROR_NOT_SUPPORTED);
          g_assert_cmpint (desk.result.phase, ==, PN_PHASE_CONNECT);
          pn_test_desk_end (&desk);
          (void) pn_test_peer_finish (peer);
          g_assert_cmpuint (stranger.asked, ==, 0);
          n++;
        }
  g_assert_cmpuint (n, ==, 7);
}

/* The chip fits, the model does not: nothing was changed when that came out. */
static void
test_other_models (void)
{
  const Case zero = { "zero2w", PN_CHIP_BCM2710, PN_MODE_NAKED, PN_STORAGE_SD };
  const Case module = { "cm4", PN_CHIP_BCM2711, PN_MODE_SECURE_BOOT, PN_STORAGE_NVME };
  PnTestDesk desk;

  begin (&desk, "pi-3", &zero, pn_test_be_pi_3);
  pn_virtual_device_plug (desk.device, FALSE);
  pn_test_desk_run (&desk);
  pn_test_desk_assert_refused (&desk, "pi-3", PN_ERROR_WRONG_DEVICE);
  pn_test_desk_end (&desk);

  begin (&desk, "module-4s", &module, pn_test_be_module_4s);
  pn_virtual_device_plug (desk.device, FALSE);
  pn_test_desk_run (&desk);
  pn_test_desk_assert_refused (&desk, "module-4s", PN_ERROR_WRONG_DEVICE);
  g_assert_true (pn_test_desk_otp_is_blank (&desk));
  pn_test_desk_end (&desk);
}

int
main (int argc, char **argv)
{
  int status;

  g_test_init (&argc, &argv, NULL);
  inputs = pn_test_inputs_new ();
  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *path =
          g_strdup_printf ("/chips/passes/%s/%s/%s", cases[i].model,
                           pn_mode_to_word (cases[i].mode), pn_storage_to_word (cases[i].storage));

      g_test_add_data_func (path, &cases[i], test_passes);
    }
  g_test_add_func ("/chips/zero-is-done", test_zero_is_done);
  g_test_add_func ("/chips/gpio/chosen", test_gpio_chosen);
  g_test_add_func ("/chips/gpio/taken", test_gpio_taken);
  g_test_add_data_func ("/chips/locked-2711/secure-boot", GINT_TO_POINTER (PN_MODE_SECURE_BOOT),
                        test_locked_2711);
  g_test_add_data_func ("/chips/locked-2711/fde-only", GINT_TO_POINTER (PN_MODE_FDE_ONLY),
                        test_locked_2711);
  g_test_add_data_func ("/chips/locked-2711/naked", GINT_TO_POINTER (PN_MODE_NAKED),
                        test_locked_2711);
  g_test_add_data_func ("/chips/silent-2711/secure-boot", GINT_TO_POINTER (PN_MODE_SECURE_BOOT),
                        test_silent_2711);
  g_test_add_data_func ("/chips/silent-2711/naked", GINT_TO_POINTER (PN_MODE_NAKED),
                        test_silent_2711);
  g_test_add_func ("/chips/other-chips", test_other_chips);
  g_test_add_func ("/chips/forbidden", test_forbidden);
  g_test_add_func ("/chips/other-models", test_other_models);
  status = g_test_run ();
  pn_test_inputs_free (inputs);
  return status;
}
