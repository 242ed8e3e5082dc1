/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gio/gio.h>

#include "pn-gadget.h"
#include "pn-phase.h"

G_BEGIN_DECLS

/* A disk in a real file: real partition table (libfdisk), real LUKS2 headers (libcryptsetup),
 * AES-XTS in user space for an opened volume. Nodes are named as below /dev: "mmcblk0",
 * "mmcblk0p1", "mapper/cryptroot". Exclusive opens as the kernel's: a disk whose partition is
 * mapped is busy. Thread safe. */

/* @path is made with @size bytes when missing; else its size counts. @identifier: what the
 * passphrase is derived from, trailing newline included (CID or NVMe serial). */
PnVirtualStorage *pn_virtual_storage_open (
    const char *path, PnStorage kind, guint64 size, const char *identifier, GError **error);
void pn_virtual_storage_close (PnVirtualStorage *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (PnVirtualStorage, pn_virtual_storage_close)
/* 64 hex digits: HMAC-SHA256 (device key, identifier): image-preparation.md §7.1. For tests too. */
char *pn_virtual_storage_passphrase (const guint8 *device_key, const char *identifier);
const char *pn_virtual_storage_get_disk (PnVirtualStorage *self); /* "mmcblk0" */
const char *pn_virtual_storage_get_identifier (PnVirtualStorage *self);

G_END_DECLS
