/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "pn-test-signer.h"

#include <openssl/pem.h>
#include <openssl/rsa.h>

#include "pn-bytes.h"
#include "pn-openssl.h"
#include "pn-pem-signer.h"

PnSigner *
pn_test_signer_new (void)
{
  g_autoptr (EVP_PKEY) key = EVP_RSA_gen (2048);
  g_autoptr (BIO) bio = BIO_new (BIO_s_mem ());
  g_autoptr (PnSecret) pem = NULL;
  g_autoptr (GError) error = NULL;
  PnSigner *signer;
  char *text;
  long length;

  g_assert_cmpint (PEM_write_bio_PrivateKey (bio, key, NULL, NULL, 0, NULL, NULL), ==, 1);
  length = BIO_get_mem_data (bio, &text);
  pem = pn_secret_new (text, (gsize) length);
  signer = pn_pem_signer_new (pem, NULL, NULL, &error);
  g_assert_no_error (error);
  return signer;
}

GBytes *
pn_test_sign_block (PnSigner *signer, GBytes *code, gint32 key_number, gint32 version)
{
  GByteArray *out = g_byte_array_new ();
  GBytes *blob = pn_public_key_get_blob (pn_signer_get_public_key (signer));
  guint8 signature[PN_SIGNATURE_SIZE];
  g_autoptr (GError) error = NULL;
  PnSha256 digest;
  gsize size;
  const guint8 *data = g_bytes_get_data (code, &size);

  if (size > 0)
    g_byte_array_append (out, data, (guint) size);
  pn_write_le32 (out, (guint32) size);
  pn_write_le32 (out, (guint32) key_number);
  pn_write_le32 (out, (guint32) version);
  digest = pn_sha256 (out->data, out->len);
  pn_signer_sign (signer, &digest, signature, NULL, &error);
  g_assert_no_error (error);
  g_byte_array_append (out, signature, sizeof signature);
  g_byte_array_append (out, g_bytes_get_data (blob, NULL), PN_PUBLIC_KEY_BLOB_SIZE);
  return g_byte_array_free_to_bytes (out);
}
