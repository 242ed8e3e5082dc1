/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "pn-sparse.h"

#include <string.h>
#include <zlib.h>

#include "pn-bytes.h"
#include "pn-io.h"
#include "pn-sparse-reader.h"

/* sparse-image.md §1, §2 */
#define FILE_HEADER_SIZE 28
#define CHUNK_HEADER_SIZE 12
#define CHUNK_RAW 0xCAC1
#define CHUNK_FILL 0xCAC2
#define CHUNK_DONT_CARE 0xCAC3
#define CHUNK_CRC32 0xCAC4
#define MAX_BLOCK_SIZE (16u * 1024 * 1024) /* bytes: §8 */
#define MAX_HEADER_SIZE 4096u
#define MAX_CHUNKS (4u * 1024 * 1024) /* bounds memory for what strangers made */
#define STREAM_SIZE (1024 * 1024)

typedef struct
{
  guint16 chunk_header_size;
  guint32 block_size;
  guint32 total_blocks;
  guint32 total_chunks;
  guint32 checksum;
  gsize header_size;
} Header;

typedef struct
{
  guint16 type;
  guint32 blocks;
  guint64 payload;    /* bytes behind the chunk header */
  guint64 payload_at; /* in the file */
} ChunkHeader;

/* Sets INVALID_DATA; always FALSE, so that a check can return it. */
static gboolean
parse_header (const guint8 *data, gsize size, PnSparseRules rules, Header *header, GError **error)
{
  PnReader reader;
  guint32 magic;
  guint16 major, minor, header_size;

  pn_reader_init (&reader, data, size);
  if (!pn_reader_le32 (&reader, &magic) || magic != PN_SPARSE_MAGIC)
    return pn_set_error (error, PN_ERROR_INVALID_DATA, "It is not an Android sparse image");
  if (!pn_reader_le16 (&reader, &major) || !pn_reader_le16 (&reader, &minor) ||
      !pn_reader_le16 (&reader, &header_size) ||
      !pn_reader_le16 (&reader, &header->chunk_header_size) ||
      !pn_reader_le32 (&reader, &header->block_size) ||
      !pn_reader_le32 (&reader, &header->total_blocks) ||
      !pn_reader_le32 (&reader, &header->total_chunks) ||
      !pn_reader_le32 (&reader, &header->checksum))
    return pn_set_error (error, PN_ERROR_INVALID_DATA, "The sparse image ends inside its header");
  header->header_size = header_size;
  if (major != 1)
    return pn_set_error (error, PN_ERROR_INVALID_DATA,
                         "The sparse image has version %s; only 1 is known", PN_NUMBER (major));
  if (header_size < FILE_HEADER_SIZE || header->chunk_header_size < CHUNK_HEADER_SIZE)
    return pn_set_error (error, PN_ERROR_INVALID_DATA, "The sparse image's headers are too short");
  if (header_size > MAX_HEADER_SIZE || header->chunk_header_size > MAX_HEADER_SIZE)
    return pn_set_error (error, PN_ERROR_INVALID_DATA, "The sparse image's headers are too long");
  if (header->block_size == 0 || header->block_size % 4 != 0 || header->total_blocks == 0)
    return pn_set_error (error, PN_ERROR_INVALID_DATA,
                         "The sparse image has no sensible geometry (block size %s, %s blocks)",
                         PN_NUMBER (header->block_size), PN_NUMBER (header->total_blocks));
  if (header->block_size > MAX_BLOCK_SIZE || header->total_chunks > MAX_CHUNKS)
    return pn_set_error (error, PN_ERROR_INVALID_DATA,
                         "The sparse image has too large blocks or too many chunks");
  return TRUE;
}

