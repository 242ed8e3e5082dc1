/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <adwaita.h>

#include "pn-client.h"

G_BEGIN_DECLS

typedef enum
{
  PN_MERGE_WAITING, /* to be looked at */
  PN_MERGE_LOOKING, /* what would be */
  PN_MERGE_READY,
  PN_MERGE_TAKING,
  PN_MERGE_TAKEN,
  PN_MERGE_FAILED,
} PnMergeState;

/* A file of another station's records: what is new in it, the same, and different; and its taking
 * over. Signal "changed": the state is another. */
#define PN_TYPE_MERGE_ROW (pn_merge_row_get_type ())
G_DECLARE_FINAL_TYPE (PnMergeRow, pn_merge_row, PN, MERGE_ROW, AdwExpanderRow)

GtkWidget *pn_merge_row_new (PnClient *client, const char *path);
PnMergeState pn_merge_row_get_state (PnMergeRow *self);
guint pn_merge_row_get_new (PnMergeRow *self); /* that would be, or were, taken over */
/* The station takes one file at a time. */
void pn_merge_row_look (PnMergeRow *self); /* of one that waits */
void pn_merge_row_take (PnMergeRow *self); /* of one that is ready */

G_END_DECLS
