/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "pn-signer.h"

#include "pn-error.h"

G_DEFINE_INTERFACE (PnSigner, pn_signer, G_TYPE_OBJECT)

static void
pn_signer_default_init (PnSignerInterface *iface)
{
}

PnPublicKey *
pn_signer_get_public_key (PnSigner *self)
{
  g_return_val_if_fail (PN_IS_SIGNER (self), NULL);
  return PN_SIGNER_GET_IFACE (self)->get_public_key (self);
}

gboolean
pn_signer_sign (PnSigner *self,
                const PnSha256 *digest,
                guint8 *signature,
                GCancellable *cancellable,
                GError **error)
{
  g_return_val_if_fail (PN_IS_SIGNER (self), FALSE);
  if (!PN_SIGNER_GET_IFACE (self)->sign (self, digest, signature, cancellable, error))
    return FALSE;
  if (pn_public_key_verify (pn_signer_get_public_key (self), digest, signature, NULL))
    return TRUE;
  pn_set_error (error, PN_ERROR_SIGNATURE,
                "The signer gave a signature that its own public key does not verify");
  return FALSE;
}
