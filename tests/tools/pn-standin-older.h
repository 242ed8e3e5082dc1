/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "pn-signer.h"

G_BEGIN_DECLS

/* Firmware of the chips before BCM2712. Boot code of BCM2711 is signed with SHA-1, for which
 * signers have no use otherwise: it is made with the vendor's PEM file itself, whose public half
 * stands in front of the trailer, where a practice boot ROM looks for it. */
GBytes *
pn_standin_code_2711 (gsize size, const char *text, guint32 key_number, const char *vendor_pem);
GBytes *pn_standin_eeprom_2711 (const char *vendor_pem);
GBytes *pn_standin_recovery_2711 (const char *vendor_pem);
GBytes *pn_standin_bootfiles_2711 (const char *vendor_pem);
/* The whole of a Zero 2 W's system for writing, as one bootfiles.bin. */
GBytes *pn_standin_bootfiles_2710 (void);

G_END_DECLS
