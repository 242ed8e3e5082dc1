/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "pn-digest.h"

#include <openssl/evp.h>
#include <string.h>

#include "pn-io.h"

#define READ_SIZE (1024 * 1024)

struct _PnHasher
{
  EVP_MD_CTX *context;
};

PnHasher *
pn_hasher_new (void)
{
  PnHasher *self = g_new0 (PnHasher, 1);

  self->context = EVP_MD_CTX_new ();
  /* Only fails without memory or without a default provider; neither can be survived. */
  g_assert (self->context != NULL);
  g_assert (EVP_DigestInit_ex (self->context, EVP_sha256 (), NULL) == 1);
  return self;
}

PnHasher *
pn_hasher_copy (const PnHasher *self)
{
  PnHasher *copy = pn_hasher_new ();

  g_assert (EVP_MD_CTX_copy_ex (copy->context, self->context) == 1);
  return copy;
}

void
pn_hasher_update (PnHasher *self, const void *data, gsize size)
{
  g_assert (EVP_DigestUpdate (self->context, data, size) == 1);
}

PnSha256
pn_hasher_finish (PnHasher *self)
{
  PnSha256 digest;

  g_assert (EVP_DigestFinal_ex (self->context, digest.bytes, NULL) == 1);
  pn_hasher_free (self);
  return digest;
}

void
pn_hasher_free (PnHasher *self)
{
  EVP_MD_CTX_free (self->context);
  g_free (self);
}

PnSha256
pn_sha256 (const void *data, gsize size)
{
  PnHasher *hasher = pn_hasher_new ();

  pn_hasher_update (hasher, data, size);
  return pn_hasher_finish (hasher);
}

PnSha256
pn_sha256_bytes (GBytes *bytes)
{
  gsize size;
  const void *data = g_bytes_get_data (bytes, &size);

  return pn_sha256 (data, size);
}

gboolean
pn_sha256_fd (int fd,
              goffset offset,
              goffset size,
              PnSha256 *digest,
              GCancellable *cancellable,
              GError **error)
{
  g_autoptr (PnHasher) hasher = pn_hasher_new ();
  g_autofree guint8 *buffer = g_malloc (READ_SIZE);

  while (size != 0)
    {
      gsize want = size < 0 ? READ_SIZE : (gsize) MIN (size, READ_SIZE);
      gssize got;

      if (g_cancellable_set_error_if_cancelled (cancellable, error))
        return FALSE;
      got = pn_pread (fd, buffer, want, offset, error);
      if (got < 0)
        return FALSE;
      if (got == 0 && size < 0)
        break;
      if (got == 0)
        {
          pn_set_error (error, PN_ERROR_IO, "The file ends %s bytes too early",
                        PN_NUMBER ((guint64) size));
          return FALSE;
        }
      pn_hasher_update (hasher, buffer, (gsize) got);
      offset += got;
      if (size > 0)
        size -= got;
    }
  *digest = pn_hasher_finish (g_steal_pointer (&hasher));
  return TRUE;
}

gboolean
pn_sha256_equal (const PnSha256 *a, const PnSha256 *b)
{
  return memcmp (a->bytes, b->bytes, PN_SHA256_SIZE) == 0;
}

gboolean
pn_sha256_is_zero (const PnSha256 *self)
{
  static const PnSha256 zero;

  return pn_sha256_equal (self, &zero);
}

char *
pn_sha256_to_hex (const PnSha256 *self)
{
  return pn_hex_encode (self->bytes, PN_SHA256_SIZE);
}

gboolean
pn_sha256_from_hex (const char *hex, PnSha256 *digest)
{
  g_autoptr (GBytes) bytes = NULL;

  if (strlen (hex) != PN_SHA256_HEX_SIZE || (bytes = pn_hex_decode (hex, -1)) == NULL)
    return FALSE;
  memcpy (digest->bytes, g_bytes_get_data (bytes, NULL), PN_SHA256_SIZE);
  return TRUE;
}

char *
pn_hex_encode (const guint8 *data, gsize size)
{
  static const char digits[] = "0123456789abcdef";
  char *hex = g_malloc (2 * size + 1);

  for (gsize i = 0; i < size; i++)
    {
      hex[2 * i] = digits[data[i] >> 4];
      hex[2 * i + 1] = digits[data[i] & 15];
    }
  hex[2 * size] = '\0';
  return hex;
}

GBytes *
pn_hex_decode (const char *hex, gssize length)
{
  gsize digits = length < 0 ? strlen (hex) : (gsize) length;
  g_autoptr (GByteArray) bytes = g_byte_array_sized_new (digits / 2);

  if (digits % 2 != 0)
    return NULL;
  for (gsize i = 0; i < digits; i += 2)
    {
      int high = g_ascii_xdigit_value (hex[i]);
      int low = g_ascii_xdigit_value (hex[i + 1]);
      guint8 byte;

      if (high < 0 || low < 0)
        return NULL;
      byte = (guint8) (high << 4 | low);
      g_byte_array_append (bytes, &byte, 1);
    }
  return g_byte_array_free_to_bytes (g_steal_pointer (&bytes));
}
