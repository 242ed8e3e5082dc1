/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

#define PN_PORT_RULES_FOLDER "usb-ports.d"
#define PN_PORT_RULES_MAX_FILE (64 * 1024) /* bytes */
#define PN_PORT_RULES_MAX_FILES 256        /* in a folder */

/* Which sockets may be touched (operations.md §4). A file NAME.conf holds a shell pattern a line,
 * matched against a socket's whole topology path ("1-1.2", "1-1.*"); white space and what follows a
 * "#" do not count. No pattern at all: every socket may be used. */

/* Adds the patterns of one file's @text to @patterns (char *). */
gboolean pn_port_rules_parse (const char *text, gsize size, GPtrArray *patterns, GError **error);
/* @patterns are NULL-terminated. */
gboolean pn_port_rules_match (const char *const *patterns, const char *port);

/* Reads the rules of @folders (NULL-terminated; one that is not there has none): a file masks files
 * of the same name in the folders behind, also when it is empty or a link to /dev/null. Transfer
 * full; NULL with @error where something is there that cannot be read: then nothing may be touched.
 */
GStrv pn_port_rules_read (const char *const *folders, GError **error);

G_END_DECLS
