/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* How a batch is getting on, from its records. */
typedef struct
{
  guint devices;    /* that were tried */
  guint first_time; /* of them, passed at the first try */
  double per_hour;  /* passed in the last hour, or since the batch began; 0 = not known */
  gint64 end;       /* unix µs, estimated; 0 = not known */
} PnBatchPace;

/* Pure. @records: aa{sv} of QueryRecords, in any order. @left: devices still to pass. */
PnBatchPace pn_batch_pace (GVariant *records, gint64 now, guint left);

G_END_DECLS
