/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "pn-runs.h"

G_BEGIN_DECLS

/* Android sparse images (sparse-image.md). */
#define PN_SPARSE_MAGIC 0xED26FF3Au

typedef enum
{
  PN_SPARSE_STRICT, /* what we accept: no zero-block RAW/FILL, no trailing bytes, right CRCs */
  PN_SPARSE_DAEMON, /* what the device's daemon accepts; a zero-block FILL is PN_ERROR_FAILED */
} PnSparseRules;

/* Chunk headers only are read, content stays in @fd (borrowed) as DATA runs. Block sizes other than
 * 4096 are accepted where the chunks convert to whole 4096-byte blocks, and in DAEMON mode always
 * (see pn_sparse_foreach). PN_ERROR_INVALID_DATA. */
PnRuns *
pn_sparse_parse_fd (int fd, guint64 offset, guint64 size, PnSparseRules rules, GError **error);
/* The same over memory, with any block size: the chunks in units of bytes. Pure. */
typedef struct
{
  PnRunKind kind;
  guint32 fill;
  guint64 output_offset; /* bytes */
  guint64 output_size;   /* bytes */
  gsize data_offset;     /* DATA: into the input */
} PnSparseChunk;
GArray *pn_sparse_parse (
    const guint8 *data, gsize size, PnSparseRules rules, guint64 *expanded_size, GError **error);

/* A complete sparse file of @runs at the file's position. Never a zero-block or CRC chunk. */
gboolean pn_sparse_write_fd (PnRuns *runs, int fd, GCancellable *cancellable, GError **error);

/* Splitting for max-download-size: each piece is a sparse file of its own with the full geometry.
 */
typedef struct
{
  guint64 first_block;
  guint64 n_blocks; /* what this piece covers */
  guint64 size;     /* of the sparse file, bytes: what to announce */
} PnSparsePiece;
GArray *pn_sparse_split (PnRuns *runs, guint64 max_piece_size, GError **error);
/* Streams one piece: @sink is called with consecutive bytes, at most 1 MiB at a time. */
typedef gboolean (*PnSink) (const guint8 *data, gsize size, gpointer user_data, GError **error);
gboolean pn_sparse_stream_piece (
    PnRuns *runs, const PnSparsePiece *piece, PnSink sink, gpointer user_data, GError **error);

G_END_DECLS
