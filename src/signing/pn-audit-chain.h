/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gio/gio.h>

#include "pn-digest.h"
#include "pn-station-key.h"

G_BEGIN_DECLS

/* How the entries of an audit hang together. An entry is one line of canonical JSON; its hash is
 * SHA-256 (hash of the one before, 32 bytes, zeros before the first ‖ the line); the station signs
 * "punnet-audit-1 NUMBER HASH\n" of each. So an entry that was changed, taken out, put in or moved
 * is the first one that does not fit, also where somebody hashed all of it anew. Who only has the
 * entries cannot know that there were more: that says a head, the number, hash and signature of an
 * entry that was kept elsewhere. Who has the station's key can write another audit, which only such
 * a head from before tells apart. */
PnSha256 pn_audit_chain_hash (const PnSha256 *before, const char *entry);
/* What is signed. (transfer full) */
char *pn_audit_chain_message (gint64 number, const PnSha256 *hash);

/* A head: canonical JSON, at most so many bytes. */
#define PN_AUDIT_HEAD_MAX 4096
typedef struct
{
  gint64 number; /* 0 = none */
  PnSha256 hash;
  GBytes *signature;
} PnAuditHead;
void pn_audit_head_clear (PnAuditHead *self);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (PnAuditHead, pn_audit_head_clear)
char *pn_audit_head_to_json (const PnAuditHead *self); /* (transfer full) */
/* PN_ERROR_INVALID_DATA. Whose it is pn_audit_head_verify () says. */
gboolean pn_audit_head_parse (PnAuditHead *self, const char *json, gsize size, GError **error);
gboolean pn_audit_head_verify (const PnAuditHead *self, const PnStationPublicKey *const *keys);

/* Looks at one entry after the other, from the first. */
typedef struct _PnAuditChecker PnAuditChecker;
/* @keys: the station's, at least one, ended by NULL, and @head, or NULL, are borrowed. */
PnAuditChecker *pn_audit_checker_new (const PnStationPublicKey *const *keys,
                                      const PnAuditHead *head);
void pn_audit_checker_free (PnAuditChecker *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (PnAuditChecker, pn_audit_checker_free)
/* FALSE with PN_ERROR_SIGNATURE at the first entry that is not as it was written; nothing after it
 * is worth looking at. @hash and @signature: hex. */
gboolean pn_audit_checker_feed (PnAuditChecker *self,
                                gint64 number,
                                const char *entry,
                                const char *hash,
                                const char *signature,
                                GError **error);
/* There are no more: FALSE where the head knows of some. */
gboolean pn_audit_checker_finish (PnAuditChecker *self, GError **error);
gint64 pn_audit_checker_get_count (PnAuditChecker *self);     /* that are good */
gint64 pn_audit_checker_get_first_bad (PnAuditChecker *self); /* 0 = none */

G_END_DECLS
