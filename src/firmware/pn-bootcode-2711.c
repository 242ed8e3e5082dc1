/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "pn-bootcode-2711.h"

#include <openssl/bn.h>
#include <openssl/sha.h>
#include <string.h>

#include "pn-bytes.h"
#include "pn-error.h"

#define AT_KEY_NUMBER 4 /* in the trailer */
#define AT_SIGNATURE 8
#define MODULUS_SIZE 256

/* Nobody published it, but everybody can compute it: with e = 65537 it is the one large common
 * divisor of sᵉ − m for the signatures and messages of two published files. */
static const char vendor_modulus[] =
    "d6b7082c3bc8591e4ce5f2b959644e81d2fc666a0657b849b73332b6ea54908f"
    "8afa817523f7c59804773450e37c189ec11f5a85d7c3f7fe86eb6dacf1175b7a"
    "21e7ae04a399ce767dff192570579f87923ac8c37de1d97918788f11e8b5ecc9"
    "30eacdd89d348b658436a6a8b8df63e0e15cb82fbc5b5960812eb3cc9bd7caf2"
    "edbb4b7acd8102358c40fedfcf4d6557f5488e81bf158c97c37a0cd719248ad9"
    "8099563bfad5ea7a0168729d143039af6d9693fb3ce7c41ed624b01ea2149cbe"
    "8b20f0d6b5d389ae44dbae014b53ad473a69b223180d28017393b1f5cc9c9726"
    "eb8bbede130908c7afd92c1ff2d706427b22a4b32651581d327d1d4714369fa7";

gboolean
pn_bootcode_2711_get_key_number (GBytes *code, gint32 *number, GError **error)
{
  gsize size;
  const guint8 *data = g_bytes_get_data (code, &size);
  gsize at = size - PN_BOOTCODE_2711_TRAILER;

  if (size > PN_BOOTCODE_2711_TRAILER && size <= G_MAXINT32 && pn_peek_le32 (data + at) == at)
    {
      *number = (gint32) pn_peek_le32 (data + at + AT_KEY_NUMBER);
      return TRUE;
    }
  pn_set_error (error, PN_ERROR_SIGNATURE, "The boot code is not signed as that of a BCM2711 is");
  return FALSE;
}

/* PKCS#1 v1.5: the padding, the name of SHA-1, and the digest of what is signed. */
static void
encode (const guint8 *data, gsize size, guint8 *message)
{
  static const guint8 name[] = { 0x30, 0x21, 0x30, 0x09, 0x06, 0x05, 0x2b, 0x0e,
                                 0x03, 0x02, 0x1a, 0x05, 0x00, 0x04, 0x14 };
  gsize padding = MODULUS_SIZE - SHA_DIGEST_LENGTH - sizeof name;

  memset (message, 0xff, padding);
  message[0] = 0;
  message[1] = 1;
  message[padding - 1] = 0;
  memcpy (message + padding, name, sizeof name);
  SHA1 (data, size, message + padding + sizeof name);
}

gboolean
pn_bootcode_2711_verify (GBytes *code, PnPublicKey *key)
{
  const guint8 *blob = g_bytes_get_data (pn_public_key_get_blob (key), NULL);
  gsize size;
  const guint8 *data = g_bytes_get_data (code, &size);
  guint8 expected[MODULUS_SIZE], found[MODULUS_SIZE];
  BN_CTX *context;
  BIGNUM *modulus, *exponent, *value;
  gboolean fine;
  gint32 number;
  gsize at;

  if (!pn_bootcode_2711_get_key_number (code, &number, NULL))
    return FALSE;
  at = size - PN_BOOTCODE_2711_TRAILER + AT_SIGNATURE;
  encode (data, at, expected);
  context = BN_CTX_new ();
  modulus = BN_lebin2bn (blob, MODULUS_SIZE, NULL);
  exponent = BN_lebin2bn (blob + MODULUS_SIZE, PN_PUBLIC_KEY_BLOB_SIZE - MODULUS_SIZE, NULL);
  value = BN_bin2bn (data + at, MODULUS_SIZE, NULL);
  fine = BN_cmp (value, modulus) < 0 &&
         BN_mod_exp (value, value, exponent, modulus, context) == 1 &&
         BN_bn2binpad (value, found, sizeof found) == sizeof found &&
         memcmp (found, expected, sizeof found) == 0;
  BN_free (value);
  BN_free (exponent);
  BN_free (modulus);
  BN_CTX_free (context);
  return fine;
}

PnPublicKey *
pn_bootcode_2711_vendor_key (void)
{
  g_autoptr (GBytes) modulus = pn_hex_decode (vendor_modulus, -1);
  const guint8 *data = g_bytes_get_data (modulus, NULL);
  guint8 blob[PN_PUBLIC_KEY_BLOB_SIZE] = { 0 };
  g_autoptr (GBytes) bytes = NULL;

  for (guint i = 0; i < MODULUS_SIZE; i++)
    blob[i] = data[MODULUS_SIZE - 1 - i];
  pn_poke_le32 (blob + MODULUS_SIZE, 65537);
  bytes = g_bytes_new (blob, sizeof blob);
  return pn_public_key_new_from_blob (bytes, NULL);
}
