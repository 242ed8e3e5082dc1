/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Partition tables by libfdisk, which is what the real daemon uses (fastboot.md §9.4). */
#include "config.h"

#include <fcntl.h>
#include <glib/gstdio.h>
#include <libfdisk.h>
#include <string.h>

#include "pn-io.h"
#include "pn-virtual-storage-private.h"

#define GRAIN (4u * 1024 * 1024) /* bytes */
#define SECTOR 512
#define TABLE_END (1024 * 1024) /* bytes: a table is in the first and the last of so many */

typedef struct fdisk_context FdiskContext;
typedef struct fdisk_partition FdiskPartition;
typedef struct fdisk_parttype FdiskType;
typedef struct fdisk_table FdiskTable;
G_DEFINE_AUTOPTR_CLEANUP_FUNC (FdiskContext, fdisk_unref_context)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (FdiskPartition, fdisk_unref_partition)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (FdiskType, fdisk_unref_parttype)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (FdiskTable, fdisk_unref_table)

static const struct
{
  const char *letter, *word, *guid;
} short_types[] = {
  { "L", "linux", "0fc63daf-8483-4772-8e79-3d69d8477de4" },
  { "S", "swap", "0657fd6d-a4ab-43c4-84e5-0933c84b4f4f" },
  { "H", "home", "933ac7e1-2eb4-4f13-b844-0e14e2aef915" },
  { "U", "esp", "c12a7328-f81f-11d2-ba4b-00a0c93ec93b" },
  { "U", "uefi", "c12a7328-f81f-11d2-ba4b-00a0c93ec93b" },
  { "R", "raid", "a19d880f-05fc-4d3b-a006-743f0f84911e" },
  { "V", "lvm", "e6d6d379-f507-44c2-a23c-238f2a3df928" },
  { "F", "fat32", "ebd0a0a2-b9e5-4433-87c0-68b6b72699c7" },
};

static FdiskContext *
open_file (const char *path, guint64 grain, gboolean read_only)
{
  g_autoptr (FdiskContext) context = fdisk_new_context ();

  if (context == NULL)
    return NULL;
  fdisk_disable_dialogs (context, 1);
  (void) fdisk_save_user_grain (context, grain);
  if (fdisk_assign_device (context, path, read_only) != 0)
    return NULL;
  return g_steal_pointer (&context);
}

static FdiskContext *
open_disk (PnVirtualStorage *self, gboolean read_only)
{
  return open_file (self->path, GRAIN, read_only);
}

/* Lock held. A node for each partition of the table, named @prefix and its number, that fits into
 * @whole, on which they are. */
static void
add_nodes (PnVirtualStorage *self, FdiskContext *context, const char *prefix, const PnNode *whole)
{
  g_autoptr (FdiskTable) table = NULL;

  if (!fdisk_has_label (context) || fdisk_get_partitions (context, &table) != 0)
    return;
  for (size_t i = 0; i < fdisk_table_get_nents (table); i++)
    {
      FdiskPartition *partition = fdisk_table_get_partition (table, i);
      PnNode node = { .mapped = whole->mapped };
      guint64 start;

      if (!fdisk_partition_has_start (partition) || !fdisk_partition_has_size (partition))
        continue;
      start = fdisk_partition_get_start (partition) * SECTOR;
      g_snprintf (node.name, sizeof node.name, "%s%zu", prefix,
                  fdisk_partition_get_partno (partition) + 1);
      g_strlcpy (node.below, whole->mapped ? whole->name : "", sizeof node.below);
      node.offset = whole->offset + start;
      node.volume_offset = whole->volume_offset + start;
      node.size = fdisk_partition_get_size (partition) * SECTOR;
      if (start >= whole->size || node.size > whole->size - start)
        continue;
      node.key = whole->key != NULL ? pn_secret_ref (whole->key) : NULL;
      g_array_append_val (self->nodes, node);
    }
}

/* Lock held. Mappings stay: device-mapper does not look at tables. */
void
pn_virtual_storage_scan_table (PnVirtualStorage *self)
{
  g_autoptr (FdiskContext) context = open_disk (self, TRUE);
  g_autofree char *prefix = g_strconcat (pn_virtual_storage_get_disk (self), "p", NULL);
  const PnNode whole = { .size = self->size };

  for (guint i = self->nodes->len; i > 0; i--)
    if (!g_array_index (self->nodes, PnNode, i - 1).mapped)
      g_array_remove_index (self->nodes, i - 1);
  if (context == NULL)
    return;
  add_nodes (self, context, prefix, &whole);
  fdisk_deassign_device (context, 1);
}

