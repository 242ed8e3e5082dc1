/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Image sets as folders and archives: what is taken, and hostile ones that are not. */
#include "config.h"

#include <archive.h>
#include <archive_entry.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <string.h>
#include <unistd.h>

#include "pn-bytes.h"
#include "pn-ext4.h"
#include "pn-idp-set.h"
#include "pn-io.h"
#include "pn-scratch.h"
#include "pn-sparse.h"

#define MIB ((guint64) 1024 * 1024)
#define DESCRIPTION "image.json"

/* Single quotes are double ones. */
static const char description[] =
    "{'IGversion':'2.2.0','IGmeta':{'IGconf_device_class':'cm5','IGconf_device_variant':'none',"
    "'IGconf_device_storage_type':'emmc','IGconf_device_sector_size':512,"
    "'IGconf_image_version':'1'},'attributes':{'image-name':'a','image-size':1,"
    "'image-palign-bytes':'1M'},'layout':{'partitiontable':{'label':'dos','id':'0x12345678'},"
    "'partitionimages':{"
    "'boot':{'image':'b','simage':'boot.sparse','size':2097152,'partition-type':'0xC'},"
    "'root':{'image':'r','simage':'root.sparse','size':4194304,'partition-type':'83'}},"
    "'provisionmap':[{'attributes':{'PMAPversion':'1.3.0','system_type':'flat'}},"
    "{'partitions':[{'image':'boot'},{'image':'root','expand-to-fit':true}]}]}}";

typedef struct
{
  char *folder; /* with the set in it */
  char *archive;
} Fixture;

static char *
path_in (Fixture *self, const char *name)
{
  return g_build_filename (self->folder, name, NULL);
}

static void
put (Fixture *self, const char *name, const void *data, gssize size)
{
  g_autofree char *path = path_in (self, name);

  g_assert_true (g_file_set_contents (path, data, size, NULL));
}

/* A sparse file of @size bytes, all of them @fill. */
static void
put_sparse (Fixture *self, const char *name, guint64 size, guint32 fill)
{
  g_autofree char *path = path_in (self, name);
  g_autoptr (PnRuns) runs = pn_runs_new ();
  g_autoptr (GError) error = NULL;
  g_auto (PnFd) fd = pn_open (path, O_WRONLY | O_CREAT | O_TRUNC, &error);

  g_assert_no_error (error);
  pn_runs_append_fill (runs, size / PN_RUN_BLOCK_SIZE, fill);
  g_assert_true (pn_sparse_write_fd (runs, fd, NULL, &error));
}

static void
put_description (Fixture *self, const char *name)
{
  g_autoptr (GString) text = g_string_new (description);

  g_string_replace (text, "'", "\"", 0);
  put (self, name, text->str, (gssize) text->len);
}

static void
set_up (Fixture *self, gconstpointer data)
{
  g_autoptr (GError) error = NULL;

  self->folder = g_dir_make_tmp ("punnet-set-XXXXXX", &error);
  g_assert_no_error (error);
  self->archive = g_strconcat (self->folder, ".tar", NULL);
  put_description (self, DESCRIPTION);
  put_sparse (self, "boot.sparse", 2 * MIB, 1);
  put_sparse (self, "root.sparse", 4 * MIB, 2);
  put (self, "whole.img", "not looked at", -1);
}

static void
tear_down (Fixture *self, gconstpointer data)
{
  g_autoptr (GDir) dir = g_dir_open (self->folder, 0, NULL);
  const char *name;

  while ((name = g_dir_read_name (dir)) != NULL)
    {
      g_autofree char *path = path_in (self, name);

      g_assert_cmpint (g_remove (path), ==, 0);
    }
  (void) g_unlink (self->archive);
  g_assert_cmpint (g_rmdir (self->folder), ==, 0);
  g_free (self->folder);
  g_free (self->archive);
}

/* ---- making archives ---- */

typedef struct archive Archive;

static Archive *
begin_archive (Fixture *self, int filter)
{
  Archive *archive = archive_write_new ();

  archive_write_set_format_pax_restricted (archive);
  g_assert_cmpint (archive_write_add_filter (archive, filter), ==, ARCHIVE_OK);
  g_assert_cmpint (archive_write_open_filename (archive, self->archive), ==, ARCHIVE_OK);
  return archive;
}

static void
end_archive (Archive *archive)
{
  g_assert_cmpint (archive_write_close (archive), ==, ARCHIVE_OK);
  g_assert_cmpint (archive_write_free (archive), ==, ARCHIVE_OK);
}

