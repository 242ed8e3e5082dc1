/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "pn-audit-chain.h"
#include "pn-records.h"

G_BEGIN_DECLS

/* Who did what: every decision, authorisation, override, export and change of a setting. The
 * entries are chained and signed one by one (signing/pn-audit-chain.h), in the file of the records;
 * the newest one's head lies beside it, so that entries that are missing at the end are missed. */
#define PN_AUDIT_HEAD_FILE "audit.head"
#define PN_AUDIT_MAX_TEXT 1000     /* bytes of a text, which is cut there */
#define PN_AUDIT_MAX_DETAILS 65536 /* bytes as JSON */

/* The station's key and the audit's head are in @folder, made at first use. Entries that the head
 * knows of and the file does not have stay missing: the next one has the number after them. */
gboolean pn_audit_open (PnRecords *self, const char *folder, GError **error);
/* Called with the newest entry's number whenever there is another one for good. */
typedef void (*PnAuditGrownFunc) (gint64 number, gpointer user_data);
void pn_audit_set_grown (PnRecords *self, PnAuditGrownFunc grown, gpointer user_data);
gint64 pn_audit_get_number (PnRecords *self); /* of the newest entry; 0 = none */
/* The station's public key, PEM; and for signing what is exported. */
PnStationKey *pn_audit_get_key (PnRecords *self);

typedef struct
{
  guint32 uid;
  const char *who;    /* their name; a program's own doing: "punnetd" */
  const char *what;   /* a word: "override-add" */
  const char *object; /* what it was done to: a name, a number, a digest; "" = the station */
  const char *before, *after; /* nullable */
  const char *result;         /* "done", "refused" or "failed" */
  GVariant *details;          /* a{sv}; a floating one is taken; NULL = nothing more */
} PnAuditEntry;

/* The entry's number once it is kept, with the transaction that is open or at once; 0 with @error:
 * then what it tells of must not be done. */
gint64 pn_audit_add (PnRecords *self, const PnAuditEntry *entry, GError **error);

/* Entries as aa{sv}, as of QueryAudit (org.punnet.Provisioner1.xml). NULL with @error. (transfer
 * full) */
GVariant *
pn_audit_query (PnRecords *self, guint offset, guint limit, GVariant *options, GError **error);

/* Looks at every entry in the file @path of somebody's records, which is only read. @head:
 * nullable.
 * *@count: the entries that are good, *@first_bad: the first one that is not, or 0. FALSE with
 * PN_ERROR_SIGNATURE where there is one. */
gboolean pn_audit_verify_file (const char *path,
                               const PnStationPublicKey *const *keys,
                               const PnAuditHead *head,
                               gint64 *count,
                               gint64 *first_bad,
                               GError **error);

G_END_DECLS
