/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "pn-partition-table.h"

#include <string.h>
#include <zlib.h>

#include "pn-bytes.h"
#include "pn-io.h"

#define SECTOR 512
#define LARGE_SECTOR 4096
#define EXT4_MAGIC_AT 1080 /* bytes */
#define MAX_PARTITIONS 128
#define GPT_HEADER_SIZE 92
#define GPT_ENTRY_SIZE 128

static void
partition_free (PnPartition *self)
{
  g_free (self->type_uuid);
  g_free (self->name);
  g_free (self);
}

void
pn_partition_table_free (PnPartitionTable *self)
{
  g_ptr_array_unref (self->partitions);
  g_free (self);
}

static int
by_offset (gconstpointer a, gconstpointer b)
{
  const PnPartition *first = *(PnPartition *const *) a;
  const PnPartition *second = *(PnPartition *const *) b;

  return first->offset < second->offset ? -1 : first->offset > second->offset;
}

/* @table_end and @size in bytes: where the table ends and the image does. */
static gboolean
add (
    PnPartitionTable *self, PnPartition *partition, guint64 table_end, guint64 size, GError **error)
{
  g_ptr_array_add (self->partitions, partition);
  if (partition->size == 0)
    return pn_set_error (error, PN_ERROR_INVALID_DATA, "Partition %s is empty",
                         PN_NUMBER (partition->number));
  if (partition->offset < table_end)
    return pn_set_error (error, PN_ERROR_INVALID_DATA,
                         "Partition %s begins where the partition table is",
                         PN_NUMBER (partition->number));
  if (partition->offset >= size || partition->size > size - partition->offset)
    return pn_set_error (error, PN_ERROR_INVALID_DATA,
                         "Partition %s reaches beyond the end of the image: it ends at byte %s, "
                         "the image has %s. Was it cut off while it was copied?",
                         PN_NUMBER (partition->number),
                         PN_NUMBER (partition->offset + partition->size), PN_NUMBER (size));
  return TRUE;
}

static gboolean
check_overlaps (PnPartitionTable *self, GError **error)
{
  g_ptr_array_sort (self->partitions, by_offset);
  for (guint i = 1; i < self->partitions->len; i++)
    {
      PnPartition *before = self->partitions->pdata[i - 1];
      PnPartition *after = self->partitions->pdata[i];

      if (before->offset + before->size > after->offset)
        return pn_set_error (error, PN_ERROR_INVALID_DATA, "Partitions %s and %s overlap",
                             PN_NUMBER (before->number), PN_NUMBER (after->number));
    }
  if (self->partitions->len == 0)
    return pn_set_error (error, PN_ERROR_INVALID_DATA, "The partition table is empty");
  return TRUE;
}

static gboolean
parse_mbr (PnPartitionTable *self, const guint8 *sector, guint64 size, GError **error)
{
  self->kind = PN_TABLE_MBR;
  self->disk_id = pn_peek_le32 (sector + 440);
  for (guint i = 0; i < 4; i++)
    {
      const guint8 *entry = sector + 446 + 16 * i;
      PnPartition *partition;

      if (entry[4] == 0)
        continue;
      if (entry[0] != 0 && entry[0] != 0x80)
        return pn_set_error (error, PN_ERROR_INVALID_DATA,
                             "It has no partition table: entry %s is malformed", PN_NUMBER (i + 1));
      /* Extended partitions hold others; Raspberry Pi images have none. */
      if (entry[4] == 0x05 || entry[4] == 0x0f || entry[4] == 0x85)
        return pn_set_error (error, PN_ERROR_INVALID_DATA,
                             "The image has an extended partition, which is not supported");
      partition = g_new0 (PnPartition, 1);
      partition->number = i + 1;
      partition->mbr_type = entry[4];
      partition->offset = (guint64) pn_peek_le32 (entry + 8) * SECTOR;
      partition->size = (guint64) pn_peek_le32 (entry + 12) * SECTOR;
      if (!add (self, partition, SECTOR, size, error))
        return FALSE;
    }
  return check_overlaps (self, error);
}

/* A GUID as GPT stores it, the first three parts little endian. */
static char *
guid_to_text (const guint8 *guid)
{
  return g_strdup_printf ("%08x-%04x-%04x-%02x%02x-%02x%02x%02x%02x%02x%02x", pn_peek_le32 (guid),
                          pn_peek_le16 (guid + 4), pn_peek_le16 (guid + 6), guid[8], guid[9],
                          guid[10], guid[11], guid[12], guid[13], guid[14], guid[15]);
}

static char *
name_to_text (const guint8 *name)
{
  gunichar2 units[37] = { 0 };
  char *text;

  for (guint i = 0; i < 36; i++)
    units[i] = pn_peek_le16 (name + 2 * i);
  text = g_utf16_to_utf8 (units, -1, NULL, NULL, NULL);
  return text != NULL ? text : g_strdup ("");
}