/* An entry whose header says @size bytes, with @data for as much of it as there is. */
static void
add_entry (Archive *archive, const char *path, mode_t type, gint64 size, GBytes *data)
{
  struct archive_entry *entry = archive_entry_new ();

  archive_entry_set_pathname (entry, path);
  archive_entry_set_filetype (entry, type);
  archive_entry_set_perm (entry, 0644);
  archive_entry_set_size (entry, size);
  if (type == AE_IFREG && g_str_equal (path, "odd"))
    archive_entry_set_hardlink (entry, "boot.sparse");
  if (type == AE_IFLNK)
    archive_entry_set_symlink (entry, "/etc/passwd");
  g_assert_cmpint (archive_write_header (archive, entry), ==, ARCHIVE_OK);
  if (data != NULL)
    (void) archive_write_data (archive, g_bytes_get_data (data, NULL), g_bytes_get_size (data));
  archive_entry_free (entry);
}

static void
add_file (Fixture *self, Archive *archive, const char *prefix, const char *name)
{
  g_autofree char *path = path_in (self, name);
  g_autofree char *inside = g_strconcat (prefix, name, NULL);
  g_autoptr (GError) error = NULL;
  g_autoptr (GBytes) data = pn_read_file (path, 16 * MIB, &error);

  g_assert_no_error (error);
  add_entry (archive, inside, AE_IFREG, (gint64) g_bytes_get_size (data), data);
}

static void
add_set (Fixture *self, Archive *archive, const char *prefix)
{
  /* The description last: what it names comes before it. */
  add_file (self, archive, prefix, "whole.img");
  add_file (self, archive, prefix, "root.sparse");
  add_file (self, archive, prefix, "boot.sparse");
  add_file (self, archive, prefix, DESCRIPTION);
}

/* ---- good ones ---- */

static void
assert_good (const char *path, PnSha256 *digest)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (PnIdpSet) set = pn_idp_set_open (path, NULL, NULL, &error);
  guint32 words[2];

  g_assert_no_error (error);
  g_assert_true (pn_idp_set_is (path));
  g_assert_cmpuint (pn_idp_set_get_description (set)->items->len, ==, 2);
  g_assert_cmpstr (pn_idp_set_get_files (set)[0], ==, "boot.sparse");
  g_assert_cmpstr (pn_idp_set_get_files (set)[1], ==, "root.sparse");
  g_assert_null (pn_idp_set_get_files (set)[2]);
  g_assert_null (pn_idp_set_get_runs (set, "whole.img"));
  g_assert_true (
      pn_runs_read (pn_idp_set_get_runs (set, "root.sparse"), 4 * MIB - 8, words, 8, &error));
  g_assert_cmpuint (GUINT32_FROM_LE (words[1]), ==, 2);
  g_assert_true (pn_idp_set_get_digest (set, digest, NULL, &error));
  g_assert_no_error (error);
  g_assert_true (pn_idp_set_check_unchanged (set, &error));
}

static void
test_good (Fixture *self, gconstpointer data)
{
  static const int filters[] = { ARCHIVE_FILTER_NONE, ARCHIVE_FILTER_GZIP, ARCHIVE_FILTER_XZ };
  static const char *const prefixes[] = { "", "./", "set-1.0/" };
  PnSha256 folder, packed;

  assert_good (self->folder, &folder);
  for (guint i = 0; i < G_N_ELEMENTS (filters); i++)
    {
      Archive *archive = begin_archive (self, filters[i]);

      add_entry (archive, "set-1.0", AE_IFDIR, 0, NULL);
      add_set (self, archive, prefixes[i]);
      end_archive (archive);
      assert_good (self->archive, &packed);
      g_assert_true (pn_sha256_equal (&folder, &packed));
    }
}

static void
test_is (Fixture *self, gconstpointer data)
{
  g_autofree char *disc = path_in (self, "boot.sparse");
  g_autofree char *missing = path_in (self, "missing");

  g_autofree char *zeros = path_in (self, "zeros");
  g_autofree guint8 *blocks = g_malloc0 (10240);

  put (self, "zeros", blocks, 10240); /* an empty tar, and any disc that begins so */
  g_assert_false (pn_idp_set_is (zeros));
  g_assert_false (pn_idp_set_is (disc));
  g_assert_false (pn_idp_set_is (missing));
}

static void
test_changed (Fixture *self, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (PnIdpSet) set = pn_idp_set_open (self->folder, NULL, NULL, &error);
  g_autofree char *path = path_in (self, "root.sparse");
  g_auto (PnFd) fd = pn_open (path, O_WRONLY | O_APPEND, NULL);

  g_assert_no_error (error);
  g_assert_true (pn_write_all (fd, "x", 1, NULL));
  g_assert_false (pn_idp_set_check_unchanged (set, &error));
  g_assert_error (error, PN_ERROR, PN_ERROR_STALE);
}

