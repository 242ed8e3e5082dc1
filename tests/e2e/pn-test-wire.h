/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "pn-transport.h"

G_BEGIN_DECLS

/* What a message to a device does, told by its bytes alone: rpiboot.md, eeprom.md §9, fastboot.md
 * §9. The engine's own names for what it does are not asked. */
typedef enum
{
  PN_WIRE_READS,     /* changes nothing that outlives a reset */
  PN_WIRE_WRITES,    /* EEPROM or storage; "flash:mmcblk0", "pieeprom.bin" */
  PN_WIRE_PERMANENT, /* a fuse: "customer-key", or whatever is not known */
  PN_WIRE_SERVED,    /* a file went out whole; its SHA-256 in hexadecimal digits */
} PnTestWireKind;
/* Called before the message goes out (SERVED: after it). */
typedef void (*PnTestWireFunc) (PnTestWireKind kind, const char *what, gpointer user_data);

/* A transport that listens to what goes through it. References @below. */
#define PN_TYPE_TEST_WIRE (pn_test_wire_get_type ())
G_DECLARE_FINAL_TYPE (PnTestWire, pn_test_wire, PN, TEST_WIRE, PnTransport)
PnTransport *pn_test_wire_new (PnTransport *below, PnTestWireFunc func, gpointer user_data);

G_END_DECLS