static gboolean
parse_gpt (
    PnPartitionTable *self, PnReadFunc read, gpointer user_data, guint64 size, GError **error)
{
  guint8 header[SECTOR];
  guint8 copy[GPT_HEADER_SIZE];
  g_autofree guint8 *entries = NULL;
  guint32 n_entries, entry_size;
  guint64 entries_at;
  gsize entries_size;

  self->kind = PN_TABLE_GPT;
  if (!read (user_data, SECTOR, header, sizeof header, error))
    return FALSE;
  if (memcmp (header, "EFI PART", 8) != 0 && size >= 2 * LARGE_SECTOR)
    {
      self->sector_size = LARGE_SECTOR;
      if (!read (user_data, LARGE_SECTOR, header, sizeof header, error))
        return FALSE;
    }
  if (memcmp (header, "EFI PART", 8) != 0 || pn_peek_le32 (header + 12) != GPT_HEADER_SIZE)
    return pn_set_error (error, PN_ERROR_INVALID_DATA,
                         "The image says that it has a GPT, but there is none");
  memcpy (copy, header, sizeof copy);
  memset (copy + 16, 0, 4);
  if (crc32 (0, copy, sizeof copy) != pn_peek_le32 (header + 16))
    return pn_set_error (error, PN_ERROR_INVALID_DATA,
                         "The image's GPT is damaged: its header's checksum is wrong");
  /* The copy of the header is the last thing on a disk. */
  if (pn_peek_le64 (header + 32) >= size / self->sector_size)
    return pn_set_error (error, PN_ERROR_INVALID_DATA,
                         "The image ends before the copy of its GPT. Was it cut off while it was "
                         "copied?");
  n_entries = pn_peek_le32 (header + 80);
  entry_size = pn_peek_le32 (header + 84);
  entries_at = pn_peek_le64 (header + 72);
  if (n_entries > MAX_PARTITIONS || entry_size != GPT_ENTRY_SIZE || entries_at < 2 ||
      entries_at > 2048)
    return pn_set_error (error, PN_ERROR_INVALID_DATA,
                         "The image's GPT has an unusual form that is not supported");
  entries_size = (gsize) n_entries * entry_size;
  if (entries_at * self->sector_size > size || entries_size > size - entries_at * self->sector_size)
    return pn_set_error (error, PN_ERROR_INVALID_DATA,
                         "The image ends inside its GPT. Was it cut off while it was copied?");
  entries = g_malloc0 (MAX (entries_size, 1));
  if (!read (user_data, entries_at * self->sector_size, entries, entries_size, error))
    return FALSE;
  if (crc32 (0, entries, (uInt) entries_size) != pn_peek_le32 (header + 88))
    return pn_set_error (error, PN_ERROR_INVALID_DATA,
                         "The image's GPT is damaged: its entries' checksum is wrong");
  for (guint32 i = 0; i < n_entries; i++)
    {
      const guint8 *entry = entries + (gsize) i * entry_size;
      guint64 first = pn_peek_le64 (entry + 32);
      guint64 last = pn_peek_le64 (entry + 40);
      PnPartition *partition;

      if (pn_bytes_all (entry, 16, 0))
        continue;
      if (last < first || last > G_MAXUINT64 / LARGE_SECTOR - 1)
        return pn_set_error (error, PN_ERROR_INVALID_DATA,
                             "Partition %s of the GPT ends before it begins", PN_NUMBER (i + 1));
      partition = g_new0 (PnPartition, 1);
      partition->number = i + 1;
      partition->type_uuid = guid_to_text (entry);
      partition->name = name_to_text (entry + 56);
      partition->offset = first * self->sector_size;
      partition->size = (last - first + 1) * self->sector_size;
      if (!add (self, partition, entries_at * self->sector_size + entries_size, size, error))
        return FALSE;
    }
  return check_overlaps (self, error);
}

/* A file system without a table also ends its first sector in 55 aa. */
static gboolean
is_bare_fat (const guint8 *sector)
{
  return (sector[0] == 0xeb || sector[0] == 0xe9) &&
         (memcmp (sector + 54, "FAT", 3) == 0 || memcmp (sector + 82, "FAT32", 5) == 0);
}

/* Why there is no table, as far as can be told. Always FALSE. */
static gboolean
refuse_no_table (PnReadFunc read, gpointer user_data, guint64 size, GError **error)
{
  guint8 magic[2];

  if (size >= EXT4_MAGIC_AT + sizeof magic)
    {
      if (!read (user_data, EXT4_MAGIC_AT, magic, sizeof magic, error))
        return FALSE;
      if (pn_peek_le16 (magic) == 0xef53)
        return pn_set_error (error, PN_ERROR_INVALID_DATA,
                             "It is a single ext4 file system, not the image of a whole disk");
    }
  return pn_set_error (error, PN_ERROR_INVALID_DATA,
                       "It has no partition table: it is not the image of a whole disk");
}

PnPartitionTable *
pn_partition_table_parse (PnReadFunc read, gpointer user_data, guint64 size, GError **error)
{
  g_autoptr (PnPartitionTable) self = g_new0 (PnPartitionTable, 1);
  guint8 sector[SECTOR];
  gboolean fine;

  self->sector_size = SECTOR;
  self->partitions = g_ptr_array_new_with_free_func ((GDestroyNotify) partition_free);
  if (size < 2 * SECTOR)
    return pn_set_error (error, PN_ERROR_INVALID_DATA, "It is too small for a disk image"), NULL;
  if (!read (user_data, 0, sector, sizeof sector, error))
    return NULL;
  if (sector[510] != 0x55 || sector[511] != 0xaa)
    return refuse_no_table (read, user_data, size, error), NULL;
  if (is_bare_fat (sector))
    return pn_set_error (error, PN_ERROR_INVALID_DATA,
                         "It is a single FAT file system, not the image of a whole disk"),
           NULL;
  fine = sector[446 + 4] == 0xee ? parse_gpt (self, read, user_data, size, error)
                                 : parse_mbr (self, sector, size, error);
  return fine ? g_steal_pointer (&self) : NULL;
}

static gboolean
read_fd (gpointer user_data, guint64 offset, void *buffer, gsize size, GError **error)
{
  return pn_pread_all (GPOINTER_TO_INT (user_data), buffer, size, (goffset) offset, error);
}

PnPartitionTable *
pn_partition_table_read_fd (int fd, GError **error)
{
  goffset size = pn_file_size (fd, error);

  if (size < 0)
    return NULL;
  return pn_partition_table_parse (read_fd, GINT_TO_POINTER (fd), (guint64) size, error);
}
