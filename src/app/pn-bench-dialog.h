/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "pn-client-bench.h"
#include "pn-dialog.h"

G_BEGIN_DECLS

/* Asks what a new virtual device is like; or which faults one has. */
#define PN_TYPE_BENCH_DIALOG (pn_bench_dialog_get_type ())
G_DECLARE_FINAL_TYPE (PnBenchDialog, pn_bench_dialog, PN, BENCH_DIALOG, PnDialog)

PnDialog *pn_bench_dialog_new (PnClientBench *bench) G_GNUC_WARN_UNUSED_RESULT;
PnDialog *pn_bench_dialog_new_faults (PnClientBenchDevice *device) G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