static PnTableResult
write_table (PnVirtualStorage *self, FdiskContext *context)
{
  int result = fdisk_write_disklabel (context);

  fdisk_deassign_device (context, 1);
  pn_virtual_storage_scan_table (self);
  return result == 0 ? PN_TABLE_OK : PN_TABLE_NOT_WRITTEN;
}

static PnTableResult
init_table (PnVirtualStorage *self, const char *label, const char *id)
{
  g_autoptr (FdiskContext) context = open_disk (self, FALSE);
  const char *name = NULL;

  if (context == NULL)
    return PN_TABLE_NO_DISK;
  if (g_ascii_strcasecmp (label, "gpt") == 0)
    name = "gpt";
  else if (g_ascii_strcasecmp (label, "dos") == 0 || g_ascii_strcasecmp (label, "mbr") == 0)
    name = "dos";
  if (name == NULL || fdisk_create_disklabel (context, name) != 0)
    return PN_TABLE_REFUSED;
  if (id != NULL && ((g_str_equal (name, "dos") && !g_str_has_prefix (id, "0x")) ||
                     fdisk_set_disklabel_id_from_string (context, id) != 0))
    return PN_TABLE_REFUSED;
  return write_table (self, context);
}

PnTableResult
pn_virtual_storage_init_table (PnVirtualStorage *self,
                               const char *disk,
                               const char *label,
                               const char *id)
{
  PnTableResult result = PN_TABLE_NO_DISK;

  g_mutex_lock (&self->mutex);
  if (g_str_equal (disk, pn_virtual_storage_get_disk (self)))
    result = init_table (self, label, id);
  g_mutex_unlock (&self->mutex);
  return result;
}

static FdiskType *
parse_type (FdiskContext *context, const char *type)
{
  struct fdisk_label *label = fdisk_get_label (context, NULL);

  if (fdisk_label_get_type (label) == FDISK_DISKLABEL_GPT)
    for (guint i = 0; i < G_N_ELEMENTS (short_types); i++)
      if (g_str_equal (type, short_types[i].letter) || g_str_equal (type, short_types[i].word))
        return fdisk_label_parse_parttype (label, short_types[i].guid);
  if (fdisk_label_get_type (label) == FDISK_DISKLABEL_DOS)
    {
      guint64 code;
      const char *hex = g_ascii_strncasecmp (type, "0x", 2) == 0 ? type + 2 : type;

      if (!g_ascii_string_to_unsigned (hex, 16, 1, 0xff, &code, NULL))
        return NULL;
      return fdisk_label_get_parttype_from_code (label, (unsigned int) code) != NULL
                 ? fdisk_copy_parttype (
                       fdisk_label_get_parttype_from_code (label, (unsigned int) code))
                 : fdisk_new_unknown_parttype ((unsigned int) code, NULL);
    }
  return fdisk_label_parse_parttype (label, type);
}

static gboolean
add_partition (FdiskContext *context, const PnTableItem *item, guint64 grain)
{
  g_autoptr (FdiskPartition) partition = fdisk_new_partition ();
  g_autoptr (FdiskType) type = NULL;

  if (!fdisk_has_label (context) || (type = parse_type (context, item->type)) == NULL)
    return FALSE;
  fdisk_partition_start_follow_default (partition, 1);
  fdisk_partition_partno_follow_default (partition, 1);
  fdisk_partition_set_type (partition, type);
  if (item->size == 0)
    fdisk_partition_end_follow_default (partition, 1);
  else
    fdisk_partition_set_size (partition, (item->size + grain - 1) / grain * (grain / SECTOR));
  if (item->name != NULL)
    fdisk_partition_set_name (partition, item->name);
  if (item->uuid != NULL)
    fdisk_partition_set_uuid (partition, item->uuid);
  return fdisk_add_partition (context, partition, NULL) == 0;
}

static PnTableResult
append (PnVirtualStorage *self, const char *type, guint64 size)
{
  g_autoptr (FdiskContext) context = open_disk (self, FALSE);
  const PnTableItem item = { .type = type, .size = size };

  if (context == NULL)
    return PN_TABLE_NO_DISK;
  if (!add_partition (context, &item, GRAIN))
    return PN_TABLE_REFUSED;
  return write_table (self, context);
}

