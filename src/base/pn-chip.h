/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "pn-phase.h"

G_BEGIN_DECLS

/* What is fixed for a chip's way from power on to a started system: rpiboot.md §1, §8, eeprom.md
 * §9, signing.md §7. */
typedef struct
{
  guint16 product;            /* USB id of its boot ROM; the vendor is 0a5c */
  const char *loader;         /* the name of its second stage: "bootcode5.bin" */
  const char *folder;         /* of its files in bootfiles.bin: "2712/" */
  guint processor;            /* bits 12 to 15 of a board revision */
  gboolean has_eeprom;        /* and so a recovery program, signed loaders, boot.img */
  gboolean has_network;       /* a socket, on some of its boards, that the gadget uses */
  gboolean tells_serial;      /* in its boot ROM */
  gboolean countersigned;     /* once locked, its loaders need the owner's signature, too */
  gboolean needs_gpio;        /* for being locked: an RPIBOOT GPIO in OTP */
  gboolean sets_reboot_order; /* recovery makes it come back in USB boot by itself */
  gboolean otp_as_read;       /* the gadget reads board revision and MAC from OTP rows that hold
                               * them on this chip only: fastboot.md §8.1, signing.md §10 */
} PnChipTraits;

const PnChipTraits *pn_chip_get_traits (PnChip chip);
/* FALSE where the product is no chip's that we know. */
gboolean pn_chip_from_product (guint16 product, PnChip *chip);

/* Whether a mode burns the owner's key, and whether it encrypts the storage. */
gboolean pn_mode_locks (PnMode mode);
gboolean pn_mode_encrypts (PnMode mode);

/* The GPIOs that can be chosen for RPIBOOT: eeprom.md §9. */
gboolean pn_rpiboot_gpio_is_valid (guint64 gpio);
/* Whether a board of that revision has to have one in OTP: those of BCM2711 without a jumper of
 * their own for it. */
gboolean pn_rpiboot_gpio_is_needed (guint32 board_revision);

G_END_DECLS
