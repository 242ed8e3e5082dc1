/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/* From any thread, while others read and write the records. */

/* A copy of the file @database as it is at one moment, into the new file @path, which is there
 * whole and on the disk when this returns TRUE, or not at all. PN_ERROR_IO. */
gboolean pn_records_backup (const char *database, const char *path, GError **error);

/* A copy for the day of @now in @folder ("records-2026-11-26.db") unless there is one; the newest
 * ones stay. */
#define PN_RECORDS_MAX_COPIES 7
gboolean
pn_records_keep_copy (const char *database, const char *folder, GDateTime *now, GError **error);

G_END_DECLS
