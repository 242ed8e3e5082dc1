/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "pn-phase.h"
#include "pn-signer.h"

G_BEGIN_DECLS

/* BCM2712 signed boot code (signing.md §5): blocks of 532 bytes appended to the code. */
#define PN_BOOTCODE_BLOCK_SIZE 532
#define PN_BOOTCODE_MAX_SIZE 112640 /* bytes, with all blocks */
#define PN_BOOTCODE_KEY_CUSTOMER 16

typedef struct
{
  gsize offset;
  gint32 key_number;
  gint32 version;
  PnPublicKey *key; /* owned */
} PnBootcodeBlock;

void pn_bootcode_block_free (PnBootcodeBlock *self);

/* Outermost first. Each block's signature is verified with the key inside it; whose key that is, is
 * for the caller to judge. Stops after a block with key number 0–3. PN_ERROR_SIGNATURE where there
 * is no valid block at the end. (element-type PnBootcodeBlock, freed with the array) */
GPtrArray *pn_bootcode_get_blocks (GBytes *code, GError **error);
/* Refuses a file that already ends in a customer block, that does not end in a Raspberry Pi block,
 * or that would grow over PN_BOOTCODE_MAX_SIZE. */
GBytes *
pn_bootcode_countersign (GBytes *code, PnSigner *signer, GCancellable *cancellable, GError **error);

/* Refuses what is not boot code of @chip as it is published: signed by Raspberry Pi and nobody
 * else, and small enough. @locked: also what a locked device would refuse. Chips without a boot
 * EEPROM take any code. Whose keys they are only the boot ROM knows. */
gboolean pn_bootcode_check_published (GBytes *code, PnChip chip, gboolean locked, GError **error);

G_END_DECLS
