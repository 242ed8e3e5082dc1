/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "pn-bundle.h"

G_BEGIN_DECLS

/* As pn_bundle_open () for a bundle this process has just written and hashed while writing: sizes
 * and the manifest's signature are checked, contents are not read again. */
PnBundle *pn_bundle_open_written (int dir_fd, GCancellable *cancellable, GError **error);
/* Writes a file that must not exist yet, and flushes it. */
gboolean pn_bundle_write_at (int dir_fd, const char *name, GBytes *content, GError **error);

G_END_DECLS
