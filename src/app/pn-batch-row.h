/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <adwaita.h>

#include "pn-client-batch.h"

G_BEGIN_DECLS

/* A batch in a list. Property "batch". */
#define PN_TYPE_BATCH_ROW (pn_batch_row_get_type ())
G_DECLARE_FINAL_TYPE (PnBatchRow, pn_batch_row, PN, BATCH_ROW, AdwBin)

GtkWidget *pn_batch_row_new (PnClientBatch *batch);

typedef enum
{
  PN_BATCH_OPEN,
  PN_BATCH_PAUSED,
  PN_BATCH_COMPLETE, /* all its devices have passed */
  PN_BATCH_CLOSED,
} PnBatchLook;
PnBatchLook pn_batch_get_look (PnClientBatch *batch);
const char *pn_batch_look_to_label (PnBatchLook look); /* translated */
const char *pn_batch_look_to_icon (PnBatchLook look);
const char *pn_batch_look_to_style (PnBatchLook look);
/* What stands for the batch: its reference, or else its recipe. */
const char *pn_batch_get_title (PnClientBatch *batch);
char *pn_batch_format_count (PnClientBatch *batch); /* “3 of 4 passed” */
/* The slots by the names their owner gave them: “every slot”. */
char *pn_batch_format_slots (const char *const *slots);

G_END_DECLS
