/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "pn-virtual-device.h"

G_BEGIN_DECLS

/* Plugs @device into the helper that owns @bus_name, as the slot @slot. Waits for its answer. */
gboolean pn_plug_into (PnVirtualDevice *device,
                       GDBusConnection *bus,
                       const char *bus_name,
                       const char *slot,
                       GError **error);

G_END_DECLS
