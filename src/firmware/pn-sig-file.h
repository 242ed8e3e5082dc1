/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "pn-phase.h"
#include "pn-signer.h"

G_BEGIN_DECLS

/* Text signature files: bootconf.sig, pieeprom.sig, boot.sig (signing.md §4). */
typedef struct
{
  PnSha256 digest;
  gint64 timestamp; /* unix seconds; -1 = no ts: line */
  int target_soc;   /* 2711, 2712; 0 = none */
  gboolean has_signature;
  guint8 signature[PN_SIGNATURE_SIZE];
} PnSigFile;

gboolean pn_sig_file_parse (GBytes *text, PnSigFile *file, GError **error);
/* @timestamp -1 and @target_soc 0 leave the line out; @signer NULL: no rsa2048 line. */
GBytes *pn_sig_file_build (const PnSha256 *digest,
                           gint64 timestamp,
                           int target_soc,
                           PnSigner *signer,
                           GCancellable *cancellable,
                           GError **error);
/* Parses, compares the hash, and verifies the signature when @key is not NULL (then required). */
gboolean
pn_sig_file_verify (GBytes *text, const PnSha256 *digest, PnPublicKey *key, GError **error);

G_END_DECLS
