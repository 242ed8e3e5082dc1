/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "pn-page.h"

G_BEGIN_DECLS

/* The practice bench: virtual devices to plug in and pull out. */
#define PN_TYPE_BENCH_PAGE (pn_bench_page_get_type ())
G_DECLARE_FINAL_TYPE (PnBenchPage, pn_bench_page, PN, BENCH_PAGE, PnPage)

G_END_DECLS
