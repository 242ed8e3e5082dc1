/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <openssl/types.h>

#include "pn-public-key.h"

G_BEGIN_DECLS

/* The public half of @key; PN_ERROR_KEY unless RSA, 2048 bits, exponent 65537. */
PnPublicKey *pn_public_key_new_from_pkey (EVP_PKEY *key, GError **error);

G_END_DECLS
