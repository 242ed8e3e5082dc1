/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gio/gio.h>

#include "pn-done-policy.h"
#include "pn-phase.h"

G_BEGIN_DECLS

/* One batch. Properties (all notify): "path", "reference", "recipe", "bundle" (digest in hex),
 * "slots" (as; empty = all), "count" (0 = no limit), "used", "passed", "failed", "set-aside",
 * "refused", "closed", "paused", "automatic", "opened" (unix µs), "mode", "chip", "storage",
 * "permanent" (as), "fingerprint" ("" = no key), "image". */
#define PN_TYPE_CLIENT_BATCH (pn_client_batch_get_type ())
G_DECLARE_FINAL_TYPE (PnClientBatch, pn_client_batch, PN, CLIENT_BATCH, GObject)

const char *pn_client_batch_get_path (PnClientBatch *self);
const char *pn_client_batch_get_reference (PnClientBatch *self);
const char *pn_client_batch_get_recipe (PnClientBatch *self);
const char *pn_client_batch_get_bundle (PnClientBatch *self);
const char *const *pn_client_batch_get_slots (PnClientBatch *self);
guint pn_client_batch_get_count (PnClientBatch *self);
guint pn_client_batch_get_used (PnClientBatch *self);
guint pn_client_batch_get_passed (PnClientBatch *self);
guint pn_client_batch_get_failed (PnClientBatch *self);
guint pn_client_batch_get_set_aside (PnClientBatch *self);
guint pn_client_batch_get_refused (PnClientBatch *self);
guint pn_client_batch_get_skipped (PnClientBatch *self); /* of those, as they were done already */
gboolean pn_client_batch_get_closed (PnClientBatch *self);
gboolean pn_client_batch_get_paused (PnClientBatch *self);
gboolean pn_client_batch_get_automatic (PnClientBatch *self);
gint64 pn_client_batch_get_opened (PnClientBatch *self);
PnDonePolicy pn_client_batch_get_done (PnClientBatch *self);
PnMode pn_client_batch_get_mode (PnClientBatch *self);
PnChip pn_client_batch_get_chip (PnClientBatch *self);
PnStorage pn_client_batch_get_storage (PnClientBatch *self);
const char *const *pn_client_batch_get_permanent (PnClientBatch *self);
const char *pn_client_batch_get_fingerprint (PnClientBatch *self);
const char *pn_client_batch_get_image (PnClientBatch *self);

void pn_client_batch_close_async (PnClientBatch *self,
                                  GCancellable *cancellable,
                                  GAsyncReadyCallback callback,
                                  gpointer user_data);
void pn_client_batch_set_paused_async (PnClientBatch *self,
                                       gboolean paused,
                                       GCancellable *cancellable,
                                       GAsyncReadyCallback callback,
                                       gpointer user_data);
gboolean pn_client_batch_call_finish (PnClientBatch *self, GAsyncResult *result, GError **error);

G_END_DECLS
