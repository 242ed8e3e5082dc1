/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gio/gunixfdlist.h>

#include "pn-client.h"
#include "pn-dbus.h"
#include "pn-sentence.h"

G_BEGIN_DECLS

/* What the files of this room share. Each object stands for one proxy, which it keeps. */

/* (transfer none), NULL while no helper is there */
PnDbusManager *pn_client_get_manager (PnClient *self);
PnClientApproval *pn_client_approval_new (PnDbusApproval *proxy);
PnClientBatch *pn_client_batch_new (PnDbusBatch *proxy);
PnClientBundle *pn_client_bundle_new (PnDbusBundle *proxy);
PnClientRun *pn_client_run_new (PnDbusRun *proxy);
/* Of its batch: what the run will do, so that its whole can be told. */
void pn_client_run_set_mode (PnClientRun *self, PnMode mode);
PnClientSlot *pn_client_slot_new (PnDbusSlot *proxy);
/* "/" = none yet. It may be of a run that has not arrived. */
const char *pn_client_slot_get_run_path (PnClientSlot *self);
void pn_client_slot_set_run (PnClientSlot *self, PnClientRun *run);

/* Properties of the plain kinds, readable: a number's range is all of its type, what is not known
 * is 0, FALSE or NULL. */
typedef struct
{
  guint id;
  const char *name;
  GType type;
} PnClientPlain;
void pn_client_make_properties (const PnClientPlain *table, gsize n, GParamSpec **properties);

/* "notify" of a proxy: the property of the same name of @object has changed, if it has one. */
void pn_client_forward_notify_cb (GObject *proxy, GParamSpec *pspec, GObject *object);
/* The property of the same name of @proxy; a text that the helper does not know is "". */
void pn_client_get_proxy_property (gpointer proxy, GParamSpec *pspec, GValue *value);
const char *pn_client_text (const char *text); /* "" for NULL */

/* Calls a method; finish with pn_client_call_take (). @proxy: NULL is the error that no helper
 * runs. @arguments: floating taken. @timeout: milliseconds; -1 as usual, G_MAXINT where a person
 * may be asked. @fds: nullable. */
void pn_client_call (gpointer source,
                     gpointer proxy,
                     const char *method,
                     GVariant *arguments,
                     int timeout,
                     GUnixFDList *fds,
                     GCancellable *cancellable,
                     GAsyncReadyCallback callback,
                     gpointer user_data);
/* The same, where nobody may be asked unless @ask. */
void pn_client_call_asking (gpointer source,
                            gpointer proxy,
                            const char *method,
                            GVariant *arguments,
                            int timeout,
                            GUnixFDList *fds,
                            gboolean ask,
                            GCancellable *cancellable,
                            GAsyncReadyCallback callback,
                            gpointer user_data);
/* The reply's arguments, or NULL with @error, which is a PN_ERROR. */
GVariant *pn_client_call_take (gpointer source, GAsyncResult *result, GError **error);
/* Where the reply says nothing. */
gboolean pn_client_call_done (gpointer source, GAsyncResult *result, GError **error);
/* What @error (taken) means to people, in domain PN_ERROR and without the words that D-Bus puts
 * before the helper's sentence. */
GError *pn_client_explain (GError *error);

/* The log of one run: a GListStore of PnLogLine that fills itself while somebody holds it. */
GListModel *pn_client_log_new (PnDbusRun *proxy);

G_END_DECLS
