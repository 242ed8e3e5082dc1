/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/* Has @bus_name started by the @bus, or where it has no service of that name, runs @command
 * (nullable) in a session of its own, so that it outlives us. Ends with TRUE when the bus says that
 * it is there, with an error when it cannot be started or the program ends; with a program that
 * stays it does not end before it is cancelled, and the program goes on. */
void pn_client_start_helper_async (GBusType bus,
                                   const char *bus_name,
                                   const char *const *command,
                                   GCancellable *cancellable,
                                   GAsyncReadyCallback callback,
                                   gpointer user_data);
gboolean pn_client_start_helper_finish (GAsyncResult *result, GError **error);

/* Runs a program that gets SIGTERM when this process ends, however it does. Main thread only. */
GSubprocess *pn_client_spawn_child (const char *const *command, GError **error);

G_END_DECLS
