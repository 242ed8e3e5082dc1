/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "pn-ext4.h"
#include "pn-fat.h"
#include "pn-partition-table.h"

G_BEGIN_DECLS

/* A gold master, opened read-only and understood: one FAT boot and one ext4 root partition. */
typedef struct
{
  int fd;                  /* owned */
  guint64 size;            /* bytes */
  PnPartitionTable *table; /* owned */
  const PnPartition *boot; /* FAT with config.txt */
  const PnPartition *root; /* ext4 with /etc */
  char *os_release;        /* PRETTY_NAME or NULL */
} PnImage;

/* Refuses, each with one sentence that says what was found, what was expected and what to do:
 * compressed or sparse files, empty or truncated, no table, no boot partition, several, no root, a
 * root that is dirty, damaged or not ext4. */
PnImage *pn_image_open (const char *path, gboolean check, GError **error);
PnImage *pn_image_open_fd (int fd, gboolean check, GError **error); /* takes a duplicate */
void pn_image_free (PnImage *self);
/* "changed while it was read" unless device, inode, size, mtime and ctime are as at opening. */
gboolean pn_image_check_unchanged (PnImage *self, GError **error);
/* The whole disk for mode naked: table areas and gaps as needed, FAT and ext4 by used blocks. @boot
 * and @root (nullable): what these partitions are instead, not longer than they are. */
PnRuns *pn_image_disk_runs (PnImage *self, PnRuns *boot, PnRuns *root, GError **error);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (PnImage, pn_image_free)

G_END_DECLS