/* Checks one chunk header of which @left bytes of the file follow (its own included). */
static gboolean
parse_chunk (const guint8 *data,
             const Header *header,
             guint64 left,
             guint64 blocks_left,
             PnSparseRules rules,
             ChunkHeader *chunk,
             GError **error)
{
  guint32 total = pn_peek_le32 (data + 8);

  chunk->type = pn_peek_le16 (data);
  chunk->blocks = pn_peek_le32 (data + 4);
  if (total < header->chunk_header_size || total > left)
    return pn_set_error (error, PN_ERROR_INVALID_DATA,
                         "A chunk of the sparse image claims %s bytes, but %s are left",
                         PN_NUMBER (total), PN_NUMBER (left));
  chunk->payload = total - header->chunk_header_size;
  /* libsparse returns a chunk's blocks as an int, and so takes more for an error. */
  if (chunk->blocks > G_MAXINT32)
    return pn_set_error (error, PN_ERROR_INVALID_DATA,
                         "A chunk of the sparse image covers too many blocks");
  if (chunk->blocks > blocks_left)
    return pn_set_error (error, PN_ERROR_INVALID_DATA,
                         "The sparse image's chunks cover more blocks than it has");
  switch (chunk->type)
    {
    case CHUNK_RAW:
      if (chunk->payload != (guint64) chunk->blocks * header->block_size || chunk->blocks == 0)
        return pn_set_error (error, PN_ERROR_INVALID_DATA,
                             "A data chunk of the sparse image has the wrong size");
      return TRUE;
    case CHUNK_FILL:
      if (chunk->payload != 4)
        return pn_set_error (error, PN_ERROR_INVALID_DATA,
                             "A fill chunk of the sparse image has the wrong size");
      if (chunk->blocks > 0)
        return TRUE;
      /* The real daemon dies of it: fastboot.md §13.4. */
      pn_set_error (error, rules == PN_SPARSE_DAEMON ? PN_ERROR_FAILED : PN_ERROR_INVALID_DATA,
                    "A fill chunk of the sparse image covers no block");
      return FALSE;
    case CHUNK_DONT_CARE:
      if (chunk->payload != 0)
        return pn_set_error (error, PN_ERROR_INVALID_DATA,
                             "A skip chunk of the sparse image has content");
      return TRUE;
    case CHUNK_CRC32:
      if (chunk->payload != 4)
        return pn_set_error (error, PN_ERROR_INVALID_DATA,
                             "A checksum chunk of the sparse image has the wrong size");
      chunk->blocks = 0;
      return TRUE;
    default:
      if (chunk->blocks != 0)
        return pn_set_error (error, PN_ERROR_INVALID_DATA,
                             "The sparse image has a chunk of the unknown type %s",
                             PN_HEX (chunk->type));
      return TRUE;
    }
}

/* The checksum over @size bytes of one word, by doubling: 16 bytes of input can claim 2⁵⁶ of
 * output. */
static void
crc_repeat (guint32 *crc, const guint8 *word, guint64 size)
{
  guint32 unit = (guint32) crc32 (0, word, 4);
  guint64 unit_size = 4; /* bytes that @unit covers */

  for (guint64 count = size / 4; count > 0; count >>= 1)
    {
      if ((count & 1) != 0)
        *crc = (guint32) crc32_combine (*crc, unit, (z_off_t) unit_size);
      unit = (guint32) crc32_combine (unit, unit, (z_off_t) unit_size);
      unit_size *= 2;
    }
}

GArray *
pn_sparse_parse (
    const guint8 *data, gsize size, PnSparseRules rules, guint64 *expanded_size, GError **error)
{
  g_autoptr (GArray) chunks = g_array_new (FALSE, FALSE, sizeof (PnSparseChunk));
  Header header;
  guint64 at;
  guint64 blocks = 0;

  if (!parse_header (data, size, rules, &header, error))
    return NULL;
  at = header.header_size;
  for (guint32 i = 0; i < header.total_chunks; i++)
    {
      PnSparseChunk chunk = { 0 };
      ChunkHeader found;

      if (at > size || header.chunk_header_size > size - at)
        return pn_set_error (error, PN_ERROR_INVALID_DATA,
                             "The sparse image ends before its last chunk"),
               NULL;
      if (!parse_chunk (data + at, &header, size - at, header.total_blocks - blocks, rules, &found,
                        error))
        return NULL;
      chunk.output_offset = blocks * header.block_size;
      chunk.output_size = (guint64) found.blocks * header.block_size;
      chunk.data_offset = (gsize) at + header.chunk_header_size;
      chunk.kind = found.type == CHUNK_RAW    ? PN_RUN_DATA
                   : found.type == CHUNK_FILL ? PN_RUN_FILL
                                              : PN_RUN_SKIP;
      if (found.type == CHUNK_FILL)
        chunk.fill = pn_peek_le32 (data + chunk.data_offset);
      if (chunk.output_size > 0)
        g_array_append_val (chunks, chunk);
      blocks += found.blocks;
      at += header.chunk_header_size + found.payload;
    }
  if (blocks != header.total_blocks)
    return pn_set_error (error, PN_ERROR_INVALID_DATA,
                         "The sparse image's chunks cover %s of %s blocks", PN_NUMBER (blocks),
                         PN_NUMBER (header.total_blocks)),
           NULL;
  if (rules == PN_SPARSE_STRICT && at != size)
    return pn_set_error (error, PN_ERROR_INVALID_DATA,
                         "There are bytes behind the sparse image's last chunk"),
           NULL;
  *expanded_size = blocks * header.block_size;
  return g_steal_pointer (&chunks);
}

/* The running CRC-32 of a file's output, for images that carry one. */
static gboolean
crc_of_fd (guint32 *crc, int fd, guint64 offset, guint64 size, GError **error)
{
  g_autofree guint8 *buffer = g_malloc (STREAM_SIZE);

  while (size > 0)
    {
      gsize count = (gsize) MIN (size, STREAM_SIZE);

      if (!pn_pread_all (fd, buffer, count, (goffset) offset, error))
        return FALSE;
      *crc = (guint32) crc32 (*crc, buffer, (uInt) count);
      offset += count;
      size -= count;
    }
  return TRUE;
}

