/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* Where one rehearsal keeps what it makes. As long as its descriptor is open it is in use; one that
 * a window left behind is removed when the next one is made. Blocking; any thread. */

/* A new folder in the user's cache: a descriptor that holds it, or -1. */
int pn_rehearsal_folder_make (char **path, GError **error);

G_END_DECLS
