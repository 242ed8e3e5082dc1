/* SPDX-License-Identifier: GPL-3.0-or-later */
/* FAT as mkfs.fat and mtools write it, ours as fsck.fat and mtools read it, and lies. */
#include "config.h"

#include <fcntl.h>
#include <string.h>

#include "pn-bytes.h"
#include "pn-error.h"
#include "pn-fat.h"
#include "pn-io.h"
#include "pn-scratch.h"

#define SECTOR 512
#define MIB (1024 * 1024)
#define MAX_TOTAL (64 * MIB)

/* mkfs.fat's options for a file system of each width, and its size in KiB. */
static const struct
{
  guint bits;
  guint kib;
  const char *options;
} kinds[] = {
  { 12, 4096, "-F 12 -s 4" },
  { 16, 16384, "-F 16 -s 1" },
  { 32, 40960, "-F 32 -s 1" },
};

static const char *const names[] = {
  "PLAIN.TXT",
  "lower.txt",
  "Mixed.Case",
  "no-extension",
  ".hidden",
  "two.dots.in.it",
  "with blank in it",
  "Wurzel äöü ☃.dtbo",
  "+,;=[].txt",
  "thirteen-unit", /* a long name without an end mark */
  "empty",
  "a-very-long-name-that-is-like-others-1.dtbo",
  "a-very-long-name-that-is-like-others-2.dtbo",
  "overlays/disable-bt.dtbo",
  "overlays/README",
  "deep/er/and/deep/er/and/deep/er/and/deep/er/file",
  "large.bin",
};

/* A name as long as a name can be. */
static char *
longest (void)
{
  return g_strnfill (255, 'n');
}

static GPtrArray *
all_names (void)
{
  GPtrArray *all = g_ptr_array_new_with_free_func (g_free);

  for (guint i = 0; i < G_N_ELEMENTS (names); i++)
    g_ptr_array_add (all, g_strdup (names[i]));
  g_ptr_array_add (all, longest ());
  /* More than a cluster of entries. */
  for (guint i = 0; i < 150; i++)
    g_ptr_array_add (all, g_strdup_printf ("many/file number %u", i));
  return all;
}

/* What a file of that name holds: as long as its name tells. */
static GBytes *
content_of (const char *name)
{
  gsize size = g_str_equal (name, "empty")       ? 0
               : g_str_equal (name, "large.bin") ? 700001
                                                 : 1 + g_str_hash (name) % 5000;
  guint8 *data = g_malloc (size + 1);

  for (gsize i = 0; i < size; i++)
    data[i] = (guint8) (i * 7 + g_str_hash (name) + i / 256);
  return g_bytes_new_take (data, size);
}

/* The folder "tree" with all of them. */
static void
make_tree (void)
{
  g_autoptr (GPtrArray) all = all_names ();

  for (guint i = 0; i < all->len; i++)
    {
      g_autofree char *path = g_build_filename ("tree", all->pdata[i], NULL);
      g_autofree char *absolute = pn_scratch_path (path);
      g_autofree char *folder = g_path_get_dirname (absolute);
      g_autoptr (GBytes) content = content_of (all->pdata[i]);

      g_assert_cmpint (g_mkdir_with_parents (folder, 0755), ==, 0);
      pn_scratch_save (path, g_bytes_get_data (content, NULL), g_bytes_get_size (content));
    }
}

static gboolean
read_bytes (gpointer user_data, guint64 offset, void *buffer, gsize size, GError **error)
{
  gsize there;
  const guint8 *data = g_bytes_get_data (user_data, &there);

  g_assert_cmpuint (offset, <=, there);
  g_assert_cmpuint (size, <=, there - offset);
  memcpy (buffer, data + offset, size);
  return TRUE;
}

static PnFat *
open_bytes (GBytes *image, GError **error)
{
  return pn_fat_open (read_bytes, image, g_bytes_get_size (image), error);
}

static GBytes *
make_image (guint kind)
{
  g_free (pn_scratch_run ("rm -f fat.img; mkfs.fat -C %s -n LABEL fat.img %u; cd tree; "
                          "mcopy -s -i ../fat.img ./* ./.hidden ::",
                          kinds[kind].options, kinds[kind].kib));
  return pn_scratch_load ("fat.img");
}

