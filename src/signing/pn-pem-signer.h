/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "pn-secret.h"
#include "pn-signer.h"

G_BEGIN_DECLS

#define PN_TYPE_PEM_SIGNER (pn_pem_signer_get_type ())
G_DECLARE_FINAL_TYPE (PnPemSigner, pn_pem_signer, PN, PEM_SIGNER, GObject)

/* Asked only when the PEM is encrypted; NULL with @error set to give up. */
typedef PnSecret *(*PnPassphraseFunc) (gpointer user_data, GError **error);

/* PKCS#8 (also encrypted) or PKCS#1 PEM. PN_ERROR_KEY with a sentence of its own for: not RSA, not
 * 2048 bits, exponent not 65537, a public key where a private one is needed, wrong passphrase,
 * passphrase needed, no PEM at all. @pem is a secret: it may hold a plain private key. */
PnSigner *
pn_pem_signer_new (PnSecret *pem, PnPassphraseFunc passphrase, gpointer user_data, GError **error);
PnSigner *pn_pem_signer_new_from_file (const char *path,
                                       PnPassphraseFunc passphrase,
                                       gpointer user_data,
                                       GError **error);

G_END_DECLS
