/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "pn-callers.h"
#include "pn-station.h"

G_BEGIN_DECLS

/* Who may call what (pn-rules.h), asked in one place: a session's helper serves its own user, a
 * station's asks polkit. Nothing here waits; a call whose caller leaves is dropped. */
PnAuthority *pn_authority_new (PnStation *station, gboolean system);
void pn_authority_free (PnAuthority *self);
PnCallers *pn_authority_get_callers (PnAuthority *self); /* (transfer none) */

/* "g-authorize-method" of every interface; @station: the PnStation. */
gboolean pn_authority_authorize_cb (GDBusInterfaceSkeleton *skeleton,
                                    GDBusMethodInvocation *invocation,
                                    gpointer station);

/* Of a call that was allowed: whose it is; G_MAXUINT32 where the bus did not say. */
guint32 pn_authority_get_uid (GDBusMethodInvocation *invocation);
/* And who approved it as the second person; G_MAXUINT32 where none was asked. */
guint32 pn_authority_get_approver (GDBusMethodInvocation *invocation);
/* Whether what was allowed of an OpenBatch is what is about to begin; PN_ERROR_STALE. */
gboolean pn_authority_check_warrant (PnStation *station,
                                     GDBusMethodInvocation *invocation,
                                     PnManifest *manifest,
                                     GVariant *options,
                                     GError **error);

G_END_DECLS
