/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "pn-station.h"

G_BEGIN_DECLS

/* Exactly what a second person is asked to approve: a{sv} as of Approval.Values. It is made when he
 * is asked and again when he has answered: what differs then was not approved. @manifest: of an
 * OpenBatch, else NULL. NULL with @error where the call makes no sense, so that nobody is asked
 * about it. (transfer full) */
GVariant *pn_matter_new (PnStation *station,
                         GDBusMethodInvocation *invocation,
                         PnManifest *manifest,
                         GError **error);
/* PN_ERROR_STALE unless @now (NULL: it makes no sense any more) is the same. */
gboolean pn_matter_check (GVariant *matter, GVariant *now, GError **error);
/* "recipe: Gate, count: 4, …": for the window that asks for the password. (transfer full) */
char *pn_matter_to_text (GVariant *matter);

G_END_DECLS
