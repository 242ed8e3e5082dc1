/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* Makes @folder and takes it for this process alone: one helper for a state folder, on whatever
 * bus. Whoever ends just now may hold it a little longer than his name on the bus; he is waited
 * for,
 * @patience ms. The descriptor that holds it, to close; -1 with PN_ERROR_BUSY where another helper
 * keeps it, or what the folder said. */
int pn_state_lock (const char *folder, guint patience, GError **error);

G_END_DECLS
