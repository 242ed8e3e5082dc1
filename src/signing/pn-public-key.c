/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "pn-public-key-private.h"

#include <openssl/core_names.h>
#include <openssl/param_build.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <string.h>

#include "pn-bytes.h"
#include "pn-error.h"
#include "pn-openssl.h"

#define MODULUS_SIZE 256
#define EXPONENT 65537

G_DEFINE_AUTOPTR_CLEANUP_FUNC (OSSL_PARAM_BLD, OSSL_PARAM_BLD_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (OSSL_PARAM, OSSL_PARAM_free)

struct _PnPublicKey
{
  gatomicrefcount references;
  EVP_PKEY *key;
  GBytes *blob;
};

G_DEFINE_BOXED_TYPE (PnPublicKey, pn_public_key, pn_public_key_ref, pn_public_key_unref)

PnPublicKey *
pn_public_key_new_from_pkey (EVP_PKEY *key, GError **error)
{
  g_autoptr (BIGNUM) modulus = NULL;
  g_autoptr (BIGNUM) exponent = NULL;
  guint8 blob[PN_PUBLIC_KEY_BLOB_SIZE] = { 0 };
  g_autoptr (GBytes) bytes = NULL;

  if (!EVP_PKEY_is_a (key, "RSA"))
    {
      pn_set_error (error, PN_ERROR_KEY,
                    "The key is of the type %s, but devices take RSA with 2048 bits only",
                    EVP_PKEY_get0_type_name (key));
      return NULL;
    }
  if (EVP_PKEY_get_bits (key) != 2048)
    {
      pn_set_error (error, PN_ERROR_KEY, "The RSA key has %s bits, but devices take exactly 2048",
                    PN_NUMBER ((guint) EVP_PKEY_get_bits (key)));
      return NULL;
    }
  if (EVP_PKEY_get_bn_param (key, OSSL_PKEY_PARAM_RSA_N, &modulus) != 1 ||
      EVP_PKEY_get_bn_param (key, OSSL_PKEY_PARAM_RSA_E, &exponent) != 1 ||
      !BN_is_word (exponent, EXPONENT))
    {
      pn_set_error (error, PN_ERROR_KEY,
                    "The RSA key's public exponent is not 65537, the only one devices are "
                    "known to take");
      return NULL;
    }
  if (BN_bn2lebinpad (modulus, blob, MODULUS_SIZE) != MODULUS_SIZE)
    {
      pn_set_error (error, PN_ERROR_KEY, "The RSA key's modulus is malformed");
      return NULL;
    }
  pn_poke_le64 (blob + MODULUS_SIZE, EXPONENT);
  bytes = g_bytes_new (blob, sizeof blob);
  return pn_public_key_new_from_blob (bytes, error);
}

PnPublicKey *
pn_public_key_new_from_pem (GBytes *pem, GError **error)
{
  gsize size;
  const char *text = g_bytes_get_data (pem, &size);
  g_autoptr (BIO) bio = size <= PN_PUBLIC_KEY_PEM_MAX ? BIO_new_mem_buf (text, (int) size) : NULL;
  g_autoptr (EVP_PKEY) key = bio != NULL ? PEM_read_bio_PUBKEY (bio, NULL, NULL, NULL) : NULL;

  if (key != NULL)
    return pn_public_key_new_from_pkey (key, error);
  if (size > 0 && g_strstr_len (text, (gssize) size, "PRIVATE KEY-----") != NULL)
    pn_set_error (error, PN_ERROR_KEY,
                  "This is a private key; keep it where it is, and choose its public half "
                  "(“BEGIN PUBLIC KEY”)");
  else
    pn_set_error (error, PN_ERROR_KEY, "This is not a public key (“BEGIN PUBLIC KEY”)");
  return NULL;
}

static EVP_PKEY *
key_from_blob (const guint8 *blob)
{
  g_autoptr (BIGNUM) modulus = BN_lebin2bn (blob, MODULUS_SIZE, NULL);
  g_autoptr (BIGNUM) exponent = BN_lebin2bn (blob + MODULUS_SIZE, 8, NULL);
  g_autoptr (OSSL_PARAM_BLD) builder = OSSL_PARAM_BLD_new ();
  g_autoptr (OSSL_PARAM) parameters = NULL;
  g_autoptr (EVP_PKEY_CTX) context = EVP_PKEY_CTX_new_from_name (NULL, "RSA", NULL);
  EVP_PKEY *key = NULL;

  if (OSSL_PARAM_BLD_push_BN (builder, OSSL_PKEY_PARAM_RSA_N, modulus) != 1 ||
      OSSL_PARAM_BLD_push_BN (builder, OSSL_PKEY_PARAM_RSA_E, exponent) != 1 ||
      (parameters = OSSL_PARAM_BLD_to_param (builder)) == NULL ||
      EVP_PKEY_fromdata_init (context) != 1 ||
      EVP_PKEY_fromdata (context, &key, EVP_PKEY_PUBLIC_KEY, parameters) != 1)
    return NULL;
  return key;
}

PnPublicKey *
pn_public_key_new_from_blob (GBytes *blob, GError **error)
{
  gsize size;
  const guint8 *data = g_bytes_get_data (blob, &size);
  g_autoptr (EVP_PKEY) key = NULL;
  PnPublicKey *self;

  /* A 2048-bit modulus has its highest bit set, and is odd. */
  if (size != PN_PUBLIC_KEY_BLOB_SIZE || (data[MODULUS_SIZE - 1] & 0x80) == 0 ||
      (data[0] & 1) == 0 || pn_peek_le64 (data + MODULUS_SIZE) != EXPONENT ||
      (key = key_from_blob (data)) == NULL)
    {
      pn_set_error (error, PN_ERROR_KEY,
                    "It is not an RSA public key of 2048 bits with exponent 65537");
      return NULL;
    }
  self = g_new0 (PnPublicKey, 1);
  g_atomic_ref_count_init (&self->references);
  self->key = g_steal_pointer (&key);
  self->blob = g_bytes_ref (blob);
  return self;
}

PnPublicKey *
pn_public_key_ref (PnPublicKey *self)
{
  g_atomic_ref_count_inc (&self->references);
  return self;
}

void
pn_public_key_unref (PnPublicKey *self)
{
  if (!g_atomic_ref_count_dec (&self->references))
    return;
  EVP_PKEY_free (self->key);
  g_bytes_unref (self->blob);
  g_free (self);
}

GBytes *
pn_public_key_get_blob (PnPublicKey *self)
{
  return self->blob;
}

PnSha256
pn_public_key_get_fingerprint (PnPublicKey *self)
{
  return pn_sha256_bytes (self->blob);
}

gboolean
pn_public_key_verify (PnPublicKey *self,
                      const PnSha256 *digest,
                      const guint8 *signature,
                      GError **error)
{
  g_autoptr (EVP_PKEY_CTX) context = EVP_PKEY_CTX_new (self->key, NULL);

  if (context != NULL && EVP_PKEY_verify_init (context) == 1 &&
      EVP_PKEY_CTX_set_rsa_padding (context, RSA_PKCS1_PADDING) == 1 &&
      EVP_PKEY_CTX_set_signature_md (context, EVP_sha256 ()) == 1 &&
      EVP_PKEY_verify (context, signature, PN_SIGNATURE_SIZE, digest->bytes, PN_SHA256_SIZE) == 1)
    return TRUE;
  pn_set_error (error, PN_ERROR_SIGNATURE,
                "The signature was not made with this key over these bytes");
  return FALSE;
}

gboolean
pn_public_key_equal (PnPublicKey *a, PnPublicKey *b)
{
  return g_bytes_equal (a->blob, b->blob);
}
