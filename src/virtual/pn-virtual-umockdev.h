/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <umockdev.h>

#include "pn-virtual-device.h"

G_BEGIN_DECLS

/* A USB bus that real libusb and real libgudev see, in a process that runs under umockdev-wrapper;
 * virtual devices are plugged into its ports. One owner; devices have to go first. */
typedef struct _PnVirtualBus PnVirtualBus;
PnVirtualBus *pn_virtual_bus_new (GError **error);
void pn_virtual_bus_free (PnVirtualBus *self);
/* What happens on @device's cable from now on happens at port "1-@port". */
void pn_virtual_bus_connect (PnVirtualBus *self, PnVirtualDevice *device, guint port);
/* What the kernel lends to all transfers that are not reaped yet, from now on: @memory bytes (16
 * MiB where it was not set); one that does not fit is refused. Returns the most that was lent at
 * once since the last call. */
gsize pn_virtual_bus_set_memory (PnVirtualBus *self, gsize memory);
/* Somebody else's device, a memory stick, is plugged into port "1-@port", and stays there. */
void pn_virtual_bus_add_stick (PnVirtualBus *self, guint port);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (PnVirtualBus, pn_virtual_bus_free)

G_END_DECLS
