/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include <string.h>

#include "pn-partition-table.h"

#define DISK_SIZE ((guint64) 8 * 1024 * 1024)

int LLVMFuzzerTestOneInput (const guint8 *data, gsize size);

typedef struct
{
  const guint8 *data;
  gsize size;
} Disk;

/* The input is the start of the disk, and its last 33 sectors are at its end, too: a backup GPT. */
static gboolean
read_disk (gpointer user_data, guint64 offset, void *buffer, gsize size, GError **error)
{
  Disk *disk = user_data;

  g_assert_cmpuint (offset, <=, DISK_SIZE);
  g_assert_cmpuint (size, <=, DISK_SIZE - offset);
  memset (buffer, 0, size);
  for (gsize i = 0; i < size; i++)
    {
      guint64 at = offset + i;

      if (at < disk->size)
        ((guint8 *) buffer)[i] = disk->data[at];
      else if (at >= DISK_SIZE - disk->size)
        ((guint8 *) buffer)[i] = disk->data[at - (DISK_SIZE - disk->size)];
    }
  return TRUE;
}

int
LLVMFuzzerTestOneInput (const guint8 *data, gsize size)
{
  Disk disk = { data, MIN (size, DISK_SIZE / 2) };
  g_autoptr (GError) error = NULL;
  g_autoptr (PnPartitionTable) table =
      pn_partition_table_parse (read_disk, &disk, DISK_SIZE, &error);
  guint64 end = 0;

  g_assert_true ((table == NULL) == (error != NULL));
  for (guint i = 0; table != NULL && i < table->partitions->len; i++)
    {
      const PnPartition *partition = table->partitions->pdata[i];

      g_assert_cmpuint (partition->offset, >=, end);
      g_assert_cmpuint (partition->size, >, 0);
      end = partition->offset + partition->size;
      g_assert_cmpuint (end, <=, DISK_SIZE);
    }
  return 0;
}
