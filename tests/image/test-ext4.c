/* SPDX-License-Identifier: GPL-3.0-or-later */
/* ext4 as mke2fs makes it: read, edited, copied by used blocks and grown, with e2fsprogs as judge.
 */
#include "config.h"

#include <fcntl.h>
#include <string.h>

#include "pn-error.h"
#include "pn-ext4.h"
#include "pn-io.h"
#include "pn-scratch.h"

#define MIB (1024 * 1024)
#define NOW 1760000000 /* the one recorded clock */
#define MAX_FILE (8 * MIB)
#define FRAGMENTED 300 /* blocks with holes between them: more extents than an inode holds */

static const struct
{
  const char *name;
  const char *options;
} kinds[] = {
  { "default", "-t ext4 -b 4096" },
  { "1k-blocks", "-t ext4 -b 1024" },
  { "2k-blocks", "-t ext4 -b 2048" },
  { "inline", "-t ext4 -b 4096 -I 256 -O inline_data" },
  { "64bit", "-t ext4 -b 4096 -O 64bit,metadata_csum" },
  { "orphan-file", "-t ext4 -b 4096 -O metadata_csum_seed,orphan_file" },
  { "no-journal", "-t ext4 -b 4096 -O ^has_journal" },
  { "no-checksums", "-t ext4 -b 4096 -O ^metadata_csum,uninit_bg" },
  { "ext3", "-t ext3 -b 4096" },
  { "ext2", "-t ext2 -b 1024" },
};

typedef struct
{
  PnFd fd;
  PnExt4 *ext4;
} Opened;

static void
opened_clear (Opened *self)
{
  g_clear_pointer (&self->ext4, pn_ext4_free);
  pn_fd_close (self->fd);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Opened, opened_clear)

static Opened
open_image (const char *name, guint64 offset, gboolean check, GError **error)
{
  g_autofree char *path = pn_scratch_path (name);
  Opened self = { pn_open (path, O_RDONLY, error), NULL };

  g_assert_cmpint (self.fd, >=, 0);
  self.ext4 =
      pn_ext4_open (self.fd, offset, (guint64) pn_file_size (self.fd, NULL) - offset, check, error);
  return self;
}

static void
make_tree (void)
{
  g_free (pn_scratch_run (
      "mkdir -p tree/etc tree/usr/bin tree/many tree/deep/er/and/deep/er; cd tree; "
      "printf 'short' > etc/inline; printf '' > etc/empty; "
      "seq 1 30000 > etc/long; ln -s long etc/link; ln -s ../../etc/link usr/bin/twice; "
      "ln -s /etc/long usr/bin/absolute; ln -s usr/bin bin; ln -s nowhere etc/broken; "
      "ln -s loop etc/loop; ln etc/long etc/hard; seq 1 3 > deep/er/and/deep/er/file; "
      "ln -s \"$(printf '%%0200d' 0 | tr 0 d)\" etc/long-target; "
      "for i in $(seq 600); do echo $i > many/file-$i; done; "
      "truncate -s 3M etc/sparse; printf end >> etc/sparse; head -c 500000 /dev/zero > etc/zeros; "
      "for i in $(seq 1 2 %d); do printf x | dd of=etc/holes bs=4096 seek=$i conv=notrunc "
      "status=none; done",
      2 * FRAGMENTED));
}

static void
make_image (guint kind, guint mib)
{
  g_free (pn_scratch_run ("rm -f ext4.img; truncate -s %uM ext4.img; mke2fs -q -F %s -L rootfs "
                          "-U 50756e6e-6574-4000-8000-000000000002 -d tree ext4.img",
                          mib, kinds[kind].options));
}

/* The file as the tree has it. */
static void
assert_same (PnExt4 *ext4, const char *path, const char *file)
{
  g_autofree char *name = g_build_filename ("tree", file, NULL);
  g_autoptr (GBytes) expected = pn_scratch_load (name);
  g_autoptr (GError) error = NULL;
  g_autoptr (GBytes) content = pn_ext4_read_file (ext4, path, MAX_FILE, &error);

  g_assert_no_error (error);
  g_assert_true (g_bytes_equal (content, expected));
}

static void
assert_no_file (PnExt4 *ext4, const char *path, int code)
{
  g_autoptr (GError) error = NULL;

  g_assert_false (pn_ext4_exists (ext4, path));
  g_assert_null (pn_ext4_read_file (ext4, path, MAX_FILE, &error));
  pn_assert_refused (error, code, path);
}

