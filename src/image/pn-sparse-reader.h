/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "pn-runs.h"

G_BEGIN_DECLS

/* The bytes of a sparse file that covers a part of a list of runs, made while they are read:
 * nothing is stored. The file has the full geometry of the list, DONT_CARE outside of the part
 * (sparse-image.md §5). */
typedef struct _PnSparseReader PnSparseReader;

/* Told, in order, what each block will hold: @data of @size bytes (whole blocks) from block
 * @first_block on, or with @data NULL the word @fill all over them. */
typedef void (*PnSparseObserver) (
    guint64 first_block, const guint8 *data, guint64 size, guint32 fill, gpointer user_data);

/* @runs is borrowed and must not change. @observer is nullable. */
PnSparseReader *pn_sparse_reader_new (PnRuns *runs,
                                      guint64 first_block,
                                      guint64 n_blocks,
                                      PnSparseObserver observer,
                                      gpointer user_data);
/* Told, in order, what is read from the runs' descriptors: @size bytes at @offset, of which the
 * last may be behind the end of the file. */
typedef void (*PnSparseSource) (
    int fd, guint64 offset, const guint8 *data, gsize size, gpointer user_data);
void
pn_sparse_reader_set_source_func (PnSparseReader *self, PnSparseSource func, gpointer user_data);
void pn_sparse_reader_free (PnSparseReader *self);
/* Bytes of the sparse file in all. */
guint64 pn_sparse_reader_get_size (PnSparseReader *self);
/* The next bytes, at most @size; 0 at the end, -1 with @error set. */
gssize pn_sparse_reader_read (PnSparseReader *self, guint8 *buffer, gsize size, GError **error);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (PnSparseReader, pn_sparse_reader_free)

G_END_DECLS
