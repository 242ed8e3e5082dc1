/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Runs of blocks and sparse files: against the real daemon's verdicts (../shared/vectors), against
 * simg2img and img2simg, and against themselves at random. */
#include "config.h"

#include <fcntl.h>
#include <glib/gstdio.h>
#include <string.h>

#include "pn-bytes.h"
#include "pn-digest.h"
#include "pn-io.h"
#include "pn-sparse.h"

#define BLOCK PN_RUN_BLOCK_SIZE
#define MAX_FILE (16 * 1024 * 1024)

static char *
vector_path (const char *name)
{
  return g_build_filename (g_getenv ("PUNNET_VECTORS"), "fastboot", name, NULL);
}

static gboolean
has_vectors (void)
{
  g_autofree char *path =
      g_getenv ("PUNNET_VECTORS") != NULL ? vector_path ("sparse/MANIFEST.tsv") : NULL;

  if (path != NULL && g_file_test (path, G_FILE_TEST_EXISTS))
    return TRUE;
  g_test_skip ("needs ../shared/vectors");
  return FALSE;
}

static guint8 *
expand (PnRuns *runs, gsize *size)
{
  g_autoptr (GError) error = NULL;
  guint8 *data;

  *size = (gsize) pn_runs_get_n_blocks (runs) * BLOCK;
  data = g_malloc (*size + 1);
  g_assert_true (pn_runs_read (runs, 0, data, *size, &error));
  g_assert_no_error (error);
  return data;
}

static void
assert_hash (const void *data, gsize size, const char *expected)
{
  PnSha256 digest = pn_sha256 (data, size);
  g_autofree char *hex = pn_sha256_to_hex (&digest);

  g_assert_cmpstr (hex, ==, expected);
}

/* The expansion by chunks, for block sizes that runs cannot express. */
static guint8 *
expand_chunks (GArray *chunks, const guint8 *file, guint64 size)
{
  guint8 *data = g_malloc0 ((gsize) size);

  for (guint i = 0; i < chunks->len; i++)
    {
      const PnSparseChunk *chunk = &g_array_index (chunks, PnSparseChunk, i);

      if (chunk->kind == PN_RUN_DATA)
        memcpy (data + chunk->output_offset, file + chunk->data_offset, (gsize) chunk->output_size);
      for (guint64 at = 0; chunk->kind == PN_RUN_FILL && at < chunk->output_size; at += 4)
        pn_poke_le32 (data + chunk->output_offset + at, chunk->fill);
    }
  return data;
}

static void
check_vector (char **field)
{
  g_autofree char *name = g_build_filename ("sparse", field[0], NULL);
  g_autofree char *path = vector_path (name);
  g_autoptr (GError) error = NULL;
  g_autoptr (GError) strict_error = NULL;
  g_autoptr (GBytes) bytes = pn_read_file (path, MAX_FILE, &error);
  gsize size;
  const guint8 *file = g_bytes_get_data (bytes, &size);
  guint64 expanded = 0;
  g_autoptr (GArray) chunks = pn_sparse_parse (file, size, PN_SPARSE_DAEMON, &expanded, &error);
  g_autoptr (GArray) strict =
      pn_sparse_parse (file, size, PN_SPARSE_STRICT, &expanded, &strict_error);

  g_test_message ("%s: %s", field[0], field[3]);
  if (g_str_equal (field[0], "bad-magic.simg"))
    {
      /* Not ours to judge: the daemon writes it raw. */
      g_assert_error (error, PN_ERROR, PN_ERROR_INVALID_DATA);
      return;
    }
  if (strstr (field[3], "aborts") != NULL)
    {
      g_assert_error (error, PN_ERROR, PN_ERROR_FAILED);
      g_assert_error (strict_error, PN_ERROR, PN_ERROR_INVALID_DATA);
      return;
    }
  if (g_str_has_prefix (field[3], "FAILnot a valid sparse"))
    {
      g_assert_error (error, PN_ERROR, PN_ERROR_INVALID_DATA);
      g_assert_error (strict_error, PN_ERROR, PN_ERROR_INVALID_DATA);
      return;
    }
  g_assert_no_error (error);
  g_assert_cmpuint (expanded, ==, g_ascii_strtoull (field[4], NULL, 10));
  if (!g_str_has_prefix (field[3], "OKAY"))
    return; /* larger than that device's disk */
  {
    g_autofree guint8 *data = expand_chunks (chunks, file, expanded);

    assert_hash (data, (gsize) expanded, field[5]);
  }
  if (strict == NULL)
    g_assert_cmpstr (field[0], ==, "hand-trailing.simg");
}

