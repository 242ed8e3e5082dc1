/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gio/gio.h>

#include "pn-signer.h"

G_BEGIN_DECLS

/* bootfiles.bin: a ustar archive of second-stage files, "2712/bootcode5.bin" (rpiboot.md §8.3). */
typedef struct
{
  char *name;      /* without leading "./" */
  GBytes *content; /* a slice of the archive */
} PnBootfile;

/* (element-type PnBootfile) regular files only, checksums verified, bounded; PN_ERROR_INVALID_DATA.
 */
GPtrArray *pn_bootfiles_parse (GBytes *archive, GError **error);
/* Name compared without case. NULL where there is none. */
GBytes *pn_bootfiles_lookup (GPtrArray *files, const char *name);
/* A ustar archive with fixed times and owners: same input, same bytes. */
GBytes *pn_bootfiles_build (GPtrArray *files, GError **error);
/* The archive with 2712/bootcode5.bin counter-signed. */
GBytes *pn_bootfiles_countersign (GBytes *archive,
                                  PnSigner *signer,
                                  GCancellable *cancellable,
                                  GError **error);

G_END_DECLS
