/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "pn-signer.h"

G_BEGIN_DECLS

/* Firmware stand-ins: right in form, signed by a vendor key of the test's own that takes Raspberry
 * Pi's place (key number 0), with made-up code. Deterministic for a given key. */

/* @size bytes of made-up code with @text inside, ending in a vendor block. */
GBytes *pn_standin_code (gsize size, const char *text, PnSigner *vendor);
/* A BCM2712 A/B EEPROM image of 2 MiB with the usual slots (eeprom.md §1, §2). */
GBytes *pn_standin_eeprom (PnSigner *vendor);
/* bootfiles.bin with what a BCM2712 asks for. */
GBytes *pn_standin_bootfiles (PnSigner *vendor);
GBytes *pn_standin_recovery (PnSigner *vendor);

G_END_DECLS
