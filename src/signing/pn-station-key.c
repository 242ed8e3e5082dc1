/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "pn-station-key.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <string.h>

#include "pn-digest.h"
#include "pn-io.h"
#include "pn-openssl.h"
#include "pn-secret.h"

#define MAX_PEM 4096 /* bytes */

G_DEFINE_AUTOPTR_CLEANUP_FUNC (EVP_MD_CTX, EVP_MD_CTX_free)

struct _PnStationKey
{
  EVP_PKEY *key;
  char *pem; /* of the public half */
  char *fingerprint;
};

struct _PnStationPublicKey
{
  EVP_PKEY *key;
  char *fingerprint;
};

/* ---- the public half ---- */

static char *
make_fingerprint (EVP_PKEY *key)
{
  guint8 *der = NULL;
  int size = i2d_PUBKEY (key, &der);
  PnSha256 digest;

  if (size <= 0)
    return NULL;
  digest = pn_sha256 (der, (gsize) size);
  OPENSSL_free (der);
  return pn_sha256_to_hex (&digest);
}

PnStationPublicKey *
pn_station_public_key_new (const char *pem, gssize size, GError **error)
{
  gsize length = size < 0 ? strlen (pem) : (gsize) size;
  g_autoptr (BIO) bio =
      length <= PN_STATION_KEY_PUBLIC_MAX ? BIO_new_mem_buf (pem, (int) length) : NULL;
  g_autoptr (EVP_PKEY) key = bio != NULL ? PEM_read_bio_PUBKEY (bio, NULL, NULL, NULL) : NULL;
  g_autofree char *fingerprint = NULL;
  PnStationPublicKey *self;

  if (key == NULL || EVP_PKEY_get_id (key) != EVP_PKEY_ED25519 ||
      (fingerprint = make_fingerprint (key)) == NULL)
    {
      pn_set_error (error, PN_ERROR_KEY,
                    "This is not the public key of a station (Ed25519, “BEGIN PUBLIC KEY”)");
      return NULL;
    }
  self = g_new0 (PnStationPublicKey, 1);
  self->key = g_steal_pointer (&key);
  self->fingerprint = g_steal_pointer (&fingerprint);
  return self;
}

void
pn_station_public_key_free (PnStationPublicKey *self)
{
  if (self == NULL)
    return;
  EVP_PKEY_free (self->key);
  g_free (self->fingerprint);
  g_free (self);
}

const char *
pn_station_public_key_get_fingerprint (const PnStationPublicKey *self)
{
  return self->fingerprint;
}

gboolean
pn_station_public_key_verify (const PnStationPublicKey *self,
                              const void *data,
                              gsize size,
                              GBytes *signature)
{
  g_autoptr (EVP_MD_CTX) context = EVP_MD_CTX_new ();

  return g_bytes_get_size (signature) == PN_STATION_SIGNATURE_SIZE && context != NULL &&
         EVP_DigestVerifyInit (context, NULL, NULL, NULL, self->key) == 1 &&
         EVP_DigestVerify (context, g_bytes_get_data (signature, NULL), PN_STATION_SIGNATURE_SIZE,
                           data, size) == 1;
}

/* ---- the station's own ---- */

static char *
public_to_pem (EVP_PKEY *key)
{
  g_autoptr (BIO) bio = BIO_new (BIO_s_mem ());
  char *data = NULL;
  long size;

  if (bio == NULL || PEM_write_bio_PUBKEY (bio, key) != 1)
    return NULL;
  size = BIO_get_mem_data (bio, &data);
  return g_strndup (data, (gsize) size);
}

/* Takes @key. */
static PnStationKey *
wrap (EVP_PKEY *key, const char *path, GError **error)
{
  g_autoptr (PnStationKey) self = g_new0 (PnStationKey, 1);

  self->key = key;
  if (key != NULL && EVP_PKEY_get_id (key) == EVP_PKEY_ED25519)
    {
      self->pem = public_to_pem (key);
      self->fingerprint = make_fingerprint (key);
    }
  if (self->pem != NULL && self->fingerprint != NULL)
    return g_steal_pointer (&self);
  pn_set_error (error, PN_ERROR_KEY,
                "%s is not a station's key. It was left as it is; restore it from a backup, or "
                "move it away and a new one is made",
                path);
  return NULL;
}

/* Nobody is asked for a passphrase. */
static int
no_passphrase_cb (char *buffer, int size, int writing, void *user_data)
{
  return -1;
}

