/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "pn-page.h"

G_BEGIN_DECLS

/* Reference, recipe, quantity, slots, how devices start. Leads to the ready-to-burn page where
 * something becomes permanent. */
#define PN_TYPE_NEW_BATCH_PAGE (pn_new_batch_page_get_type ())
G_DECLARE_FINAL_TYPE (PnNewBatchPage, pn_new_batch_page, PN, NEW_BATCH_PAGE, PnPage)

PnPage *pn_new_batch_page_new (void) G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
