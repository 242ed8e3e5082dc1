/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "pn-virtual-device.h"

G_BEGIN_DECLS

/* A front end over the USB network redirection protocol (usbredir,
 * docs/usb-redirection-protocol.md): what happens on @device's cable happens at a port of the host
 * controller of a virtual machine, whose emulator connects to the socket at @path ("-device
 * usb-redir"), one at a time; the kernel in it cannot tell the difference. Main thread and its
 * default main context. @device has to be disposed of first. */
typedef struct _PnVirtualRedir PnVirtualRedir;
PnVirtualRedir *pn_virtual_redir_new (PnVirtualDevice *device, const char *path, GError **error);
void pn_virtual_redir_free (PnVirtualRedir *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (PnVirtualRedir, pn_virtual_redir_free)

G_END_DECLS
