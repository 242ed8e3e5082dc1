/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "pn-public-key.h"

G_BEGIN_DECLS

/* BCM2711 boot code (signing.md §6): the code and, behind it, its size, a key number, an RSA-2048
 * signature with SHA-1 over all that, and an HMAC whose secret only the boot ROM knows. Raspberry
 * Pi alone signs it. */
#define PN_BOOTCODE_2711_TRAILER 284 /* bytes */
#define PN_BOOTCODE_2711_KEY_DEVELOPMENT 0
#define PN_BOOTCODE_2711_KEY_SECURE 1 /* the only one that a locked board takes */

/* Pure. The number of the key it says to be signed with; PN_ERROR_SIGNATURE where there is no
 * trailer. */
gboolean pn_bootcode_2711_get_key_number (GBytes *code, gint32 *number, GError **error);
/* TRUE where the trailer's RSA signature is @key's. */
gboolean pn_bootcode_2711_verify (GBytes *code, PnPublicKey *key);
/* Raspberry Pi's key PN_BOOTCODE_2711_KEY_SECURE, as boot ROMs hold it. */
PnPublicKey *pn_bootcode_2711_vendor_key (void);

G_END_DECLS
