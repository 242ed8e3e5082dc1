/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gio/gio.h>

#include "pn-phase.h"

G_BEGIN_DECLS

/* The description of an image set (idp.md): which partitions and LUKS2 containers a device makes,
 * and which sparse file goes where. */

#define PN_IDP_MAX (1024 * 1024)                       /* bytes of a description */
#define PN_IDP_MAX_FILE (G_GUINT64_CONSTANT (1) << 40) /* bytes of a sparse file */
#define PN_IDP_MAX_ITEMS 64                            /* images, and partitions with containers */
#define PN_IDP_LUKS_HEADER (16u * 1024 * 1024)         /* bytes that the device sets aside: §6 */

typedef enum
{
  PN_IDP_HOST,   /* what may be sent to a device: §8 */
  PN_IDP_DEVICE, /* what its daemon takes; PN_ERROR_FAILED where that makes it crash */
} PnIdpRules;

typedef enum
{
  PN_IDP_ROLE_NONE,
  PN_IDP_ROLE_BOOT,
  PN_IDP_ROLE_SYSTEM,
} PnIdpRole;

/* One entry of partitionimages. Strings are never NULL where nothing else is said. */
typedef struct
{
  char *key;       /* what the map refers to it by */
  char *raw;       /* the raw file's name, which nobody needs */
  char *file;      /* the sparse file's name */
  guint64 size;    /* bytes of the partition before it is rounded up */
  char *kind;      /* "vfat", "ext4"; nullable */
  char *type;      /* of a DOS table, hexadecimal; nullable */
  char *type_uuid; /* of a GPT; nullable */
  char *label;     /* nullable */
  char *uuid;      /* nullable */
  gboolean bootable;
} PnIdpImage;

typedef struct
{
  char *name;  /* under /dev/mapper */
  char *label; /* nullable */
  char *uuid;  /* nullable */
  char *cipher;
  char *hash;
  guint key_bits;
  gboolean partitioned; /* a GPT inside; else one file system */
} PnIdpLuks;

/* A partition, or a container with partitions inside. */
typedef struct
{
  char *slot;              /* "A"; NULL = in none */
  const PnIdpImage *image; /* NULL = a container */
  PnIdpRole role;
  PnIdpLuks *luks;     /* container */
  GPtrArray *children; /* container: PnIdpItem, partitions only */
  gboolean expand;     /* takes what is left */
} PnIdpItem;

typedef struct
{
  char *device_class; /* "cm5" */
  char *variant;
  PnStorage storage;
  guint64 sector_size; /* bytes */
  char *version;       /* of the image */
  char *name;          /* of the whole image's file */
  guint64 image_size;  /* bytes, said only */
  guint64 alignment;   /* bytes */
  gboolean gpt;
  char *disk_id;     /* nullable */
  gboolean slotted;  /* system_type */
  GPtrArray *images; /* PnIdpImage, in alphabetical order of their keys */
  GPtrArray *items;  /* PnIdpItem, in the order in which the device makes them */
} PnIdp;

/* Pure. PN_ERROR_INVALID_DATA with a sentence of what is wrong in the description. */
PnIdp *pn_idp_parse (GBytes *json, PnIdpRules rules, GError **error);
void pn_idp_free (PnIdp *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (PnIdp, pn_idp_free)
/* What may be sent (§8): done by pn_idp_parse () with the rules of a host. */
gboolean pn_idp_check (const PnIdp *self, GError **error);
/* Canonical JSON, without what a device does not look at; parsing it gives an equal description. */
GBytes *pn_idp_to_json (const PnIdp *self);

/* One answer of oem idpgetblk, as it has to come. */
typedef struct
{
  char *node; /* "mmcblk0p1", "mapper/gw_crypt2" */
  const PnIdpItem *item;
  const PnIdpItem *container; /* NULL = not encrypted */
  guint64 size;               /* bytes of the node; where it grows, the least */
  gboolean grows;
} PnIdpTarget;
/* (element-type PnIdpTarget) in the device's order; borrows from @self. */
GPtrArray *pn_idp_plan (const PnIdp *self);
gboolean pn_idp_encrypts (const PnIdp *self);
/* TRUE for a sparse file that a device starts from, which is signed where devices are locked: one
 * with the role boot, or where there is none, one that is bootable. */
gboolean pn_idp_is_boot_file (const PnIdp *self, const char *file);
/* Bytes of storage without which the device refuses: §6. Saturates. */
guint64 pn_idp_get_needed (const PnIdp *self);
/* Bytes of one item on the disk, without growing. */
guint64 pn_idp_get_item_size (const PnIdp *self, const PnIdpItem *item);

/* TRUE where the daemon takes a device of that device-tree model for one of @device_class. */
gboolean pn_idp_class_matches (const char *device_class, const char *model);
/* The family that a class of the schema stands for; FALSE for other words. */
gboolean pn_idp_class_to_chip (const char *device_class, PnChip *chip);

G_END_DECLS
