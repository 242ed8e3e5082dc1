/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <adwaita.h>

#include "pn-client-bench-device.h"

G_BEGIN_DECLS

/* A virtual device on the bench: what it is, how it stands, and what one can do to it. */
#define PN_TYPE_BENCH_ROW (pn_bench_row_get_type ())
G_DECLARE_FINAL_TYPE (PnBenchRow, pn_bench_row, PN, BENCH_ROW, GtkListBoxRow)

GtkWidget *pn_bench_row_new (PnClientBenchDevice *device);

G_END_DECLS
