/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "pn-certificate-page.h"
#include "pn-client-approval.h"
#include "pn-client-batch.h"
#include "pn-client-bundle.h"
#include "pn-client-bus.h"
#include "pn-client-override.h"
#include "pn-client-slot.h"

G_BEGIN_DECLS

#define PN_CLIENT_NAME "org.punnet.Provisioner1"
#define PN_CLIENT_PRACTICE_NAME "org.punnet.Practice1" /* a helper with virtual devices only */

typedef enum
{
  PN_CLIENT_CONNECTING, /* not known yet */
  PN_CLIENT_ABSENT,     /* nobody owns the name */
  PN_CLIENT_STARTING,   /* somebody was asked to start it */
  PN_CLIENT_READY,
} PnClientState;
#define PN_TYPE_CLIENT_STATE (pn_client_state_get_type ())
GType pn_client_state_get_type (void) G_GNUC_CONST;

/* The helper as a client sees it. It outlives helpers: when one goes, the lists become empty and
 * the state ABSENT; when one comes, they fill again. Properties (all notify): "state", "slots",
 * "batches" (GListModel of PnClientSlot and PnClientBatch, the same objects for ever), "paused",
 * "pause-reason", "rest-after" (failures in a row until a slot rests; 0 = never), "practice",
 * "record-count", "audit-number", "enrolled-keys", "enrolled-only", "store-room", "max-bundles",
 * "max-bundle-size", "max-store-size", "runs-as", "running" (runs that go now), "second-person"
 * (PnSecondPerson flags), "error" (why starting failed; NULL). */
#define PN_TYPE_CLIENT (pn_client_get_type ())
G_DECLARE_FINAL_TYPE (PnClient, pn_client, PN, CLIENT, GObject)

/* The helper of that name of the user's session, or of the bus that @wish comes to. */
PnClient *pn_client_new (const char *bus_name) G_GNUC_WARN_UNUSED_RESULT;
PnClient *pn_client_new_on (PnClientBus wish, const char *bus_name) G_GNUC_WARN_UNUSED_RESULT;
PnClientState pn_client_get_state (PnClient *self);
const char *pn_client_get_error (PnClient *self);   /* (transfer none) or NULL */
GListModel *pn_client_get_slots (PnClient *self);   /* (transfer none), by name */
GListModel *pn_client_get_batches (PnClient *self); /* (transfer none), the newest first */
/* (transfer none) those that count, the newest first: the same model for ever. */
GListModel *pn_client_get_overrides (PnClient *self);
/* (transfer none) PnClientApproval, the oldest first: the same model for ever. */
GListModel *pn_client_get_approvals (PnClient *self);
/* What needs a second person: PnSecondPerson flags. */
guint pn_client_get_second_person (PnClient *self);
/* The helper is one of a station, for many users, and not of this user's session. */
gboolean pn_client_is_station (PnClient *self);
/* (transfer none) PnClientBundle, those of the store, the newest first: the same for ever. */
GListModel *pn_client_get_bundles (PnClient *self);
/* The user whose process the helper is; NULL = not known. */
const char *pn_client_get_runs_as (PnClient *self);
gboolean pn_client_get_paused (PnClient *self);
/* Why it has paused by itself, translated; "" = it has not. (transfer full) */
char *pn_client_get_pause_reason (PnClient *self);
guint pn_client_get_rest_after (PnClient *self);
gboolean pn_client_get_practice (PnClient *self);
guint pn_client_get_record_count (PnClient *self);
guint pn_client_get_running (PnClient *self);
PnClientSlot *pn_client_find_slot (PnClient *self, const char *name); /* (transfer none) or NULL */

/* Starts a helper: by D-Bus activation, else the program @command (NULL: activation only). What it
 * comes to is the state. */
void pn_client_start (PnClient *self, const char *const *command);

/* Installs the bundle that @bundle is (a descriptor of a folder, a file or a pipe; duplicated).
 * @progress (nullable): called with @progress_data for bytes done and in all, at most until the
 * end. Result: its digest in hex. Errors are PN_ERROR. */
