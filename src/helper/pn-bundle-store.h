/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "pn-bundle.h"

G_BEGIN_DECLS

/* The helper's own bundles: a folder of folders, each named by the digest of the bundle in it. What
 * comes in is built aside, flushed, and then given its name: whatever is in the store is whole, and
 * what was answered for is still there after the power has failed. Names that begin with a dot are
 * aside, and are removed when the store is opened. All functions may be called from any thread. */
typedef struct _PnBundleStore PnBundleStore;

/* What is in it. */
typedef struct
{
  char *digest; /* in hex */
  PnManifest *manifest;
  guint64 size;     /* bytes of all files */
  gint64 installed; /* unix time, microseconds */
  gint64 used;      /* the same: when it was opened last, or installed again */
  guint holders;    /* who must not lose it */
} PnStoredBundle;

/* What of a bundle that is offered a person has limited. */
typedef struct
{
  guint max_bundles;
  guint64 max_bundle; /* bytes of one */
  guint64 max_total;  /* bytes of all; 0 = nine tenths of what the file system has for them */
  gboolean enrolled_only;
  GStrv keys; /* fingerprints in hex of those that are enrolled */
} PnBundlePolicy;
void pn_bundle_policy_clear (PnBundlePolicy *self);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (PnBundlePolicy, pn_bundle_policy_clear)
/* PN_ERROR_PERMISSION where only enrolled keys are wanted, and the bundle is signed by none. */
gboolean
pn_bundle_policy_check_key (const PnBundlePolicy *self, PnManifest *manifest, GError **error);

/* Opens the store in @folder, made where there is none, and removes what was not finished. A bundle
 * that is not whole is removed and said so. @changed: called in this thread's main context after
 * something was added, removed, held or let go. */
PnBundleStore *
pn_bundle_store_open (const char *folder, GSourceFunc changed, gpointer user_data, GError **error);
void pn_bundle_store_close (PnBundleStore *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (PnBundleStore, pn_bundle_store_close)

GPtrArray *pn_bundle_store_list (PnBundleStore *self); /* (transfer full) of PnStoredBundle */
/* Bytes that bundles which are not there yet may have, where those that nobody holds go for them.
 */
guint64 pn_bundle_store_get_room (PnBundleStore *self, const PnBundlePolicy *policy);
/* While somebody holds a bundle, it is not removed. PN_ERROR_NOT_FOUND. */
gboolean pn_bundle_store_hold (PnBundleStore *self, const char *digest, GError **error);
void pn_bundle_store_let_go (PnBundleStore *self, const char *digest);
/* Opens one that is held, and hashes and verifies all of it. */
PnBundle *pn_bundle_store_load (PnBundleStore *self,
                                const char *digest,
                                GCancellable *cancellable,
                                GError **error);
/* PN_ERROR_NOT_FOUND; PN_ERROR_BUSY while somebody holds it. */
gboolean pn_bundle_store_can_remove (PnBundleStore *self, const char *digest, GError **error);
gboolean pn_bundle_store_remove (PnBundleStore *self, const char *digest, GError **error);

/* One that comes in. */
typedef struct _PnIncoming PnIncoming;
/* Takes what is in @policy. */
PnIncoming *pn_incoming_new (PnBundleStore *store, PnBundlePolicy *policy);
/* Copies what @fd is (pn_bundle_receive ()), hashes and verifies it: all but giving it its name.
 * One that is there already is only hashed. What would not fit is refused before anything is
 * copied; where it makes room, bundles that nobody holds are removed, the one first that was not
 * used for the longest time. Blocks. */
gboolean pn_incoming_receive (PnIncoming *self, int fd, GCancellable *cancellable, GError **error);
void pn_incoming_get_progress (PnIncoming *self, guint64 *done, guint64 *total); /* bytes */
gboolean pn_incoming_is_new (PnIncoming *self);        /* not in the store yet */
const char *pn_incoming_get_digest (PnIncoming *self); /* of what was received */
/* Puts what was received into the store, for good. (transfer full): its digest in hex */
char *pn_incoming_commit (PnIncoming *self, GError **error);
void pn_incoming_free (PnIncoming *self); /* what was not committed is gone */

G_END_DECLS