static void
test_read (gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GError) large = NULL;
  g_autofree char *label = NULL;
  g_autofree char *uuid = NULL;
  g_auto (GStrv) names = NULL;
  g_auto (Opened) image = { -1, NULL };

  make_image (GPOINTER_TO_UINT (data), 32);
  image = open_image ("ext4.img", 0, TRUE, &error);
  g_assert_no_error (error);
  label = pn_ext4_get_label (image.ext4);
  uuid = pn_ext4_get_uuid (image.ext4);
  g_assert_cmpstr (label, ==, "rootfs");
  g_assert_cmpstr (uuid, ==, "50756e6e-6574-4000-8000-000000000002");
  g_assert_cmpuint (pn_ext4_get_size (image.ext4), ==, 32 * MIB);
  assert_same (image.ext4, "/etc/inline", "etc/inline");
  assert_same (image.ext4, "/etc/empty", "etc/empty");
  assert_same (image.ext4, "/etc/long", "etc/long");
  assert_same (image.ext4, "/etc/hard", "etc/long");
  assert_same (image.ext4, "/etc/sparse", "etc/sparse");
  assert_same (image.ext4, "/etc/holes", "etc/holes");
  assert_same (image.ext4, "/usr/bin/twice", "etc/long");
  assert_same (image.ext4, "/bin/absolute", "etc/long");
  assert_same (image.ext4, "/deep/er/and/deep/er/file", "deep/er/and/deep/er/file");
  assert_same (image.ext4, "/many/file-599", "many/file-599");
  assert_no_file (image.ext4, "/etc/missing", PN_ERROR_NOT_FOUND);
  assert_no_file (image.ext4, "/etc/broken", PN_ERROR_NOT_FOUND);
  assert_no_file (image.ext4, "/etc/loop", PN_ERROR_INVALID_DATA);
  assert_no_file (image.ext4, "/etc/long/below", PN_ERROR_INVALID_DATA);
  g_assert_null (pn_ext4_read_file (image.ext4, "/etc/long", 100, &large));
  pn_assert_refused (large, PN_ERROR_NO_SPACE, "larger than expected");
  names = pn_ext4_list (image.ext4, "/many", &error);
  g_assert_no_error (error);
  g_assert_cmpuint (g_strv_length (names), ==, 600);
  g_assert_cmpstr (names[0], ==, "file-1");
  g_assert_cmpstr (names[599], ==, "file-99");
}

/* Writes what the runs say, over 0xff: what was skipped must not matter. */
static void
write_runs (PnRuns *runs, const char *name, gboolean fresh)
{
  g_autofree char *path = pn_scratch_path (name);
  g_autoptr (GError) error = NULL;
  guint64 size = pn_runs_get_n_blocks (runs) * PN_RUN_BLOCK_SIZE;
  g_auto (PnFd) fd = -1;
  g_autofree guint8 *buffer = g_malloc (MIB);
  guint n;
  const PnRun *all = pn_runs_get (runs, &n);

  if (fresh)
    g_free (pn_scratch_run ("head -c %" G_GUINT64_FORMAT " /dev/zero | tr '\\0' '\\377' > %s", size,
                            name));
  else
    g_free (pn_scratch_run ("truncate -s %" G_GUINT64_FORMAT " %s", size, name));
  fd = pn_open (path, O_RDWR, &error);
  for (guint i = 0; i < n; i++)
    for (guint64 at = 0; all[i].kind != PN_RUN_SKIP && at < all[i].n_blocks * PN_RUN_BLOCK_SIZE;
         at += MIB)
      {
        guint64 from = all[i].first_block * PN_RUN_BLOCK_SIZE + at;
        gsize count = (gsize) MIN (MIB, all[i].n_blocks * PN_RUN_BLOCK_SIZE - at);

        g_assert_true (pn_runs_read (runs, from, buffer, count, &error));
        g_assert_true (pn_pwrite_all (fd, buffer, count, (goffset) from, &error));
      }
  g_assert_no_error (error);
}

/* All files of @name are those of the image, but for @edited. What debugfs takes out of an inode
 * has zeros behind it: its size is judged apart. */
static void
judge (const char *name, const char *edited)
{
  g_free (pn_scratch_run ("e2fsck -fn %s; rm -rf back expected; mkdir back expected; "
                          "debugfs -R 'rdump / back' %s; debugfs -R 'rdump / expected' ext4.img",
                          name, name));
  if (edited != NULL)
    g_free (
        pn_scratch_run ("cmp -n $(stat -c %%s edited) edited back/%s; "
                        "debugfs -R 'stat /%s' %s | grep -q \"Size: $(stat -c %%s edited)\\$\"; "
                        "rm back/%s expected/%s",
                        edited, edited, name, edited, edited));
  g_free (pn_scratch_run ("diff -r --no-dereference expected back; [ -s back/etc/long ]"));
}

static guint64
number_after (const char *text, const char *key)
{
  const char *at = strstr (text, key);

  g_assert_nonnull (at);
  return g_ascii_strtoull (at + strlen (key) + strspn (at + strlen (key), " "), NULL, 10);
}

