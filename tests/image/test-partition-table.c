/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Partition tables as sfdisk writes them, and what can be wrong with them. */
#include "config.h"

#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "pn-bytes.h"
#include "pn-error.h"
#include "pn-partition-table.h"
#include "pn-scratch.h"

#define SECTOR 512
#define HEADER SECTOR        /* bytes: where a GPT's header is */
#define ENTRIES (2 * SECTOR) /* and its entries, as sfdisk puts them */
#define ENTRY 128
#define N_ENTRIES 128

static const char mbr_script[] = "label: dos\\nlabel-id: 0x1234abcd\\n"
                                 "start=64, size=256, type=c\\nstart=1024, size=512, type=83\\n"
                                 "start=512, size=8, type=da\\n";
static const char gpt_script[] =
    "label: gpt\\n"
    "start=64, size=256, type=EBD0A0A2-B9E5-4433-87C0-68B6B72699C7, name=\"boot\"\\n"
    "start=1024, size=512, type=linux, name=\"Wurzel äöü 🍓\"\\n"
    "start=512, size=8, type=linux\\n";

/* A disk in memory; reading what is not there is the parser's fault. */
typedef struct
{
  const guint8 *data;
  gsize size;
} Disk;

static gboolean
read_disk (gpointer user_data, guint64 offset, void *buffer, gsize size, GError **error)
{
  const Disk *disk = user_data;

  g_assert_cmpuint (offset, <=, disk->size);
  g_assert_cmpuint (size, <=, disk->size - offset);
  memcpy (buffer, disk->data + offset, size);
  return TRUE;
}

static PnPartitionTable *
parse (const guint8 *data, gsize size, GError **error)
{
  Disk disk = { data, size };

  return pn_partition_table_parse (read_disk, &disk, size, error);
}

static guint8 *
make (const char *script, gsize *size)
{
  g_autoptr (GBytes) bytes = NULL;

  g_free (pn_scratch_run ("rm -f disk.img; truncate -s 1M disk.img; "
                          "printf '%s' | sfdisk -q -f --no-reread --no-tell-kernel disk.img",
                          script));
  bytes = pn_scratch_load ("disk.img");
  return g_memdup2 (g_bytes_get_data (bytes, size), g_bytes_get_size (bytes));
}

/* What follows @key in a line of sfdisk's; NULL where there is none. */
static char *
value_of (const char *line, const char *key)
{
  const char *at = strstr (line, key);

  if (at == NULL)
    return NULL;
  at += strlen (key);
  while (*at == ' ')
    at++;
  return *at == '"' ? g_strndup (at + 1, strcspn (at + 1, "\""))
                    : g_ascii_strdown (at, (gssize) strcspn (at, ", "));
}

static const PnPartition *
find (PnPartitionTable *table, guint number)
{
  for (guint i = 0; i < table->partitions->len; i++)
    if (((PnPartition *) table->partitions->pdata[i])->number == number)
      return table->partitions->pdata[i];
  g_assert_not_reached ();
}

static void
judge_partition (const PnPartition *partition, const char *line, PnTableKind kind)
{
  g_autofree char *start = value_of (line, "start=");
  g_autofree char *size = value_of (line, "size=");
  g_autofree char *type = value_of (line, "type=");
  g_autofree char *name = value_of (line, "name=");

  g_assert_cmpuint (partition->offset, ==, g_ascii_strtoull (start, NULL, 10) * SECTOR);
  g_assert_cmpuint (partition->size, ==, g_ascii_strtoull (size, NULL, 10) * SECTOR);
  if (kind == PN_TABLE_GPT)
    {
      g_assert_cmpstr (partition->type_uuid, ==, type);
      g_assert_cmpstr (partition->name, ==, name != NULL ? name : "");
      return;
    }
  g_assert_cmpuint (partition->mbr_type, ==, g_ascii_strtoull (type, NULL, 16));
  g_assert_null (partition->type_uuid);
  g_assert_null (partition->name);
}

