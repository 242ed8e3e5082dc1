/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/* Which helper a client speaks to. */
typedef enum
{
  PN_CLIENT_BUS_AUTOMATIC, /* the station's where the system bus has or can start one, else … */
  PN_CLIENT_BUS_SYSTEM,
  PN_CLIENT_BUS_SESSION, /* … the user's own */
} PnClientBus;

/* The bus on which the helper @name is to be spoken to; it need not be there. Errors are PN_ERROR.
 */
void pn_client_bus_choose_async (PnClientBus wish,
                                 const char *name,
                                 GCancellable *cancellable,
                                 GAsyncReadyCallback callback,
                                 gpointer user_data);
GDBusConnection *pn_client_bus_choose_finish (GAsyncResult *result, GError **error);
/* The same for who may wait. */
GDBusConnection *pn_client_bus_choose (PnClientBus wish, const char *name, GError **error);
/* It leads to a station's helper, which may have to ask a person before it answers. */
gboolean pn_client_bus_is_system (GDBusConnection *bus);

G_END_DECLS
