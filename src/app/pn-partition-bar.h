/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <adwaita.h>

#include "pn-image-report.h"

G_BEGIN_DECLS

/* The partitions of an image beside each other, as wide as they are large and filled as far as they
 * are used. */
#define PN_TYPE_PARTITION_BAR (pn_partition_bar_get_type ())
G_DECLARE_FINAL_TYPE (PnPartitionBar, pn_partition_bar, PN, PARTITION_BAR, AdwBin)

GtkWidget *pn_partition_bar_new (const PnImageReport *report);
/* "bootfs", or what it is where it has no label. */
char *pn_partition_bar_name (const PnReportPartition *partition);

G_END_DECLS
