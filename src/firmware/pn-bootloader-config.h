/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gio/gio.h>

#include "pn-phase.h"

G_BEGIN_DECLS

#define PN_BOOTLOADER_CONFIG_MAX 4076 /* bytes */

/* bootconf.txt (eeprom.md §7, §10, §11). Each returns new text and leaves its input alone;
 * @warnings (nullable) gets sentences appended (GStrvBuilder). */
gboolean pn_bootloader_config_check (GBytes *text, GError **error);
GBytes *pn_bootloader_config_ensure_signed (GBytes *text);
GBytes *
pn_bootloader_config_match_storage (GBytes *text, PnStorage storage, GStrvBuilder *warnings);
/* The configuration used when a recipe names none: (transfer full). */
GBytes *pn_bootloader_config_default (PnMode mode);

G_END_DECLS
