/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "pn-bundle.h"
#include "pn-file-stamp.h"
#include "pn-runs.h"

G_BEGIN_DECLS

/* What an artefact was like when it was last hashed: pn-bundle-guard.c. */
typedef struct
{
  PnFileStamp stamp; /* from before that; one that never holds where it was not hashed yet */
  gboolean whole;    /* it was what the manifest says */
} PnBundleGuard;

struct _PnBundle
{
  PnManifest *manifest;
  GArray *fds;    /* int, in the manifest's order */
  GArray *guards; /* PnBundleGuard, in the same order; guarded by mutex once it is open */
  GMutex mutex;
};

/* Writes a file that must not exist yet, and flushes it. */
gboolean pn_bundle_write_at (int dir_fd, const char *name, GBytes *content, GError **error);

/* What of a bundle is read before its artefacts; @signature NULL where there is no key. */
GBytes *pn_bundle_read_at (int dir_fd, const char *name, gsize max, GError **error);
#define PN_MANIFEST_SIGNATURE_MAX 4096 /* bytes */
gboolean pn_bundle_check_signature (PnManifest *manifest, GBytes *signature, GError **error);
/* The folder has no file that the manifest does not name. */
gboolean pn_bundle_check_names (int dir_fd, PnManifest *manifest, GError **error);
guint64 pn_bundle_size (PnManifest *manifest); /* bytes of its artefacts */
/* A file of @size bytes that is to be @artefact. */
gboolean pn_bundle_check_size (const PnArtefact *artefact, guint64 size, GError **error);

/* Somewhere artefacts come from, piece by piece: at least one byte, 0 at the end, -1 with @error.
 */
typedef gssize (*PnPieceFunc) (gpointer source, void *buffer, gsize size, GError **error);
typedef gboolean (*PnPutFunc) (gpointer target, const void *buffer, gsize size, GError **error);
/* What is hashed, and how far it is. */
typedef struct
{
  PnProgressFunc func;
  gpointer user_data;
  guint64 done, total;
  GCancellable *cancellable;
} PnPouring;
/* Reads @artefact from @source, gives it on to @put (nullable), and compares size and SHA-256. */
gboolean pn_bundle_pour (PnPouring *pouring,
                         const PnArtefact *artefact,
                         PnPieceFunc piece,
                         gpointer source,
                         PnPutFunc put,
                         gpointer target,
                         GError **error);
/* A PnPieceFunc; @source: a PnFilePiece. */
typedef struct
{
  int fd;
  guint64 at;
} PnFilePiece;
gssize pn_bundle_piece_of_file (gpointer source, void *buffer, gsize size, GError **error);
/* A PnPutFunc; @target: an int, the descriptor. */
gboolean pn_bundle_put_in_file (gpointer target, const void *buffer, gsize size, GError **error);

/* pn-bundle-archive.c: a bundle as one file. Artefacts are read in the order in which they come. */
typedef struct _PnBundleArchive PnBundleArchive;
PnBundleArchive *pn_bundle_archive_open (int fd, GCancellable *cancellable, GError **error);
void pn_bundle_archive_free (PnBundleArchive *self);
/* The next file, of at most G_MAXINT64 bytes; FALSE with @error, and at the end with @name NULL.
 * @name lives until the next one. */
gboolean
pn_bundle_archive_next (PnBundleArchive *self, const char **name, guint64 *size, GError **error);
gssize pn_bundle_archive_piece (gpointer self, void *buffer, gsize size, GError **error);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (PnBundleArchive, pn_bundle_archive_free)

/* pn-bundle-verify.c. A sparse artefact's content, which has the size that is said. */
PnRuns *pn_bundle_load_runs (PnBundle *self, const PnArtefact *artefact, GError **error);
/* A boot partition that starts a boot.img signed with @key, and nothing else. */
gboolean pn_bundle_check_signed_boot (PnRuns *runs, PnPublicKey *key, GError **error);
/* pn-bundle-verify-set.c */
gboolean pn_bundle_check_image_set (PnBundle *self, PnPublicKey *key, GError **error);

G_END_DECLS
