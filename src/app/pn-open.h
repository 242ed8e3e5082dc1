/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/* Opens the file or folder @path to read, in a thread: a disc may be slow. @source is kept until
 * @callback, which has to call pn_open_finish (). */
void pn_open_async (GObject *source, const char *path, GAsyncReadyCallback callback, gpointer data);
/* A descriptor, to close; -1 with @error. */
int pn_open_finish (GAsyncResult *result, GError **error);

G_END_DECLS
