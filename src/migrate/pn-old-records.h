/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/* The columns of its table in their order, NULL-terminated. */
const char *const *pn_old_records_columns (void);

#define PN_OLD_RECORDS_MAX 1000000 /* rows */

/* One row: a{sv} with the columns that were filled, by the old tool's names (operations.md §9.1),
 * of type s or x; "provision_ts" is text in UTC. It is not kept. FALSE with @error ends the
 * reading. */
typedef gboolean (*PnOldRecordFunc) (GVariant *row, gpointer user_data, GError **error);

/* The records of rpi-sb-provisioner, version 1 (table rpi_sb_provisioner) or 2 (devices), in the
 * order in which they were made. Only reads; whatever else the database holds never runs.
 * PN_ERROR_INVALID_DATA, PN_ERROR_NOT_FOUND. */
gboolean
pn_old_records_read (const char *path, PnOldRecordFunc func, gpointer user_data, GError **error);

G_END_DECLS
