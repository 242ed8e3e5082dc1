/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "pn-client-batch.h"
#include "pn-page.h"

G_BEGIN_DECLS

/* One batch: how far it is, what it does to devices, what went wrong, pause and close. */
#define PN_TYPE_BATCH_PAGE (pn_batch_page_get_type ())
G_DECLARE_FINAL_TYPE (PnBatchPage, pn_batch_page, PN, BATCH_PAGE, PnPage)

PnPage *pn_batch_page_new (PnClientBatch *batch) G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