static const PnFatFile *
find (GPtrArray *files, const char *path)
{
  for (guint i = 0; i < files->len; i++)
    if (g_str_equal (((PnFatFile *) files->pdata[i])->path, path))
      return files->pdata[i];
  g_error ("%s is missing", path);
}

static void
test_read (gconstpointer data)
{
  guint kind = GPOINTER_TO_UINT (data);
  g_autoptr (GBytes) image = make_image (kind);
  g_autoptr (GPtrArray) all = all_names ();
  g_autoptr (GError) error = NULL;
  g_autoptr (PnFat) fat = open_bytes (image, &error);
  g_autoptr (GPtrArray) files = NULL;
  g_autofree char *label = NULL;

  g_assert_no_error (error);
  g_assert_cmpuint (pn_fat_get_bits (fat), ==, kinds[kind].bits);
  files = pn_fat_read_all (fat, MAX_TOTAL, &error);
  g_assert_no_error (error);
  label = pn_fat_get_label (fat);
  g_assert_cmpstr (label, ==, "LABEL");
  g_assert_cmpuint (files->len, ==, all->len);
  for (guint i = 0; i < all->len; i++)
    {
      g_autoptr (GBytes) expected = content_of (all->pdata[i]);
      g_autofree char *upper = g_ascii_strup (all->pdata[i], -1);
      g_autoptr (GBytes) again = pn_fat_read_file (fat, upper, MAX_TOTAL, &error);

      g_assert_no_error (error);
      g_assert_true (g_bytes_equal (find (files, all->pdata[i])->content, expected));
      g_assert_true (g_bytes_equal (again, expected));
    }
}

static void
test_limits (void)
{
  g_autoptr (GBytes) image = make_image (1);
  g_autoptr (PnFat) fat = open_bytes (image, NULL);
  g_autoptr (GError) large = NULL;
  g_autoptr (GError) all = NULL;
  g_autoptr (GError) missing = NULL;
  g_autoptr (GError) folder = NULL;

  g_assert_null (pn_fat_read_file (fat, "large.bin", 700000, &large));
  pn_assert_refused (large, PN_ERROR_NO_SPACE, "large.bin");
  g_assert_null (pn_fat_read_all (fat, 700000, &all));
  pn_assert_refused (all, PN_ERROR_NO_SPACE, "larger than is accepted");
  g_assert_null (pn_fat_read_file (fat, "large.bi", MAX_TOTAL, &missing));
  pn_assert_refused (missing, PN_ERROR_NOT_FOUND, "There is no large.bi");
  g_assert_null (pn_fat_read_file (fat, "overlays", MAX_TOTAL, &folder));
  pn_assert_refused (folder, PN_ERROR_NOT_FOUND, "There is no overlays");
}

