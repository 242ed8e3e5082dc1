/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

typedef enum
{
  PN_TABLE_MBR,
  PN_TABLE_GPT,
} PnTableKind;

typedef struct
{
  guint number;   /* as the kernel counts, from 1 */
  guint64 offset; /* bytes */
  guint64 size;   /* bytes */
  guint8 mbr_type;
  char *type_uuid; /* GPT, lower case; else NULL */
  char *name;      /* GPT; else NULL */
} PnPartition;

typedef struct
{
  PnTableKind kind;
  guint32 disk_id;       /* MBR disk signature; 0 for GPT */
  guint sector_size;     /* 512 or 4096 */
  GPtrArray *partitions; /* PnPartition, by offset */
} PnPartitionTable;

/* Reads at most the first and last MiB through @read. Everything is checked against @size;
 * overlaps, partitions beyond the end and a bare file system are errors that say what was found. */
typedef gboolean (*PnReadFunc) (
    gpointer user_data, guint64 offset, void *buffer, gsize size, GError **error);
PnPartitionTable *
pn_partition_table_parse (PnReadFunc read, gpointer user_data, guint64 size, GError **error);
PnPartitionTable *pn_partition_table_read_fd (int fd, GError **error);
void pn_partition_table_free (PnPartitionTable *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (PnPartitionTable, pn_partition_table_free)

G_END_DECLS