/* Every line of sfdisk's is a partition of ours, and in the order of the disk. */
static void
judge (PnPartitionTable *table)
{
  g_autofree char *dump = pn_scratch_run ("sfdisk -d disk.img");
  g_auto (GStrv) lines = g_strsplit (dump, "\n", 0);
  guint n = 0;

  for (guint i = 0; lines[i] != NULL; i++)
    if (strstr (lines[i], "start=") != NULL)
      judge_partition (find (table, ++n), lines[i], table->kind);
  g_assert_cmpuint (n, ==, table->partitions->len);
  for (guint i = 1; i < n; i++)
    g_assert_cmpuint (((PnPartition *) table->partitions->pdata[i - 1])->offset, <,
                      ((PnPartition *) table->partitions->pdata[i])->offset);
}

static void
test_mbr (void)
{
  g_autoptr (GError) error = NULL;
  gsize size;
  g_autofree guint8 *data = make (mbr_script, &size);
  g_autoptr (PnPartitionTable) table = parse (data, size, &error);

  g_assert_no_error (error);
  g_assert_cmpint (table->kind, ==, PN_TABLE_MBR);
  g_assert_cmphex (table->disk_id, ==, 0x1234abcd);
  g_assert_cmpuint (table->partitions->len, ==, 3);
  judge (table);
}

static void
test_gpt (void)
{
  g_autoptr (GError) error = NULL;
  gsize size;
  g_autofree guint8 *data = make (gpt_script, &size);
  g_autoptr (PnPartitionTable) table = parse (data, size, &error);

  g_assert_no_error (error);
  g_assert_cmpint (table->kind, ==, PN_TABLE_GPT);
  g_assert_cmpuint (table->disk_id, ==, 0);
  g_assert_cmpuint (table->sector_size, ==, SECTOR);
  g_assert_cmpuint (table->partitions->len, ==, 3);
  judge (table);
}

/* All 128, the largest that sfdisk makes by itself. */
static void
test_gpt_full (void)
{
  g_autoptr (GString) script = g_string_new ("label: gpt\\n");
  g_autoptr (GError) error = NULL;
  g_autofree guint8 *data = NULL;
  g_autoptr (PnPartitionTable) table = NULL;
  gsize size;

  for (guint i = 0; i < N_ENTRIES; i++)
    g_string_append_printf (script, "start=%u, size=8\\n", 64 + 8 * (N_ENTRIES - 1 - i));
  data = make (script->str, &size);
  table = parse (data, size, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (table->partitions->len, ==, N_ENTRIES);
  judge (table);
}

static void
refuses (const guint8 *data, gsize size, const char *says)
{
  g_autoptr (GError) error = NULL;

  g_assert_null (parse (data, size, &error));
  pn_assert_refused (error, PN_ERROR_INVALID_DATA, says);
}

static void
test_extended (void)
{
  static const char *const types[] = { "5", "f", "85" };

  for (guint i = 0; i < G_N_ELEMENTS (types); i++)
    {
      g_autofree char *script =
          g_strdup_printf ("label: dos\\nstart=64, size=256, type=c\\nstart=512, size=1024, "
                           "type=%s\\nstart=576, size=64, type=83\\n",
                           types[i]);
      gsize size;
      g_autofree guint8 *data = make (script, &size);

      refuses (data, size, "extended partition, which is not supported");
    }
}

/* Whatever the length, a table is only taken where all that it names is there. */
static void
check_lengths (const char *script, gsize needed)
{
  gsize size;
  g_autofree guint8 *data = make (script, &size);

  for (gsize length = 0; length <= size; length += length < 4 * SECTOR ? 1 : SECTOR / 2 - 1)
    {
      g_autofree guint8 *cut = g_memdup2 (data, MAX (length, 1));
      g_autoptr (GError) error = NULL;
      g_autoptr (PnPartitionTable) table = parse (cut, length, &error);

      g_assert_cmpint (table != NULL, ==, length >= needed);
      if (table == NULL)
        g_assert_error (error, PN_ERROR, PN_ERROR_INVALID_DATA);
    }
  refuses (data, needed - 1, "cut off");
}

static void
test_truncated (void)
{
  check_lengths (mbr_script, (1024 + 512) * SECTOR);
  check_lengths (gpt_script, 1024 * 1024); /* its copy is in the last sector */
}

/* A change to an MBR's entry @index: where it begins and how long it is, in sectors. */
static void
set_mbr (guint8 *data, guint index, guint32 first, guint32 count)
{
  pn_poke_le32 (data + 446 + 16 * index + 8, first);
  pn_poke_le32 (data + 446 + 16 * index + 12, count);
}

static void
test_mbr_wrong (void)
{
  static const struct
  {
    guint32 first, count;
    const char *says;
  } cases[] = {
    { 1024 + 511, 1, "overlap" },          { 0, 4, "where the partition table is" },
    { 1600, 0, "Partition 1 is empty" },   { 2047, 2, "beyond the end" },
    { 2048, 1, "beyond the end" },         { G_MAXUINT32, G_MAXUINT32, "beyond the end" },
    { 64, G_MAXUINT32, "beyond the end" },
  };
  gsize size;
  g_autofree guint8 *data = make (mbr_script, &size);

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      set_mbr (data, 0, cases[i].first, cases[i].count);
      refuses (data, size, cases[i].says);
    }
  set_mbr (data, 0, 64, 256);
  data[446] = 0x7f;
  refuses (data, size, "malformed");
  memset (data + 446, 0, 64);
  refuses (data, size, "empty");
  data[511] = 0;
  refuses (data, size, "no partition table");
}

