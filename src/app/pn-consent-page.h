/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "pn-batch-plan.h"
#include "pn-page.h"

G_BEGIN_DECLS

/* Ready to burn: what was checked, what becomes permanent in each device, and the one consent of a
 * batch. The last group of the key's fingerprint is typed: that proves that somebody looked at the
 * right key. */
#define PN_TYPE_CONSENT_PAGE (pn_consent_page_get_type ())
G_DECLARE_FINAL_TYPE (PnConsentPage, pn_consent_page, PN, CONSENT_PAGE, PnPage)

PnPage *pn_consent_page_new (PnBatchPlan *plan) G_GNUC_WARN_UNUSED_RESULT;
/* Every check has passed. */
gboolean pn_consent_page_is_checked (PnConsentPage *self);

G_END_DECLS
