/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "pn-sparse-reader.h"

#include <string.h>

#include "pn-bytes.h"
#include "pn-io.h"
#include "pn-sparse.h"

#define FILE_HEADER_SIZE 28 /* bytes: sparse-image.md §1 */
#define CHUNK_HEADER_SIZE 12
#define CHUNK_RAW 0xCAC1
#define CHUNK_FILL 0xCAC2
#define CHUNK_DONT_CARE 0xCAC3
/* A chunk's size field has 32 bits; libsparse cuts at 64 MiB, and so do we. */
#define MAX_CHUNK_BLOCKS (64 * 1024 * 1024 / PN_RUN_BLOCK_SIZE)
#define MAX_SKIP_BLOCKS 0x7fffffffu /* libsparse takes more for an error */

typedef struct
{
  PnRun run; /* clipped */
} Chunk;

struct _PnSparseReader
{
  GArray *chunks; /* Chunk */
  guint64 size;
  PnSparseObserver observer;
  gpointer user_data;
  PnSparseSource source;
  gpointer source_data;

  guint next;          /* chunk to be opened */
  GByteArray *pending; /* header bytes not read yet */
  guint pending_at;
  guint64 payload_left;  /* bytes of the open RAW chunk */
  guint64 payload_block; /* where the next of them lies */
  guint64 source_at;
};

static guint64
chunk_size (const PnRun *run)
{
  switch (run->kind)
    {
    case PN_RUN_DATA:
      return CHUNK_HEADER_SIZE + run->n_blocks * PN_RUN_BLOCK_SIZE;
    case PN_RUN_FILL:
      return CHUNK_HEADER_SIZE + 4;
    case PN_RUN_SKIP:
    default:
      return CHUNK_HEADER_SIZE;
    }
}

static void
add_chunks (PnSparseReader *self, PnRun run)
{
  guint64 max = run.kind == PN_RUN_DATA ? MAX_CHUNK_BLOCKS : MAX_SKIP_BLOCKS;
  guint64 left = run.n_blocks;

  while (left > 0)
    {
      Chunk chunk = { run };

      chunk.run.n_blocks = MIN (left, max);
      g_array_append_val (self->chunks, chunk);
      self->size += chunk_size (&chunk.run);
      left -= chunk.run.n_blocks;
      run.first_block += chunk.run.n_blocks;
      run.source_offset += chunk.run.n_blocks * PN_RUN_BLOCK_SIZE;
    }
}

static void
add_skip (PnSparseReader *self, guint64 first_block, guint64 n_blocks)
{
  add_chunks (self,
              (PnRun){ .kind = PN_RUN_SKIP, .first_block = first_block, .n_blocks = n_blocks });
}

/* The part of @run within [first, end). FALSE where there is none. */
static gboolean
clip (const PnRun *run, guint64 first, guint64 end, PnRun *clipped)
{
  guint64 run_end = run->first_block + run->n_blocks;
  guint64 from = MAX (run->first_block, first);
  guint64 to = MIN (run_end, end);

  if (from >= to)
    return FALSE;
  *clipped = *run;
  clipped->first_block = from;
  clipped->n_blocks = to - from;
  clipped->source_offset += (from - run->first_block) * PN_RUN_BLOCK_SIZE;
  return TRUE;
}

PnSparseReader *
pn_sparse_reader_new (PnRuns *runs,
                      guint64 first_block,
                      guint64 n_blocks,
                      PnSparseObserver observer,
                      gpointer user_data)
{
  PnSparseReader *self = g_new0 (PnSparseReader, 1);
  guint64 total = pn_runs_get_n_blocks (runs);
  guint64 end = MIN (total, first_block + n_blocks);
  guint n_runs;
  const PnRun *all = pn_runs_get (runs, &n_runs);

  self->chunks = g_array_new (FALSE, FALSE, sizeof (Chunk));
  self->pending = g_byte_array_new ();
  self->observer = observer;
  self->user_data = user_data;
  self->size = FILE_HEADER_SIZE;
  add_skip (self, 0, first_block);
  for (guint i = 0; i < n_runs; i++)
    {
      PnRun clipped;

      if (clip (&all[i], first_block, end, &clipped))
        add_chunks (self, clipped);
    }
  add_skip (self, end, total - end);

  pn_write_le32 (self->pending, PN_SPARSE_MAGIC);
  pn_write_le16 (self->pending, 1); /* major */
  pn_write_le16 (self->pending, 0); /* minor */
  pn_write_le16 (self->pending, FILE_HEADER_SIZE);
  pn_write_le16 (self->pending, CHUNK_HEADER_SIZE);
  pn_write_le32 (self->pending, PN_RUN_BLOCK_SIZE);
  pn_write_le32 (self->pending, (guint32) total);
  pn_write_le32 (self->pending, self->chunks->len);
  pn_write_le32 (self->pending, 0); /* no checksum: no reader looks */
  return self;
}

