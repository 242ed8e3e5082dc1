/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <adwaita.h>

#include "pn-audit-list.h"

G_BEGIN_DECLS

/* An entry of the audit in a list. Property "item". */
#define PN_TYPE_AUDIT_LINE (pn_audit_line_get_type ())
G_DECLARE_FINAL_TYPE (PnAuditLine, pn_audit_line, PN, AUDIT_LINE, AdwBin)

G_END_DECLS
