/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "pn-page.h"

G_BEGIN_DECLS

/* Production orders: what is open, how far it is, and a new one. */
#define PN_TYPE_BATCHES_PAGE (pn_batches_page_get_type ())
G_DECLARE_FINAL_TYPE (PnBatchesPage, pn_batches_page, PN, BATCHES_PAGE, PnPage)

G_END_DECLS
