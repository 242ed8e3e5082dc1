/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "pn-digest.h"
#include "pn-idp.h"
#include "pn-runs.h"

G_BEGIN_DECLS

/* An image set as people have it: a folder, or a tar of one (perhaps compressed), with exactly one
 * description (*.json) and the sparse files that it names. */
typedef struct _PnIdpSet PnIdpSet;

/* TRUE for a folder and for an archive; everything else is a disc, or nothing. */
gboolean pn_idp_set_is (const char *path);
/* Opens, and checks all that can be known without a device: the description as a host's, that every
 * sparse file is there, is one, and fits. Of an archive those files are unpacked into nameless
 * files in @scratch (a folder; NULL = the temporary one). Hostile archives (links, "..", files
 * larger than their partition) are refused: PN_ERROR_INVALID_DATA. */
PnIdpSet *
pn_idp_set_open (const char *path, const char *scratch, GCancellable *cancellable, GError **error);
/* Its description alone, as a host may send it: quick, and says nothing of the files. */
PnIdp *pn_idp_set_peek (const char *path, GCancellable *cancellable, GError **error);
void pn_idp_set_free (PnIdpSet *self);
const PnIdp *pn_idp_set_get_description (PnIdpSet *self); /* borrowed */
/* Content of the sparse file of that name, which the description names; borrowed. */
PnRuns *pn_idp_set_get_runs (PnIdpSet *self, const char *file);
/* Names of the sparse files, each once, sorted; borrowed. */
const char *const *pn_idp_set_get_files (PnIdpSet *self);
/* SHA-256 over the description and the sparse files, the same for a folder and its archive. */
gboolean
pn_idp_set_get_digest (PnIdpSet *self, PnSha256 *digest, GCancellable *cancellable, GError **error);
/* PN_ERROR_STALE where a file changed since it was opened. */
gboolean pn_idp_set_check_unchanged (PnIdpSet *self, GError **error);
/* What a device has to be sent of a partition whose sparse file says @runs, which have to live as
 * long: the blocks that its file system uses, or all of it where that is not @known. A copy of it
 * is made in @scratch. pn-idp-content.c */
PnRuns *pn_idp_content_new (
    PnRuns *runs, const char *scratch, gboolean *known, GCancellable *cancellable, GError **error);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (PnIdpSet, pn_idp_set_free)

G_END_DECLS