/* Makes the checksums right again, so that what lies behind them is looked at. */
static void
seal_gpt (guint8 *data)
{
  guint32 n = pn_peek_le32 (data + HEADER + 80);

  pn_poke_le32 (data + HEADER + 88,
                (guint32) crc32 (0, data + ENTRIES, MIN (n, N_ENTRIES) * ENTRY));
  pn_poke_le32 (data + HEADER + 16, 0);
  pn_poke_le32 (data + HEADER + 16, (guint32) crc32 (0, data + HEADER, 92));
}

static void
test_gpt_checksums (void)
{
  gsize size;
  g_autofree guint8 *data = make (gpt_script, &size);

  for (guint i = 0; i < 92; i++)
    {
      data[HEADER + i] ^= 0x10;
      refuses (data, size, "GPT");
      data[HEADER + i] ^= 0x10;
    }
  for (guint i = 0; i < N_ENTRIES * ENTRY; i += 7)
    {
      data[ENTRIES + i] ^= 0x10;
      refuses (data, size, "entries' checksum is wrong");
      data[ENTRIES + i] ^= 0x10;
    }
  memset (data + HEADER, 0, SECTOR);
  refuses (data, size, "there is none");
}

static void
test_gpt_wrong (void)
{
  static const struct
  {
    guint64 first, last; /* sectors */
    const char *says;
  } cases[] = {
    { 1024 + 511, 1600, "overlap" },
    { 1, 4, "where the partition table is" },
    { 33, 40, "where the partition table is" }, /* the entries' last sector */
    { 0, 4, "where the partition table is" },
    { 1600, 1599, "ends before it begins" },
    { 2047, 2048, "beyond the end" },
    { 1600, G_MAXUINT64 / 4096 - 2, "beyond the end" },
    { 1600, G_MAXUINT64, "ends before it begins" },
    { G_MAXUINT64, G_MAXUINT64, "ends before it begins" },
  };
  gsize size;
  g_autofree guint8 *data = make (gpt_script, &size);
  g_autoptr (PnPartitionTable) same = NULL;

  seal_gpt (data);
  same = parse (data, size, NULL);
  g_assert_nonnull (same);
  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      pn_poke_le64 (data + ENTRIES + 32, cases[i].first);
      pn_poke_le64 (data + ENTRIES + 40, cases[i].last);
      seal_gpt (data);
      refuses (data, size, cases[i].says);
    }
}

