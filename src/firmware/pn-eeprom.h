/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gio/gio.h>

#include "pn-phase.h"
#include "pn-signer.h"

G_BEGIN_DECLS

#define PN_EEPROM_SIZE_2711 (512 * 1024)
#define PN_EEPROM_SIZE_2712 (2 * 1024 * 1024)

typedef struct
{
  gsize offset;   /* of the section header, bytes */
  guint32 magic;  /* 0x55aaf00f … : eeprom.md §2 */
  guint32 length; /* as in the header */
  char name[13];  /* "" where the section has none */
  gsize content_offset;
  gsize content_size;
} PnEepromSection;

/* A boot EEPROM image being edited. Not a GObject; one owner. Source: reference of the format is
 * rpi-eeprom: rpi-eeprom-config. */
typedef struct _PnEeprom PnEeprom;

PnEeprom *pn_eeprom_new (GBytes *image, GError **error);
void pn_eeprom_free (PnEeprom *self);
PnChip pn_eeprom_get_chip (PnEeprom *self);
gboolean pn_eeprom_is_ab (PnEeprom *self);
const PnEepromSection *pn_eeprom_get_sections (PnEeprom *self, guint *n_sections);
/* "bootcode.bin" is the nameless first section. PN_ERROR_NOT_FOUND. */
GBytes *pn_eeprom_get_file (PnEeprom *self, const char *name, GError **error);
/* Leaves the image untouched on error; rules of eeprom.md §3. */
gboolean pn_eeprom_replace_file (PnEeprom *self, const char *name, GBytes *content, GError **error);
void pn_eeprom_set_timestamp (PnEeprom *self, guint32 unix_time); /* eeprom.md §5 */
guint64 pn_eeprom_get_build_timestamp (PnEeprom *self); /* BUILD_TIMESTAMP, seconds; 0 = none */
char *pn_eeprom_get_version (PnEeprom *self);           /* VERSION, or NULL */
int pn_eeprom_get_mfg_version (PnEeprom *self);         /* MFG_VER, or -1 */
GBytes *pn_eeprom_to_bytes (PnEeprom *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (PnEeprom, pn_eeprom_free)

/* What a mode makes of a source image (eeprom.md §7). @config is the final configuration text.
 * @signer NULL: unsigned image (only bootconf.txt replaced). Otherwise bootconf.sig, pubkey.bin,
 * and on BCM2712 the counter-signed boot code (and bootsys). */
GBytes *pn_eeprom_build (GBytes *source,
                         GBytes *config,
                         PnSigner *signer,
                         gint64 unix_time,
                         GCancellable *cancellable,
                         GError **error);

G_END_DECLS