static PnStationKey *
load (const char *path, GError **error)
{
  g_auto (PnFd) fd = pn_open (path, O_RDONLY, error);
  goffset size = fd >= 0 ? pn_file_size (fd, error) : -1;
  g_autoptr (PnSecret) secret = NULL;
  g_autoptr (BIO) bio = NULL;

  if (size < 0)
    return NULL;
  if (size == 0 || size > MAX_PEM)
    return wrap (NULL, path, error);
  secret = pn_secret_new_from_file_fd (fd, (gsize) size, error);
  if (secret == NULL)
    return NULL;
  bio = BIO_new_mem_buf (pn_secret_get (secret), (int) pn_secret_get_size (secret));
  return wrap (PEM_read_bio_PrivateKey (bio, NULL, no_passphrase_cb, NULL), path, error);
}

/* Whole or not at all, and for nobody else at any moment. */
static gboolean
write_private (const char *path, const void *data, gsize size, GError **error)
{
  g_autofree char *aside = g_strconcat (path, ".XXXXXX", NULL);
  g_auto (PnFd) fd = g_mkstemp_full (aside, O_WRONLY | O_CLOEXEC, 0600);

  if (fd < 0)
    {
      pn_set_error_from_errno (error, errno, "Cannot write %s", path);
      return FALSE;
    }
  if (!pn_write_all (fd, data, size, error))
    {
      (void) g_unlink (aside);
      return FALSE;
    }
  if (fsync (fd) == 0 && g_rename (aside, path) == 0)
    return TRUE;
  pn_set_error_from_errno (error, errno, "Cannot write %s", path);
  (void) g_unlink (aside);
  return FALSE;
}

static PnStationKey *
make (const char *path, GError **error)
{
  g_autoptr (EVP_PKEY) key = EVP_PKEY_Q_keygen (NULL, NULL, "ED25519");
  g_autoptr (BIO) bio = BIO_new (BIO_s_secmem ());
  char *data = NULL;
  long size;

  if (key == NULL || bio == NULL ||
      PEM_write_bio_PKCS8PrivateKey (bio, key, NULL, NULL, 0, NULL, NULL) != 1)
    {
      pn_set_error (error, PN_ERROR_KEY, "No key could be made for this station");
      return NULL;
    }
  size = BIO_get_mem_data (bio, &data);
  if (!write_private (path, data, (gsize) size, error))
    return NULL;
  return wrap (g_steal_pointer (&key), path, error);
}

PnStationKey *
pn_station_key_open (const char *folder, gboolean *made, GError **error)
{
  g_autofree char *path = g_build_filename (folder, PN_STATION_KEY_FILE, NULL);
  g_autofree char *public_path = g_build_filename (folder, PN_STATION_KEY_PUBLIC_FILE, NULL);
  gboolean is_new = !g_file_test (path, G_FILE_TEST_EXISTS);
  g_autoptr (PnStationKey) self = is_new ? make (path, error) : load (path, error);
  g_autoptr (GBytes) pem = NULL;
  g_autofree char *there = NULL;

  if (self == NULL)
    return NULL;
  (void) g_file_get_contents (public_path, &there, NULL, NULL);
  pem = g_bytes_new (self->pem, strlen (self->pem));
  /* The folder is on the disk with this, too. */
  if (g_strcmp0 (there, self->pem) != 0 && !pn_replace_file (public_path, pem, error))
    return NULL;
  *made = is_new;
  return g_steal_pointer (&self);
}

void
pn_station_key_free (PnStationKey *self)
{
  EVP_PKEY_free (self->key);
  g_free (self->pem);
  g_free (self->fingerprint);
  g_free (self);
}

const char *
pn_station_key_get_public (PnStationKey *self)
{
  return self->pem;
}

const char *
pn_station_key_get_fingerprint (PnStationKey *self)
{
  return self->fingerprint;
}

GBytes *
pn_station_key_sign (PnStationKey *self, const void *data, gsize size, GError **error)
{
  g_autoptr (EVP_MD_CTX) context = EVP_MD_CTX_new ();
  guint8 signature[PN_STATION_SIGNATURE_SIZE];
  gsize length = sizeof signature;

  if (context != NULL && EVP_DigestSignInit (context, NULL, NULL, NULL, self->key) == 1 &&
      EVP_DigestSign (context, signature, &length, data, size) == 1 && length == sizeof signature)
    return g_bytes_new (signature, length);
  pn_set_error (error, PN_ERROR_SIGNATURE, "Signing with the station's key failed");
  return NULL;
}