/* ---- bad folders ---- */

static void
assert_refused (const char *path, PnError code, const char *says)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (PnIdpSet) set = pn_idp_set_open (path, NULL, NULL, &error);

  g_assert_null (set);
  g_test_message ("%s", error->message);
  g_assert_error (error, PN_ERROR, (int) code);
  g_assert_nonnull (strstr (error->message, says));
}

static void
test_incomplete (Fixture *self, gconstpointer data)
{
  g_autofree char *root = path_in (self, "root.sparse");
  g_autofree char *first = path_in (self, DESCRIPTION);

  g_assert_cmpint (g_unlink (root), ==, 0);
  assert_refused (self->folder, PN_ERROR_NOT_FOUND, "root.sparse");
  g_assert_cmpint (symlink ("boot.sparse", root), ==, 0);
  assert_refused (self->folder, PN_ERROR_IO, "root.sparse");
  g_assert_cmpint (g_unlink (root), ==, 0);
  g_assert_cmpint (mkfifo (root, 0600), ==, 0);
  assert_refused (self->folder, PN_ERROR_INVALID_ARGUMENT, "root.sparse");
  put_description (self, "second.json");
  assert_refused (self->folder, PN_ERROR_INVALID_DATA, "more than one");
  g_assert_cmpint (g_unlink (first), ==, 0);
  {
    g_autofree char *second = path_in (self, "second.json");

    g_assert_cmpint (g_unlink (second), ==, 0);
  }
  assert_refused (self->folder, PN_ERROR_INVALID_DATA, "no description");
}

static void
test_misfit (Fixture *self, gconstpointer data)
{
  put (self, "boot.sparse", "raw, not sparse: it would be written as it is", -1);
  assert_refused (self->folder, PN_ERROR_INVALID_DATA, "boot.sparse");
  put_sparse (self, "boot.sparse", 3 * MIB, 7);
  assert_refused (self->folder, PN_ERROR_INVALID_DATA, "expands");
  put_sparse (self, "boot.sparse", 2 * MIB, 7);
  put (self, DESCRIPTION, "{}", -1);
  assert_refused (self->folder, PN_ERROR_INVALID_DATA, "description");
}

/* ---- hostile archives ---- */

static void
test_names (Fixture *self, gconstpointer data)
{
  static const char *const paths[] = { "../boot.sparse", "a/../../b", "/etc/passwd", "./../x" };

  for (guint i = 0; i < G_N_ELEMENTS (paths); i++)
    {
      Archive *archive = begin_archive (self, ARCHIVE_FILTER_NONE);
      g_autoptr (GBytes) bytes = g_bytes_new_static ("x", 1);

      add_set (self, archive, "");
      add_entry (archive, paths[i], AE_IFREG, 1, bytes);
      end_archive (archive);
      assert_refused (self->archive, PN_ERROR_INVALID_DATA, "leads out");
    }
}

static void
test_kinds (Fixture *self, gconstpointer data)
{
  static const mode_t kinds[] = { AE_IFLNK, AE_IFIFO, AE_IFCHR, AE_IFREG };

  for (guint i = 0; i < G_N_ELEMENTS (kinds); i++)
    {
      Archive *archive = begin_archive (self, ARCHIVE_FILTER_GZIP);

      add_set (self, archive, "");
      add_entry (archive, "odd", kinds[i], 0, NULL);
      end_archive (archive);
      assert_refused (self->archive, PN_ERROR_INVALID_DATA, "odd");
    }
}

/* The header of a plain file; @size may be more than there is or could be. */
static GBytes *
make_header (const char *path, guint64 size)
{
  guint8 block[512] = { 0 };
  guint sum = 0;

  g_strlcpy ((char *) block, path, 100);
  memcpy (block + 100, "0000644", 8);
  memcpy (block + 108, "0000000", 8);
  memcpy (block + 116, "0000000", 8);
  block[124] = 0x80; /* a binary number, big endian */
  for (guint i = 0; i < 8; i++)
    block[135 - i] = (guint8) (size >> (8 * i));
  memcpy (block + 136, "00000000000", 12);
  memset (block + 148, ' ', 8);
  block[156] = '0';
  memcpy (block + 257, "ustar\00000", 8);
  for (guint i = 0; i < sizeof block; i++)
    sum += block[i];
  g_snprintf ((char *) block + 148, 8, "%06o", sum);
  return g_bytes_new (block, sizeof block);
}

