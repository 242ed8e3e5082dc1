/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "pn-manifest.h"

G_BEGIN_DECLS

#define PN_MANIFEST_NAME "manifest.json"
#define PN_MANIFEST_SIGNATURE_NAME "manifest.sig" /* sig file text; in bundles with a key */

/* A sealed bundle, opened from a directory descriptor. Artefacts are opened at once and kept, so
 * that later renames cannot matter. */
typedef struct _PnBundle PnBundle;

/* Opens, checks the manifest (and its signature with the public key inside), opens every artefact
 * (regular files, no links) and compares size and SHA-256. Extra files are refused.
 * PN_ERROR_SIGNATURE names the artefact that differs. @progress (nullable) gets bytes hashed and in
 * all. */
typedef void (*PnProgressFunc) (guint64 done, guint64 total, gpointer user_data);
PnBundle *pn_bundle_open (int dir_fd,
                          PnProgressFunc progress,
                          gpointer user_data,
                          GCancellable *cancellable,
                          GError **error);
/* As pn_bundle_open () for a bundle that was hashed when it was written: names, sizes and the
 * manifest's signature are checked, contents are not read again. */
PnBundle *pn_bundle_open_written (int dir_fd, GError **error);
/* Checks every signature inside (EEPROM, bootconf.sig, boot code blocks, boot.sig …) with the
 * public key of the manifest, that the chip fits, that configs hold exactly the permanent lines the
 * manifest names, and that sparse artefacts parse and have the size that is said: all that can be
 * checked before a device is touched. */
gboolean pn_bundle_verify (PnBundle *self, GCancellable *cancellable, GError **error);
/* pn-bundle-guard.c: whether every artefact is, now, what it was when it was hashed. Reads nothing
 * of them and never waits; FALSE also where it cannot tell. From any thread, as the next. */
gboolean pn_bundle_is_unchanged (PnBundle *self);
/* The same for certain: what may have changed is hashed again, which can take a while.
 * PN_ERROR_SIGNATURE names the artefact that is not what was sealed. */
gboolean pn_bundle_check_whole (PnBundle *self, GCancellable *cancellable, GError **error);
void pn_bundle_free (PnBundle *self);
PnManifest *pn_bundle_get_manifest (PnBundle *self); /* (transfer none) */
int pn_bundle_get_fd (PnBundle *self, PnRole role);  /* borrowed; -1 where there is none */
const int *pn_bundle_get_fds (PnBundle *self);       /* borrowed, in the manifest's order */
G_DEFINE_AUTOPTR_CLEANUP_FUNC (PnBundle, pn_bundle_free)

G_END_DECLS
