/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* Where records may lie. sqlite's write-ahead log needs memory that all who open the file share and
 * locks that hold, which file systems over a network do not have: records would be lost. */

/* The name of such a file system, NULL where it is a local one. @magic: statfs's f_type. @kind: the
 * type's name in mountinfo, which alone tells what is behind FUSE; NULL = not known. */
const char *pn_place_network_name (guint64 magic, const char *kind);
/* The type of the file system with the number @major:@minor in the text of /proc/self/mountinfo;
 * NULL where it is not there. (transfer full) */
char *pn_place_find_kind (const char *mountinfo, guint major, guint minor);
/* PN_ERROR_NOT_SUPPORTED where @path, or the folder that it is to be in, is on one. What cannot be
 * asked is let pass: opening it says more. */
gboolean pn_place_check (const char *path, GError **error);

G_END_DECLS
