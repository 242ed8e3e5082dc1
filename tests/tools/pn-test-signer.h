/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "pn-signer.h"

G_BEGIN_DECLS

/* A signer with a fresh RSA-2048 key, so that no private key has to lie in the tree. */
PnSigner *pn_test_signer_new (void) G_GNUC_WARN_UNUSED_RESULT;
/* @code with a signature block behind it, as the boot ROM reads it (signing.md §5.1). */
GBytes *pn_test_sign_block (PnSigner *signer, GBytes *code, gint32 key_number, gint32 version);

G_END_DECLS
