/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gtk/gtk.h>

#include "pn-client.h"
#include "pn-manifest.h"

G_BEGIN_DECLS

/* A batch that is about to be opened: the sealed bundle of one recipe revision, and what was chosen
 * for it. Properties: "title" (name and revision), "reference", "count" (0 = no limit),
 * "automatic". */
#define PN_TYPE_BATCH_PLAN (pn_batch_plan_get_type ())
G_DECLARE_FINAL_TYPE (PnBatchPlan, pn_batch_plan, PN, BATCH_PLAN, GObject)

/* The newest prepared revision of every recipe that is not retired. Result: (transfer full)
 * (element-type PnBatchPlan). */
void pn_batch_plan_list_async (GCancellable *cancellable,
                               GAsyncReadyCallback callback,
                               gpointer user_data);
GPtrArray *pn_batch_plan_list_finish (GAsyncResult *result, GError **error);
/* The one of revision @revision of the recipe @id, where that is the newest and prepared. Blocking;
 * any thread. */
PnBatchPlan *pn_batch_plan_new_for (const char *id, guint revision, GError **error);

const char *pn_batch_plan_get_title (PnBatchPlan *self);
PnManifest *
pn_batch_plan_get_manifest (PnBatchPlan *self); /* as noted at the list; (transfer none) */
const char *pn_batch_plan_get_folder (PnBatchPlan *self);
const char *pn_batch_plan_get_digest (PnBatchPlan *self);
const char *pn_batch_plan_get_fingerprint (PnBatchPlan *self); /* hex; NULL = no key */
gboolean pn_batch_plan_is_permanent (PnBatchPlan *self);
gboolean pn_batch_plan_is_rehearsed (PnBatchPlan *self);
gint64 pn_batch_plan_get_rehearsed (PnBatchPlan *self); /* unix seconds; 0 = never */
const char *pn_batch_plan_get_reference (PnBatchPlan *self);
void pn_batch_plan_set_reference (PnBatchPlan *self, const char *reference);
guint pn_batch_plan_get_count (PnBatchPlan *self);
void pn_batch_plan_set_count (PnBatchPlan *self, guint count);
const char *const *pn_batch_plan_get_slots (PnBatchPlan *self); /* names; NULL = all */
void pn_batch_plan_set_slots (PnBatchPlan *self, const char *const *slots);
void pn_batch_plan_set_automatic (PnBatchPlan *self, gboolean automatic);
void pn_batch_plan_set_done (PnBatchPlan *self, PnDonePolicy done);

/* A sentence where a batch that is open already has slots of this one; NULL = all are free.
 * (transfer full) */
char *pn_batch_plan_find_conflict (PnBatchPlan *self, PnClient *client);

/* Installs its bundle and opens it. @consent: what becomes permanent was consented to, on the page
 * that names it. @progress (nullable) of the installing. Result: the batch's object path. */
void pn_batch_plan_open_async (PnBatchPlan *self,
                               PnClient *client,
                               gboolean consent,
                               PnClientProgressFunc progress,
                               gpointer progress_data,
                               GCancellable *cancellable,
                               GAsyncReadyCallback callback,
                               gpointer user_data);
char *pn_batch_plan_open_finish (PnBatchPlan *self, GAsyncResult *result, GError **error);
/* The same from a page of the window: then the window shows the devices, or says what went wrong.
 * @set_busy: tells @page how much of the bundle the helper has, in percent, while it is being
 * opened; and that it is not any more, PN_BATCH_PLAN_IDLE. */
#define PN_BATCH_PLAN_IDLE (-1)
void pn_batch_plan_open_from (PnBatchPlan *self,
                              GtkWidget *page,
                              void (*set_busy) (GtkWidget *page, int percent),
                              gboolean consent,
                              GCancellable *cancellable);

G_END_DECLS
