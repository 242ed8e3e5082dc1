/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The device's own key: a P-256 scalar in OTP (fastboot.md §9.3). */
#include "config.h"

#include "pn-gadget-private.h"

#include <openssl/bio.h>
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/param_build.h>
#include <openssl/pem.h>
#include <string.h>

gboolean
pn_gadget_has_key (PnGadget *self)
{
  static const guint8 blank[32];
  gboolean has;

  g_mutex_lock (&self->mutex);
  has = memcmp (self->board.device_key, blank, 32) != 0;
  g_mutex_unlock (&self->mutex);
  return has;
}

/* The key pair of the scalar. */
static EVP_PKEY *
load_key (PnGadget *self)
{
  EC_GROUP *group = EC_GROUP_new_by_curve_name (NID_X9_62_prime256v1);
  EC_POINT *point = EC_POINT_new (group);
  EVP_PKEY_CTX *context = EVP_PKEY_CTX_new_from_name (NULL, "EC", NULL);
  OSSL_PARAM_BLD *builder = OSSL_PARAM_BLD_new ();
  OSSL_PARAM *parameters = NULL;
  EVP_PKEY *key = NULL;
  guint8 public_point[65];
  BIGNUM *scalar;

  g_mutex_lock (&self->mutex);
  scalar = BN_bin2bn (self->board.device_key, 32, NULL);
  g_mutex_unlock (&self->mutex);
  if (!BN_is_zero (scalar) && EC_POINT_mul (group, point, scalar, NULL, NULL, NULL) == 1 &&
      EC_POINT_point2oct (group, point, POINT_CONVERSION_UNCOMPRESSED, public_point,
                          sizeof public_point, NULL) == sizeof public_point &&
      OSSL_PARAM_BLD_push_utf8_string (builder, OSSL_PKEY_PARAM_GROUP_NAME, "prime256v1", 0) &&
      OSSL_PARAM_BLD_push_BN (builder, OSSL_PKEY_PARAM_PRIV_KEY, scalar) &&
      OSSL_PARAM_BLD_push_octet_string (builder, OSSL_PKEY_PARAM_PUB_KEY, public_point,
                                        sizeof public_point) &&
      (parameters = OSSL_PARAM_BLD_to_param (builder)) != NULL &&
      EVP_PKEY_fromdata_init (context) == 1)
    (void) EVP_PKEY_fromdata (context, &key, EVP_PKEY_KEYPAIR, parameters);
  OSSL_PARAM_free (parameters);
  OSSL_PARAM_BLD_free (builder);
  EVP_PKEY_CTX_free (context);
  EC_POINT_free (point);
  EC_GROUP_free (group);
  BN_clear_free (scalar);
  return key;
}

char *
pn_gadget_public_key_pem (PnGadget *self)
{
  EVP_PKEY *key = load_key (self);
  BIO *bio = BIO_new (BIO_s_mem ());
  char *pem = NULL;
  char *text;
  long size;

  if (key != NULL && PEM_write_bio_PUBKEY (bio, key) == 1)
    {
      size = BIO_get_mem_data (bio, &text);
      pem = g_strndup (text, (gsize) size);
    }
  BIO_free (bio);
  EVP_PKEY_free (key);
  return pem;
}

gboolean
pn_gadget_make_key (PnGadget *self)
{
  EVP_PKEY *key = EVP_EC_gen ("prime256v1");
  BIGNUM *scalar = NULL;
  guint8 bytes[32];
  gboolean fine;

  fine = key != NULL && EVP_PKEY_get_bn_param (key, OSSL_PKEY_PARAM_PRIV_KEY, &scalar) == 1 &&
         BN_bn2binpad (scalar, bytes, sizeof bytes) == sizeof bytes &&
         (self->key_func == NULL || self->key_func (bytes, self->key_data));
  if (fine)
    {
      g_mutex_lock (&self->mutex);
      memcpy (self->board.device_key, bytes, sizeof bytes);
      g_mutex_unlock (&self->mutex);
    }
  explicit_bzero (bytes, sizeof bytes);
  BN_clear_free (scalar);
  EVP_PKEY_free (key);
  return fine;
}

char *
pn_gadget_sign (PnGadget *self, const guint8 *digest)
{
  EVP_PKEY *key = load_key (self);
  EVP_PKEY_CTX *context = key != NULL ? EVP_PKEY_CTX_new (key, NULL) : NULL;
  guint8 signature[128];
  size_t size = sizeof signature;
  char *text = NULL;

  if (context != NULL && EVP_PKEY_sign_init (context) == 1 &&
      EVP_PKEY_sign (context, signature, &size, digest, 32) == 1)
    text = g_base64_encode (signature, size);
  EVP_PKEY_CTX_free (context);
  EVP_PKEY_free (key);
  return text;
}
