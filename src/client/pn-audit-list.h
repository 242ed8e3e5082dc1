/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "pn-client.h"

G_BEGIN_DECLS

/* An entry of a helper's audit. Nothing of it changes. */
#define PN_TYPE_AUDIT_ITEM (pn_audit_item_get_type ())
G_DECLARE_FINAL_TYPE (PnAuditItem, pn_audit_item, PN, AUDIT_ITEM, GObject)
gint64 pn_audit_item_get_number (PnAuditItem *self);
gint64 pn_audit_item_get_time (PnAuditItem *self); /* unix time, µs */
/* "who", "what", "object", "before", "after", "result" or "details"; "" where there is none. */
const char *pn_audit_item_get_text (PnAuditItem *self, const char *name);
/* A text among the details, as "second-person"; NULL where there is none. (transfer full) */
char *pn_audit_item_get_detail (PnAuditItem *self, const char *name);

/* A GListModel of PnAuditItem, the newest first: a page at a time, the next one when it is asked
 * for; what is new while it is shown comes by itself. Properties (notify): "loading"; "complete"
 * (there are no older ones); "error" (a sentence, translated; NULL = none). */
#define PN_TYPE_AUDIT_LIST (pn_audit_list_get_type ())
G_DECLARE_FINAL_TYPE (PnAuditList, pn_audit_list, PN, AUDIT_LIST, GObject)
PnAuditList *pn_audit_list_new (PnClient *client) G_GNUC_WARN_UNUSED_RESULT;
/* Begins anew with those that have @text somewhere (NULL = any) and are of the kind @what (NULL =
 * any). */
void pn_audit_list_set_query (PnAuditList *self, const char *text, const char *what);
void pn_audit_list_load_more (PnAuditList *self);
gboolean pn_audit_list_is_loading (PnAuditList *self);
gboolean pn_audit_list_is_complete (PnAuditList *self);
const char *pn_audit_list_get_error (PnAuditList *self);

G_END_DECLS
