/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "pn-chip.h"

static const PnChipTraits traits[] = {
  [PN_CHIP_BCM2710] = {
    .product = 0x2764,
    .loader = "bootcode.bin",
    .folder = "2710/",
    .processor = 2,
  },
  [PN_CHIP_BCM2711] = {
    .product = 0x2711,
    .loader = "bootcode4.bin",
    .folder = "2711/",
    .processor = 3,
    .has_eeprom = TRUE,
    .has_network = TRUE,
    .tells_serial = TRUE,
    .needs_gpio = TRUE,
  },
  [PN_CHIP_BCM2712] = {
    .product = 0x2712,
    .loader = "bootcode5.bin",
    .folder = "2712/",
    .processor = 4,
    .has_eeprom = TRUE,
    .has_network = TRUE,
    .tells_serial = TRUE,
    .countersigned = TRUE,
    .sets_reboot_order = TRUE,
    .otp_as_read = TRUE,
  },
};

const PnChipTraits *
pn_chip_get_traits (PnChip chip)
{
  g_return_val_if_fail ((guint) chip < G_N_ELEMENTS (traits), NULL);
  return &traits[chip];
}

gboolean
pn_chip_from_product (guint16 product, PnChip *chip)
{
  for (guint i = 0; i < G_N_ELEMENTS (traits); i++)
    if (traits[i].product == product)
      {
        *chip = (PnChip) i;
        return TRUE;
      }
  return FALSE;
}

gboolean
pn_mode_locks (PnMode mode)
{
  return mode == PN_MODE_SECURE_BOOT;
}

gboolean
pn_mode_encrypts (PnMode mode)
{
  return mode == PN_MODE_SECURE_BOOT || mode == PN_MODE_FDE_ONLY;
}

gboolean
pn_rpiboot_gpio_is_valid (guint64 gpio)
{
  return gpio == 2 || (gpio >= 4 && gpio <= 8);
}

/* Bits 4 to 11 of the revision: 0x11 is the Pi 4, 0x13 the Pi 400. */
gboolean
pn_rpiboot_gpio_is_needed (guint32 board_revision)
{
  guint type = (board_revision >> 4) & 0xff;

  return type == 0x11 || type == 0x13;
}
