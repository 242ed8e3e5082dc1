/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "pn-idp-set.h"

G_BEGIN_DECLS

/* Where the files of a set come from. */
typedef struct
{
  int fd; /* of the folder, or of the archive; borrowed */
  const char *scratch;
  GCancellable *cancellable;
} PnIdpSource;

gboolean pn_idp_is_description (const char *name); /* "*.json" */
/* PN_ERROR_INVALID_DATA unless there is exactly one description. */
gboolean pn_idp_check_found (guint n_found, GError **error);

/* pn-idp-archive.c. */
gboolean pn_idp_archive_is (int fd);
/* The description's bytes and its path in the archive. */
GBytes *pn_idp_archive_read_description (const PnIdpSource *source, char **path, GError **error);
/* @fds[i] gets the content of the sparse file of @files[i], which lies beside @description; -1
 * where there is none. @limits: bytes that each may have. */
gboolean pn_idp_archive_unpack (const PnIdpSource *source,
                                const char *description,
                                const char *const *files,
                                const guint64 *limits,
                                int *fds,
                                GError **error);

G_END_DECLS
