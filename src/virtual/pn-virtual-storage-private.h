/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "pn-secret.h"
#include "pn-virtual-storage.h"

G_BEGIN_DECLS

/* What the gadget does with the disk. Node names as below /dev. All thread safe. */
typedef enum
{
  PN_NODE_MISSING,
  PN_NODE_FREE,
  PN_NODE_BUSY, /* cannot be opened exclusively: it, or a part of it, is mapped */
} PnNodeState;

PnNodeState pn_virtual_storage_look (PnVirtualStorage *self, const char *node, guint64 *size);
/* Within the node, at any offset and of any size. FALSE beyond its end, where the file fails, or
 * where a fault is dialled in. */
gboolean pn_virtual_storage_read (
    PnVirtualStorage *self, const char *node, guint64 offset, guint8 *buffer, gsize size);
gboolean pn_virtual_storage_write (
    PnVirtualStorage *self, const char *node, guint64 offset, const guint8 *data, gsize size);
/* Reads the partition table again, as the kernel is asked to after a whole-disk write. */
void pn_virtual_storage_rescan (PnVirtualStorage *self);
/* Names of all nodes, sorted: disk, partitions, mappings. */
GStrv pn_virtual_storage_list (PnVirtualStorage *self);
/* The kernel that held the mappings is gone. */
void pn_virtual_storage_unmap_all (PnVirtualStorage *self);
PnStorage pn_virtual_storage_get_kind (PnVirtualStorage *self);
/* The 32-bit pattern @fill over @size bytes, a multiple of 4; a clear disk stays sparse. */
gboolean pn_virtual_storage_fill (
    PnVirtualStorage *self, const char *node, guint64 offset, guint32 fill, guint64 size);
void pn_virtual_storage_set_faults (PnVirtualStorage *self, const PnGadgetFaults *faults);
PnGadgetFaults pn_virtual_storage_get_faults (PnVirtualStorage *self);
/* Now is after the last write: flips the bit of the fault dial, once for each time its byte was
 * written. */
void pn_virtual_storage_settle (PnVirtualStorage *self);
/* Holds a node with a mounted file system busy. FALSE with an errno in @saved_errno. */
gboolean pn_virtual_storage_mount (PnVirtualStorage *self,
                                   const char *node,
                                   const char *folder,
                                   int *saved_errno);
gboolean pn_virtual_storage_unmount (PnVirtualStorage *self, const char *folder);

/* pn-virtual-table.c. @label "gpt" or "dos"; @id NULL or "0x…" or a GUID. */
typedef enum
{
  PN_TABLE_OK,
  PN_TABLE_NO_DISK,
  PN_TABLE_REFUSED, /* label, id, type or room */
  PN_TABLE_NOT_WRITTEN,
} PnTableResult;
PnTableResult pn_virtual_storage_init_table (PnVirtualStorage *self,
                                             const char *disk,
                                             const char *label,
                                             const char *id);
/* @size in bytes, 0 = the rest. */
PnTableResult pn_virtual_storage_append (PnVirtualStorage *self,
                                         const char *disk,
                                         const char *type,
                                         guint64 size);

/* A new table with its partitions, first to last; all or as far as it goes. */
typedef struct
{
  const char *type; /* as of a DOS table or a GPT */
  const char *name; /* GPT; nullable */
  const char *uuid; /* GPT; nullable */
  guint64 size;     /* bytes; 0 = the rest */
} PnTableItem;
typedef struct
{
  const char *label; /* "gpt" or "dos" */
  const char *id;    /* nullable */
  guint64 grain;     /* bytes */
  const PnTableItem *items;
  guint n_items;
} PnTable;
/* On the disk, or on a mapping, whose partitions become nodes of their own ("mapper/name1" …).
 * @failed gets the index of the partition that was refused, n_items where it was another. */
PnTableResult pn_virtual_storage_lay_out (PnVirtualStorage *self,
                                          const char *node,
                                          const PnTable *table,
                                          guint *failed);

/* pn-virtual-luks.c. */
typedef struct
{
  const char *label;   /* nullable */
  const char *uuid;    /* nullable */
  const char *cipher;  /* "aes-xts-plain64" */
  const char *hash;    /* of the passphrase's derivation */
  gsize key_size;      /* bytes */
  guint64 data_offset; /* bytes */
} PnLuksParameters;
gboolean pn_virtual_storage_format_as (PnVirtualStorage *self,
                                       const char *node,
                                       const PnLuksParameters *parameters,
                                       const char *passphrase);
/* As oem cryptinit does it. */
gboolean pn_virtual_storage_format (PnVirtualStorage *self,
                                    const char *node,
                                    const char *label,
                                    const char *cipher,
                                    const char *passphrase);
gboolean pn_virtual_storage_map (PnVirtualStorage *self,
                                 const char *node,
                                 const char *name,
                                 const char *passphrase);

/* Closes a mapping and what is mapped on it. */
void pn_virtual_storage_unmap (PnVirtualStorage *self, const char *name);

/* @passphrase in key slot 1 instead of what was there; NULL empties it. @device_passphrase opens
 * slot 0. */
gboolean pn_virtual_storage_set_passphrase (PnVirtualStorage *self,
                                            const char *node,
                                            const char *device_passphrase,
                                            const char *passphrase);

#define PN_VIRTUAL_SECTOR 512 /* bytes: the disk's logical block */
#define PN_NODE_NAME 64       /* bytes of a node's name with its NUL */

/* Shared by the files of the storage; lock held. */
typedef struct
{
  char name[PN_NODE_NAME]; /* "mmcblk0p1", "mapper/cryptroot" */
  guint64 offset;          /* of its data on the disk, bytes */
  guint64 size;
  gboolean mapped;          /* it is a mapping, or a part of one: data is encrypted with key */
  char below[PN_NODE_NAME]; /* mapping: the node it is on */
  guint64 volume_offset;    /* mapping: of its data in the encrypted volume, bytes */
  PnSecret *key;            /* mapping: of AES-XTS, owned */
} PnNode;

struct _PnVirtualStorage
{
  GMutex mutex;
  char *path;
  int fd;
  guint64 size;
  PnStorage kind;
  char *identifier;
  GArray *nodes;      /* PnNode, without the disk itself */
  GHashTable *mounts; /* folder → node's name */
  PnGadgetFaults faults;
  guint64 written;   /* bytes, since the faults were set */
  gboolean flip_due; /* the byte to flip was written since the last flip */
};

PnNode *pn_virtual_storage_find (PnVirtualStorage *self, const char *name);
gboolean pn_virtual_storage_node_busy (PnVirtualStorage *self, const char *name);
void pn_virtual_storage_scan_table (PnVirtualStorage *self);
/* Encrypts or decrypts whole 512-byte sectors in place; @sector counts from the volume's start. */
void pn_virtual_crypt (PnSecret *key, guint64 sector, guint8 *data, gsize size, gboolean encrypt);

G_END_DECLS
