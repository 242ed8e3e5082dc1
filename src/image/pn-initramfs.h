/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "pn-ext4.h"

G_BEGIN_DECLS

/* What the pre-boot system loads to unlock the storage: names and aliases, NULL at the end. */
extern const char *const pn_initramfs_modules[];

/* The pre-boot initramfs with the modules of every kernel in the image (image-preparation.md §6.2).
 * @base: cpio newc, plain or compressed. @modules: names or crypto aliases, NULL = the default
 * list.
 * @disk: "mmcblk0" or "nvme0n1". Missing modules and an image without kernels are errors that name
 * the kernel and the module. Result: newc, zstd, fixed times. @kernels (nullable) gets the
 * versions. */
GBytes *pn_initramfs_build (GBytes *base,
                            PnExt4 *root,
                            const char *const *modules,
                            const char *disk,
                            GPtrArray *kernels,
                            GCancellable *cancellable,
                            GError **error);

G_END_DECLS
