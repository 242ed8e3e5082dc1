/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "pn-client-run.h"

G_BEGIN_DECLS

/* What a device has said of itself, whichever of its programs said it and under whatever name. */
typedef enum
{
  PN_EVIDENCE_MODEL,
  PN_EVIDENCE_SERIAL,
  PN_EVIDENCE_REVISION,
  PN_EVIDENCE_DUID,
  PN_EVIDENCE_ETHERNET,
  PN_EVIDENCE_WIFI,
  PN_EVIDENCE_BLUETOOTH,
  PN_EVIDENCE_MEMORY,       /* bytes */
  PN_EVIDENCE_STORAGE_SIZE, /* bytes */
  PN_EVIDENCE_STORAGE_CID,  /* of an SD card or eMMC, hex */
  PN_EVIDENCE_BOOTLOADER,
  PN_EVIDENCE_BOOTLOADER_TIME, /* when it was built, seconds of Unix time */
  PN_EVIDENCE_KEY_HASH,        /* hex; zeros = no key */
  PN_EVIDENCE_LOCK_RESULT,
  PN_EVIDENCE_SECURE_BOOT,     /* of the system's own view: "present" */
  PN_EVIDENCE_DEVELOPMENT_KEY, /* "present" = revoked */
  PN_EVIDENCE_BOOT_ROM,        /* the boot mode's word in OTP, hex */
  PN_EVIDENCE_JTAG,            /* "1" = locked */
  PN_EVIDENCE_EEPROM_HASH,
  PN_EVIDENCE_EEPROM_SIZE,      /* bytes */
  PN_EVIDENCE_EEPROM_JEDEC,     /* of its chip: maker and kind, hex */
  PN_EVIDENCE_EEPROM_ID,        /* of its chip: unique, hex */
  PN_EVIDENCE_WRITE_PROTECTION, /* of the boot EEPROM: "off" */
  PN_EVIDENCE_ENCRYPTION,       /* of the storage: "luks2", "none" */
  PN_EVIDENCE_DEVICE_KEY,       /* SHA-256 of its public half */
  PN_EVIDENCE_CLASS,            /* what it is: a word of base/pn-device-class.h */
  PN_EVIDENCE_UNFINISHED,       /* the phase in which its last run ended */
  PN_EVIDENCE_ROUTE,            /* of the image: "usb", "network", "network-then-usb" */
  PN_EVIDENCE_ADDRESS,          /* of the device on the network, where the image went there */
  PN_EVIDENCE_SKIP_FIRMWARE,    /* the overrides that were used: who, and why */
  PN_EVIDENCE_AGAIN,
  PN_EVIDENCE_RECIPE,
  PN_N_EVIDENCE,
} PnEvidence;

/* The names under which it is found, the best first; ends with NULL. */
const char *const *pn_evidence_names (PnEvidence evidence);
/* What a device is, from those two (nullable), in one line; NULL = not found out. (transfer full)
 */
char *pn_evidence_class_text (const char *device_class, const char *unfinished);
/* (transfer none), never "". NULL = the device has not said it. */
const char *pn_evidence_get (PnClientRun *run, PnEvidence evidence);
/* The same from a{ss}, for example of a record. */
const char *pn_evidence_lookup (GVariant *all, PnEvidence evidence);

G_END_DECLS
