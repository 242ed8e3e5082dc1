/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "pn-public-key.h"

G_BEGIN_DECLS

/* What code asks for a signature. The private key stays where it is. */
#define PN_TYPE_SIGNER (pn_signer_get_type ())
G_DECLARE_INTERFACE (PnSigner, pn_signer, PN, SIGNER, GObject)

struct _PnSignerInterface
{
  GTypeInterface parent_interface;

  PnPublicKey *(*get_public_key) (PnSigner *self); /* (transfer none) */
  gboolean (*sign) (PnSigner *self,
                    const PnSha256 *digest,
                    guint8 *signature,
                    GCancellable *cancellable,
                    GError **error);
};

PnPublicKey *pn_signer_get_public_key (PnSigner *self);
/* Writes PN_SIGNATURE_SIZE bytes and verifies them with the public key before returning: a wrong
 * signature is an error (PN_ERROR_SIGNATURE), never a result. Deterministic. */
gboolean pn_signer_sign (PnSigner *self,
                         const PnSha256 *digest,
                         guint8 *signature,
                         GCancellable *cancellable,
                         GError **error);

G_END_DECLS
