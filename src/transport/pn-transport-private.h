/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "pn-transport.h"

G_BEGIN_DECLS

/* What the kinds of transport share. */
PnIdentity *pn_transport_take_identity (PnTransport *self, PnIdentity *identity);
/* Fills the interface and endpoint fields from a configuration descriptor (USB 2.0, §9.6); chooses
 * the vendor interface as rpiboot.md §3.1 and fastboot.md §2.2 say. Pure. */
gboolean
pn_identity_parse_configuration (PnIdentity *self, const guint8 *data, gsize size, GError **error);
/* And the device's own 18 bytes. Pure. */
gboolean
pn_identity_parse_device (PnIdentity *self, const guint8 *data, gsize size, GError **error);

G_END_DECLS