void
pn_sparse_reader_set_source_func (PnSparseReader *self, PnSparseSource func, gpointer user_data)
{
  self->source = func;
  self->source_data = user_data;
}

void
pn_sparse_reader_free (PnSparseReader *self)
{
  g_array_unref (self->chunks);
  g_byte_array_unref (self->pending);
  g_free (self);
}

guint64
pn_sparse_reader_get_size (PnSparseReader *self)
{
  return self->size;
}

static void
observe (PnSparseReader *self, const guint8 *data, guint64 block, guint64 size, guint32 fill)
{
  if (self->observer != NULL)
    self->observer (block, data, size, fill, self->user_data);
}

/* Puts the next chunk's header into pending. */
static void
open_chunk (PnSparseReader *self)
{
  static const guint16 types[] = {
    [PN_RUN_SKIP] = CHUNK_DONT_CARE,
    [PN_RUN_FILL] = CHUNK_FILL,
    [PN_RUN_DATA] = CHUNK_RAW,
  };
  const PnRun *run = &g_array_index (self->chunks, Chunk, self->next++).run;

  g_byte_array_set_size (self->pending, 0);
  self->pending_at = 0;
  pn_write_le16 (self->pending, types[run->kind]);
  pn_write_le16 (self->pending, 0);
  pn_write_le32 (self->pending, (guint32) run->n_blocks);
  pn_write_le32 (self->pending, (guint32) chunk_size (run));
  if (run->kind == PN_RUN_FILL)
    {
      pn_write_le32 (self->pending, run->fill);
      observe (self, NULL, run->first_block, run->n_blocks * PN_RUN_BLOCK_SIZE, run->fill);
    }
  if (run->kind == PN_RUN_DATA)
    {
      self->payload_left = run->n_blocks * PN_RUN_BLOCK_SIZE;
      self->payload_block = run->first_block;
      self->source_at = run->source_offset;
    }
}

/* Up to @size bytes of the open RAW chunk; whole blocks only, so that the observer sees such. */
static gssize
read_payload (PnSparseReader *self, guint8 *buffer, gsize size, GError **error)
{
  const PnRun *run = &g_array_index (self->chunks, Chunk, self->next - 1).run;
  gsize count = (gsize) MIN (size, self->payload_left);

  count -= count % PN_RUN_BLOCK_SIZE;
  if (run->fd >= 0)
    {
      gsize got = 0;

      /* Short at the end of the source means zeros. */
      while (got < count)
        {
          gssize n = pn_pread (run->fd, buffer + got, count - got,
                               (goffset) (self->source_at + got), error);

          if (n < 0)
            return -1;
          if (n == 0)
            break;
          got += (gsize) n;
        }
      memset (buffer + got, 0, count - got);
      if (self->source != NULL)
        self->source (run->fd, self->source_at, buffer, count, self->source_data);
    }
  else
    {
      gsize length;
      const guint8 *data = g_bytes_get_data (run->bytes, &length);
      gsize there = self->source_at < length ? MIN (count, length - self->source_at) : 0;

      memcpy (buffer, data + (there > 0 ? self->source_at : 0), there);
      memset (buffer + there, 0, count - there);
    }
  observe (self, buffer, self->payload_block, count, 0);
  self->source_at += count;
  self->payload_left -= count;
  self->payload_block += count / PN_RUN_BLOCK_SIZE;
  return (gssize) count;
}

gssize
pn_sparse_reader_read (PnSparseReader *self, guint8 *buffer, gsize size, GError **error)
{
  gsize done = 0;

  while (done < size)
    {
      gsize waiting = self->pending->len - self->pending_at;

      if (waiting > 0)
        {
          gsize count = MIN (waiting, size - done);

          memcpy (buffer + done, self->pending->data + self->pending_at, count);
          self->pending_at += count;
          done += count;
        }
      else if (self->payload_left > 0 && size - done >= PN_RUN_BLOCK_SIZE)
        {
          gssize got = read_payload (self, buffer + done, size - done, error);

          if (got < 0)
            return -1;
          done += (gsize) got;
        }
      else if (self->payload_left > 0)
        {
          /* Less than a block of room: hand the block out through pending. */
          if (done > 0)
            break;
          g_byte_array_set_size (self->pending, PN_RUN_BLOCK_SIZE);
          self->pending_at = 0;
          if (read_payload (self, self->pending->data, PN_RUN_BLOCK_SIZE, error) < 0)
            return -1;
        }
      else if (self->next < self->chunks->len)
        open_chunk (self);
      else
        break;
    }
  return (gssize) done;
}
