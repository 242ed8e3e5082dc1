/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "pn-runs.h"

G_BEGIN_DECLS

#define PN_LAYOUT_GRAIN (4u * 1024 * 1024) /* bytes: alignment of oem partapp, fastboot.md §9.4 */
#define PN_LAYOUT_LUKS_HEADER (16u * 1024 * 1024) /* bytes: libcryptsetup's data offset, §9.5 */

/* Where things will lie on an encrypted disk (workflows.md §9.1): a DOS table, the boot partition
 * behind the first grain, and a LUKS partition to the end. All in bytes. */
typedef struct
{
  guint64 disk_size;
  guint64 boot_offset;
  guint64 boot_size;
  guint64 crypt_offset;
  guint64 crypt_size;
  guint64 root_size; /* inside the LUKS container */
} PnLayout;

/* Predicts the layout of a disk of @disk_size bytes. PN_ERROR_NO_SPACE where less than
 * @minimum_root bytes are left for the root. */
gboolean pn_layout_compute (guint64 disk_size,
                            guint64 boot_partition_size,
                            guint64 minimum_root,
                            PnLayout *layout,
                            GError **error);

/* Zeros over whatever could be mistaken for something (workflows.md H-1): the first 4 MiB, the
 * first MiB of each partition to come, the last MiB. @starts: bytes, ascending. */
PnRuns *pn_layout_wipe_runs (guint64 disk_size, const guint64 *starts, guint n_starts);

G_END_DECLS
