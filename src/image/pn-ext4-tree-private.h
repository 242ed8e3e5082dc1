/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "pn-ext4-private.h"
#include "pn-ext4-tree.h"

G_BEGIN_DECLS

#define PN_EXT4_TREE_MAX_DEPTH 200

/* A file that is no folder, on the disk and in the file system. Each has a second name outside of
 * the tree for as long as it is worked on, so that its inode on the disk stays its own. */
typedef struct
{
  guint64 inode;     /* on the disk */
  ext2_ino_t number; /* in the file system */
  struct timespec changed;
  gboolean compared;
} PnExt4TreeFile;

struct _PnExt4Tree
{
  PnExt4 *fs; /* borrowed */
  char *root, *owners;
  int root_fd, links_fd;
  dev_t device;
  GHashTable *files;   /* inode on the disk → PnExt4TreeFile */
  GHashTable *numbers; /* those of the file system that are unpacked */
};

/* A name in a folder of the file system. */
typedef struct
{
  char *name;
  ext2_ino_t number;
  gboolean kept; /* it still is what it was */
} PnExt4Entry;
/* (element-type PnExt4Entry) without "." and "..", sorted by their bytes; NULL with *result. */
GPtrArray *pn_ext4_list_entries (PnExt4 *self, ext2_ino_t folder, errcode_t *result);

/* pn-ext4-edit.c: what libext2fs leaves to its callers. fs->now is the time that they write. */
/* A new inode that has no name yet; @folder is where it will be. @target: of a symbolic link. */
errcode_t pn_ext4_make_inode (PnExt4 *self,
                              ext2_ino_t folder,
                              guint32 mode,
                              guint64 device,
                              const char *target,
                              ext2_ino_t *number);
errcode_t pn_ext4_make_folder (PnExt4 *self, ext2_ino_t folder, const char *name);
/* Reads on, at most to the file's end (libext2fs knows the room of what lies in the inode, not how
 * much of it is used). */
errcode_t pn_ext4_read_on (ext2_file_t file, void *buffer, guint size, guint *got);
/* Gives an inode a name, and counts it; takes one away, and counts it. */
errcode_t pn_ext4_link (PnExt4 *self, ext2_ino_t folder, const char *name, ext2_ino_t number);
errcode_t pn_ext4_unlink (PnExt4 *self, ext2_ino_t folder, const char *name, ext2_ino_t number);
/* Of one that has no name any more. */
errcode_t pn_ext4_free_inode (PnExt4 *self, ext2_ino_t number);
/* Its content becomes that of @fd; capabilities go. */
errcode_t pn_ext4_write_file (PnExt4 *self, ext2_ino_t number, int fd);
errcode_t
pn_ext4_set_owner (PnExt4 *self, ext2_ino_t number, guint32 mode, guint32 uid, guint32 gid);
errcode_t pn_ext4_set_time (PnExt4 *self, ext2_ino_t number);

G_END_DECLS
