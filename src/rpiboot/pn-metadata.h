/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gio/gio.h>

#include "pn-digest.h"

G_BEGIN_DECLS

#define PN_METADATA_MAX_KEYS 64

/* What recovery reported (rpiboot.md §7). Untrusted text, printable ASCII only. */
typedef struct _PnMetadata PnMetadata;
PnMetadata *pn_metadata_new (void);
void pn_metadata_free (PnMetadata *self);
/* @name: the "*KEY*VALUE" of a file message. FALSE where it is not one that counts; not an error.
 */
gboolean pn_metadata_add (PnMetadata *self, const char *name);
const char *pn_metadata_get (PnMetadata *self, const char *key); /* NULL where it was not sent */
guint pn_metadata_size (PnMetadata *self);
void pn_metadata_foreach (PnMetadata *self, GHFunc func, gpointer user_data); /* const char * */
/* CUSTOMER_KEY_HASH; FALSE where missing or malformed. */
gboolean pn_metadata_get_key_hash (PnMetadata *self, PnSha256 *hash);
/* USER_BOARDREV; 0 where missing. Board type = (revision >> 4) & 0xff. */
guint32 pn_metadata_get_board_revision (PnMetadata *self);
/* FACTORY_UUID to text (§7.4); NULL where it cannot be decoded. */
char *pn_duid_decode (const char *value);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (PnMetadata, pn_metadata_free)

G_END_DECLS
