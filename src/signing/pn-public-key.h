/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gio/gio.h>

#include "pn-digest.h"

G_BEGIN_DECLS

#define PN_PUBLIC_KEY_BLOB_SIZE 264 /* modulus 256 bytes LE, exponent 8 bytes LE: signing.md §2 */
#define PN_SIGNATURE_SIZE 256       /* RSASSA-PKCS1-v1_5, SHA-256, RSA-2048, big endian */

/* An RSA-2048 public key with exponent 65537. Boxed, immutable. */
#define PN_TYPE_PUBLIC_KEY (pn_public_key_get_type ())
typedef struct _PnPublicKey PnPublicKey;

GType pn_public_key_get_type (void);
/* PN_ERROR_KEY unless @blob is an RSA-2048 key with exponent 65537. */
PnPublicKey *pn_public_key_new_from_blob (GBytes *blob, GError **error);
/* “BEGIN PUBLIC KEY”, which anybody may read. PN_ERROR_KEY where it is none, or a private key. */
#define PN_PUBLIC_KEY_PEM_MAX 16384 /* bytes */
PnPublicKey *pn_public_key_new_from_pem (GBytes *pem, GError **error);
PnPublicKey *pn_public_key_ref (PnPublicKey *self);
void pn_public_key_unref (PnPublicKey *self);
GBytes *pn_public_key_get_blob (PnPublicKey *self); /* (transfer none), 264 bytes: pubkey.bin */
/* SHA-256 of the blob: the customer key hash, as it goes into OTP. */
PnSha256 pn_public_key_get_fingerprint (PnPublicKey *self);
/* PN_ERROR_SIGNATURE where @signature is not over @digest by this key. */
gboolean pn_public_key_verify (PnPublicKey *self,
                               const PnSha256 *digest,
                               const guint8 *signature,
                               GError **error);
gboolean pn_public_key_equal (PnPublicKey *a, PnPublicKey *b);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (PnPublicKey, pn_public_key_unref)

G_END_DECLS