PnTableResult
pn_virtual_storage_append (PnVirtualStorage *self, const char *disk, const char *type, guint64 size)
{
  PnTableResult result = PN_TABLE_NO_DISK;

  g_mutex_lock (&self->mutex);
  if (g_str_equal (disk, pn_virtual_storage_get_disk (self)))
    result = append (self, type, size);
  g_mutex_unlock (&self->mutex);
  return result;
}

/* Writes the table; its partitions are still to be shown. */
static PnTableResult
fill_table (FdiskContext *context, const PnTable *table, guint *failed)
{
  *failed = table->n_items;
  if (fdisk_create_disklabel (context, table->label) != 0 ||
      (table->id != NULL && fdisk_set_disklabel_id_from_string (context, table->id) != 0))
    return PN_TABLE_REFUSED;
  for (guint i = 0; i < table->n_items; i++)
    if (!add_partition (context, &table->items[i], table->grain))
      {
        *failed = i;
        return PN_TABLE_REFUSED;
      }
  return fdisk_write_disklabel (context) == 0 ? PN_TABLE_OK : PN_TABLE_NOT_WRITTEN;
}

static PnTableResult
lay_out_disk (PnVirtualStorage *self, const PnTable *table, guint *failed)
{
  g_autoptr (FdiskContext) context = open_file (self->path, table->grain, FALSE);
  PnTableResult result;

  if (context == NULL)
    return PN_TABLE_NO_DISK;
  result = fill_table (context, table, failed);
  fdisk_deassign_device (context, 1);
  pn_virtual_storage_scan_table (self);
  return result;
}

/* The table's bytes go through the mapping: the first and the last MiB, which hold all of it. */
static gboolean
copy_table (PnVirtualStorage *self, const PnNode *whole, int fd)
{
  guint64 ends[2] = { 0, whole->size - TABLE_END };
  g_autofree guint8 *bytes = g_malloc (TABLE_END);

  for (guint i = 0; i < G_N_ELEMENTS (ends); i++)
    if (!pn_pread_all (fd, bytes, TABLE_END, (goffset) ends[i], NULL) ||
        !pn_virtual_storage_write (self, whole->name, ends[i], bytes, TABLE_END))
      return FALSE;
  return TRUE;
}

/* libfdisk wants a file: the table is made in one as large as the mapping. */
static PnTableResult
lay_out_mapping (PnVirtualStorage *self, const PnNode *whole, const PnTable *table, guint *failed)
{
  g_autofree char *path = g_strconcat (self->path, ".table-XXXXXX", NULL);
  g_auto (PnFd) fd = g_mkstemp_full (path, O_RDWR | O_CLOEXEC, 0600);
  g_autoptr (FdiskContext) context = NULL;
  PnTableResult result = PN_TABLE_NO_DISK;

  if (fd < 0)
    return result;
  if (whole->size >= 2 * TABLE_END && ftruncate (fd, (off_t) whole->size) == 0)
    context = open_file (path, table->grain, FALSE);
  if (context != NULL)
    {
      result = fill_table (context, table, failed);
      if (result == PN_TABLE_OK && !copy_table (self, whole, fd))
        result = PN_TABLE_NOT_WRITTEN;
      if (result == PN_TABLE_OK)
        {
          g_mutex_lock (&self->mutex);
          add_nodes (self, context, whole->name, whole);
          g_mutex_unlock (&self->mutex);
        }
      fdisk_deassign_device (context, 1);
    }
  (void) g_unlink (path);
  return result;
}

PnTableResult
pn_virtual_storage_lay_out (PnVirtualStorage *self,
                            const char *name,
                            const PnTable *table,
                            guint *failed)
{
  PnTableResult result = PN_TABLE_NO_DISK;
  PnNode whole = { 0 };
  PnNode *node;

  *failed = table->n_items;
  g_mutex_lock (&self->mutex);
  node = pn_virtual_storage_find (self, name);
  if (g_str_equal (name, pn_virtual_storage_get_disk (self)) &&
      !pn_virtual_storage_node_busy (self, name))
    result = lay_out_disk (self, table, failed);
  else if (node != NULL && node->mapped && !pn_virtual_storage_node_busy (self, name))
    {
      whole = *node;
      whole.key = pn_secret_ref (node->key);
    }
  g_mutex_unlock (&self->mutex);
  if (whole.key != NULL)
    result = lay_out_mapping (self, &whole, table, failed);
  g_clear_pointer (&whole.key, pn_secret_unref);
  return result;
}
