/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "pn-hook-stage.h"
#include "pn-permanent.h"
#include "pn-phase.h"
#include "pn-public-key.h"

G_BEGIN_DECLS

#define PN_MANIFEST_FORMAT 1
#define PN_MANIFEST_MAX (1024 * 1024) /* bytes */
/* config.txt of whoever starts boot.img and nothing else. */
#define PN_MANIFEST_RAMDISK_CONFIG "boot_ramdisk=1\nuart_2ndstage=1\n"

/* What an artefact is for. The word is its name in manifest.json and in the helper's protocol. */
typedef enum
{
  PN_ROLE_RECOVERY,                /* "recovery": recovery.bin as published */
  PN_ROLE_RECOVERY_COUNTERSIGNED,  /* for a BCM2712 already locked with this key */
  PN_ROLE_RECOVERY_CONFIG_INSPECT, /* config.txt: nothing but reading */
  PN_ROLE_RECOVERY_CONFIG_LOCK,    /* program_pubkey=1 and the other permanent lines */
  PN_ROLE_RECOVERY_CONFIG_UPDATE,  /* EEPROM only */
  PN_ROLE_RECOVERY_CONFIG_JTAG,    /* the same, and the JTAG lock of a device with our key */
  PN_ROLE_EEPROM,                  /* pieeprom.bin */
  PN_ROLE_EEPROM_SIGNATURE,        /* pieeprom.sig */
  PN_ROLE_BOOTFILES,               /* bootfiles.bin as published */
  PN_ROLE_BOOTFILES_COUNTERSIGNED,
  PN_ROLE_GADGET,           /* boot.img of the fastboot gadget */
  PN_ROLE_GADGET_SIGNATURE, /* boot.sig */
  PN_ROLE_GADGET_CONFIG,    /* config.txt: boot_ramdisk=1 */
  PN_ROLE_BOOT_PARTITION,   /* sparse */
  PN_ROLE_ROOT_FILESYSTEM,  /* sparse: used blocks at the source's size */
  PN_ROLE_ROOT_METADATA,    /* sparse: input of pn_ext4_grow () */
  PN_ROLE_DISK,             /* sparse: the whole disk, mode naked */
  PN_ROLE_IMAGE_SET,        /* description of an image set, instead of the four before */
  PN_ROLE_IMAGE_SET_FILE,   /* sparse: one of its images; the only role that may be there twice */
  PN_ROLE_HOOKS,            /* "hook-bootfs-mounted": a script; the other stages' follow */
} PnRole;
#define PN_N_ROLES (PN_ROLE_HOOKS + PN_N_HOOK_STAGES)
const char *pn_role_to_word (PnRole role); /* "recovery-config-lock" … */
gboolean pn_role_from_word (const char *word, PnRole *role);

typedef struct
{
  PnRole role;
  char *name;   /* file name in the bundle: no '/', not "manifest.json" */
  guint64 size; /* bytes */
  PnSha256 digest;
  guint64 expanded_size; /* bytes, sparse artefacts; else 0 */
} PnArtefact;

/* A script of the recipe's, which is the artefact of the role PN_ROLE_HOOKS + stage. Image hooks
 * have run already; what they did is in the image. */
typedef struct
{
  PnHookStage stage;
  guint seconds; /* it may take */
  gboolean network;
  char **write; /* folders of the station that it may write to */
} PnManifestHook;

/* The sealed description of a bundle. Boxed-like, reference counted, immutable once parsed. */
typedef struct _PnManifest PnManifest;

/* Canonical JSON: keys sorted, no white space, one trailing newline. Parsing is strict: unknown
 * format, missing or doubled keys, two artefacts of a role, roles that the mode and the chip do not
 * allow or lack, sizes over limits, nesting over 16: PN_ERROR_INVALID_DATA. Parse then serialise
 * gives the same bytes, or parsing fails. */
PnManifest *pn_manifest_parse (GBytes *json, GError **error);
PnManifest *pn_manifest_ref (PnManifest *self);
void pn_manifest_unref (PnManifest *self);
GBytes *pn_manifest_get_bytes (PnManifest *self);   /* (transfer none) canonical bytes */
PnSha256 pn_manifest_get_digest (PnManifest *self); /* SHA-256 of those: the bundle's identity */
const char *pn_manifest_get_recipe_name (PnManifest *self);
guint pn_manifest_get_recipe_revision (PnManifest *self);
PnChip pn_manifest_get_chip (PnManifest *self);
PnMode pn_manifest_get_mode (PnManifest *self);
PnStorage pn_manifest_get_storage (PnManifest *self);
const char *pn_manifest_get_cipher (PnManifest *self); /* "aes-xts-plain64"; NULL = not encrypted */
PnPublicKey *pn_manifest_get_public_key (PnManifest *self); /* NULL unless secure-boot */
/* What becomes permanent: words of base/pn-permanent.h, NULL-terminated. */
const char *const *pn_manifest_get_permanent (PnManifest *self);
/* What a consent to that has to name: the key's fingerprint; where there is no key, the bundle's
 * digest. */
PnSha256 pn_manifest_get_consent (PnManifest *self);
guint pn_manifest_get_rpiboot_gpio (PnManifest *self); /* 0 = none is burned */
/* The only text that a bundle may hold in the role of a configuration. (transfer full) */
char *pn_manifest_make_config (PnManifest *self, PnRole role);
gboolean pn_manifest_updates_eeprom (PnManifest *self);
/* The image goes over the network to a device that offers it. */
gboolean pn_manifest_uses_network (PnManifest *self);
guint32 pn_manifest_get_disk_id (PnManifest *self); /* for partinit; 0 = none */
guint64
pn_manifest_get_boot_partition_size (PnManifest *self);     /* bytes, multiple of 4 MiB; 0 naked */
guint64 pn_manifest_get_minimum_storage (PnManifest *self); /* bytes the disk must have */
const char *pn_manifest_get_image_name (PnManifest *self);
PnSha256 pn_manifest_get_image_digest (PnManifest *self);
gint64 pn_manifest_get_timestamp (PnManifest *self); /* the one recorded clock, unix seconds */
guint pn_manifest_get_n_artefacts (PnManifest *self);
const PnArtefact *pn_manifest_get_artefact (PnManifest *self, guint index);
/* The first of a role; NULL where there is none. */
const PnArtefact *pn_manifest_find (PnManifest *self, PnRole role);
/* Of an artefact that the manifest itself gave. */
guint pn_manifest_index_of (PnManifest *self, const PnArtefact *artefact);
/* NULL where there is none of that stage. */
const PnManifestHook *pn_manifest_find_hook (PnManifest *self, PnHookStage stage);
/* The system is an image set: what is on the storage, and what of it is encrypted, is said there.
 */
gboolean pn_manifest_has_image_set (PnManifest *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (PnManifest, pn_manifest_unref)

G_END_DECLS
