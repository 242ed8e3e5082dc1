/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "pn-digest.h"

G_BEGIN_DECLS

#define PN_SHA256_SUMS_MAX (1024 * 1024) /* bytes of such a file */

/* The published SHA-256 of the file @name in the text of a `SHA256SUMS` or `NAME.sha256`, as
 * sha256sum writes it ("HEX  NAME", "HEX *NAME", "SHA256 (NAME) = HEX"; folders before the name do
 * not matter), or where the text is nothing but one hash. Pure. FALSE where it is not there. */
gboolean pn_sha256_sums_find (GBytes *text, const char *name, PnSha256 *digest);
/* The same from a file beside @path: `PATH.sha256`, else `SHA256SUMS` in its folder. @found gets
 * that file's name (free with g_free). FALSE where neither says anything about it. */
gboolean pn_sha256_sums_beside (const char *path, PnSha256 *digest, char **found);

G_END_DECLS