static void
test_gpt_forms (void)
{
  static const struct
  {
    guint at;
    guint32 value;
    const char *says;
  } cases[] = {
    { 80, 129, "unusual form" },  { 80, G_MAXUINT32, "unusual form" }, { 80, 0, "empty" },
    { 84, 256, "unusual form" },  { 84, 0, "unusual form" },           { 72, 1, "unusual form" },
    { 72, 2049, "unusual form" }, { 72, 2040, "ends inside its GPT" }, { 32, 2048, "cut off" },
    { 36, 1, "cut off" },         { 12, 512, "there is none" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      gsize size;
      g_autofree guint8 *data = make (gpt_script, &size);

      pn_poke_le32 (data + HEADER + cases[i].at, cases[i].value);
      seal_gpt (data);
      refuses (data, size, cases[i].says);
    }
}

/* The same table on a disk of 4096-byte sectors. */
static void
test_large_sectors (void)
{
  gsize size;
  g_autofree guint8 *data = make (gpt_script, &size);
  g_autofree guint8 *large = g_malloc0 (size * 8);
  g_autoptr (GError) error = NULL;
  g_autoptr (PnPartitionTable) table = NULL;
  const PnPartition *boot;

  memcpy (large, data, SECTOR);
  memcpy (large + 4096, data + HEADER, SECTOR);
  memcpy (large + 2 * 4096, data + ENTRIES, N_ENTRIES * ENTRY);
  table = parse (large, size * 8, &error);
  g_assert_no_error (error);
  boot = find (table, 1);
  g_assert_cmpuint (table->sector_size, ==, 4096);
  g_assert_cmpuint (boot->offset, ==, 64 * 4096);
  g_assert_cmpuint (boot->size, ==, 256 * 4096);
}

static void
test_no_table (void)
{
  g_autoptr (GBytes) fat = NULL;
  g_autoptr (GBytes) ext4 = NULL;

  g_free (pn_scratch_run ("truncate -s 1M bare.fat bare.ext4; mkfs.fat bare.fat; "
                          "mke2fs -q -t ext4 bare.ext4"));
  fat = pn_scratch_load ("bare.fat");
  ext4 = pn_scratch_load ("bare.ext4");
  refuses (g_bytes_get_data (fat, NULL), g_bytes_get_size (fat), "single FAT file system");
  refuses (g_bytes_get_data (ext4, NULL), g_bytes_get_size (ext4), "single ext4 file system");
}

/* Random damage: refused, or a table that keeps what the header promises. */
static void
check_damage (const char *script, gboolean gpt)
{
  gsize size;
  g_autofree guint8 *data = make (script, &size);

  for (guint round = 0; round < 20000; round++)
    {
      gint32 at = gpt ? g_test_rand_int_range (HEADER, ENTRIES + 4 * ENTRY)
                      : g_test_rand_int_range (440, SECTOR);
      guint8 before[SECTOR * 3];
      g_autoptr (GError) error = NULL;
      g_autoptr (PnPartitionTable) table = NULL;
      guint64 end = SECTOR;

      memcpy (before, data, sizeof before);
      data[at] = (guint8) g_test_rand_int ();
      if (gpt)
        seal_gpt (data);
      table = parse (data, size, &error);
      g_assert_cmpint (table == NULL, ==, error != NULL);
      for (guint i = 0; table != NULL && i < table->partitions->len; i++)
        {
          const PnPartition *partition = table->partitions->pdata[i];

          g_assert_cmpuint (partition->offset, >=, end);
          end = partition->offset + partition->size;
          g_assert_cmpuint (end, >, partition->offset);
          g_assert_cmpuint (end, <=, size);
        }
      memcpy (data, before, sizeof before);
    }
}

static void
test_damage (void)
{
  check_damage (mbr_script, FALSE);
  check_damage (gpt_script, TRUE);
}

int
main (int argc, char **argv)
{
  int status;

  g_test_init (&argc, &argv, NULL);
  pn_scratch_open ();
  g_test_add_func ("/partition-table/mbr", test_mbr);
  g_test_add_func ("/partition-table/gpt", test_gpt);
  g_test_add_func ("/partition-table/gpt-full", test_gpt_full);
  g_test_add_func ("/partition-table/extended", test_extended);
  g_test_add_func ("/partition-table/truncated", test_truncated);
  g_test_add_func ("/partition-table/mbr-wrong", test_mbr_wrong);
  g_test_add_func ("/partition-table/gpt-checksums", test_gpt_checksums);
  g_test_add_func ("/partition-table/gpt-wrong", test_gpt_wrong);
  g_test_add_func ("/partition-table/gpt-forms", test_gpt_forms);
  g_test_add_func ("/partition-table/large-sectors", test_large_sectors);
  g_test_add_func ("/partition-table/no-table", test_no_table);
  g_test_add_func ("/partition-table/damage", test_damage);
  status = g_test_run ();
  pn_scratch_close ();
  return status;
}
