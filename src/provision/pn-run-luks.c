/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Is the storage really encrypted? That “oem cryptinit” answered OKAY is no proof, and what comes
 * back through a mapping is the same whether or not anything is encrypted below it. So the device
 * reads the head of the partition back by its block map (fastboot.md §9.8): a map's blocks may be
 * as small as the fields of a LUKS2 header whose contents are known, and the head of the partition
 * was zeros before (pn_layout_wipe_runs ()). */
#include "config.h"

#include <string.h>

#include "pn-run-private.h"

#define FIELD_SIZE 8 /* bytes: a block of the map */
#define LABEL_OFFSET 24
#define LABEL_SIZE 48

static PnBmapRange
range_of (const void *data, guint32 offset, guint32 size)
{
  PnBmapRange range = { .first_block = offset / FIELD_SIZE,
                        .last_block = (offset + size) / FIELD_SIZE - 1 };
  PnSha256 digest = pn_sha256 (data, size);

  memcpy (range.sha256, digest.bytes, sizeof range.sha256);
  return range;
}

gboolean
pn_run_check_luks (PnRunContext *self, const char *node, const char *label, GError **error)
{
  static const guint8 magic[FIELD_SIZE] = { 'L', 'U', 'K', 'S', 0xba, 0xbe, 0, 2 /* version */ };
  char name[LABEL_SIZE] = { 0 };
  PnBmapRange ranges[2];

  g_return_val_if_fail (strlen (label) < sizeof name, FALSE);
  (void) g_strlcpy (name, label, sizeof name);
  ranges[0] = range_of (magic, 0, sizeof magic);
  ranges[1] = range_of (name, LABEL_OFFSET, sizeof name);
  if (pn_run_compare (self, node, FIELD_SIZE, ranges, G_N_ELEMENTS (ranges), NULL, NULL, error))
    return TRUE;
  pn_prefix_error (error, "The device says that it encrypted its storage, but there is no LUKS2 "
                          "header");
  return FALSE;
}
