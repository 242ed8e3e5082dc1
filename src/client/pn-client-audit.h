/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "pn-audit-chain.h"
#include "pn-client.h"
#include "pn-dbus.h"

G_BEGIN_DECLS

/* Reading a helper's whole audit, as it was signed, from the oldest entry on. All block: for
 * threads and for programs that may wait. */

/* FALSE with @error where the helper does not answer, or where @func said so. */
typedef struct
{
  gint64 number;
  const char *entry, *hash, *signature; /* never NULL */
} PnAuditRaw;
typedef gboolean (*PnAuditRawFunc) (const PnAuditRaw *raw, gpointer user_data, GError **error);
gboolean pn_audit_read_all (PnDbusManager *manager,
                            PnAuditRawFunc func,
                            gpointer user_data,
                            GCancellable *cancellable,
                            GError **error);

/* What looking at all of it came to. */
typedef struct
{
  gint64 count;     /* entries that are good */
  gint64 first_bad; /* 0 = none */
  gint64 last_time; /* unix time in µs of the last good one; 0 = none */
} PnAuditProof;
/* @keys and @head as of pn_audit_checker_new (). FALSE with @error: PN_ERROR_SIGNATURE where an
 * entry is not as it was written. */
gboolean pn_audit_verify_helper (PnDbusManager *manager,
                                 const PnStationPublicKey *const *keys,
                                 const PnAuditHead *head,
                                 PnAuditProof *proof,
                                 GCancellable *cancellable,
                                 GError **error);

/* A line for each entry: number, hash, signature, entry, with tabs between them. NULL with @error.
 * @count: nullable. (transfer full) */
GBytes *
pn_audit_export (PnDbusManager *manager, guint *count, GCancellable *cancellable, GError **error);
/* The newest entry's, which nobody has looked at. */
gboolean pn_audit_read_head (PnDbusManager *manager, PnAuditHead *head, GError **error);

/* ---- the same for a window: in a thread ---- */

/* With the station's own key. What it came to is in @proof also where it is not whole. */
void pn_client_verify_audit_async (PnClient *self,
                                   GCancellable *cancellable,
                                   GAsyncReadyCallback callback,
                                   gpointer user_data);
gboolean pn_client_verify_audit_finish (PnClient *self,
                                        GAsyncResult *result,
                                        PnAuditProof *proof,
                                        GError **error);
/* What is saved of it. */
typedef enum
{
  PN_AUDIT_SAVE_ENTRIES, /* pn_audit_export () */
  PN_AUDIT_SAVE_HEAD,    /* the newest entry's, JSON */
  PN_AUDIT_SAVE_KEY,     /* the station's public key, PEM */
} PnAuditSave;
/* Into the file @path, which is replaced; entries are told of as an export. */
void pn_client_save_audit_async (PnClient *self,
                                 PnAuditSave what,
                                 const char *path,
                                 GCancellable *cancellable,
                                 GAsyncReadyCallback callback,
                                 gpointer user_data);
gboolean pn_client_save_audit_finish (PnClient *self, GAsyncResult *result, GError **error);

G_END_DECLS
