/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

#define PN_RUN_BLOCK_SIZE 4096 /* bytes; everywhere in this room and on the wire */

/* What is to be written where: blocks of data (read from a file descriptor or from memory), of one
 * repeated 32-bit word, or left alone. The common currency between file systems, sparse files and
 * the device. */
typedef enum
{
  PN_RUN_SKIP, /* not written: free space only, never an allocated block of zeros */
  PN_RUN_FILL,
  PN_RUN_DATA,
} PnRunKind;

typedef struct
{
  PnRunKind kind;
  guint32 fill; /* FILL: little-endian word */
  guint64 first_block;
  guint64 n_blocks;
  int fd;                /* DATA: borrowed; -1 = from @bytes */
  GBytes *bytes;         /* DATA: borrowed from the list */
  guint64 source_offset; /* DATA: bytes into fd or bytes; short at the end = zero padded */
} PnRun;

/* Ordered, without gaps or overlaps, from block 0 to n_blocks. */
typedef struct _PnRuns PnRuns;

PnRuns *pn_runs_new (void);
void pn_runs_free (PnRuns *self);
/* Each appends at the end and merges with its neighbour where it can. Count 0 is nothing. */
void pn_runs_append_skip (PnRuns *self, guint64 n_blocks);
void pn_runs_append_fill (PnRuns *self, guint64 n_blocks, guint32 fill);
void pn_runs_append_fd (PnRuns *self, guint64 n_blocks, int fd, guint64 offset);
void pn_runs_append_bytes (PnRuns *self, GBytes *bytes); /* holds a reference; zero padded */
void pn_runs_append_run (PnRuns *self, const PnRun *run);
const PnRun *pn_runs_get (PnRuns *self, guint *n_runs);
guint64 pn_runs_get_n_blocks (PnRuns *self);
guint64 pn_runs_count_bytes (PnRuns *self, PnRunKind kind);
/* A list as long as the longer one: @over's DATA and FILL lie over @base, its SKIP lets @base show.
 */
PnRuns *pn_runs_overlay (PnRuns *base, PnRuns *over);
/* Lets file descriptors and bytes be owned by the list. */
void pn_runs_own_fd (PnRuns *self, int fd);
/* Reads the expansion (SKIP as zeros) of [offset, offset + size) into @buffer. */
gboolean pn_runs_read (PnRuns *self, guint64 offset, void *buffer, gsize size, GError **error);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (PnRuns, pn_runs_free)

G_END_DECLS
