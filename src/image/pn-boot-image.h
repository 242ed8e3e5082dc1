/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "pn-fat.h"
#include "pn-phase.h"

G_BEGIN_DECLS

#define PN_BOOT_IMAGE_SOFT_LIMIT (128 * 1024 * 1024) /* image-preparation.md §5 */

/* The file with this name, as FAT compares names; NULL where there is none. */
PnFatFile *pn_boot_find_file (GPtrArray *files, const char *path);
/* Refuses files that cannot become a boot.img: signed already, or without a 64-bit kernel that the
 * firmware would choose, or without that firmware. @chosen: TRUE where config.txt chooses the
 * kernel itself (kernel=, os_prefix=), so that nobody can tell here what the firmware will take. */
gboolean pn_boot_files_check (GPtrArray *files, PnChip chip, gboolean *chosen, GError **error);

/* Edits of text files on the boot partition; pure, input untouched. */
GBytes *pn_cmdline_edit (GBytes *text, GError **error); /* image-preparation.md §4.1 BETTER */
GBytes *pn_config_edit (GBytes *text, GError **error);  /* §4.2 BETTER: [all], initramfs, lock */
/* §4.3: '/' from /dev/mapper/cryptroot, /boot/firmware from LABEL=BOOT; originals commented out. */
GBytes *pn_fstab_edit (GBytes *text, GError **error);

/* Which top-level files a chip's boot.img does not need. */
gboolean pn_boot_image_wants (PnChip chip, const char *path);
/* boot.img: FAT, label BOOT, one FAT copy, 1 sector per cluster, as small as possible. @dropped
 * (nullable) gets the names left out. */
GBytes *pn_boot_image_build (GPtrArray *files, PnChip chip, GPtrArray *dropped, GError **error);

G_END_DECLS