/* What is known of a file while its chunks are walked. */
typedef struct
{
  int fd;
  Header header;
  PnRuns *runs;
  guint32 crc;
  gboolean check_crc;
} Walk;

static gboolean
append_chunk (Walk *walk, const ChunkHeader *chunk, GError **error)
{
  guint64 bytes = (guint64) chunk->blocks * walk->header.block_size;
  guint8 word[4] = { 0 };

  if (bytes % PN_RUN_BLOCK_SIZE != 0)
    return pn_set_error (error, PN_ERROR_INVALID_DATA,
                         "The sparse image's blocks of %s bytes do not fit blocks of %s",
                         PN_NUMBER (walk->header.block_size), PN_NUMBER (PN_RUN_BLOCK_SIZE));
  if ((chunk->type == CHUNK_FILL || chunk->type == CHUNK_CRC32) &&
      !pn_pread_all (walk->fd, word, sizeof word, (goffset) chunk->payload_at, error))
    return FALSE;
  switch (chunk->type)
    {
    case CHUNK_RAW:
      pn_runs_append_fd (walk->runs, bytes / PN_RUN_BLOCK_SIZE, walk->fd, chunk->payload_at);
      return !walk->check_crc || crc_of_fd (&walk->crc, walk->fd, chunk->payload_at, bytes, error);
    case CHUNK_FILL:
      pn_runs_append_fill (walk->runs, bytes / PN_RUN_BLOCK_SIZE, pn_peek_le32 (word));
      break;
    case CHUNK_CRC32:
      if (walk->check_crc && pn_peek_le32 (word) != walk->crc)
        return pn_set_error (error, PN_ERROR_INVALID_DATA,
                             "A checksum inside the sparse image is wrong");
      return TRUE;
    default:
      pn_runs_append_skip (walk->runs, bytes / PN_RUN_BLOCK_SIZE);
      break;
    }
  if (walk->check_crc)
    crc_repeat (&walk->crc, word, bytes);
  return TRUE;
}

/* One pass over the chunk headers. *@has_crc tells whether a checksum was met. */
static gboolean
walk_fd (Walk *walk,
         guint64 offset,
         guint64 size,
         PnSparseRules rules,
         gboolean *has_crc,
         GError **error)
{
  guint8 bytes[MAX (FILE_HEADER_SIZE, CHUNK_HEADER_SIZE)];
  guint64 at;
  guint64 blocks = 0;
  gsize there = (gsize) MIN (size, FILE_HEADER_SIZE);

  if (!pn_pread_all (walk->fd, bytes, there, (goffset) offset, error) ||
      !parse_header (bytes, there, rules, &walk->header, error))
    return FALSE;
  at = walk->header.header_size;
  for (guint32 i = 0; i < walk->header.total_chunks; i++)
    {
      ChunkHeader chunk;

      if (at > size || walk->header.chunk_header_size > size - at)
        return pn_set_error (error, PN_ERROR_INVALID_DATA,
                             "The sparse image ends before its last chunk");
      if (!pn_pread_all (walk->fd, bytes, CHUNK_HEADER_SIZE, (goffset) (offset + at), error) ||
          !parse_chunk (bytes, &walk->header, size - at, walk->header.total_blocks - blocks, rules,
                        &chunk, error))
        return FALSE;
      chunk.payload_at = offset + at + walk->header.chunk_header_size;
      *has_crc |= chunk.type == CHUNK_CRC32;
      if (!append_chunk (walk, &chunk, error))
        return FALSE;
      blocks += chunk.blocks;
      at += walk->header.chunk_header_size + chunk.payload;
    }
  if (blocks != walk->header.total_blocks)
    return pn_set_error (error, PN_ERROR_INVALID_DATA,
                         "The sparse image's chunks cover %s of %s blocks", PN_NUMBER (blocks),
                         PN_NUMBER (walk->header.total_blocks));
  if (rules == PN_SPARSE_STRICT && at != size)
    return pn_set_error (error, PN_ERROR_INVALID_DATA,
                         "There are bytes behind the sparse image's last chunk");
  return TRUE;
}

