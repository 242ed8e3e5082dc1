/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "pn-runs.h"

#include <string.h>

#include "pn-bytes.h"
#include "pn-io.h"

struct _PnRuns
{
  GArray *runs; /* PnRun */
  guint64 n_blocks;
  GPtrArray *bytes; /* GBytes held */
  GArray *fds;      /* int owned */
};

static void
close_fd (gpointer data)
{
  pn_fd_close (*(int *) data);
}

PnRuns *
pn_runs_new (void)
{
  PnRuns *self = g_new0 (PnRuns, 1);

  self->runs = g_array_new (FALSE, FALSE, sizeof (PnRun));
  self->bytes = g_ptr_array_new_with_free_func ((GDestroyNotify) g_bytes_unref);
  self->fds = g_array_new (FALSE, FALSE, sizeof (int));
  g_array_set_clear_func (self->fds, close_fd);
  return self;
}

void
pn_runs_free (PnRuns *self)
{
  g_array_unref (self->runs);
  g_ptr_array_unref (self->bytes);
  g_array_unref (self->fds);
  g_free (self);
}

/* TRUE where @next simply goes on where @last ends. */
static gboolean
continues (const PnRun *last, const PnRun *next)
{
  if (last->kind != next->kind)
    return FALSE;
  switch (last->kind)
    {
    case PN_RUN_SKIP:
      return TRUE;
    case PN_RUN_FILL:
      return last->fill == next->fill;
    case PN_RUN_DATA:
    default:
      return last->fd == next->fd && last->bytes == next->bytes &&
             last->source_offset + last->n_blocks * PN_RUN_BLOCK_SIZE == next->source_offset;
    }
}

static void
append (PnRuns *self, PnRun run)
{
  PnRun *last;

  if (run.n_blocks == 0)
    return;
  run.first_block = self->n_blocks;
  self->n_blocks += run.n_blocks;
  if (self->runs->len > 0)
    {
      last = &g_array_index (self->runs, PnRun, self->runs->len - 1);
      if (continues (last, &run))
        {
          last->n_blocks += run.n_blocks;
          return;
        }
    }
  g_array_append_val (self->runs, run);
}

void
pn_runs_append_skip (PnRuns *self, guint64 n_blocks)
{
  append (self, (PnRun){ .kind = PN_RUN_SKIP, .n_blocks = n_blocks, .fd = -1 });
}

void
pn_runs_append_fill (PnRuns *self, guint64 n_blocks, guint32 fill)
{
  append (self, (PnRun){ .kind = PN_RUN_FILL, .fill = fill, .n_blocks = n_blocks, .fd = -1 });
}

void
pn_runs_append_fd (PnRuns *self, guint64 n_blocks, int fd, guint64 offset)
{
  append (self,
          (PnRun){ .kind = PN_RUN_DATA, .n_blocks = n_blocks, .fd = fd, .source_offset = offset });
}

static GBytes *
hold (PnRuns *self, GBytes *bytes)
{
  /* Neighbouring runs mostly come from the same bytes. */
  if (self->bytes->len == 0 || g_ptr_array_index (self->bytes, self->bytes->len - 1) != bytes)
    g_ptr_array_add (self->bytes, g_bytes_ref (bytes));
  return bytes;
}

void
pn_runs_append_bytes (PnRuns *self, GBytes *bytes)
{
  gsize size = g_bytes_get_size (bytes);

  append (self, (PnRun){ .kind = PN_RUN_DATA,
                         .n_blocks = (size + PN_RUN_BLOCK_SIZE - 1) / PN_RUN_BLOCK_SIZE,
                         .fd = -1,
                         .bytes = hold (self, bytes) });
}

void
pn_runs_append_run (PnRuns *self, const PnRun *run)
{
  if (run->kind == PN_RUN_DATA && run->bytes != NULL)
    hold (self, run->bytes);
  append (self, *run);
}

const PnRun *
pn_runs_get (PnRuns *self, guint *n_runs)
{
  *n_runs = self->runs->len;
  return (const PnRun *) (gpointer) self->runs->data;
}

guint64
pn_runs_get_n_blocks (PnRuns *self)
{
  return self->n_blocks;
}

guint64
pn_runs_count_bytes (PnRuns *self, PnRunKind kind)
{
  guint64 blocks = 0;

  for (guint i = 0; i < self->runs->len; i++)
    {
      const PnRun *run = &g_array_index (self->runs, PnRun, i);

      if (run->kind == kind)
        blocks += run->n_blocks;
    }
  return blocks * PN_RUN_BLOCK_SIZE;
}

