/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "pn-digest.h"

G_BEGIN_DECLS

/* Bytes done, of the image's size. Called from the copying thread, often. */
typedef void (*PnImageCopied) (guint64 done, gpointer user_data);

/* Copies @size bytes of the file @from into the new, empty file @to and hashes them in the same
 * pass, in constant memory: shares the blocks where the file system can, else copies only what is
 * not a hole or zero. The position of @from is not kept. PN_ERROR_NO_SPACE before anything was
 * copied where it would not fit; PN_ERROR_STALE where @from changed meanwhile; PN_ERROR_CANCELLED.
 */
gboolean pn_image_copy (int from,
                        int to,
                        guint64 size,
                        PnSha256 *digest,
                        PnImageCopied copied,
                        gpointer user_data,
                        GCancellable *cancellable,
                        GError **error);

G_END_DECLS