/* As many blocks as dumpe2fs counts, or less (inode tables that are not initialised); short gaps
 * may have been joined. */
static void
judge_amount (PnRuns *runs)
{
  g_autofree char *said = pn_scratch_run ("dumpe2fs -h ext4.img");
  guint64 block = number_after (said, "Block size:");
  guint64 used =
      (number_after (said, "Block count:") - number_after (said, "Free blocks:")) * block;
  guint64 ours = pn_runs_count_bytes (runs, PN_RUN_DATA) + pn_runs_count_bytes (runs, PN_RUN_FILL);

  g_assert_cmpuint (ours, <=, used + used / 20 + 64 * 1024);
  g_assert_cmpuint (ours, >, used / 3);
}

static void
test_used_runs (gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (PnRuns) runs = NULL;
  g_auto (Opened) image = { -1, NULL };

  make_image (GPOINTER_TO_UINT (data), 32);
  image = open_image ("ext4.img", 0, FALSE, &error);
  g_assert_no_error (error);
  runs = pn_ext4_used_runs (image.ext4, &error);
  g_assert_no_error (error);
  judge_amount (runs);
  write_runs (runs, "copy.img", TRUE);
  judge ("copy.img", NULL);
}

/* Shorter, much longer, and empty; the source stays as it was. */
static void
test_edit (gconstpointer data)
{
  static const struct
  {
    const char *command;
    const char *file;
  } edits[] = {
    { "printf 'changed' > edited", "etc/inline" },
    { "seq 1 90000 > edited", "etc/inline" },
    { "seq 1 2000 > edited", "etc/empty" },
    { ": > edited", "etc/holes" },
  };

  make_image (GPOINTER_TO_UINT (data), 32);
  for (guint i = 0; i < G_N_ELEMENTS (edits); i++)
    {
      g_autofree char *path = g_strconcat ("/", edits[i].file, NULL);
      g_autofree char *before = NULL;
      g_autofree char *after = NULL;
      g_autofree char *stat = NULL;
      g_autoptr (GBytes) content = NULL;
      g_autoptr (GBytes) again = NULL;
      g_autoptr (GError) error = NULL;
      g_autoptr (PnRuns) runs = NULL;
      g_auto (Opened) image = { -1, NULL };

      g_free (pn_scratch_run ("%s", edits[i].command));
      content = pn_scratch_load ("edited");
      before = pn_scratch_run ("sha256sum ext4.img");
      image = open_image ("ext4.img", 0, FALSE, &error);
      g_assert_no_error (error);
      pn_ext4_replace_file (image.ext4, path, content, NOW, &error);
      g_assert_no_error (error);
      again = pn_ext4_read_file (image.ext4, path, MAX_FILE, &error);
      g_assert_true (g_bytes_equal (again, content));
      runs = pn_ext4_used_runs (image.ext4, &error);
      write_runs (runs, "copy.img", TRUE);
      judge ("copy.img", edits[i].file);
      stat = pn_scratch_run ("TZ=UTC debugfs -R 'stat %s' copy.img", path);
      g_assert_nonnull (strstr (stat, "Oct  9 08:53:20 2025"));
      after = pn_scratch_run ("sha256sum ext4.img");
      g_assert_cmpstr (before, ==, after);
    }
}

/* An image in a partition, as a device gets it: used blocks, then what growing changed. */
static void
test_grow (gconstpointer data)
{
  static const guint sizes[] = { 32, 33, 129, 3000 };
  g_autoptr (GError) error = NULL;
  g_autoptr (PnRuns) used = NULL;
  g_autoptr (PnRuns) metadata = NULL;
  g_autoptr (PnRuns) smaller = NULL;
  g_auto (Opened) image = { -1, NULL };

  make_image (GPOINTER_TO_UINT (data), 32);
  g_free (pn_scratch_run ("(head -c 1M /dev/zero; cat ext4.img) > disk.img"));
  image = open_image ("disk.img", MIB, TRUE, &error);
  g_assert_no_error (error);
  used = pn_ext4_used_runs (image.ext4, &error);
  metadata = pn_ext4_metadata_runs (image.ext4, &error);
  g_assert_no_error (error);
  for (guint i = 0; i < G_N_ELEMENTS (sizes); i++)
    {
      g_autoptr (PnRuns) changes = pn_ext4_grow (metadata, (guint64) sizes[i] * MIB, NULL, &error);
      g_autofree char *said = NULL;

      g_assert_no_error (error);
      write_runs (used, "grown.img", TRUE);
      write_runs (changes, "grown.img", FALSE);
      judge ("grown.img", NULL);
      said = pn_scratch_run ("dumpe2fs -h grown.img");
      /* A last group that is too small for its own tables is left out. */
      g_assert_cmpuint (number_after (said, "Block count:") * number_after (said, "Block size:"),
                        >=, (guint64) sizes[i] * MIB - MIB);
    }
  smaller = pn_ext4_grow (metadata, 31 * MIB, NULL, &error);
  g_assert_null (smaller);
  pn_assert_refused (error, PN_ERROR_NO_SPACE, "more than the 31 MiB");
}

