/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "pn-partition-table.h" /* PnReadFunc */
#include "pn-runs.h"

G_BEGIN_DECLS

/* A file of a FAT file system, or one to be put into one. Folders exist as path components. */
typedef struct
{
  char *path; /* "overlays/disable-bt.dtbo"; UTF-8, '/' between components, no leading '/' */
  GBytes *content;
  gint64 mtime; /* unix seconds; -1 = the fixed date */
} PnFatFile;
PnFatFile *pn_fat_file_new (const char *path, GBytes *content);
void pn_fat_file_free (PnFatFile *self);

/* Reader: FAT12, 16 and 32; every number checked against @size. */
typedef struct _PnFat PnFat;
PnFat *pn_fat_open (PnReadFunc read, gpointer user_data, guint64 size, GError **error);
PnFat *pn_fat_open_fd (int fd, guint64 offset, guint64 size, GError **error); /* fd borrowed */
void pn_fat_free (PnFat *self);
char *pn_fat_get_label (PnFat *self);
guint pn_fat_get_bits (PnFat *self);
guint32 pn_fat_get_volume_id (PnFat *self);
/* (element-type PnFatFile) all files, contents read; PN_ERROR_NO_SPACE over @max_total bytes. */
GPtrArray *pn_fat_read_all (PnFat *self, guint64 max_total, GError **error);
/* Names in the top folder, sorted; no content is read. */
char **pn_fat_list (PnFat *self, GError **error);
GBytes *pn_fat_read_file (PnFat *self, const char *path, gsize max, GError **error);
/* TRUE for blocks (4096) that hold anything: reserved area, FATs, root directory, used clusters. */
PnRuns *pn_fat_used_runs (PnFat *self, int fd, guint64 offset, GError **error);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (PnFat, pn_fat_free)

/* Writer. Deterministic: same files and parameters, same bytes. */
typedef struct
{
  guint64 size; /* bytes of the file system; 0 = as small as it can be */
  guint n_fats; /* 1 or 2 */
  gboolean force_fat32;
  guint sectors_per_cluster; /* 1 for what the boot loader reads; 0 = choose */
  const char *label;         /* "BOOT" */
  guint32 volume_id;
} PnFatParameters;
/* As runs (used part only as DATA; the rest of the FAT as FILL 0, free clusters as SKIP). Contents
 * are referenced, not copied. PN_ERROR_NO_SPACE. */
PnRuns *pn_fat_build (GPtrArray *files, const PnFatParameters *parameters, GError **error);
GBytes *pn_fat_build_bytes (GPtrArray *files, const PnFatParameters *parameters, GError **error);

G_END_DECLS
