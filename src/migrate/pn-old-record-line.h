/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/* A record of rpi-sb-provisioner (pn-old-records.h) as a station of ours would have exported it,
 * one line of JSON (records/pn-record-line.h). What only that tool knows is in the evidence, under
 * its own names; what it only intended counts for nothing that was read back. PN_ERROR_INVALID_DATA
 * where it has no time or no serial number. (transfer full) */
char *pn_old_record_to_line (GVariant *record, GError **error);

G_END_DECLS
