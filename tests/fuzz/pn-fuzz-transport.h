/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "pn-transport.h"

G_BEGIN_DECLS

/* A device that says what the input says and takes all it is sent. Each message of the input is a
 * little-endian 16-bit length and so many bytes; after the last the device has left the bus. */
#define PN_TYPE_FUZZ_TRANSPORT (pn_fuzz_transport_get_type ())
G_DECLARE_FINAL_TYPE (PnFuzzTransport, pn_fuzz_transport, PN, FUZZ_TRANSPORT, PnTransport)

/* @data is borrowed. */
PnTransport *pn_fuzz_transport_new (const guint8 *data, gsize size);

G_END_DECLS