static void
test_vectors (void)
{
  g_autofree char *path = NULL;
  g_autofree char *text = NULL;
  g_auto (GStrv) lines = NULL;
  guint n = 0;

  if (!has_vectors ())
    return;
  path = vector_path ("sparse/MANIFEST.tsv");
  g_assert_true (g_file_get_contents (path, &text, NULL, NULL));
  lines = g_strsplit (text, "\n", 0);
  for (guint i = 0; lines[i] != NULL; i++)
    {
      g_auto (GStrv) field = g_strsplit (lines[i], "\t", 0);

      if (lines[i][0] == '#' || g_strv_length (field) < 8)
        continue;
      check_vector (field);
      n++;
    }
  g_assert_cmpuint (n, >=, 48);
}

static PnRuns *
parse_file (const char *name, PnSparseRules rules, GError **error)
{
  g_autofree char *path = g_path_is_absolute (name) ? g_strdup (name) : vector_path (name);
  int fd = pn_open (path, O_RDONLY, error);
  PnRuns *runs;

  g_assert_cmpint (fd, >=, 0);
  runs = pn_sparse_parse_fd (fd, 0, (guint64) pn_file_size (fd, NULL), rules, error);
  if (runs != NULL)
    pn_runs_own_fd (runs, fd);
  else
    pn_fd_close (fd);
  return runs;
}

/* What only the strict reader refuses, and what it still takes. */
static void
test_strict_fd (void)
{
  static const struct
  {
    const char *name;
    gboolean fine;
  } cases[] = {
    { "sparse/hand-crc-good.simg", TRUE },     { "sparse/hand-crc-mid.simg", TRUE },
    { "sparse/hand-crc-bad.simg", FALSE },     { "sparse/hand-hdrcrc-nonzero.simg", TRUE },
    { "sparse/hand-trailing.simg", FALSE },    { "sparse/hand-blk1M.simg", TRUE },
    { "sparse/hand-unknown-0blk.simg", TRUE }, { "sparse/crash-zero-fill.simg", FALSE },
    { "sparse/hand-chunkhdr-ext.simg", TRUE }, { "sparse/mixed.simg", TRUE },
    { "sparse/bad-huge-total.simg", FALSE },
  };

  if (!has_vectors ())
    return;
  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (GError) error = NULL;
      g_autoptr (PnRuns) runs = parse_file (cases[i].name, PN_SPARSE_STRICT, &error);

      g_test_message ("%s: %s", cases[i].name, error != NULL ? error->message : "fine");
      g_assert_cmpint (runs != NULL, ==, cases[i].fine);
      g_assert_cmpint (error == NULL, ==, cases[i].fine);
    }
}

/* The checksum of the file's header, where there is one, counts for the strict reader only. */
static void
test_header_checksum (void)
{
  g_autofree char *source = NULL;
  g_autofree char *path = g_build_filename (g_get_tmp_dir (), "punnet-sparse-XXXXXX", NULL);
  g_autofree char *content = NULL;
  g_autoptr (GError) error = NULL;
  g_autoptr (PnRuns) daemon = NULL;
  gsize size;

  if (!has_vectors ())
    return;
  source = vector_path ("sparse/hand-hdrcrc-nonzero.simg");
  g_assert_true (g_file_get_contents (source, &content, &size, NULL));
  content[24] ^= 1;
  g_close (g_mkstemp (path), NULL);
  g_assert_true (g_file_set_contents (path, content, (gssize) size, NULL));
  g_assert_null (parse_file (path, PN_SPARSE_STRICT, &error));
  g_assert_error (error, PN_ERROR, PN_ERROR_INVALID_DATA);
  daemon = parse_file (path, PN_SPARSE_DAEMON, NULL);
  g_assert_nonnull (daemon);
  g_unlink (path);
}

static gboolean
append_cb (const guint8 *data, gsize size, gpointer user_data, GError **error)
{
  g_assert_cmpuint (size, >, 0);
  g_assert_cmpuint (size, <=, 1024 * 1024);
  g_byte_array_append (user_data, data, (guint) size);
  return TRUE;
}

