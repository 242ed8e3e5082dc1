/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "pn-audit.h"
#include "pn-station.h"

G_BEGIN_DECLS

/* What callers do, in the audit: told before it is done, so that nothing is done that it does not
 * tell of. uid and who are the caller's; a result of NULL is "done". FALSE: do not do it. */
gboolean pn_station_audit (PnStation *station,
                           GDBusMethodInvocation *invocation,
                           PnAuditEntry entry,
                           GError **error);
/* It was not done after all, because of @why: tells that, too. */
void pn_station_audit_failed (PnStation *station,
                              GDBusMethodInvocation *invocation,
                              PnAuditEntry entry,
                              const GError *why);
/* Somebody may not ask for this. From any thread; at most so many are told in an hour. */
#define PN_STATION_MAX_REFUSALS 100
void
pn_station_audit_refused (PnStation *station, guint32 uid, const char *method, const char *object);
/* The user's name, or the number. (transfer full) */
char *pn_station_name_user (guint32 uid);

/* Connects QueryAudit and NoteExport, and keeps AuditNumber. */
void pn_station_audit_connect (PnStation *station);

G_END_DECLS
