/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "pn-bundle.h"
#include "pn-runs.h"

G_BEGIN_DECLS

/* As pn_bundle_open () for a bundle this process has just written and hashed while writing: sizes
 * and the manifest's signature are checked, contents are not read again. */
PnBundle *pn_bundle_open_written (int dir_fd, GCancellable *cancellable, GError **error);
/* Writes a file that must not exist yet, and flushes it. */
gboolean pn_bundle_write_at (int dir_fd, const char *name, GBytes *content, GError **error);

/* pn-bundle-verify.c. A sparse artefact's content, which has the size that is said. */
PnRuns *pn_bundle_load_runs (PnBundle *self, const PnArtefact *artefact, GError **error);
/* A boot partition that starts a boot.img signed with @key, and nothing else. */
gboolean pn_bundle_check_signed_boot (PnRuns *runs, PnPublicKey *key, GError **error);
/* pn-bundle-verify-set.c */
gboolean pn_bundle_check_image_set (PnBundle *self, PnPublicKey *key, GError **error);

G_END_DECLS