void
pn_runs_own_fd (PnRuns *self, int fd)
{
  g_array_append_val (self->fds, fd);
}

/* A place in a list: which run, and how many of its blocks are used up. */
typedef struct
{
  PnRuns *runs;
  guint index;
  guint64 used;
} Cursor;

/* The rest of the current run; beyond the end a SKIP without end. */
static PnRun
cursor_get (const Cursor *self)
{
  PnRun run = { .kind = PN_RUN_SKIP, .n_blocks = G_MAXUINT64, .fd = -1 };

  if (self->index < self->runs->runs->len)
    {
      run = g_array_index (self->runs->runs, PnRun, self->index);
      run.first_block += self->used;
      run.n_blocks -= self->used;
      run.source_offset += self->used * PN_RUN_BLOCK_SIZE;
    }
  return run;
}

static void
cursor_advance (Cursor *self, guint64 n_blocks)
{
  if (self->index >= self->runs->runs->len)
    return;
  self->used += n_blocks;
  if (self->used == g_array_index (self->runs->runs, PnRun, self->index).n_blocks)
    {
      self->index++;
      self->used = 0;
    }
}

PnRuns *
pn_runs_overlay (PnRuns *base, PnRuns *over)
{
  PnRuns *result = pn_runs_new ();
  guint64 total = MAX (base->n_blocks, over->n_blocks);
  Cursor below = { base, 0, 0 };
  Cursor above = { over, 0, 0 };

  while (result->n_blocks < total)
    {
      PnRun under = cursor_get (&below);
      PnRun upper = cursor_get (&above);
      PnRun *chosen = upper.kind == PN_RUN_SKIP ? &under : &upper;
      guint64 count = MIN (MIN (under.n_blocks, upper.n_blocks), total - result->n_blocks);

      chosen->n_blocks = count;
      pn_runs_append_run (result, chosen);
      cursor_advance (&below, count);
      cursor_advance (&above, count);
    }
  return result;
}

static gboolean
read_run (const PnRun *run, guint64 at, guint8 *buffer, gsize size, GError **error)
{
  if (run->kind == PN_RUN_DATA && run->fd >= 0)
    {
      gsize done = 0;

      while (done < size)
        {
          gssize got = pn_pread (run->fd, buffer + done, size - done,
                                 (goffset) (run->source_offset + at + done), error);

          if (got < 0)
            return FALSE;
          if (got == 0)
            break;
          done += (gsize) got;
        }
      memset (buffer + done, 0, size - done);
    }
  else if (run->kind == PN_RUN_DATA)
    {
      gsize length;
      const guint8 *data = g_bytes_get_data (run->bytes, &length);
      guint64 from = run->source_offset + at;
      gsize there = from < length ? MIN (size, length - (gsize) from) : 0;

      if (there > 0)
        memcpy (buffer, data + from, there);
      memset (buffer + there, 0, size - there);
    }
  else if (run->kind == PN_RUN_FILL && run->fill != 0)
    {
      guint8 word[4];

      pn_poke_le32 (word, run->fill);
      for (gsize i = 0; i < size; i++)
        buffer[i] = word[(at + i) % 4];
    }
  else
    memset (buffer, 0, size);
  return TRUE;
}

/* The index of the run that holds @block. */
static guint
find_run (PnRuns *self, guint64 block)
{
  guint low = 0;
  guint high = self->runs->len;

  while (high - low > 1)
    {
      guint middle = low + (high - low) / 2;

      if (g_array_index (self->runs, PnRun, middle).first_block <= block)
        low = middle;
      else
        high = middle;
    }
  return low;
}

gboolean
pn_runs_read (PnRuns *self, guint64 offset, void *buffer, gsize size, GError **error)
{
  guint64 total = self->n_blocks * PN_RUN_BLOCK_SIZE;
  guint8 *at = buffer;

  if (offset > total || size > total - offset)
    {
      pn_set_error (error, PN_ERROR_INVALID_ARGUMENT, "Reading beyond the end of the image");
      return FALSE;
    }
  for (guint i = find_run (self, offset / PN_RUN_BLOCK_SIZE); size > 0; i++)
    {
      const PnRun *run = &g_array_index (self->runs, PnRun, i);
      guint64 inside = offset - run->first_block * PN_RUN_BLOCK_SIZE;
      gsize count = (gsize) MIN (size, run->n_blocks * PN_RUN_BLOCK_SIZE - inside);

      if (!read_run (run, inside, at, count, error))
        return FALSE;
      at += count;
      offset += count;
      size -= count;
    }
  return TRUE;
}
