/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "pn-phase.h"

G_BEGIN_DECLS

/* Only the gadget, to whoever speaks fastboot over TCP: one connection after the other. The exit
 * status, when a host has shut it down. */
int
pn_serve_tcp (const char *folder, const char *serial, PnStorage kind, guint64 size, guint16 port);

G_END_DECLS
