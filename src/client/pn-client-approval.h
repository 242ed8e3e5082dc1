/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gio/gio.h>

#include "pn-second-person.h"

G_BEGIN_DECLS

/* A call that waits for a second person. Nothing of it changes; it leaves the list when it is
 * answered, expires, or who asked leaves. */
#define PN_TYPE_CLIENT_APPROVAL (pn_client_approval_get_type ())
G_DECLARE_FINAL_TYPE (PnClientApproval, pn_client_approval, PN, CLIENT_APPROVAL, GObject)

PnSecondPerson pn_client_approval_get_kind (PnClientApproval *self); /* 0 = not known here */
const char *pn_client_approval_get_user (PnClientApproval *self);
GVariant *pn_client_approval_get_values (PnClientApproval *self); /* (transfer none) a{sv} */
gint64 pn_client_approval_get_expires (PnClientApproval *self);   /* monotonic time, µs */
guint pn_client_approval_get_seconds (PnClientApproval *self);    /* that are left; rounded up */
/* This user asked: he may withdraw it, and others may answer it. And this very connection did. */
gboolean pn_client_approval_is_own (PnClientApproval *self);
gboolean pn_client_approval_is_from_here (PnClientApproval *self);

void pn_client_approval_approve_async (PnClientApproval *self,
                                       GCancellable *cancellable,
                                       GAsyncReadyCallback callback,
                                       gpointer user_data);
void pn_client_approval_refuse_async (PnClientApproval *self,
                                      const char *reason,
                                      GCancellable *cancellable,
                                      GAsyncReadyCallback callback,
                                      gpointer user_data);
void pn_client_approval_withdraw_async (PnClientApproval *self,
                                        GCancellable *cancellable,
                                        GAsyncReadyCallback callback,
                                        gpointer user_data);
/* Of all three. */
gboolean
pn_client_approval_call_finish (PnClientApproval *self, GAsyncResult *result, GError **error);

G_END_DECLS