static GByteArray *
stream (PnRuns *runs, const PnSparsePiece *piece)
{
  GByteArray *out = g_byte_array_new ();
  g_autoptr (GError) error = NULL;

  g_assert_true (pn_sparse_stream_piece (runs, piece, append_cb, out, &error));
  g_assert_no_error (error);
  return out;
}

/* Where the public client's rule and ours must agree: split.txt, noise at 0x10000. */
static void
test_split_like_client (void)
{
  static const char *const hashes[] = {
    "e507885e5fa512ba2fa471b79084cd32e5b71daa2707a8c7a825a4189061a4e9",
    "d283c2af80ec32818232fbec2e9c3ee9fbc7246cd144c98282d89dcea3e3aae6",
    "036e91193e2d5e381e69f83c9ed9f2a936ab11cb4574347c8dc1a6e23a81f3f6",
  };
  g_autoptr (GError) error = NULL;
  g_autoptr (PnRuns) runs = NULL;
  g_autoptr (GArray) pieces = NULL;

  if (!has_vectors ())
    return;
  runs = parse_file ("sparse/noise.simg", PN_SPARSE_STRICT, &error);
  g_assert_no_error (error);
  pieces = pn_sparse_split (runs, 0x10000, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (pieces->len, ==, G_N_ELEMENTS (hashes));
  for (guint i = 0; i < pieces->len; i++)
    {
      const PnSparsePiece *piece = &g_array_index (pieces, PnSparsePiece, i);
      g_autoptr (GByteArray) bytes = stream (runs, piece);

      g_assert_cmpuint (bytes->len, ==, piece->size);
      assert_hash (bytes->data, bytes->len, hashes[i]);
    }
}

/* A list of everything there is, at random. */
static PnRuns *
random_runs (guint max_runs)
{
  PnRuns *runs = pn_runs_new ();
  guint n = (guint) g_test_rand_int_range (1, (gint32) max_runs);

  for (guint i = 0; i < n; i++)
    {
      guint64 blocks = (guint64) g_test_rand_int_range (1, 40);
      g_autofree guint8 *data = NULL;
      g_autoptr (GBytes) bytes = NULL;
      gsize size;

      switch (g_test_rand_int_range (0, 3))
        {
        case 0:
          pn_runs_append_skip (runs, blocks);
          break;
        case 1:
          pn_runs_append_fill (runs, blocks, g_test_rand_bit () ? 0 : (guint32) g_test_rand_int ());
          break;
        default:
          size = (gsize) blocks * BLOCK - (gsize) g_test_rand_int_range (0, BLOCK);
          data = g_malloc (size);
          for (gsize at = 0; at < size; at++)
            data[at] = (guint8) (at * 7 + i + at / 255);
          bytes = g_bytes_new_take (g_steal_pointer (&data), size);
          pn_runs_append_bytes (runs, bytes);
        }
    }
  return runs;
}

static void
assert_no_empty_chunk (const GByteArray *file)
{
  guint at = 28;

  while (at < file->len)
    {
      g_assert_cmpuint (pn_peek_le16 (file->data + at), !=, 0xCAC4);
      g_assert_cmpuint (pn_peek_le32 (file->data + at + 4), >, 0);
      at += pn_peek_le32 (file->data + at + 8);
    }
  g_assert_cmpuint (at, ==, file->len);
}

static void
test_split_overlay (void)
{
  for (guint round = 0; round < 60; round++)
    {
      g_autoptr (PnRuns) runs = random_runs (30);
      guint64 limit = (guint64) g_test_rand_int_range (4184, 300000);
      g_autoptr (GError) error = NULL;
      g_autoptr (GArray) pieces = pn_sparse_split (runs, limit, &error);
      g_autoptr (PnRuns) joined = pn_runs_new ();
      g_autoptr (GPtrArray) kept =
          g_ptr_array_new_with_free_func ((GDestroyNotify) g_byte_array_unref);
      gsize size, joined_size;
      guint64 next = 0;

      g_assert_no_error (error);
      for (guint i = 0; i < pieces->len; i++)
        {
          const PnSparsePiece *piece = &g_array_index (pieces, PnSparsePiece, i);
          GByteArray *bytes = stream (runs, piece);
          g_auto (PnFd) fd = pn_temporary_file (&error);
          g_autoptr (PnRuns) back = NULL;
          PnRuns *sum;

          g_ptr_array_add (kept, bytes);
          g_assert_cmpuint (piece->first_block, ==, next);
          g_assert_cmpuint (piece->n_blocks, >, 0);
          next += piece->n_blocks;
          g_assert_cmpuint (bytes->len, ==, piece->size);
          g_assert_cmpuint (bytes->len, <=, limit);
          assert_no_empty_chunk (bytes);
          g_assert_true (pn_pwrite_all (fd, bytes->data, bytes->len, 0, &error));
          back = pn_sparse_parse_fd (fd, 0, bytes->len, PN_SPARSE_STRICT, &error);
          g_assert_no_error (error);
          pn_runs_own_fd (back, g_steal_fd (&fd));
          sum = pn_runs_overlay (joined, back);
          {
            /* The overlay borrows its parts' files: keep what they read as bytes. */
            g_autofree guint8 *data = expand (sum, &joined_size);
            guint n;
            const PnRun *all = pn_runs_get (sum, &n);
            PnRuns *flat = pn_runs_new ();

            for (guint run = 0; run < n; run++)
              {
                g_autoptr (GBytes) copy = NULL;

                if (all[run].kind != PN_RUN_DATA)
                  {
                    pn_runs_append_run (flat, &all[run]);
                    continue;
                  }
                copy = g_bytes_new (data + all[run].first_block * BLOCK,
                                    (gsize) all[run].n_blocks * BLOCK);
                pn_runs_append_bytes (flat, copy);
              }
            pn_runs_free (sum);
            pn_runs_free (g_steal_pointer (&joined));
            joined = flat;
          }
        }
      g_assert_cmpuint (next, ==, pn_runs_get_n_blocks (runs));
      {
        g_autofree guint8 *expected = expand (runs, &size);
        g_autofree guint8 *got = expand (joined, &joined_size);

        g_assert_cmpmem (got, joined_size, expected, size);
      }
      for (PnRunKind kind = PN_RUN_SKIP; kind <= PN_RUN_DATA; kind++)
        g_assert_cmpuint (pn_runs_count_bytes (runs, kind), ==, pn_runs_count_bytes (joined, kind));
    }
}

/* A limit without room for one block is an error, never a loop. */
static void
test_split_tiny (void)
{
  g_autoptr (PnRuns) runs = pn_runs_new ();
  g_autofree guint8 *data = g_malloc0 (3 * BLOCK);
  g_autoptr (GBytes) bytes = g_bytes_new_take (g_steal_pointer (&data), 3 * BLOCK);

  pn_runs_append_bytes (runs, bytes);
  for (guint64 limit = 0; limit < 4300; limit++)
    {
      g_autoptr (GError) error = NULL;
      g_autoptr (GArray) pieces = pn_sparse_split (runs, limit, &error);

      g_assert_cmpint (pieces == NULL, ==, error != NULL);
      if (pieces != NULL)
        g_assert_cmpuint (pieces->len, ==, 3);
    }
}

static void
test_overlay (void)
{
  for (guint round = 0; round < 60; round++)
    {
      g_autoptr (PnRuns) base = random_runs (12);
      g_autoptr (PnRuns) over = random_runs (12);
      g_autoptr (PnRuns) both = pn_runs_overlay (base, over);
      gsize base_size, over_size, size;
      g_autofree guint8 *below = expand (base, &base_size);
      g_autofree guint8 *above = expand (over, &over_size);
      g_autofree guint8 *got = expand (both, &size);
      g_autofree guint8 *expected = g_malloc0 (MAX (base_size, over_size));
      guint n;
      const PnRun *runs = pn_runs_get (over, &n);
      const PnRun *result;

      memcpy (expected, below, base_size);
      for (guint i = 0; i < n; i++)
        if (runs[i].kind != PN_RUN_SKIP)
          memcpy (expected + runs[i].first_block * BLOCK, above + runs[i].first_block * BLOCK,
                  (gsize) runs[i].n_blocks * BLOCK);
      g_assert_cmpmem (got, size, expected, MAX (base_size, over_size));
      result = pn_runs_get (both, &n);
      for (guint i = 1; i < n; i++)
        {
          g_assert_cmpuint (result[i].first_block, ==,
                            result[i - 1].first_block + result[i - 1].n_blocks);
          g_assert_false (result[i].kind == PN_RUN_SKIP && result[i - 1].kind == PN_RUN_SKIP);
        }
    }
}

static void
run_tool (const char *const *argv)
{
  g_autoptr (GError) error = NULL;
  int status;

  g_spawn_sync (NULL, (char **) argv, NULL, G_SPAWN_SEARCH_PATH | G_SPAWN_STDOUT_TO_DEV_NULL, NULL,
                NULL, NULL, NULL, &status, &error);
  g_assert_no_error (error);
  g_spawn_check_wait_status (status, &error);
  g_assert_no_error (error);
}

static void
test_tools (void)
{
  g_autofree char *tool = g_find_program_in_path ("simg2img");
  g_autofree char *folder = g_dir_make_tmp ("punnet-XXXXXX", NULL);
  g_autofree char *ours = g_build_filename (folder, "ours.simg", NULL);
  g_autofree char *theirs = g_build_filename (folder, "theirs.simg", NULL);
  g_autofree char *raw = g_build_filename (folder, "raw", NULL);

  if (tool == NULL)
    {
      g_test_skip ("needs simg2img");
      return;
    }
  for (guint round = 0; round < 5; round++)
    {
      g_autoptr (PnRuns) runs = random_runs (20);
      g_autoptr (PnRuns) back = NULL;
      g_autoptr (GError) error = NULL;
      g_auto (PnFd) fd = pn_open (ours, O_RDWR | O_CREAT | O_TRUNC, &error);
      g_autofree char *decoded = NULL;
      gsize size, length;
      g_autofree guint8 *expected = expand (runs, &size);
      g_autofree guint8 *got = NULL;

      g_assert_true (pn_sparse_write_fd (runs, fd, NULL, &error));
      g_assert_no_error (error);
      (void) g_unlink (raw);
      run_tool ((const char *const[]){ "simg2img", ours, raw, NULL });
      g_assert_true (g_file_get_contents (raw, &decoded, &length, NULL));
      /* A skip at the end is not written out by every version. */
      g_assert_cmpuint (length, <=, size);
      g_assert_cmpmem (decoded, length, expected, length);
      g_assert_true (pn_bytes_all (expected + length, size - length, 0));

      g_assert_true (g_file_set_contents (raw, (char *) expected, (gssize) size, NULL));
      run_tool ((const char *const[]){ "img2simg", raw, theirs, NULL });
      back = parse_file (theirs, PN_SPARSE_STRICT, &error);
      g_assert_no_error (error);
      got = expand (back, &length);
      g_assert_cmpmem (got, length, expected, size);
    }
  (void) g_unlink (ours);
  (void) g_unlink (theirs);
  (void) g_unlink (raw);
  (void) g_rmdir (folder);
}

/* 16 bytes that claim 2⁵⁵ bytes and their checksum: answered at once, not after a year. */
static void
test_huge_checksum (void)
{
  g_autoptr (GByteArray) file = g_byte_array_new ();
  g_autoptr (GError) error = NULL;
  g_autoptr (PnRuns) runs = NULL;
  g_auto (PnFd) fd = pn_temporary_file (&error);

  pn_write_le32 (file, PN_SPARSE_MAGIC);
  pn_write_le32 (file, 1);
  pn_write_le16 (file, 28);
  pn_write_le16 (file, 12);
  pn_write_le32 (file, 16 * 1024 * 1024);
  pn_write_le32 (file, 0x7fffffff);
  pn_write_le32 (file, 1);
  pn_write_le32 (file, 0x12345678);
  pn_write_le16 (file, 0xCAC2);
  pn_write_le16 (file, 0);
  pn_write_le32 (file, 0x7fffffff);
  pn_write_le32 (file, 16);
  pn_write_le32 (file, 0xdeadbeef);
  g_assert_true (pn_pwrite_all (fd, file->data, file->len, 0, &error));
  runs = pn_sparse_parse_fd (fd, 0, file->len, PN_SPARSE_STRICT, &error);
  g_assert_error (error, PN_ERROR, PN_ERROR_INVALID_DATA);
  g_assert_null (runs);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/sparse/vectors", test_vectors);
  g_test_add_func ("/sparse/strict", test_strict_fd);
  g_test_add_func ("/sparse/header-checksum", test_header_checksum);
  g_test_add_func ("/sparse/split-like-client", test_split_like_client);
  g_test_add_func ("/sparse/split-overlay", test_split_overlay);
  g_test_add_func ("/sparse/split-tiny", test_split_tiny);
  g_test_add_func ("/sparse/tools", test_tools);
  g_test_add_func ("/sparse/huge-checksum", test_huge_checksum);
  g_test_add_func ("/runs/overlay", test_overlay);
  return g_test_run ();
}