/* A header that claims more than there is, and files that are too much. */
static void
test_sizes (Fixture *self, gconstpointer data)
{
  static const struct
  {
    const char *path;
    guint64 size;
    const char *says;
  } cases[] = {
    { "root.sparse", G_GUINT64_CONSTANT (1) << 39, "too large" },
    { "root.sparse", G_GUINT64_CONSTANT (1) << 62, "too large" },
    { "boot.sparse", 64 * MIB, "larger than the partition" },
    { "boot.sparse", MIB, "cannot be read" },
    { DESCRIPTION, 2 * MIB, "too large" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (GBytes) header = make_header (cases[i].path, cases[i].size);
      Archive *archive = begin_archive (self, ARCHIVE_FILTER_NONE);
      g_auto (PnFd) fd = -1;
      g_autoptr (GError) error = NULL;
      g_autoptr (GBytes) before = NULL;

      if (!g_str_equal (cases[i].path, DESCRIPTION))
        add_file (self, archive, "", DESCRIPTION);
      end_archive (archive);
      before = pn_read_file (self->archive, 16 * MIB, &error);
      g_assert_no_error (error);
      fd = pn_open (self->archive, O_WRONLY | O_TRUNC, &error);
      /* Without the two empty blocks, and what follows them, that end an archive. */
      for (gsize at = 0; at + 512 <= g_bytes_get_size (before); at += 512)
        {
          const guint8 *block = (const guint8 *) g_bytes_get_data (before, NULL) + at;

          if (pn_bytes_all (block, 512, 0))
            break;
          g_assert_true (pn_write_all (fd, block, 512, NULL));
        }
      g_assert_true (pn_write_all (fd, g_bytes_get_data (header, NULL), 512, NULL));
      if (cases[i].size == 64 * MIB) /* as long as it says */
        g_assert_cmpint (ftruncate (fd, (off_t) (pn_file_size (fd, NULL) + 64 * MIB)), ==, 0);
      assert_refused (self->archive, PN_ERROR_INVALID_DATA, cases[i].says);
    }
}

static void
test_twice (Fixture *self, gconstpointer data)
{
  Archive *archive = begin_archive (self, ARCHIVE_FILTER_NONE);

  add_set (self, archive, "");
  add_file (self, archive, "./", "boot.sparse");
  end_archive (archive);
  assert_refused (self->archive, PN_ERROR_INVALID_DATA, "twice");

  archive = begin_archive (self, ARCHIVE_FILTER_NONE);
  add_set (self, archive, "");
  add_file (self, archive, "other/", DESCRIPTION);
  end_archive (archive);
  assert_refused (self->archive, PN_ERROR_INVALID_DATA, "more than one");

  /* What lies in another folder is not what the description names. */
  archive = begin_archive (self, ARCHIVE_FILTER_NONE);
  add_file (self, archive, "", DESCRIPTION);
  add_file (self, archive, "", "boot.sparse");
  add_file (self, archive, "other/", "root.sparse");
  end_archive (archive);
  assert_refused (self->archive, PN_ERROR_NOT_FOUND, "root.sparse");
}

static void
test_cut (Fixture *self, gconstpointer data)
{
  static const int filters[] = { ARCHIVE_FILTER_NONE, ARCHIVE_FILTER_GZIP };

  for (guint i = 0; i < G_N_ELEMENTS (filters); i++)
    {
      Archive *archive = begin_archive (self, filters[i]);
      goffset size;

      add_file (self, archive, "", DESCRIPTION);
      add_file (self, archive, "", "root.sparse");
      add_file (self, archive, "", "boot.sparse");
      end_archive (archive);
      {
        g_auto (PnFd) fd = pn_open (self->archive, O_WRONLY, NULL);

        size = pn_file_size (fd, NULL);
      }
      for (goffset at = 0; at < size; at += 256)
        {
          g_autoptr (GError) error = NULL;
          g_autoptr (PnIdpSet) set = NULL;

          g_assert_cmpint (truncate (self->archive, (off_t) (size - at)), ==, 0);
          set = pn_idp_set_open (self->archive, NULL, NULL, &error);
          g_assert_true ((set == NULL) == (error != NULL));
          if (at > size / 2)
            g_assert_null (set);
        }
    }
}

/* ---- content ---- */

/* What SEEK_DATA says, as careless makers of sparse files have it. */
static PnRuns *
runs_by_holes (int fd, guint64 size)
{
  PnRuns *runs = pn_runs_new ();

  for (guint64 at = 0; at < size;)
    {
      off_t data = lseek (fd, (off_t) at, SEEK_DATA);
      off_t hole = data >= 0 ? lseek (fd, data, SEEK_HOLE) : -1;
      guint64 from = data >= 0 ? (guint64) data : size;
      guint64 to = hole >= 0 ? MIN ((guint64) hole, size) : size;

      pn_runs_append_skip (runs, (from - at) / PN_RUN_BLOCK_SIZE);
      if (data >= 0)
        pn_runs_append_fd (runs, (to - from) / PN_RUN_BLOCK_SIZE, fd, from);
      at = data >= 0 ? to : size;
    }
  return runs;
}

/* Blocks that ext4 uses are all there, whatever the sparse file left out of them (H-10). */
static void
test_content (void)
{
  g_autofree char *path = g_build_filename (g_get_tmp_dir (), "punnet-content-XXXXXX", NULL);
  g_auto (PnFd) fd = g_mkstemp (path);
  const char *argv[] = { "mke2fs", "-q", "-F", "-t", "ext4", "-b", "4096", path, "32M", NULL };
  g_autoptr (GError) error = NULL;
  g_autoptr (PnRuns) careless = NULL;
  g_autoptr (PnRuns) content = NULL;
  g_autoptr (PnRuns) used = NULL;
  g_autoptr (PnExt4) ext4 = NULL;
  gboolean known;
  int status;

  g_spawn_sync (NULL, (char **) argv, NULL, G_SPAWN_SEARCH_PATH, NULL, NULL, NULL, NULL, &status,
                &error);
  g_assert_no_error (error);
  g_assert_cmpint (status, ==, 0);
  careless = runs_by_holes (fd, 32 * MIB);
  content = pn_idp_content_new (careless, g_get_tmp_dir (), &known, NULL, &error);
  g_assert_no_error (error);
  g_assert_true (known);
  ext4 = pn_ext4_open (fd, 0, 32 * MIB, FALSE, &error);
  used = pn_ext4_used_runs (ext4, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (pn_runs_get_n_blocks (content), ==, 32 * MIB / PN_RUN_BLOCK_SIZE);
  g_assert_cmpuint (
      pn_runs_count_bytes (content, PN_RUN_FILL) + pn_runs_count_bytes (content, PN_RUN_DATA), ==,
      pn_runs_count_bytes (used, PN_RUN_FILL) + pn_runs_count_bytes (used, PN_RUN_DATA));
  /* The journal is one that a hole stood for. */
  g_assert_cmpuint (pn_runs_count_bytes (careless, PN_RUN_DATA), <,
                    pn_runs_count_bytes (content, PN_RUN_FILL) +
                        pn_runs_count_bytes (content, PN_RUN_DATA));
  (void) g_unlink (path);
}

/* Of what is no file system that we know everything is written. */
static void
test_unknown (void)
{
  g_autoptr (GBytes) bytes = g_bytes_new_static ("squash", 6);
  g_autoptr (PnRuns) sparse = pn_runs_new ();
  g_autoptr (GError) error = NULL;
  g_autoptr (PnRuns) content = NULL;
  gboolean known;

  pn_runs_append_bytes (sparse, bytes);
  pn_runs_append_skip (sparse, 100);
  pn_runs_append_fill (sparse, 3, 9);
  content = pn_idp_content_new (sparse, g_get_tmp_dir (), &known, NULL, &error);
  g_assert_no_error (error);
  g_assert_false (known);
  g_assert_cmpuint (pn_runs_get_n_blocks (content), ==, 104);
  g_assert_cmpuint (pn_runs_count_bytes (content, PN_RUN_SKIP), ==, 0);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add ("/idp-set/good", Fixture, NULL, set_up, test_good, tear_down);
  g_test_add ("/idp-set/is", Fixture, NULL, set_up, test_is, tear_down);
  g_test_add ("/idp-set/changed", Fixture, NULL, set_up, test_changed, tear_down);
  g_test_add ("/idp-set/incomplete", Fixture, NULL, set_up, test_incomplete, tear_down);
  g_test_add ("/idp-set/misfit", Fixture, NULL, set_up, test_misfit, tear_down);
  g_test_add ("/idp-set/hostile/names", Fixture, NULL, set_up, test_names, tear_down);
  g_test_add ("/idp-set/hostile/kinds", Fixture, NULL, set_up, test_kinds, tear_down);
  g_test_add ("/idp-set/hostile/sizes", Fixture, NULL, set_up, test_sizes, tear_down);
  g_test_add ("/idp-set/hostile/twice", Fixture, NULL, set_up, test_twice, tear_down);
  g_test_add ("/idp-set/hostile/cut", Fixture, NULL, set_up, test_cut, tear_down);
  g_test_add_func ("/idp-set/content", test_content);
  g_test_add_func ("/idp-set/unknown", test_unknown);
  return g_test_run ();
}