/* ---- refused ---- */

static void
test_refused (void)
{
  static const struct
  {
    const char *shell;
    int code;
    const char *says;
  } cases[] = {
    { "debugfs -w -R 'feature needs_recovery' bad.img", PN_ERROR_INVALID_DATA,
      "not cleanly unmounted" },
    { "debugfs -w -R 'ssv state 0' bad.img", PN_ERROR_INVALID_DATA, "not cleanly unmounted" },
    { "debugfs -w -R 'ssv state 3' bad.img", PN_ERROR_INVALID_DATA, "marked as damaged" },
    { "debugfs -w -R 'feature FEATURE_I31' bad.img", PN_ERROR_NOT_SUPPORTED, "FEATURE_I31" },
    { "debugfs -w -R 'feature FEATURE_R30' bad.img", PN_ERROR_NOT_SUPPORTED, "FEATURE_R30" },
    { "debugfs -w -R 'feature compression' bad.img", PN_ERROR_NOT_SUPPORTED, "compression" },
    { "debugfs -w -R 'clri <2>' bad.img", PN_ERROR_INVALID_DATA, "e2fsck finds errors" },
    { "debugfs -w -R 'freei <12>' bad.img", PN_ERROR_INVALID_DATA, "e2fsck finds errors" },
    { "truncate -s 31M bad.img", PN_ERROR_INVALID_DATA, "cut off" },
    { "truncate -s 2000 bad.img", PN_ERROR_NOT_SUPPORTED, "too small" },
    { "mke2fs -q -F -t ext4 -O bigalloc bad.img", PN_ERROR_NOT_SUPPORTED, "bigalloc" },
    { "mke2fs -q -F -t ext4 -b 8192 bad.img", PN_ERROR_NOT_SUPPORTED, "larger than 4096" },
    { "mkfs.fat bad.img", PN_ERROR_NOT_SUPPORTED, "not ext4" },
    { "mke2fs -q -F -O journal_dev bad.img", PN_ERROR_NOT_SUPPORTED, "journal_dev" },
  };

  make_image (0, 32);
  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (GError) error = NULL;
      g_auto (Opened) image = { -1, NULL };

      g_free (pn_scratch_run ("cp --sparse=always ext4.img bad.img; %s", cases[i].shell));
      image = open_image ("bad.img", 0, TRUE, &error);
      g_assert_null (image.ext4);
      pn_assert_refused (error, cases[i].code, cases[i].says);
    }
}

/* No room for what an edit needs: said, and the process lives. */
static void
test_full (void)
{
  g_autofree guint8 *data = g_malloc0 (40 * MIB);
  g_autoptr (GBytes) content = g_bytes_new_static (data, 40 * MIB);
  g_autoptr (GError) error = NULL;
  g_auto (Opened) image = { -1, NULL };

  memset (data, 'x', 40 * MIB);
  make_image (0, 32);
  image = open_image ("ext4.img", 0, FALSE, &error);
  g_assert_no_error (error);
  g_assert_false (pn_ext4_replace_file (image.ext4, "/etc/inline", content, NOW, &error));
  pn_assert_refused (error, PN_ERROR_FAILED, "Cannot change /etc/inline");
}

int
main (int argc, char **argv)
{
  static const struct
  {
    const char *name;
    GTestDataFunc function;
    guint step; /* editing and growing take seconds: they go through every other kind */
  } each[] = {
    { "read", test_read, 1 },
    { "used-runs", test_used_runs, 1 },
    { "edit", test_edit, 2 },
    { "grow", test_grow, 2 },
  };
  int status;

  g_test_init (&argc, &argv, NULL);
  pn_scratch_open ();
  make_tree ();
  for (guint i = 0; i < G_N_ELEMENTS (each); i++)
    for (guint kind = 0; kind < G_N_ELEMENTS (kinds); kind += each[i].step)
      {
        g_autofree char *path = g_strdup_printf ("/ext4/%s/%s", each[i].name, kinds[kind].name);

        g_test_add_data_func (path, GUINT_TO_POINTER (kind), each[i].function);
      }
  g_test_add_func ("/ext4/refused", test_refused);
  g_test_add_func ("/ext4/full", test_full);
  status = g_test_run ();
  pn_scratch_close ();
  return status;
}
