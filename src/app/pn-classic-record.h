/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/* A record in the shape of the older tool's table `devices` (operations.md §9.1, and
 * pn_old_records_columns ()), for what reads its exports. @record: a{sv}. The result has the
 * columns that are known; the others stay empty. (transfer full) */
GVariant *pn_classic_record (GVariant *record, gboolean local_times);

G_END_DECLS
