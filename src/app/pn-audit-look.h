/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "pn-audit-list.h"

G_BEGIN_DECLS

/* The words of the audit as the screen says them. A kind that is not known stays as it is. */
const char *pn_audit_look_what (const char *what);
/* All kinds that can be chosen, ended by NULL. (transfer container) */
const char **pn_audit_look_list (void);
/* Who did it, to what, what changed, and who else approved it: “anna · station-2: yes → no ·
 * approved by ben”. (transfer full) */
char *pn_audit_look_text (PnAuditItem *item);
/* The symbol of how it ended, its word and the style of both (NULL = that of other text). */
const char *pn_audit_look_icon (const char *result);
const char *pn_audit_look_result (const char *result);
const char *pn_audit_look_style (const char *result);

G_END_DECLS
