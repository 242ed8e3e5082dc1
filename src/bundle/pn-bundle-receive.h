/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "pn-bundle.h"

G_BEGIN_DECLS

/* Who takes a bundle in. */
typedef struct
{
  /* What is offered, once its manifest is known to be whole and signed, and before anything is
   * copied. FALSE with @error refuses it. @target: an empty folder to copy into (borrowed), or -1,
   * as it is, to hash what is offered and copy nothing. */
  gboolean (*admit) (PnManifest *manifest, int *target, gpointer user_data, GError **error);
  PnProgressFunc progress; /* (nullable): bytes hashed, and in all */
  gpointer user_data;      /* of both */
} PnBundleReception;

/* Takes a bundle from whatever @fd is: its folder; or one file, or a pipe, of the form that
 * pn_bundle_pack () makes. Artefacts are hashed while they are copied, or where the file system can
 * share blocks, once they are shared: what was hashed is what is kept. The copy is complete and on
 * the disk when this returns; it is not verified (pn_bundle_verify ()). What was written into the
 * target before an error is the caller's to remove. A pipe is made non-blocking, and one that is
 * mute for a minute is given up: PN_ERROR_TIMED_OUT. PN_ERROR_SIGNATURE names the artefact that is
 * not what was sealed. (transfer full) */
PnManifest *pn_bundle_receive (int fd,
                               const PnBundleReception *reception,
                               GCancellable *cancellable,
                               GError **error);

/* Writes the bundle in the folder @dir_fd as one file, a tar: the manifest, its signature, and the
 * artefacts in the manifest's order; the same bundle gives the same bytes. What is written is
 * hashed on its way. */
gboolean pn_bundle_pack (int dir_fd,
                         int fd,
                         PnProgressFunc progress,
                         gpointer user_data,
                         GCancellable *cancellable,
                         GError **error);

G_END_DECLS
