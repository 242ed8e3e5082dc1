/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "pn-callers.h"
#include "pn-second-person.h"
#include "pn-station.h"

G_BEGIN_DECLS

/* Calls that wait for a second person, each an object on the bus while it does. Main thread only.
 */
typedef struct _PnApprovals PnApprovals;

PnApprovals *pn_approvals_new (PnStation *station);
void pn_approvals_free (PnApprovals *self);

/* Called once. @why: why it was not approved, or NULL: then @approver has, and FALSE with @error is
 * what he is told where nothing could be done any more. */
typedef gboolean (*PnApprovalFunc) (guint32 approver,
                                    const GError *why,
                                    gpointer user_data,
                                    GError **error);
/* Shows @matter (pn-matter.h) to others and waits for their answer, for PN_SECOND_PERSON_LIMIT, and
 * for no longer than @caller is on the bus. FALSE with @error where it is not asked: PN_ERROR_BUSY
 * where too many wait. */
gboolean pn_approvals_ask (PnApprovals *self,
                           PnCaller *caller,
                           const char *method,
                           PnSecondPerson kind,
                           GVariant *matter,
                           PnApprovalFunc answered,
                           gpointer user_data,
                           GError **error);
/* Whether the user @uid may make this call of an Approval, before he is asked for a password:
 * PN_ERROR_PERMISSION, PN_ERROR_STALE, PN_ERROR_NOT_FOUND. What he would approve is in @requester
 * (a user's name) and @summary, both (transfer full). */
gboolean pn_approvals_check_answer (PnApprovals *self,
                                    GDBusMethodInvocation *invocation,
                                    guint32 uid,
                                    char **requester,
                                    char **summary,
                                    GError **error);
/* The helper ends: none of them is approved. */
void pn_approvals_end_all (PnApprovals *self);

/* Connects SetSecondPerson, and shows what is set. */
void pn_approvals_connect (PnStation *station);

G_END_DECLS
