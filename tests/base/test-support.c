/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What goes together, said a second time and independently of the table. */
#include "config.h"

#include <string.h>

#include "pn-chip.h"
#include "pn-support.h"

/* chip, then one word for each mode: the storages that go with it. */
static const struct
{
  PnChip chip;
  PnMode mode;
  const char *storages;
} wanted[] = {
  { PN_CHIP_BCM2710, PN_MODE_SECURE_BOOT, "" },
  { PN_CHIP_BCM2710, PN_MODE_FDE_ONLY, "sd" },
  { PN_CHIP_BCM2710, PN_MODE_NAKED, "sd" },
  { PN_CHIP_BCM2711, PN_MODE_SECURE_BOOT, "sd emmc nvme" },
  { PN_CHIP_BCM2711, PN_MODE_FDE_ONLY, "sd emmc nvme" },
  { PN_CHIP_BCM2711, PN_MODE_NAKED, "sd emmc nvme" },
  { PN_CHIP_BCM2712, PN_MODE_SECURE_BOOT, "sd emmc nvme" },
  { PN_CHIP_BCM2712, PN_MODE_FDE_ONLY, "sd emmc nvme" },
  { PN_CHIP_BCM2712, PN_MODE_NAKED, "sd emmc nvme" },
};

static void
test_chips (void)
{
  for (guint i = 0; i < G_N_ELEMENTS (wanted); i++)
    for (PnStorage storage = 0; storage <= PN_STORAGE_NVME; storage++)
      {
        PnSupport support = pn_support_check (wanted[i].chip, wanted[i].mode, storage);
        gboolean listed = strstr (wanted[i].storages, pn_storage_to_word (storage)) != NULL;

        g_assert_cmpint (support == PN_SUPPORT_YES, ==, listed);
        g_assert_cmpint (pn_support_to_sentence (support) == NULL, ==, listed);
      }
  g_assert_cmpint (pn_support_check_mode (PN_CHIP_BCM2710, PN_MODE_SECURE_BOOT), ==,
                   PN_SUPPORT_NO_LOCK);
  g_assert_cmpint (pn_support_check (PN_CHIP_BCM2710, PN_MODE_NAKED, PN_STORAGE_NVME), ==,
                   PN_SUPPORT_NO_STORAGE);
}

static const struct
{
  PnChip chip;
  guint32 revision;
  const char *model;
  const char *storages;
} boards[] = {
  { PN_CHIP_BCM2710, 0x902120, "Raspberry Pi Zero 2 W Rev 1.0", "sd" },
  { PN_CHIP_BCM2710, 0xa020d3, "Raspberry Pi 3 Model B Plus Rev 1.3", "" },
  { PN_CHIP_BCM2711, 0xc03114, "Raspberry Pi 4 Model B Rev 1.4", "sd" },
  { PN_CHIP_BCM2711, 0xc03130, "Raspberry Pi 400 Rev 1.0", "sd" },
  { PN_CHIP_BCM2711, 0xb03141, "Raspberry Pi Compute Module 4 Rev 1.1", "sd emmc nvme" },
  { PN_CHIP_BCM2711, 0xa03150, "Raspberry Pi Compute Module 4S Rev 1.0", "sd emmc" },
  { PN_CHIP_BCM2712, 0xd04170, "Raspberry Pi 5 Model B Rev 1.0", "sd nvme" },
  { PN_CHIP_BCM2712, 0xd04190, "Raspberry Pi 500 Rev 1.0", "sd nvme" },
  { PN_CHIP_BCM2712, 0xc04180, "Raspberry Pi Compute Module 5 Rev 1.0", "emmc nvme" },
  { PN_CHIP_BCM2712, 0xc041a0, "Raspberry Pi Compute Module 5 Lite Rev 1.0", "sd nvme" },
  { PN_CHIP_BCM2712, 0xc04ff0, "Raspberry Pi of tomorrow", "sd emmc nvme" },
};

/* Each by its revision alone, by its name alone, and by both. */
static void
test_boards (void)
{
  for (guint i = 0; i < G_N_ELEMENTS (boards); i++)
    for (PnStorage storage = 0; storage <= PN_STORAGE_NVME; storage++)
      for (guint known = 1; known <= 3; known++)
        {
          PnSupport support = pn_support_check_board (boards[i].chip, PN_MODE_NAKED, storage,
                                                      (known & 1) != 0 ? boards[i].revision : 0,
                                                      (known & 2) != 0 ? boards[i].model : NULL);
          gboolean listed = strstr (boards[i].storages, pn_storage_to_word (storage)) != NULL;

          g_test_message ("%s, %s: %u", boards[i].model, pn_storage_to_word (storage), support);
          g_assert_cmpint (support == PN_SUPPORT_YES, ==, listed);
        }
}

static void
test_names (void)
{
  for (guint i = 0; i < G_N_ELEMENTS (boards); i++)
    {
      PnChip chip;

      if (pn_support_find_chip (boards[i].model, &chip))
        g_assert_cmpint (chip, ==, boards[i].chip);
      else
        g_assert_true (strstr (boards[i].model, " 3 ") != NULL ||
                       strstr (boards[i].model, "tomorrow") != NULL);
    }
}

static void
test_traits (void)
{
  for (PnChip chip = 0; chip <= PN_CHIP_BCM2712; chip++)
    {
      const PnChipTraits *traits = pn_chip_get_traits (chip);
      PnChip found;

      g_assert_true (pn_chip_from_product (traits->product, &found));
      g_assert_cmpint (found, ==, chip);
      /* Without an EEPROM there is nothing to lock. */
      g_assert_cmpint (traits->has_eeprom, ==,
                       pn_support_check_mode (chip, PN_MODE_SECURE_BOOT) == PN_SUPPORT_YES);
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/support/chips", test_chips);
  g_test_add_func ("/support/boards", test_boards);
  g_test_add_func ("/support/names", test_names);
  g_test_add_func ("/support/traits", test_traits);
  return g_test_run ();
}