PnRuns *
pn_sparse_parse_fd (int fd, guint64 offset, guint64 size, PnSparseRules rules, GError **error)
{
  g_autoptr (PnRuns) runs = pn_runs_new ();
  Walk walk = { .fd = fd, .runs = runs };
  gboolean has_crc = FALSE;

  if (!walk_fd (&walk, offset, size, rules, &has_crc, error))
    return NULL;
  if (rules == PN_SPARSE_STRICT && (has_crc || walk.header.checksum != 0))
    {
      g_autoptr (PnRuns) again = pn_runs_new ();

      /* Only such images, which are rare, are read whole. */
      walk = (Walk){ .fd = fd, .runs = again, .check_crc = TRUE };
      if (!walk_fd (&walk, offset, size, rules, &has_crc, error))
        return NULL;
      if (walk.header.checksum != 0 && walk.header.checksum != walk.crc)
        return pn_set_error (error, PN_ERROR_INVALID_DATA, "The sparse image's checksum is wrong"),
               NULL;
    }
  return g_steal_pointer (&runs);
}

gboolean
pn_sparse_stream_piece (
    PnRuns *runs, const PnSparsePiece *piece, PnSink sink, gpointer user_data, GError **error)
{
  g_autoptr (PnSparseReader) reader =
      pn_sparse_reader_new (runs, piece->first_block, piece->n_blocks, NULL, NULL);
  g_autofree guint8 *buffer = g_malloc (STREAM_SIZE);
  gssize got;

  while ((got = pn_sparse_reader_read (reader, buffer, STREAM_SIZE, error)) > 0)
    if (!sink (buffer, (gsize) got, user_data, error))
      return FALSE;
  return got == 0;
}

typedef struct
{
  int fd;
  GCancellable *cancellable;
} Target;

static gboolean
write_cb (const guint8 *data, gsize size, gpointer user_data, GError **error)
{
  Target *target = user_data;

  return !g_cancellable_set_error_if_cancelled (target->cancellable, error) &&
         pn_write_all (target->fd, data, size, error);
}

gboolean
pn_sparse_write_fd (PnRuns *runs, int fd, GCancellable *cancellable, GError **error)
{
  PnSparsePiece all = { .n_blocks = pn_runs_get_n_blocks (runs) };
  Target target = { fd, cancellable };

  return pn_sparse_stream_piece (runs, &all, write_cb, &target, error);
}

/* Bytes of the sparse file that covers [first, first + n_blocks). */
static guint64
piece_size (PnRuns *runs, guint64 first, guint64 n_blocks)
{
  g_autoptr (PnSparseReader) reader = pn_sparse_reader_new (runs, first, n_blocks, NULL, NULL);

  return pn_sparse_reader_get_size (reader);
}

GArray *
pn_sparse_split (PnRuns *runs, guint64 max_piece_size, GError **error)
{
  /* File header, a skip before and one behind, and one chunk header to spare. */
  const guint64 overhead = FILE_HEADER_SIZE + 3 * CHUNK_HEADER_SIZE;
  g_autoptr (GArray) pieces = g_array_new (FALSE, FALSE, sizeof (PnSparsePiece));
  PnSparsePiece piece = { 0 };
  guint64 cost = overhead;
  guint n_runs;
  const PnRun *all = pn_runs_get (runs, &n_runs);

  /* Room for one block, or a piece could stay empty. */
  if (max_piece_size < overhead + 2 * CHUNK_HEADER_SIZE + PN_RUN_BLOCK_SIZE)
    return pn_set_error (error, PN_ERROR_INVALID_DATA, "Pieces of %s bytes are too small",
                         PN_NUMBER (max_piece_size)),
           NULL;
  for (guint i = 0; i < n_runs; i++)
    {
      guint64 left = all[i].n_blocks;

      while (left > 0)
        {
          guint64 take = left;
          guint64 room;

          if (all[i].kind == PN_RUN_DATA)
            {
              /* One more header for each 64 MiB, which the reader cuts chunks at. */
              guint64 headers = CHUNK_HEADER_SIZE * (2 + max_piece_size / (64 * 1024 * 1024));

              room = cost + headers < max_piece_size ? max_piece_size - cost - headers : 0;
              take = MIN (left, room / PN_RUN_BLOCK_SIZE);
            }
          else if (cost + CHUNK_HEADER_SIZE + 4 > max_piece_size)
            take = 0;
          if (take > 0)
            {
              piece.n_blocks += take;
              cost += CHUNK_HEADER_SIZE + 4 +
                      (all[i].kind == PN_RUN_DATA
                           ? take * PN_RUN_BLOCK_SIZE + take / 16384 * CHUNK_HEADER_SIZE
                           : 0);
              left -= take;
            }
          if (left > 0)
            {
              piece.size = piece_size (runs, piece.first_block, piece.n_blocks);
              g_array_append_val (pieces, piece);
              piece = (PnSparsePiece){ .first_block = piece.first_block + piece.n_blocks };
              cost = overhead;
            }
        }
    }
  if (piece.n_blocks > 0)
    {
      piece.size = piece_size (runs, piece.first_block, piece.n_blocks);
      g_array_append_val (pieces, piece);
    }
  return g_steal_pointer (&pieces);
}
