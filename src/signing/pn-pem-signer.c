/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "pn-pem-signer.h"

#include <fcntl.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <string.h>
#include <sys/stat.h>

#include "pn-io.h"
#include "pn-openssl.h"
#include "pn-public-key-private.h"

#define MAX_PEM 4096 /* bytes: an encrypted RSA-2048 PKCS#8 has some 1900 */

struct _PnPemSigner
{
  GObject parent_instance;
  EVP_PKEY *key;
  PnPublicKey *public_key;
};

static void signer_iface_init (PnSignerInterface *iface);

G_DEFINE_FINAL_TYPE_WITH_CODE (PnPemSigner,
                               pn_pem_signer,
                               G_TYPE_OBJECT,
                               G_IMPLEMENT_INTERFACE (PN_TYPE_SIGNER, signer_iface_init))

static PnPublicKey *
pn_pem_signer_get_public_key (PnSigner *signer)
{
  return PN_PEM_SIGNER (signer)->public_key;
}

static gboolean
pn_pem_signer_sign (PnSigner *signer,
                    const PnSha256 *digest,
                    guint8 *signature,
                    GCancellable *cancellable,
                    GError **error)
{
  PnPemSigner *self = PN_PEM_SIGNER (signer);
  g_autoptr (EVP_PKEY_CTX) context = EVP_PKEY_CTX_new (self->key, NULL);
  gsize size = PN_SIGNATURE_SIZE;

  if (g_cancellable_set_error_if_cancelled (cancellable, error))
    return FALSE;
  if (context != NULL && EVP_PKEY_sign_init (context) == 1 &&
      EVP_PKEY_CTX_set_rsa_padding (context, RSA_PKCS1_PADDING) == 1 &&
      EVP_PKEY_CTX_set_signature_md (context, EVP_sha256 ()) == 1 &&
      EVP_PKEY_sign (context, signature, &size, digest->bytes, PN_SHA256_SIZE) == 1 &&
      size == PN_SIGNATURE_SIZE)
    return TRUE;
  pn_set_error (error, PN_ERROR_SIGNATURE, "Signing with the PEM key failed");
  return FALSE;
}

static void
pn_pem_signer_finalize (GObject *object)
{
  PnPemSigner *self = PN_PEM_SIGNER (object);

  EVP_PKEY_free (self->key);
  g_clear_pointer (&self->public_key, pn_public_key_unref);
  G_OBJECT_CLASS (pn_pem_signer_parent_class)->finalize (object);
}

static void
pn_pem_signer_class_init (PnPemSignerClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = pn_pem_signer_finalize;
}

static void
pn_pem_signer_init (PnPemSigner *self)
{
}

static void
signer_iface_init (PnSignerInterface *iface)
{
  iface->get_public_key = pn_pem_signer_get_public_key;
  iface->sign = pn_pem_signer_sign;
}

/* What OpenSSL's passphrase callback needs, and what came of it. */
typedef struct
{
  PnPassphraseFunc ask;
  gpointer user_data;
  gboolean asked;
  PnSecret *secret; /* owned; OpenSSL asks again for each form it tries */
  GError *error;
} Asking;

static int
passphrase_cb (char *buffer, int size, int writing, void *user_data)
{
  Asking *asking = user_data;

  if (asking->asked && asking->secret == NULL)
    return -1;
  if (!asking->asked)
    {
      asking->asked = TRUE;
      if (asking->ask == NULL)
        pn_set_error (&asking->error, PN_ERROR_KEY,
                      "The key file is encrypted, and no passphrase was given");
      else
        asking->secret = asking->ask (asking->user_data, &asking->error);
    }
  if (asking->secret == NULL || pn_secret_get_size (asking->secret) > (gsize) size)
    return -1;
  memcpy (buffer, pn_secret_get (asking->secret), pn_secret_get_size (asking->secret));
  return (int) pn_secret_get_size (asking->secret);
}

static void
explain (PnSecret *pem, Asking *asking, GError **error)
{
  const char *text = pn_secret_get (pem);

  if (asking->error != NULL)
    g_propagate_error (error, g_steal_pointer (&asking->error));
  else if (asking->asked)
    pn_set_error (error, PN_ERROR_KEY, "The passphrase does not open the key file");
  else if (strstr (text, "PUBLIC KEY-----") != NULL)
    pn_set_error (error, PN_ERROR_KEY,
                  "The file holds a public key, but signing needs the private one");
  else if (strstr (text, "-----BEGIN OPENSSH PRIVATE KEY-----") != NULL)
    pn_set_error (error, PN_ERROR_KEY,
                  "The file holds a key in OpenSSH's own format; convert a copy of it with "
                  "“ssh-keygen -p -m PEM -f FILE”");
  else if (strstr (text, "-----BEGIN CERTIFICATE-----") != NULL)
    pn_set_error (error, PN_ERROR_KEY,
                  "The file holds a certificate, but signing needs a private key");
  else
    pn_set_error (error, PN_ERROR_KEY,
                  "The file holds no private key in PEM (“BEGIN PRIVATE KEY”)");
}

PnSigner *
pn_pem_signer_new (PnSecret *pem, PnPassphraseFunc passphrase, gpointer user_data, GError **error)
{
  g_autoptr (BIO) bio = BIO_new_mem_buf (pn_secret_get (pem), (int) pn_secret_get_size (pem));
  Asking asking = { passphrase, user_data, FALSE, NULL, NULL };
  g_autoptr (PnPublicKey) public_key = NULL;
  g_autoptr (EVP_PKEY) key = NULL;
  PnPemSigner *self;

  key = PEM_read_bio_PrivateKey (bio, NULL, passphrase_cb, &asking);
  g_clear_pointer (&asking.secret, pn_secret_unref);
  if (key == NULL)
    {
      explain (pem, &asking, error);
      return NULL;
    }
  g_clear_error (&asking.error);
  public_key = pn_public_key_new_from_pkey (key, error);
  if (public_key == NULL)
    return NULL;
  self = g_object_new (PN_TYPE_PEM_SIGNER, NULL);
  self->key = g_steal_pointer (&key);
  self->public_key = g_steal_pointer (&public_key);
  return PN_SIGNER (self);
}

PnSigner *
pn_pem_signer_new_from_file (const char *path,
                             PnPassphraseFunc passphrase,
                             gpointer user_data,
                             GError **error)
{
  g_auto (PnFd) fd = pn_open (path, O_RDONLY, error);
  g_autoptr (PnSecret) pem = NULL;
  PnSigner *signer;
  goffset size;

  if (fd < 0)
    return NULL;
  size = pn_file_size (fd, error);
  if (size < 0)
    {
      g_prefix_error (error, "%s: ", path);
      return NULL;
    }
  if (size > MAX_PEM)
    {
      pn_set_error (error, PN_ERROR_KEY, "%s is too large for a key file", path);
      return NULL;
    }
  pem = pn_secret_new_from_file_fd (fd, (gsize) size, error);
  if (pem == NULL)
    return NULL;
  signer = pn_pem_signer_new (pem, passphrase, user_data, error);
  if (signer == NULL)
    g_prefix_error (error, "%s: ", path);
  return signer;
}
