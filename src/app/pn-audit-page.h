/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "pn-audit-list.h"
#include "pn-page.h"

G_BEGIN_DECLS

/* Who did what at the station, whether all of it is as it was written, and taking it elsewhere. */
#define PN_TYPE_AUDIT_PAGE (pn_audit_page_get_type ())
G_DECLARE_FINAL_TYPE (PnAuditPage, pn_audit_page, PN, AUDIT_PAGE, PnPage)

PnPage *pn_audit_page_new (void) G_GNUC_WARN_UNUSED_RESULT;
PnAuditList *pn_audit_page_get_list (PnAuditPage *self); /* (transfer none) */
/* "gone", "connecting", "none" (nothing fits) or "list". */
const char *pn_audit_page_get_shown (PnAuditPage *self);
/* Saves the entries, without asking where to. */
void pn_audit_page_save (PnAuditPage *self, const char *path);

G_END_DECLS