/* What is left when only used blocks are copied is the same for others, and less. */
static void
test_used_runs (gconstpointer data)
{
  guint kind = GPOINTER_TO_UINT (data);
  g_autoptr (GBytes) image = make_image (kind);
  g_autofree char *path = pn_scratch_path ("fat.img");
  g_autoptr (GError) error = NULL;
  g_auto (PnFd) fd = pn_open (path, O_RDONLY, &error);
  g_autoptr (PnFat) fat = pn_fat_open_fd (fd, 0, g_bytes_get_size (image), &error);
  g_autoptr (PnRuns) runs = NULL;
  g_autofree guint8 *copy = g_malloc (g_bytes_get_size (image));

  g_assert_no_error (error);
  runs = pn_fat_used_runs (fat, fd, 0, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (pn_runs_get_n_blocks (runs) * PN_RUN_BLOCK_SIZE, ==, g_bytes_get_size (image));
  g_assert_cmpuint (pn_runs_count_bytes (runs, PN_RUN_SKIP), >, g_bytes_get_size (image) / 4);
  g_assert_true (pn_runs_read (runs, 0, copy, g_bytes_get_size (image), &error));
  pn_scratch_save ("copy.img", copy, g_bytes_get_size (image));
  g_free (pn_scratch_run ("fsck.fat -n copy.img; rm -rf back; mkdir back; "
                          "mcopy -s -i copy.img '::*' back; diff -r tree back"));
}

/* ---- written by us ---- */

static GBytes *
build (const PnFatParameters *parameters, GError **error)
{
  g_autoptr (GPtrArray) files = g_ptr_array_new_with_free_func ((GDestroyNotify) pn_fat_file_free);
  g_autoptr (GPtrArray) all = all_names ();

  for (guint i = 0; i < all->len; i++)
    {
      g_autoptr (GBytes) content = content_of (all->pdata[i]);

      g_ptr_array_add (files, pn_fat_file_new (all->pdata[i], content));
    }
  return pn_fat_build_bytes (files, parameters, error);
}

static void
test_write (gconstpointer data)
{
  static const PnFatParameters parameters[] = {
    { .n_fats = 1, .sectors_per_cluster = 1, .label = "BOOT", .size = 2 * MIB },
    { .n_fats = 2, .sectors_per_cluster = 1, .label = "BOOT", .size = 16 * MIB },
    { .n_fats = 2, .sectors_per_cluster = 1, .label = "BOOT", .size = 40 * MIB },
    { .n_fats = 2, .force_fat32 = TRUE, .sectors_per_cluster = 1, .label = "BOOT" },
    { .n_fats = 1, .sectors_per_cluster = 1, .label = "BOOT" },
    { .n_fats = 2, .sectors_per_cluster = 8, .label = "LONG LABEL!", .size = 64 * MIB },
  };
  static const guint bits[] = { 12, 16, 32, 32, 12, 16 };
  guint i = GPOINTER_TO_UINT (data);
  g_autoptr (GError) error = NULL;
  g_autoptr (GBytes) image = build (&parameters[i], &error);
  g_autoptr (GBytes) again = build (&parameters[i], NULL);
  g_autoptr (PnFat) fat = NULL;
  g_autofree char *listing = NULL;

  g_assert_no_error (error);
  g_assert_true (g_bytes_equal (image, again));
  fat = open_bytes (image, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (pn_fat_get_bits (fat), ==, bits[i]);
  pn_scratch_save ("ours.img", g_bytes_get_data (image, NULL), g_bytes_get_size (image));
  g_free (pn_scratch_run ("fsck.fat -n ours.img; rm -rf back; mkdir back; "
                          "mcopy -s -i ours.img '::*' back; diff -r tree back"));
  listing = pn_scratch_run ("mdir -i ours.img ::");
  g_assert_nonnull (strstr (listing, parameters[i].label));
}

static void
test_no_room (void)
{
  PnFatParameters parameters = { .n_fats = 1, .sectors_per_cluster = 1, .size = 900 * 1024 };
  g_autoptr (GError) error = NULL;

  g_assert_null (build (&parameters, &error));
  pn_assert_refused (error, PN_ERROR_NO_SPACE, "do not fit");
}

static void
test_bad_names (void)
{
  static const char *const bad[] = { "",       "/a",   "a/",     "a//b",     "..",
                                     "a/../b", "dot.", "blank ", "a:b",      "a\\b",
                                     "a\nb",   "a*",   "a?",     "a|b",      "file/sub",
                                     "a\"",    "<",    "FILE",   "\xff\xfe", "." };
  PnFatParameters parameters = { .n_fats = 1, .sectors_per_cluster = 1 };
  g_autofree char *over = g_strnfill (256, 'n');

  for (guint i = 0; i <= G_N_ELEMENTS (bad); i++)
    {
      g_autoptr (GPtrArray) files =
          g_ptr_array_new_with_free_func ((GDestroyNotify) pn_fat_file_free);
      g_autoptr (GBytes) content = g_bytes_new_static ("x", 1);
      g_autoptr (GError) error = NULL;

      g_ptr_array_add (files, pn_fat_file_new ("file", content));
      g_ptr_array_add (files, pn_fat_file_new (i < G_N_ELEMENTS (bad) ? bad[i] : over, content));
      g_assert_null (pn_fat_build (files, &parameters, &error));
      pn_assert_refused (error, PN_ERROR_INVALID_ARGUMENT, "cannot hold the name");
    }
}

/* ---- lies ---- */

static void
refuses_open (GBytes *image, gsize at, guint size, guint32 value, const char *says)
{
  gsize length;
  const guint8 *data = g_bytes_get_data (image, &length);
  g_autofree guint8 *changed = g_memdup2 (data, length);
  g_autoptr (GBytes) bytes = NULL;
  g_autoptr (GError) error = NULL;

  for (guint i = 0; i < size; i++)
    changed[at + i] = (guint8) (value >> (8 * i));
  bytes = g_bytes_new (changed, length);
  g_assert_null (open_bytes (bytes, &error));
  pn_assert_refused (error, PN_ERROR_INVALID_DATA, says);
}

static void
test_boot_sector (void)
{
  g_autoptr (GBytes) image = make_image (1);

  refuses_open (image, 510, 2, 0, "not a FAT");
  refuses_open (image, 11, 2, 0, "not a FAT");
  refuses_open (image, 11, 2, 513, "not a FAT");
  refuses_open (image, 13, 1, 0, "not a FAT");
  refuses_open (image, 13, 1, 3, "not a FAT");
  refuses_open (image, 14, 2, 0, "not a FAT");
  refuses_open (image, 16, 1, 0, "not a FAT");
  refuses_open (image, 16, 1, 255, "not a FAT");
  refuses_open (image, 19, 2, 0xffff, "cut off");
  refuses_open (image, 22, 2, 1, "too small for its clusters");
  refuses_open (image, 22, 2, 0xffff, "do not fit together");
  refuses_open (image, 14, 2, 0xffff, "do not fit together");
  refuses_open (image, 19, 2, 1, "do not fit together");
}

/* Cut off anywhere: never read beyond the end, and refused. */
static void
test_truncated (void)
{
  g_autoptr (GBytes) image = make_image (0);

  for (gsize length = 0; length < g_bytes_get_size (image);
       length += length < 4 * SECTOR ? 1 : 4 * SECTOR - 1)
    {
      g_autoptr (GBytes) part = g_bytes_new_from_bytes (image, 0, length);
      g_autoptr (GError) error = NULL;

      g_assert_null (open_bytes (part, &error));
      g_assert_error (error, PN_ERROR, PN_ERROR_INVALID_DATA);
    }
}

/* A small FAT16 with one file and one folder of known places, to be lied about. */
typedef struct
{
  guint8 *data;
  gsize size;
  gsize fat_at, root_at; /* bytes */
  guint8 *file;          /* directory entries */
  guint8 *folder;
} Small;

static guint8 *
find_entry (Small *self, const char *name)
{
  for (gsize at = self->root_at; at < self->root_at + 64 * 32; at += 32)
    if (memcmp (self->data + at, name, 11) == 0)
      return self->data + at;
  g_assert_not_reached ();
}

static Small
make_small (void)
{
  Small self = { 0 };
  g_autoptr (GBytes) image = NULL;

  g_free (pn_scratch_run ("rm -f small.img; mkfs.fat -C -F 16 -s 1 small.img 4096; "
                          "head -c 3000 tree/large.bin > file; mcopy -i small.img file ::FILE; "
                          "mmd -i small.img ::FOLDER; mcopy -i small.img file ::FOLDER/INNER"));
  image = pn_scratch_load ("small.img");
  self.data = g_memdup2 (g_bytes_get_data (image, &self.size), g_bytes_get_size (image));
  self.fat_at = (gsize) pn_peek_le16 (self.data + 14) * SECTOR;
  self.root_at = self.fat_at + (gsize) self.data[16] * pn_peek_le16 (self.data + 22) * SECTOR;
  self.file = find_entry (&self, "FILE       ");
  self.folder = find_entry (&self, "FOLDER     ");
  return self;
}

static guint8 *
fat_entry (Small *self, guint cluster)
{
  return self->data + self->fat_at + 2 * cluster;
}

static void
small_refuses (Small *self, int code, const char *says)
{
  g_autoptr (GBytes) image = g_bytes_new_take (self->data, self->size);
  g_autoptr (GError) error = NULL;
  g_autoptr (PnFat) fat = open_bytes (image, &error);
  g_autoptr (GPtrArray) files = NULL;

  g_assert_no_error (error);
  files = pn_fat_read_all (fat, MAX_TOTAL, &error);
  g_assert_null (files);
  pn_assert_refused (error, code, says);
}

/* A file's chain that bites its tail ends where the size says; a folder's has no size. */
static void
test_loops (void)
{
  Small file = make_small ();
  Small folder = make_small ();
  Small itself = make_small ();
  guint first = pn_peek_le16 (file.file + 26);

  pn_poke_le16 (fat_entry (&file, first + 1), (guint16) first);
  pn_poke_le32 (file.file + 28, 0x7fffffff);
  small_refuses (&file, PN_ERROR_INVALID_DATA, "goes in circles");
  first = pn_peek_le16 (folder.folder + 26);
  pn_poke_le16 (fat_entry (&folder, first), (guint16) first);
  small_refuses (&folder, PN_ERROR_INVALID_DATA, "goes in circles");
  /* A folder in itself is deeper than any. */
  first = pn_peek_le16 (itself.folder + 26);
  pn_poke_le16 (itself.file + 26, (guint16) first);
  itself.file[11] = 0x10;
  {
    gsize data_at = itself.root_at + (gsize) pn_peek_le16 (itself.data + 17) * 32;
    guint8 *inner = itself.data + data_at + (first - 2) * SECTOR + 64;

    inner[11] = 0x10;
    pn_poke_le16 (inner + 26, (guint16) first);
  }
  small_refuses (&itself, PN_ERROR_INVALID_DATA, "too deep");
}

static void
test_sizes (void)
{
  Small longer = make_small ();
  Small nowhere = make_small ();
  Small beyond = make_small ();
  Small freed = make_small ();

  pn_poke_le32 (longer.file + 28, 3073); /* one byte more than its clusters */
  small_refuses (&longer, PN_ERROR_INVALID_DATA, "shorter than it says");
  pn_poke_le16 (nowhere.file + 26, 0);
  small_refuses (&nowhere, PN_ERROR_INVALID_DATA, "shorter than it says");
  pn_poke_le16 (beyond.file + 26, 0xfff0);
  small_refuses (&beyond, PN_ERROR_INVALID_DATA, "shorter than it says");
  pn_poke_le16 (fat_entry (&freed, pn_peek_le16 (freed.file + 26)), 0);
  small_refuses (&freed, PN_ERROR_INVALID_DATA, "shorter than it says");
}

/* A name with a way out in it is left out. */
static void
test_hostile_names (void)
{
  static const char *const hostile[] = { "A/B        ", "../        ", "/          " };

  for (guint i = 0; i < G_N_ELEMENTS (hostile); i++)
    {
      Small small = make_small ();
      g_autoptr (GBytes) image = NULL;
      g_autoptr (PnFat) fat = NULL;
      g_autoptr (GPtrArray) files = NULL;
      g_autoptr (GError) error = NULL;

      memcpy (small.file, hostile[i], 11);
      image = g_bytes_new_take (small.data, small.size);
      fat = open_bytes (image, &error);
      files = pn_fat_read_all (fat, MAX_TOTAL, &error);
      g_assert_no_error (error);
      g_assert_cmpuint (files->len, ==, 1);
      g_assert_cmpstr (((PnFatFile *) files->pdata[0])->path, ==, "FOLDER/INNER");
    }
}

int
main (int argc, char **argv)
{
  int status;

  g_test_init (&argc, &argv, NULL);
  pn_scratch_open ();
  make_tree ();
  for (guint i = 0; i < G_N_ELEMENTS (kinds); i++)
    {
      g_autofree char *read = g_strdup_printf ("/fat/read/%u", i);
      g_autofree char *used = g_strdup_printf ("/fat/used-runs/%u", i);

      g_test_add_data_func (read, GUINT_TO_POINTER (i), test_read);
      g_test_add_data_func (used, GUINT_TO_POINTER (i), test_used_runs);
    }
  for (guint i = 0; i < 6; i++)
    {
      g_autofree char *path = g_strdup_printf ("/fat/write/%u", i);

      g_test_add_data_func (path, GUINT_TO_POINTER (i), test_write);
    }
  g_test_add_func ("/fat/limits", test_limits);
  g_test_add_func ("/fat/no-room", test_no_room);
  g_test_add_func ("/fat/bad-names", test_bad_names);
  g_test_add_func ("/fat/boot-sector", test_boot_sector);
  g_test_add_func ("/fat/truncated", test_truncated);
  g_test_add_func ("/fat/loops", test_loops);
  g_test_add_func ("/fat/sizes", test_sizes);
  g_test_add_func ("/fat/hostile-names", test_hostile_names);
  status = g_test_run ();
  pn_scratch_close ();
  return status;
}
