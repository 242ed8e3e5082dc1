/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/* What a station certifies of a device that passed: canonical JSON, made of the record @row (a{sv},
 * as of QueryRecords) and nothing else, so that it is the same each time. @station_key: the
 * fingerprint of the key that will sign these very bytes. PN_ERROR_INVALID_ARGUMENT where the run
 * did not pass. (transfer full) */
char *pn_certificate_write (GVariant *row, const char *station_key, GError **error);

G_END_DECLS