typedef void (*PnClientProgressFunc) (guint64 done, guint64 total, gpointer user_data);
void pn_client_install_bundle_async (PnClient *self,
                                     int bundle,
                                     PnClientProgressFunc progress,
                                     gpointer progress_data,
                                     GCancellable *cancellable,
                                     GAsyncReadyCallback callback,
                                     gpointer user_data);
char *pn_client_install_bundle_finish (PnClient *self, GAsyncResult *result, GError **error);
/* Opens a batch of the installed bundle @digest. @options as of OpenBatch, floating taken. Result:
 * the batch's object path. */
void pn_client_open_batch_async (PnClient *self,
                                 const char *digest,
                                 GVariant *options,
                                 GCancellable *cancellable,
                                 GAsyncReadyCallback callback,
                                 gpointer user_data);
char *pn_client_open_batch_finish (PnClient *self, GAsyncResult *result, GError **error);

/* QueryRecords; result aa{sv}. */
void pn_client_query_records_async (PnClient *self,
                                    guint offset,
                                    guint limit,
                                    GVariant *options,
                                    GCancellable *cancellable,
                                    GAsyncReadyCallback callback,
                                    gpointer user_data);
GVariant *pn_client_query_records_finish (PnClient *self, GAsyncResult *result, GError **error);
/* CertifyRecord. (transfer full) */
void pn_client_certify_record_async (PnClient *self,
                                     gint64 record,
                                     GCancellable *cancellable,
                                     GAsyncReadyCallback callback,
                                     gpointer user_data);
PnCertificate *
pn_client_certify_record_finish (PnClient *self, GAsyncResult *result, GError **error);
const char *pn_client_get_station_key (PnClient *self); /* PEM; "" = not known */
/* NoteExport: @count records are in a file with the hash @sha256 (hex) now. */
void pn_client_note_export (PnClient *self, const char *form, guint count, const char *sha256);
void pn_client_count_records_async (PnClient *self,
                                    GVariant *options,
                                    GCancellable *cancellable,
                                    GAsyncReadyCallback callback,
                                    gpointer user_data);
/* -1 with @error. */
gint64 pn_client_count_records_finish (PnClient *self, GAsyncResult *result, GError **error);
/* ListValues. */
void pn_client_list_values_async (PnClient *self,
                                  const char *column,
                                  guint limit,
                                  GCancellable *cancellable,
                                  GAsyncReadyCallback callback,
                                  gpointer user_data);
GStrv pn_client_list_values_finish (PnClient *self, GAsyncResult *result, GError **error);
/* GetStory: (a(sxx)a(xs)). (transfer full) */
void pn_client_get_story_async (PnClient *self,
                                gint64 record,
                                GCancellable *cancellable,
                                GAsyncReadyCallback callback,
                                gpointer user_data);
GVariant *pn_client_get_story_finish (PnClient *self, GAsyncResult *result, GError **error);

void pn_client_set_paused_async (PnClient *self,
                                 gboolean paused,
                                 GCancellable *cancellable,
                                 GAsyncReadyCallback callback,
                                 gpointer user_data);
gboolean pn_client_set_paused_finish (PnClient *self, GAsyncResult *result, GError **error);

void pn_client_set_rest_after_async (PnClient *self,
                                     guint failures,
                                     GCancellable *cancellable,
                                     GAsyncReadyCallback callback,
                                     gpointer user_data);
gboolean pn_client_set_rest_after_finish (PnClient *self, GAsyncResult *result, GError **error);

/* Manager.SetSecondPerson; done once a second person has approved it, where one has to. */
void pn_client_set_second_person_async (PnClient *self,
                                        guint wanted,
                                        GCancellable *cancellable,
                                        GAsyncReadyCallback callback,
                                        gpointer user_data);
gboolean pn_client_set_second_person_finish (PnClient *self, GAsyncResult *result, GError **error);

/* Manager.AddOverride of what @override wants; its id and who it is of do not matter. */
void pn_client_add_override_async (PnClient *self,
                                   const PnOverride *override,
                                   GCancellable *cancellable,
                                   GAsyncReadyCallback callback,
                                   gpointer user_data);
/* Manager.ClearOverride. */
void pn_client_clear_override_async (PnClient *self,
                                     gint64 id,
                                     GCancellable *cancellable,
                                     GAsyncReadyCallback callback,
                                     gpointer user_data);
/* Of both. */
gboolean pn_client_override_finish (PnClient *self, GAsyncResult *result, GError **error);

/* Manager.MergeRecords of what stands in the file @fd (duplicated). @dry: only says what would be.
 */
void pn_client_merge_records_async (PnClient *self,
                                    int fd,
                                    const char *station,
                                    gboolean dry,
                                    GCancellable *cancellable,
                                    GAsyncReadyCallback callback,
                                    gpointer user_data);
/* How many were new, the same, and different, which stay as they are; of those the first, as of
 * MergeRecords. */
typedef struct
{
  guint n_new, n_same, n_conflicting;
  GVariant *conflicts; /* aa{sv} */
} PnMergeReport;
void pn_merge_report_clear (PnMergeReport *self);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (PnMergeReport, pn_merge_report_clear)
gboolean pn_client_merge_records_finish (PnClient *self,
                                         GAsyncResult *result,
                                         PnMergeReport *report,
                                         GError **error);

/* Manager.Identify; result the port. */
void pn_client_identify_async (PnClient *self,
                               GCancellable *cancellable,
                               GAsyncReadyCallback callback,
                               gpointer user_data);
char *pn_client_identify_finish (PnClient *self, GAsyncResult *result, GError **error);
/* Manager.AddSlot. */
void pn_client_add_slot_async (PnClient *self,
                               const char *port,
                               const char *label,
                               GCancellable *cancellable,
                               GAsyncReadyCallback callback,
                               gpointer user_data);
gboolean pn_client_add_slot_finish (PnClient *self, GAsyncResult *result, GError **error);

/* ---- pn-client-store.c: what the station keeps ---- */

const char *pn_client_get_version (PnClient *self);     /* of the helper; "" = not known */
GVariant *pn_client_get_enrolled_keys (PnClient *self); /* (transfer none) a(ss), or NULL */
gboolean pn_client_get_enrolled_only (PnClient *self);
guint64 pn_client_get_store_room (PnClient *self); /* bytes */
guint pn_client_get_max_bundles (PnClient *self);
guint64 pn_client_get_max_bundle_size (PnClient *self);
guint64 pn_client_get_max_store_size (PnClient *self); /* 0 = nine tenths of what there is */
gint64 pn_client_get_audit_number (PnClient *self);

/* Those that answer nothing end with pn_client_store_finish (). */
void pn_client_remove_bundle_async (PnClient *self,
                                    const char *digest,
                                    GAsyncReadyCallback callback,
                                    gpointer user_data);
void pn_client_set_bundle_limits_async (PnClient *self,
                                        guint bundles,
                                        guint64 bundle_size,
                                        guint64 store_size,
                                        GAsyncReadyCallback callback,
                                        gpointer user_data);
void pn_client_enrol_key_async (PnClient *self,
                                const char *fingerprint,
                                const char *name,
                                GAsyncReadyCallback callback,
                                gpointer user_data);
void pn_client_remove_key_async (PnClient *self,
                                 const char *fingerprint,
                                 GAsyncReadyCallback callback,
                                 gpointer user_data);
void pn_client_set_enrolled_only_async (PnClient *self,
                                        gboolean only,
                                        GAsyncReadyCallback callback,
                                        gpointer user_data);
gboolean pn_client_store_finish (PnClient *self, GAsyncResult *result, GError **error);
/* Manager.BackupRecords into the file @fd (duplicated). @ask: a person may be asked for a password.
 * Ends with pn_client_store_finish (). */
void pn_client_backup_records_async (PnClient *self,
                                     int fd,
                                     gboolean ask,
                                     GCancellable *cancellable,
                                     GAsyncReadyCallback callback,
                                     gpointer user_data);
/* QueryAudit; result aa{sv}. */
void pn_client_query_audit_async (PnClient *self,
                                  guint offset,
                                  guint limit,
                                  GVariant *options,
                                  GCancellable *cancellable,
                                  GAsyncReadyCallback callback,
                                  gpointer user_data);
GVariant *pn_client_query_audit_finish (PnClient *self, GAsyncResult *result, GError **error);

G_END_DECLS
